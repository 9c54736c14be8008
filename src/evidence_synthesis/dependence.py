"""Several effects of one trial: a multilevel model, and variances that hold whatever the dependence (CR2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from evidence_synthesis.batch import Array, find_root


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
        raise ValueError("robust variances need more clusters than columns")
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
    meat, pulls = np.zeros((x.shape[1],) * 2), []
    for g in groups:
        root = np.sqrt(phi[g])
        left = np.diag(phi[g]) - x[g] @ bread @ x[g].T
        adjust = root[:, None] * _inverse_root(root[:, None] * left * root[None, :]) * root[None, :]
        score = (x[g].T * w[g]) @ adjust
        pull = score @ residual[g]
        meat += np.outer(pull, pull)
        pulls.append(hat[g].T @ score.T @ bread)
    covariance = bread @ meat @ bread
    se = np.sqrt(np.diag(covariance))
    df = np.empty(x.shape[1])
    for column in range(x.shape[1]):
        directions = np.column_stack([pull[:, column] for pull in pulls])
        spread = directions.T @ (phi[:, None] * directions)
        df[column] = np.trace(spread) ** 2 / np.sum(spread**2)
    half = stdtrit(df, 0.5 + level / 200) * se
    return Robust(beta, se, df, beta - half, beta + half, 2 * stdtr(df, -np.abs(beta / se)), tau2)


def _restricted(yi: Array, covariance: Array) -> tuple[float, float, Array, Array]:
    """Restricted log-likelihood, mean, inverse covariance and residual projection of an intercept-only model."""
    inverse = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    total = inverse.sum()
    column = inverse.sum(1)
    projection = np.asarray(inverse - np.outer(column, column) / total, dtype=np.float64)
    height = 0.5 * (np.linalg.slogdet(inverse)[1] - np.log(total) - yi @ projection @ yi)
    return float(height), float(column @ yi / total), inverse, projection


def _root(slope: Callable[[float], float], top: float) -> float:
    """Where a falling slope crosses zero on (0, top); 0 when it is never above it."""
    if slope(0.0) <= 0:
        return 0.0
    return float(find_root(lambda t: np.array([slope(float(t[0]))]), np.array([0.0]), np.array([top]))[0])


def _scored(yi: Array, vi: Array, parts: tuple[Array, Array], start: Array) -> Array:
    """Two variances near the peak of the restricted likelihood, by Fisher scoring with steps halved where it would fall."""
    sizes = start
    height, _, _, projection = _restricted(yi, np.diag(vi) + sizes[0] * parts[0] + sizes[1] * parts[1])
    for _ in range(50):
        pull = projection @ yi
        moved = [projection @ part for part in parts]
        gradient = np.array([pull @ part @ pull - np.trace(m) for part, m in zip(parts, moved, strict=True)])
        information = np.array([[np.sum(a * b.T) for b in moved] for a in moved])
        step = np.linalg.pinv(information) @ gradient
        for _ in range(30):
            new = np.maximum(sizes + step, 0.0)
            found = _restricted(yi, np.diag(vi) + new[0] * parts[0] + new[1] * parts[1])
            if found[0] >= height:
                break
            step = step / 2
        else:
            return sizes
        done = bool(np.all(np.abs(new - sizes) <= 1e-9 * (sizes + 1e-12)))
        sizes, height, projection = new, found[0], found[3]
        if done:
            break
    return sizes


def multilevel(yi: Array, vi: Array, clusters: Sequence[str]) -> Multilevel:
    """Effects within trials: y = mean + trial + effect + error, both variances by REML.

    Konstantopoulos 2011 (doi:10.1002/jrsm.35). Fisher scoring comes near the peak; then the two variances are profiled
    in turn, each by a bracketed root, until neither moves: the restricted likelihood never falls.
    """
    _, together = _blocks(clusters)
    parts = (together, np.eye(yi.size))
    top = 4 * float(np.ptp(yi)) ** 2 + float(vi.max())
    sizes = _scored(yi, vi, parts, np.array([float(np.var(yi)) / 2, float(np.var(yi)) / 2]))

    def slope(which: int, value: float) -> float:
        trial = sizes.copy()
        trial[which] = value
        _, _, _, projection = _restricted(yi, np.diag(vi) + trial[0] * parts[0] + trial[1] * parts[1])
        pull = projection @ yi
        return float(pull @ parts[which] @ pull - np.sum(projection * parts[which]))

    for _ in range(2000):
        before = sizes.copy()
        for which in (0, 1):
            sizes[which] = _root(partial(slope, which), top)
        if np.all(np.abs(sizes - before) <= 1e-13 * (sizes + 1e-12)):
            break
    _, mean, inverse, _ = _restricted(yi, np.diag(vi) + sizes[0] * parts[0] + sizes[1] * parts[1])
    return Multilevel(mean, float(1 / np.sqrt(inverse.sum())), float(sizes[0]), float(sizes[1]))
