"""Random- and fixed-effect meta-analysis of one analysis or of ten thousand at once, on the same code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri, ndtr, ndtri, stdtr, stdtrit

from evidence_synthesis.stats import tau2 as between
from evidence_synthesis.stats.batch import Array, Batch, find_root, interval_about, q_statistic, weigh
from evidence_synthesis.stats.tau2 import log_likelihood, tau2_interval, tau2_ml

_PART = 20_000  # effects that are pooled at a time, so that a processor's cache holds them: twice as fast, and the same digits


def typical_variance(batch: Batch) -> Array:
    """The 'typical' sampling variance s^2 behind I2 (Higgins & Thompson 2002, formula 9, doi:10.1002/sim.1186)."""
    w = 1.0 / batch.vi
    sw, sw2 = batch.total(w), batch.total(w**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(batch.k > 1, (batch.k - 1) * sw / (sw**2 - sw2), np.nan)


@dataclass(frozen=True, slots=True)
class Pooled:
    """Results of each analysis of a batch, one array entry each.

    ``se`` and the confidence interval are those of the chosen interval method; ``wald_*`` is the normal interval beside
    it. ``hksj_factor`` is the variance ratio q of Hartung and Knapp before any floor, and ``hksj_narrower`` tells whether
    the interval without a floor would be narrower than the normal one. ``q``, ``q_p`` test homogeneity.
    ``i2`` is in per cent; the intervals of
    I2 and H2 are those of tau2 (Q-profile) put into their formulas, as in metafor. What a single trial does not have
    (tau2, I2, prediction interval ...) is NaN.
    """

    k: NDArray[np.intp]
    estimate: Array
    se: Array
    ci_low: Array
    ci_high: Array
    p: Array
    wald_se: Array
    wald_low: Array
    wald_high: Array
    hksj_factor: Array
    hksj_narrower: NDArray[np.bool_]
    tau2: Array
    tau2_low: Array
    tau2_high: Array
    q: Array
    q_p: Array
    i2: Array
    i2_low: Array
    i2_high: Array
    h2: Array
    h2_low: Array
    h2_high: Array
    prediction_low: Array
    prediction_high: Array

    def at(self, index: int) -> dict[str, float]:
        """The results of one analysis by name."""
        return {f.name: getattr(self, f.name)[index].item() for f in fields(self)}

    def rows(self) -> Iterator[dict[str, float]]:
        """The results of every analysis by name, in order."""
        names = [f.name for f in fields(self)]
        for values in zip(*(getattr(self, name).tolist() for name in names), strict=True):
            yield dict(zip(names, values, strict=True))


def _share(tau2: Array, typical: Array) -> Array:
    return 100 * tau2 / (tau2 + typical)


def _ratio(tau2: Array, typical: Array) -> Array:
    return (tau2 + typical) / typical


def _parts(batch: Batch) -> Iterator[Batch]:
    """A batch in parts that a processor's cache holds."""
    ends = np.searchsorted(batch.starts, np.arange(_PART, batch.yi.size + _PART, _PART))
    first = 0
    for end in np.unique(np.append(ends, batch.k.size)).tolist():
        if end > first:
            stop = batch.starts[end] if end < batch.k.size else batch.yi.size
            span = slice(int(batch.starts[first]), int(stop))
            yield Batch(batch.yi[span], batch.vi[span], batch.k[first:end])
            first = end


def pool(
    batch: Batch, model: str = "REML", hksj: bool = True, floor: bool = True, level: float = 95.0, limits: bool = True
) -> Pooled:
    """Pool each analysis of a batch.

    ``model`` is FE or an estimator of tau2 (``tau2.ESTIMATORS``); any other raises UnknownName. ``hksj`` gives the
    Hartung-Knapp-Sidik-Jonkman interval with t on k - 1 degrees of freedom (Hartung & Knapp 2001, doi:10.1002/sim.1009;
    IntHout 2014, doi:10.1186/1471-2288-14-25); ``floor`` keeps its variance factor at 1 or above (Roever 2015,
    doi:10.1186/s12874-015-0091-1). The fixed-effect model and a single trial have the normal interval. The prediction
    interval is t on k - 1 degrees of freedom around the estimate with variance tau2 + se^2 (Higgins 2009,
    doi:10.1111/j.1467-985X.2008.00552.x, degrees of freedom as in metafor). Without ``limits`` those of tau2, I2 and H2,
    which take nearly half the time, are NaN.
    """
    if batch.yi.size > 2 * _PART:
        parts = [_pool(part, model, hksj, floor, level, limits) for part in _parts(batch)]
        return Pooled(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pooled)})
    return _pool(batch, model, hksj, floor, level, limits)


