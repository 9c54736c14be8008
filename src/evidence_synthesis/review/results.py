"""What the rows of ``results/<treatment>.csv`` must obey beyond their schema: rules about values, places and ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from evidence_synthesis.review.package import Fault, Row
from evidence_synthesis.review.schema import PERSON_TIME, RATIOS, number


def _value(row: Row, column: str) -> float | None:
    return number(row.cells[column])


def _ordered(row: Row, low: str, high: str, middle: str, words: str) -> list[Fault]:
    """Faults of an interval whose limits are reversed or do not enclose the value that they belong to."""
    lower, upper, value = _value(row, low), _value(row, high), _value(row, middle)
    if lower is not None and upper is not None and lower > upper:
        return [row.fault(low, f"a lower limit not above {high} ({upper:g})")]
    wrong = value is not None and ((lower is not None and value < lower) or (upper is not None and value > upper))
    return [row.fault(middle, f"a value between {low} and {high}: {words}")] if wrong else []


def _positive(row: Row) -> list[Fault]:
    """Standard deviations, errors and person-time are above zero (Cochrane Handbook 6.5.2)."""
    columns = ("sd_t", "sd_c", "se_t", "se_c", "effect_se", "baseline_sd_t", "baseline_sd_c", *PERSON_TIME)
    return [
        row.fault(c, "a number above zero") for c in columns if c in row.cells and (v := _value(row, c)) is not None and v <= 0
    ]


def _scale(row: Row) -> list[Fault]:
    """A scale has two ends in order, and means and medians lie on it (changes within its width)."""
    low, high = _value(row, "scale_min"), _value(row, "scale_max")
    if low is None and high is None:
        return []
    if low is None or high is None or low >= high:
        return [row.fault("scale_max", f"two ends of the scale, scale_min ({row.cells['scale_min']}) below scale_max")]
    change = row.cells["value_kind"] in ("change", "percent change")
    bottom, top = (low - high, high - low) if change else (low, high)
    columns = ("mean_t", "mean_c", "median_t", "median_c")
    return [
        row.fault(c, f"a value on the row's scale, {bottom:g} to {top:g}")
        for c in columns
        if (v := _value(row, c)) is not None and not bottom <= v <= top
    ]


def _intervals(row: Row) -> list[Fault]:
    """Intervals enclose their estimates; quartiles enclose their medians."""
    faults = _ordered(row, "effect_ci_low", "effect_ci_high", "effect", "the interval must lie around the effect")
    for side in ("t", "c"):
        faults += _ordered(row, f"ci_low_{side}", f"ci_high_{side}", f"mean_{side}", "the interval of the mean")
        faults += _ordered(row, f"q1_{side}", f"q3_{side}", f"median_{side}", "the quartiles of the median")
    return faults


def _events(row: Row) -> list[Fault]:
    """Nobody has the event twice."""
    return [
        row.fault(f"events_{side}", f"not more than n_{side} ({n:g})")
        for side in ("t", "c")
        if not row.cells.get(f"person_time_{side}")  # of which a person may have several
        and (e := _value(row, f"events_{side}")) is not None
        and (n := _value(row, f"n_{side}")) is not None
        and e > n
    ]


def _measure(row: Row) -> list[Fault]:
    """A contrast names its measure, and ratios are positive."""
    if row.cells["format"] != "contrast":
        return []
    if not row.cells["effect_measure"]:
        return [row.fault("effect_measure", "the measure of the printed effect")]
    if row.cells["effect_measure"] not in RATIOS:
        return []
    columns = ("effect", "effect_ci_low", "effect_ci_high")
    return [row.fault(c, "a ratio above zero") for c in columns if (v := _value(row, c)) is not None and v <= 0]


def _place(row: Row) -> list[Fault]:
    """A row stands in the file of its treatment."""
    stem = PurePosixPath(row.file).stem
    return [] if row.cells["treatment"] == stem else [row.fault("treatment", f"{stem}, as the file is named")]


def _review(row: Row) -> list[Fault]:
    """An effect that a review printed names its measure, by which it is worked out again."""
    if not row.cells["review_effect"] or row.cells["review_measure"]:
        return []
    return [row.fault("review_measure", "the measure of the review's effect, or no review_effect")]


ROW_RULES: tuple[Callable[[Row], list[Fault]], ...] = (
    _place,
    _positive,
    _scale,
    _intervals,
    _events,
    _measure,
    _review,
)


def result_id_faults(rows: Iterable[Row]) -> list[Fault]:
    """Faults of rows that share a result_id but not the trial."""
    trial_of: dict[str, str] = {}
    return [
        row.fault("result_id", f"rows of one trial only (also used by {trial})")
        for row in rows
        if (key := row.cells["result_id"]) and (trial := trial_of.setdefault(key, row.cells["trial_id"])) != row.cells["trial_id"]
    ]
