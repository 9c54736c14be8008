"""Small-study effects of one analysis: funnel asymmetry, filled trials, and adjusted estimates.

Offered from ten trials on (Handbook 13.3.5.4): below that ``TooFew`` is raised. What these methods find is an
association of effect and precision, of which selective publication is one possible cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from evidence_synthesis.errors import EvidenceError, one_of
from evidence_synthesis.stats.batch import Array, interval_about, make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.tau2 import tau2_reml

_DEPENDENT = 1e-9  # share of a column that the other leaves, below which nothing tells them apart
MINIMUM = 10
_STEPS = 50  # of Newton's method, which needs five or so


class TooFew(EvidenceError, ValueError):
    """There are fewer trials than these methods need."""


def require_ten(k: int) -> None:
    """Raise TooFew below ten trials."""
    if k < MINIMUM:
        raise TooFew(f"tests for small-study effects need {MINIMUM} trials; there are {k} (Handbook 13.3.5.4)")


@dataclass(frozen=True, slots=True)
class RegressionLine:
    """A weighted regression line: intercept and slope with standard errors, t and p on k - 2 degrees of freedom."""

    intercept: float
    intercept_se: float
    intercept_p: float
    slope: float
    slope_se: float
    slope_t: float
    slope_p: float


def _inverse(design: Array) -> Array:
    """Inverse of the cross products of two columns; NaN where they depend on each other (all trials are equally precise)."""
    _, r = np.linalg.qr(design)
    if abs(r[1, 1]) <= _DEPENDENT * np.linalg.norm(design[:, 1]):
        return np.full((2, 2), np.nan)
    half = np.linalg.inv(r)
    return np.asarray(half @ half.T, dtype=np.float64)


def weighted_line(y: Array, x: Array, w: Array) -> RegressionLine:
    """Least squares of y on x with weights known up to a factor, which is estimated (R's ``lm(y ~ x, weights = w)``).

    All values are NaN where x does not vary.
    """
    design = np.column_stack([np.ones_like(x), x])
    inverse = _inverse(design * np.sqrt(w)[:, None])
    beta = inverse @ (design.T * w) @ y
    residual = y - design @ beta
    df = y.size - 2
    se = np.sqrt(np.diag(inverse) * float(w @ residual**2) / df)
    t = beta / se
    p = 2 * stdtr(df, -np.abs(t))
    return RegressionLine(*(float(v) for v in (beta[0], se[0], p[0], beta[1], se[1], t[1], p[1])))


def egger(yi: Array, vi: Array) -> RegressionLine:
    """Egger's regression as effects on standard errors, weights 1 / vi: the slope tests asymmetry.

    Egger 1997 (doi:10.1136/bmj.315.7109.629); the same test as the intercept of the radial form.
    """
    require_ten(yi.size)
    return weighted_line(yi, np.sqrt(vi), 1 / vi)


def peters(yi: Array, events: Array, total: Array) -> RegressionLine:
    """Peters' test for log odds ratios: effects on 1 / n, weights from the pooled events (2006, doi:10.1001/jama.295.6.676)."""
    require_ten(yi.size)
    return weighted_line(yi, 1 / total, 1 / (1 / events + 1 / (total - events)))


def harbord(e1: Array, n1: Array, e2: Array, n2: Array) -> RegressionLine:
    """Harbord's test for odds ratios: efficient score over its variance on its root (2006, doi:10.1002/sim.2380).

    ``e`` events of ``n`` people, treatment and comparator. The slope tests asymmetry.
    """
    require_ten(e1.size)
    n, e = n1 + n2, e1 + e2
    score = e1 - e * n1 / n
    variance = n1 * n2 * e * (n - e) / (n**2 * (n - 1))
    usable = variance > 0
    score, variance = score[usable], variance[usable]
    return weighted_line(score / variance, 1 / np.sqrt(variance), variance)


def begg(yi: Array, vi: Array) -> tuple[float, float]:
    """Rank correlation of standardised effects and variances: Kendall's tau and p (Begg & Mazumdar 1994, doi:10.2307/2533446)."""
    from scipy.stats import kendalltau

    require_ten(yi.size)
    fixed = (yi / vi).sum() / (1 / vi).sum()
    deviates = (yi - fixed) / np.sqrt(vi - 1 / (1 / vi).sum())
    ties = len(set(vi)) < vi.size or len(set(deviates)) < vi.size
    result = kendalltau(deviates, vi, method="asymptotic" if ties else "exact")
    return float(result.statistic), float(result.pvalue)


@dataclass(frozen=True, slots=True)
class Filled:
    """Trim-and-fill: trials filled in on a side, their effects and variances, and the pooled result with them."""

    missing: int
    side: str
    yi: Array
    vi: Array
    estimate: float
    ci_low: float
    ci_high: float


def _missing(ranks: Array, k: int, estimator: str) -> int:
    """Number of missing trials from signed ranks (Duval & Tweedie 2000, doi:10.1111/j.0006-341X.2000.00455.x)."""
    if one_of("trim-and-fill estimator", estimator, ("L0", "R0")) == "R0":
        negative = -ranks[ranks < 0]
        found = k - (negative.max() if negative.size else 0.0) - 1
    else:
        found = (4 * ranks[ranks > 0].sum() - k * (k + 1)) / (2 * k - 1)
    return max(0, int(np.round(found)))


def trim_and_fill(yi: Array, vi: Array, estimator: str = "L0", model: str = "REML", level: float = 95.0) -> Filled:
    """Trim-and-fill with the L0 or R0 estimator (Duval & Tweedie 2000, doi:10.1111/j.0006-341X.2000.00455.x).

    Trials are filled on the side that the slope of Egger's line points away from; the pooled interval is Wald's.
    """
    require_ten(yi.size)
    side = "right" if egger(yi, vi).slope < 0 else "left"
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * yi, kind="stable")
    y, v = (sign * yi)[order], vi[order]
    k, found, before = y.size, 0, -1
    centre = 0.0
    for _ in range(100):
        if found == before:
            break
        before = found
        kept = slice(0, k - found)
        centre = float(pool(make_batch([(y[kept], v[kept])]), model, hksj=False, limits=False).estimate[0])
        distance = y - centre
        ranks = np.empty(k)
        ranks[np.argsort(np.abs(distance), kind="stable")] = np.arange(1, k + 1)
        found = _missing(np.sign(distance) * ranks, k, estimator)
    filled, variances = sign * (2 * centre - y[k - found :]), v[k - found :]
    all_y, all_v = np.concatenate([yi, filled]), np.concatenate([vi, variances])
    result = pool(make_batch([(all_y, all_v)]), model, hksj=False, level=level, limits=False).at(0)
    return Filled(found, side, filled, variances, result["estimate"], result["ci_low"], result["ci_high"])


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An estimate adjusted for small-study effects, with interval and p."""

    method: str
    estimate: float
    ci_low: float
    ci_high: float
    p: float


def pet_peese(yi: Array, vi: Array, level: float = 95.0) -> tuple[Adjusted, Adjusted, Adjusted]:
    """PET, PEESE, and the one of them that the conditional rule takes.

    Effects at zero standard error (PET) or zero variance (PEESE) of a weighted line; PEESE where PET's estimate differs
    from zero at p < 0.1 (Stanley & Doucouliagos 2014, doi:10.1002/jrsm.1095).
    """
    require_ten(yi.size)
    quantile = float(stdtrit(yi.size - 2, 0.5 + level / 200))
    results = []
    for method, x in (("PET", np.sqrt(vi)), ("PEESE", vi)):
        line = weighted_line(yi, x, 1 / vi)
        low, high = map(float, interval_about(line.intercept, quantile * line.intercept_se))
        results.append(Adjusted(method, line.intercept, low, high, line.intercept_p))
    pet, peese = results
    return pet, peese, peese if pet.p < 0.1 else pet


def limit_meta_analysis(yi: Array, vi: Array, level: float = 95.0) -> Adjusted:
    """The effect that trials of unlimited precision would have, heterogeneity left in (Ruecker 2011).

    The random-effects model with a small-study effect, effect = beta + s (alpha + error) with s = sqrt(vi + tau2) and
    errors of variance 1: on the radial scale a line with intercept alpha and slope beta. At vi = 0 it gives
    beta + tau alpha (doi:10.1093/biostatistics/kxq046, 'beta0'). tau2 by REML; Wald interval. NaN where all trials are
    equally precise.
    """
    require_ten(yi.size)
    tau2 = float(tau2_reml(make_batch([(yi, vi)]))[0])
    s = np.sqrt(vi + tau2)
    design = np.column_stack([np.ones_like(s), 1 / s])
    covariance = _inverse(design)
    alpha_beta = covariance @ design.T @ (yi / s)
    at_limit = np.array([np.sqrt(tau2), 1.0])
    estimate, se = float(at_limit @ alpha_beta), float(np.sqrt(at_limit @ covariance @ at_limit))
    low, high = map(float, interval_about(estimate, float(ndtri(0.5 + level / 200)) * se))
    return Adjusted("limit", estimate, low, high, 2 * float(ndtr(-abs(estimate) / se)))


@dataclass(frozen=True, slots=True)
class Selected:
    """A step selection model: mean, tau2, the relative chance of publication beyond the step, and its likelihood-ratio test."""

    estimate: float
    se: float
    tau2: float
    delta: float
    lr: float
    lr_p: float


@dataclass(frozen=True, slots=True)
class _StepLikelihood:
    """Minus the log-likelihood of a step selection model in mean, tau2 and log(delta); ``y`` below ``cut`` is beyond the step."""

    y: Array
    vi: Array
    cut: Array

    def __call__(self, x: Array) -> tuple[float, Array]:
        """Value and first derivatives."""
        total, off, delta = self.vi + x[1], self.y - x[0], np.exp(x[2])
        beyond, z = self.y < self.cut, (x[0] - self.cut) / np.sqrt(total)
        published = delta * ndtr(-z) + ndtr(z)  # the chance, against that of a significant trial
        value = 0.5 * np.log(2 * np.pi * total) + 0.5 * off**2 / total - beyond * x[2] + np.log(published)
        pull = (1 - delta) * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi * total) / published
        slopes = (
            pull - off / total,
            0.5 / total - 0.5 * (off / total) ** 2 - 0.5 * pull * z / np.sqrt(total),
            delta * ndtr(-z) / published - beyond,
        )
        return float(value.sum()), np.array([part.sum() for part in slopes])

    def of_log_tau2(self, x: Array) -> tuple[float, Array]:
        """The same in log(tau2) instead of tau2: a search may then go anywhere."""
        tau2 = np.exp(x[1])
        value, slopes = self(np.array([x[0], tau2, x[2]]))
        return value, slopes * (1.0, tau2, 1.0)

    def curvature(self, x: Array) -> Array:
        """Second derivatives, from differences of the first."""
        sides = []
        for i, step in enumerate((np.sqrt(self.vi.mean()), self.vi.mean(), 1.0)):
            move = 1e-5 * step * (np.arange(3) == i)
            sides.append((self(x + move)[1] - self(x - move)[1]) / (2e-5 * step))
        return np.array(sides)


def _tops(loss: _StepLikelihood, near: Array) -> Iterator[tuple[Array, Array]]:
    """The top of the likelihood beside ``near`` by Newton's method, with the covariance there; nothing where it is flat.

    A tau2 of 0 stays, as the limit of the model, where a larger one is less likely.
    """
    at, free = near, np.array([True, near[1] > 0, True])
    scale = np.array([np.sqrt(loss.vi.mean()), loss.vi.mean(), 1.0])
    for _ in range(_STEPS):
        slopes, curves = loss(at)[1], loss.curvature(at)[np.ix_(free, free)]
        if not np.isfinite(curves).all() or np.linalg.matrix_rank(curves) < len(curves):
            return
        step = np.zeros(3)
        step[free] = np.linalg.solve(curves, slopes[free])
        at = at - step
        if np.all(np.abs(step) < 1e-12 * (scale + np.abs(at))):
            break
    else:
        return
    if np.linalg.eigvalsh(curves).min() > 0 and (at[1] > 0 or (at[1] == 0 and slopes[1] >= 0)):
        yield at, np.linalg.inv(curves)


def selection_model(yi: Array, vi: Array, step: float = 0.025, negative: bool = True) -> Selected:
    """Three-parameter selection model: one step in the one-sided p value, maximum likelihood.

    Trials with p above ``step`` are published ``delta`` times as often as the others (Vevea & Hedges 1995,
    doi:10.1007/BF02294384). ``negative``: whether small (negative) effects are the significant ones. All values are NaN
    where no trial, or every trial, lies beyond the step: nothing then tells how often the others are published (metafor
    refuses as well); they are NaN, too, where the likelihood has no top.
    """
    from scipy.optimize import minimize
    from scipy.special import chdtrc

    require_ten(yi.size)
    loss = _StepLikelihood(-yi if negative else yi, vi, -float(ndtri(step)) * np.sqrt(vi))
    nothing = Selected(*[float("nan")] * len(fields(Selected)))
    if np.unique(loss.y < loss.cut).size < 2:
        return nothing
    plain = pool(make_batch([(loss.y, vi)]), "ML", hksj=False, limits=False)
    without = np.array([plain.estimate[0], plain.tau2[0], 0.0])
    first = without.copy()
    first[1] = np.log(max(without[1], 1e-4 * float(vi.mean())))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a search may stray; what it finds is finite
        near = minimize(loss.of_log_tau2, first, jac=True, method="BFGS").x
        near[1] = np.exp(near[1])
        tops = [*_tops(loss, near), *_tops(loss, near * (1, 0, 1))]
    if not tops:
        return nothing
    best, covariance = min(tops, key=lambda top: loss(top[0])[0])
    lr = max(0.0, 2 * (loss(without)[0] - loss(best)[0]))
    sign = -1.0 if negative else 1.0
    se = float(np.sqrt(covariance[0, 0]))
    return Selected(sign * float(best[0]), se, float(best[1]), float(np.exp(best[2])), lr, float(chdtrc(1, lr)))
