"""Parts about an effect: a pooled interval held against what is claimed, and "unproven", which an effect can overtake."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.evidence import (
    PooledEvidence,
    doubtful_in,
    known_without_numbers,
    names_of,
    pooled_on_first,
    rating_of,
    without,
    without_each,
)
from evidence_synthesis.conclusions.claims.material import OVERTAKEN, STILL_UNPROVEN, Material, PartAnswer
from evidence_synthesis.conclusions.published import published_words
from evidence_synthesis.review.claims_file import ANY_RELIEF, HARMFUL, UNPROVEN, StatementPart
from evidence_synthesis.selection.claim_questions import Question, question_of
from evidence_synthesis.synthesis.regions import NOT_LOOKED_AT, REGIONS, Region

_ENDS = {-1.0: "a worthwhile benefit", 0.0: "no effect", 1.0: "a worthwhile harm"}
Decide = Callable[[PooledEvidence], str]


def answer_of(found: PooledEvidence, verdict: str, reason: str, certainty: str) -> PartAnswer:
    """An answer with the pooled values behind it."""
    return PartAnswer(
        verdict,
        reason,
        measure=found.measure,
        estimate=found.values["estimate"],
        low=found.values["ci_low"],
        high=found.values["ci_high"],
        i2=found.values["i2"],
        trials=found.trials,
        participants=found.people,
        uncounted=found.uncounted,
        smallest=found.smallest,
        turn=found.turn,
        certainty=certainty,
        row_ids=tuple(i for e in found.entries for i in e.row_ids),
        unit=found.question.outcome.own_unit(found.measure),
    )


def known_beside(question: Question, material: Material) -> str:
    """What is known beside the pooled trials: trials without usable results, and what published reviews pool."""
    if not material.beside_each:
        return ""
    known = known_without_numbers(question, material)
    said = [f"{wording.count(known, 'trial')} of the treatment known without usable results"] if known else []
    theirs = published_words(question, material.published, material.settings, material.taxonomy)
    return "; ".join(
        [*said, f"published reviews: {theirs}" if theirs else "no published pooled estimate of the same in the data"]
    )


def not_looked_at(question: Question, material: Material) -> PartAnswer:
    """The answer where no trial can be pooled: no agreement, and no disagreement."""
    return PartAnswer(NOT_LOOKED_AT, "no trial in the data answers this", beside=known_beside(question, material))


def too_little(found: PooledEvidence, material: Material) -> str:
    """Why evidence is too little to judge; empty where it is enough."""
    rules = material.rules
    if found.trials < rules.least_trials:
        return "too few trials"
    if found.people >= rules.least_participants:
        return ""
    unknown = f", the number is not known in {wording.count(found.uncounted, 'trial')}" if found.uncounted else ""
    return f"too few people ({found.people:,.0f} known of {rules.least_participants:,.0f}{unknown})"


def robustness_of(answer: PartAnswer, found: PooledEvidence, decide: Decide, material: Material) -> PartAnswer:
    """The answer with the trials that decide it alone, and what it is without those of doubtful identity or date."""
    if not material.beside_each:
        return answer
    others = {label: decide(rest) for label, rest in without_each(found, material).items()}
    flipped = tuple(sorted(label for label, verdict in others.items() if verdict != answer.verdict))
    doubtful = doubtful_in(found.entries, material)
    words = ""
    if doubtful:
        rest = without(found, doubtful, material)
        verdict = NOT_LOOKED_AT if rest is None else decide(rest)
        if verdict != answer.verdict:
            who = ", ".join(sorted(names_of(doubtful).values()))
            words = f"without {who} (identity or date doubtful): {wording.statement_verdict(verdict)}"
    return replace(answer, flipped_by=flipped, without_doubtful=words)


def _nearest(found: PooledEvidence, region: Region) -> tuple[str, float]:
    """Which limit of the interval lies nearest to an end of the region, in words, and how far (scale of pooling).

    Limits are called upper and lower as they are read, not as they are turned.
    """
    names = ("lower limit", "upper limit")[:: int(found.turn)]
    places = {
        f"{name} to {_ENDS[end]}": abs(limit - end * found.smallest)
        for name, limit in zip(names, found.limits, strict=True)
        for end in (region.low, region.high)
        if math.isfinite(end)
    }
    name = min(places, key=lambda n: (places[n], n))
    return name, places[name]


def decider(part: StatementPart, certainty: str, material: Material) -> Decide:
    """How a pooled interval is judged for a part about an effect, or about what is called unproven, at this certainty."""
    if part.kind == UNPROVEN:
        return lambda evidence: unproven_verdict(evidence, certainty, part.versus is not None, material)
    region = REGIONS[part.region]
    return lambda evidence: material.statement_rules.settle(evidence.judged(region, material), certainty)


def judge_effect(part: StatementPart, material: Material) -> PartAnswer:
    """Whether the trials bear out that a treatment has an effect of the claimed region.

    Supported where the 95% interval lies in it, contradicted where it lies outside, else leaning by the probability of the
    region; at too low a certainty leaning at most; open with too few trials or people.
    """
    question, region = question_of(part, material.settings), REGIONS[part.region]
    found = pooled_on_first(question, material)
    if found is None:
        return not_looked_at(question, material)
    certainty = rating_of(found, material).certainty
    decide = decider(part, certainty, material)
    plain, verdict = found.judged(region, material), decide(found)
    chance = found.chance(region, material)
    reasons = [too_little(found, material)]
    if plain != verdict:
        reasons.append(f"by its interval {wording.statement_verdict(plain)}; {certainty} certainty lets it lean at most")
    if not math.isnan(chance):
        reasons.append(f"probability of what is claimed {chance:.2f}")
    answer = answer_of(found, verdict, "; ".join(filter(None, reasons)), certainty)
    nearest, distance = _nearest(found, region)
    answer = replace(answer, chance=chance, nearest=nearest, distance=distance, beside=known_beside(question, material))
    return robustness_of(answer, found, decide, material)


def unproven_verdict(found: PooledEvidence, certainty: str, either: bool, material: Material) -> str:
    """Still unproven, not looked at, or overtaken; ``either``: by a difference in either direction."""
    if found.trials < material.rules.least_trials:
        return NOT_LOOKED_AT
    shown = found.inside(REGIONS[ANY_RELIEF]) or (either and found.inside(REGIONS[HARMFUL]))
    enough = found.enough(material) and material.statement_rules.enough(certainty)
    return OVERTAKEN if shown and enough else STILL_UNPROVEN


def _why_unproven(found: PooledEvidence, certainty: str, either: bool, material: Material) -> str:
    if found.trials < material.rules.least_trials:
        return "one usable trial"
    little = too_little(found, material)
    if found.inside(REGIONS[HARMFUL]) and not either:
        return "the interval lies on the side of the comparator"
    if not (found.inside(REGIONS[ANY_RELIEF]) or found.inside(REGIONS[HARMFUL])):
        return "the interval does not exclude no effect"
    if little:
        return f"the interval excludes no effect, on {little}"
    if not material.statement_rules.enough(certainty):
        return f"the interval excludes no effect, at {certainty} certainty"
    return f"an effect is shown at {certainty} certainty"


def judge_unproven(part: StatementPart, material: Material) -> PartAnswer:
    """Whether what a document calls unproven still is. That nothing was found, or looked for, is no agreement.

    Overtaken by an effect in favour that is shown at the least certainty or better; between two treatments, of which
    neither is the one that is hoped for, by a difference in either direction.
    """
    question, either = question_of(part, material.settings), part.versus is not None
    found = pooled_on_first(question, material)
    if found is None:
        return not_looked_at(question, material)
    certainty = rating_of(found, material).certainty
    decide = decider(part, certainty, material)
    reason = _why_unproven(found, certainty, either, material)
    answer = answer_of(found, decide(found), reason, certainty)
    answer = replace(answer, chance=found.chance(REGIONS[ANY_RELIEF], material), beside=known_beside(question, material))
    return robustness_of(answer, found, decide, material)
