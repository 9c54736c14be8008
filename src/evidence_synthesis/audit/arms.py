"""One arm at one visit in several rows: its values, its number of people and its label must agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

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
    weeks_of,
)

_ROUNDING = 0.012  # relative difference that rounding and rescaling by a review explain
_FEW = 2  # people by which completers of two outcomes may differ without a remark
_SMALL_ARM = 20  # arms in which even one person more or less is a remark
_ALL = 1.02  # people in the rows of one visit, as a share of the trial, beyond which somebody counts twice
_LONG = 26  # weeks after which a trial without any loss is remarkable


def _one_source(a: Reading, b: Reading) -> bool:
    return a.cells["read_in"] == b.cells["read_in"] and a.cells["source_id"] == b.cells["source_id"]


def _comparable(a: Reading, b: Reading) -> bool:
    """Whether two readings are of one outcome and tool at one visit; within a source also of one name (rest, movement)."""
    if a.measures != b.measures or (_one_source(a, b) and a.cells["measured_as"] != b.cells["measured_as"]):
        return False
    return same_visit(a.cells, b.cells)


def _values(a: Reading, b: Reading) -> tuple[bool, bool] | None:
    """Whether means and SDs of two readings agree, on a common scale; None when one of them is not printed."""
    if None in (a.mean, a.sd, b.mean, b.sd):
        return None
    on_points = a.width is not None and b.width is not None
    means = (a.points(a.mean), b.points(b.mean)) if on_points else (a.mean, b.mean)
    sds = (a.points(a.sd), b.points(b.sd)) if on_points else (a.sd, b.sd)
    return close(*means, _ROUNDING), close(*sds, _ROUNDING)


def _pairs(readings: list[Reading]) -> Iterator[tuple[Reading, Reading]]:
    """Pairs of readings of one outcome at one visit from different rows."""
    for a, b in combinations(readings, 2):
        if a.cells is not b.cells and _comparable(a, b):
            yield a, b


def same_arm_values(evidence: Evidence) -> Iterator[Finding]:
    """The same arm at the same visit with another mean or SD in another row.

    One of the two values (or the number of people) agreeing tells that it is the same arm; where nothing agrees, two
    arms of one kind may be meant, and that is a doubt only when the source describes them alike. Where a source
    describes them differently, an agreement in one value is a doubt as well.
    """
    for readings in evidence.arms.values():
        for a, b in _pairs(readings):
            agree = _values(a, b) if a.arm == b.arm else None
            if agree is None or agree == (True, True):
                continue
            words = f"one arm at one visit: {a.name()} and {b.name()}"
            first, second = a.points(a.sd) or 0.0, b.points(b.sd) or 0.0
            tenfold = not agree[1] and min(first, second) > 0 and 8 < max(first, second) / min(first, second) < 12.5
            if tenfold:
                yield about("same_arm_scale", "scale_not_converted", ERROR, (a, b), words + ": SDs ten times apart")
            elif any(agree):
                two_arms = _one_source(a, b) and a.detail != b.detail  # a source may have two arms of one kind
                severity = DOUBT if two_arms else ERROR
                yield about("same_arm_values", "same_arm_different_values", severity, (a, b), words)
            elif close(a.n, b.n) and a.detail == b.detail:
                yield about("same_arm_values", "same_arm_different_values", DOUBT, (a, b), words)


def same_arm_n(evidence: Evidence) -> Iterator[Finding]:
    """The same arm, visit, mean and SD with another number of people: a shared arm that was split, or a mistake."""
    for readings in evidence.arms.values():
        for a, b in _pairs(readings):
            if a.arm == b.arm and _values(a, b) == (True, True) and a.n and b.n and not close(a.n, b.n):
                shared = "yes" in (a.cells["shared_control"], b.cells["shared_control"])
                words = f"one arm at one visit, n {shown(a.n)} and {shown(b.n)}: {a.name()}"
                kind = "same_arm_different_n"
                yield about("same_arm_n", kind, NOTE if shared else DOUBT, (a, b), words)


def event_arm_n(evidence: Evidence) -> Iterator[Finding]:
    """Events of one arm at one visit counted of another number of people."""
    for readings in evidence.arms.values():
        for a, b in _pairs(readings):
            named = a.arm == b.arm and a.detail == b.detail and a.cells["weeks"] == b.cells["weeks"]
            if named and a.cells["measured_as"] == b.cells["measured_as"] and a.value("events") is not None:
                if b.value("events") is None or (close(a.n, b.n) and close(a.value("events"), b.value("events"))):
                    continue
                words = f"{a.condition} has {a.text('events')} of {shown(a.n)} and {b.text('events')} of {shown(b.n)}"
                yield about("event_arm", "same_arm_different_n", DOUBT, (a, b), words)


def exchanged_labels(evidence: Evidence) -> Iterator[Finding]:
    """The same values under two labels in rows of one visit.

    An error where the first label has other values at that visit too: one of them bears another arm's label. Else the
    arm may only be named in two ways, or its values were read twice (same mean and n, another SD).
    """
    for readings in evidence.arms.values():
        named: dict[tuple[str, str], list[Reading]] = {}
        for a, b in _pairs(readings):
            if a.arm == b.arm or not close(a.mean, b.mean) or not close(a.n, b.n) or significant_digits(a.text("mean")) < 2:
                continue
            informative = significant_digits(a.text("mean")) + significant_digits(a.text("sd")) >= 5
            values = f"{shown(a.mean)} ({shown(a.sd)}), n {shown(a.n)} stands under {a.condition} and under {b.condition}"
            if not close(a.sd, b.sd):
                if significant_digits(a.text("mean")) >= 3 and a.sd and b.sd:
                    words = f"{a.name()} and {b.name()}: one arm, read twice?"
                    yield about("same_values", "same_arm_different_values", DOUBT, (a, b), words)
            elif informative and (others := _otherwise(readings, a) + _otherwise(readings, b)):
                yield about("label", "label_swapped", ERROR, (a, b, *others), f"{values}; elsewhere {others[0].name()}")
            elif informative:
                named.setdefault((a.arm, b.arm), []).extend((a, b))
        for found in named.values():
            one, other, *_ = (x.condition for x in found)
            words = f"the same values under {one} and under {other} at {len(found) // 2} visits or outcomes"
            yield about("two_names", "label_swapped", NOTE, found, words)


def _otherwise(readings: list[Reading], reading: Reading) -> list[Reading]:
    """Readings of the same label, outcome and visit with another mean."""
    return [
        x
        for x in readings
        if x.arm == reading.arm and x.mean is not None and _comparable(x, reading) and _values(x, reading) == (False, False)
    ]


def identical_arms(evidence: Evidence) -> Iterator[Finding]:
    """Both arms of a row with the same mean and the same SD."""
    for row in evidence.rows:
        t, c = Reading(row, "t"), Reading(row, "c")
        if close(t.mean, c.mean) and close(t.sd, c.sd):
            yield about("identical_arms", "duplicate_result", DOUBT, (t, c), f"both arms have {shown(t.mean)} ({shown(t.sd)})")


def repeated_result(evidence: Evidence) -> Iterator[Finding]:
    """One arm with exactly the same mean and SD, or mean change, at two visits."""
    for readings in evidence.arms.values():
        for a, b in combinations(readings, 2):
            same = a.arm == b.arm and a.cells["instrument"] == b.cells["instrument"] and a.is_change == b.is_change
            same = same and a.cells["outcome"] == b.cells["outcome"] and a.cells["measured_as"] == b.cells["measured_as"]
            if not same or same_visit(a.cells, b.cells) or a.mean in (None, 0.0) or not close(a.mean, b.mean):
                continue
            if close(a.sd, b.sd) or (a.is_change and significant_digits(a.text("mean")) >= 3):
                weeks = f"{shown(weeks_of(a.cells))} and {shown(weeks_of(b.cells))} weeks"
                yield about("repeated_result", "duplicate_result", DOUBT, (a, b), f"the same values at {weeks}: {a.name()}")


def double_entry(evidence: Evidence) -> Iterator[Finding]:
    """Several rows for the same arms, tool, time and kind of value: entered twice, or results of which one can be true."""
    keys = (
        *("treatment", "comparator", "treatment_detail", "comparator_detail", "outcome", "instrument", "measured_as"),
        *("value_kind", "format", "read_in", "weeks", "term_as_printed"),
    )
    columns = ("mean_t", "mean_c", "sd_t", "events_t", "events_c", "effect")
    for rows in evidence.trials.values():
        for slot in grouped(rows, lambda r: tuple(r[k] for k in keys)).values():
            if len(slot) < 2:
                continue
            firsts = [Reading(r, "t") for r in slot]
            if len({tuple(r[c] for c in columns) for r in slot}) < len(slot):
                yield about("entered_twice", "duplicate_result", ERROR, firsts, f"entered twice: {firsts[0].name()}")
            else:
                words = "; ".join(x.name() for x in firsts)
                yield about("one_slot", "duplicate_result", DOUBT, firsts, f"{len(slot)} results of one visit: {words}")


def conflicting_n(evidence: Evidence) -> Iterator[Finding]:
    """One arm at one visit with different numbers of people: for one outcome in two sources (doubt), or for two outcomes."""
    for readings in evidence.arms.values():
        by_visit: dict[tuple[str, float | None, bool], dict[str, Reading]] = {}
        for a, b in combinations([x for x in readings if x.n], 2):
            if a.row_id == b.row_id or a.arm != b.arm or not same_visit(a.cells, b.cells):
                continue
            one = a.cells["outcome"] == b.cells["outcome"]
            shared = "yes" in (a.cells["shared_control"], b.cells["shared_control"])
            if _values(a, b) == (True, True) or (shared and one):
                continue
            n, m = sorted((a.n or 0.0, b.n or 0.0))
            if m - n >= _FEW or (m - n >= 1 and m < _SMALL_ARM):
                one = one and a.cells["read_in"] != b.cells["read_in"]
                by_visit.setdefault((a.arm, weeks_of(a.cells), one), {}).update({a.row_id: a, b.row_id: b})
        for (_, weeks, one), found in by_visit.items():
            condition = next(iter(found.values())).condition
            counts = ", ".join(
                f"{shown(x.n)} for {x.cells['measured_as'] or x.cells['outcome'].replace('_', ' ')}" for x in found.values()
            )
            words = f"{condition} at {shown(weeks)} weeks, n: {counts}"
            yield about("visit_n", "n_conflict", DOUBT if one else NOTE, list(found.values()), words)


def growing_n(evidence: Evidence) -> Iterator[Finding]:
    """An arm with more people at a later visit than at an earlier one."""
    for readings in evidence.arms.values():
        courses = grouped(
            [x for x in readings if x.n and weeks_of(x.cells) is not None],
            lambda x: (x.arm, x.detail, x.cells["outcome"], x.cells["measured_as"], x.cells["read_in"]),
        )
        for course in courses.values():
            course.sort(key=lambda x: weeks_of(x.cells) or 0.0)
            for a, b in combinations(course, 2):
                grows = (b.n or 0.0) - (a.n or 0.0)
                if not same_visit(a.cells, b.cells) and grows > _FEW and grows > 0.04 * (a.n or 1.0):
                    words = f"{a.condition}: n {shown(a.n)} at {shown(weeks_of(a.cells))} weeks, "
                    words += f"{shown(b.n)} at {shown(weeks_of(b.cells))}"
                    yield about("growing_n", "n_conflict", NOTE, (a, b), words)


def nobody_lost(evidence: Evidence) -> Iterator[Finding]:
    """The number randomised, or one and the same number, at every visit of a long trial: completers it cannot be."""
    for readings in evidence.arms.values():
        for course in grouped([x for x in readings if x.n], lambda x: (x.arm, x.detail, x.cells["read_in"])).values():
            visits = {weeks_of(x.cells) for x in course} - {None}
            largest = max(x.n or 0.0 for x in course)
            constant = len({x.n for x in course}) == 1 and largest >= 50
            if constant and len(visits) >= 3 and max(v or 0.0 for v in visits) >= _LONG:
                last = shown(max(v or 0.0 for v in visits))
                words = f"{course[0].condition}: n {shown(largest)} at each of {len(visits)} visits up to {last}"
                yield about("nobody_lost", "n_conflict", DOUBT, course, words + " weeks: nobody lost, or not the number analysed")


def more_than_randomised(evidence: Evidence) -> Iterator[Finding]:
    """An arm with more people analysed than were randomised to it."""
    for readings in evidence.arms.values():
        for a in readings:
            randomised = a.value("n_randomised")
            if randomised and a.n and a.n > randomised:
                words = f"{a.condition}: n {shown(a.n)} analysed of {shown(randomised)} randomised"
                yield about("more_than_randomised", "n_conflict", ERROR, (a,), words)


def counted_twice(evidence: Evidence) -> Iterator[Finding]:
    """Rows of one visit whose people add up to more than the trial: an arm that they share counts in each of them.

    A note, since pooling merges or splits such rows; whoever adds up the rows by hand would count people twice.
    """
    keys = ("outcome", "instrument", "measured_as", "value_kind", "read_in", "weeks", "term_as_printed")
    for trial, readings in evidence.arms.items():
        sizes = [max(x.value("n_randomised") or x.n or 0.0 for x in arm) for arm in _arms_of(readings).values()]
        found: list[Reading] = []
        most = 0.0
        for visit in grouped(readings, lambda x: tuple(x.cells[k] for k in keys)).values():
            total = math.fsum(x.n or 0.0 for x in visit)
            if len(visit) > 2 and total > math.fsum(sizes) * _ALL:
                found, most = found + visit, max(most, total)
        if found and 0.0 not in sizes:
            words = f"rows of one visit hold up to {shown(most)} people, the arms of {trial} {shown(math.fsum(sizes))}"
            yield about("counted_twice", "n_conflict", NOTE, found, words)


def _arms_of(readings: list[Reading]) -> dict[tuple[str, str], list[Reading]]:
    """A trial's readings by arm: the condition, and the words of the source that tell two arms of one kind apart."""
    return grouped(readings, lambda x: (x.arm, x.detail))


RULES = (
    same_arm_values,
    same_arm_n,
    event_arm_n,
    exchanged_labels,
    identical_arms,
    repeated_result,
    double_entry,
    conflicting_n,
    growing_n,
    nobody_lost,
    more_than_randomised,
    counted_twice,
)
