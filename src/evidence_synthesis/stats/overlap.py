"""How much reviews rest on the same trials."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

_DEGREES = ((0.05, "slight"), (0.10, "moderate"), (0.15, "high"))


def degree_of_overlap(area: float) -> str:
    """A corrected covered area in the words of Pieper 2014, by the nearest whole per cent: slight, moderate, high, very high.

    >>> degree_of_overlap(0.054), degree_of_overlap(0.16)
    ('slight', 'very high')
    """
    return next((words for most, words in _DEGREES if round(100 * area) <= round(100 * most)), "very high")


def corrected_covered_area(reviews: Sequence[Collection[str]]) -> float:
    """The corrected covered area of reviews by the trials that each includes, from 0 (no trial twice) to 1 (all alike).

    (N - r) / (r c - r) with N inclusions, trials counted each time; r different trials; c reviews (Pieper 2014,
    doi:10.1016/j.jclinepi.2013.11.007). NaN with fewer than two reviews, or without trials. The first review that includes a
    trial does not count as overlap.

    >>> corrected_covered_area([{"a", "b"}, {"b", "c"}])
    0.3333333333333333
    """
    lists = [set(trials) for trials in reviews if trials]
    different = len(set().union(*lists))
    inclusions = sum(len(trials) for trials in lists)
    if len(lists) < 2 or not different:
        return math.nan
    return (inclusions - different) / (different * len(lists) - different)
