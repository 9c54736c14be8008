"""One result row to comparable effects: every step from the printed numbers is recorded.

Means come out in the unit in which they are printed, or on 0-100 points where the settings ask for these and the row's range
is known. They are turned so that negative favours the treatment, or where the settings say that more is better of the
outcome, so that positive does; events come out in the direction that the settings give for the outcome (good or bad event).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from evidence_synthesis.effects.crossover import (
    correlation_of_periods,
    paired_variance,
    standardised_difference,
    variances_of_arms,
)
from evidence_synthesis.effects.formulas import (
    ArmSummary,
    Estimate,
    NotEstimable,
    design_effect,
    divide_arm,
    effect_of_arms,
    mean_from_quartiles,
    sd_from_ci,
    sd_from_difference_se,
    sd_from_quartiles,
    sd_from_se,
    se_from_ci,
    se_from_p,
)
from evidence_synthesis.review.schema import CONTINUOUS, CROSSOVER, FIRST_PERIOD, PAIRINGS, RATIOS, Arm, Result
from evidence_synthesis.review.settings import Settings

STEPS: Mapping[str, str] = {
    "sd_from_se": "SD from the standard error of the mean (Handbook 6.5.2.2)",
    "sd_from_ci": "SD from the confidence interval of the mean, t quantile (Handbook 6.5.2.2)",
    "mean_sd_from_quartiles": "mean (Luo 2018) and SD (Wan 2014) from median and quartiles",
    "se_from_ci": "standard error from the confidence interval, normal quantile (Handbook 6.3.1)",
    "se_from_ci_t": "standard error from the confidence interval, t quantile (Handbook 6.5.2.3)",
    "se_from_p": "standard error from the exact p value (Handbook 6.5.2.3)",
    "sd_from_difference": "SD from the standard error of the difference (Handbook 6.5.2.3)",
    "rescaled": "values rescaled to 0-100 points",
    "turned": "sign turned to the direction of the outcome (negative favours the treatment where the settings do not differ)",
    "event_turned": "event replaced by its opposite",
    "per_cent": "risk difference in per cent divided by 100",
    "design_effect": "variance inflated by the design effect of a cluster trial (Handbook 23.1.4)",
    "cluster_size_unknown": "cluster trial, not adjusted: its cluster size is not known",
    "paired": "paired standard error of a crossover trial (Handbook 23.2.7)",
    "period_correlation_assumed": "correlation of the periods of a crossover trial from the settings (Handbook 23.2.7.3)",
    "crossover_as_parallel": "crossover trial as if its periods were parallel groups, which is conservative (Handbook 23.2.6)",
    "first_period": "first period of a crossover trial, as a parallel trial (Handbook 23.2.6)",
    "n_randomised": "people randomised, where the number analysed is not printed",
}
POINTS = 100.0
_LARGE = 120  # people from which t and normal quantiles agree closely enough (Handbook 6.5.2.2: 60 in each arm)
LEAST_VARIANCE = 1e-15
_EVENT_MEASURES = ("RR", "OR", "RD")


@dataclass(slots=True)
class Converted:
    """A result with its effects by measure, the arms behind them, the steps taken, and why a measure is missing.

    Arms of scales stand on the same scale and direction as the effects; ``points`` tells whether that is 0-100, ``natural``
    whether mean differences are pooled as they are printed.
    """

    result: Result
    points: bool = False
    natural: bool = False
    arm_t: ArmSummary | None = None
    arm_c: ArmSummary | None = None
    estimates: dict[str, Estimate] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    @property
    def pairing(self) -> str:
        """How the two periods of a crossover trial were taken; empty for trials of parallel groups."""
        return next((words for name, words in PAIRINGS.items() if name in self.steps), "")

    def step(self, name: str) -> None:
        """Record a step once."""
        if name not in self.steps:
            self.steps.append(name)


def _mean_and_sd(arm: Arm, out: Converted) -> tuple[float, float] | None:
    """Mean and SD of an arm, from whatever of it is printed."""
    if arm.mean is None:
        if arm.median is None or arm.q1 is None or arm.q3 is None or arm.n is None:
            return None
        if arm.q3 <= arm.q1:
            return None
        out.step("mean_sd_from_quartiles")
        return mean_from_quartiles(arm.q1, arm.median, arm.q3, arm.n), sd_from_quartiles(arm.q1, arm.q3, arm.n)
    if arm.sd is not None:
        return arm.mean, arm.sd
    if arm.n is None:
        return None
    if arm.se is not None:
        out.step("sd_from_se")
        return arm.mean, sd_from_se(arm.se, arm.n)
    if arm.ci_low is not None and arm.ci_high is not None and arm.n > 1:
        out.step("sd_from_ci")
        return arm.mean, sd_from_ci(arm.ci_low, arm.ci_high, arm.n, out.result.ci_level or 95.0)
    return None


def _to_scale(value: float, result: Result, points: bool, turn: bool) -> float:
    """A mean on the common scale: linear rescaling, reflected when high is good; changes keep their zero."""
    low, high = result.scale_min, result.scale_max
    if not points or low is None or high is None:
        return -value if turn else value
    if result.value_kind == "change":
        value *= POINTS / (high - low)
        return -value if turn else value
    return POINTS * ((high - value) if turn else (value - low)) / (high - low)


def _factor(result: Result, points: bool) -> float:
    if points and result.scale_min is not None and result.scale_max is not None:
        return POINTS / (result.scale_max - result.scale_min)
    return 1.0


def _scale_arm(arm: Arm, out: Converted, turn: bool) -> ArmSummary | None:
    moments = _mean_and_sd(arm, out)
    if moments is None or arm.n is None:
        return None
    mean = _to_scale(moments[0], out.result, out.points, turn)
    return ArmSummary(arm.n, mean, moments[1] * _factor(out.result, out.points))


def _inflation(result: Result, settings: Settings, out: Converted) -> float:
    """The design effect to apply to a result; 1 for everything but unadjusted cluster trials."""
    if result.design != "cluster" or result.value_kind == "adjusted":
        return 1.0
    size = result.cluster_size or settings.default_cluster_size
    if size is None:
        out.step("cluster_size_unknown")
        return 1.0
    out.step("design_effect")
    return design_effect(size, settings.default_icc if result.icc is None else result.icc)


def degrees_of_freedom(n_t: float | None, n_c: float | None, design: str = "") -> float | None:
    """Degrees of freedom of the t test behind a printed difference; None where the groups are large or not known."""
    if not n_t or not n_c or n_t + n_c >= _LARGE:
        return None
    return min(n_t, n_c) - 1 if design == CROSSOVER else n_t + n_c - 2


def _standard_error(result: Result, effect: float, logs: bool, out: Converted) -> float:
    """Standard error of a printed effect from SE, interval or p value, in that order of preference."""
    if result.effect_se is not None:
        return result.effect_se
    plain = not logs and not result.read_in
    df = degrees_of_freedom(result.arm_t.n, result.arm_c.n, result.design) if plain else None
    low, high = result.effect_ci_low, result.effect_ci_high
    if low is not None and high is not None and high > low:
        out.step("se_from_ci" if df is None else "se_from_ci_t")
        limits = (math.log(low), math.log(high)) if logs else (low, high)
        return se_from_ci(limits[0], limits[1], result.ci_level or 95.0, df)
    if not logs and (t := result.extra("effect_t")):
        return abs(effect / t)
    if result.effect_p is not None:
        se = se_from_p(effect, result.effect_p, df)
        out.step("se_from_p")
        return se
    raise NotEstimable("the effect has neither standard error nor interval nor exact p value")


def _arm_effects(out: Converted, measures: tuple[str, ...], inflation: float, missing: str) -> None:
    for measure in measures:
        if out.arm_t is None or out.arm_c is None:
            out.problems[measure] = missing
            continue
        try:
            arms = (divide_arm(out.arm_t, inflation), divide_arm(out.arm_c, inflation))
            out.estimates[measure] = effect_of_arms(measure, *arms)
        except NotEstimable as reason:
            out.problems[measure] = str(reason)


def _missing(result: Result) -> str:
    if result.arm_t.n is None or result.arm_c.n is None:
        return "the number of people analysed is not printed"
    return "no standard deviation, standard error, interval or quartiles of the arms"


def _smd_of_contrast(out: Converted, effect: float, se: float) -> None:
    """SMD of a printed mean difference: by the arms' SDs, or by the SD that its standard error implies."""
    result = out.result
    n_t, n_c = result.arm_t.n, result.arm_c.n
    if n_t is None or n_c is None or n_t + n_c < 4:
        out.problems["SMD"] = "the number of people analysed is not printed"
        return
    if result.design == CROSSOVER:
        out.problems["SMD"] = "the paired standard error of a crossover trial does not give the SD of its arms"
        return
    if result.value_kind not in ("final", "change"):
        out.problems["SMD"] = "the standard error of an adjusted difference does not give the SD"
        return
    out.step("sd_from_difference")
    sd = sd_from_difference_se(se, n_t, n_c)
    out.estimates["SMD"] = effect_of_arms("SMD", ArmSummary(n_t, effect, sd), ArmSummary(n_c, 0.0, sd))


