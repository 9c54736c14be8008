"""Mixed-effects meta-regression and subgroup tests of one analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

from evidence_synthesis.errors import UnusableInput, one_of
from evidence_synthesis.stats.batch import Array, find_root, interval_about, make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.tau2 import ESTIMATORS

MODELS = tuple(ESTIMATORS)
_GRID = 48
_EVERY_ORDER_UP_TO = 8  # trials; 40,320 orders


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted meta-regression; arrays have one entry for each column of the design.

    ``f`` tests all columns but the first (the intercept) together: F on ``df`` degrees of freedom with HKSJ, a
    chi-squared over its degrees of freedom without. ``r2`` is the share of tau2 explained, in per cent; NaN for the model
    "FE", which has none. ``covariance`` is that of the coefficients, behind ``se``.
    """

    beta: Array
    se: Array
    ci_low: Array
    ci_high: Array
    p: Array
    tau2: float
    qe: float
    qe_p: float
    f: float
    f_p: float
    df: tuple[int, int]
    r2: float
    covariance: Array


def _projection(vi: Array, x: Array, tau2: float) -> tuple[Array, Array, Array]:
    """Weights, covariance of the coefficients, and the matrix P that turns effects into weighted residuals."""
    w = 1 / (vi + tau2)
    covariance = np.asarray(np.linalg.inv((x.T * w) @ x), dtype=np.float64)
    wx = x * w[:, None]
    return w, covariance, np.diag(w) - wx @ covariance @ wx.T


def _heights(yi: Array, vi: Array, x: Array, tau2: Array, restricted: bool) -> Array:
    """Log-likelihoods at many values of tau2 at once."""
    w = 1 / (vi[None, :] + tau2[:, None])
    information = np.einsum("gk,ki,kj->gij", w, x, x)
    score = (w * yi) @ x
    beta = np.linalg.solve(information, score[:, :, None])[:, :, 0]
    value = np.log(w).sum(1) - (w @ yi**2 - np.einsum("gi,gi->g", score, beta))
    return np.asarray(0.5 * (value - np.linalg.slogdet(information)[1] if restricted else value), dtype=np.float64)


def _slope(yi: Array, vi: Array, x: Array, tau2: float, restricted: bool) -> float:
    w, _, p = _projection(vi, x, tau2)
    residual = p @ yi
    return float(residual @ residual - (np.trace(p) if restricted else w.sum()))


def _by_likelihood(yi: Array, vi: Array, x: Array, restricted: bool) -> float:
    """tau2 at the highest peak of the (restricted) likelihood."""
    top = max(yi.size * float(np.ptp(yi)) ** 2, float(np.finfo(float).tiny))
    grid = np.concatenate(([0.0], np.geomspace(min(vi.min() * 1e-3, top * 1e-6), top, _GRID)))
    best = int(np.argmax(_heights(yi, vi, x, grid, restricted)))
    rising = _slope(yi, vi, x, grid[best], restricted) > 0
    if best == 0 and not rising:
        return 0.0
    low, high = (grid[best], grid[min(best + 1, _GRID)]) if rising else (grid[best - 1], grid[best])
    root = find_root(lambda t: np.array([_slope(yi, vi, x, float(t[0]), restricted)]), np.array([low]), np.array([high]))
    return float(root[0])


def _by_residual_q(yi: Array, vi: Array, x: Array) -> float:
    """tau2 at which the residual Q equals its expectation, the studies less the columns (Paule and Mandel)."""
    df = yi.size - x.shape[1]

    def excess(tau2: Array) -> Array:
        return np.array([float(yi @ _projection(vi, x, float(tau2[0]))[2] @ yi) - df])

    if excess(np.zeros(1))[0] <= 0:
        return 0.0
    return float(find_root(excess, np.zeros(1), np.array([yi.size * float(np.ptp(yi)) ** 2 / df]))[0])


