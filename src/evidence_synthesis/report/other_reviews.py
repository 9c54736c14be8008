"""The page of published reviews beside the statements: what both lines of evidence say, and how much of theirs is in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.conclusions.other_reviews.share import share_covered
from evidence_synthesis.report.links import anchor, place_of
from evidence_synthesis.report.shelf import ReportTables
from evidence_synthesis.report.views import Figures, PageView
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.rows.other_reviews import BOTH, REVIEWS_ONLY, BesideReviews, MissingTrial
from evidence_synthesis.wording import asked, running

_LISTED = 60  # missing trials on the page; the table has all


@dataclass(frozen=True, slots=True)
class BesideView:
    """A part of a statement with both lines of evidence, in words."""

    place: str
    says: str
    row: BesideReviews


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReviewsPage(PageView):
    """Published reviews beside the statements; ``share`` is the share of theirs that the data cover, in per cent."""

    TEMPLATE: ClassVar[str] = "site/other_reviews.html.j2"

    parts: Sequence[BesideView]
    both: int
    reviews_only: int
    share: str
    coverage: Sequence[CoverageView]
    missing: Sequence[MissingView]
    all_missing: int
    figures: Figures


def other_reviews_page(
    tables: ReportTables, on_pages: set[str], settings: Settings, taxonomy: Taxonomy, figures: Figures, site: str
) -> OtherReviewsPage:
    """The page of published reviews; ``on_pages`` are the analyses that pages show."""
    says = {(part.claim, part.part): part.says for part in tables.detail}
    told = [row for row in tables.beside if row.estimates]
    covered = share_covered(tables.coverage)
    return OtherReviewsPage(
        site=site,
        parts=[BesideView(f"claims.html#{anchor(row.claim)}", says[row.claim, row.part], row) for row in told],
        both=len([row for row in told if row.tested_by == BOTH]),
        reviews_only=len([row for row in told if row.tested_by == REVIEWS_ONLY]),
        share="" if not tables.coverage else f"{100 * covered:.0f}",
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
            )
            for row in tables.missing[:_LISTED]
        ],
        all_missing=len(tables.missing),
        figures=figures,
    )
