"""How sure a pooled result is, by GRADE: rules propose a rating of each domain, a person may overrule, both are shown.

Randomised trials start at high certainty and lose a level for each serious, two for each very serious concern (Guyatt
2011, doi:10.1016/j.jclinepi.2010.07.015). The rules follow the GRADE guidance on risk of bias (Guyatt 2011,
doi:10.1016/j.jclinepi.2010.07.017), inconsistency (doi:10.1016/j.jclinepi.2011.03.017), imprecision
(doi:10.1016/j.jclinepi.2011.01.012), indirectness (doi:10.1016/j.jclinepi.2011.04.014) and publication bias
(doi:10.1016/j.jclinepi.2011.01.011); their limits are settings.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.effects.scales import risk_with
from evidence_synthesis.review.schema import CONTINUOUS, CONTROL_CLASS, EVENTS, RATIOS, Result
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.contrasts import without_numbers
from evidence_synthesis.storage.files import Cells

_quantile = NormalDist().inv_cdf  # of the standard normal distribution

_NOT_BELIEVED = 10.0  # times by which a stated SD may differ from that of the trials

DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
LEVELS = ("very low", "low", "moderate", "high")
WORDS = {0: "not serious", 1: "serious", 2: "very serious"}


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of the rules; shares and I2 in per cent, power and ``sd`` (of 0 to 100 points) for the information size."""

    not_low: float
    high_risk: float
    i2: float
    i2_very: float
    mixed: float
    power: float
    sd: float | None
    egger_p: float
    unpoolable: float
    abstracts: float

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Limits:
        """The limits of a config."""
        named = {name: float(entry[name]) for name in cls.__dataclass_fields__ if name != "sd"}
        return cls(**named, sd=None if entry.get("sd") is None else float(entry["sd"]))


@dataclass(frozen=True, slots=True)
class WeighedTrial:
    """What one trial brings to a pooled result: a row of it, its weight in per cent, and what it was compared with."""

    result: Result
    weight: float
    versus: str


@dataclass(frozen=True, slots=True)
class Body:
    """A pooled result and the trials behind it, on the scale of pooling with negative favouring the treatment.

    ``participants`` counts the people that are known, ``unknown`` has the variances of the trials that print no number;
    ``smallest`` is the smallest worthwhile effect (a distance), ``control_risk`` the share with the event among controls
    (None for scales), ``egger_p`` is None below ten trials, ``unpoolable`` counts trials known without poolable results,
    ``explained`` says which subgroups explain half or more of the heterogeneity (empty: none do). ``in_points``: mean
    differences on 0 to 100 points; ``stated_sd`` is the outcome's SD in the settings, ``trials_sd`` the median of the trials'.
    """

    parts: Sequence[WeighedTrial]
    measure: str
    estimate: float
    low: float
    high: float
    prediction: tuple[float, float] | None
    i2: float
    participants: float
    unknown: Sequence[float]
    smallest: float
    control_risk: float | None
    egger_p: float | None
    unpoolable: int
    explained: str = ""
    in_points: bool = True
    stated_sd: float | None = None
    trials_sd: float | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """The rating of one domain: levels to take off (0, 1, 2), and the numbers behind it in words."""

    levels: int
    why: str


@dataclass(frozen=True, slots=True)
class Rating:
    """The rating of a result by the rules, and after a person's overruling."""

    concerns: Mapping[str, Concern]
    overruled: Mapping[str, Concern]

    def _level(self, concerns: Mapping[str, Concern]) -> str:
        return LEVELS[max(0, 3 - sum(c.levels for c in concerns.values()))]

    @property
    def by_rule(self) -> str:
        """Certainty by the rules alone."""
        return self._level(self.concerns)

    @property
    def certainty(self) -> str:
        """Certainty with what a person overruled."""
        return self._level({**self.concerns, **self.overruled})


def _shares(parts: Iterable[WeighedTrial], kind: Callable[[WeighedTrial], str | bool]) -> dict[str | bool, float]:
    """Weight in per cent by kind of trial, without the rounding that could put a half below 50."""
    found: dict[str | bool, float] = defaultdict(float)
    for part in parts:
        found[kind(part)] += part.weight
    return defaultdict(float, {name: round(weight, 6) for name, weight in found.items()})


_RISKS = {
    "low": "at low risk",
    "some concerns": "with some concerns",
    "high": "at high risk",
    "not assessed": "not assessed",
}


def risk_of_bias(body: Body, limits: Limits) -> Concern:
    """Weight of the trials by their overall risk of bias; what nobody has assessed is not low."""
    shares = _shares(body.parts, lambda p: p.result.risk_of_bias or "not assessed")
    words = "weight of trials " + ", ".join(f"{risk} {shares[kind]:.0f} %" for kind, risk in _RISKS.items() if shares[kind] > 0)
    if shares["high"] >= limits.high_risk:
        return Concern(2, f"{words}: {limits.high_risk:.0f} % or more at high risk")
    if 100 - shares["low"] >= limits.not_low:
        return Concern(1, f"{words}: {limits.not_low:.0f} % or more not at low risk")
    return Concern(0, words)


