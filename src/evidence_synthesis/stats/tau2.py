"""The variance between trials: estimators and intervals, for all analyses of a batch at once.

Iterations are bracketed: every estimate converges, also where Fisher scoring does not. The restricted and the full
likelihood are searched for their highest peak first, since they may have several.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import chdtri

from evidence_synthesis.errors import one_of
from evidence_synthesis.stats.batch import Array, Batch, find_root, q_statistic, weigh

_GRID = 48  # points at which a likelihood is looked at before its peak is refined
_EVEN = np.linspace(0.0, 1.0, _GRID)
_MOST_STEPS = 200
_SMALL = 1e-280  # below which a product has lost digits
_LAST_DIGITS = 4 * float(np.finfo(float).eps)  # of a variance: a smaller tau2 added to it changes nothing


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
    weighted = weigh(batch, zero)
    q = batch.total(weighted.w * weighted.squares)
    scale = weighted.sw - batch.total(weighted.w**2) / weighted.sw
    return np.where(batch.k > 1, np.maximum(0.0, (q - (batch.k - 1)) / np.where(batch.k > 1, scale, 1.0)), 0.0)


def tau2_pm(batch: Batch) -> Array:
    """Paule & Mandel (1982, doi:10.6028/jres.087.022): Q equals its expectation, k - 1. The empirical Bayes estimate."""
    return _tau2_at_q(batch, np.maximum(batch.k - 1, 1).astype(float))


def log_likelihood(batch: Batch, tau2: Array, restricted: bool) -> Array:
    """(Restricted) log-likelihood at tau2 with the mean maximised out, up to a constant of the analysis."""
    weighted = weigh(batch, tau2)
    value = batch.total(np.log(weighted.w) - weighted.w * weighted.squares)
    return 0.5 * (value - np.log(weighted.sw) if restricted else value)


def _log_product(batch: Batch, values: Array) -> Array:
    """Logarithm of the product of values within each analysis: one logarithm for each, but where a product is out of range."""
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        product = np.multiply.reduceat(values, batch.starts)
        found: Array = np.log(product)
    if ((product < _SMALL) | (product > 1 / _SMALL)).any():
        return batch.total(np.log(values))
    return found


def _grid_heights(batch: Batch, grid: Array, restricted: bool) -> Array:
    """(Restricted) log-likelihoods at many values of tau2, doubled: good enough to find the highest, in half the time."""
    y = batch.yi - batch.spread(batch.total(batch.yi) / batch.k)
    heights = np.empty_like(grid)
    for row, tau2 in enumerate(grid):
        total = batch.vi + batch.spread(tau2)
        w = 1.0 / total
        wy = w * y
        sw = batch.total(w)
        value = batch.total(wy) ** 2 / sw - batch.total(wy * y) - _log_product(batch, total)
        heights[row] = value - np.log(sw) if restricted else value
    return heights


def _score(batch: Batch, tau2: Array, restricted: bool) -> Array:
    """Derivative of the (restricted) log-likelihood with respect to tau2, the mean being maximised out."""
    weighted = weigh(batch, tau2)
    w2 = weighted.w**2
    value = batch.total(w2 * weighted.squares) - weighted.sw
    return value + batch.total(w2) / weighted.sw if restricted else value


def _grid(batch: Batch) -> list[Array]:
    """Values of tau2 to look at: 0, then evenly on the log scale up to beyond any possible peak."""
    span = batch.largest(batch.yi) - batch.smallest(batch.yi)
    top = np.maximum(batch.k * span**2, np.finfo(float).tiny)
    bottom = np.minimum(batch.smallest(batch.vi) * 1e-3, top * 1e-6)
    return [np.zeros(batch.k.size), *np.geomspace(bottom, top, _GRID)]


def _tau2_alone(yi: Array, vi: Array, restricted: bool) -> float:
    """tau2 at the highest peak of the (restricted) likelihood of one analysis.

    What ``_tau2_likelihood`` does for many, in a fifth of the time for one: the grid as a matrix, then Newton's method on the
    score, which halves its bracket where a step would leave it.
    """
    nothing = _LAST_DIGITS * float(vi.min())
    span = float(yi.max() - yi.min())
    top = max(yi.size * span**2, float(np.finfo(float).tiny))
    bottom = min(float(vi.min()) * 1e-3, top * 1e-6)
    grid = np.concatenate(([0.0], bottom * (top / bottom) ** _EVEN))
    w = 1.0 / (vi + grid[:, None])
    sw = w.sum(1)
    mean = w @ yi / sw
    heights = np.log(w).sum(1) - (w * (yi - mean[:, None]) ** 2).sum(1)
    best = int(np.argmax(heights - np.log(sw) if restricted else heights))

    def score(tau2: float) -> tuple[float, float]:
        """The derivative of the log-likelihood, doubled, and its own derivative."""
        w = 1.0 / (vi + tau2)
        w2 = w * w
        w3 = w2 * w
        sw, sw2, sw3 = float(w.sum()), float(w2.sum()), float(w3.sum())
        residual = yi - float(w @ yi) / sw
        squares = residual * residual
        value = float(w2 @ squares) - sw
        slope = sw2 - 2 * float(w3 @ squares) + 2 * float(w2 @ residual) ** 2 / sw
        return (value + sw2 / sw, slope + (sw2 / sw) ** 2 - 2 * sw3 / sw) if restricted else (value, slope)

    here = float(grid[best])
    value, slope = score(here)
    if (best == 0 and value <= 0) or top < nothing:
        return 0.0
    low, high = (here, float(grid[min(best + 1, _GRID)])) if value > 0 else (float(grid[best - 1]), here)
    for _ in range(_MOST_STEPS):
        step = here - value / slope if slope < 0 else low
        new = step if low < step < high else (low + high) / 2
        if abs(new - here) <= _LAST_DIGITS * new or not low < new < high:
            return new if new > nothing else 0.0
        here = new
        value, slope = score(here)
        low, high = (here, high) if value > 0 else (low, here)
    return here if here > nothing else 0.0


def _tau2_likelihood(batch: Batch, restricted: bool) -> Array:
    """tau2 at the highest peak of the (restricted) likelihood."""
    if batch.k.size == 1 and batch.yi.size > 1:
        return np.array([_tau2_alone(batch.yi, batch.vi, restricted)])
    grid = np.stack(_grid(batch))
    heights = _grid_heights(batch, grid, restricted)
    best = np.argmax(heights, axis=0)
    here = np.take_along_axis(grid, best[None], 0)[0]
    below = np.take_along_axis(grid, np.maximum(best - 1, 0)[None], 0)[0]
    above = np.take_along_axis(grid, np.minimum(best + 1, len(grid) - 1)[None], 0)[0]
    rising = _score(batch, here, restricted) > 0
    low, high = np.where(rising, here, below), np.where(rising, above, here)
    root = find_root(lambda t: _score(batch, t, restricted), low, high)
    at_zero = ((best == 0) & ~rising) | (root <= _LAST_DIGITS * batch.smallest(batch.vi))
    return np.where(at_zero | (batch.k < 2), 0.0, root)


def tau2_ml(batch: Batch) -> Array:
    """Maximum likelihood (Hardy & Thompson 1996, doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A)."""
    return _tau2_likelihood(batch, restricted=False)


def tau2_reml(batch: Batch) -> Array:
    """Restricted maximum likelihood (Viechtbauer 2005, doi:10.3102/10769986030003261)."""
    return _tau2_likelihood(batch, restricted=True)


def tau2_he(batch: Batch) -> Array:
    """Hedges & Olkin (1985): the variance of the effects less their mean sampling variance, truncated at 0."""
    mean = batch.total(batch.yi) / batch.k
    deviations = batch.total((batch.yi - batch.spread(mean)) ** 2)
    df = np.maximum(batch.k - 1, 1)
    return np.where(batch.k > 1, np.maximum(0.0, deviations / df - batch.total(batch.vi) / batch.k), 0.0)


def tau2_hs(batch: Batch) -> Array:
    """Hunter & Schmidt (1990; Viechtbauer 2005, formula 11, doi:10.3102/10769986030003261), truncated at 0."""
    weighted = weigh(batch, np.zeros(batch.k.size))
    q = batch.total(weighted.w * weighted.squares)
    return np.where(batch.k > 1, np.maximum(0.0, (q - batch.k) / weighted.sw), 0.0)


def tau2_sj(batch: Batch) -> Array:
    """Sidik & Jonkman (2005, doi:10.1111/j.1467-9876.2005.00489.x), starting from the variance of the effects over k."""
    mean = batch.total(batch.yi) / batch.k
    crude = batch.total((batch.yi - batch.spread(mean)) ** 2) / batch.k
    usable = (batch.k > 1) & (crude > 0)
    start = np.where(usable, crude, 1.0)
    w = 1.0 / (batch.vi / batch.spread(start) + 1.0)
    centre = batch.total(w * batch.yi) / batch.total(w)
    spread = batch.total(w * (batch.yi - batch.spread(centre)) ** 2)
    return np.where(usable, spread / np.maximum(batch.k - 1, 1), 0.0)


ESTIMATORS: dict[str, Callable[[Batch], Array]] = {
    "FE": tau2_fixed,
    "DL": tau2_dl,
    "PM": tau2_pm,
    "ML": tau2_ml,
    "REML": tau2_reml,
    "EB": tau2_pm,
    "HE": tau2_he,
    "HS": tau2_hs,
    "SJ": tau2_sj,
}


def tau2(batch: Batch, estimator: str) -> Array:
    """tau2 by the estimator of a name (FE: 0). Raises UnknownName with those that are known."""
    return ESTIMATORS[one_of("estimator", estimator, ESTIMATORS)](batch)


def tau2_interval(batch: Batch, level: float = 95.0) -> tuple[Array, Array]:
    """Q-profile interval of tau2 (Viechtbauer 2007, doi:10.1002/sim.2514); NaN for a single trial."""
    df = np.maximum(batch.k - 1, 1).astype(float)
    outside = (1 - level / 100) / 2
    low = _tau2_at_q(batch, chdtri(df, outside))
    high = _tau2_at_q(batch, chdtri(df, 1 - outside))
    single = batch.k < 2
    return np.where(single, np.nan, low), np.where(single, np.nan, high)


def tau2_likelihood_interval(batch: Batch, level: float = 95.0, restricted: bool = True) -> tuple[Array, Array]:
    """Profile likelihood interval of tau2 (Viechtbauer 2007, doi:10.1002/sim.2514); NaN for a single trial."""
    best = _tau2_likelihood(batch, restricted)
    cut = log_likelihood(batch, best, restricted) - chdtri(1.0, 1 - level / 100) / 2
    zero = np.zeros(batch.k.size)

    def above(tau2: Array) -> Array:
        height: Array = log_likelihood(batch, tau2, restricted) - cut
        return height

    low = np.where(above(zero) >= 0, 0.0, find_root(above, zero, best))
    high = np.maximum(best, batch.smallest(batch.vi) * 1e-3)
    for _ in range(200):
        inside = above(high) > 0
        if not inside.any():
            break
        high = np.where(inside, high * 4, high)
    single = batch.k < 2
    return np.where(single, np.nan, low), np.where(single, np.nan, find_root(above, best, high))
