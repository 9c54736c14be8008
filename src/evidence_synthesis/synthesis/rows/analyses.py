"""Rows about analyses: what is pooled, by which models, and what each trial brings to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from evidence_synthesis.review.schema import PAIRINGS
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage.table_row import KeyedRow, TableRow

Key = tuple[str, str]  # of an analysis on one measure: its id and the measure


@dataclass(frozen=True, slots=True)
class AnalysisRow(KeyedRow):
    """A row about one analysis on one measure."""

    analysis_id: str
    measure: str

    @property
    def key(self) -> Key:
        """The analysis and its measure."""
        return self.analysis_id, self.measure


_A = TypeVar("_A", bound=AnalysisRow)


def by_key(rows: Iterable[_A]) -> dict[Key, _A]:
    """Rows of a table that has one for each analysis and measure."""
    return {row.key: row for row in rows}


@dataclass(frozen=True, slots=True)
class PooledResult(AnalysisRow):
    """A pooled analysis: effects on the natural scale (ratios as ratios), ``se`` and tau2 on that of pooling, I2 in per cent.

    ``participants`` is None where no trial says how many; ``trials_without_n`` counts those that do not. What needs two
    trials is None with one.
    """

    FILE: ClassVar[str] = "tables/pooled.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {
        "level": tuple(LEVEL_PREFIX),
        "favours": ("treatment", "comparator", "neither"),
    }

    group: str
    group_label: str
    level: str
    comparator: str
    outcome: str
    term: str
    population: str
    trials: int
    participants: float | None
    trials_without_n: int
    estimate: float
    ci_low: float
    ci_high: float
    p: float | None
    favours: str
    prediction_low: float | None
    prediction_high: float | None
    se: float
    wald_low: float
    wald_high: float
    hksj_factor: float | None
    tau2: float | None
    tau2_low: float | None
    tau2_high: float | None
    i2: float | None
    i2_low: float | None
    i2_high: float | None
    h2: float | None
    h2_low: float | None
    h2_high: float | None
    q: float | None
    q_p: float | None
    note: str

    @property
    def asks(self) -> AnalysisKey:
        """What the analysis asks."""
        return AnalysisKey(self.group, self.comparator, self.outcome, self.term, self.population)

    @property
    def effect(self) -> tuple[float, float, float]:
        """Estimate and limits of its interval."""
        return self.estimate, self.ci_low, self.ci_high


@dataclass(frozen=True, slots=True)
class ModelResult(AnalysisRow):
    """An analysis under another model."""

    FILE: ClassVar[str] = "tables/pooled_models.csv"

    model: str
    estimate: float
    wald_low: float
    wald_high: float
    hksj_low: float | None
    hksj_high: float | None
    prediction_low: float | None
    prediction_high: float | None
    tau2: float
    i2: float | None


@dataclass(frozen=True, slots=True)
class Membership(AnalysisRow):
    """Which effect is in which analysis, with its weight in per cent."""

    FILE: ClassVar[str] = "tables/analysis_trials.csv"

    effect_id: str
    weight: float


@dataclass(frozen=True, slots=True)
class TrialEffect(TableRow):
    """What a trial brings to its analyses: arms on the scale and in the direction of the analysis, effect and interval.

    ``yi`` and ``vi`` are on the scale of pooling (logarithms of ratios), ``effect`` and limits on the natural one.
    """

    FILE: ClassVar[str] = "tables/trial_effects.csv"

    effect_id: str
    measure: str
    trial_id: str
    study: str
    year: int | None
    row_ids: tuple[str, ...]
    refs: str
    versus: str
    weeks: float | None
    time_note: str
    n_t: float | None
    mean_t: float | None
    sd_t: float | None
    events_t: float | None
    n_c: float | None
    mean_c: float | None
    sd_c: float | None
    events_c: float | None
    yi: float
    vi: float
    effect: float
    ci_low: float
    ci_high: float
    handling: str
    source_kind: str
    risk_of_bias: str

    @property
    def interval(self) -> tuple[float, float, float]:
        """Effect and limits of its interval."""
        return self.effect, self.ci_low, self.ci_high

    @property
    def people(self) -> float | None:
        """People in both arms, those of a crossover trial once; None where a number is not known."""
        if self.n_t is None or self.n_c is None:
            return None
        once = any(words in self.handling for words in PAIRINGS.values())
        return max(self.n_t, self.n_c) if once else self.n_t + self.n_c

    @property
    def age(self) -> tuple[int, str]:
        """What sorts trials from the oldest on; those of no year come first."""
        return self.year or 0, self.study


@dataclass(frozen=True, slots=True)
class AnalysisTrial(TrialEffect):
    """A trial in one analysis: what it brings, and its weight in per cent."""

    FILE: ClassVar[str] = "tables/analysis_trials.csv"

    analysis_id: str
    weight: float

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The columns of both tables, those of the membership first."""
        first = Membership.columns()
        return *first, *(name for name in TrialEffect.columns() if name not in first)

    @property
    def key(self) -> Key:
        """The analysis and its measure."""
        return self.analysis_id, self.measure
