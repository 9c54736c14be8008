"""Effects that are correlations of two variables in ``n`` people."""

from __future__ import annotations

import numpy as np

from evidence_synthesis.effects.elementary import Array


def correlation(r: Array, n: Array) -> tuple[Array, Array]:
    """The correlation itself, with its large-sample variance (Hedges 1989, doi:10.1037/0021-9010.74.3.469)."""
    return r, np.where(n > 3, (1 - r**2) ** 2 / (n - 1), np.nan)


def fisher_z(r: Array, n: Array) -> tuple[Array, Array]:
    """Fisher's z, the inverse hyperbolic tangent of a correlation (Fisher 1921)."""
    return np.arctanh(r), 1 / np.where(n > 3, n - 3, np.nan)
