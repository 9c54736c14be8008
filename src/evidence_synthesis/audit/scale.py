"""Scales, signs and decimals: values that stand on another scale, or point the other way, than their row says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from evidence_synthesis.audit.lines import (
    DOUBT,
    ERROR,
    Evidence,
    Finding,
    Norm,
    Reading,
    about,
    bad_points,
    grouped,
    same_visit,
    shown,
)

_TENTH = 10.0  # points of 100 below which whole results look like a 0-10 scale
_FAR = 3.5  # robust standard deviations (Iglewicz & Hoaglin 1993)
_SHIFT = 2.5  # ratio of an arm's means at two visits in both arms alike
_COMPONENT_TOP = 70.0  # SF-36 and SF-12 component scores are normed to 50 (10): Ware 1994; higher ones do not occur as means
_CLEAR = 0.5  # standard deviations by which an arm must have moved to tell a direction


def _both(row_pair: tuple[Reading, Reading]) -> bool:
    return all(x.mean is not None for x in row_pair)


def not_converted(evidence: Evidence) -> Iterator[Finding]:
    """Both arms within a tenth of a 0-100 scale, with SDs to match, where the instrument usually stands far higher.

    Where the outcome is measured on 0-10 scales too, that is such a scale left as it was; else it may be a shorter raw score.
    """
    for row in evidence.rows:
        pair = Reading(row, "t"), Reading(row, "c")
        if not _both(pair) or pair[0].is_change or pair[0].width is None or pair[0].width < 50:
            continue
        norm = evidence.norm(pair[0])
        if norm is None or row["higher_is_worse"] == "no":
            continue
        tops = [max(bad_points(x) or 0.0, x.value("baseline_mean") or 0.0) for x in pair]
        spreads = [x.points(x.sd) for x in pair if x.sd]
        small = max(tops) <= _TENTH and all(s < 0.35 * norm.sd for s in spreads if s)
        if small and spreads and norm.mean > 1.5 * _TENTH:
            words = f"{pair[0].name()} and {pair[1].name()} on a scale of {shown(pair[0].width)}: like values of 0 to 10"
            severity = ERROR if row["outcome"] in evidence.on_ten else DOUBT
            yield about("not_converted", "scale_not_converted", severity, pair, words)
        elif all(s < 0.5 * norm.sd for s in spreads if s) and spreads and max(tops) < 0.7 * norm.mean:
            words = f"{pair[0].name()} and {pair[1].name()}: low and narrow for this scale, perhaps a shorter raw score"
            yield about("short_scale", "scale_not_converted", DOUBT, pair, words)


def baseline_on_other_scale(evidence: Evidence) -> Iterator[Finding]:
    """Follow-up a small fraction, or a multiple, of the baseline in both arms: two scales in one row."""
    for row in evidence.rows:
        pair = Reading(row, "t"), Reading(row, "c")
        before = [x.value("baseline_mean") for x in pair]
        if pair[0].is_change or not _both(pair) or any(not b for b in before):
            continue
        ratios = [(x.mean or 0.0) / (b or 1.0) for x, b in zip(pair, before, strict=True)]
        if max(ratios) < 0.2 or min(ratios) > 5:
            words = (
                f"baseline {shown(before[0])} and {shown(before[1])}, follow-up {shown(pair[0].mean)} and {shown(pair[1].mean)}"
            )
            yield about("two_scales", "scale_not_converted", ERROR, pair, words)
        elif max(ratios) < 0.6 and all(x.points(x.sd) and (x.points(x.sd) or 0) < 6 for x in pair) and max(tens(pair)) < 16:
            words = f"{pair[0].name()} and {pair[1].name()} after {shown(before[0])} and {shown(before[1])}: a short raw score?"
            yield about("short_scale", "scale_not_converted", DOUBT, pair, words)


def tens(pair: tuple[Reading, Reading]) -> list[float]:
    """The baseline means of two arms in points (0 where not known)."""
    return [x.points(x.value("baseline_mean")) or 0.0 for x in pair]


def scale_changes_between_visits(evidence: Evidence) -> Iterator[Finding]:
    """Both arms, treated and control alike, at a fraction of their earlier means on the same tool: not one scale."""
    keys = ("treatment", "comparator", "outcome", "instrument", "value_kind", "read_in")
    for rows in evidence.trials.values():
        for course in grouped(rows, lambda r: tuple(r[k] for k in keys)).values():
            for a, b in combinations(course, 2):
                first, second = (Reading(a, "t"), Reading(a, "c")), (Reading(b, "t"), Reading(b, "c"))
                if (same_visit(a, b) and a["weeks"]) or not (_both(first) and _both(second)) or first[0].is_change:
                    continue
                ratios = [abs(x.mean or 0.0) / abs(y.mean or 1.0) for x, y in zip(first, second, strict=True) if y.mean]
                spread = [x.sd / y.sd for x, y in zip(first, second, strict=True) if x.sd and y.sd]
                fixed = [r if r > 1 else 1 / r for r in ratios if r]
                alike = len(fixed) == 2 and max(fixed) / min(fixed) < 1.25
                if alike and min(fixed) > _SHIFT and spread and max(max(spread), 1 / min(spread)) > 1.8:
                    words = f"{first[0].name()} and {first[1].name()} at one visit, "
                    words += f"{second[0].name()} and {second[1].name()} at another"
                    yield about("scale_shift", "scale_not_converted", DOUBT, (*first, *second), words)


def outside_scale(evidence: Evidence) -> Iterator[Finding]:
    """A mean beyond the ends of its scale, or a change beyond its width; negative final values are changes."""
    for x in evidence.readings:
        if x.width is None or x.mean is None:
            continue
        low, high = float(x.cells["scale_min"]), float(x.cells["scale_max"])
        bottom, top = (-x.width, x.width) if x.is_change else (low, high)
        if bottom <= x.mean <= top:
            continue
        words = f"{x.name()} on a scale from {shown(bottom)} to {shown(top)}"
        if not x.is_change and x.mean < low <= 0 and -x.mean <= x.width:
            yield about("negative_final", "change_vs_final_mixed", ERROR, (x,), words + ": a change, not a final value")
        else:
            yield about("outside_scale", "value_outside_scale", ERROR, (x,), words)


def changes_among_finals(evidence: Evidence) -> Iterator[Finding]:
    """A source's table that holds changes among final values of one outcome: they share no SD and no zero."""
    finals = grouped((r for r in evidence.rows if r["value_kind"] == "final"), lambda r: (r["read_in"], r["source_location"]))
    for row in evidence.rows:
        if row["value_kind"] == "change" and row["read_in"] and row["review_measure"] in ("SMD", "MD"):
            pair = Reading(row, "t"), Reading(row, "c")
            beside = finals.get((row["read_in"], row["source_location"]), [])
            if beside and _both(pair):
                words = (
                    f"{shown(pair[0].mean)} and {shown(pair[1].mean)} are changes; the same table has {len(beside)} final results"
                )
                severity = ERROR if row["review_measure"] == "SMD" else DOUBT
                yield about("change_among_finals", "change_vs_final_mixed", severity, pair, words)


