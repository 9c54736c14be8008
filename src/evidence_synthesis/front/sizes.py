"""From a table of studies to their effects: every row by what it has, with the steps taken or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evidence_synthesis.effects import continuous, formulas
from evidence_synthesis.effects.elementary import Array, normal_quantile, t_quantile
from evidence_synthesis.effects.measures import CHANGE, MEANS, RATES, SHARE, TABLE, EffectMeasure, measure_named
from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.front.columns import StudyColumns, read_columns
from evidence_synthesis.importers.totals import is_total

_LARGE = 120  # people from which t and normal quantiles agree closely enough (Handbook 6.5.2.2: 60 in each arm)
LEAST_VARIANCE = 1e-15
_LARGEST = 1e50  # of an effect: squares of larger ones are no numbers
_BY_HAND = 5000  # rows of a table at most that a person wrote
Numbers = dict[str, Array]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Effects ``yi`` with variances ``vi`` on the scale of pooling; NaN where a row has none, and its ``reasons`` say why."""

    measure: EffectMeasure
    columns: StudyColumns
    yi: Array
    vi: Array
    steps: tuple[str, ...] | None
    reasons: tuple[str, ...] | None

    @property
    def usable(self) -> np.ndarray:
        """Which rows have an effect."""
        return np.isfinite(self.yi) & np.isfinite(self.vi)


class NoKnownColumns(UnusableInput):
    """None of a table's columns has a name that is known to give an effect."""


class _Steps:
    """What was done to each row, in words."""

    def __init__(self, size: int) -> None:
        self.made: list[list[str]] = [[] for _ in range(size)]
        self.asked = np.full(size, True)  # the rows that have no effect yet

    def note(self, rows: np.ndarray, words: str) -> None:
        for row in np.flatnonzero(rows & self.asked):
            if words not in self.made[row]:
                self.made[row].append(words)


def _get(numbers: Numbers, size: int, *names: str) -> list[Array]:
    """Arrays by name, NaN throughout where there is none."""
    return [numbers.get(name, np.full(size, np.nan)) for name in names]


def _fill(numbers: Numbers, name: str, values: Array, steps: _Steps, words: str) -> None:
    """Put values where a number is missing, and say so."""
    missing = np.isnan(numbers[name]) & np.isfinite(values)
    if missing.any():
        numbers[name] = np.where(missing, values, numbers[name])
        steps.note(missing, words)


def _moments(numbers: Numbers, size: int, side: str, steps: _Steps) -> None:
    """Mean and SD of an arm from whatever of it is printed: error, interval, five numbers, quartiles, range."""
    n, mean, sd, se, low, high = _get(numbers, size, *(f"{x}{side}" for x in ("n", "mean", "sd", "se", "ci_low", "ci_high")))
    least, q1, median, q3, most = _get(numbers, size, *(f"{x}{side}" for x in ("min", "q1", "median", "q3", "max")))
    numbers |= {f"n{side}": n, f"mean{side}": mean, f"sd{side}": sd}
    level = numbers.get("ci_level", np.full(size, 95.0))
    ways: list[tuple[str, Array, str]] = [
        ("sd", formulas.sd_from_se(se, n), "SD from the standard error"),
        ("sd", np.sqrt(n) * (high - low) / (2 * t_quantile(n - 1, 0.5 + level / 200)), "SD from the interval of the mean"),
        ("mean", formulas.mean_from_five(least, q1, median, q3, most, n), "mean from the five-number summary"),
        ("mean", formulas.mean_from_quartiles(q1, median, q3, n), "mean from median and quartiles"),
        ("mean", formulas.mean_from_range(least, median, most, n), "mean from median and range"),
        ("sd", formulas.sd_from_five(least, q1, q3, most, n), "SD from the five-number summary"),
        ("sd", formulas.sd_from_quartiles(q1, q3, n), "SD from the quartiles"),
        ("sd", formulas.sd_from_range(least, most, n), "SD from the range"),
    ]
    for what, values, words in ways:
        _fill(numbers, what + side, values, steps, words)


def _counts(numbers: Numbers) -> None:
    """People from those with and without the event."""
    for side in ("_t", "_c"):
        if f"none{side}" in numbers and f"events{side}" in numbers:
            both = numbers[f"events{side}"] + numbers[f"none{side}"]
            known = numbers.get(f"n{side}", np.full(both.size, np.nan))
            numbers[f"n{side}"] = np.where(np.isnan(known), both, known)


