"""Rows on what larger analyses are asked further: subgroups, regression, dependent effects, counts, other intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import KeyedRow
from evidence_synthesis.synthesis.rows.analyses import AnalysisRow, Key


@dataclass(frozen=True, slots=True)
class SubgroupResult(AnalysisRow):
    """One level of a moderator, pooled; tests between the levels and R2 (per cent) are those of the moderator."""

    FILE: ClassVar[str] = "tables/subgroups.csv"

    moderator: str
    level: str
    trials: int
    estimate: float
    ci_low: float
    ci_high: float
    p_common_tau2: float | None
    p_permutation: float | None
    p_separate_tau2: float | None
    r2: float | None


@dataclass(frozen=True, slots=True)
class YearRegression(AnalysisRow):
    """The change of an effect in ten years of publication (for ratios a ratio)."""

    FILE: ClassVar[str] = "tables/meta_regression.csv"

    moderator: str
    trials: int
    per_decade: float
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_permutation: float | None
    tau2_left: float
    r2: float | None


@dataclass(frozen=True, slots=True)
class ModeratorRegression(AnalysisRow):
    """The change of an effect for a difference of ``per`` in a number of the review's own (for ratios a ratio)."""

    FILE: ClassVar[str] = "tables/moderator_regression.csv"

    moderator: str
    trials: int
    per: float
    change: float
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_permutation: float | None
    tau2_left: float
    r2: float | None


@dataclass(frozen=True, slots=True)
class DependentEffects(KeyedRow):
    """All terms of a question together; ``last_*`` is the last term against the first, where there are trials enough."""

    FILE: ClassVar[str] = "tables/dependent_effects.csv"

    question: str
    measure: str
    trials: int
    effects: int
    estimate: float
    se: float
    tau2_between: float
    tau2_within: float
    robust_estimate: float
    robust_low: float | None
    robust_high: float | None
    robust_df: float | None
    last_minus_first: float | None = None
    last_low: float | None = None
    last_high: float | None = None
    last_p: float | None = None
    last_df: float | None = None

    @property
    def key(self) -> Key:
        """The question and its measure."""
        return self.question, self.measure


@dataclass(frozen=True, slots=True)
class EventMethod(AnalysisRow):
    """Counts of events pooled by a fixed-effect method, or the note that says why not."""

    FILE: ClassVar[str] = "tables/event_methods.csv"

    method: str
    trials: int
    with_counts: int
    informative: int | None = None
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FurtherIntervals(AnalysisRow):
    """Other intervals of tau2, of the mean, and of a new setting's effect."""

    FILE: ClassVar[str] = "tables/further_intervals.csv"

    trials: int
    tau2: float | None
    q_profile_low: float | None
    q_profile_high: float | None
    likelihood_low: float | None
    likelihood_high: float | None
    generalised_q_low: float | None
    generalised_q_high: float | None
    mean_likelihood_low: float | None
    mean_likelihood_high: float | None
    prediction_k2_low: float | None
    prediction_k2_high: float | None