def unusual_level(evidence: Evidence) -> Iterator[Finding]:
    """Means far from all other trials' on the instrument: another scale, a percentage, or another direction."""
    for row in evidence.rows:
        pair = Reading(row, "t"), Reading(row, "c")
        found = [(x, bad_points(x), evidence.norm(x)) for x in pair if bad_points(x) is not None]
        for x, level, norm in found:
            if level is None or norm is None:
                continue
            spread = max(norm.mean_spread, 5.0)
            if abs(level - norm.mean) > _FAR * spread:
                yield _unusual(x, level, norm)


def _unusual(x: Reading, level: float, norm: Norm) -> Finding:
    words = (
        f"{x.name()}: {shown(level)} points of 100 from the good end; {norm.trials} trials have {shown(norm.mean)} in the middle"
    )
    return about("unusual_level", "change_vs_final_mixed", DOUBT, (x,), words)


def component_scores(evidence: Evidence) -> Iterator[Finding]:
    """Normed component scores (mean 50, SD 10 in the population) with means that only a per cent scale has."""
    for x in evidence.readings:
        if "component" in x.cells["measured_as"].lower() and not x.is_change and x.mean is not None and x.mean > _COMPONENT_TOP:
            words = f"{x.name()}: component scores are normed to 50 (10)"
            yield about("component_score", "value_outside_scale", DOUBT, (x,), words)


