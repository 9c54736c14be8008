"""A claim's question, pooled: its verdict, the certainty of it, and the threshold that lies nearest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evidence_synthesis.conclusions.bodies import TrialEvidence, TurnedResult, body_of
from evidence_synthesis.conclusions.claims.answers import Material
from evidence_synthesis.conclusions.grade import Rating, rate, unpoolable_trials
from evidence_synthesis.selection.claim_questions import Question, Trials, eligible, entries_of
from evidence_synthesis.selection.multiarm import Entry, people, people_of
from evidence_synthesis.stats.batch import Array, make_batch
from evidence_synthesis.stats.pooling import pool, weights
from evidence_synthesis.synthesis.verdicts import Judged, Rules, bound, judge, sides, sign


@dataclass(frozen=True)
class PooledAnswer:
    """A pooled question: its entries, the pooled values with negative favouring the treatment, and its verdict."""

    entries: Sequence[Entry]
    measure: str
    values: Mapping[str, float]
    verdict: str
    smallest: float
    turn: float
    participants: float | None
    without: Mapping[str, tuple[str, float]]


def _verdict(yi: Array, vi: Array, values: Mapping[str, float], s: _Scale, rules: Rules) -> str:
    for_it, against = sides(yi.tolist(), vi.tolist())
    arrays = {n: np.array([values[n]]) for n in ("estimate", "ci_low", "ci_high", "i2")}
    judged = Judged(
        arrays["estimate"],
        arrays["ci_low"],
        arrays["ci_high"],
        arrays["i2"],
        np.array([s.trials]),
        np.array([math.inf if s.people is None else s.people]),
        np.array([for_it]),
        np.array([against]),
    )
    return str(judge(judged, s.smallest, rules)[0])


@dataclass(frozen=True, slots=True)
class _Scale:
    trials: int
    people: float | None
    smallest: float


def _participants(entries: Sequence[Entry]) -> float | None:
    total, unknown = people(entries)
    return None if unknown else total


def _without_each(
    entries: Sequence[Entry], yi: Array, vi: Array, smallest: float, material: Material, rules: Rules
) -> dict[str, tuple[str, float]]:
    """Verdict and estimate without each trial, by its label; with its id where two trials have the same label."""
    studies = {e.trial_id: e.result.study for e in entries}
    several = Counter(studies.values())
    kept = {trial: np.array([e.trial_id != trial for e in entries]) for trial in studies}
    left = pool(make_batch([(yi[keep], vi[keep]) for keep in kept.values()]), *material.settings.model, limits=False)
    found = {}
    for i, (trial, keep) in enumerate(kept.items()):
        rest, values = [e for e, inside in zip(entries, keep, strict=True) if inside], left.at(i)
        label = studies[trial] if several[studies[trial]] == 1 else f"{studies[trial]} ({trial})"
        scale = _Scale(len(studies) - 1, _participants(rest), smallest)
        found[label] = _verdict(yi[keep], vi[keep], values, scale, rules), values["estimate"]
    return found


def pool_question(question: Question, trials: Trials, measure: str, material: Material, rules: Rules) -> PooledAnswer | None:
    """Pool a question on one measure, with its verdict and that without each trial; None when it has no trial."""
    entries = entries_of(trials, question, measure, material.settings)
    if not entries:
        return None
    turn, smallest = sign(question.outcome), bound(question.outcome, measure)
    yi = turn * np.array([e.estimate.yi for e in entries])
    vi = np.array([e.estimate.vi for e in entries])
    values = pool(make_batch([(yi, vi)]), *material.settings.model, limits=False).at(0)
    ids = {e.trial_id for e in entries}
    participants = _participants(entries)
    verdict = _verdict(yi, vi, values, _Scale(len(ids), participants, smallest), rules)
    without = _without_each(entries, yi, vi, smallest, material, rules) if len(ids) > 1 else {}
    return PooledAnswer(entries, measure, values, verdict, smallest, turn, participants, without)


def rating_of(question: Question, summary: PooledAnswer, material: Material) -> Rating:
    """The certainty of a pooled question by the rules."""
    entries, values = summary.entries, summary.values
    yi = summary.turn * np.array([e.estimate.yi for e in entries])
    vi = np.array([e.estimate.vi for e in entries])
    shares = weights(make_batch([(yi, vi)]), np.array([values["tau2"]]))
    trials = [
        TrialEvidence(
            e.result,
            share.item(),
            e.result.treatment if e.turned else e.result.comparator,
            y,
            e.estimate.vi,
            people_of(e),
            None if e.arm_c is None or e.arm_c.events is None else e.arm_c.events / e.arm_c.n,
        )
        for e, y, share in zip(entries, yi.tolist(), shares, strict=True)
    ]
    turned = TurnedResult(*(values[n] for n in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "i2")))
    outcome, regions = question.outcome, question.population.regions
    unpoolable = unpoolable_trials(material.unusable, question.subject, outcome.domain, regions)
    body = body_of(trials, summary.measure, turned, people(entries)[0], outcome, unpoolable)
    return rate(body, material.limits, material.taxonomy)


def nearest_flip(summary: PooledAnswer) -> tuple[str, float]:
    """Which threshold lies nearest to where the verdict would change, and how far away it is (scale of pooling).

    Limits are called upper and lower as they are read, not as they are turned.
    """
    values, smallest = summary.values, summary.smallest
    low, high, estimate = values["ci_low"], values["ci_high"], values["estimate"]
    lower, upper = ("lower limit", "upper limit")[:: int(summary.turn)]
    if low <= 0 <= high:
        places = {f"{upper} to no effect": high, f"{lower} to no effect": -low}
        if low > -smallest and high < smallest:
            places |= {f"{lower} to a worthwhile benefit": low + smallest, f"{upper} to a worthwhile harm": smallest - high}
        else:
            places |= {f"{lower} to within the threshold": abs(low + smallest)} if low <= -smallest else {}
            places |= {f"{upper} to within the threshold": abs(high - smallest)} if high >= smallest else {}
    else:
        places = {f"{upper} to no effect": -high} if high < 0 else {f"{lower} to no effect": low}
        if high < 0:
            places["estimate to the smallest worthwhile effect"] = abs(estimate + smallest)
    name = min(places, key=lambda n: (places[n], n))
    return name, places[name]


def first_measure(question: Question, material: Material, rules: Rules, only: str = "") -> PooledAnswer | None:
    """The pooled question on the outcome's first measure that has trials."""
    trials = eligible(question, material.converted, material.settings, material.taxonomy)
    for measure in [only] if only else question.outcome.measures:
        summary = pool_question(question, trials, measure, material, rules)
        if summary is not None:
            return summary
    return None
