"""Effects of many analyses end to end, and the sums and roots that every model takes over them.

Sums within an analysis are ``reduceat`` sums over flat arrays, so no loop runs over analyses and analyses of any sizes
sit side by side without padding. Effects are on the scale on which they are pooled (logarithms for ratios).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidence_synthesis.errors import UnusableInput

Array = NDArray[np.float64]

NORMAL = 1.959963984540054  # the normal quantile of 95 % intervals

_MAX_STEPS = 200
_ROUNDING = 1e-12  # what sums of numbers around 1 leave of an exact 0 is smaller, and differs between processors
_BITS = 43  # of 53, to which the limits of an interval are alike


def settled(values: ArrayLike, unit: ArrayLike = 1.0) -> Array:
    """The values, with an exact 0 for what is nothing but rounding beside ``unit`` (such as the standard error)."""
    return np.where(np.abs(values) < _ROUNDING * np.abs(unit), 0.0, np.asarray(values, dtype=np.float64))


def interval_about(middle: ArrayLike, half: ArrayLike) -> tuple[Array, Array]:
    """The limits of an interval: its middle less and plus half its width.

    A limit below a thousandth of the larger of the two is a small difference: it becomes a multiple of a power of two, at
    most 2e-13 of them, without the digits beyond, which processors do not give alike.
    """
    middle, half = np.asarray(middle, dtype=np.float64), np.asarray(half, dtype=np.float64)
    low, high, size = middle - half, middle + half, np.abs(middle)
    unit = np.maximum(size, half)
    if not (np.abs(size - half) < unit * 2.0**-9).any():
        return low, high
    kept = _BITS - np.frexp(unit)[1]

    def limit(value: Array) -> Array:
        steps = np.ldexp(value, kept)
        return np.where(np.abs(steps) < 2.0 ** (_BITS - 10), np.ldexp(np.rint(steps), -kept), value)

    return limit(low), limit(high)


@dataclass(frozen=True, slots=True)
class Batch:
    """Effects ``yi`` and variances ``vi`` (> 0) of many analyses, end to end; ``k`` effects belong to each in turn.

    ``starts`` is the index of the first effect of each analysis.
    """

    yi: Array
    vi: Array
    k: NDArray[np.intp]
    starts: NDArray[np.intp] = field(init=False)

    def __post_init__(self) -> None:
        starts = np.zeros_like(self.k)
        np.cumsum(self.k[:-1], out=starts[1:])
        object.__setattr__(self, "starts", starts)

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
        raise UnusableInput("", "each analysis needs at least one effect, and as many variances as effects")
    yi, vi = np.concatenate([y for y, _ in pairs]), np.concatenate([v for _, v in pairs])
    if not (np.isfinite(yi).all() and np.isfinite(vi).all() and (vi > 0).all()):
        raise UnusableInput("", "effects must be finite and variances finite and above zero")
    return Batch(yi, vi, np.array([y.size for y, _ in pairs], dtype=np.intp))


@dataclass(frozen=True, slots=True)
class Weighted:
    """Sums of one weighting of a batch: weights, their sum, the weighted mean, and weighted squared deviations."""

    w: Array
    sw: Array
    mean: Array
    squares: Array


def weigh(batch: Batch, tau2: Array) -> Weighted:
    """Weight each effect by 1 / (vi + tau2)."""
    w = 1.0 / (batch.vi + batch.spread(tau2))
    sw = batch.total(w)
    mean = batch.total(w * batch.yi) / sw
    return Weighted(w, sw, mean, (batch.yi - batch.spread(mean)) ** 2)


def q_statistic(batch: Batch, tau2: Array) -> Array:
    """Generalised Q: squared deviations from the weighted mean, weighted by 1 / (vi + tau2). Falls as tau2 grows."""
    weighted = weigh(batch, tau2)
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
