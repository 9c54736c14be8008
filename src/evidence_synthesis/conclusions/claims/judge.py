"""Every part of every statement, put to the data by the rule of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple

from evidence_synthesis.conclusions.claims.amounts import judge_amount
from evidence_synthesis.conclusions.claims.concerning import material_about
from evidence_synthesis.conclusions.claims.contradictions import judge_contradictory
from evidence_synthesis.conclusions.claims.effects import judge_effect, judge_unproven
from evidence_synthesis.conclusions.claims.harms import judge_rare_harm
from evidence_synthesis.conclusions.claims.lasting import judge_only_short
from evidence_synthesis.conclusions.claims.material import Material, PartAnswer
from evidence_synthesis.conclusions.claims.shares import judge_share
from evidence_synthesis.review.claims_file import (
    AMOUNT,
    CONTRADICTORY,
    EFFECT,
    ONLY_SHORT,
    RARE_HARM,
    SHARE,
    UNPROVEN,
    Claims,
    Statement,
    StatementPart,
)

RULES: Mapping[str, Callable[[StatementPart, Material], PartAnswer]] = {
    EFFECT: judge_effect,
    UNPROVEN: judge_unproven,
    AMOUNT: judge_amount,
    CONTRADICTORY: judge_contradictory,
    ONLY_SHORT: judge_only_short,
    RARE_HARM: judge_rare_harm,
    SHARE: judge_share,
}
Judged_statements = list[tuple[Statement, list[PartAnswer]]]


def judge_part(part: StatementPart, material: Material) -> PartAnswer:
    """Put one part of a statement to the data; what was asked of the same data before is taken over."""
    if material.memo is None:
        return RULES[part.kind](part, material)
    data = (material.converted, material.unusable, material.published, material.outside)
    asked = (asked_by(part), material.beside_each)
    rule = RULES[part.kind]
    return material.memo.answer(asked, data, lambda: astuple(rule(part, material)), PartAnswer.of_cells, material.judged_by)


def asked_by(part: StatementPart) -> object:
    """All that the answer to a part depends on; parts that agree in it have one answer."""
    facts = (part.kind, part.treatment.members, part.comparator, part.versus and part.versus.members, part.outcome, part.term)
    return (*facts, part.population, part.region, part.at_most, part.quality, part.rate, part.share)


def judge_statements(claims: Claims, material: Material) -> Judged_statements:
    """Every statement with the answers to its parts; a part that several statements share is judged once."""
    known: dict[object, PartAnswer] = {}

    def judged(part: StatementPart) -> PartAnswer:
        asked = asked_by(part)
        if asked not in known:
            known[asked] = judge_part(part, material if material.memo is None else material_about(part, material))
        return known[asked]

    return [(s, [judged(p) for p in s.parts]) for s in claims.statements]
