"""What certainty is rated on, put together in one place: a pooled result with the trials behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from evidence_synthesis.conclusions.grade import Body, WeighedTrial
from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Outcome, Settings
from evidence_synthesis.stats.small_study import MINIMUM, egger
from evidence_synthesis.synthesis.verdicts import bound


@dataclass(frozen=True, slots=True)
class TrialEvidence:
    """What one trial brings: a row of it, its weight in per cent, and the id of the condition that it was compared with.

    ``yi`` and ``vi`` are its effect and variance on the scale of pooling, ``people`` those in both arms (None: not known),
    ``control_risk`` the share of its controls with the event (None: not counted), ``sd`` the SD within its arms in the unit of
    mean differences (None: not known, or another measure).
    """

    result: Result
    weight: float
    versus: str
    yi: float
    vi: float
    people: float | None
    control_risk: float | None
    sd: float | None = None


@dataclass(frozen=True, slots=True)
class TurnedResult:
    """A pooled result on the scale of pooling with negative favouring the treatment. NaN stands for what there is not."""

    estimate: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    i2: float


def risk_beside(result: Result, versus: str, settings: Settings) -> float | None:
    """The risk with the comparator from the counts that a source prints beside its ratio; None where it prints none.

    It is that of the event which is pooled (``event_orientation``), and of the arm that had the condition ``versus``.
    """
    arm = result.arm_c if result.comparator == versus else result.arm_t
    wanted = settings.event_orientation.get(result.outcome)
    if arm.events is None or not arm.n or wanted is None or not result.higher_is_worse:
        return None
    share = arm.events / arm.n
    return 1 - share if (result.higher_is_worse == "no") != wanted else share


def _baseline(trials: Sequence[TrialEvidence], outcome: Outcome) -> float | None:
    """The risk with the comparator: as rows assume it, as the settings do, else the median of the comparator arms.

    Handbook 15.4.4. None where none of them is known.
    """
    stated = [risk for t in trials if (risk := t.result.extra("assumed_risk")) is not None]
    counted = [t.control_risk for t in trials if t.control_risk is not None]
    if stated or outcome.assumed_risk is None:
        return float(np.median(stated or counted)) if stated or counted else None
    return outcome.assumed_risk


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
    sds = [t.sd for t in trials if t.sd]
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
        control_risk=_baseline(trials, outcome),
        egger_p=test,
        unpoolable=unpoolable,
        explained=explained,
        in_points=measure == "MD" and not outcome.natural,
        stated_sd=outcome.sd,
        trials_sd=median(sds) if sds else None,
    )
