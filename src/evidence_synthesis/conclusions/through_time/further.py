"""What is still missing to decide a part: the information that a sequential analysis asks for, and what a further trial could do.

The required information size is that of the certainty rating (one trial that sees the smallest worthwhile effect), enlarged by
the diversity of the trials (Wetterslev 2009, doi:10.1186/1471-2288-9-86). A look is the end of each year with a new trial; z is
that of the random-effects mean with its plain standard error, as in trial sequential analysis.

A further trial's true effect is drawn from the predictive distribution of the trials (t with k - 1 degrees of freedom around the
mean, variance tau2 + se2; Higgins 2009, doi:10.1111/j.1467-985X.2008.00552.x), its printed effect around that with the
variance that trials of such a size have here (median of variance times people). The verdict is that of the part's own rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evidence_synthesis.conclusions.claims.effects import decider
from evidence_synthesis.conclusions.claims.evidence import PooledEvidence, graded, pooled_again, pooled_on_first
from evidence_synthesis.conclusions.claims.judge import asked_by
from evidence_synthesis.conclusions.claims.material import Material
from evidence_synthesis.conclusions.grade import Body, equivalent_people, information_size, rate
from evidence_synthesis.conclusions.through_time.dated import Dated
from evidence_synthesis.effects.formulas import ArmSummary, Estimate
from evidence_synthesis.review.claims_file import Claims, StatementPart
from evidence_synthesis.selection.claim_questions import POOLING, question_of
from evidence_synthesis.selection.multiarm import Entry, people_of
from evidence_synthesis.stats.batch import NORMAL, Array, make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.sequential import CROSSED, SequentialCourse, adjusted_size, diversity, sequential_course
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.rows.through_time import InformationMissing, SequentialLook

DRAWS = 200
SEED = 1
_UNKNOWN = 9999  # year of what comes last because nobody knows when it was published


@dataclass(frozen=True, slots=True)
class InformationTables:
    """What is still missing to decide each part, and the sequential analysis behind it look by look."""

    missing: list[InformationMissing]
    looks: list[SequentialLook]


@dataclass(frozen=True, slots=True)
class _Told:
    """The same of one part, whatever statement it belongs to."""

    line: InformationMissing
    looks: tuple[SequentialLook, ...]


def _people(found: PooledEvidence, body: Body, material: Material) -> list[float]:
    """The people of each entry; where a number is not known, as many as would give its variance (NaN where that is not known)."""
    return [
        n if n is not None else equivalent_people(replace(body, unknown=[e.estimate.vi]), material.limits)
        for e, n in ((e, people_of(e)) for e in found.entries)
    ]


def _looks(found: PooledEvidence, years: Mapping[str, int]) -> list[tuple[int | None, list[int]]]:
    """The places of the entries that are there at each look: the end of each year with a new one, then those of unknown year."""
    own = [min((years[i] for i in e.row_ids if i in years), default=_UNKNOWN) for e in found.entries]
    moments = sorted(set(own))
    return [(None if m == _UNKNOWN else m, [place for place, year in enumerate(own) if year <= m]) for m in moments]


_Looks = Sequence[tuple[int | None, Sequence[int]]]


def _course(found: PooledEvidence, looks: _Looks, people: Array, required: float, material: Material) -> SequentialCourse:
    """The sequential analysis of a question; that of the same trials in a former run is taken over."""

    def cells() -> list[Any]:
        sets = [(found.yi[list(look)], found.vi[list(look)]) for _, look in looks]
        pooled = pool(make_batch(sets), "REML", hksj=False, limits=False)
        shares, z = [float(people[list(look)].sum()) / required for _, look in looks], (pooled.estimate / pooled.se).tolist()
        made = sequential_course(shares, z, power=material.limits.power)
        arrays = (made.information, made.z, made.boundaries, made.futility)
        return [list(made.places), *(array.tolist() for array in arrays), made.ends]

    def course(told: Sequence[Any]) -> SequentialCourse:
        places, shares, z, bounds, inner, ends = told
        information, scores, outer, futility = (np.array(values, dtype=np.float64) for values in (shares, z, bounds, inner))
        return SequentialCourse(tuple(places), information, scores, outer, futility, ends)

    if material.memo is None:
        return course(cells())
    asked = ("course", found.measure, found.turn, looks, people.tolist(), required)
    return material.memo.answer(asked, [found.entries], cells, course, material.judged_by)


def _look_rows(course: SequentialCourse, looks: _Looks, required: float) -> Iterator[SequentialLook]:
    """The looks of one part that count, and the one that full information would be."""

    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    rows = zip(course.places, course.information, course.z, course.boundaries, course.futility, strict=True)
    for place, share, z, bound, inner in rows:
        year, there = looks[place]
        values = (float(share) * required, required, float(share), float(z), finite(float(bound)), finite(float(inner)))
        yield SequentialLook("", 0, year, len(there), *values)
    if course.information[-1] < 1:
        yield SequentialLook("", 0, None, None, required, required, 1.0, None, course.ends, None)


def _further_entries(found: PooledEvidence, people: Array, size: int, seed: Sequence[int]) -> list[Entry]:
    """Draws of a further trial of so many people."""
    draw = np.random.default_rng([SEED, size, *seed])
    k, values, turn = len(found.entries), found.values, found.turn
    spread = math.sqrt(values["tau2"] + values["se"] ** 2)
    true = values["estimate"] + spread * draw.standard_t(max(k - 1, 1), DRAWS)
    unit = float(np.nanmedian(found.vi * people))
    printed = true + math.sqrt(unit / size) * draw.standard_normal(DRAWS)
    like, arm = found.entries[0], ArmSummary(size / 2)
    return [
        replace(like, trial_id="a further trial", row_ids=(), estimate=Estimate(turn * y, unit / size), arm_t=arm, arm_c=arm)
        for y in printed.tolist()
    ]


def chance_of_another_verdict(
    part: StatementPart, found: PooledEvidence, certainty: str, people: Array, size: int, material: Material
) -> float | None:
    """The chance that one further trial of so many people changes the verdict on a part; the certainty stays as it is.

    Seeded by size and by the number of trials, so that every run draws alike. None with fewer than two trials, which predict
    nothing, and where no trial tells its people.
    """
    if len(found.entries) < 2 or np.isnan(people).all():
        return None

    def chance() -> float:
        decide = decider(part, certainty, material)
        sets = [[*found.entries, new] for new in _further_entries(found, people, size, [len(found.entries)])]
        now, others = decide(found), [decide(other) for other in pooled_again(found, sets, material)]
        return len([other for other in others if other != now]) / DRAWS

    if material.memo is None:
        return chance()
    asked = (asked_by(part), certainty, size, found.measure, found.values, people.tolist())
    return material.memo.answer(asked, [found.entries], chance, float, material.judged_by)


def _told(part: StatementPart, known_years: Dated) -> _Told | None:
    """What is missing for one part, and its looks; None where no trial can be pooled."""
    material = known_years.material
    found = pooled_on_first(question_of(part, material.settings), material)
    if found is None:
        return None
    body = graded(found, material)
    certainty = rate(body, material.limits, material.taxonomy).certainty
    people, size = np.array(_people(found, body, material)), information_size(body, material.limits)
    se = (found.values["wald_high"] - found.values["wald_low"]) / (2 * NORMAL)
    share = diversity(1 / math.fsum(1 / found.vi), se**2)
    required, looks, total = adjusted_size(size, share), _looks(found, known_years.years), float(np.nansum(people))
    course = None
    if math.isfinite(required) and not np.isnan(people).any():
        course = _course(found, looks, people, required, material)
    test = None if course is None else course.at_the_last_look()
    decided = test is not None and test.verdict == CROSSED
    line = InformationMissing(
        claim="",
        part=0,
        verdict=decider(part, certainty, material)(found),
        measure=found.measure,
        trials=found.trials,
        looks=len(looks),
        people=total,
        required_plain=known(size),
        diversity=share,
        required=required if math.isfinite(required) else None,
        information=None if test is None else test.information,
        z=found.values["estimate"] / se,
        boundary=None if test is None or math.isinf(test.boundary) else test.boundary,
        futility=None if test is None else known(test.futility),
        sequential="" if test is None else test.verdict,
        people_needed=0.0 if decided else max(0.0, math.ceil(required - total)) if math.isfinite(required) else None,
        flips_100=chance_of_another_verdict(part, found, certainty, people, 100, material),
        flips_300=chance_of_another_verdict(part, found, certainty, people, 300, material),
        flips_1000=chance_of_another_verdict(part, found, certainty, people, 1000, material),
    )
    return _Told(line, () if course is None else tuple(_look_rows(course, looks, required)))


def missing_information(claims: Claims, whole: Dated) -> InformationTables:
    """What is missing for every part about an effect, or about what is called unproven, that any trial answers."""
    done: dict[object, _Told | None] = {}
    tables = InformationTables([], [])
    for statement in claims.statements:
        for number, part in enumerate(statement.parts, 1):
            if part.kind not in POOLING:
                continue
            asked = asked_by(part)
            if asked not in done:
                done[asked] = _told(part, whole)
            told, claim = done[asked], statement.statement_id
            if told is not None:
                tables.missing.append(replace(told.line, claim=claim, part=number))
                tables.looks.extend(replace(look, claim=claim, part=number) for look in told.looks)
    return tables