def residual_tau2(yi: Array, vi: Array, x: Array, model: str = "REML") -> float:
    """tau2 left after the columns of ``x``, by any estimator of ``tau2.ESTIMATORS`` (FE: 0).

    The likelihoods at their highest peak (Raudenbush 2009); the others as Viechtbauer 2005 (doi:10.3102/10769986030003261)
    has them for a mean, with the residuals about the regression for those about the mean, as metafor's ``rma``. Raises
    UnknownName for any other model.
    """
    if one_of("estimator of meta-regression", model, MODELS) == "FE":
        return 0.0
    if model in ("REML", "ML"):
        return _by_likelihood(yi, vi, x, model == "REML")
    if model in ("PM", "EB"):
        return _by_residual_q(yi, vi, x)
    k, columns = x.shape
    if model == "SJ":
        start = float(np.var(yi))
        if start == 0:
            return 0.0
        return float(start * (yi @ _projection(vi, x, start)[2] @ yi) / (k - columns))
    if model == "HE":
        p = np.eye(k) - x @ np.linalg.solve(x.T @ x, x.T)
        return float(max(0.0, (yi @ p @ yi - np.diag(p) @ vi) / (k - columns)))
    w, _, p = _projection(vi, x, 0.0)
    q = float(yi @ p @ yi)
    return max(0.0, (q - k) / float(w.sum()) if model == "HS" else float((q - (k - columns)) / np.trace(p)))


def meta_regression(yi: Array, vi: Array, x: Array, model: str = "REML", hksj: bool = True, level: float = 95.0) -> Regression:
    """Regress effects on the columns of ``x`` (an intercept first) with residual heterogeneity.

    ``yi``, ``vi``: k effects and variances; ``x``: k rows. With ``hksj`` tests and intervals follow Knapp & Hartung
    2003 (doi:10.1002/sim.1482). R2 is that of Raudenbush 2009. Raises UnusableInput when the trials do not outnumber the
    columns or columns depend on each other.
    """
    k, columns = x.shape
    if k <= columns or np.linalg.matrix_rank(x) < columns:
        raise UnusableInput(
            "design", "meta-regression needs more trials than columns, and columns that do not depend on each other"
        )
    tau2 = residual_tau2(yi, vi, x, model)
    w, covariance, p = _projection(vi, x, tau2)
    beta = covariance @ (x.T * w) @ yi
    df = k - columns
    scale = max(0.0, float(yi @ p @ yi)) / df if hksj else 1.0
    covariance = covariance * scale
    se = np.sqrt(np.diag(covariance))
    _, _, fixed = _projection(vi, x, 0.0)
    qe = float(yi @ fixed @ yi)
    tested = beta[1:]
    f = np.nan
    if columns > 1 and scale > 0:  # effects that lie on the line exactly leave no variance to test by
        f = float(tested @ np.linalg.solve(covariance[1:, 1:], tested)) / (columns - 1)
    without = residual_tau2(yi, vi, x[:, :1], model)
    low, high = interval_about(beta, (float(stdtrit(df, 0.5 + level / 200)) if hksj else float(ndtri(0.5 + level / 200))) * se)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = -np.abs(beta / se)
    return Regression(
        beta=beta,
        se=se,
        ci_low=low,
        ci_high=high,
        p=2 * (stdtr(df, statistic) if hksj else ndtr(statistic)),
        tau2=tau2,
        qe=qe,
        qe_p=float(chdtrc(df, qe)),
        f=f,
        f_p=float(fdtrc(columns - 1, df, f)) if hksj else float(chdtrc(columns - 1, f * (columns - 1))),
        df=(columns - 1, df),
        r2=np.nan if model == "FE" else max(0.0, 100 * (without - tau2) / without) if without > 0 else 0.0,
        covariance=covariance,
    )


def _fits(yi: Array, vi: Array, x: Array, tau2: Array) -> tuple[Array, Array, Array, Array]:
    """Weights, inverse information, coefficients and residual Q of many designs at once (``x``: designs, trials, columns)."""
    w = 1 / (vi + tau2[:, None])
    information = np.linalg.inv(np.einsum("gk,gki,gkj->gij", w, x, x))
    beta = np.einsum("gij,gkj,gk->gi", information, x, w * yi)
    residual = yi - np.einsum("gki,gi->gk", x, beta)
    return w, information, beta, (w * residual**2).sum(1)


