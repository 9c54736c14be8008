"""The tests of a claim, each put to the data: one pooled analysis, two treatments, a risk, the amount of evidence, harms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.answers import AGREES, DISAGREES, PARTLY, UNTESTABLE, Answer, Material, opinion_of
from evidence_synthesis.conclusions.claims.harms import serious_harms
from evidence_synthesis.conclusions.claims.pooled import PooledAnswer, first_measure, nearest_flip, rating_of
from evidence_synthesis.conclusions.grade import unpoolable_trials
from evidence_synthesis.effects import scales
from evidence_synthesis.review.claims_file import COMPARE, EFFECT, EVIDENCE_BASE, RISK, Claim, Claims, Test
from evidence_synthesis.review.settings import Outcome
from evidence_synthesis.selection.claim_questions import Question, eligible, population_of, question_of
from evidence_synthesis.selection.keys import NetworkKey
from evidence_synthesis.synthesis.verdicts import BENEFIT, HARM, INSUFFICIENT, NO_DATA, NOT_SHOWN, answer, bound, sign

_MEANS = {AGREES: "would agree", PARTLY: "would agree in part", DISAGREES: "would disagree"}


def _pooled(summary: PooledAnswer) -> Answer:
    """What is pooled for a test, before it is held against the statement."""
    values = summary.values
    name, distance = nearest_flip(summary)
    return Answer(
        "",
        summary.verdict,
        "",
        measure=summary.measure,
        estimate=values["estimate"],
        low=values["ci_low"],
        high=values["ci_high"],
        i2=values["i2"],
        trials=len({e.trial_id for e in summary.entries}),
        participants=summary.participants,
        smallest=summary.smallest,
        turn=summary.turn,
        nearest=name,
        distance=distance,
        row_ids=tuple(i for e in summary.entries for i in e.row_ids),
    )


def _none(question: Question, material: Material) -> Answer:
    known = unpoolable_trials(material.unusable, question.subject, question.outcome.domain, question.population.regions)
    reason = "no trial in the data answers this"
    return Answer(
        UNTESTABLE, NO_DATA, reason + (f"; known without poolable results: {wording.count(known, 'trial')}" if known else "")
    )


def _face_value(summary: PooledAnswer, question: Question, test: Test, material: Material) -> str:
    """Where there is too little to judge: what the trials say taken as they are, if that means something else to the claim."""
    if summary.verdict != INSUFFICIENT:
        return ""
    anything = replace(material.rules, least_trials=1, least_participants=-math.inf)
    taken = first_measure(question, material, anything, summary.measure)
    word = summary.verdict if taken is None else taken.verdict
    opinion = opinion_of(word, test.agree, test.partly)
    if opinion == opinion_of(summary.verdict, test.agree, test.partly):
        return ""
    return f", too little to judge; at face value {word.replace('_', ' ')}, which {_MEANS[opinion]}"


def _effect(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    question = question_of(claim, number, test, material.settings)
    summary = first_measure(question, material, material.rules)
    if summary is None:
        return _none(question, material)
    opinion = opinion_of(summary.verdict, test.agree, test.partly)
    reason = "pooled trials" + _face_value(summary, question, test, material)
    found = replace(_pooled(summary), opinion=opinion, reason=reason, basis="pooled")
    found.certainty = rating_of(question, summary, material).certainty
    found.flipped_by = sorted(
        study for study, (word, _) in summary.without.items() if opinion_of(word, test.agree, test.partly) != opinion
    )
    return found


def _network_answer(test: Test, claim: Claim, material: Material, outcome: Outcome) -> Answer | None:
    """The network's answer on a comparison of a with b, and in words; None where no network holds both."""
    a, b = test.treatment, test.versus
    population = population_of(claim, material.settings)
    if b is None or not a.node or not b.node or a.level != b.level or population is None:
        return None
    network = NetworkKey(test.outcome, test.term, a.level, population).name
    measure = outcome.measures[0]
    turn, smallest = sign(outcome), bound(outcome, measure)
    values = material.league.get((network, a.node, b.node))
    if values is None:
        turn, values = -turn, material.league.get((network, b.node, a.node))
    if values is None:
        return None
    estimate, low, high = (turn * scales.linear(measure, value) for value in values)
    low, high = min(low, high), max(low, high)
    word = answer(NOT_SHOWN if low <= 0 <= high else HARM if estimate > 0 else BENEFIT, estimate, smallest)
    found = Answer(opinion_of(word, test.agree, test.partly), word, "network: fewer than two direct trials", basis="network")
    found = replace(found, measure=measure, estimate=estimate, low=low, high=high, smallest=smallest, turn=sign(outcome))
    return replace(found, network=found.effect())


