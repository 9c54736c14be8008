"""Effects of the arms of one trial with their sampling variances, and the conversions that lead from printed numbers to them.

Small functions, each with its source; the conversions take plain numbers or arrays alike (``elementary``). Ratios are always
returned on the log scale. *Handbook* is the Cochrane Handbook for Systematic Reviews of Interventions, version 6.5
(https://training.cochrane.org/handbook).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evidence_synthesis.effects import continuous, events
from evidence_synthesis.effects.elementary import Number, normal_quantile, power, sqrt, t_quantile
from evidence_synthesis.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One arm as the effect formulas need it: people with mean and SD, or people and events, or events in person-time."""

    n: float
    mean: float | None = None
    sd: float | None = None
    events: float | None = None
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """An effect ``yi`` with its sampling variance ``vi`` (both on the log scale for ratios)."""

    yi: float
    vi: float


class NotEstimable(EvidenceError, ValueError):
    """The numbers do not determine an effect; the message says why."""


# --- from what is printed to means and standard deviations -----------------------------------------------------------


def sd_from_se(se: Number, n: Number) -> Number:
    """SD of an arm from the standard error of its mean (Handbook 6.5.2.2)."""
    return se * sqrt(n)


def sd_from_ci(low: float, high: float, n: float, level: float = 95.0) -> float:
    """SD of an arm from the confidence interval of its mean, with t on n - 1 degrees of freedom (Handbook 6.5.2.2)."""
    if n < 2:
        raise NotEstimable("an interval of a mean needs two people")
    quantile = t_quantile(n - 1, 0.5 + level / 200)
    return math.sqrt(n) * (high - low) / (2 * quantile)


def _quantile(df: float | None, probability: float) -> float:
    return normal_quantile(probability) if df is None else t_quantile(df, probability)


def se_from_ci(low: float, high: float, level: float = 95.0, df: float | None = None) -> float:
    """Standard error of an effect from its interval: normal, or t when ``df`` is given (Handbook 6.3.1, 6.5.2.3).

    For ratios give the logarithms of the limits (Handbook 6.3.2).
    """
    return (high - low) / (2 * _quantile(df, 0.5 + level / 200))


def se_from_p(effect: float, p: float, df: float | None = None) -> float:
    """Standard error of an effect from its exact two-sided p value (Handbook 6.3.2, 6.5.2.3).

    For ratios give the logarithm of the effect. Raises NotEstimable where p says nothing about the error
    (no effect, or p of 0 or 1).
    """
    if not 0 < p < 1 or effect == 0:
        raise NotEstimable("a p value of 0 or 1, or an effect of zero, does not give a standard error")
    return abs(effect) / abs(_quantile(df, p / 2))


def sd_from_difference_se(se: Number, n_t: Number, n_c: Number) -> Number:
    """Common SD of two arms from the standard error of their mean difference (Handbook 6.5.2.3)."""
    return se / sqrt(1 / n_t + 1 / n_c)


def sd_from_difference_p(difference: float, p: float, n_t: float, n_c: float) -> float:
    """Common SD of two arms from the p value of their t test (Handbook 6.5.2.3)."""
    return sd_from_difference_se(se_from_p(difference, p, n_t + n_c - 2), n_t, n_c)


def mean_from_quartiles(q1: Number, median: Number, q3: Number, n: Number) -> Number:
    """Mean from median and quartiles (Luo 2018, formula 15, doi:10.1177/0962280216669183)."""
    weight = 0.7 + 0.39 / n
    return weight * (q1 + q3) / 2 + (1 - weight) * median


def sd_from_quartiles(q1: Number, q3: Number, n: Number) -> Number:
    """SD from the quartiles (Wan 2014, formula 16, doi:10.1186/1471-2288-14-135)."""
    return (q3 - q1) / (2 * normal_quantile((0.75 * n - 0.125) / (n + 0.25)))


def mean_from_range(low: Number, median: Number, high: Number, n: Number) -> Number:
    """Mean from median, minimum and maximum (Luo 2018, formula 7, doi:10.1177/0962280216669183)."""
    weight = 4 / (4 + power(n, 0.75))
    return weight * (low + high) / 2 + (1 - weight) * median


def sd_from_range(low: Number, high: Number, n: Number) -> Number:
    """SD from minimum and maximum (Wan 2014, formula 9, doi:10.1186/1471-2288-14-135)."""
    return (high - low) / (2 * normal_quantile((n - 0.375) / (n + 0.25)))


