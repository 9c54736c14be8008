"""Random- and fixed-effect meta-analysis of one analysis or of ten thousand at once, on the same code.

A batch holds the effects of all analyses end to end in flat arrays; sums within an analysis are ``reduceat`` sums, so
no loop runs over analyses and analyses of any sizes sit side by side without padding. Effects are on the scale on
which they are pooled (logarithms for ratios).

Iterations are bracketed: every estimate converges, also where Fisher scoring does not. The restricted and the full
likelihood are searched for their highest peak first, since they may have several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, chdtri, ndtr, ndtri, stdtr, stdtrit

Array = NDArray[np.float64]

_GRID = 48  # points at which a likelihood is looked at before its peak is refined
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """Effects ``yi`` and variances ``vi`` (> 0) of many analyses, end to end; ``k`` effects belong to each in turn."""

    yi: Array
    vi: Array
    k: NDArray[np.intp]

    @property
    def starts(self) -> NDArray[np.intp]:
        """Index of the first effect of each analysis."""
        return np.concatenate(([0], np.cumsum(self.k)[:-1])).astype(np.intp)

    def total(self, values: Array) -> Array:
        """Sum of flat values within each analysis."""
        return np.add.reduceat(values, self.starts)

    def spread(self, values: Array) -> Array:
        """A value for each analysis repeated for each of its effects."""
        return np.repeat(values, self.k)

    def smallest(self, values: Array) -> Array:
        """Smallest flat value of each analysis."""
        return np.minimum.reduceat(values, self.starts)

    def largest(self, values: Array) -> Array:
        """Largest flat value of each analysis."""
        return np.maximum.reduceat(values, self.starts)


def make_batch(analyses: Sequence[tuple[ArrayLike, ArrayLike]]) -> Batch:
    """A batch of (yi, vi) pairs. Raises ValueError for empty analyses, lengths that differ, or variances not above 0."""
    pairs = [(np.atleast_1d(np.asarray(y, float)), np.atleast_1d(np.asarray(v, float))) for y, v in analyses]
    if not pairs or any(y.size == 0 or y.shape != v.shape for y, v in pairs):
        raise ValueError("each analysis needs at least one effect, and as many variances as effects")
    yi, vi = np.concatenate([y for y, _ in pairs]), np.concatenate([v for _, v in pairs])
    if not (np.isfinite(yi).all() and np.isfinite(vi).all() and (vi > 0).all()):
        raise ValueError("effects must be finite and variances finite and above zero")
    return Batch(yi, vi, np.array([y.size for y, _ in pairs], dtype=np.intp))


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Sums of one weighting of a batch: weights, their sum, the weighted mean, and weighted squared deviations."""

    w: Array
    sw: Array
    mean: Array
    squares: Array


def _weigh(batch: Batch, tau2: Array) -> _Weighted:
    w = 1.0 / (batch.vi + batch.spread(tau2))
    sw = batch.total(w)
    mean = batch.total(w * batch.yi) / sw
    return _Weighted(w, sw, mean, (batch.yi - batch.spread(mean)) ** 2)


def q_statistic(batch: Batch, tau2: Array) -> Array:
    """Generalised Q: squared deviations from the weighted mean, weighted by 1 / (vi + tau2). Falls as tau2 grows."""
    weighted = _weigh(batch, tau2)
    return batch.total(weighted.w * weighted.squares)