def _compare(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    question = question_of(claim, number, test, material.settings)
    enough = replace(material.rules, least_participants=0.0)
    summary = first_measure(question, material, enough)
    network = _network_answer(test, claim, material, question.outcome)
    pooled = None if summary is None else _pooled(summary)
    direct = "" if pooled is None else f"{pooled.effect()}, {wording.count(pooled.trials, 'trial')}"
    if summary is not None and pooled is not None and summary.verdict != INSUFFICIENT:
        word = answer(summary.verdict, summary.values["estimate"], summary.smallest)
        opinion = opinion_of(word, test.agree, test.partly)
        found = replace(pooled, opinion=opinion, verdict=word, reason="trials that compare both directly", basis="direct")
        found.certainty = rating_of(question, summary, material).certainty
        found.flipped_by = sorted(
            study
            for study, (other, estimate) in summary.without.items()
            if opinion_of(answer(other, estimate, summary.smallest), test.agree, test.partly) != opinion
        )
    elif network is not None:
        found = replace(network, trials=0 if pooled is None else pooled.trials)
    elif pooled is not None:
        reason = "one direct trial, and no network holds both"
        found = replace(pooled, opinion=UNTESTABLE, verdict=INSUFFICIENT, reason=reason, basis="direct")
    else:
        found = _none(question, material)
        found.reason += "; no network holds both" if test.versus else ""
    return replace(found, direct=direct, network=network.network if network else "")


def _holds(limits: Mapping[str, float], low: float, high: float) -> bool:
    conditions = {
        "upper_limit_below": lambda v: high < v,
        "interval_holds": lambda v: low <= v <= high,
    }
    return bool(limits) and all(conditions[name](value) for name, value in limits.items())


def _risk(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    question = question_of(claim, number, test, material.settings)
    summary = first_measure(question, material, material.rules, test.measure)
    if summary is None:
        return _none(question, material)
    found = replace(_pooled(summary), basis="pooled")
    _, low, high = found.shown()
    found.opinion = AGREES if _holds(test.agree, low, high) else PARTLY if _holds(test.partly or {}, low, high) else DISAGREES
    found.reason = f"the interval is {wording.interval(test.measure, low, high)}; asked: " + ", ".join(
        f"{name.replace('_', ' ')} {value:g}" for name, value in test.agree.items()
    )
    found.certainty = rating_of(question, summary, material).certainty
    return found


def _evidence_base(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    """How much evidence there is. Trials whose risk of bias nobody has assessed may be at low risk, or not."""
    question = question_of(claim, number, test, material.settings)
    trials = eligible(question, material.converted, material.settings, material.taxonomy)
    usable = {t: [c for c in cs if c.converted.estimates] for t, cs in trials.items()}
    usable = {t: cs for t, cs in usable.items() if cs}
    ratings = {t: {c.result.risk_of_bias for c in cs} for t, cs in usable.items()}
    low = sum("low" in r for r in ratings.values())
    unknown = sum(r == {""} for r in ratings.values())
    known = unpoolable_trials(material.unusable, question.subject, question.outcome.domain, question.population.regions)

    def holds(limits: Mapping[str, int]) -> bool | None:
        answers: list[bool | None] = []
        for name, most in limits.items():
            if name == "trials_at_most":
                answers.append(len(usable) <= most)
            else:
                answers.append(True if low + unknown <= most else False if low > most else None)
        return False if False in answers or not answers else None if None in answers else True

    agree, partly = holds(test.agree), holds(test.partly or {})
    if agree:
        opinion = AGREES
    elif partly:
        opinion = PARTLY
    else:
        opinion = UNTESTABLE if agree is None else DISAGREES
    reason = f"{wording.count(len(usable), 'trial')} with a usable result, {low} at low risk of bias, {unknown} not assessed"
    reason += f"; known without poolable results: {known} more" if known else ""
    rows = tuple(sorted({c.result.row_id for cs in usable.values() for c in cs}))
    return Answer(opinion, "", reason, trials=len(usable), basis="count", row_ids=rows)


def judge_test(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    """Put one test of a claim to the data."""
    if test.kind == EFFECT:
        return _effect(claim, number, test, material)
    if test.kind == COMPARE:
        return _compare(claim, number, test, material)
    if test.kind == RISK:
        return _risk(claim, number, test, material)
    if test.kind == EVIDENCE_BASE:
        return _evidence_base(claim, number, test, material)
    return serious_harms(test, material)


Judged_claims = list[tuple[Claim, list[Answer]]]


def judge_claims(claims: Claims, material: Material) -> Judged_claims:
    """Every statement with the answers to its tests."""
    return [(c, [judge_test(c, i, t, material) for i, t in enumerate(c.tests, 1)]) for c in claims.claims]
