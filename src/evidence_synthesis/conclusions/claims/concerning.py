"""What of the data a part of a statement is about, and no more: an answer changes only where this does."""

from __future__ import annotations

from dataclasses import replace

from evidence_synthesis.conclusions.claims.material import Material
from evidence_synthesis.review.claims_file import AMOUNT, RARE_HARM, StatementPart
from evidence_synthesis.selection.claim_questions import concerned, question_of

COUNTS = (AMOUNT, RARE_HARM)  # kinds of part that count trials or harms, and pool nothing


def material_about(part: StatementPart, material: Material) -> Material:
    """The material with those results only that the answer to a part can depend on, whatever is chosen otherwise.

    Of what is pooled: the results on the outcome, in its people and of its treatments, at any time and against any comparator.
    Of what is counted: all results of the trials that have one of the treatments in an arm, and of those results known without
    numbers the ones of the treatments.
    """
    if part.kind not in COUNTS:
        question = question_of(part, material.settings)
        return replace(material, converted=concerned(question, material.on(question.outcome.domain)))
    members = part.treatment.members
    told = [row for row in material.unusable if {row["treatment"], row["comparator"]} & members]
    own = {i.result.trial_id for i in material.converted if {i.result.treatment, i.result.comparator} & members}
    trials = own | {row["trial_id"] for row in told}
    return replace(material, converted=[i for i in material.converted if i.result.trial_id in trials], unusable=told)
