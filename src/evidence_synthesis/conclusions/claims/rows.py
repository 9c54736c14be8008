"""Claims as tables: every test, every statement, and whose statements the data bear out."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.answers import AGREES, DISAGREES, PARTLY, UNTESTABLE, Answer, overall
from evidence_synthesis.conclusions.claims.judge import Judged_claims
from evidence_synthesis.review.claims_file import COMPARE, EFFECT, EVIDENCE_BASE, RISK, Claim, Claims, Test
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import analysis_of
from evidence_synthesis.selection.keys import ClaimTestKey
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.rows.conclusions import ClaimTest, DocumentReading, JudgedClaim, UntestedStatement
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses

Universes = Mapping[str, QuestionInUniverses]  # the multiverse's summary, by question


def question_words(claim: Claim, test: Test, settings: Settings) -> str:
    """What a test asks, in words."""
    outcome = settings.outcome(test.outcome).label.lower()
    term = "any time" if test.term == "any" else f"{test.term} term"
    if test.kind == COMPARE and test.versus is not None:
        return (
            f"{test.treatment.label} against {wording.running(test.versus.label)}: {outcome}, {term} ({claim.population.label})"
        )
    if test.kind == EVIDENCE_BASE:
        return f"Trials of {test.treatment.label}: {outcome}, {term} ({claim.population.label})"
    if test.kind in (EFFECT, RISK):
        group = next(g.label for g in settings.comparators if g.comparator == test.comparator)
        return f"{test.treatment.label} against {group}: {outcome}, {term} ({claim.population.label})"
    return f"Serious adverse events of {test.treatment.label}"


def _words(values: Any) -> str:
    if isinstance(values, Mapping):
        return "; ".join(f"{k} {v:g}" for k, v in values.items())
    return ";".join(values or [])


def _shown(found: Answer) -> tuple[float | None, ...]:
    """The pooled values of an answer as they are read."""
    return (None, None, None) if math.isnan(found.estimate) else found.shown()


def _share(claim: Claim, number: int, found: Answer, universes: Universes) -> QuestionInUniverses | None:
    """What the multiverse says of a test; nothing for one that it does not answer."""
    return universes.get(ClaimTestKey(claim.claim_id, str(number)).name) if found.basis in ("pooled", "direct") else None


def _groups(test: Test) -> tuple[str, ...]:
    """The groups of treatments that a test is about, those it compares with among them."""
    return (*test.treatment.groups, *(test.versus.groups if test.versus else ()))


def detail_rows(judged: Judged_claims, settings: Settings, universes: Universes, analyses: Container[str]) -> Iterator[ClaimTest]:
    """A line for every test of every claim.

    ``universes`` holds the multiverse's summary by question, ``analyses`` the ids of the review's pooled analyses.
    """
    for claim, answers in judged:
        for number, (test, found) in enumerate(zip(claim.tests, answers, strict=True), 1):
            share = _share(claim, number, found, universes)
            same = analysis_of(claim, test, settings)
            estimate, low, high = _shown(found)
            yield ClaimTest(
                claim=claim.claim_id,
                test=number,
                kind=test.kind,
                question=question_words(claim, test, settings),
                opinion=found.opinion,
                verdict=found.verdict,
                agree=_words(test.agree) or (f"at most {test.at_most_per_1000:g} per 1,000" if test.at_most_per_1000 else ""),
                partly=_words(test.partly),
                measure=found.measure,
                estimate=estimate,
                ci_low=low,
                ci_high=high,
                i2=known(found.i2),
                trials=found.trials,
                participants=found.participants,
                threshold=known(found.threshold()),
                certainty=found.certainty,
                basis=found.basis,
                direct=found.direct,
                network=found.network,
                same_verdict=share.same_verdict if share else None,
                same_when_judged=share.same_when_judged if share else None,
                nearest_flip=found.nearest,
                distance=known(found.distance),
                flipped_by="; ".join(found.flipped_by),
                reason=found.reason,
                rows=found.row_ids,
                groups=_groups(test),
                analysis_id=same if same in analyses else "",
            )


def claim_rows(judged: Judged_claims, claims: Claims, universes: Universes) -> Iterator[JudgedClaim]:
    """A line for every statement: the overall opinion, the test that decided it, and how many universes share its verdict."""
    for claim, answers in judged:
        opinions = [a.opinion for a in answers]
        whole = overall(opinions)
        deciding = opinions.index(whole)
        found = answers[deciding]
        value = ""
        if not math.isnan(found.estimate):
            value = f"{found.measure} {found.effect()}, {wording.count(found.trials, 'trial')}; "
        share = _share(claim, deciding + 1, found, universes)
        yield JudgedClaim(
            claim=claim.claim_id,
            document=claims.documents[claim.document]["title"],
            section=claim.section,
            statement=claim.statement,
            population=claim.population.label,
            opinion=whole,
            agrees=opinions.count(AGREES),
            partly=opinions.count(PARTLY),
            disagrees=opinions.count(DISAGREES),
            not_tested=opinions.count(UNTESTABLE),
            decided_by=deciding + 1,
            certainty=found.certainty,
            same_verdict=share.same_verdict if share else None,
            flipped_by="; ".join(found.flipped_by),
            reason=value + (f"{wording.verdict(found.verdict)}: " if found.verdict else "") + found.reason,
            rules_of=claim.rules_of,
        )


def not_tested_rows(claims: Claims) -> Iterator[UntestedStatement]:
    """A line for every statement of the documents that is not put to a test, with the reason."""
    for entry in claims.not_tested:
        title = claims.documents[entry["document"]]["title"]
        yield UntestedStatement(title, entry["section"], entry["statement"], entry["why"])


def _families(claim: Claim, taxonomy: Taxonomy) -> set[str]:
    families = [{taxonomy[m].family for m in t.treatment.members} for t in claim.tests if t.treatment.level != "class"]
    return {next(iter(f)) for f in families if len(f) == 1}


def reading_rows(judged: Judged_claims, claims: Claims, taxonomy: Taxonomy) -> Iterator[DocumentReading]:
    """Where several documents speak of one family of treatments: whose statements the data bear out.

    A document is supported where more of its statements agree than disagree, and no other document does better.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for claim, answers in judged:
        for family in _families(claim, taxonomy):
            found.setdefault(family, {}).setdefault(claim.document, []).append(overall(a.opinion for a in answers))
    for family, documents in sorted(found.items()):
        if len(documents) < 2:
            continue
        score = {d: opinions.count(AGREES) - opinions.count(DISAGREES) for d, opinions in documents.items()}
        best = max(score.values())
        for document, opinions in documents.items():
            yield DocumentReading(
                family=taxonomy.label(f"family-{family}"),
                document=claims.documents[document]["title"],
                claims=len(opinions),
                agrees=opinions.count(AGREES),
                partly=opinions.count(PARTLY),
                disagrees=opinions.count(DISAGREES),
                not_tested=opinions.count(UNTESTABLE),
                supported=score[document] == best and best > 0,
            )