def find_root(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """The point between ``low`` and ``high`` where a function changes sign, for all analyses at once.

    Chandrupatla's bracketing method (1997, doi:10.1016/S0965-9978(96)00051-8): inverse quadratic steps where they are
    safe, bisection elsewhere. Where the function has one sign at both ends, the end nearer to zero is returned.
    """
    a, b = high.copy(), low.copy()
    fa, fb = function(a), function(b)
    c, fc = a.copy(), fa.copy()
    t = np.full_like(a, 0.5)
    same = np.sign(fa) == np.sign(fb)
    for _ in range(_MAX_STEPS):
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        width = np.abs(b - a)
        tolerance = 2 * np.finfo(float).eps * np.abs(best) + np.finfo(float).tiny
        done = same | (width <= 2 * tolerance) | (fa == 0) | (fb == 0)
        if done.all():
            break
        t = np.where(
            done, 0.0, np.clip(t, tolerance / np.maximum(width, tolerance), 1 - tolerance / np.maximum(width, tolerance))
        )
        x = a + t * (b - a)
        fx = function(x)
        keeps = np.sign(fx) == np.sign(fa)
        c, fc = np.where(keeps, a, b), np.where(keeps, fa, fb)
        b, fb = np.where(keeps, b, a), np.where(keeps, fb, fa)
        a, fa = x, fx
        t = _next_step(a, b, c, fa, fb, fc)
    return np.where(np.abs(fa) < np.abs(fb), a, b)


def _next_step(a: Array, b: Array, c: Array, fa: Array, fb: Array, fc: Array) -> Array:
    """Position of the next trial point between a (0) and b (1)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        xi = (a - b) / (c - b)
        phi = (fa - fb) / (fc - fb)
        quadratic = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        step = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(quadratic & np.isfinite(step), step, 0.5)


def _tau2_at_q(batch: Batch, target: Array) -> Array:
    """tau2 at which Q equals ``target``; 0 where Q is below it even at 0.

    Q(t) <= k R^2 / t with R the range of the effects, so k R^2 / target is above the root.
    """
    span = batch.largest(batch.yi) - batch.smallest(batch.yi)
    bound = np.maximum(batch.k * span**2 / target, np.finfo(float).tiny)
    zero = np.zeros(batch.k.size)
    needed = q_statistic(batch, zero) > target
    root = find_root(lambda t: q_statistic(batch, t) - target, zero, np.where(needed, bound, 0.0))
    return np.where(needed, root, 0.0)


def tau2_fixed(batch: Batch) -> Array:
    """No between-trial variance: the fixed-effect (common-effect) model."""
    return np.zeros(batch.k.size)


def tau2_dl(batch: Batch) -> Array:
    """DerSimonian & Laird (1986, doi:10.1016/0197-2456(86)90046-2), truncated at 0."""
    zero = np.zeros(batch.k.size)
    weighted = _weigh(batch, zero)
    q = batch.total(weighted.w * weighted.squares)
    scale = weighted.sw - batch.total(weighted.w**2) / weighted.sw
    return np.where(batch.k > 1, np.maximum(0.0, (q - (batch.k - 1)) / np.where(batch.k > 1, scale, 1.0)), 0.0)


def tau2_pm(batch: Batch) -> Array:
    """Paule & Mandel (1982, doi:10.6028/jres.087.022): Q equals its expectation, k - 1. The empirical Bayes estimate."""
    return _tau2_at_q(batch, np.maximum(batch.k - 1, 1).astype(float))


def _log_likelihood(batch: Batch, tau2: Array, restricted: bool) -> Array:
    weighted = _weigh(batch, tau2)
    value = batch.total(np.log(weighted.w) - weighted.w * weighted.squares)
    return 0.5 * (value - np.log(weighted.sw) if restricted else value)


def _score(batch: Batch, tau2: Array, restricted: bool) -> Array:
    """Derivative of the (restricted) log-likelihood with respect to tau2, the mean being maximised out."""
    weighted = _weigh(batch, tau2)
    w2 = weighted.w**2
    value = batch.total(w2 * weighted.squares) - weighted.sw
    return value + batch.total(w2) / weighted.sw if restricted else value


def _grid(batch: Batch) -> list[Array]:
    """Values of tau2 to look at: 0, then evenly on the log scale up to beyond any possible peak."""
    span = batch.largest(batch.yi) - batch.smallest(batch.yi)
    top = np.maximum(batch.k * span**2, np.finfo(float).tiny)
    bottom = np.minimum(batch.smallest(batch.vi) * 1e-3, top * 1e-6)
    return [np.zeros(batch.k.size), *np.geomspace(bottom, top, _GRID)]


def _tau2_likelihood(batch: Batch, restricted: bool) -> Array:
    """tau2 at the highest peak of the (restricted) likelihood."""
    grid = np.stack(_grid(batch))
    heights = np.stack([_log_likelihood(batch, t, restricted) for t in grid])
    best = np.argmax(heights, axis=0)
    here = np.take_along_axis(grid, best[None], 0)[0]
    below = np.take_along_axis(grid, np.maximum(best - 1, 0)[None], 0)[0]
    above = np.take_along_axis(grid, np.minimum(best + 1, len(grid) - 1)[None], 0)[0]
    rising = _score(batch, here, restricted) > 0
    low, high = np.where(rising, here, below), np.where(rising, above, here)
    root = find_root(lambda t: _score(batch, t, restricted), low, high)
    at_zero = (best == 0) & ~rising
    return np.where(at_zero | (batch.k < 2), 0.0, root)


def tau2_ml(batch: Batch) -> Array:
    """Maximum likelihood (Hardy & Thompson 1996, doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A)."""
    return _tau2_likelihood(batch, restricted=False)


def tau2_reml(batch: Batch) -> Array:
    """Restricted maximum likelihood (Viechtbauer 2005, doi:10.3102/10769986030003261)."""
    return _tau2_likelihood(batch, restricted=True)


ESTIMATORS: dict[str, Callable[[Batch], Array]] = {
    "FE": tau2_fixed,
    "DL": tau2_dl,
    "PM": tau2_pm,
    "ML": tau2_ml,
    "REML": tau2_reml,
}


def tau2_interval(batch: Batch, level: float = 95.0) -> tuple[Array, Array]:
    """Q-profile interval of tau2 (Viechtbauer 2007, doi:10.1002/sim.2514); NaN for a single trial."""
    df = np.maximum(batch.k - 1, 1).astype(float)
    outside = (1 - level / 100) / 2
    low = _tau2_at_q(batch, chdtri(df, outside))
    high = _tau2_at_q(batch, chdtri(df, 1 - outside))
    single = batch.k < 2
    return np.where(single, np.nan, low), np.where(single, np.nan, high)


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
    ``i2`` is in per cent. What a single trial does not have (tau2, I2, prediction interval ...) is NaN.
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
    prediction_low: Array
    prediction_high: Array

    def at(self, index: int) -> dict[str, float]:
        """The results of one analysis by name."""
        return {f.name: getattr(self, f.name)[index].item() for f in fields(self)}


def _share(tau2: Array, typical: Array) -> Array:
    return 100 * tau2 / (tau2 + typical)


def pool(batch: Batch, model: str = "REML", hksj: bool = True, floor: bool = True, level: float = 95.0) -> Pooled:
    """Pool each analysis of a batch.

    ``model`` is FE, DL, PM, ML or REML. ``hksj`` gives the Hartung-Knapp-Sidik-Jonkman interval with t on k - 1 degrees
    of freedom (Hartung & Knapp 2001, doi:10.1002/sim.1009; IntHout 2014, doi:10.1186/1471-2288-14-25); ``floor`` keeps
    its variance factor at 1 or above (Roever 2015, doi:10.1186/s12874-015-0091-1). The fixed-effect model and a single
    trial have the normal interval. The prediction interval is t on k - 1 degrees of freedom around the estimate with
    variance tau2 + se^2 (Higgins 2009, doi:10.1111/j.1467-985X.2008.00552.x, degrees of freedom as in metafor).
    """
    tau2 = ESTIMATORS[model](batch)
    weighted = _weigh(batch, tau2)
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
    low, high = tau2_interval(batch, level)
    typical = typical_variance(batch)
    shown = np.where(single, np.nan, tau2)
    # without a tau2 in the model, heterogeneity is what Q says (Higgins & Thompson 2002)
    h2 = factor if model == "FE" else (shown + typical) / typical
    return Pooled(
        k=batch.k,
        estimate=weighted.mean,
        se=se,
        ci_low=weighted.mean - quantile * se,
        ci_high=weighted.mean + quantile * se,
        p=p,
        wald_se=wald_se,
        wald_low=weighted.mean - normal * wald_se,
        wald_high=weighted.mean + normal * wald_se,
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
        prediction_low=weighted.mean - spread,
        prediction_high=weighted.mean + spread,
    )


def weights(batch: Batch, tau2: Array) -> Array:
    """Weight of each effect in its analysis, in per cent (flat)."""
    w = 1.0 / (batch.vi + batch.spread(np.nan_to_num(tau2)))
    return 100 * w / batch.spread(batch.total(w))