def _joint_f(yi: Array, vi: Array, x: Array) -> Array:
    """F of all columns but the first, HKSJ with tau2 by DL, of many designs at once."""
    _, k, columns = x.shape
    w, information, _, q = _fits(yi, vi, x, np.zeros(x.shape[0]))
    trace = w.sum(1) - np.einsum("gij,gk,gki,gkj->g", information, w**2, x, x)
    _, information, beta, q = _fits(yi, vi, x, np.maximum(0.0, (q - (k - columns)) / trace))
    tested = beta[:, 1:]
    form = np.einsum("gi,gi->g", tested, np.linalg.solve(information[:, 1:, 1:], tested[:, :, None])[:, :, 0])
    return np.asarray(form / (columns - 1) / (q / (k - columns)), dtype=np.float64)


def permutation_p(yi: Array, vi: Array, x: Array, rounds: int, seed: int) -> float:
    """P of the joint test of the moderators from permuting the rows of ``x`` (Higgins & Thompson 2004, doi:10.1002/sim.1752).

    The statistic is the HKSJ F with tau2 by DL, which has a closed form: under exchangeability any statistic keeps its
    level (Follmann & Proschan 1999, doi:10.1111/j.0006-341X.1999.00732.x). Every order is taken when there are no more
    than ``rounds`` + 1, otherwise a seeded sample in which the observed order counts as one of ``rounds`` + 1.
    """
    k = yi.size
    if k <= _EVERY_ORDER_UP_TO and factorial(k) <= rounds + 1:
        orders = np.array(list(permutations(range(k))))
    else:
        rng = np.random.default_rng(seed)
        orders = np.vstack([np.arange(k), rng.permuted(np.tile(np.arange(k), (rounds, 1)), axis=1)])
    with np.errstate(divide="ignore", invalid="ignore"):
        f = _joint_f(yi, vi, x[orders])
    if not np.isfinite(f[0]):  # effects that lie on the line exactly
        return float("nan")
    return float(np.mean(f >= f[0] * (1 - 1e-9)))


def dummies(groups: Sequence[str]) -> tuple[Array, list[str]]:
    """Design of a factor: an intercept for the first group and a column for each other one, in alphabetical order."""
    names = sorted(set(groups))
    columns: list[NDArray[np.float64]] = [np.ones(len(groups))]
    columns += [np.array([float(g == name) for g in groups]) for name in names[1:]]
    return np.column_stack(columns), names


@dataclass(frozen=True, slots=True)
class SubgroupTest:
    """Whether subgroups differ: statistic, degrees of freedom and p."""

    statistic: float
    df: tuple[int, int]
    p: float


def subgroup_test(
    yi: Array, vi: Array, groups: Sequence[str], common_tau2: bool = True, model: str = "REML", hksj: bool = True
) -> SubgroupTest:
    """Test for a difference between subgroups.

    With a common tau2: the test of a meta-regression on the factor, F by Knapp and Hartung with ``hksj``, otherwise
    chi-squared (``df`` has no second part), which for the model "FE" is the Q between subgroups. With separate tau2: the
    subgroups' pooled estimates compared by their Wald variances, chi-squared on one less degree of freedom (Borenstein 2009,
    chapter 19). ``model`` estimates tau2.
    """
    if common_tau2:
        fit = meta_regression(yi, vi, dummies(groups)[0], model, hksj)
        return SubgroupTest(fit.f, fit.df, fit.f_p) if hksj else SubgroupTest(fit.f * fit.df[0], (fit.df[0], 0), fit.f_p)
    names = sorted(set(groups))
    chosen = [np.array([g == name for g in groups]) for name in names]
    pooled = pool(make_batch([(yi[c], vi[c]) for c in chosen]), model, hksj=False, limits=False)
    w = 1 / pooled.wald_se**2
    mean = (w * pooled.estimate).sum() / w.sum()
    statistic = float((w * (pooled.estimate - mean) ** 2).sum())
    return SubgroupTest(statistic, (len(names) - 1, 0), float(chdtrc(len(names) - 1, statistic)))
