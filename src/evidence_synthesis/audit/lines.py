"""What the audit looks at: printed rows, their arms as readings, and how findings are worded."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TypeVar

from evidence_synthesis.review.schema import number

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

ERROR, DOUBT, NOTE = "error", "doubt", "note"
SEVERITIES = (ERROR, DOUBT, NOTE)
POINTS = 100.0
_CHANGES = ("change", "percent change")
_SAME_VISIT = 1.05  # weeks by which two sources may date one visit differently
_LEAST_TRIALS = 8  # trials from which the spread of an instrument counts as known


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the rule, how bad it is, the rows concerned, and the evidence in words and numbers."""

    rule: str
    kind: str
    severity: str
    trial_id: str
    row_ids: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class Reading:
    """One arm in one row, as printed. ``sd`` follows from a printed standard error where no SD is printed."""

    cells: Mapping[str, str]
    side: str

    def text(self, name: str) -> str:
        """The printed text of a column of this arm."""
        return self.cells[f"{name}_{self.side}"]

    def value(self, name: str) -> float | None:
        """A column of this arm as a number."""
        return number(self.text(name))

    @property
    def row_id(self) -> str:
        """The row it stands in."""
        return self.cells["row_id"]

    @property
    def arm(self) -> str:
        """The condition that the arm received."""
        return self.cells["treatment" if self.side == "t" else "comparator"]

    @property
    def condition(self) -> str:
        """That condition in words."""
        return self.arm.replace("_", " ")

    @property
    def detail(self) -> str:
        """The condition in the source's words."""
        return self.cells["treatment_detail" if self.side == "t" else "comparator_detail"]

    @cached_property
    def n(self) -> float | None:
        """People analysed."""
        return self.value("n")

    @cached_property
    def mean(self) -> float | None:
        """Mean on the row's own scale."""
        return self.value("mean")

    @cached_property
    def sd(self) -> float | None:
        """Standard deviation on the row's own scale."""
        sd, se = self.value("sd"), self.value("se")
        if sd is None and se is not None and self.n:
            return se * math.sqrt(self.n)
        return sd

    @cached_property
    def width(self) -> float | None:
        """Width of the row's scale."""
        low, high = number(self.cells["scale_min"]), number(self.cells["scale_max"])
        return high - low if low is not None and high is not None and high > low else None

    @property
    def is_change(self) -> bool:
        """Whether the mean is a change from baseline."""
        return self.cells["value_kind"] in _CHANGES

    @cached_property
    def measures(self) -> tuple[str, str, bool, str]:
        """What its values are of: the outcome, the instrument, whether changes, and which end of the scale is worse."""
        return self.cells["outcome"], self.cells["instrument"], self.is_change, self.cells["higher_is_worse"]

    def points(self, value: float | None) -> float | None:
        """A length on the row's scale in hundredths of its width."""
        return None if value is None or self.width is None else POINTS * value / self.width

    def name(self) -> str:
        """The arm in words."""
        return f"{self.condition} {shown(self.mean)} ({shown(self.sd)}), n {shown(self.n)}"


def about(rule: str, kind: str, severity: str, readings: Sequence[Reading], evidence: str) -> Finding:
    """A finding about the rows of some readings of one trial."""
    ids = tuple(dict.fromkeys(r.row_id for r in readings))
    return Finding(rule, kind, severity, readings[0].cells["trial_id"], ids, evidence)


def shown(value: float | None) -> str:
    """A number as a person would write it."""
    return "?" if value is None else f"{value:.4g}"


def weeks_of(cells: Mapping[str, str]) -> float | None:
    """The time of a row in weeks as printed."""
    return number(cells["weeks"])


def same_visit(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
    """Whether two rows of a trial are about one visit: times within a week, or one category where no time is printed."""
    first, second = weeks_of(a), weeks_of(b)
    if first is None or second is None:
        return first is second and a["term_as_printed"] == b["term_as_printed"] and bool(a["term_as_printed"])
    return abs(first - second) <= _SAME_VISIT


def close(a: float | None, b: float | None, tolerance: float = 1e-6) -> bool:
    """Whether two printed numbers are the same number; False when one is unknown."""
    return a is not None and b is not None and abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-12)


def significant_digits(text: str) -> int:
    """Digits of a printed number that carry information."""
    return len(text.lstrip("-").replace(".", "").strip("0"))


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Items by key, in the order of their first appearance."""
    groups: dict[K, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


@dataclass(frozen=True, slots=True)
class Norm:
    """What is usual of an instrument over the trials of the data: median SD and mean (in points), spread of the means."""

    sd: float
    mean: float
    mean_spread: float
    trials: int


class Evidence:
    """All printed rows of a review, their arms, and what is usual of each instrument and outcome.

    ``instruments`` is the table of instruments; ``whole_numbers`` holds the ends of those whose scores are whole numbers.
    """

    def __init__(self, rows: Sequence[Mapping[str, str]], instruments: Iterable[Mapping[str, str]] = ()) -> None:
        self.rows = rows
        self.whole_numbers = {
            i["instrument_id"]: (number(i["range_min"]), number(i["range_max"]))
            for i in instruments
            if i["whole_numbers"] == "yes"
        }
        self.readings = [Reading(r, side) for r in rows for side in ("t", "c")]
        self.trials = grouped(rows, lambda r: r["trial_id"])
        self.arms = grouped(self.readings, lambda x: x.cells["trial_id"])
        self._norms: dict[tuple[str, str], Norm] = {}
        for column in ("instrument", "outcome"):
            for name, readings in grouped(self._usual(), lambda x, c=column: x.cells[c]).items():  # type: ignore[misc]
                norm = _norm(readings)
                if name and norm:
                    self._norms[column, name] = norm

    @cached_property
    def on_ten(self) -> frozenset[str]:
        """Outcomes that are measured on scales of 0 to 10 in these trials too."""
        return frozenset(r["outcome"] for r in self.rows if number(r["scale_min"]) == 0 and number(r["scale_max"]) == 10)

    def _usual(self) -> list[Reading]:
        return [x for x in self.readings if not x.is_change and x.width and x.mean is not None and x.sd]

    def norm(self, reading: Reading) -> Norm | None:
        """The usual spread of a reading's instrument, else of its outcome; None where too few trials tell."""
        cells = reading.cells
        return self._norms.get(("instrument", cells["instrument"])) or self._norms.get(("outcome", cells["outcome"]))


def _norm(readings: Iterable[Reading]) -> Norm | None:
    by_trial = grouped(readings, lambda x: x.cells["trial_id"])
    if len(by_trial) < _LEAST_TRIALS:
        return None
    sds = [median(x.points(x.sd) or 0.0 for x in group) for group in by_trial.values()]
    means = [median(_bad_points(x) for x in group) for group in by_trial.values()]
    middle = median(means)
    return Norm(median(sds), middle, 1.4826 * median(abs(m - middle) for m in means), len(by_trial))


def _bad_points(reading: Reading) -> float:
    """A mean in hundredths of its scale, from the good end."""
    low = float(reading.cells["scale_min"])
    value = reading.points((reading.mean or 0.0) - low) or 0.0
    return POINTS - value if reading.cells["higher_is_worse"] == "no" else value


def bad_points(reading: Reading) -> float | None:
    """A final mean in hundredths of its scale, counted from the good end; None when that is not known."""
    if reading.is_change or reading.mean is None or reading.width is None:
        return None
    return _bad_points(reading)
