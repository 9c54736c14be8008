"""Rows on how firm a pooled result is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.synthesis.rows.analyses import AnalysisRow


@dataclass(frozen=True, slots=True)
class SmallStudyEffects(AnalysisRow):
    """Tests and adjusted estimates for small-study effects; below ten trials a note that says so, and nothing else."""

    FILE: ClassVar[str] = "tables/small_study_effects.csv"

    trials: int
    note: str
    egger_p: float | None = None
    begg_p: float | None = None
    filled: int | None = None
    filled_side: str = ""
    filled_estimate: float | None = None
    filled_low: float | None = None
    filled_high: float | None = None
    pet_peese: str = ""
    adjusted_estimate: float | None = None
    adjusted_low: float | None = None
    adjusted_high: float | None = None
    limit_estimate: float | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    selection_estimate: float | None = None
    selection_p: float | None = None


@dataclass(frozen=True, slots=True)
class TrialInfluence(AnalysisRow):
    """An analysis without one of its trials, and with that trial and all older ones (``cumulative_*``).

    ``turns``: the interval then holds no effect and did not before, or the other way round.
    """

    FILE: ClassVar[str] = "tables/influence.csv"

    trial_id: str
    study: str
    estimate_without: float
    ci_low_without: float
    ci_high_without: float
    tau2_without: float | None
    residual: float | None
    cook: float | None
    dffits: float | None
    hat: float | None
    turns: bool
    cumulative_estimate: float
    cumulative_low: float
    cumulative_high: float


@dataclass(frozen=True, slots=True)
class BayesianCheck(AnalysisRow):
    """The posterior of an analysis and the chances of any, and of a worthwhile benefit (in a new setting: ``_new``)."""

    FILE: ClassVar[str] = "tables/bayes.csv"

    prior: str
    estimate: float
    ci_low: float
    ci_high: float
    tau: float
    benefit: float
    worthwhile: float | None
    worthwhile_new: float | None
    share_worthwhile: float | None
    worthwhile_new_t: float | None


@dataclass(frozen=True, slots=True)
class AllSubsets(AnalysisRow):
    """The subsets of an analysis's trials: spread of estimates and I2, and the trial that splits the cloud most."""

    FILE: ClassVar[str] = "tables/gosh.csv"

    trials: int
    subsets: int
    every_subset: bool
    estimate_low: float
    estimate_median: float
    estimate_high: float
    i2_low: float
    i2_median: float
    i2_high: float
    favours_treatment: float
    splitting_trial: str
    split: float
