"""What certainty is rated on, put together in one place: a pooled result with the trials behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evidence_synthesis.conclusions.grade import Body, WeighedTrial
from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Outcome
from evidence_synthesis.stats.small_study import MINIMUM, egger
from evidence_synthesis.synthesis.verdicts import bound


@dataclass(frozen=True, slots=True)
class TrialEvidence:
    """What one trial brings: a row of it, its weight in per cent, and the id of the condition that it was compared with.

    ``yi`` and ``vi`` are its effect and variance on the scale of pooling, ``people`` those in both arms (None: not known),
    ``control_risk`` the share of its controls with the event (None: not counted).
    """

    result: Result
    weight: float
    versus: str
    yi: float
    vi: float
    people: float | None
    control_risk: float | None


@dataclass(frozen=True, slots=True)
class TurnedResult:
    """A pooled result on the scale of pooling with negative favouring the treatment. NaN stands for what there is not."""

    estimate: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    i2: float


def body_of(
    trials: Sequence[TrialEvidence],
    measure: str,
    pooled: TurnedResult,
    participants: float,
    outcome: Outcome,
    unpoolable: int,
    explained: str = "",
) -> Body:
    """A pooled result with all that its certainty depends on.

    ``participants`` are the people that are known, ``unpoolable`` counts the trials known without poolable results, and
    ``explained`` says which subgroups explain the heterogeneity. One trial has no heterogeneity and no prediction interval.
    """
    single = len({t.result.trial_id for t in trials}) < 2
    risks = [t.control_risk for t in trials if t.control_risk is not None]
    test = None
    if len(trials) >= MINIMUM:
        test = egger(np.array([t.yi for t in trials]), np.array([t.vi for t in trials])).slope_p
    return Body(
        parts=[WeighedTrial(t.result, t.weight, t.versus) for t in trials],
        measure=measure,
        estimate=pooled.estimate,
        low=pooled.low,
        high=pooled.high,
        prediction=None if single else (pooled.prediction_low, pooled.prediction_high),
        i2=0.0 if single or math.isnan(pooled.i2) else pooled.i2,
        participants=participants,
        unknown=[t.vi for t in trials if t.people is None],
        smallest=bound(outcome, measure),
        control_risk=float(np.median(risks)) if risks else None,
        egger_p=test,
        unpoolable=unpoolable,
        explained=explained,
    )
