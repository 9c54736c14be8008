"""Every effect measure by its name: what it needs of a study, how effect and variance follow, and how a value is read.

The names are those of the Handbook and of metafor's ``escalc``. Formulas take arrays with one entry for each study and give
NaN where a study's numbers determine no effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import numpy as np

from evidence_synthesis.effects import continuous, correlations, events, paired, proportions
from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.errors import UnknownName

Formula = Callable[..., tuple[Array, Array]]

MEANS = ("n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c")
TABLE = ("events_t", "n_t", "events_c", "n_c")
RATES = ("events_t", "time_t", "events_c", "time_c")
CHANGE = ("n", "mean_pre", "sd_pre", "mean_post", "sd_post", "r")
SHARE = ("events", "n")


@dataclass(frozen=True, slots=True)
class EffectMeasure:
    """An effect measure. ``needs`` are the numbers of a study that ``formula`` takes, in order; none for effects that are given.

    ``scale`` is the scale of pooling: "log", "z", "logit", "double arcsine", or empty where effects are pooled as they are
    read. ``none`` is the value of no effect as it is read, None where a measure has no such value (single means and shares).
    """

    name: str
    label: str
    needs: tuple[str, ...]
    formula: Formula | None
    scale: str = ""
    none: float | None = 0.0

    @property
    def is_ratio(self) -> bool:
        """Whether effects are pooled as logarithms and read as ratios."""
        return self.scale == "log"

    def read(self, value: Array, people: Array | float = np.nan) -> Array:
        """Values from the scale of pooling as they are read; ``people`` is n, or its harmonic mean, for double arcsines."""
        value = np.asarray(value, dtype=np.float64)
        with np.errstate(over="ignore"):
            if self.scale == "log":
                return np.exp(value)
            if self.scale == "z":
                return np.tanh(value)
            if self.scale == "logit":
                return 1 / (1 + np.exp(-value))
        if self.scale == "double arcsine":
            return proportions.from_double_arcsine(value, np.broadcast_to(people, value.shape))
        return value

    def pooling_scale(self, value: Array) -> Array:
        """Values as they are read, on the scale of pooling: the inverse of ``read``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.scale == "log":
                return np.log(value)
            if self.scale == "z":
                return np.arctanh(value)
            if self.scale == "logit":
                return np.log(value / (1 - value))
        if self.scale == "double arcsine":
            return np.arcsin(np.sqrt(value))
        return np.asarray(value, dtype=np.float64)


def _of_table(formula: Formula) -> Formula:
    """A formula of the four cells as one of events and people."""

    @wraps(formula)
    def effect(events_t: Array, n_t: Array, events_c: Array, n_c: Array) -> tuple[Array, Array]:
        return formula(events_t, n_t - events_t, events_c, n_c - events_c)

    return effect


_PPC = tuple(f"{name}_{arm}" for arm in "tc" for name in ("n", "mean_pre", "sd_pre", "mean_post", "r"))
_WITHOUT_SD_POST = tuple(name for name in CHANGE if name != "sd_post")
_ALL = (
    EffectMeasure("MD", "Mean difference", MEANS, continuous.mean_difference),
    EffectMeasure("SMD", "Standardised mean difference", MEANS, continuous.standardised_mean_difference),
    EffectMeasure("SMDH", "Standardised mean difference, unequal SDs", MEANS, continuous.standardised_mean_difference_unequal),
    EffectMeasure("ROM", "Ratio of means", MEANS, continuous.log_ratio_of_means, "log", 1.0),
    EffectMeasure("RR", "Risk ratio", TABLE, _of_table(events.risk_ratio_of_tables), "log", 1.0),
    EffectMeasure("OR", "Odds ratio", TABLE, _of_table(events.odds_ratio_of_tables), "log", 1.0),
    EffectMeasure("RD", "Risk difference", TABLE, _of_table(events.risk_difference)),
    EffectMeasure("AS", "Arcsine difference", TABLE, _of_table(events.arcsine_difference)),
    EffectMeasure("PETO", "Peto odds ratio", TABLE, _of_table(events.peto_log_odds_ratio), "log", 1.0),
    EffectMeasure("IRR", "Rate ratio", RATES, events.rate_ratio_of_counts, "log", 1.0),
    EffectMeasure("IRD", "Rate difference", RATES, events.rate_difference),
    EffectMeasure("HR", "Hazard ratio", (), None, "log", 1.0),
    EffectMeasure("MC", "Mean change", CHANGE, paired.mean_change),
    EffectMeasure("SMCC", "Standardised mean change, SD of changes", CHANGE, paired.standardised_by_change),
    EffectMeasure("SMCR", "Standardised mean change, SD before", _WITHOUT_SD_POST, paired.standardised_by_raw),
    EffectMeasure("SMCRH", "Standardised mean change, SD before, unequal SDs", CHANGE, paired.standardised_by_raw_unequal),
    EffectMeasure("PPC", "Difference of standardised mean changes", _PPC, paired.pretest_posttest_control),
    EffectMeasure("COR", "Correlation", ("r", "n"), correlations.correlation),
    EffectMeasure("ZCOR", "Correlation", ("r", "n"), correlations.fisher_z, "z"),
    EffectMeasure("MN", "Mean", ("n", "mean", "sd"), continuous.single_mean, none=None),
    EffectMeasure("PR", "Proportion", SHARE, proportions.proportion, none=None),
    EffectMeasure("PLO", "Proportion", SHARE, proportions.logit, "logit", None),
    EffectMeasure("PFT", "Proportion", SHARE, proportions.double_arcsine, "double arcsine", None),
    EffectMeasure("GEN", "Effect", (), None),
)
MEASURES = {measure.name: measure for measure in _ALL}


def measure_named(name: str) -> EffectMeasure:
    """The measure of a name. Raises UnknownName with those that are known."""
    if name not in MEASURES:
        raise UnknownName("measure", name, MEASURES)
    return MEASURES[name]
