"""Effects of means: raw and standardised differences, ratios, single means. Treatment first, comparator second.

Each function gives the effect and its variance, of numbers or of arrays alike (``elementary``).
"""

from __future__ import annotations

import math

import numpy as np

from evidence_synthesis.effects.elementary import Array, Number, exp, log, log_gamma, sqrt


def mean_difference(n1: Number, m1: Number, s1: Number, n2: Number, m2: Number, s2: Number) -> tuple[Number, Number]:
    """Mean difference with separate variances of the arms (Handbook 6.5.1.1)."""
    return m1 - m2, s1**2 / n1 + s2**2 / n2


def hedges_correction(df: Number) -> Number:
    """Exact small-sample correction J of a standardised mean difference (Hedges 1981, doi:10.3102/10769986006002107).

    NaN on one degree of freedom or none, where it would make every difference zero.
    """
    if isinstance(df, np.ndarray):
        df = np.where(df > 1, df, np.nan)
    elif df <= 1:
        return math.nan
    return exp(log_gamma(df / 2) - log_gamma((df - 1) / 2) - log(sqrt(df / 2)))


def pooled_sd(n1: Number, s1: Number, n2: Number, s2: Number) -> Number:
    """SD within both arms, on n1 + n2 - 2 degrees of freedom."""
    return sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2))


def hedges_g(difference: Number, sd: Number, n1: Number, n2: Number) -> tuple[Number, Number]:
    """Hedges' g of a difference and the SD within arms, with the exact correction, and its large-sample variance.

    Variance 1/n1 + 1/n2 + g^2 / (2 (n1 + n2)), as in Borenstein 2009 and metafor's ``vtype="LS"``
    (Hedges 1981, doi:10.3102/10769986006002107).
    """
    g = hedges_correction(n1 + n2 - 2) * difference / sd
    return g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))


def standardised_mean_difference(n1: Number, m1: Number, s1: Number, n2: Number, m2: Number, s2: Number) -> tuple[Number, Number]:
    """Hedges' g: the mean difference over the pooled SD, with the exact small-sample correction (Hedges 1981,
    doi:10.3102/10769986006002107).

    Its variance is that of ``hedges_g``.
    """
    return hedges_g(m1 - m2, pooled_sd(n1, s1, n2, s2), n1, n2)


def standardised_mean_difference_unequal(n1: Array, m1: Array, s1: Array, n2: Array, m2: Array, s2: Array) -> tuple[Array, Array]:
    """Standardised mean difference for SDs that differ: over the root of their mean square (Bonett 2008,
    doi:10.1037/1082-989X.13.2.99).

    With the small-sample correction on n1 + n2 - 2 degrees of freedom.
    """
    total, j = s1**2 + s2**2, hedges_correction(n1 + n2 - 2)
    g = j * (m1 - m2) / np.sqrt(total / 2)
    of_sd = g**2 * (s1**4 / (n1 - 1) + s2**4 / (n2 - 1)) / (2 * total**2)
    return g, j**2 * (of_sd + (s1**2 / (n1 - 1) + s2**2 / (n2 - 1)) / (total / 2))


def log_ratio_of_means(n1: Array, m1: Array, s1: Array, n2: Array, m2: Array, s2: Array) -> tuple[Array, Array]:
    """Log ratio of two means, which must have one sign (Hedges 1999, doi:10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2)."""
    return np.log(m1 / m2), s1**2 / (n1 * m1**2) + s2**2 / (n2 * m2**2)


def single_mean(n: Array, m: Array, s: Array) -> tuple[Array, Array]:
    """The mean of one group, with the variance SD^2 / n."""
    return m, s**2 / n
