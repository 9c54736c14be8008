"""The exact distribution of Cochran's Q under random effects, and the interval of tau2 that follows from it.

Given tau2, Q is a positive linear combination of chi-squared variables (Biggerstaff & Jackson 2008,
doi:10.1002/sim.3453; for any weights Jackson 2013, doi:10.1002/jrsm.1081).
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc

from evidence_synthesis.stats.batch import Array, find_root

_MOST_TERMS = 20_000
_CLOSE = 1e-12
_SHRINK = 0.90625  # Farebrother's choice of beta, as a share of the smallest weight


def quadratic_form_cdf(x: float, weights: Array) -> float:
    """P(sum of weights times independent chi-squared variables on one degree of freedom <= x); weights above zero.

    Ruben's mixture of chi-squared distributions (1962, doi:10.1214/aoms/1177704580) with the recursion of AS 204
    (Farebrother 1984, doi:10.2307/2347721). NaN when 20,000 terms do not suffice (weights many orders apart).
    """
    if x <= 0:
        return 0.0
    beta = float(weights.min()) * _SHRINK
    rest = 1 - beta / weights
    half, z = weights.size / 2, x / beta / 2
    shares = np.zeros(64)
    powers = np.zeros(64)
    shares[0] = np.exp(0.5 * np.log(beta / weights).sum())
    total, mass, power = shares[0] * gammainc(half, z), shares[0], np.ones_like(rest)
    for term in range(1, _MOST_TERMS):
        if term == shares.size:
            shares, powers = (np.concatenate([a, np.zeros(a.size)]) for a in (shares, powers))
        power = power * rest
        powers[term] = 0.5 * power.sum()
        shares[term] = powers[1 : term + 1] @ shares[term - 1 :: -1] / term if term > 1 else powers[1] * shares[0]
        mass += shares[term]
        left = gammainc(half + term, z)
        total += shares[term] * left
        if (1 - mass) * left < _CLOSE:
            return float(min(total, 1.0))
    return float("nan")


def _weights_of_q(vi: Array, a: Array, tau2: float) -> Array:
    """Weights of the chi-squared variables in Q with weights ``a`` at a tau2 (the zero one left out)."""
    root = np.sqrt(vi + tau2)
    centred = np.diag(a) - np.outer(a, a) / a.sum()
    values = np.linalg.eigvalsh(root[:, None] * centred * root[None, :])
    return np.asarray(values[1:], dtype=np.float64)


def tau2_generalised_interval(yi: Array, vi: Array, a: Array | None = None, level: float = 95.0) -> tuple[float, float]:
    """Interval of tau2 by inverting the exact distribution of the generalised Q statistic with weights ``a``.

    The default weights 1 / vi are Cochran's Q (Biggerstaff & Jackson 2008). The limits are the tau2 at which Q is just
    not too large and just not too small; a limit that would be negative is 0. NaN for a single trial, and where the
    distribution cannot be computed.
    """
    if yi.size < 2:
        return float("nan"), float("nan")
    a = 1 / vi if a is None else a
    mean = (a @ yi) / a.sum()
    q = float(a @ (yi - mean) ** 2)
    tail = (1 - level / 100) / 2
    typical = float(np.mean(vi))

    def below(tau2: Array) -> Array:
        return np.array([quadratic_form_cdf(q, _weights_of_q(vi, a, float(t))) for t in tau2])

    limits = []
    for share in (1 - tail, tail):
        start = float(below(np.array([0.0]))[0])
        if np.isnan(start) or start <= share:
            limits.append(float("nan") if np.isnan(start) else 0.0)
            continue
        top = max(q * typical, typical)
        while below(np.array([top]))[0] > share:
            top *= 4
        limits.append(float(find_root(lambda t, s=share: below(t) - s, np.array([0.0]), np.array([top]))[0]))  # type: ignore[misc]
    return limits[0], limits[1]
