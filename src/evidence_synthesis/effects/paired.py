"""Effects of people measured twice: before and after, in one group or in two. A change is after minus before.

``r`` is the correlation of both measurements, which reports seldom print; every variance here needs it. Standardised changes
have the exact small-sample correction on n - 1 degrees of freedom.
"""

from __future__ import annotations

import numpy as np

from evidence_synthesis.effects.continuous import hedges_correction
from evidence_synthesis.effects.elementary import Array


def sd_of_change(sd_pre: Array, sd_post: Array, r: Array) -> Array:
    """SD of the changes from the SDs of both measurements and their correlation (Handbook 6.5.2.8)."""
    return np.asarray(np.sqrt(sd_pre**2 + sd_post**2 - 2 * r * sd_pre * sd_post))


def mean_change(n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, sd_post: Array, r: Array) -> tuple[Array, Array]:
    """Mean change, with the SD of changes from those before and after and their correlation (Handbook 6.5.2.8)."""
    return mean_post - mean_pre, sd_of_change(sd_pre, sd_post, r) ** 2 / n


def standardised_by_change(
    n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, sd_post: Array, r: Array
) -> tuple[Array, Array]:
    """Change over the SD of the changes (Gibbons 1993, doi:10.3102/10769986018003271)."""
    g = hedges_correction(n - 1) * (mean_post - mean_pre) / sd_of_change(sd_pre, sd_post, r)
    return g, 1 / n + g**2 / (2 * n)


def standardised_by_raw(n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, r: Array) -> tuple[Array, Array]:
    """Change over the SD before (Becker 1988, doi:10.1111/j.2044-8317.1988.tb00901.x)."""
    g = hedges_correction(n - 1) * (mean_post - mean_pre) / sd_pre
    return g, 2 * (1 - r) / n + g**2 / (2 * n)


def standardised_by_raw_unequal(
    n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, sd_post: Array, r: Array
) -> tuple[Array, Array]:
    """Change over the SD before where the SDs differ (Bonett 2008, doi:10.1037/1082-989X.13.2.99)."""
    j = hedges_correction(n - 1)
    g = j * (mean_post - mean_pre) / sd_pre
    return g, j**2 * (sd_of_change(sd_pre, sd_post, r) ** 2 / (sd_pre**2 * (n - 1)) + g**2 / (2 * (n - 1)))


def pretest_posttest_control(
    n_t: Array,
    mean_pre_t: Array,
    sd_pre_t: Array,
    mean_post_t: Array,
    r_t: Array,
    n_c: Array,
    mean_pre_c: Array,
    sd_pre_c: Array,
    mean_post_c: Array,
    r_c: Array,
) -> tuple[Array, Array]:
    """Standardised change of the treatment's arm less that of the comparator's, each over its own SD before (Becker 1988,
    doi:10.1111/j.2044-8317.1988.tb00901.x).

    Formula d_ppc1 of Morris 2008 (doi:10.1177/1094428106291059).
    """
    treated, v_t = standardised_by_raw(n_t, mean_pre_t, sd_pre_t, mean_post_t, r_t)
    control, v_c = standardised_by_raw(n_c, mean_pre_c, sd_pre_c, mean_post_c, r_c)
    return treated - control, v_t + v_c