def inconsistency(body: Body, limits: Limits) -> Concern:
    """I2, and whether the prediction interval reaches effects of another kind than the confidence interval does.

    A level less where subgroups explain half or more of tau2 (GRADE: heterogeneity that is explained is no inconsistency).
    """
    if len(body.parts) < 2 or body.prediction is None:
        return Concern(0, "one trial")
    low, high = body.prediction
    words = f"I\u00b2 {body.i2:.0f} %"
    if body.i2 < limits.i2:
        return Concern(0, words)
    less = 1 if body.explained else 0
    words += f"; {body.explained}" if body.explained else ""
    if math.isnan(low):
        return Concern(1 - less, f"{words}; the model gives no prediction interval")
    both = low <= -body.smallest and high >= body.smallest
    wider = (low <= -body.smallest) + (high >= body.smallest) > (body.low <= -body.smallest) + (body.high >= body.smallest)
    crosses = (low <= 0 <= high) and not body.low <= 0 <= body.high
    if body.i2 >= limits.i2_very and both:
        return Concern(
            2 - less, f"{words}; a new setting may see a worthwhile benefit or a worthwhile harm (prediction interval)"
        )
    if wider or crosses or both:
        return Concern(1 - less, f"{words}; the prediction interval reaches effects of another kind")
    return Concern(0, f"{words}; the prediction interval stays on the same side of the thresholds")


def indirectness(body: Body, limits: Limits, taxonomy: Taxonomy) -> Concern:
    """Comparators of different kinds, acute and chronic people in one result, and people with a specific cause.

    What is pooled over people or comparators of whom the smaller kind holds the share ``mixed`` or more answers neither
    question directly. The shares are given in any case.
    """
    inactive = _shares(body.parts, lambda p: taxonomy[p.versus].kind == CONTROL_CLASS)[True]
    specific = _shares(body.parts, lambda p: "specific_cause" in p.result.flag_set)[True]
    reasons = []
    if limits.mixed <= inactive <= 100 - limits.mixed:
        reasons.append(f"inactive and other comparators are pooled ({inactive:.0f} % and {100 - inactive:.0f} % of the weight)")
    if specific >= limits.mixed:
        reasons.append(f"{specific:.0f} % of the weight from people with a specific cause")
    stages = _shares(body.parts, lambda p: p.result.chronicity or "not stated")
    shown = ", ".join(f"{stage} {share:.0f} %" for stage, share in sorted(stages.items()))
    early, late = stages["acute"] + stages["subacute"], stages["chronic"]
    if min(early, late) >= limits.mixed:
        reasons.append("acute and chronic people are pooled")
    return Concern(min(len(reasons), 2), "; ".join([*reasons, f"weight by stage: {shown}"]))


def _other_risk(risk: float, body: Body) -> float:
    """The risk that differs from the controls' by the smallest worthwhile effect: the higher one, unless it would be certain."""

    def changed(by: float) -> float:
        if body.measure in ("OR", "HR", "IRR"):
            return risk_with(body.measure, math.exp(by), risk)
        return risk * math.exp(by) if body.measure in RATIOS else risk + by

    higher = changed(body.smallest)
    return min(higher, 0.999) if higher < 1 else max(changed(-body.smallest), 0.001)


def spread_of(body: Body, limits: Limits) -> tuple[float, str]:
    """The SD of one arm that information sizes are reckoned with, and whose it is, in words where a reader must know.

    1 for SMD; for mean differences that of the outcome's settings, for 0 to 100 points that of the rules, else the median of
    the trials' own. One that is more than ten times as large or as small as the trials' is not believed. NaN where none is
    known.
    """
    if body.measure == "SMD":
        return 1.0, ""
    stated = body.stated_sd or (limits.sd if body.in_points else None)
    own = math.nan if body.trials_sd is None else body.trials_sd
    if stated is None:
        return own, "" if math.isnan(own) else f"with the trials' SD of {own:.3g}"
    if own > stated * _NOT_BELIEVED or own < stated / _NOT_BELIEVED:
        return own, f"with the trials' SD of {own:.3g}, since the settings' {stated:g} is implausible"
    return stated, ""


def information_size(body: Body, limits: Limits) -> float:
    """People that one trial would need to see the smallest worthwhile effect (5 per cent, two-sided; Handbook 14.2.5).

    Two arms; for scales with the SD of ``spread_of``, for events from the controls' risk. NaN when unknown.
    """
    z = (_quantile(0.975) + _quantile(limits.power)) ** 2
    if body.measure in EVENTS:
        risk = body.control_risk
        if risk is None or not 0 < risk < 1:
            return math.nan
        other = _other_risk(risk, body)
        variance = risk * (1 - risk) + other * (1 - other)
        return math.ceil(2 * z * variance / (risk - other) ** 2) if other != risk else math.nan
    sd, _ = spread_of(body, limits)
    return 2 * math.ceil(2 * z * (sd / body.smallest) ** 2) if math.isfinite(sd) else math.nan


