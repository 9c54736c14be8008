"""Printed effects: whether arms, interval and p value say the same, and whether the effect can be believed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import combinations

from scipy.special import ndtr, ndtri, stdtr

from evidence_synthesis.audit.lines import (
    DOUBT,
    ERROR,
    NOTE,
    Evidence,
    Finding,
    Reading,
    about,
    grouped,
    same_visit,
    shown,
    weeks_of,
)
from evidence_synthesis.review.schema import RATIOS, number

_HUGE = 3.0  # SMD beyond which an effect of treatment is hardly possible
_LARGE_POINTS = 25.0  # points of 100 between arms of which trials of these treatments rarely tell
_LARGE = 2.0
_CLEAR = 0.8

# The extractor's flags that tell of a contradiction, and the kind of error that they point to.
FLAGS = {
    "n_contradicted_by_F_and_p": "n_conflict",
    "n_contradicted": "n_conflict",
    "p_values_imply_smaller_n": "n_conflict",
    "n_conflict_abstract_vs_text": "n_conflict",
    "n_conflict_table_vs_text": "n_conflict",
    "randomised_n_conflict": "n_conflict",
    "p_inconsistent_with_F": "p_inconsistent",
    "abstract_table_conflict": "p_inconsistent",
    "abstract_table_conflict_arms_swapped": "label_swapped",
    "se_not_sd": "se_taken_as_sd",
    "probable_misprint_mean": "other",
    "direction_conflict_scale_label_vs_data": "sign_or_direction",
    "effect_direction_uncertain": "sign_or_direction",
    "scale_max_nonstandard": "other",
    "or_ci_asymmetric": "effect_not_equal_to_arms",
}


def _row(rule: str, kind: str, severity: str, row: Mapping[str, str], evidence: str) -> Finding:
    return about(rule, kind, severity, (Reading(row, "t"),), evidence)


def _value(row: Mapping[str, str], name: str) -> float | None:
    return number(row[name])


def standardised(t: Reading, c: Reading) -> float | None:
    """Difference of two arms in pooled SDs (no small-sample correction); None when not all is printed."""
    if None in (t.mean, c.mean, t.n, c.n) or not t.sd or not c.sd or (t.n or 0) + (c.n or 0) <= 2:
        return None
    n, m = t.n or 0.0, c.n or 0.0
    spread = math.sqrt(((n - 1) * t.sd**2 + (m - 1) * c.sd**2) / (n + m - 2))
    return ((t.mean or 0.0) - (c.mean or 0.0)) / spread


def effect_of_arms(evidence: Evidence) -> Iterator[Finding]:
    """A printed difference that the printed means do not give."""
    for row in evidence.rows:
        t, c, effect = Reading(row, "t"), Reading(row, "c"), _value(row, "effect")
        if effect is None or t.mean is None or c.mean is None or row["effect_measure"] != "MD" or row["value_kind"] == "adjusted":
            continue
        difference = t.mean - c.mean
        slack = 0.15 + 0.05 * abs(difference)
        if abs(difference - effect) > slack and abs(-difference - effect) <= slack:
            words = f"printed {shown(effect)}, the arms give {shown(difference)}"
            yield _row("effect_sign", "sign_or_direction", DOUBT, row, words)
        elif abs(difference - effect) > slack:
            words = f"printed {shown(effect)}, the arms ({shown(t.mean)} and {shown(c.mean)}) give {shown(difference)}"
            yield _row("effect_of_arms", "effect_not_equal_to_arms", DOUBT, row, words)


def review_effect(evidence: Evidence) -> Iterator[Finding]:
    """A review's printed effect that its printed arms do not give (means, standardised means, or event counts)."""
    for row in evidence.rows:
        printed, measure = _value(row, "review_effect"), row["review_measure"]
        t, c = Reading(row, "t"), Reading(row, "c")
        if printed is None:
            continue
        expected: float | None = None
        if measure == "MD" and t.mean is not None and c.mean is not None:
            expected = t.mean - c.mean
        elif measure == "SMD" and (d := standardised(t, c)) is not None:
            expected = d * (1 - 3 / (4 * ((t.n or 0) + (c.n or 0)) - 9))
        elif measure in ("RR", "OR") and (ratio := _ratio(t, c, measure)) is not None:
            expected = ratio
        if expected is None:
            continue
        if abs(expected - printed) > 0.006 + 0.01 * abs(expected):
            words = f"the review prints {measure} {shown(printed)}, its arms give {shown(expected)}"
            yield _row("review_effect", "effect_not_equal_to_arms", ERROR, row, words)


