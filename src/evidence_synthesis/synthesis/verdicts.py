"""What a pooled result says when it is held against the smallest worthwhile effect: one word for each analysis.

Effects are turned so that negative favours the treatment before they are judged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Outcome
from evidence_synthesis.stats.batch import NORMAL, Array

BENEFIT, SMALL, IRRELEVANT = "benefit", "small_benefit", "no_relevant_effect"
CONFLICTING, NOT_SHOWN, INSUFFICIENT, HARM, NO_DATA = "conflicting", "not_shown", "insufficient", "harm", "no_data"
VERDICTS = (BENEFIT, SMALL, IRRELEVANT, CONFLICTING, NOT_SHOWN, INSUFFICIENT, HARM, NO_DATA)
Words = NDArray[np.str_]
_REACHES = 1 - 1e-9  # share of the smallest worthwhile effect that is all of it but for rounding


@dataclass(frozen=True, slots=True)
class Rules:
    """When evidence is too little to judge, and when trials conflict strongly (I2 in per cent)."""

    least_trials: int
    least_participants: float
    conflicting_i2: float

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Rules:
        """The rules of a config."""
        return cls(int(entry["least_trials"]), float(entry["least_participants"]), float(entry["conflicting_i2"]))


@dataclass(frozen=True, slots=True)
class Judged:
    """Pooled results to judge, one array entry each, on the scale of pooling with negative favouring the treatment.

    ``participants`` counts the people that are known: an unknown number is not an infinite one.

    ``for_it`` and ``against`` tell whether a single trial's 95% interval lies wholly on that side.
    """

    estimate: Array
    low: Array
    high: Array
    i2: Array
    trials: NDArray[np.intp]
    participants: Array
    for_it: NDArray[np.bool_]
    against: NDArray[np.bool_]


def bound(outcome: Outcome, measure: str, threshold: float | None = None) -> float:
    """The smallest worthwhile effect as a distance from no effect on the scale of pooling. NaN when the outcome has none."""
    value = outcome.thresholds.get(measure, math.nan) if threshold is None else threshold
    return abs(math.log(value)) if measure in RATIOS and value > 0 else abs(value)


def sign(outcome: Outcome) -> float:
    """The factor that makes negative effects favour the treatment."""
    return -1.0 if outcome.event_is_good else 1.0


def judge(results: Judged, smallest: float | Array, rules: Rules) -> Words:
    """The verdict of each pooled result.

    Order: too little evidence first; then the side on which the interval lies; then, when it holds no effect, whether it
    lies within the smallest worthwhile effect, whether the trials conflict, and else that nothing has been shown.
    """
    holds = (results.low <= 0) & (results.high >= 0)
    few = (results.trials < rules.least_trials) | ~(results.participants >= rules.least_participants)
    inside = (results.low > -smallest) & (results.high < smallest)
    conflict = (np.nan_to_num(results.i2) >= rules.conflicting_i2) & results.for_it & results.against
    words = np.select(
        [few, ~holds & (results.estimate > 0), ~holds & (results.estimate <= -smallest * _REACHES), ~holds, inside, conflict],
        [INSUFFICIENT, HARM, BENEFIT, SMALL, IRRELEVANT, CONFLICTING],
        NOT_SHOWN,
    )
    return np.where(results.trials == 0, NO_DATA, words)


def sides(yi: Sequence[float], vi: Sequence[float]) -> tuple[bool, bool]:
    """Whether a single trial is clearly for the treatment (95% interval below zero), and one clearly against."""
    half = NORMAL * (1 + 1e-13) * np.sqrt(np.asarray(vi, float))  # an interval that ends at 0 is on neither side
    values = np.asarray(yi, float)
    return bool((values < -half).any()), bool((values > half).any())
