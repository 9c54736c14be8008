"""Effects of counts: two-by-two tables and events in person-time. Treatment first, comparator second; ratios as logarithms.

The four cells of a table are ``a`` events and ``b`` without of the treatment, ``c`` events and ``d`` without of the
comparator. Each function gives the effect and its variance, of numbers or of arrays alike (``elementary``). *Handbook* is the
Cochrane Handbook for Systematic Reviews of Interventions, version 6.5.
"""

from __future__ import annotations

import numpy as np

from evidence_synthesis.effects.elementary import Array, Number, log


def with_half(a: Number, b: Number, c: Number, d: Number) -> tuple[Number, Number, Number, Number]:
    """The cells with 0.5 added to each where one of them is empty (Handbook 10.4.4.2)."""
    half = 0.5 * ((a == 0) | (b == 0) | (c == 0) | (d == 0))
    return a + half, b + half, c + half, d + half


def log_risk_ratio(a: Number, b: Number, c: Number, d: Number) -> tuple[Number, Number]:
    """Log risk ratio (Handbook 6.4.1.1; Deeks & Higgins 2010)."""
    return log(a / (a + b)) - log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def log_odds_ratio(a: Number, b: Number, c: Number, d: Number) -> tuple[Number, Number]:
    """Log odds ratio (Handbook 6.4.1.2; Deeks & Higgins 2010)."""
    return log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def risk_difference(a: Number, b: Number, c: Number, d: Number) -> tuple[Number, Number]:
    """Risk difference (Handbook 6.4.1.3). With an empty cell 0.5 is added, for the variance only."""
    difference = a / (a + b) - c / (c + d)
    a, b, c, d = with_half(a, b, c, d)
    return difference, a * b / (a + b) ** 3 + c * d / (c + d) ** 3


def peto_log_odds_ratio(a: Number, b: Number, c: Number, d: Number) -> tuple[Number, Number]:
    """Peto's log odds ratio, (O - E) / V, and 1 / V (Yusuf 1985, doi:10.1016/S0033-0620(85)80003-7; Handbook 10.4.2).

    No cell needs a correction; nobody or everybody with the event leaves V at 0.
    """
    n, m = a + b, c + d
    events, people = a + c, n + m
    variance = n * m * events * (people - events) / (people**2 * (people - 1))
    return (a - n * events / people) / variance, 1 / variance


def arcsine_difference(a: Array, b: Array, c: Array, d: Array) -> tuple[Array, Array]:
    """Difference of the arcsines of the roots of two risks (Ruecker 2009, doi:10.1002/sim.3511)."""
    n, m = a + b, c + d
    return np.arcsin(np.sqrt(a / n)) - np.arcsin(np.sqrt(c / m)), 1 / (4 * n) + 1 / (4 * m)


def _informative(a: Array, b: Array, c: Array, d: Array) -> tuple[Array, Array, Array, Array]:
    """The cells with 0.5 added where one is empty; NaN where nobody, or everybody in both arms, had the event."""
    silent = ((a == 0) & (c == 0)) | ((b == 0) & (d == 0))
    a, b, c, d = with_half(a, b, c, d)
    return np.where(silent, np.nan, a), b, c, d


def risk_ratio_of_tables(a: Array, b: Array, c: Array, d: Array) -> tuple[Array, Array]:
    """Log risk ratio (Handbook 6.4.1.1); where a cell is empty, 0.5 is added to all four (Handbook 10.4.4.2).

    NaN where a table says nothing about a ratio.
    """
    return log_risk_ratio(*_informative(a, b, c, d))


def odds_ratio_of_tables(a: Array, b: Array, c: Array, d: Array) -> tuple[Array, Array]:
    """Log odds ratio (Handbook 6.4.1.2); where a cell is empty, 0.5 is added to all four (Handbook 10.4.4.2).

    NaN where a table says nothing about a ratio.
    """
    return log_odds_ratio(*_informative(a, b, c, d))


def log_rate_ratio(events_t: Number, time_t: Number, events_c: Number, time_c: Number) -> tuple[Number, Number]:
    """Log ratio of two rates of events in person-time (Rothman 2008, Modern Epidemiology, chapter 14; Handbook 6.7.1).

    With no event on one side 0.5 is added to both counts.
    """
    half = 0.5 * ((events_t == 0) | (events_c == 0))
    x, y = events_t + half, events_c + half
    return log(x / time_t) - log(y / time_c), 1 / x + 1 / y


def rate_ratio_of_counts(events_t: Array, time_t: Array, events_c: Array, time_c: Array) -> tuple[Array, Array]:
    """Log rate ratio of events in person-time (Handbook 6.7.1); with no event on one side, 0.5 is added to both counts.

    NaN where there is no event on either side.
    """
    silent = (events_t == 0) & (events_c == 0)
    return log_rate_ratio(np.where(silent, np.nan, events_t), time_t, events_c, time_c)


def rate_difference(events_t: Array, time_t: Array, events_c: Array, time_c: Array) -> tuple[Array, Array]:
    """Difference of two rates (Handbook 6.7.1). With no event on one side 0.5 is added to both counts, for the variance only."""
    half = 0.5 * ((events_t == 0) | (events_c == 0))
    variance = (events_t + half) / time_t**2 + (events_c + half) / time_c**2
    return events_t / time_t - events_c / time_c, variance