def _ratio(t: Reading, c: Reading, measure: str) -> float | None:
    counts = [(x.value("events"), x.n) for x in (t, c)]
    if any(e is None or not n for e, n in counts):
        return None
    (a, n), (b, m) = ((e or 0.0, k or 0.0) for e, k in counts)
    if min(a, b) == 0 or (measure == "OR" and min(n - a, m - b) == 0):
        return None
    return (a / n) / (b / m) if measure == "RR" else (a / (n - a)) / (b / (m - b))


def off_centre(evidence: Evidence) -> Iterator[Finding]:
    """An interval whose middle (of logarithms for ratios) is not its effect, beyond rounding."""
    for row in evidence.rows:
        effect, low, high = (_value(row, n) for n in ("effect", "effect_ci_low", "effect_ci_high"))
        if effect is None or low is None or high is None or high <= low:
            continue
        logs = row["effect_measure"] in RATIOS and min(effect, low) > 0
        values = [math.log(v) for v in (effect, low, high)] if logs else [effect, low, high]
        decimals = max(len(row[n].partition(".")[2]) for n in ("effect", "effect_ci_low", "effect_ci_high"))
        rounding = 10.0**-decimals * (1.5 / min(effect, low) if logs else 1.5)
        shift, half = abs(values[0] - (values[1] + values[2]) / 2), (values[2] - values[1]) / 2
        if shift > rounding + 0.15 * half:
            words = (
                f"{shown(effect)} ({shown(low)} to {shown(high)}): off centre by {shown(100 * shift / half)} % of its half width"
            )
            kind = "effect_not_equal_to_arms"
            yield _row("off_centre", kind, DOUBT if shift > 0.35 * half else NOTE, row, words)


def p_and_interval(evidence: Evidence) -> Iterator[Finding]:
    """An exact p value that the printed interval, or the arms, contradict."""
    for row in evidence.rows:
        p, effect, low, high = (_value(row, n) for n in ("effect_p", "effect", "effect_ci_low", "effect_ci_high"))
        if p is None or not 0 < p < 1 or effect is None:
            continue
        z = None
        if low is not None and high is not None and high > low:
            logs = row["effect_measure"] in RATIOS and min(effect, low) > 0
            values = [math.log(v) for v in (effect, low, high)] if logs else [effect, low, high]
            level = _value(row, "ci_level") or 95.0
            z = abs(values[0]) / ((values[2] - values[1]) / (2 * float(ndtri(0.5 + level / 200))))
        if z is None:
            continue
        expected = 2 * float(ndtr(-z))
        if (p < 0.05) != (expected < 0.05) and max(p, expected) > 2 * min(p, expected):
            words = f"p {shown(p)}, but the interval gives {shown(expected)}"
            yield _row("p_and_interval", "p_inconsistent", DOUBT, row, words)


def implausible_effect(evidence: Evidence) -> Iterator[Finding]:
    """Arms further apart than a treatment of this kind moves people."""
    for row in evidence.rows:
        t, c = Reading(row, "t"), Reading(row, "c")
        d = standardised(t, c)
        effect, unit = _value(row, "effect"), t.width
        points = abs(t.points((t.mean or 0) - (c.mean or 0)) or 0.0) if t.mean is not None and c.mean is not None else 0.0
        if effect is not None and unit and row["effect_measure"] == "MD":
            points = max(points, 100 * abs(effect) / unit)
        if row["effect_measure"] == "SMD" and effect is not None:
            d = effect
        if d is not None and abs(d) > _HUGE:
            yield _row("implausible_effect", "other", DOUBT, row, f"SMD {shown(d)}: {t.name()} against {c.name()}")
        elif (d is not None and abs(d) > _LARGE) or points >= _LARGE_POINTS:
            words = f"SMD {shown(d)}, {shown(points)} points of 100: {t.name()} against {c.name()}"
            yield _row("large_effect", "other", NOTE, row, words)


