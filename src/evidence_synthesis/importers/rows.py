"""What every importer gives: one row for each study in an analysis, with the numbers as its source holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from evidence_synthesis.effects.formulas import (
    ArmSummary,
    NotEstimable,
    mean_from_quartiles,
    mean_from_range,
    sd_from_ci,
    sd_from_quartiles,
    sd_from_range,
    sd_from_se,
)

_NOTHING: Mapping[str, float] = MappingProxyType({})
TOTALS = ("YES", "SUB", "NO")  # RevMan's words: a total, subtotals only, neither


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One study in one analysis of a review; what the source does not hold is empty or None.

    ``analysis`` is the number that the source gives (1.2). Arms: treatment (t) and comparator (c). ``given`` with its
    standard error is an effect that was entered as such (on the log scale for ratios), ``o_e`` and ``variance`` are the
    log-rank or Peto statistics. ``effect`` with its interval and ``weight`` (per cent) is what the source prints.
    ``spread`` holds what else describes an arm or an effect: ``se_t``, ``ci_low_t``, ``ci_high_t``, ``median_t``, ``q1_t``,
    ``q3_t``, ``min_t``, ``max_t`` (and of c), ``effect_se``, ``effect_p``.

    What the source states of the analysis: ``measure``, ``model``, ``totals`` (of ``TOTALS``), ``level`` of the printed
    intervals in per cent, ``swapped`` (ratios are of people without the event), and for the row itself ``in_total``.
    ``judgements`` are pairs of a risk-of-bias column and its rating, ``facts`` of a column of the package and its cell (design,
    weeks). ``fault`` tells which cells were passed over and why,
    ``treatment`` and ``comparator`` name the arms where the table does, ``line`` tells where the row stands in its file,
    ``derived`` that ``given`` follows from what is printed of the effect.
    """

    analysis: str
    name: str
    subgroup: str
    study: str
    year: str = ""
    n_t: float | None = None
    mean_t: float | None = None
    sd_t: float | None = None
    events_t: float | None = None
    n_c: float | None = None
    mean_c: float | None = None
    sd_c: float | None = None
    events_c: float | None = None
    given: float | None = None
    given_se: float | None = None
    o_e: float | None = None
    variance: float | None = None
    weight: float | None = None
    effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    footnote: str = ""
    measure: str = ""
    model: str = ""
    treatment: str = ""
    comparator: str = ""
    spread: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    totals: str = ""
    level: float | None = None
    swapped: bool | None = None
    in_total: bool = True
    judgements: tuple[tuple[str, str], ...] = ()
    fault: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    line: int = 0
    derived: bool = False

    @property
    def arms(self) -> tuple[ArmSummary, ArmSummary] | None:
        """Both arms as the effect formulas need them; None where nobody is counted."""
        if not self.n_t or not self.n_c:
            return None
        if self.spread:
            return self._arm("t", self.n_t, self.mean_t, self.sd_t), self._arm("c", self.n_c, self.mean_c, self.sd_c)
        return (
            ArmSummary(self.n_t, self.mean_t, self.sd_t, self.events_t),
            ArmSummary(self.n_c, self.mean_c, self.sd_c, self.events_c),
        )

    def _arm(self, side: str, n: float, mean: float | None, sd: float | None) -> ArmSummary:
        """An arm whose mean and SD may follow from whatever else is printed of it, as in ``effects.conversions``."""
        events = self.events_t if side == "t" else self.events_c
        told = {name: self.spread.get(f"{name}_{side}") for name in SPREAD}
        try:
            if mean is not None and sd is None:
                sd = _sd(told, n, self.level or 95.0)
            elif mean is None:
                mean, sd = _mean_and_sd(told, n)
        except NotEstimable:
            pass
        return ArmSummary(n, mean, sd, events)

    @property
    def has_means(self) -> bool:
        """Whether both arms have a mean and at least one a spread (RevMan writes zeros where it has none)."""
        arms = self.arms
        if arms is None:
            return False
        t, c = arms
        return bool(
            t.mean is not None and c.mean is not None and t.sd is not None and c.sd is not None and (t.sd > 0 or c.sd > 0)
        )

    @property
    def has_events(self) -> bool:
        """Whether both arms have a count of events."""
        return bool(self.n_t and self.n_c and self.events_t is not None and self.events_c is not None)


def _sd(told: Mapping[str, float | None], n: float, level: float) -> float | None:
    """SD of an arm from the standard error or the interval of its mean (Handbook 6.5.2.2)."""
    if (se := told["se"]) is not None:
        return sd_from_se(se, n)
    if (low := told["ci_low"]) is not None and (high := told["ci_high"]) is not None:
        return sd_from_ci(low, high, n, level)
    return None


def _mean_and_sd(told: Mapping[str, float | None], n: float) -> tuple[float | None, float | None]:
    """Mean and SD of an arm from its median with quartiles (Luo 2018, Wan 2014) or else with its range."""
    median = told["median"]
    if median is None:
        return None, None
    if (q1 := told["q1"]) is not None and (q3 := told["q3"]) is not None and q3 > q1:
        return mean_from_quartiles(q1, median, q3, n), sd_from_quartiles(q1, q3, n)
    if (low := told["min"]) is not None and (high := told["max"]) is not None and high > low:
        return mean_from_range(low, median, high, n), sd_from_range(low, high, n)
    return None, None


SPREAD = ("se", "ci_low", "ci_high", "median", "q1", "q3", "min", "max")  # of an arm
EFFECT_SPREAD = ("effect_se", "effect_p")
SPREAD_FIELDS = (*(f"{name}_{side}" for side in ("t", "c") for name in SPREAD), *EFFECT_SPREAD)
TEXT = ("analysis", "name", "subgroup", "study", "year", "footnote", "measure", "model", "treatment", "comparator")
NUMBERS = tuple(f.name for f in fields(StudyRow) if f.type == "float | None" and f.name != "level")


def by_analysis(rows: Iterable[StudyRow]) -> dict[str, list[StudyRow]]:
    """The rows of each analysis, in the order of the file."""
    found: dict[str, list[StudyRow]] = {}
    for row in rows:
        found.setdefault(row.analysis, []).append(row)
    return found


def twice(rows: Iterable[StudyRow]) -> list[str]:
    """The studies that stand more than once among some rows, in the order of the file."""
    seen: dict[str, int] = {}
    for row in rows:
        seen[row.study] = seen.get(row.study, 0) + 1
    return [study for study, times in seen.items() if times > 1]
