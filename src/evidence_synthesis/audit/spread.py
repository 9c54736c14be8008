"""Standard deviations: what is possible, what is usual, and what looks filled in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

from scipy.special import stdtrit

from evidence_synthesis.audit.lines import (
    DOUBT,
    ERROR,
    NOTE,
    Evidence,
    Finding,
    Reading,
    about,
    close,
    grouped,
    same_visit,
    shown,
    significant_digits,
)
from evidence_synthesis.review.schema import number

_SMALL, _VERY_SMALL = 0.4, 0.25  # of the usual SD
_LARGE = 2.2
_ORDINARY = (0.45, 1.8)  # of the usual SD: what a standard error becomes when it is multiplied by root n
_DOMINATES = 0.9  # share of the inverse-variance weight
_UNEQUAL = 2.4  # ratio of the SDs of two arms


def largest_sd(mean: float, low: float, high: float, n: float | None) -> float:
    """The largest SD that values between two ends with a given mean can have (Bhatia & Davis 2000, doi:10.2307/2589180)."""
    inflate = n / (n - 1) if n and n > 1 else 1.0
    return math.sqrt(max(0.0, (mean - low) * (high - mean)) * inflate)


def impossible_sd(evidence: Evidence) -> Iterator[Finding]:
    """An SD larger than the ends of the scale allow at that mean."""
    for x in evidence.readings:
        if x.is_change or x.width is None or x.mean is None or not x.sd:
            continue
        low, high = float(x.cells["scale_min"]), float(x.cells["scale_max"])
        top = largest_sd(x.mean, low, high, x.n)
        if low <= x.mean <= high and x.sd > top * 1.02 + 0.02:
            words = f"{x.name()} on {shown(low)} to {shown(high)}: the largest possible SD is {shown(top)}"
            yield about("impossible_sd", "sd_implausible", ERROR, (x,), words)


def impossible_change_sd(evidence: Evidence) -> Iterator[Finding]:
    """An SD of change larger than the SDs before and after can give (their sum), taking the SD before for both if need be."""
    for x in evidence.readings:
        before = x.value("baseline_sd")
        if x.cells["value_kind"] == "change" and x.sd and before and x.sd > 2 * before * 1.02:
            words = f"change {x.name()}, SD {shown(before)} before: a change can have {shown(2 * before)} at most if that stays"
            yield about("impossible_change_sd", "sd_implausible", DOUBT, (x,), words)


def unusual_sd(evidence: Evidence) -> Iterator[Finding]:
    """An SD far from what other trials have on the instrument: too small (a standard error, or another scale), or too large."""
    for x in evidence.readings:
        norm, sd = evidence.norm(x), x.points(x.sd)
        if norm is None or not sd or x.cells["value_kind"] not in ("final", ""):
            continue
        usual = f"SD {shown(x.sd)}, usual on this scale {shown(norm.sd * (x.width or 100) / 100)} ({norm.trials} trials)"
        grown = sd * math.sqrt(x.n) if x.n else None
        ordinary = grown is not None and _ORDINARY[0] * norm.sd <= grown <= _ORDINARY[1] * norm.sd
        if sd < _VERY_SMALL * norm.sd and ordinary:
            words = f"{x.name()}: {usual}; times root n it is {shown(x.sd * math.sqrt(x.n or 1))}"  # type: ignore[operator]
            yield about("se_for_sd", "se_taken_as_sd", ERROR, (x,), words)
        elif sd < _SMALL * norm.sd:
            kind = "se_taken_as_sd" if ordinary else "sd_implausible"
            yield about("small_sd", kind, DOUBT, (x,), f"{x.name()}: {usual}")
        elif sd > _LARGE * norm.sd:
            yield about("large_sd", "sd_taken_as_se", DOUBT, (x,), f"{x.name()}: {usual}")


def implied_sd(evidence: Evidence) -> Iterator[Finding]:
    """A printed mean difference whose interval or p value implies an SD far from the usual one (Handbook 6.5.2.3)."""
    for x in evidence.readings:
        norm, n, m = evidence.norm(x), x.n, number(x.cells["n_c"])
        if x.side == "c" or norm is None or not n or not m or x.cells["effect_measure"] != "MD" or n + m <= 4:
            continue
        low, high, p, effect = (number(x.cells[c]) for c in ("effect_ci_low", "effect_ci_high", "effect_p", "effect"))
        level = number(x.cells["ci_level"]) or 95.0
        quantile, se = float(stdtrit(n + m - 2, 0.5 + level / 200)), None
        if low is not None and high is not None and high > low:
            se = (high - low) / (2 * quantile)
        elif p is not None and effect and 0 < p < 1:
            se = abs(effect) / -float(stdtrit(n + m - 2, p / 2))
        if se is None or x.width is None:
            continue
        sd = se / math.sqrt(1 / n + 1 / m)
        ratio = (x.points(sd) or 0.0) / norm.sd
        if ratio < _SMALL or ratio > _LARGE:
            words = f"the printed interval or p implies SD {shown(sd)}, usual is {shown(norm.sd * x.width / 100)}"
            yield about("implied_sd", "p_inconsistent", DOUBT, (x,), words)


def unequal_sds(evidence: Evidence) -> Iterator[Finding]:
    """Arms of one row whose SDs are far apart, beyond chance."""
    for row in evidence.rows:
        t, c = Reading(row, "t"), Reading(row, "c")
        if not t.sd or not c.sd:
            continue
        ratio = max(t.sd, c.sd) / min(t.sd, c.sd)
        chance = 2.6 * math.sqrt(math.fsum(1 / (2 * max((x.n or 3) - 1, 1)) for x in (t, c)))
        if ratio > 15:
            words = f"{t.name()} beside {c.name()}: {shown(ratio)} times apart"
            yield about("slip", "decimal_slip", ERROR, (t, c), words)
        elif ratio > _UNEQUAL and math.log(ratio) > chance:
            yield about("unequal_sds", "sd_implausible", DOUBT, (t, c), f"SDs {shown(t.sd)} and {shown(c.sd)} in one row")


def dominating_trial(evidence: Evidence) -> Iterator[Finding]:
    """One trial of three or more with nearly all inverse-variance weight of a comparison, at one visit of each.

    With few of the people that is an SD too small to believe (a standard error, perhaps); else it is only worth knowing.
    """
    pairs = [(Reading(r, "t"), Reading(r, "c")) for r in evidence.rows]
    told = [(t, c) for t, c in pairs if t.sd and c.sd and t.n and c.n and t.width]
    keys = ("treatment", "comparator", "outcome", "value_kind")
    for group in grouped(told, lambda pair: tuple(pair[0].cells[k] for k in keys)).values():
        heaviest: dict[str, tuple[float, Reading, Reading]] = {}
        for t, c in group:
            variance = math.fsum((x.points(x.sd) or 0.0) ** 2 / (x.n or 1.0) for x in (t, c))
            trial = t.cells["trial_id"]
            if trial not in heaviest or 1 / variance > heaviest[trial][0]:
                heaviest[trial] = (1 / variance, t, c)
        if len(heaviest) < 3:
            continue
        weight, t, c = max(heaviest.values(), key=lambda h: h[0])
        share = weight / math.fsum(h[0] for h in heaviest.values())
        people = ((t.n or 0.0) + (c.n or 0.0)) / math.fsum((x.n or 0.0) for h in heaviest.values() for x in h[1:])
        if share >= _DOMINATES:
            words = f"{100 * share:.0f} % of the weight of {len(heaviest)} trials with {100 * people:.0f} % of their people"
            yield about("dominating_trial", "sd_implausible", DOUBT if people < _DOMINATES / 2 else NOTE, (t, c), words)


def _courses(evidence: Evidence) -> Iterator[list[Reading]]:
    """Readings with an SD of one trial, outcome and tool in one source, final or baseline values."""
    for readings in evidence.arms.values():
        with_sd = [x for x in readings if x.sd]
        yield from grouped(with_sd, lambda x: (x.cells["outcome"], x.cells["instrument"], x.cells["read_in"])).values()


def repeated_sd(evidence: Evidence) -> Iterator[Finding]:
    """One SD in several arms or visits of a trial: imputed, or a misprint.

    The same SD of three digits in the two arms of a row, or any SD three times and over at means that differ.
    """
    for course in _courses(evidence):
        for same in grouped(course, lambda x: x.text("sd") or x.text("se")).values():
            distinct = {(x.arm, x.detail, x.cells["weeks"], x.text("mean")) for x in same}
            rows = {x.row_id for x in same}
            both = len(rows) == 1 and len(distinct) == 2 and significant_digits(same[0].text("sd")) >= 3
            if len(distinct) >= 3 or both:
                words = f"SD {same[0].text('sd')} in {len(distinct)} arms or visits of the trial"
                yield about("repeated_sd", "sd_imputed_or_repeated", DOUBT, same, words)


def proportional_sd(evidence: Evidence) -> Iterator[Finding]:
    """SDs that are one and the same multiple of their means: calculated back from a p value, not measured."""
    for row in evidence.rows:
        t, c = Reading(row, "t"), Reading(row, "c")
        if None in (t.mean, t.sd, c.mean, c.sd) or not t.mean or not c.mean or close(t.mean, c.mean):
            continue
        ratios = (t.sd or 0.0) / t.mean, (c.sd or 0.0) / c.mean
        digits = min(significant_digits(x.text(name)) for x in (t, c) for name in ("mean", "sd"))
        if digits >= 2 and abs(ratios[0]) > 0.5 and close(*ratios, 0.004):
            words = f"both SDs are {shown(ratios[0])} times the mean: {t.name()} and {c.name()}"
            yield about("proportional_sd", "sd_imputed_or_repeated", DOUBT, (t, c), words)


def equal_mean_and_sd(evidence: Evidence) -> Iterator[Finding]:
    """An SD printed with the digits of its mean."""
    for x in evidence.readings:
        if x.mean and x.text("mean") == x.text("sd") and significant_digits(x.text("mean")) >= 2:
            yield about("sd_equals_mean", "duplicate_result", DOUBT, (x,), f"SD and mean are both {x.text('mean')}")


def constant_baseline_sd(evidence: Evidence) -> Iterator[Finding]:
    """One baseline SD in both arms of several trials of a source: filled in, not extracted."""
    found = [x for x in evidence.readings if x.text("baseline_sd") and x.cells["read_in"]]
    for same in grouped(found, lambda x: (x.cells["read_in"], x.cells["outcome"], x.text("baseline_sd"))).values():
        both = {x.row_id for x in same if x.side == "t"} & {x.row_id for x in same if x.side == "c"}
        inside = [x for x in same if x.row_id in both]
        trials = {x.cells["trial_id"] for x in inside}
        if len(trials) < 3:
            continue
        words = f"baseline SD {same[0].text('baseline_sd')} in both arms of {len(trials)} trials of one source"
        for readings in grouped(inside, lambda x: x.cells["trial_id"]).values():
            yield about("constant_baseline_sd", "sd_imputed_or_repeated", DOUBT, readings, words)


def exchanged_sds(evidence: Evidence) -> Iterator[Finding]:
    """SDs that stay with an arm over the visits, except at one where two comparators have each other's."""
    for course in _courses(evidence):
        slots = grouped([x for x in course if x.side == "c"], lambda x: (x.detail, x.arm))
        if len(slots) < 2:
            continue
        for first, second in combinations(slots.values(), 2):
            for a, b in combinations(first, 2):
                swapped = [
                    (p, q) for p, q in combinations(second, 2) if same_visit(a.cells, p.cells) and same_visit(b.cells, q.cells)
                ]
                for p, q in swapped:
                    if close(a.sd, q.sd) and close(b.sd, p.sd) and not close(a.sd, b.sd):
                        words = f"SDs {shown(a.sd)} and {shown(p.sd)} change places between two visits"
                        yield about("exchanged_sds", "label_swapped", DOUBT, (a, b, p, q), words)


def printed_note(evidence: Evidence) -> Iterator[Finding]:
    """Rows whose SD the extractor marked as imputed."""
    for row in evidence.rows:
        if "sd_imputed" in row["flags"].split(";"):
            yield about("imputed", "sd_imputed_or_repeated", NOTE, (Reading(row, "t"),), "the source imputed the SD")


RULES = (
    impossible_sd,
    impossible_change_sd,
    unusual_sd,
    implied_sd,
    unequal_sds,
    dominating_trial,
    repeated_sd,
    proportional_sd,
    equal_mean_and_sd,
    constant_baseline_sd,
    exchanged_sds,
    printed_note,
)