def uneven_start(evidence: Evidence) -> Iterator[Finding]:
    """Arms that differ at baseline more than randomising explains (p < 0.001)."""
    for row in evidence.rows:
        values = [_value(row, f"{name}_{side}") for side in ("t", "c") for name in ("baseline_mean", "baseline_sd", "n")]
        if any(v is None for v in values):
            continue
        mean_t, sd_t, n_t, mean_c, sd_c, n_c = (v or 0.0 for v in values)
        if min(sd_t, sd_c) <= 0 or min(n_t, n_c) < 2:
            continue
        se = math.sqrt(sd_t**2 / n_t + sd_c**2 / n_c)
        p = 2 * float(stdtr(n_t + n_c - 2, -abs(mean_t - mean_c) / se))
        if p < 0.001:
            words = f"baseline {shown(mean_t)} ({shown(sd_t)}) and {shown(mean_c)} ({shown(sd_c)}): p {p:.1g}"
            yield _row("uneven_start", "other", DOUBT, row, words)


def turning_effect(evidence: Evidence) -> Iterator[Finding]:
    """A large effect at one visit and a large one the other way at the next: the arms may be exchanged at one of them."""
    for rows in evidence.trials.values():
        for course in grouped(rows, lambda r: (r["treatment"], r["comparator"], r["outcome"], r["measured_as"])).values():
            found = [(r, standardised(Reading(r, "t"), Reading(r, "c"))) for r in course]
            for (a, d), (b, e) in combinations([(r, x) for r, x in found if x is not None], 2):
                if d * e < 0 and min(abs(d), abs(e)) > _CLEAR / 2 and max(abs(d), abs(e)) > _CLEAR and not same_visit(a, b):
                    words = f"SMD {shown(d)} at {shown(weeks_of(a))} weeks, {shown(e)} at {shown(weeks_of(b))}"
                    ids = (a["row_id"], b["row_id"])
                    yield Finding("turning_effect", "label_swapped", DOUBT, a["trial_id"], ids, words)


def before_the_end(evidence: Evidence) -> Iterator[Finding]:
    """A final visit before the course of treatment is over, or one of less than half a week."""
    for row in evidence.rows:
        weeks, course = weeks_of(row), _value(row, "course_weeks")
        if weeks is not None and course and row["weeks_from"] == "randomisation" and 0 < weeks < 0.5 * course:
            words = f"follow-up at {shown(weeks)} weeks, treatment for {shown(course)}"
            yield _row("before_the_end", "other", NOTE, row, words)


def sources_differ(evidence: Evidence) -> Iterator[Finding]:
    """One comparison at one visit read in two sources with effects that do not agree."""
    for rows in evidence.trials.values():
        slots = grouped(rows, lambda r: (r["treatment"], r["comparator"], r["outcome"], r["instrument"]))
        for slot in slots.values():
            for a, b in combinations(slot, 2):
                t, c, u, d = Reading(a, "t"), Reading(a, "c"), Reading(b, "t"), Reading(b, "c")
                if a["read_in"] == b["read_in"] or t.is_change != u.is_change or not same_visit(a, b):
                    continue
                first, second = standardised(t, c), standardised(u, d)
                if first is not None and second is not None and abs(first - second) > 0.3:
                    words = f"SMD {shown(first)} in one source, {shown(second)} in the other"
                    yield Finding("sources_differ", "other", DOUBT, a["trial_id"], (a["row_id"], b["row_id"]), words)


def extractor_flags(evidence: Evidence) -> Iterator[Finding]:
    """What the extractor saw in the text of the source: contradictions that the numbers alone may not show."""
    for row in evidence.rows:
        for flag in row["flags"].split(";"):
            if flag in FLAGS:
                words = "seen by the extractor: " + flag.replace("_", " ")
                yield _row("extractor_flag", FLAGS[flag], DOUBT, row, words)


RULES = (
    effect_of_arms,
    review_effect,
    off_centre,
    p_and_interval,
    implausible_effect,
    uneven_start,
    turning_effect,
    before_the_end,
    sources_differ,
    extractor_flags,
)
