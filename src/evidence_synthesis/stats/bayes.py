"""A Bayesian check of a pooled result: the normal-normal model by deterministic integration, no sampler."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr

from evidence_synthesis.errors import UnknownName
from evidence_synthesis.stats.batch import Array, find_root

_NODES = 600


@dataclass(frozen=True, slots=True)
class Posterior:
    """Posterior of the mean (flat prior) and of tau: means, equal-tailed intervals, chances of effects below thresholds.

    ``below`` and ``below_new`` give, for each threshold asked for, the probability that the mean, and that the effect
    in a new setting, lies below it.
    """

    mean: float
    sd: float
    ci_low: float
    ci_high: float
    tau_mean: float
    tau_median: float
    below: tuple[float, ...]
    below_new: tuple[float, ...]


def log_prior(tau: Array, prior: str, scale: float) -> Array:
    """Log density of tau up to a constant: half-normal or half-Cauchy with a scale (Roever 2021, doi:10.1002/jrsm.1475)."""
    if prior == "half-normal":
        return -0.5 * (tau / scale) ** 2
    if prior == "half-cauchy":
        return -np.log1p((tau / scale) ** 2)
    raise UnknownName("prior of tau", prior, ("half-normal", "half-cauchy"))


@cache
def _legendre() -> tuple[Array, Array]:
    """Gauss-Legendre points and weights on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    return (x + 1) / 2, w / 2


def _nodes(scale: float, yi: Array, vi: Array, prior: str) -> tuple[Array, Array]:
    """Points and weights for the integral over tau on (0, infinity): Gauss-Legendre in tau / (tau + s)."""
    u, w = _legendre()
    s = max(float(np.median(np.sqrt(vi))), float(np.std(yi)), 1e-300)
    s = min(s, scale) if prior == "half-normal" else s
    return s * u / (1 - u), w * s / (1 - u) ** 2


def _given_tau(yi: Array, vi: Array, prior: str, scale: float) -> tuple[Array, Array, Array, Array]:
    """Points of tau with their posterior weights, and at each the mean of the effects and its precision."""
    tau, weight = _nodes(scale, yi, vi, prior)
    w = 1 / (vi[None, :] + tau[:, None] ** 2)
    sw = w.sum(1)
    mean = (w @ yi) / sw
    log_density = 0.5 * (np.log(w).sum(1) - np.log(sw) - (w * (yi[None, :] - mean[:, None]) ** 2).sum(1))
    log_density += log_prior(tau, prior, scale)
    share = np.exp(log_density - log_density.max()) * weight
    return tau, share / share.sum(), mean, sw


def chances_below(yi: Array, vi: Array, prior: str, scale: float, thresholds: Array) -> Array:
    """The probabilities that the mean lies below each threshold: those of ``posterior``, without its intervals."""
    _, share, mean, sw = _given_tau(yi, vi, prior, scale)
    cuts = np.asarray(thresholds, dtype=np.float64)
    return np.asarray(ndtr((cuts[:, None] - mean) * np.sqrt(sw)) @ share, dtype=np.float64)


def posterior(
    yi: Array,
    vi: Array,
    prior: str = "half-normal",
    scale: float = 1.0,
    thresholds: tuple[float, ...] = (0.0,),
    level: float = 95.0,
) -> Posterior:
    """Posterior of a random-effects meta-analysis with a flat prior for the mean and a proper one for tau.

    Roever 2020 (doi:10.18637/jss.v093.i06): given tau the mean is normal, so only tau needs integrating.
    """
    tau, share, mean, sw = _given_tau(yi, vi, prior, scale)
    centre = float(share @ mean)
    sd = float(np.sqrt(share @ (1 / sw + mean**2) - centre**2))

    def probability(x: Array, extra: Array) -> Array:
        return np.asarray(ndtr((x[:, None] - mean) / np.sqrt(1 / sw + extra)) @ share, dtype=np.float64)

    no_extra, cuts = np.zeros_like(tau), np.array(thresholds)
    tails = np.array([(1 - level / 100) / 2, (1 + level / 100) / 2])
    reach = np.array([60 * sd, 60 * sd])
    limits = find_root(lambda x: probability(x, no_extra) - tails, centre - reach, centre + reach)
    order = np.argsort(tau)
    return Posterior(
        mean=centre,
        sd=sd,
        ci_low=float(limits[0]),
        ci_high=float(limits[1]),
        tau_mean=float(share @ tau),
        tau_median=float(np.interp(0.5, np.cumsum(share[order]), tau[order])),
        below=tuple(float(p) for p in probability(cuts, no_extra)),
        below_new=tuple(float(p) for p in probability(cuts, tau**2)),
    )