def _difference(out: Converted, turn: bool, inflation: float) -> None:
    """Effects of a printed MD or SMD."""
    result = out.result
    if result.effect is None:
        out.problems.update(dict.fromkeys(CONTINUOUS, "no effect is printed"))
        return
    sign = -1.0 if turn else 1.0
    se = _standard_error(result, result.effect, False, out) * math.sqrt(inflation)
    if result.effect_measure == "SMD":
        out.estimates["SMD"] = Estimate(sign * result.effect, se**2)
        out.problems["MD"] = "only a standardised difference is printed"
        return
    if out.points or out.natural:
        factor = _factor(result, out.points)
        out.estimates["MD"] = Estimate(sign * factor * result.effect, (factor * se) ** 2)
    else:
        out.problems["MD"] = "the range of the scale is not known"
    _smd_of_contrast(out, sign * result.effect, se)


def _paired_error(out: Converted, effect: float) -> float | None:
    """The standard error of a crossover trial's mean difference within people, in the printed unit; None where none is."""
    try:
        return _standard_error(out.result, effect, False, out)
    except NotEstimable:
        return None


def _sds(result: Result, out: Converted) -> tuple[float, float] | None:
    """The SDs of both periods on the scale of the effects; None where one of them is not known."""
    known = [arm.sd if arm is not None else None for arm in (out.arm_t, out.arm_c)]
    if result.format == "contrast":  # arms have no means there
        known = [None if arm.sd is None else arm.sd * _factor(result, out.points) for arm in (result.arm_t, result.arm_c)]
    t, c = known
    return (t, c) if t and c else None


