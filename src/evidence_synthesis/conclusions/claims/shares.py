"""Parts that give a share ("in 1 of 3 people"): read as an absolute share of people, and as a relative one of events."""

from __future__ import annotations

import math
from dataclasses import replace

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.effects import answer_of, known_beside, not_looked_at, too_little
from evidence_synthesis.conclusions.claims.evidence import PooledEvidence, pooled_on, rating_of
from evidence_synthesis.conclusions.claims.material import Material, PartAnswer
from evidence_synthesis.review.claims_file import StatementPart
from evidence_synthesis.selection.claim_questions import question_of
from evidence_synthesis.synthesis.regions import CONTRADICTED, NOT_LOOKED_AT, OPEN, SUPPORTED

READINGS = {"RD": "absolute (so many of 100 people)", "RR": "relative (so many of 100 events)"}


def reading_verdict(low: float, high: float, claimed: float, enough: bool) -> str:
    """A share holds where the interval has it and excludes no effect; it fails where the interval has not (negative is good)."""
    if not enough:
        return OPEN
    if not low <= claimed <= high:
        return CONTRADICTED
    return SUPPORTED if high < 0 else OPEN


def claimed_effect(measure: str, share: float) -> float:
    """The share as an effect on the scale of pooling, negative in favour."""
    return -share if measure == "RD" else math.log(1 - share)


def judge_share(part: StatementPart, material: Material) -> PartAnswer:
    """Whether a treatment prevents the outcome in the claimed share, by either reading; the reason says which holds."""
    question = question_of(part, material.settings)
    verdicts: dict[str, str] = {}
    said, found_on = [], dict[str, PooledEvidence]()
    for measure, words in READINGS.items():
        found = pooled_on(question, measure, material)
        if found is None:
            said.append(f"{words}: no trial")
            continue
        found_on[measure] = found
        low, high = found.limits
        verdicts[measure] = reading_verdict(low, high, claimed_effect(measure, part.share), found.enough(material))
        effect = answer_of(found, "", "", "").effect()
        claimed = wording.effect(measure, -part.share if measure == "RD" else 1 - part.share)
        little = too_little(found, material)
        told = f"{words}: {effect}, {wording.count(found.trials, 'trial')}, claimed {claimed}: "
        said.append(told + wording.statement_verdict(verdicts[measure]) + (f" ({little})" if little else ""))
    if not found_on:
        return not_looked_at(question, material)
    words_found = set(verdicts.values())
    verdict = SUPPORTED if SUPPORTED in words_found else CONTRADICTED if words_found == {CONTRADICTED} else OPEN
    best = next((m for m, v in verdicts.items() if v == verdict), next(iter(verdicts)))
    found = found_on[best]
    certainty = rating_of(found_on.get("RR", found), material).certainty
    verdict = material.statement_rules.settle(verdict, certainty) if verdict != NOT_LOOKED_AT else verdict
    return replace(answer_of(found, verdict, "; ".join(said), certainty), beside=known_beside(question, material))
