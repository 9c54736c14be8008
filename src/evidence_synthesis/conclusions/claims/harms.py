"""Serious adverse events of a treatment: how many at most, with exact limits."""

from __future__ import annotations

import math
from collections.abc import Iterable

from scipy.special import betaincinv

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.answers import AGREES, DISAGREES, PARTLY, UNTESTABLE, Answer, Material
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.claims_file import Test
from evidence_synthesis.review.schema import Result
from evidence_synthesis.synthesis.verdicts import NO_DATA


def exact_interval(events: float, n: float, level: float = 95.0) -> tuple[float, float]:
    """Exact limits of a proportion (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404)."""
    alpha = (1 - level / 100) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, alpha))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1 - alpha))
    return low, high


def _serious(result: Result) -> bool:
    words = result.measured_as.lower()
    return "serious" in words and "non-serious" not in words and "not serious" not in words


def _harm_arms(converted: Iterable[Converted], members: frozenset[str]) -> dict[tuple[str, str, str], tuple[float, float, str]]:
    """Arms of some treatments with their serious events and people: counted as such, or none of any kind."""
    arms: dict[tuple[str, str, str], tuple[float, float, str]] = {}
    for item in converted:
        r = item.result
        if r.outcome != "adverse_event" or r.decision == "exclude":
            continue
        for arm, treatment, detail in ((r.arm_t, r.treatment, r.treatment_detail), (r.arm_c, r.comparator, r.comparator_detail)):
            if treatment not in members or arm.events is None or not arm.n:
                continue
            if _serious(r) or (arm.events == 0 and "any adverse event" in r.measured_as.lower()):
                key = (r.trial_id, treatment, detail)
                before = arms.get(key)
                if before is None or arm.events > before[0]:
                    arms[key] = (arm.events, arm.n, r.row_id)
    return arms


def serious_harms(test: Test, material: Material) -> Answer:
    """The answer to a test of how many of the treated people had a serious adverse event."""
    arms = _harm_arms(material.converted, test.treatment.members)
    if not arms:
        return Answer(UNTESTABLE, NO_DATA, "no trial in the data counts serious adverse events of this treatment")
    events, n = math.fsum(a[0] for a in arms.values()), math.fsum(a[1] for a in arms.values())
    low, high = (1000 * v for v in exact_interval(events, n))
    most = test.at_most_per_1000 or 0.0
    opinion = AGREES if high <= most else PARTLY if 1000 * events / n <= most else DISAGREES
    trials = len({key[0] for key in arms})
    reason = (
        f"{events:.0f} serious events in {n:.0f} treated people of {wording.count(trials, 'trial')}: "
        f"{1000 * events / n:.1f} per 1,000 "
        f"(exact 95% limits {low:.1f} to {high:.1f}); asked: upper limit at most {most:g}"
    )
    rows = tuple(sorted(a[2] for a in arms.values()))
    return Answer(opinion, "", reason, trials=trials, participants=n, basis="count", row_ids=rows)
