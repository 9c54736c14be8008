"""Each part of a statement: our trials and published reviews side by side, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence_synthesis import wording
from evidence_synthesis.conclusions.grade import LEVELS
from evidence_synthesis.conclusions.other_reviews.estimates import asked, estimate_rows, on
from evidence_synthesis.conclusions.other_reviews.listed import trial_key
from evidence_synthesis.conclusions.other_reviews.lists import KnownTrials, TrialLists
from evidence_synthesis.conclusions.other_reviews.overlap import in_several, overlap_words, whole_area
from evidence_synthesis.review.claims_file import Claims, StatementPart
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import Question
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.regions import CONTRADICTED, OPEN, SUPPORTED
from evidence_synthesis.synthesis.rows.other_reviews import (
    BOTH,
    NOT_POOLED,
    NOTHING,
    OURS_ONLY,
    REVIEWS_ONLY,
    BesideReviews,
    ReviewEstimate,
)
from evidence_synthesis.synthesis.rows.statements import JudgedPart

_ABOUT = {  # what parts of other kinds say something of
    "amount": "how many trials there are",
    "contradictory": "whether trials agree with each other",
    "rare_harm": "how rare a harm is",
    "share": "a share of people",
}
_RANK = {level: number for number, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class ReviewTables:
    """Published estimates by part, and each part beside them."""

    estimates: list[ReviewEstimate]
    beside: list[BesideReviews]


def _effect(row: ReviewEstimate, unit: str) -> str:
    effect = wording.fit_to_print(row.measure, row.estimate, row.ci_low, row.ci_high, unit=unit)
    effect += wording.in_unit(row.measure, unit)
    trials = f", {wording.count(row.trials, 'trial')}" if row.trials else ""
    return f"{row.review} {row.measure} {effect}{trials}"


def _lowest(certainty: str) -> int:
    """The rank of a rating that a review prints; of several the lowest counts, and no rating is below all."""
    words = certainty.replace(" or ", " to ").split(" to ")
    return min((_RANK.get(word.strip(), -1) for word in words), default=-1)


def _range(rows: Iterable[ReviewEstimate], unit: str) -> str:
    """The span of estimates by measure, in words; ``unit`` is that of mean differences."""
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(row.measure, []).append(row.estimate)

    def words(measure: str, some: Sequence[float]) -> str:
        ends = wording.limits_to_print(measure, min(some), max(some), unit)
        shown = ends if len(some) > 1 else wording.effect(measure, some[0], unit)
        return f"{measure} {shown}{wording.in_unit(measure, unit)}"

    return "; ".join(words(measure, some) for measure, some in sorted(found.items()))


def _in_words(ours: JudgedPart, rows: Sequence[ReviewEstimate], tested: str) -> str:
    """What both lines of evidence say of the part."""
    own = f"our trials: {wording.statement_verdict(ours.verdict)}"
    if tested in (NOTHING, OURS_ONLY):
        return f"{own}; no published pooled estimate of the same in the data"
    if tested == REVIEWS_ONLY:
        own = "our trials cannot test it; tested by reviews only"
    said = [(SUPPORTED, "bear it out"), (OPEN, "leave it open"), (CONTRADICTED, "contradict it")]
    counts = [(sum(r.reading == name for r in rows), words) for name, words in said]
    parts = [f"{n} {words}" for n, words in counts if n]
    reviews = wording.count(len({r.review for r in rows}), "review")
    return f"{own}; of {wording.count(len(rows), 'estimate')} of {reviews} {', '.join(parts) or 'none has a threshold'}"


def _beside(
    ours: JudgedPart, rows: Sequence[ReviewEstimate], near: int, lists: Sequence[KnownTrials], mine: frozenset[str], unit: str
) -> BesideReviews:
    tested = {(True, True): BOTH, (True, False): OURS_ONLY, (False, True): REVIEWS_ONLY, (False, False): NOTHING}[
        ours.trials > 0, bool(rows)
    ]
    apart = [r for r in rows if r.overlap is False or r.same_side is False]
    newest = max(rows, key=lambda r: (r.year or 0, r.estimate_id), default=None)
    rated = [r for r in rows if _lowest(r.certainty) >= 0]
    reviews = len({r.review for r in rows})
    best = max(rated, key=lambda r: (_lowest(r.certainty), r.year or 0, r.estimate_id), default=None)
    return BesideReviews(
        claim=ours.claim,
        part=ours.part,
        question=ours.question,
        claimed=ours.claimed,
        verdict=ours.verdict,
        our_trials=ours.trials,
        tested_by=tested,
        estimates=len(rows),
        reviews=reviews,
        near=near,
        supported=sum(r.reading == SUPPORTED for r in rows),
        open=sum(r.reading == OPEN for r in rows),
        contradicted=sum(r.reading == CONTRADICTED for r in rows),
        same_side=sum(r.same_side is True for r in rows),
        other_side=sum(r.same_side is False for r in rows),
        apart=sum(r.overlap is False for r in rows),
        range=_range(rows, unit),
        newest=_effect(newest, unit) if newest else "",
        best_rated=f"{_effect(best, unit)} ({best.certainty})" if best else "",
        why_apart=" | ".join(f"{r.review}: {r.differs}" for r in apart if r.differs),
        lists=len([review for review in lists if review.whole]),
        covered_area=known(whole_area(lists)),
        in_common=in_several(lists),
        ours_in_reviews=len(frozenset[str]().union(*(review.trials for review in lists)) & set(map(trial_key, mine))),
        overlap=overlap_words(reviews, lists, mine, ours.trials),
        in_words=_in_words(ours, rows, tested),
    )


def _not_pooled(ours: JudgedPart) -> BesideReviews:
    """The line of a part that no pooled estimate can answer, whoever pools it."""
    said = f"our trials: {wording.statement_verdict(ours.verdict)}; it says {_ABOUT[ours.kind]}, which no pooled estimate tells"
    return replace(_beside(ours, [], 0, [], frozenset(), ""), tested_by=NOT_POOLED, in_words=said)


def review_tables(
    claims: Claims,
    parts: Mapping[tuple[str, int], JudgedPart],
    published: Sequence[Cells],
    lists: TrialLists,
    settings: Settings,
    taxonomy: Taxonomy,
) -> ReviewTables:
    """Published estimates on the question of every part, and what both lines of evidence say.

    ``parts`` has our own answers by statement and number, ``lists`` the trials of reviews as far as they are listed. Parts
    that count trials or harms have no pooled question, and their line says so.
    """
    tables = ReviewTables([], [])
    for statement in claims.statements:
        for number, part in enumerate(statement.parts, 1):
            question, ours = asked(part, settings), parts[statement.statement_id, number]
            if question is None:
                tables.beside.append(_not_pooled(ours))
            else:
                _add(tables, statement.statement_id, part, ours, question, published,
                     lists, taxonomy)  # fmt: skip
    return tables


def _add(
    tables: ReviewTables,
    claim: str,
    part: StatementPart,
    ours: JudgedPart,
    question: Question,
    published: Sequence[Cells],
    lists: TrialLists,
    taxonomy: Taxonomy,
) -> None:
    same, near = on(question, published, taxonomy)
    rows = list(estimate_rows(claim, part, ours, question, same))
    tables.estimates.extend(rows)
    listed = lists.on(question, same, taxonomy)
    mine = frozenset(lists.trial_of[row_id] for row_id in ours.rows if row_id in lists.trial_of)
    tables.beside.append(_beside(ours, rows, near, listed, mine, question.outcome.own_unit("MD")))
