"""What a statement claims of an effect, as a region of effects, and what a pooled interval says of that region.

Regions lie on the scale of pooling, turned so that negative favours the treatment, and are given by the smallest worthwhile
effect as a distance. An interval wholly inside the region supports the claim, one wholly outside contradicts it, and between
them the probability of the region decides whether the trials lean. Reading an interval against a threshold or a range is what
GRADE calls the target of a certainty rating (Hultcrantz 2017, doi:10.1016/j.jclinepi.2017.05.006). An interval that holds
both sides is no evidence of absence (Handbook 15.3.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence_synthesis.review.claims_file import (
    ANY_RELIEF,
    AT_MOST_WORTHWHILE,
    BETTER,
    HARMFUL,
    NO_RELIEF,
    SIMILAR,
    WORTHWHILE,
)
from evidence_synthesis.stats.batch import Array

SUPPORTED, LEANING, OPEN = "supported", "leaning", "open"
LEANING_AGAINST, CONTRADICTED = "leaning_against", "contradicted"
NOT_LOOKED_AT = "not_looked_at"
REGION_VERDICTS = (SUPPORTED, LEANING, OPEN, LEANING_AGAINST, CONTRADICTED, NOT_LOOKED_AT)
_SAME = 1e-9  # of the smallest worthwhile effect: nearer to an end of a region than that is at it


@dataclass(frozen=True, slots=True)
class Region:
    """A range of effects in smallest worthwhile effects: its ends, and whether each end belongs to it."""

    low: float
    high: float
    low_in: bool = False
    high_in: bool = False


REGIONS = {
    ANY_RELIEF: Region(-math.inf, 0),
    BETTER: Region(-math.inf, 0),
    WORTHWHILE: Region(-math.inf, -1, high_in=True),
    AT_MOST_WORTHWHILE: Region(-1, math.inf),
    NO_RELIEF: Region(-1, 1, low_in=True, high_in=True),
    SIMILAR: Region(-1, 1, low_in=True, high_in=True),
    HARMFUL: Region(0, math.inf),
}
CUTS = (-1.0, 0.0, 1.0)  # where regions end, in smallest worthwhile effects


def _units(values: Array, smallest: Array) -> Array:
    """Values in smallest worthwhile effects; those nearer to an end of a region than rounding leaves are at it."""
    scaled = values / smallest
    for cut in (-1.0, 1.0):
        scaled = np.where(np.abs(scaled - cut) <= _SAME, cut, scaled)
    return scaled


def inside(low: Array, high: Array, smallest: Array, region: Region) -> NDArray[np.bool_]:
    """Whether intervals lie wholly in a region."""
    a, b = _units(low, smallest), _units(high, smallest)
    above = a >= region.low if region.low_in else a > region.low
    below = b <= region.high if region.high_in else b < region.high
    return np.asarray(above & below)


def outside(low: Array, high: Array, smallest: Array, region: Region) -> NDArray[np.bool_]:
    """Whether intervals have nothing of a region."""
    a, b = _units(low, smallest), _units(high, smallest)
    under = b < region.low if region.low_in else b <= region.low
    over = a > region.high if region.high_in else a >= region.high
    return np.asarray(under | over)


def chance_of(region: Region, below: Array) -> Array:
    """The probability of a region from those of effects below each of ``CUTS`` (along the first axis)."""

    def under(end: float) -> Any:
        return 0.0 if end == -math.inf else 1.0 if end == math.inf else below[CUTS.index(end)]

    return np.asarray(under(region.high) - under(region.low), dtype=np.float64)


def judge_region(
    low: Array, high: Array, smallest: Array, region: Region, chance: Array, enough: NDArray[np.bool_], leaning: float
) -> NDArray[np.str_]:
    """The verdict of each pooled interval on a region. All arrays broadcast against each other.

    ``chance`` is the probability of the region (NaN: not known, nothing leans), ``enough`` whether there are trials and
    people enough to judge, ``leaning`` the probability from which the trials lean.
    """
    held, refuted = inside(low, high, smallest, region), outside(low, high, smallest, region)
    with np.errstate(invalid="ignore"):
        towards, away = chance >= leaning, chance <= 1 - leaning
    conditions = np.broadcast_arrays(~enough, held, refuted, towards, away)
    words: NDArray[np.str_] = np.select(conditions, [OPEN, SUPPORTED, CONTRADICTED, LEANING, LEANING_AGAINST], OPEN)
    return words


_CAPPED = {SUPPORTED: LEANING, CONTRADICTED: LEANING_AGAINST}


def capped(verdict: str) -> str:
    """A verdict on evidence of too little certainty: it can lean, and no more."""
    return _CAPPED.get(verdict, verdict)
