"""How much reviews rest on the same trials."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def corrected_covered_area(reviews: Sequence[Collection[str]]) -> float:
    """The corrected covered area of reviews by the trials that each includes, from 0 (no trial twice) to 1 (all alike).

    (N - r) / (r c - r) with N inclusions, trials counted each time; r different trials; c reviews (Pieper 2014,
    doi:10.1016/j.jclinepi.2013.11.007): up to 0.05 slight, to 0.10 moderate, to 0.15 high, above that very high overlap. NaN with
    fewer than two reviews, or without trials. The first review that includes a trial does not count as overlap.

    >>> corrected_covered_area([{"a", "b"}, {"b", "c"}])
    0.3333333333333333
    """
    lists = [set(trials) for trials in reviews if trials]
    different = len(set().union(*lists))
    inclusions = sum(len(trials) for trials in lists)
    if len(lists) < 2 or not different:
        return math.nan
    return (inclusions - different) / (different * len(lists) - different)
