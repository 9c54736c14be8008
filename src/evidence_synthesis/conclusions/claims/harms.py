"""Serious adverse events of a treatment: whether they are as rare as a document says, by the exact upper limit."""

from __future__ import annotations

import math
from collections.abc import Iterable

from scipy.special import betaincinv

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.material import Material, PartAnswer
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.claims_file import RATES, StatementPart
from evidence_synthesis.review.schema import Result
from evidence_synthesis.synthesis.regions import CONTRADICTED, NOT_LOOKED_AT, OPEN, SUPPORTED


def exact_interval(events: float, n: float, level: float = 95.0) -> tuple[float, float]:
    """Exact limits of a proportion (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404)."""
    alpha = (1 - level / 100) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, alpha))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1 - alpha))
    return low, high


def _serious(result: Result) -> bool:
    words = result.measured_as.lower()
    return "serious" in words and "non-serious" not in words and "not serious" not in words


def _harm_arms(
    converted: Iterable[Converted], part: StatementPart, none_of_any: bool = True
) -> dict[tuple[str, str, str], tuple[float, float, str]]:
    """Arms of a part's treatments with their serious events and people: counted as such, or none of any kind if so wanted."""
    arms: dict[tuple[str, str, str], tuple[float, float, str]] = {}
    for item in converted:
        r = item.result
        if r.outcome != "adverse_event" or r.decision == "exclude" or not part.population.holds(r.region, r.chronicity):
            continue
        for arm, treatment, detail in ((r.arm_t, r.treatment, r.treatment_detail), (r.arm_c, r.comparator, r.comparator_detail)):
            if treatment not in part.treatment.members or arm.events is None or not arm.n:
                continue
            if _serious(r) or (none_of_any and arm.events == 0 and "any adverse event" in r.measured_as.lower()):
                key = (r.trial_id, treatment, detail)
                before = arms.get(key)
                if before is None or arm.events > before[0]:
                    arms[key] = (arm.events, arm.n, r.row_id)
    return arms


def _one_in(rate: float) -> str:
    return "none" if rate == 0 else f"1 in {1 / rate:,.0f}"


def _outside(part: StatementPart, material: Material) -> str:
    """What was counted outside trials, study by study; shown, never pooled with trials."""
    rows = [r for r in material.outside if r["treatment"] in part.treatment.members]
    said = []
    for r in rows:
        of = r["people"] and f"{float(r['people']):,.0f} people"
        given = r["treatments_given"] and f"{float(r['treatments_given']):,.0f} treatments"
        said.append(
            f"{r['study']} {r['year']} ({r['design']}): {r['event']}, {r['events']} in {of or given or 'an unknown number'}"
        )
    return "outside trials: " + "; ".join(said) if said else ""


def harm_verdict(events: int, n: int, rate: float, level: float = 95.0) -> str:
    """Whether so many events among so many people are as rare as a rate, by the exact interval."""
    low, high = exact_interval(events, n, level)
    return SUPPORTED if high <= rate else CONTRADICTED if low > rate else OPEN


def harms_counted(part: StatementPart, material: Material, none_of_any: bool = True) -> tuple[int, int]:
    """Serious events and people in the arms of a part's treatments; ``none_of_any`` takes arms without any event, too."""
    arms = _harm_arms(material.converted, part, none_of_any).values()
    return int(math.fsum(a[0] for a in arms)), int(math.fsum(a[1] for a in arms))


def judge_rare_harm(part: StatementPart, material: Material) -> PartAnswer:
    """Whether serious adverse events are rare or very rare among the treated people of the trials.

    Supported where the exact upper limit is under the rate, contradicted where the lower limit is above it, else open: no
    event among few people says little (0 of n has the upper limit 3.7 / n, Hanley & Lippman-Hand 1983,
    doi:10.1001/jama.1983.03330370053031, two-sided). Trials leave out people at risk, so their rate is a floor.
    """
    arms, outside = _harm_arms(material.converted, part), _outside(part, material)
    if not arms:
        return PartAnswer(NOT_LOOKED_AT, "no trial in the data counts serious adverse events of this treatment", beside=outside)
    events, n = harms_counted(part, material)
    low, high = exact_interval(events, n)
    rate, trials = RATES[part.rate], len({key[0] for key in arms})
    verdict = harm_verdict(events, n, rate)
    reason = (
        f"{events} serious events in {n:,} treated people of {wording.count(trials, 'trial')}: exact 95% limits "
        f"{_one_in(low)} to {_one_in(high)}; claimed: under {_one_in(rate)}"
    )
    rows = tuple(sorted(a[2] for a in arms.values()))
    return PartAnswer(verdict, reason, trials=trials, participants=float(n), beside=outside, row_ids=rows)
