"""Statements as tables: every part, every statement, and where documents speak of the same treatments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any

from evidence_synthesis.conclusions.claims.judge import Judged_statements
from evidence_synthesis.conclusions.claims.material import OVERTAKEN, STILL_UNPROVEN, PartAnswer, StatementRules
from evidence_synthesis.conclusions.claims.summary import (
    badge,
    badge_words,
    certainties,
    firmer,
    question_words,
    summed,
    taken_first,
)
from evidence_synthesis.review.claims_file import UNPROVEN, Claims, Statement, StatementPart
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import analysis_of, names_of_questions
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.regions import CONTRADICTED, NOT_LOOKED_AT, REGION_VERDICTS, SUPPORTED
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses
from evidence_synthesis.synthesis.rows.statements import MIXED, DocumentReading, JudgedClaim, JudgedPart, UntestedStatement

Universes = Mapping[str, QuestionInUniverses]  # the multiverse's summary, by question

SHARES = tuple(v for v in REGION_VERDICTS if v != NOT_LOOKED_AT)
VERDICTS = (*SHARES, STILL_UNPROVEN, OVERTAKEN, NOT_LOOKED_AT)


def _claimed(part: StatementPart) -> str:
    """The rule of a part: the region, amount, rate or share that it claims."""
    if part.quality:
        return f"at most {part.at_most} trials" + (" at low risk of bias" if part.quality == "low_risk" else "")
    return part.region or part.rate or (f"{part.share:g}" if part.share else "")


def universe_shares(
    part: StatementPart, answer: PartAnswer, summary: QuestionInUniverses | None, rules: StatementRules
) -> dict[str, Any]:
    """In what share of the universes with data a part has each verdict, after the certainty of the review's own had its say.

    ``summary`` is the multiverse's line of its question (None: not asked there). For what is called unproven the verdicts
    are on whether there is an effect in favour, and the same verdict is that it is shown, or that it is not.
    """
    if summary is None or not answer.pooled or not summary.with_data:
        return {"universes": None, **{f"universes_{v}": None for v in SHARES}, "same_verdict": None}
    counts = dict.fromkeys(SHARES, 0.0)
    for verdict in SHARES:
        settled = rules.settle(verdict, answer.certainty) if answer.certainty else verdict
        counts[settled if part.kind != UNPROVEN else verdict] += summary.share(verdict)
    same: float = counts.get(answer.verdict, 0.0)
    if part.kind == UNPROVEN:
        shown = counts[SUPPORTED] + (counts[CONTRADICTED] if part.versus is not None else 0.0)
        same = shown if answer.verdict == OVERTAKEN else 1 - shown
    universes = round(summary.universes * summary.with_data)
    return {"universes": universes, **{f"universes_{v}": counts[v] for v in SHARES}, "same_verdict": same}


def other_shares(verdicts: Counter[str], own: str) -> dict[str, Any]:
    """The same of a part that was judged again under other choices, from how many universes have which verdict."""
    with_data = verdicts.total() - verdicts[NOT_LOOKED_AT]
    if not with_data:
        return {"universes": None, **{f"universes_{v}": None for v in SHARES}, "same_verdict": None}
    shares = {v: verdicts[v] / with_data for v in SHARES}
    return {
        "universes": with_data,
        **{f"universes_{v}": share for v, share in shares.items()},
        "same_verdict": shares.get(own, 0.0),
    }


def _groups(part: StatementPart) -> tuple[str, ...]:
    """The groups of treatments that a part is about, those it compares with among them."""
    return (*part.treatment.groups, *(part.versus.groups if part.versus else ()))


def detail_rows(
    judged: Judged_statements,
    claims: Claims,
    settings: Settings,
    universes: Universes,
    rules: StatementRules,
    analyses: Container[str],
    otherwise: Mapping[tuple[str, int], Counter[str]],
) -> Iterator[JudgedPart]:
    """A line for every part of every statement.

    ``universes`` holds the multiverse's summary by question, ``analyses`` the ids of the review's pooled analyses,
    ``otherwise`` the verdicts on other parts under other choices, by statement and number.
    """
    names = names_of_questions(claims)
    for statement, answers in judged:
        for number, (part, found) in enumerate(zip(statement.parts, answers, strict=True), 1):
            place = (statement.statement_id, number)
            same, asked = analysis_of(part, settings), names.get(place, "")
            shares = universe_shares(part, found, universes.get(asked), rules)
            if place in otherwise:
                shares = other_shares(otherwise[place], found.verdict)
            estimate, low, high = found.shown() if found.pooled else (None, None, None)
            yield JudgedPart(
                claim=statement.statement_id,
                part=number,
                says=part.says,
                reading=part.reading,
                kind=part.kind,
                question=question_words(part, settings),
                claimed=_claimed(part),
                verdict=found.verdict,
                measure=found.measure,
                estimate=estimate,
                ci_low=low,
                ci_high=high,
                i2=known(found.i2),
                trials=found.trials,
                participants=found.participants,
                trials_without_n=found.uncounted if found.pooled else None,
                threshold=known(found.threshold()),
                chance=known(found.chance),
                certainty=found.certainty,
                universes_of=asked,
                **shares,
                nearest=found.nearest,
                distance=known(found.distance),
                flipped_by="; ".join(found.flipped_by),
                without_doubtful=found.without_doubtful,
                reason=found.reason,
                beside=found.beside,
                rows=found.row_ids,
                groups=_groups(part),
                analysis_id=same if same in analyses else "",
            )


def _decided_by_doubtful(answers: list[PartAnswer]) -> str:
    return "; ".join(dict.fromkeys(a.without_doubtful for a in answers if a.without_doubtful))


def claim_rows(judged: Judged_statements, claims: Claims, settings: Settings) -> Iterator[JudgedClaim]:
    """A line for every statement: the verdict of its primary readings, how many parts have which, and all of them in words."""
    for statement, answers in judged:
        first = taken_first(statement, answers)
        counted = Counter(a.verdict for a in answers)
        counts: dict[str, Any] = {v: counted[v] for v in VERDICTS}
        yield JudgedClaim(
            claim=statement.statement_id,
            document=claims.documents[statement.document]["title"],
            section=statement.section,
            statement=statement.statement,
            stated_certainty=statement.stated_certainty,
            verdict=badge(a.verdict for a in first),
            verdict_words=badge_words([a.verdict for a in first]),
            certainty=certainties(first),
            trials=max(a.trials for a in first),
            firmer=firmer(statement, answers),
            parts=len(answers),
            **counts,
            summary=summed(statement, answers, settings),
            flipped_by="; ".join(sorted({label for a in first for label in a.flipped_by})),
            without_doubtful=_decided_by_doubtful(answers),
            rules_fixed=claims.rules_fixed,
        )


def not_tested_rows(claims: Claims) -> Iterator[UntestedStatement]:
    """A line for every statement of the documents that is not put to a test, with the reason."""
    for entry in claims.not_tested:
        title = claims.documents[entry["document"]]["title"]
        yield UntestedStatement(title, entry["section"], entry["statement"], entry["why"])


def _families(statement: Statement, taxonomy: Taxonomy) -> set[str]:
    families = [{taxonomy[m].family for m in p.treatment.members} for p in statement.parts if p.treatment.level != "class"]
    return {next(iter(f)) for f in families if len(f) == 1}


def reading_rows(judged: Judged_statements, claims: Claims, taxonomy: Taxonomy) -> Iterator[DocumentReading]:
    """Where several documents speak of one family of treatments: how many statements of each have which verdict.

    No document is called the winner: statements differ in what they risk, and "not looked at here" is no point for anybody.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for statement, answers in judged:
        for family in _families(statement, taxonomy):
            verdict = badge(a.verdict for a in taken_first(statement, answers))
            found.setdefault(family, {}).setdefault(statement.document, []).append(verdict)
    for family, documents in sorted(found.items()):
        if len(documents) < 2:
            continue
        for document, verdicts in documents.items():
            counts: dict[str, Any] = {v: verdicts.count(v) for v in (*VERDICTS, MIXED)}
            yield DocumentReading(
                family=taxonomy.label(f"family-{family}"),
                document=claims.documents[document]["title"],
                claims=len(verdicts),
                **counts,
            )