def equivalent_people(body: Body, limits: Limits) -> float:
    """The people behind ``body.unknown``: as many as would give the variances of these trials. NaN where that is not known.

    Two equal arms of n people in all and one SD give a difference of means the variance ``4 sd**2 / n`` (Handbook 6.5.2.3);
    the SD is that of the information size.
    """
    if body.measure not in ("MD", "SMD"):
        return math.nan if body.unknown else 0.0
    sd, _ = spread_of(body, limits)
    return math.fsum(4 * sd**2 / vi for vi in body.unknown)


def boundary(information: float) -> float:
    """``|z|`` that a result must pass at a share of the information size to count as shown in a sequential analysis.

    O'Brien-Fleming type spending at a single look (Lan & DeMets 1983, doi:10.1093/biomet/70.3.659; for meta-analysis
    Wetterslev 2008, doi:10.1016/j.jclinepi.2007.03.013).
    """
    return _quantile(0.975) / math.sqrt(min(max(information, 1e-9), 1.0))


def _people_words(body: Body, others: float) -> str:
    """The people of a result that are known, and how precise the trials are that print no number."""
    known = f"{body.participants:,.0f} people"
    if not body.unknown:
        return known
    words = f"{known} and an unknown number" if body.participants else "an unknown number of people"
    return words if math.isnan(others) else f"{words}, as precise as {others:,.0f} would be"


def imprecision(body: Body, limits: Limits) -> Concern:
    """Thresholds that the interval crosses, the optimal information size, and the sequential boundary."""
    crossed = [
        name
        for name, place in (("worthwhile benefit", -body.smallest), ("worthwhile harm", body.smallest))
        if body.low < place < body.high
    ]
    size = information_size(body, limits)
    words = [
        f"the interval crosses the threshold of {' and of '.join(crossed)}" if crossed else "the interval crosses no threshold"
    ]
    levels = len(crossed)
    others = equivalent_people(body, limits)
    people = body.participants + others
    if not math.isnan(size):
        whose = spread_of(body, limits)[1] if body.measure in CONTINUOUS else ""
        words.append(f"{_people_words(body, others)}; the information size is {size:,.0f}{whose and ' ' + whose}")
        if people < size:
            levels = max(levels, 1)
            half = (body.high - body.low) / 2
            z = abs(body.estimate) / (half / _quantile(0.975)) if half > 0 else math.inf
            if not body.low <= 0 <= body.high and z < boundary(people / size):
                words.append(f"z {z:.1f} is within the sequential boundary of {boundary(people / size):.1f}")
    return Concern(min(levels, 2), "; ".join(words))


def publication_bias(body: Body, limits: Limits) -> Concern:
    """Small-study test (from ten trials on), trials known without poolable results, and results known from abstracts only."""
    reasons, words = [], []
    if body.egger_p is None:
        words.append("fewer than ten trials: no test")
    elif math.isnan(body.egger_p):
        words.append("all trials are equally precise: no test")
    else:
        words.append(f"Egger p {wording.p_value(body.egger_p)}")
        if body.egger_p < limits.egger_p:
            reasons.append("small trials differ from large ones")
    known = 100 * body.unpoolable / (body.unpoolable + len(body.parts))
    words.append(f"{body.unpoolable} trials known without poolable results")
    if known >= limits.unpoolable:
        reasons.append("many trials cannot be pooled")
    abstracts = _shares(body.parts, lambda p: p.result.source_kind == "abstract")[True]
    words.append(f"{abstracts:.0f} % of the weight from abstracts")
    if abstracts >= limits.abstracts:
        reasons.append("most of the weight comes from abstracts")
    return Concern(min(len(reasons), 1), "; ".join(words + reasons))


def rate(body: Body, limits: Limits, taxonomy: Taxonomy, overruled: Mapping[str, Concern] | None = None) -> Rating:
    """Rate a pooled result by the rules; ``overruled`` holds what a person decided otherwise, by domain."""
    concerns = {
        "risk_of_bias": risk_of_bias(body, limits),
        "inconsistency": inconsistency(body, limits),
        "indirectness": indirectness(body, limits, taxonomy),
        "imprecision": imprecision(body, limits),
        "publication_bias": publication_bias(body, limits),
    }
    return Rating(concerns, overruled or {})


def unpoolable_trials(unusable: Iterable[Cells], members: frozenset[str], domain: str, regions: frozenset[str] | None) -> int:
    """Trials of these treatments known without a poolable result for the outcome (or for outcomes not stated)."""
    return len({u["trial_id"] or u["study"] for u in without_numbers(unusable, members, domain, regions)})


def overrules(rows: Iterable[Cells]) -> dict[str, dict[str, Concern]]:
    """What persons decided otherwise, by analysis id and domain."""
    found: dict[str, dict[str, Concern]] = {}
    levels = {word: number for number, word in WORDS.items()}
    for row in rows:
        found.setdefault(row["analysis_id"], {})[row["domain"]] = Concern(levels[row["rating"]], row["reason"])
    return found