def _impossible(numbers: Numbers, size: int) -> np.ndarray:
    """For each row what cannot be, empty where nothing is wrong."""
    found = np.full(size, "", dtype=object)
    for name, values in numbers.items():
        stem = name.removesuffix("_t").removesuffix("_c")
        if stem in ("n", "time"):
            found[values <= 0] = f"{name} is not above zero"
        elif stem in ("sd", "se", "sd_pre", "sd_post", "events", "none", "vi", "sei"):
            found[values < 0] = f"{name} is below zero"
        elif stem == "r":
            found[np.abs(values) > 1] = f"{name} is beyond -1 to 1"
    for side in ("", "_t", "_c"):
        if f"events{side}" in numbers and f"n{side}" in numbers and f"time{side}" not in numbers:
            found[numbers[f"events{side}"] > numbers[f"n{side}"]] = f"more events than people (events{side}, n{side})"
    return found


def _from_test(numbers: Numbers, size: int, measure: str, steps: _Steps) -> tuple[Array, Array]:
    """MD or SMD from the t, F or p of a comparison of two means; F and p have the direction of the means or of the effect."""
    n1, n2, m1, m2 = _get(numbers, size, "n_t", "n_c", "mean_t", "mean_c")
    effect, t, f, p = _get(numbers, size, "effect", "t", "f", "p")
    difference = np.where(np.isfinite(m1 - m2), m1 - m2, effect if measure == "MD" else np.nan)
    sign = np.sign(np.where(np.isfinite(difference), difference, effect))
    statistic, used = t.copy(), [(np.isfinite(t), "effect from the t test")]
    for values, words in ((np.sqrt(f), "F test"), (np.abs(t_quantile(n1 + n2 - 2, p / 2)), "p value")):
        missing = np.isnan(statistic) & np.isfinite(sign * values) & (sign != 0)
        statistic = np.where(missing, sign * values, statistic)
        used.append((missing, f"effect from the {words}"))
    if measure == "MD":
        yi, vi = difference, (difference / statistic) ** 2
    else:
        yi, vi = continuous.hedges_g(statistic * np.sqrt(1 / n1 + 1 / n2), np.ones(size), n1, n2)
    possible = np.isfinite(yi) & np.isfinite(vi)
    for rows, words in used:
        steps.note(rows & possible, words)
    return np.where(possible, yi, np.nan), np.where(possible, vi, np.nan)


def _from_effect(numbers: Numbers, size: int, measure: EffectMeasure, steps: _Steps) -> tuple[Array, Array]:
    """A printed effect, as it is read, with the standard error (on the scale of pooling), an interval or a p value beside it."""
    effect, se, low, high, p, n1, n2 = _get(numbers, size, "effect", "se", "ci_low", "ci_high", "p", "n_t", "n_c")
    level = numbers.get("ci_level", np.full(size, 95.0))
    yi = measure.pooling_scale(effect)
    small = (n1 + n2 < _LARGE) if measure.name == "MD" else np.zeros(size, dtype=bool)
    z = normal_quantile(0.5 + level / 200)
    quantile = np.where(small, t_quantile(np.where(small, n1 + n2 - 2, np.inf), 0.5 + level / 200), z)
    width = (measure.pooling_scale(high) - measure.pooling_scale(low)) / (2 * quantile)
    of_p = np.abs(yi) / np.abs(np.where(small, t_quantile(np.where(small, n1 + n2 - 2, 1.0), p / 2), normal_quantile(p / 2)))
    found = np.where(se > 0, se, np.nan)
    steps.note(np.isfinite(yi) & np.isfinite(found), "effect as printed")
    for values, words in ((width, "interval"), (of_p, "p value")):
        missing = np.isnan(found) & np.isfinite(values) & (values > 0) & np.isfinite(yi)
        found = np.where(missing, values, found)
        steps.note(missing, f"effect as printed, standard error from the {words}")
    return yi, found**2


def _from_numbers(numbers: Numbers, size: int, measure: EffectMeasure, steps: _Steps) -> tuple[Array, Array]:
    """By the measure's own formula."""
    if measure.formula is None:
        return np.full(size, np.nan), np.full(size, np.nan)
    for side in ("_t", "_c") if measure.needs == MEANS else ("",) if measure.name == "MN" else ():
        _moments(numbers, size, side, steps)
    for side in ("_t", "_c") if "r" in numbers and "r_t" in measure.needs else ():  # one correlation for both arms
        numbers[f"r{side}"] = np.where(
            np.isnan(_get(numbers, size, f"r{side}")[0]), numbers["r"], numbers.get(f"r{side}", np.nan)
        )
    return measure.formula(*_get(numbers, size, *measure.needs))