def _assumed(out: Converted, settings: Settings) -> float | None:
    """The correlation of the periods: the row's, or that of the settings, which is marked; None where neither has one."""
    own = out.result.extra("period_correlation")
    if own is not None:
        return own
    if settings.period_correlation is not None:
        out.step("period_correlation_assumed")
    return settings.period_correlation


def _periods(out: Converted, settings: Settings, turn: bool) -> bool:
    """Effects of the means of a crossover trial, paired; False, and marked, where only a parallel analysis is left.

    The paired standard error is the printed one (or follows from the interval, t or p), or that of both SDs and the correlation
    of the periods. A standardised difference needs both SDs; the printed error and they give the correlation.
    """
    result = out.result
    if not result.arm_t.n or not result.arm_c.n:
        return False
    n, factor = min(result.arm_t.n, result.arm_c.n), _factor(result, out.points)
    difference, se, sds = None, None, _sds(result, out)
    if result.effect is not None and result.effect_measure in ("MD", ""):
        printed = _paired_error(out, result.effect)
        difference, se = factor * result.effect * (-1.0 if turn else 1.0), None if printed is None else factor * printed
    elif out.arm_t is not None and out.arm_c is not None:
        difference = (out.arm_t.mean or 0.0) - (out.arm_c.mean or 0.0)
    r = correlation_of_periods(*sds, se * math.sqrt(n)) if sds and se is not None else None
    if sds and se is None and (r := _assumed(out, settings)) is not None:
        se = math.sqrt(paired_variance(sds[0] ** 2 / n, sds[1] ** 2 / n, r))
    if difference is None or se is None:
        out.step("crossover_as_parallel")
        return False
    out.step("paired")
    if out.points or out.natural:
        out.estimates["MD"] = Estimate(difference, se**2)
    else:
        out.problems["MD"] = "the range of the scale is not known"
    if sds is None or r is None:
        out.problems["SMD"] = "the paired standard error of a crossover trial does not give the SD of its arms"
    elif not -1 < r < 1:
        out.problems["SMD"] = "the paired standard error contradicts the SDs of the periods"
    else:
        out.estimates["SMD"] = Estimate(*standardised_difference(n, difference, *sds, r))
    return True


