"""Effects of crossover trials, in which the same people have both treatments in turn: paired variances.

``r`` is the correlation of a person's outcomes in the two periods. Every function takes numbers or arrays alike.
"""

from __future__ import annotations

from evidence_synthesis.effects import events
from evidence_synthesis.effects.elementary import Number, sqrt


def paired_variance(v_t: Number, v_c: Number, r: float) -> Number:
    """Variance of a difference of two correlated estimates from the variance of each (Handbook 23.2.7.1).

    Of means, with ``v = sd**2 / n``; of logarithms of risks and odds and of risks by the delta method (Elbourne 2002,
    doi:10.1093/ije/31.1.140).
    """
    return v_t + v_c - 2 * r * sqrt(v_t * v_c)


def correlation_of_periods(sd_t: float, sd_c: float, sd_difference: float) -> float:
    """Correlation of the periods from the SDs of both and that of the differences within people (Handbook 23.2.7.1)."""
    return (sd_t**2 + sd_c**2 - sd_difference**2) / (2 * sd_t * sd_c)


def standardised_difference(n: Number, difference: Number, sd_t: Number, sd_c: Number, r: float) -> tuple[Number, Number]:
    """Difference of means over the SD of the arms, and its variance ``(1/n + d**2 / (2 n)) 2 (1 - r)`` (Handbook 23.2.7.2).

    The SD is the root of the mean of both variances, as in a parallel trial, so that trials of both designs can be pooled; as
    in the Handbook there is no small-sample correction.
    """
    d = difference / sqrt((sd_t**2 + sd_c**2) / 2)
    return d, (1 / n + d**2 / (2 * n)) * 2 * (1 - r)


def variances_of_arms(measure: str, a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """What each arm's counts (with and without the event) add to the variance of a log RR, log OR or RD.

    0.5 is added to all four where one is empty, as in the formulas of parallel trials.
    """
    a, b, c, d = events.with_half(a, b, c, d)
    if measure == "RR":
        return 1 / a - 1 / (a + b), 1 / c - 1 / (c + d)
    if measure == "OR":
        return 1 / a + 1 / b, 1 / c + 1 / d
    return a * b / (a + b) ** 3, c * d / (c + d) ** 3