def slipped_decimals(evidence: Evidence) -> Iterator[Finding]:
    """A mean more than a hundred times the other arm's, or of several hundred SDs of it."""
    for row in evidence.rows:
        t, c = Reading(row, "t"), Reading(row, "c")
        if t.mean is None or c.mean is None or not t.sd or not c.sd:
            continue
        large, small = (t, c) if abs(t.mean) > abs(c.mean) else (c, t)
        if abs(large.mean or 0.0) > 60 * max(small.sd or 0.0, abs(small.mean or 0.0)):
            yield about("slip", "decimal_slip", ERROR, (large, small), f"{large.name()} beside {small.name()}")


def sign_changes(evidence: Evidence) -> Iterator[Finding]:
    """Final means of a trial's outcome that have one sign at one visit and the other at another: reversed once only."""
    for rows in evidence.trials.values():
        for course in grouped(rows, lambda r: (r["outcome"], r["treatment"], r["comparator"], r["read_in"])).values():
            finals = [x for r in course for x in (Reading(r, "t"), Reading(r, "c")) if not x.is_change and x.mean and x.sd]
            up, down = [x for x in finals if (x.mean or 0) > 0], [x for x in finals if (x.mean or 0) < 0]
            for a in up:
                mirrored = [b for b in down if b.arm == a.arm and 0.7 < -(b.mean or 0) / (a.mean or 1) < 1.4]
                if mirrored and (a.mean or 0) > (a.sd or 0):
                    words = f"{a.name()} in one row, {mirrored[0].name()} in another"
                    yield about("sign", "sign_or_direction", ERROR, (a, *mirrored), words)


def reversed_quality(evidence: Evidence) -> Iterator[Finding]:
    """Scores turned to negative values by a source, unless it is stated that high ones are good: which end is good is unsure."""
    for row in evidence.rows:
        pair = Reading(row, "t"), Reading(row, "c")
        negative = all(x.mean is not None and x.mean < 0 for x in pair)
        if negative and not pair[0].is_change and row["higher_is_worse"] != "no":
            words = f"{shown(pair[0].mean)} and {shown(pair[1].mean)}: final scores below zero, reversed by the source"
            yield about("reversed", "sign_or_direction", DOUBT, pair, words)


def _moved(x: Reading) -> float | None:
    """How far an arm moved from baseline towards the bad end, in SDs; None when not known."""
    before, spread = x.value("baseline_mean"), x.sd or x.value("baseline_sd")
    if x.mean is None or x.cells["higher_is_worse"] == "":
        return None
    sign = 1.0 if x.cells["higher_is_worse"] == "yes" else -1.0
    if x.is_change:
        return sign * x.mean / spread if spread else None
    if before is None:
        return None
    if spread is None and x.width:
        spread = 0.15 * x.width
    return sign * (x.mean - before) / spread if spread else None


def direction(evidence: Evidence) -> Iterator[Finding]:
    """Both arms clearly worse on one tool while another of the same trial clearly improves: the direction may be wrong."""
    for rows in evidence.trials.values():
        moves = {}
        for row in rows:
            both = [_moved(Reading(row, side)) for side in ("t", "c")]
            if None not in both:
                moves[row["row_id"]] = (row, min(m or 0.0 for m in both), max(m or 0.0 for m in both))
        improved = [r for r, _, top in moves.values() if top < -_CLEAR]
        for row, low, _ in moves.values():
            others = [r for r in improved if r["measured_as"] != row["measured_as"]]
            if low > _CLEAR and others:
                pair = Reading(row, "t"), Reading(row, "c")
                words = f"{row['measured_as']} gets worse in both arms while {others[0]['measured_as']} gets better"
                yield about("direction", "sign_or_direction", DOUBT, pair, words)


RULES = (
    not_converted,
    baseline_on_other_scale,
    scale_changes_between_visits,
    outside_scale,
    changes_among_finals,
    unusual_level,
    component_scores,
    slipped_decimals,
    sign_changes,
    reversed_quality,
    direction,
)