def _given(numbers: Numbers, size: int) -> tuple[Array, Array]:
    yi, vi, sei, se = _get(numbers, size, "yi", "vi", "sei", "se")
    return yi, np.where(np.isnan(vi), np.where(np.isnan(sei), se, sei) ** 2, vi)


def _why(numbers: Numbers, row: int, measure: EffectMeasure, yi: float, vi: float) -> str:
    """Why a row has no effect."""
    if _LARGEST <= np.abs(yi) < np.inf:
        return f"an effect of {yi:.0e} is none"
    if "yi" in numbers and np.isfinite(numbers["yi"][row]):
        return "an effect without a usable variance"
    infinite = [name for name, values in numbers.items() if np.isinf(values[row])]
    if infinite:
        return f"{', '.join(infinite)} is infinite"
    if measure.formula is None and numbers.keys() <= {"yi", "vi", "sei", "se"}:
        return "missing: yi"
    missing = [name for name in measure.needs if name not in numbers or np.isnan(numbers[name][row])]
    if measure.formula is None or len(missing) == len(measure.needs):
        return "no effect with its error, and no numbers that give one"
    if missing:
        return f"missing: {', '.join(missing)}"
    if measure.name in ("RR", "OR", "PETO", "IRR"):
        nobody = numbers["events_t"][row] == 0 == numbers["events_c"][row]
        who = "no event in either arm" if nobody else "everybody in both arms had the event, which"
        return f"{who} says nothing about a ratio"
    if measure.name == "ROM":
        return "means of different signs, or of zero, have no ratio"
    return "the variance is zero" if np.isfinite(yi) and vi == 0 else "these numbers determine no effect (too few people?)"


def guess_measure(columns: StudyColumns) -> str:
    """The measure that is taken when none is stated: given effects as they are, means differ, events have a ratio."""
    has = columns.numbers.keys()
    if "yi" in has:
        return "GEN"
    if {"mean_t", "median_t"} & has:
        return "MD"
    if {"events_t", "events_c"} <= has:
        return "IRR" if {"time_t", "time_c"} <= has else "RR"
    if {"effect", "t"} & has:
        return "GEN"
    needs = ", ".join(dict.fromkeys([*MEANS, *TABLE, *RATES, *SHARE, *CHANGE]))
    raise NoKnownColumns("", f"no columns that give an effect were found; name them, such as n_t=, mean_t= ... (of {needs})")


def sizes_of(columns: StudyColumns, measure: EffectMeasure) -> Sizes:
    """The effect of each row: given as such, else by the measure's formula, a test statistic, or a printed effect."""
    size, numbers = columns.size, dict(columns.numbers)
    if numbers.keys() <= {"yi", "vi"} and {"yi", "vi"} <= numbers.keys():
        yi, vi = numbers["yi"], numbers["vi"]
        if np.isfinite(yi).all() and np.isfinite(vi).all() and size and vi.min() > LEAST_VARIANCE and np.abs(yi).max() < _LARGEST:
            return Sizes(measure, columns, yi, vi, None, None)  # nothing to do, and nothing to say
    steps = _Steps(size)
    _counts(numbers)
    wrong = _impossible(numbers, size)
    ways: list[Callable[[], tuple[Array, Array]]] = [
        lambda: _given(numbers, size),
        lambda: _from_numbers(numbers, size, measure, steps),
    ]
    if measure.name in ("MD", "SMD") and numbers.keys() & {"t", "f", "p"}:
        ways.append(lambda: _from_test(numbers, size, measure.name, steps))
    if "effect" in numbers:
        ways.append(lambda: _from_effect(numbers, size, measure, steps))
    yi, vi = np.full(size, np.nan), np.full(size, np.nan)
    first_yi, first_vi = yi, vi
    with np.errstate(all="ignore"):
        for way in ways:
            open_ = ~(np.isfinite(yi) & np.isfinite(vi) & (vi > LEAST_VARIANCE))
            if not open_.any():
                break
            steps.asked = open_
            found_yi, found_vi = way()
            yi, vi = np.where(open_, found_yi, yi), np.where(open_, found_vi, vi)
            first_yi, first_vi = (np.where(np.isnan(a), b, a) for a, b in ((first_yi, found_yi), (first_vi, found_vi)))
    usable = (np.abs(yi) < _LARGEST) & np.isfinite(vi) & (vi > LEAST_VARIANCE) & (vi < 1 / LEAST_VARIANCE) & (wrong == "")
    reasons = ["" if usable[i] else str(wrong[i]) or _why(numbers, i, measure, first_yi[i], first_vi[i]) for i in range(size)]
    steps_of = tuple("; ".join(s) if usable[i] else "" for i, s in enumerate(steps.made))
    return Sizes(measure, columns, np.where(usable, yi, np.nan), np.where(usable, vi, np.nan), steps_of, tuple(reasons))


