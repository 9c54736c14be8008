"""Statements as tables: every part, every statement, and where documents speak of the same treatments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping

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
from evidence_synthesis.synthesis.regions import (
    CONTRADICTED,
    LEANING,
    LEANING_AGAINST,
    NOT_LOOKED_AT,
    OPEN,
    SUPPORTED,
)

Record = dict[str, object]

SHARES = (SUPPORTED, LEANING, OPEN, LEANING_AGAINST, CONTRADICTED)
VERDICTS = (*SHARES, STILL_UNPROVEN, OVERTAKEN, NOT_LOOKED_AT)
DETAIL_COLUMNS = (
    *("claim", "part", "says", "reading", "kind", "question", "claimed", "verdict", "measure", "estimate", "ci_low", "ci_high"),
    *("i2", "trials", "participants", "trials_without_n", "threshold", "chance", "certainty"),
    *("universes_of", "universes", *(f"universes_{v}" for v in SHARES), "same_verdict"),
    *("nearest", "distance", "flipped_by", "without_doubtful", "reason", "beside", "rows", "groups", "analysis_id"),
)
CLAIM_COLUMNS = (
    *("claim", "document", "section", "statement", "stated_certainty", "verdict", "verdict_words", "certainty", "trials"),
    *("firmer", "parts", *VERDICTS, "summary", "flipped_by", "without_doubtful", "rules_fixed"),
)
NOT_TESTED_COLUMNS = ("document", "section", "statement", "why")
READING_COLUMNS = ("family", "document", "claims", *VERDICTS, "mixed")


def _claimed(part: StatementPart) -> str:
    """The rule of a part: the region, amount, rate or share that it claims."""
    if part.quality:
        return f"at most {part.at_most} trials" + (" at low risk of bias" if part.quality == "low_risk" else "")
    return part.region or part.rate or (f"{part.share:g}" if part.share else "")


def universe_shares(part: StatementPart, answer: PartAnswer, summary: Mapping[str, str], rules: StatementRules) -> Record:
    """In what share of the universes with data a part has each verdict, after the certainty of the review's own had its say.

    ``summary`` is the multiverse's line of its question (empty: not asked there). For what is called unproven the verdicts
    are on whether there is an effect in favour, and the same verdict is that it is shown, or that it is not.
    """
    if not summary or not answer.pooled or not float(summary["with_data"] or 0):
        return {}
    counts = dict.fromkeys(SHARES, 0.0)
    for verdict in SHARES:
        settled = rules.settle(verdict, answer.certainty) if answer.certainty else verdict
        counts[settled if part.kind != UNPROVEN else verdict] += float(summary[verdict])
    same: float = counts.get(answer.verdict, 0.0)
    if part.kind == UNPROVEN:
        shown = counts[SUPPORTED] + (counts[CONTRADICTED] if part.versus is not None else 0.0)
        same = shown if answer.verdict == OVERTAKEN else 1 - shown
    universes = round(float(summary["universes"]) * float(summary["with_data"]))
    return {"universes": universes, **{f"universes_{v}": counts[v] for v in SHARES}, "same_verdict": same}


def _groups(part: StatementPart) -> str:
    """The groups of treatments that a part is about, those it compares with among them."""
    return ";".join((*part.treatment.groups, *(part.versus.groups if part.versus else ())))


def detail_rows(
    judged: Judged_statements,
    claims: Claims,
    settings: Settings,
    universes: Mapping[str, Mapping[str, str]],
    rules: StatementRules,
    analyses: Container[str],
) -> Iterator[Record]:
    """A line for every part of every statement.

    ``universes`` holds the multiverse's summary by question, ``analyses`` the ids of the review's pooled analyses.
    """
    names = names_of_questions(claims)
    for statement, answers in judged:
        for number, (part, found) in enumerate(zip(statement.parts, answers, strict=True), 1):
            same, asked = analysis_of(part, settings), names.get((statement.statement_id, number), "")
            shown = dict(zip(("estimate", "ci_low", "ci_high"), found.shown(), strict=True)) if found.pooled else {}
            yield {
                "claim": statement.statement_id,
                "part": number,
                "says": part.says,
                "reading": part.reading,
                "kind": part.kind,
                "question": question_words(part, settings),
                "claimed": _claimed(part),
                "verdict": found.verdict,
                **shown,
                **{n: getattr(found, n) for n in ("measure", "i2", "trials", "participants", "certainty", "chance")},
                "trials_without_n": found.uncounted if found.pooled else None,
                "threshold": found.threshold(),
                "universes_of": asked,
                **universe_shares(part, found, universes.get(asked, {}), rules),
                **{n: getattr(found, n) for n in ("nearest", "distance", "without_doubtful", "reason", "beside")},
                "flipped_by": "; ".join(found.flipped_by),
                "rows": ";".join(found.row_ids),
                "groups": _groups(part),
                "analysis_id": same if same in analyses else "",
            }


def _decided_by_doubtful(answers: list[PartAnswer]) -> str:
    return "; ".join(dict.fromkeys(a.without_doubtful for a in answers if a.without_doubtful))


def claim_rows(judged: Judged_statements, claims: Claims, settings: Settings) -> Iterator[Record]:
    """A line for every statement: the verdict of its primary readings, how many parts have which, and all of them in words."""
    for statement, answers in judged:
        first = taken_first(statement, answers)
        counted = Counter(a.verdict for a in answers)
        yield {
            "claim": statement.statement_id,
            "document": claims.documents[statement.document]["title"],
            "section": statement.section,
            "statement": statement.statement,
            "stated_certainty": statement.stated_certainty,
            "verdict": badge(a.verdict for a in first),
            "verdict_words": badge_words([a.verdict for a in first]),
            "certainty": certainties(first),
            "trials": max(a.trials for a in first),
            "firmer": firmer(statement, answers),
            "parts": len(answers),
            **{v: counted[v] for v in VERDICTS},
            "summary": summed(statement, answers, settings),
            "flipped_by": "; ".join(sorted({label for a in first for label in a.flipped_by})),
            "rules_fixed": claims.rules_fixed,
            "without_doubtful": _decided_by_doubtful(answers),
        }


def not_tested_rows(claims: Claims) -> Iterator[Record]:
    """A line for every statement of the documents that is not put to a test, with the reason."""
    for entry in claims.not_tested:
        yield {**entry, "document": claims.documents[entry["document"]]["title"]}


def _families(statement: Statement, taxonomy: Taxonomy) -> set[str]:
    families = [{taxonomy[m].family for m in p.treatment.members} for p in statement.parts if p.treatment.level != "class"]
    return {next(iter(f)) for f in families if len(f) == 1}


def reading_rows(judged: Judged_statements, claims: Claims, taxonomy: Taxonomy) -> Iterator[Record]:
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
            yield {
                "family": taxonomy.label(f"family-{family}"),
                "document": claims.documents[document]["title"],
                "claims": len(verdicts),
                **{v: verdicts.count(v) for v in (*VERDICTS, "mixed")},
            }
