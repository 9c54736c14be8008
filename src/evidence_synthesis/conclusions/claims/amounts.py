"""Parts about how much evidence there is: all trials known, usable or not, by risk of bias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.material import Material, PartAnswer
from evidence_synthesis.review.claims_file import ANY, LOW_RISK, StatementPart
from evidence_synthesis.review.schema import Result, number
from evidence_synthesis.selection.claim_questions import compared_with
from evidence_synthesis.selection.contrasts import belongs, contrasts
from evidence_synthesis.selection.follow_up import window_of
from evidence_synthesis.synthesis.regions import CONTRADICTED, NOT_LOOKED_AT, OPEN, SUPPORTED


@dataclass(frozen=True, slots=True)
class Known:
    """Trials known for a part: with a result in the data, told without numbers, and perhaps (not all of it is stated).

    ``low`` and ``unjudged`` are those at low risk of bias, and those that nobody has judged, of all three.
    """

    with_results: frozenset[str]
    without: frozenset[str]
    perhaps: frozenset[str]
    low: frozenset[str]
    unjudged: frozenset[str]
    rows: tuple[str, ...]


def _compares(result: Result, part: StatementPart, material: Material) -> bool:
    """Whether a result compares the part's treatment with its comparator; kinds of one family with each other, too."""
    group = compared_with(part, material.settings)
    return any(
        c.subject in part.treatment.members and belongs(c, group, material.taxonomy) for c in contrasts(result, material.taxonomy)
    )


def _in_term(result: Result, part: StatementPart, material: Material) -> bool:
    timed = window_of(result, material.settings.windows)
    return part.term == ANY or (timed is not None and timed.term == part.term)


def _domain(part: StatementPart, material: Material) -> str:
    return material.settings.outcome(part.outcome).domain if part.outcome else ""


def _fitting(part: StatementPart, material: Material) -> Iterator[Result]:
    """The results in the data that a part is about, whether they can be pooled or not."""
    domain = _domain(part, material)
    for item in material.converted:
        result = item.result
        if domain and result.outcome != domain:
            continue
        if not part.population.holds(result.region, result.chronicity) or not _in_term(result, part, material):
            continue
        if _compares(result, part, material):
            yield result


def _told(row: Mapping[str, str], part: StatementPart, material: Material, stages: Mapping[str, Set[str]]) -> bool | None:
    """Whether a result known without numbers is one that a part is about; None where the source leaves that open."""
    members, domain, people = part.treatment.members, _domain(part, material), part.population
    if not {row["treatment"], row["comparator"]} & members or (people.regions and row["region"] not in people.regions):
        return False
    sure = True
    if domain and row["outcome"] != domain:
        if row["outcome"]:
            return False
        sure = False
    if people.chronicities is not None:
        known = stages.get(row["trial_id"], set())
        if known and not known & people.chronicities:
            return False
        sure = sure and bool(known)
    if part.term != ANY:
        weeks = number(row["weeks"])
        window = next((w for w in material.settings.windows if w.term == part.term), None)
        if weeks is not None and window is not None and not window.holds(weeks):
            return False
        sure = sure and weeks is not None
    versus = row["comparator"] if row["treatment"] in members else row["treatment"]
    if part.versus is None and part.comparator == ANY:
        return True if sure else None
    if not versus:
        return None
    return _is_comparator(versus, part, material) and (True if sure else None)


def _is_comparator(name: str, part: StatementPart, material: Material) -> bool:
    group = compared_with(part, material.settings)
    condition = material.taxonomy.conditions.get(name)
    if condition is None:
        return False
    return group.everything or name in group.ids or condition.family in group.families or condition.kind in group.classes


def known_trials(part: StatementPart, material: Material) -> Known:
    """All trials known for the selectors of a part, each once."""
    results = list(_fitting(part, material))
    with_results = {r.trial_id for r in results}
    stages: dict[str, set[str]] = {}
    ratings: dict[str, set[str]] = {}
    for item in material.converted:
        stages.setdefault(item.result.trial_id, set()).add(item.result.chronicity)
        ratings.setdefault(item.result.trial_id, set()).add(item.result.risk_of_bias)
    told: dict[str, bool] = {}
    for row in material.unusable:
        fits, name = _told(row, part, material, stages), row["trial_id"] or row["study"]
        if fits is not False and name not in with_results:
            told[name] = told.get(name, False) or bool(fits)
    own = {t: {r.risk_of_bias for r in results if r.trial_id == t} for t in with_results}
    judged = {t: own.get(t) or ratings.get(t, set()) for t in (*with_results, *told)}
    return Known(
        frozenset(with_results),
        frozenset(t for t, sure in told.items() if sure),
        frozenset(t for t, sure in told.items() if not sure),
        frozenset(t for t, words in judged.items() if "low" in words),
        frozenset(t for t, words in judged.items() if not words - {""}),
        tuple(sorted(r.row_id for r in results)),
    )


def _verdict(most: int, sure: int, perhaps: int) -> str:
    """At most so many: whatever those that are not sure turn out to be."""
    if sure > most:
        return CONTRADICTED
    return SUPPORTED if sure + perhaps <= most else OPEN


def judge_amount(part: StatementPart, material: Material) -> PartAnswer:
    """Whether there are as few trials as the document says.

    Trials at unknown risk of bias may be at low risk; trials of which the source does not tell the comparator, the stage or
    the time may belong to it. A count of none because nothing is known, or nothing was judged, is no agreement.
    """
    known = known_trials(part, material)
    sure, perhaps = known.with_results | known.without, known.perhaps
    parts = [f"{wording.count(len(known.with_results), 'trial')} with results"]
    parts += [f"{len(known.without)} known without usable results"] if known.without else []
    parts += [f"{len(perhaps)} more that may belong to it"] if perhaps else []
    if not sure and not perhaps:
        return PartAnswer(NOT_LOOKED_AT, "no trial known")
    if part.quality != LOW_RISK:
        verdict = _verdict(part.at_most, len(sure), len(perhaps))
        reason = "; ".join([*parts, f"claimed: at most {part.at_most}"])
        return PartAnswer(verdict, reason, trials=len(sure), row_ids=known.rows)
    low = sure & known.low
    open_ones = (sure & known.unjudged) | {t for t in perhaps if t in known.low or t in known.unjudged}
    every = sure | perhaps
    verdict = _verdict(part.at_most, len(low), len(open_ones))
    if verdict == OPEN and not every - known.unjudged:
        verdict = NOT_LOOKED_AT
    unjudged = len(every & known.unjudged)
    parts += [f"{len(low)} at low risk of bias", f"{unjudged} of {len(every)} not judged" if unjudged else "all judged"]
    reason = "; ".join([*parts, f"claimed: at most {part.at_most} at low risk"])
    return PartAnswer(verdict, reason, trials=len(sure), row_ids=known.rows)