def _pool(batch: Batch, model: str, hksj: bool, floor: bool, level: float, limits: bool) -> Pooled:
    tau2 = between.tau2(batch, model)
    weighted = weigh(batch, tau2)
    single = batch.k < 2
    df = np.maximum(batch.k - 1, 1).astype(float)
    factor = np.where(single, np.nan, batch.total(weighted.w * weighted.squares) / df)
    wald_se = 1 / np.sqrt(weighted.sw)
    adjusted = hksj and model != "FE"
    used = np.maximum(factor, 1.0) if floor else factor
    se = np.where(single, wald_se, wald_se * np.sqrt(used)) if adjusted else wald_se
    upper = 0.5 + level / 200
    normal, t = float(ndtri(upper)), stdtrit(df, upper)
    quantile = np.where(single, normal, t) if adjusted else np.full(df.shape, normal)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = -np.abs(weighted.mean / se)
    p = 2 * np.where(single | (not adjusted), ndtr(statistic), stdtr(df, statistic))
    spread = np.where(single | (model == "FE"), np.nan, t * np.sqrt(tau2 + se**2))
    q = q_statistic(batch, np.zeros(batch.k.size))
    unknown = np.full(q.size, np.nan)
    low, high = tau2_interval(batch, level) if limits else (unknown, unknown)
    typical = typical_variance(batch)
    shown = np.where(single, np.nan, tau2)
    (ci_low, ci_high), (wald_low, wald_high) = (
        interval_about(weighted.mean, quantile * se),
        interval_about(weighted.mean, normal * wald_se),
    )
    prediction_low, prediction_high = interval_about(weighted.mean, spread)
    # without a tau2 in the model, heterogeneity is what Q says (Higgins & Thompson 2002)
    h2 = factor if model == "FE" else _ratio(shown, typical)
    return Pooled(
        k=batch.k,
        estimate=weighted.mean,
        se=se,
        ci_low=ci_low,
        ci_high=ci_high,
        p=p,
        wald_se=wald_se,
        wald_low=wald_low,
        wald_high=wald_high,
        hksj_factor=factor,
        hksj_narrower=~single & (t * np.sqrt(np.where(single, 1.0, factor)) < normal),
        tau2=shown,
        tau2_low=low,
        tau2_high=high,
        q=np.where(single, np.nan, q),
        q_p=np.where(single, np.nan, chdtrc(df, q)),
        i2=100 * (1 - 1 / np.maximum(h2, 1.0)),
        i2_low=_share(low, typical),
        i2_high=_share(high, typical),
        h2=h2,
        h2_low=_ratio(low, typical),
        h2_high=_ratio(high, typical),
        prediction_low=prediction_low,
        prediction_high=prediction_high,
    )


def weights(batch: Batch, tau2: Array) -> Array:
    """Weight of each effect in its analysis, in per cent (flat)."""
    w = 1.0 / (batch.vi + batch.spread(np.nan_to_num(tau2)))
    return 100 * w / batch.spread(batch.total(w))


def _ml_height(batch: Batch, mu: Array) -> Array:
    """Log-likelihood at a mean, tau2 maximised out: the spread around mu takes the place of the one around the mean."""
    anchored = Batch(batch.yi - batch.spread(mu), batch.vi, batch.k)
    tau2 = _tau2_about_zero(anchored)
    w = 1.0 / (anchored.vi + anchored.spread(tau2))
    height: Array = 0.5 * anchored.total(np.log(w) - w * anchored.yi**2)
    return height


def _tau2_about_zero(batch: Batch) -> Array:
    """Maximum likelihood tau2 when the mean is known to be zero: safeguarded search for the root of the score."""

    def score(tau2: Array) -> Array:
        w = 1.0 / (batch.vi + batch.spread(tau2))
        slope: Array = batch.total(w**2 * batch.yi**2 - w)
        return slope

    zero = np.zeros(batch.k.size)
    top = np.maximum(batch.largest(batch.yi**2), np.finfo(float).tiny) * batch.k.astype(float)
    rising = score(zero) > 0
    return np.where(rising, find_root(score, zero, top), 0.0)


def likelihood_interval(batch: Batch, level: float = 95.0) -> tuple[Array, Array]:
    """Profile likelihood interval of the mean under maximum likelihood.

    Hardy & Thompson 1996 (doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A).
    """
    tau2 = tau2_ml(batch)
    weighted = weigh(batch, tau2)
    cut = log_likelihood(batch, tau2, restricted=False) - chdtri(1.0, 1 - level / 100) / 2

    def above(mu: Array) -> Array:
        height: Array = _ml_height(batch, mu) - cut
        return height

    limits = []
    for side in (-1.0, 1.0):
        step = 1 / np.sqrt(weighted.sw)
        for _ in range(200):
            inside = above(weighted.mean + side * step) > 0
            if not inside.any():
                break
            step = np.where(inside, step * 2, step)
        limits.append(find_root(above, weighted.mean, weighted.mean + side * step))
    return limits[0], limits[1]


def prediction_riley(pooled: Pooled, level: float = 95.0) -> tuple[Array, Array]:
    """Prediction interval with t on k - 2 degrees of freedom and the Wald standard error; NaN below three trials.

    As first published: Higgins 2009 (doi:10.1111/j.1467-985X.2008.00552.x), Riley 2011 (doi:10.1136/bmj.d549).
    """
    enough = pooled.k > 2
    t = stdtrit(np.where(enough, pooled.k - 2, 1).astype(float), 0.5 + level / 200)
    half = np.where(enough, t * np.sqrt(np.nan_to_num(pooled.tau2) + pooled.wald_se**2), np.nan)
    return interval_about(pooled.estimate, half)


def share_beyond(pooled: Pooled, threshold: float | Array) -> tuple[Array, Array]:
    """How much of the true effects lies below ``threshold`` (one, or one for each analysis; beyond it, where negative is good).

    First the probability that the effect in a new setting does, from the predictive t distribution on k - 1 degrees of
    freedom; then the share of true effects, from the normal distribution with the estimated mean and tau2
    (Mathur & VanderWeele 2019, doi:10.1002/sim.8057). NaN where there is no tau2 (a single trial).
    """
    df = np.maximum(pooled.k - 1, 1).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        new = stdtr(df, (threshold - pooled.estimate) / np.sqrt(pooled.tau2 + pooled.se**2))
        share = ndtr((threshold - pooled.estimate) / np.sqrt(pooled.tau2))
    share = np.where(pooled.tau2 == 0, (pooled.estimate < threshold).astype(float), share)
    return np.where(np.isnan(pooled.tau2), np.nan, new), np.where(np.isnan(pooled.tau2), np.nan, share)
