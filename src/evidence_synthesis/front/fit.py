"""What pooling gives, with the effects that it was given: the numbers behind every table, figure and sentence of an analysis."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from numbers import Real

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.effects.measures import EffectMeasure
from evidence_synthesis.errors import UnusableInput, one_of
from evidence_synthesis.front.event_totals import MANTEL_HAENSZEL, ArmCounts, joined
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats.batch import Batch, interval_about
from evidence_synthesis.stats.pooling import Pooled, pool, weights
from evidence_synthesis.stats.tau2 import ESTIMATORS

INTERVALS = {"hksj_floor": (True, True), "hksj": (True, False), "wald": (False, True)}  # names, and what Model holds for them


def model_of(estimator: str, interval: str) -> Model:
    """The model of two names. Raises UnknownName for one that is none."""
    one_of("estimator", estimator, (*ESTIMATORS, MANTEL_HAENSZEL))
    if estimator == MANTEL_HAENSZEL:
        interval = "wald"
    return Model(estimator, *INTERVALS[one_of("interval", interval, INTERVALS)])


def checked_level(level: float) -> None:
    """Raises UnusableInput for what is no level of confidence in per cent."""
    if not isinstance(level, Real) or not 50 <= level < 100:
        raise UnusableInput("level", f"{level!r} is no level of confidence in per cent, such as 95")


@dataclass(frozen=True, eq=False)
class Fit:
    """Effects ``yi`` with variances ``vi`` (on the scale of pooling), the model, and its result for them.

    ``people`` are those of each study, where they are known; ``counts`` those that Mantel and Haenszel's method pools.
    """

    measure: EffectMeasure
    studies: tuple[str, ...]
    yi: Array
    vi: Array
    model: Model
    level: float
    pooled: Pooled
    people: Array | None = None
    counts: ArmCounts | None = None

    @property
    def k(self) -> int:
        """Studies."""
        return self.yi.size

    @property
    def batch(self) -> Batch:
        """The effects as pooling takes them."""
        return Batch(self.yi, self.vi, np.array([self.yi.size]))

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The result by name, on the scale of pooling, without the limits of tau2, I2 and H2."""
        return self.pooled.at(0)

    @cached_property
    def limits(self) -> dict[str, float]:
        """The result by name with those limits, which take longer than all else."""
        return self.numbers if self.counts else pool(self.batch, *self.model, self.level).at(0)

    @cached_property
    def weights(self) -> Array:
        """The studies' weights in per cent."""
        return self.counts.weights() if self.counts else weights(self.batch, self.pooled.tau2)

    def pooled_counts(self, chosen: list[NDArray[np.intp]]) -> Pooled | None:
        """The results of Mantel and Haenszel's method for each choice of studies; None for other models."""
        if self.counts is None:
            return None
        return joined([self.counts.of(i).pooled(self.yi[i], self.vi[i], self.level) for i in chosen])

    def need_variances(self, what: str) -> None:
        """Raises UnusableInput where the model weighs counts, not variances."""
        if self.counts is not None:
            raise UnusableInput("estimator", f"{what} goes by inverse variances: pool with another estimator than MH")

    @cached_property
    def study_limits(self) -> tuple[Array, Array]:
        """Each study's own interval, on the scale of pooling."""
        return interval_about(self.yi, float(ndtri(0.5 + self.level / 200)) * np.sqrt(self.vi))

    def shown(self, name: str) -> float:
        """A number of the result as it is read."""
        return float(self.read(self.numbers[name]))

    def read(self, values: Array | float) -> Array:
        """Values from the scale of pooling as they are read."""
        known = self.people is not None and bool(np.isfinite(self.people).all())
        harmonic = self.k / np.add.reduce(1 / self.people) if known else np.nan  # type: ignore[operator]
        return self.measure.read(np.asarray(values, dtype=np.float64), harmonic)

    def read_each(self, values: Array) -> Array:
        """A value of each study as it is read."""
        return self.measure.read(values, np.nan if self.people is None else self.people)


def fit_model(
    measure: EffectMeasure,
    studies: tuple[str, ...],
    yi: Array,
    vi: Array,
    model: Model,
    level: float,
    people: Array | None = None,
    counts: ArmCounts | None = None,
) -> Fit:
    """Pool effects. Raises UnusableInput where there is none, or the level is no percentage."""
    checked_level(level)
    if not yi.size:
        raise UnusableInput("", "no study has an effect; effect_sizes(...) on the same table tells the reason of each")
    batch = Batch(yi, vi, np.array([yi.size]))
    pooled = counts.pooled(yi, vi, level) if counts else pool(batch, *model, level, limits=False)
    for array in (yi, vi, *(getattr(pooled, f.name) for f in fields(pooled))):
        array.setflags(write=False)
    return Fit(measure, studies, yi, vi, model, level, pooled, people, counts)