def read_sizes(data: object, measure: str | None, told: Mapping[str, object]) -> Sizes:
    """The effects of a table; see ``effect_sizes``."""
    columns = read_columns(data, told)
    return _without_totals(sizes_of(columns, measure_named(measure or guess_measure(columns))))


def _without_totals(sizes: Sizes) -> Sizes:
    """The effects without those of rows called a total, which tables end with; longer tables are written by programs."""
    if "study" not in sizes.columns.given or sizes.columns.size > _BY_HAND:
        return sizes
    totals = np.array([is_total(name) for name in sizes.columns.studies], dtype=bool)
    if not totals.any():
        return sizes
    reasons = sizes.reasons or ("",) * len(totals)
    told = tuple("a total, no study" if total else why for total, why in zip(totals, reasons, strict=True))
    return replace(sizes, yi=np.where(totals, np.nan, sizes.yi), vi=np.where(totals, np.nan, sizes.vi), reasons=told)


def effect_sizes(data: object = None, *, measure: str | None = None, **columns: object) -> pd.DataFrame:
    """The effect of each study with its sampling variance, as metafor's ``escalc``: the table with columns added.

    ``data`` is a DataFrame (or what makes one) with a row for each study. Its columns are known by their names (this
    project's, metafor's, meta's); a keyword names another column, or gives values: ``n_t="people", mean_t=[3.1, 2.9]``. The
    fields of treatment and comparator end in ``_t`` and ``_c``. A row is taken by what it has: ``yi`` and ``vi`` (or ``sei``);
    the numbers that the measure needs, where means and SDs may follow from standard errors, intervals, medians with
    quartiles or ranges; a ``t``, ``f`` or ``p`` of the comparison; an ``effect``, as it is read, with ``se``, ``ci_low`` and
    ``ci_high``, or ``p``.

    ``measure`` is one of MD SMD SMDH ROM, RR OR RD AS PETO, IRR IRD, HR, MC SMCC SMCR SMCRH PPC, COR ZCOR, MN, PR PLO PFT,
    or GEN for effects of any kind; without it MD for means, RR for events, IRR for rates, GEN for given effects.
    Added are ``yi`` and ``vi`` (ratios as logarithms), ``steps`` taken to them, and the ``reason`` where a row has none.
    Raises UnknownName for a measure, field or column that does not exist, UnusableInput for cells that are no numbers.

    >>> from evidence_synthesis import effect_sizes
    >>> trials = {"study": ["A", "B", "C"], "events_t": [4, 0, 0], "n_t": [50, 30, 20]}
    >>> trials |= {"events_c": [9, 3, 0], "n_c": [52, 30, 22]}
    >>> effect_sizes(trials, measure="RR")[["study", "yi", "vi", "reason"]].round(4)
      study      yi      vi                                             reason
    0     A -0.7717  0.3219
    1     B -1.9459  2.2212
    2     C     NaN     NaN  no event in either arm says nothing about a ratio
    >>> effect_sizes(median_t=[10], q1_t=[8], q3_t=[13], n_t=[40], mean_c=[12], sd_c=[4], n_c=[41], measure="SMD")["steps"][0]
    'mean from median and quartiles; SD from the quartiles'
    """
    sizes = read_sizes(data, measure, columns)
    none = ("",) * sizes.columns.size
    added = {"yi": sizes.yi, "vi": sizes.vi, "steps": sizes.steps or none, "reason": sizes.reasons or none}
    return sizes.columns.moderators.assign(**{name: np.asarray(values) for name, values in added.items()})