def _pair_events(out: Converted) -> None:
    """Counts of a crossover trial: paired variances where the row has the correlation of the periods, else marked."""
    t, c, r = out.arm_t, out.arm_c, out.result.extra("period_correlation")
    if t is None or c is None or t.events is None or c.events is None or r is None:
        out.step("crossover_as_parallel")
        return
    out.step("paired")
    for measure, estimate in out.estimates.items():
        parts = variances_of_arms(measure, t.events, t.n - t.events, c.events, c.n - c.events)
        out.estimates[measure] = Estimate(estimate.yi, paired_variance(*parts, r))


def _continuous(out: Converted, settings: Settings) -> None:
    result = out.result
    turn = (result.higher_is_worse == "no") != (result.outcome in settings.more_is_better)
    if not result.higher_is_worse:
        out.problems.update(dict.fromkeys(CONTINUOUS, "the direction of the scale is not known"))
        return
    if result.value_kind == "percent change":
        out.problems.update(dict.fromkeys(CONTINUOUS, "a change in per cent is not on the instrument's scale"))
        return
    out.natural = result.outcome in settings.natural_units
    out.points = not out.natural and result.scale_min is not None and result.scale_max is not None
    inflation = _inflation(result, settings, out)
    if out.points and result.scale_max - result.scale_min != POINTS:  # type: ignore[operator]
        out.step("rescaled")
    if turn:
        out.step("turned")
    out.arm_t, out.arm_c = _scale_arm(result.arm_t, out, turn), _scale_arm(result.arm_c, out, turn)
    if result.design == FIRST_PERIOD:
        out.step("first_period")
    if result.design == CROSSOVER and result.effect_measure != "SMD" and _periods(out, settings, turn):
        pass
    elif result.format == "contrast":
        _difference(out, turn, inflation)
    else:
        _arm_effects(out, CONTINUOUS, inflation, _missing(result))
        if not (out.points or out.natural):
            out.estimates.pop("MD", None)
            out.problems["MD"] = "the range of the scale is not known"
    if "SMD" in out.estimates and result.value_kind not in settings.smd_value_kinds and result.effect_measure != "SMD":
        del out.estimates["SMD"]
        out.problems["SMD"] = f"{result.value_kind or 'unstated'} values are not standardised by the settings"


def _event_arm(arm: Arm, opposite: bool) -> ArmSummary | None:
    if arm.n is None or arm.events is None:
        return None
    return ArmSummary(arm.n, events=arm.n - arm.events if opposite else arm.events)


def _opposite(result: Result, settings: Settings) -> bool:
    """Whether the event must be replaced by its opposite. Raises NotEstimable when its direction is not known."""
    wanted = settings.event_orientation.get(result.outcome)
    if wanted is None:
        raise NotEstimable("events of this outcome are not analysed")
    if not result.higher_is_worse:
        raise NotEstimable("it is not known whether the event is good or bad")
    return (result.higher_is_worse == "no") != wanted


def _events(out: Converted, settings: Settings) -> None:
    result = out.result
    opposite = _opposite(result, settings)
    inflation = _inflation(result, settings, out)
    if opposite:
        out.step("event_turned")
    out.arm_t, out.arm_c = _event_arm(result.arm_t, opposite), _event_arm(result.arm_c, opposite)
    _arm_effects(out, _EVENT_MEASURES, inflation, "the number of people or of events is not printed")
    _rates(out, opposite, inflation)
    if result.design == CROSSOVER:
        _pair_events(out)
    elif result.design == FIRST_PERIOD:
        out.step("first_period")


