"""What the templates of the pages that check the results receive: published estimates beside ours, and the data audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.report.views.pages import Figures, PageView


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """A published estimate beside ours; the numbers to sort by stand beside them."""

    review: str
    question: str
    measure: str
    their: str
    their_sort: str
    our: str
    our_sort: str
    place: str
    overlap: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPage(PageView):
    """Our estimates beside published ones; ``rest`` counts those that are not compared."""

    TEMPLATE: ClassVar[str] = "site/published.html.j2"

    rows: Sequence[ComparisonView]
    rest: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding of the audit; ``results`` counts its rows."""

    study: str
    page: str
    severity: str
    kind: str
    evidence: str
    results: int
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage(PageView):
    """The data audit: errors and doubts, and how many errors wait for a decision."""

    TEMPLATE: ClassVar[str] = "site/audit.html.j2"

    findings: Sequence[FindingView]
    errors: int
    waiting: int
    doubts: int
