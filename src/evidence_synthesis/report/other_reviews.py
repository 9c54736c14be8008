"""The page of published reviews beside the statements: what both lines of evidence say, and how much of theirs is in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.conclusions.other_reviews.share import share_covered
from evidence_synthesis.report.links import anchor, place_of
from evidence_synthesis.report.shelf import ReportTables
from evidence_synthesis.report.views.pages import Figures, PageView
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.rows.other_reviews import (
    BOTH,
    NOT_POOLED,
    REVIEWS_ONLY,
    BesideReviews,
    MissingTrial,
    ReviewInclusions,
    ReviewOverlap,
)
from evidence_synthesis.wording import asked, count, running

_LISTED = 60  # missing trials on the page; the table has all


@dataclass(frozen=True, slots=True)
class BesideView:
    """A part of a statement with both lines of evidence."""

    place: str
    says: str
    row: BesideReviews


@dataclass(frozen=True, slots=True)
class ReviewsSayView:
    """What all estimates of reviews say of a part, in words, and the parts of which they say it."""

    words: str
    parts: Sequence[BesideView]


@dataclass(frozen=True, slots=True)
class CoverageView:
    """A question in words with the trials of the widest review and ours; ``place`` is where a page shows ours."""

    question: str
    place: str
    review: str
    theirs: int
    ours: int
    missing: int


@dataclass(frozen=True, slots=True)
class MissingView:
    """A trial known by name and not pooled yet, in words."""

    row: MissingTrial
    treatments: str
    outcomes: str
    people: str
    moves: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReviewsPage(PageView):
    """Published reviews beside the statements; ``share`` is the share of theirs that the data cover, in per cent.

    ``lead`` is the answer in a sentence or two, ``answers`` has the parts by what the reviews say of them, ``silent`` tells of
    the parts on which they say nothing, ``same_trials`` how far it is known that reviews rest on the same trials.
    """

    TEMPLATE: ClassVar[str] = "site/other_reviews.html.j2"

    lead: str
    silent: str
    answers: Sequence[ReviewsSayView]
    parts: Sequence[BesideView]
    both: int
    reviews_only: int
    share: str
    same_trials: str
    overlap: Sequence[ReviewOverlap]
    inclusions: Sequence[ReviewInclusions]
    coverage: Sequence[CoverageView]
    missing: Sequence[MissingView]
    all_missing: int
    figures: Figures


def _said(row: BesideReviews) -> str:
    """What the estimates of reviews on a part say together."""
    words = {"bear it out": row.supported, "contradict it": row.contradicted, "leave it open": row.open}
    said = [name for name, n in words.items() if n]
    if not said:
        return "have no threshold to judge it by"
    return said[0] if len(said) == 1 else "do not agree"


def _answers(parts: Sequence[BesideView]) -> list[ReviewsSayView]:
    """The parts by what the reviews say of them, in the order of the words."""
    order = ("bear it out", "contradict it", "leave it open", "do not agree", "have no threshold to judge it by")
    found = {words: [p for p in parts if _said(p.row) == words] for words in order}
    return [ReviewsSayView(words, some) for words, some in found.items() if some]


def _lead(answers: Sequence[ReviewsSayView]) -> str:
    """What reviews say of how many parts, and whether their estimates and ours go the same way."""
    rows = [part.row for answer in answers for part in answer.parts]
    if not rows:
        return "No published review in the data pools the question of a statement."
    told = "; ".join(f"on {len(a.parts)} they {a.words}" for a in answers)
    lead = f"Published reviews have pooled the questions of {count(len(rows), 'part')} of statements: {told}."
    beside = [row for row in rows if row.same_side + row.other_side]
    if not beside:
        return lead
    agree, apart = sum(row.other_side == 0 for row in beside), sum(row.apart > 0 for row in beside)
    return (
        f"{lead} Where ours can be laid beside theirs, both favour the same side on {agree} of {count(len(beside), 'part')}; "
        f"on {apart or 'none'} an interval of theirs lies wholly apart from ours."
    )


def _silent(rows: Sequence[BesideReviews]) -> str:
    """On how many parts no review says anything, and why."""
    other = len([row for row in rows if row.tested_by == NOT_POOLED])
    none = len([row for row in rows if not row.estimates]) - other
    told = [f"on {count(none, 'part')} no pooled estimate of the same question is in the data"] if none else []
    kinds = "how many trials there are, whether they agree, how rare a harm is"
    told += [f"{count(other, 'part')} {'asks' if other == 1 else 'ask'} what no pooled estimate tells ({kinds})"] if other else []
    return f"Reviews say nothing of the others: {'; '.join(told)}." if told else ""


def _same_trials(tables: ReportTables) -> str:
    """What is known of reviews' trials, in a sentence or two."""
    whole, known = len([row for row in tables.inclusions if row.whole]), len(tables.inclusions)
    if not known:
        return "No trial of a published review is known by name, so how far reviews rest on the same trials is not known."
    common = len([row for row in tables.overlap if row.common])
    here = max(tables.inclusions, key=lambda row: row.pooled_here)
    lists = f"whole lists are entered of {whole} of them" if whole else "a whole list is entered of none"
    pairs = f"{count(common, 'pair')} of reviews {'is' if common == 1 else 'are'}" if common else "No pair of reviews is"
    return (
        f"Trials of {count(known, 'review')} are known by name; {lists}. {pairs} known to share trials. "
        f"Most are here of {here.review}: {here.in_words}."
    )


def other_reviews_page(
    tables: ReportTables, on_pages: set[str], settings: Settings, taxonomy: Taxonomy, figures: Figures, site: str
) -> OtherReviewsPage:
    """The page of published reviews; ``on_pages`` are the analyses that pages show."""
    says = {(part.claim, part.part): part.says for part in tables.detail}
    told = [row for row in tables.beside if row.estimates]
    covered = share_covered(tables.coverage)
    parts = [BesideView(f"claims.html#{anchor(row.claim)}", says[row.claim, row.part], row) for row in told]
    answers = _answers(parts)
    return OtherReviewsPage(
        site=site,
        lead=_lead(answers),
        silent=_silent(tables.beside),
        answers=answers,
        parts=parts,
        both=len([row for row in told if row.tested_by == BOTH]),
        reviews_only=len([row for row in told if row.tested_by == REVIEWS_ONLY]),
        share="" if not tables.coverage else f"{100 * covered:.0f}",
        same_trials=_same_trials(tables),
        overlap=tables.overlap,
        inclusions=tables.inclusions,
        coverage=[
            CoverageView(
                "{0} against {comparator}, {outcome}, {term} ({population})".format(
                    running(taxonomy.label(row.group)), **asked(row, settings)
                ),
                place_of(row.analysis_id) if row.analysis_id in on_pages else "",
                row.review,
                row.theirs,
                row.ours,
                row.missing,
            )
            for row in tables.coverage
        ],
        missing=[
            MissingView(
                row,
                ", ".join(running(taxonomy.label(name)) if name in taxonomy.conditions else name for name in row.treatments),
                ", ".join(name.replace("_", " ") for name in row.outcomes),
                "" if row.people is None else f"{row.people:,.0f}",
                "" if row.moves is None else f"{row.moves:.1f}",
            )
            for row in tables.missing[:_LISTED]
        ],
        all_missing=len(tables.missing),
        figures=figures,
    )