def mean_from_five(low: Number, q1: Number, median: Number, q3: Number, high: Number, n: Number) -> Number:
    """Mean from the five-number summary (Luo 2018, formula 19, doi:10.1177/0962280216669183)."""
    w1 = 2.2 / (2.2 + power(n, 0.75))
    w2 = 0.7 - 0.72 / power(n, 0.55)
    return w1 * (low + high) / 2 + w2 * (q1 + q3) / 2 + (1 - w1 - w2) * median


def sd_from_five(low: Number, q1: Number, q3: Number, high: Number, n: Number) -> Number:
    """SD from the five-number summary (Shi 2020, formula 10, doi:10.1002/jrsm.1429)."""
    theta1 = (2 + 0.14 * power(n, 0.6)) * normal_quantile((n - 0.375) / (n + 0.25))
    theta2 = (2 + 2 / (0.07 * power(n, 0.6))) * normal_quantile((0.75 * n - 0.125) / (n + 0.25))
    return (high - low) / theta1 + (q3 - q1) / theta2


# --- arms ------------------------------------------------------------------------------------------------------------


def _combine_two(a: ArmSummary, b: ArmSummary) -> ArmSummary:
    n = a.n + b.n
    if a.events is not None and b.events is not None:
        time = None if a.time is None or b.time is None else a.time + b.time
        return ArmSummary(n, events=a.events + b.events, time=time)
    if a.mean is None or b.mean is None or a.sd is None or b.sd is None:
        raise NotEstimable("arms of different kinds cannot be combined")
    mean = (a.n * a.mean + b.n * b.mean) / n
    between = a.n * b.n / n * (a.mean - b.mean) ** 2
    sd = math.sqrt(((a.n - 1) * a.sd**2 + (b.n - 1) * b.sd**2 + between) / (n - 1))
    return ArmSummary(n, mean, sd)


def combine_arms(arms: Sequence[ArmSummary]) -> ArmSummary:
    """Several arms as one: n, mean and SD of everybody in them, or the events summed (Handbook 6.5.2.10)."""
    combined = arms[0]
    for arm in arms[1:]:
        combined = _combine_two(combined, arm)
    return combined


def divide_arm(arm: ArmSummary, by: float) -> ArmSummary:
    """An arm with its people and events divided: a part of a shared arm, or its effective size in a cluster trial.

    Handbook 23.3.4 (shared control split evenly) and 23.1.4 (effective sample size).
    """
    events, time = (None if value is None else value / by for value in (arm.events, arm.time))
    return ArmSummary(arm.n / by, arm.mean, arm.sd, events, time)


def design_effect(cluster_size: float, icc: float) -> float:
    """Factor by which clustering inflates a variance: 1 + (m - 1) ICC (Handbook 23.1.4)."""
    return 1 + (cluster_size - 1) * icc


# --- effects of two arms ---------------------------------------------------------------------------------------------


def _moments(arm: ArmSummary) -> tuple[float, float, float]:
    if arm.mean is None or arm.sd is None:
        raise NotEstimable("a mean or SD is missing")
    return arm.n, arm.mean, arm.sd


def mean_difference(t: ArmSummary, c: ArmSummary) -> Estimate:
    """Mean difference, treatment minus comparator, with separate variances of the arms (Handbook 6.5.1.1)."""
    return Estimate(*continuous.mean_difference(*_moments(t), *_moments(c)))


def _standardisable(t: ArmSummary, c: ArmSummary) -> tuple[float, float, float, float, float, float]:
    """People, mean and SD of both arms. Raises NotEstimable where they give no standardised difference."""
    n1, m1, s1 = _moments(t)
    n2, m2, s2 = _moments(c)
    if n1 + n2 - 2 < 2:
        raise NotEstimable("too few people for a standardised mean difference")
    if continuous.pooled_sd(n1, s1, n2, s2) == 0:
        raise NotEstimable("the SD of both arms is zero")
    return n1, m1, s1, n2, m2, s2


def standardised_mean_difference(t: ArmSummary, c: ArmSummary) -> Estimate:
    """Hedges' g with the exact correction, and its large-sample variance (``continuous.hedges_g``)."""
    return Estimate(*continuous.standardised_mean_difference(*_standardisable(t, c)))


