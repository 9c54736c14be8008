"""How much of what reviews pool is in the data, and which trials are known by name and missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from evidence_synthesis.conclusions.other_reviews.estimates import asked
from evidence_synthesis.review.claims_file import Claims
from evidence_synthesis.review.schema import number
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.selection.contrasts import without_numbers
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.regions import CONTRADICTED, NOT_LOOKED_AT, SUPPORTED
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.conclusions import PublishedComparison
from evidence_synthesis.synthesis.rows.other_reviews import Coverage, MissingTrial
from evidence_synthesis.synthesis.rows.statements import JudgedPart
from evidence_synthesis.synthesis.rows.through_time import InformationMissing

_SETTLED = (SUPPORTED, CONTRADICTED, "overtaken")


def coverage_rows(published: Iterable[PublishedComparison], pooled: Iterable[PooledResult]) -> Iterator[Coverage]:
    """A line for each question on which a review tells how many trials it pools, the widest gaps first."""
    ours: dict[str, int] = {}
    for row in pooled:
        ours[row.analysis_id] = max(ours.get(row.analysis_id, 0), row.trials)
    widest: dict[str, tuple[int, str]] = {}
    for told in published:
        if told.analysis_id and told.their_trials:
            widest[told.analysis_id] = max(widest.get(told.analysis_id, (0, "")), (int(float(told.their_trials)), told.review))
    found = []
    for analysis_id, (theirs, review) in widest.items():
        key, own = AnalysisKey.parse(analysis_id), ours.get(analysis_id, 0)
        where = (key.group, key.comparator, key.outcome, key.term, key.population)
        found.append(Coverage(analysis_id, *where, review, theirs, own, min(own, theirs), max(theirs - own, 0)))
    yield from sorted(found, key=lambda c: (-c.missing, c.analysis_id))


def _people(rows: Sequence[Cells]) -> float | None:
    """The people of a study by its largest printed number."""
    told = [number(row["n_total"]) for row in rows]
    arms = [(number(row["n_t"]), number(row["n_c"])) for row in rows]
    sums = [t + c for t, c in arms if t is not None and c is not None]
    return max([*sums, *(n for n in told if n is not None)], default=None)


def _identifier(rows: Sequence[Cells]) -> str:
    for name, words in (("doi", "doi:"), ("pmid", "PMID "), ("url", "")):
        for row in rows:
            if row[name]:
                return f"{words}{row[name]}"
    return ""


def _bearing(claims: Claims, unusable: Sequence[Cells], settings: Settings) -> dict[str, list[tuple[str, int]]]:
    """By the name of each study, the parts of statements (statement and number) that its results could enter."""
    found: dict[str, list[tuple[str, int]]] = {}
    for statement in claims.statements:
        for place, part in enumerate(statement.parts, 1):
            question = asked(part, settings)
            if question is None:
                continue
            rows = without_numbers(unusable, question.subject, question.outcome.domain, question.population.regions)
            for name in {row["trial_id"] or row["study"] for row in rows}:
                found.setdefault(name, []).append((statement.statement_id, place))
    return found


def _chance(line: InformationMissing, people: float) -> float:
    """The chance that a trial of so many people moves a verdict: between the simulated sizes by the logarithm of the size."""
    told = [(n, c) for n, c in ((100, line.flips_100), (300, line.flips_300), (1000, line.flips_1000)) if c is not None]
    return float(np.interp(np.log(people), [np.log(n) for n, _ in told], [c for _, c in told])) if told else 0.0


def _missing(rows: Sequence[Cells], parts: Sequence[JudgedPart], lines: Sequence[InformationMissing]) -> MissingTrial:
    people = _people(rows)
    pooled = [p.participants for p in parts if p.participants and p.verdict not in _SETTLED]
    least = min(pooled, default=None)
    years = [row["year"] for row in rows if row["year"]]
    return MissingTrial(
        study=rows[0]["study"],
        year=int(min(years)) if years else None,
        trial_id=rows[0]["trial_id"],
        treatments=tuple(sorted({row["treatment"] for row in rows if row["treatment"]})),
        outcomes=tuple(sorted({row["outcome"] for row in rows if row["outcome"]})),
        people=people,
        parts=len(parts),
        untested_parts=sum(p.verdict == NOT_LOOKED_AT for p in parts),
        open_parts=sum(p.verdict not in _SETTLED for p in parts),
        moves=math.fsum(_chance(line, people) for line in lines) if people else None,
        share=100 * people / (people + least) if people and least else None,
        identifier=_identifier(rows),
        what_is_known=rows[0]["what_is_known"],
        statements=tuple(dict.fromkeys(p.claim for p in parts if p.verdict not in _SETTLED)),
    )


def missing_rows(
    claims: Claims,
    unusable: Sequence[Cells],
    parts: Mapping[tuple[str, int], JudgedPart],
    information: Iterable[InformationMissing],
    settings: Settings,
) -> Iterator[MissingTrial]:
    """The trials that are known by name and have no result that can be pooled, by what they could change."""
    lines = {(line.claim, line.part): line for line in information}
    studies: dict[str, list[Cells]] = {}
    for row in unusable:
        studies.setdefault(row["trial_id"] or row["study"], []).append(row)
    bearing = _bearing(claims, unusable, settings)
    found = []
    for name, rows in studies.items():
        places = bearing.get(name, ())
        found.append(_missing(rows, [parts[p] for p in places], [lines[p] for p in places if p in lines]))
    yield from sorted(found, key=lambda m: (-m.untested_parts, -(m.moves or 0), -m.open_parts, -(m.people or 0), m.study))