def _rates(out: Converted, opposite: bool, inflation: float) -> None:
    """The ratio of the rates of a result whose events are counted in person-time; its arms keep the time."""
    result = out.result
    times = [result.extra(f"person_time_{side}") for side in ("t", "c")]
    if None in times:
        return
    if opposite or result.design == CROSSOVER:
        why = "the opposite of an event has no rate" if opposite else "the rates of a crossover trial's periods are not paired"
        out.problems["IRR"] = why
        return
    printed = (result.arm_t, result.arm_c)
    arms = [ArmSummary(arm.n or 0.0, events=arm.events, time=time) for arm, time in zip(printed, times, strict=True)]
    try:
        out.estimates["IRR"] = effect_of_arms("IRR", *(divide_arm(arm, inflation) for arm in arms))
    except NotEstimable as reason:
        out.problems["IRR"] = str(reason)
    if out.arm_t is not None and out.arm_c is not None:
        out.arm_t, out.arm_c = arms
        for measure in _EVENT_MEASURES:  # of events that people may have more than once
            if any((arm.events or 0.0) > arm.n for arm in arms):
                out.estimates.pop(measure, None)
                out.problems[measure] = "more events than people: they are counted in person-time"


def _printed_ratio(out: Converted, settings: Settings) -> None:
    """Effects of a printed ratio or risk difference. The opposite of an event turns odds and differences only."""
    result = out.result
    measure = "RD" if result.effect_measure == "RD per cent" else result.effect_measure
    if result.effect is None:
        raise NotEstimable("no effect is printed")
    opposite = _opposite(result, settings)
    if opposite and measure not in ("OR", "RD"):
        raise NotEstimable(f"a {measure} of the opposite event cannot be turned without the counts")
    logs = measure in RATIOS
    effect = math.log(result.effect) if logs else result.effect
    se = _standard_error(result, effect, logs, out) * math.sqrt(_inflation(result, settings, out))
    factor = 0.01 if result.effect_measure == "RD per cent" else 1.0
    if factor != 1:
        out.step("per_cent")
    if opposite:
        out.step("event_turned")
        factor = -factor
    out.estimates[measure] = Estimate(factor * effect, (factor * se) ** 2)


def _leave_out_impossible(out: Converted) -> None:
    """No effect where its variance is zero, or where effect or variance are on no scale that trials have."""
    for measure, estimate in list(out.estimates.items()):
        possible = math.isfinite(estimate.yi) and LEAST_VARIANCE < estimate.vi < 1 / LEAST_VARIANCE
        if not possible:
            del out.estimates[measure]
            out.problems[measure] = (
                "the standard error is zero" if estimate.vi == 0 else "effect or variance are on no scale that trials have"
            )


def _peopled(result: Result) -> Result:
    """A result whose arms have the people randomised where the source does not print how many were analysed.

    Fewer are analysed than randomised, so the variance comes out a little too small; the alternative leaves the trial out.
    """
    if result.arm_t.n is None and result.n_randomised_t is not None:
        result = replace(result, arm_t=replace(result.arm_t, n=result.n_randomised_t))
    if result.arm_c.n is None and result.n_randomised_c is not None:
        result = replace(result, arm_c=replace(result.arm_c, n=result.n_randomised_c))
    return result


def convert(result: Result, settings: Settings) -> Converted:
    """All effects of a result, or for each measure the reason why there is none."""
    out = Converted(_peopled(result) if settings.people_randomised else result)
    if out.result is not result:
        out.step("n_randomised")
        result = out.result
    contrast = result.format == "contrast"
    try:
        if result.format == "arm_events":
            _events(out, settings)
        elif contrast and result.effect_measure not in CONTINUOUS:
            if result.effect_measure == "proportional OR":
                raise NotEstimable("a proportional odds ratio is not comparable with the other measures")
            _printed_ratio(out, settings)
        else:
            _continuous(out, settings)
    except NotEstimable as reason:
        measures = CONTINUOUS if result.effect_measure in CONTINUOUS else _EVENT_MEASURES
        out.problems.update({m: str(reason) for m in measures if m not in out.estimates})
    _leave_out_impossible(out)
    return out