def standardised_mean_difference_revman(t: ArmSummary, c: ArmSummary) -> Estimate:
    """Hedges' adjusted g as RevMan computes it: approximate correction, denominator N - 3.94 in the variance.

    Deeks & Higgins 2010, Statistical algorithms in Review Manager 5. Used to check printed results, not to pool.
    """
    n1, m1, s1, n2, m2, s2 = _standardisable(t, c)
    total = n1 + n2
    g = (1 - 3 / (4 * total - 9)) * (m1 - m2) / continuous.pooled_sd(n1, s1, n2, s2)
    return Estimate(g, total / (n1 * n2) + g**2 / (2 * (total - 3.94)))


def _counts(t: ArmSummary, c: ArmSummary) -> tuple[float, float, float, float]:
    if t.events is None or c.events is None:
        raise NotEstimable("a number of events is missing")
    return t.events, t.n - t.events, c.events, c.n - c.events


def _ratio_counts(t: ArmSummary, c: ArmSummary) -> tuple[float, float, float, float]:
    """The four cells for a ratio: 0.5 added to each when one is empty (Handbook 10.4.4.2)."""
    cells = _counts(t, c)
    if cells[0] == cells[2] == 0:
        raise NotEstimable("no event in either arm says nothing about a ratio")
    if cells[1] == cells[3] == 0:
        raise NotEstimable("everybody in both arms had the event, which says nothing about a ratio")
    return events.with_half(*cells)


def risk_ratio(t: ArmSummary, c: ArmSummary) -> Estimate:
    """Log risk ratio (Handbook 6.4.1.1; Deeks & Higgins 2010)."""
    return Estimate(*events.log_risk_ratio(*_ratio_counts(t, c)))


def odds_ratio(t: ArmSummary, c: ArmSummary) -> Estimate:
    """Log odds ratio (Handbook 6.4.1.2; Deeks & Higgins 2010)."""
    return Estimate(*events.log_odds_ratio(*_ratio_counts(t, c)))


def risk_difference(t: ArmSummary, c: ArmSummary) -> Estimate:
    """Risk difference (Handbook 6.4.1.3). With an empty cell 0.5 is added, for the variance only."""
    return Estimate(*events.risk_difference(*_counts(t, c)))


def rate_ratio(t: ArmSummary, c: ArmSummary) -> Estimate:
    """Log ratio of two rates of events in person-time (Handbook 6.7.1; ``events.log_rate_ratio``)."""
    if t.events is None or c.events is None or not t.time or not c.time:
        raise NotEstimable("a number of events or the person-time is missing")
    if t.events == c.events == 0:
        raise NotEstimable("no event in either arm says nothing about a ratio")
    return Estimate(*events.log_rate_ratio(t.events, t.time, c.events, c.time))


ARM_FORMULAS = {
    "MD": mean_difference,
    "SMD": standardised_mean_difference,
    "RR": risk_ratio,
    "OR": odds_ratio,
    "RD": risk_difference,
    "IRR": rate_ratio,
}


def effect_of_arms(measure: str, t: ArmSummary, c: ArmSummary) -> Estimate:
    """The effect of two arms on a measure. Raises NotEstimable when the arms do not give it."""
    if measure not in ARM_FORMULAS:
        raise NotEstimable(f"{measure} cannot be computed from arms")
    estimate = ARM_FORMULAS[measure](t, c)
    if not estimate.vi > 0:
        raise NotEstimable("the variance is zero")
    return estimate


# --- several effects of one trial ------------------------------------------------------------------------------------


def composite(estimates: Sequence[Estimate], shared: Sequence[Sequence[bool]], correlation: float) -> Estimate:
    """The mean of several effects of one trial, those that share an arm being correlated.

    Borenstein 2009, Introduction to Meta-Analysis, chapter 25 (formula 25.2); two comparisons with one common arm of
    equal size correlate at 0.5. ``shared[i][j]`` tells whether effects i and j have an arm in common.
    """
    k = len(estimates)
    variance = math.fsum(
        e.vi if i == j else (correlation if shared[i][j] else 0.0) * math.sqrt(e.vi * f.vi)
        for i, e in enumerate(estimates)
        for j, f in enumerate(estimates)
    )
    return Estimate(math.fsum(e.yi for e in estimates) / k, variance / k**2)
