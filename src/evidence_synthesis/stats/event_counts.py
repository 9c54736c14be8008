"""Pooling counts of events directly: Mantel-Haenszel and Peto, for rare events and as RevMan offers them.

Arrays hold one entry for each trial: events ``e`` of ``n`` people, treatment (1) and comparator (2). Both are
fixed-effect methods; log ratios are returned, differences as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.stats.batch import Array


@dataclass(frozen=True, slots=True)
class PooledEvents:
    """A pooled effect with its standard error (log scale for ratios), and how many trials had something to say."""

    estimate: float
    se: float
    trials: int


def _cells(e1: Array, n1: Array, e2: Array, n2: Array) -> tuple[Array, Array, Array, Array, Array]:
    if not all(np.all((e >= 0) & (e <= n) & (n > 0)) for e, n in ((e1, n1), (e2, n2))):
        raise UnusableInput("", "events must lie between 0 and the number of people, which must be above 0")
    return e1, n1 - e1, e2, n2 - e2, n1 + n2


def mantel_haenszel_or(e1: Array, n1: Array, e2: Array, n2: Array) -> PooledEvents:
    """Log odds ratio with the variance of Robins, Breslow & Greenland (1986, doi:10.2307/2531052); no cell is corrected.

    Raises ValueError when no trial has events, or none is without them, on either side.
    """
    a, b, c, d, n = _cells(e1, n1, e2, n2)
    r, s = a * d / n, b * c / n
    if r.sum() == 0 or s.sum() == 0:
        raise UnusableInput("", "the Mantel-Haenszel odds ratio is not defined for these counts")
    p, q = (a + d) / n, (b + c) / n
    total_r, total_s = r.sum(), s.sum()
    variance = (p @ r) / (2 * total_r**2) + (p @ s + q @ r) / (2 * total_r * total_s) + (q @ s) / (2 * total_s**2)
    informative = (e1 + e2 > 0) & (e1 + e2 < n)
    return PooledEvents(float(np.log(total_r / total_s)), float(np.sqrt(variance)), int(informative.sum()))


def mantel_haenszel_rr(e1: Array, n1: Array, e2: Array, n2: Array) -> PooledEvents:
    """Log risk ratio (Greenland & Robins 1985, doi:10.2307/2530643); no cell is corrected.

    Raises ValueError when one side has no events at all.
    """
    a, _, c, _, n = _cells(e1, n1, e2, n2)
    r, s = (a * n2 / n).sum(), (c * n1 / n).sum()
    if r == 0 or s == 0:
        raise UnusableInput("", "the Mantel-Haenszel risk ratio is not defined for these counts")
    variance = ((n1 * n2 * (a + c) - a * c * n) / n**2).sum() / (r * s)
    return PooledEvents(float(np.log(r / s)), float(np.sqrt(variance)), int(np.sum(e1 + e2 > 0)))


def mantel_haenszel_rd(e1: Array, n1: Array, e2: Array, n2: Array) -> PooledEvents:
    """Risk difference with the variance of Sato, Greenland & Robins (1989, doi:10.2307/2531496)."""
    a, b, c, d, n = _cells(e1, n1, e2, n2)
    weight = (n1 * n2 / n).sum()
    estimate = ((a * n2 - c * n1) / n).sum() / weight
    p = (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2
    q = (a * d + b * c) / (2 * n)
    return PooledEvents(float(estimate), float(np.sqrt((estimate * p.sum() + q.sum()) / weight**2)), int(n.size))


def peto(e1: Array, n1: Array, e2: Array, n2: Array) -> PooledEvents:
    """Peto's one-step log odds ratio (Yusuf 1985, doi:10.1016/S0033-0620(85)80003-7).

    Trials without events, or with events only, carry no weight. Raises ValueError when that holds for all.
    """
    a, _, c, _, n = _cells(e1, n1, e2, n2)
    events = a + c
    expected = n1 * events / n
    variance = np.where(n > 1, n1 * n2 * events * (n - events) / (n**2 * np.maximum(n - 1, 1)), 0.0)
    if variance.sum() == 0:
        raise UnusableInput("", "no trial has events in some people and not in others")
    return PooledEvents(
        float((a - expected).sum() / variance.sum()), float(1 / np.sqrt(variance.sum())), int(np.sum(variance > 0))
    )
