"""Effects that are the share of ``n`` people with an event, in one group."""

from __future__ import annotations

import numpy as np

from evidence_synthesis.effects.elementary import Array


def _filled(events: Array, n: Array) -> tuple[Array, Array]:
    """People with and without the event, 0.5 added to both where one of them is nobody."""
    without = n - events
    half = 0.5 * ((events == 0) | (without == 0))
    return events + half, without + half


def proportion(events: Array, n: Array) -> tuple[Array, Array]:
    """The raw share, with 0.5 added to both counts where one is empty."""
    x, y = _filled(events, n)
    return x / (x + y), x * y / (x + y) ** 3


def logit(events: Array, n: Array) -> tuple[Array, Array]:
    """Log odds of the share, with 0.5 added to both counts where one is empty."""
    x, y = _filled(events, n)
    return np.log(x / y), 1 / x + 1 / y


def double_arcsine(events: Array, n: Array) -> tuple[Array, Array]:
    """Freeman and Tukey's double arcsine (1950, doi:10.1214/aoms/1177729756), halved as in metafor."""
    first, second = np.arcsin(np.sqrt(events / (n + 1))), np.arcsin(np.sqrt((events + 1) / (n + 1)))
    return (first + second) / 2, 1 / (4 * n + 2)


def from_double_arcsine(value: Array, n: Array) -> Array:
    """A share from Freeman and Tukey's double arcsine, n the harmonic mean of the people (Miller 1978, doi:10.2307/2682942)."""
    lowest, highest = (double_arcsine(x, np.asarray(n, dtype=np.float64))[0] for x in (np.zeros_like(n), n))
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.sin(2 * value)
        share = (1 - np.sign(np.cos(2 * value)) * np.sqrt(np.maximum(0.0, 1 - (s + (s - 1 / s) / n) ** 2))) / 2
    return np.where(value <= lowest, 0.0, np.where(value >= highest, 1.0, share))
