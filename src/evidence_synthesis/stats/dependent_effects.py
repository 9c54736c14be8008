"""Several effects of one trial: a multilevel model, and variances that hold whatever the dependence (CR2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.stats.batch import Array, interval_about

_STEPS = 50  # of each method
_HALVES = 30


@dataclass(frozen=True, slots=True)
class Robust:
    """Coefficients with CR2 standard errors, Satterthwaite degrees of freedom, intervals and p; tau2 of the working model."""

    beta: Array
    se: Array
    df: Array
    ci_low: Array
    ci_high: Array
    p: Array
    tau2: float


@dataclass(frozen=True, slots=True)
class Multilevel:
    """A mean with variance between trials and between effects within them (REML)."""

    estimate: float
    se: float
    between: float
    within: float


def _blocks(clusters: Sequence[str]) -> tuple[list[NDArray[np.intp]], Array]:
    """Index of each cluster's effects, and the matrix with ones where two effects share a cluster."""
    labels = np.array(clusters)
    index = [np.flatnonzero(labels == name) for name in dict.fromkeys(clusters)]
    return index, (labels[:, None] == labels[None, :]).astype(np.float64)


def _inverse_root(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    roots = np.where(values > 1e-10 * values.max(), 1 / np.sqrt(np.maximum(values, 1e-300)), 0.0)
    return np.asarray((vectors * roots) @ vectors.T, dtype=np.float64)


def robust(
    yi: Array, vi: Array, clusters: Sequence[str], x: Array | None = None, rho: float = 0.8, level: float = 95.0
) -> Robust:
    """Regression with robust variances for correlated effects, intercept only by default.

    Weights and tau2 by the correlated-effects working model (Hedges 2010, doi:10.1002/jrsm.5, with correlation ``rho``
    within trials); bias-reduced variance CR2 and degrees of freedom of Tipton 2015 (doi:10.1037/met0000011).
    Raises ValueError with fewer clusters than columns plus one.
    """
    x = np.ones((yi.size, 1)) if x is None else x
    groups, together = _blocks(clusters)
    if len(groups) <= x.shape[1]:
        raise UnusableInput("", "robust variances need more clusters than columns")
    size, mean_v = np.empty(yi.size), np.empty(yi.size)
    for g in groups:
        size[g], mean_v[g] = g.size, vi[g].mean()

    def fit(w: Array) -> tuple[Array, Array, Array]:
        bread = np.linalg.inv((x.T * w) @ x)
        beta = bread @ (x.T * w) @ yi
        return np.asarray(beta), np.asarray(bread), np.asarray(yi - x @ beta)

    w = 1 / (size * mean_v)
    _, bread, residual = fit(w)
    p = np.diag(w) - (x * w[:, None]) @ bread @ (x * w[:, None]).T
    known = together * rho * mean_v[:, None] + np.diag((1 - rho) * mean_v)
    tau2 = max(0.0, float((w @ residual**2 - np.sum(p * known)) / np.sum(p * together)))
    w = 1 / (size * (mean_v + tau2))
    beta, bread, residual = fit(w)
    phi = 1 / w
    hat = np.eye(yi.size) - x @ bread @ (x.T * w)
    moves, pulls = [], []
    for g in groups:
        root = np.sqrt(phi[g])
        left = np.diag(phi[g]) - x[g] @ bread @ x[g].T
        adjust = root[:, None] * _inverse_root(root[:, None] * left * root[None, :]) * root[None, :]
        score = (x[g].T * w[g]) @ adjust
        moves.append(bread @ score @ residual[g])
        pulls.append(hat[g].T @ score.T @ bread)
    se = np.sqrt(np.sum(np.square(moves), axis=0))
    df = np.empty(x.shape[1])
    for column in range(x.shape[1]):
        directions = np.column_stack([pull[:, column] for pull in pulls])
        spread = directions.T @ (phi[:, None] * directions)
        df[column] = np.trace(spread) ** 2 / np.sum(spread**2)
    half = stdtrit(df, 0.5 + level / 200) * se
    with np.errstate(divide="ignore", invalid="ignore"):  # effects exactly on the line have no standard error
        statistic = -np.abs(beta / se)
    return Robust(beta, se, df, *interval_about(beta, half), 2 * stdtr(df, statistic), tau2)


@dataclass(frozen=True, slots=True)
class _Place:
    """The restricted log-likelihood at the variances between and within trials, with the mean and its variance there.

    ``slope`` and the ``expected`` and ``observed`` information are doubled alike.
    """

    sizes: Array
    height: float
    slope: Array
    expected: Array
    observed: Array
    mean: float
    variance: float

    def step(self, information: Array) -> Array:
        """How far to go by Newton's method with either information; a variance of 0 that would fall stays."""
        free = (self.sizes > 0) | (self.slope > 0)
        step = np.zeros(free.size)
        step[free] = np.linalg.pinv(information[np.ix_(free, free)]) @ self.slope[free]
        return step


def _place(yi: Array, vi: Array, parts: Sequence[Array], sizes: Array) -> _Place:
    covariance = np.diag(vi) + np.sum([size * part for size, part in zip(sizes, parts, strict=True)], axis=0)
    inverse = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    total, column = inverse.sum(), inverse.sum(1)
    projection = inverse - np.outer(column, column) / total
    pull = projection @ yi
    height = 0.5 * (np.linalg.slogdet(inverse)[1] - np.log(total) - yi @ pull)
    moved, pulls = [projection @ part for part in parts], [part @ pull for part in parts]
    slope = np.array([pull @ p - np.trace(m) for p, m in zip(pulls, moved, strict=True)])
    expected = np.array([[np.sum(a * b.T) for b in moved] for a in moved])
    observed = 2 * np.array([[p @ projection @ q for q in pulls] for p in pulls]) - expected
    return _Place(sizes, float(height), slope, expected, observed, float(column @ yi / total), float(1 / total))


def _climb(yi: Array, vi: Array, parts: Sequence[Array], start: Array) -> _Place:
    """Up from ``start`` by Fisher scoring, with steps halved where the likelihood would fall, then by Newton's method."""
    here = _place(yi, vi, parts, start)
    for scoring, close in ((True, 1e-4), (False, 1e-13)):
        for _ in range(_STEPS):
            step = here.step(here.expected if scoring else here.observed)
            for _ in range(_HALVES):
                there = _place(yi, vi, parts, np.maximum(here.sizes + step, 0.0))
                if there.height >= here.height - 1e-12 * abs(here.height):
                    break
                step = step / 2
            else:
                break
            moved, here = np.abs(there.sizes - here.sizes), there
            if np.all(moved <= close * (here.sizes + vi.mean())):
                break
    return here


def multilevel(yi: Array, vi: Array, clusters: Sequence[str]) -> Multilevel:
    """Effects within trials: y = mean + trial + effect + error, both variances by REML.

    Konstantopoulos 2011 (doi:10.1002/jrsm.35). The restricted likelihood can have several peaks: the highest is taken of
    those that are found from four places.
    """
    _, together = _blocks(clusters)
    spread = float(np.var(yi))
    starts = spread * np.array([(0.5, 0.5), (1.0, 0.0), (0.0, 1.0), (0.01, 0.01)])
    peaks = [_climb(yi, vi, (together, np.eye(yi.size)), start) for start in starts]
    best = max(peaks, key=lambda peak: peak.height)
    return Multilevel(best.mean, float(np.sqrt(best.variance)), *(float(size) for size in best.sizes))
