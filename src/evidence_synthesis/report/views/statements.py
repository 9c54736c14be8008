"""What the template of the page of the documents' statements receives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.report.views.pages import Figures, Named, PageView
from evidence_synthesis.synthesis.rows.statements import DocumentReading, JudgedClaim, UntestedStatement


@dataclass(frozen=True, slots=True)
class StatementPartView:
    """A part of a statement; ``secondary``: another reading of it, ``place`` leads to its analysis, ``behind`` to its trials."""

    says: str
    secondary: bool
    words: str
    claimed: str
    shown: str
    place: str
    trials: int
    behind: Sequence[Named]
    certainty: str
    reason: str
    without_doubtful: str
    beside: str
    universes: str
    nearest: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A statement with its parts; ``stated`` is how sure the document is, ``pages`` are those of its groups."""

    row: JudgedClaim
    stated: str
    parts: Sequence[StatementPartView]
    pages: Sequence[Named]


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many statements have a verdict, and how many parts of statements; ``meaning`` says when one has it.

    ``parts`` is None for what only a whole statement can be: mixed.
    """

    verdict: str
    words: str
    meaning: str
    statements: int
    parts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsPage(PageView):
    """The documents' statements against the trials; ``words`` has every verdict in words.

    ``lead`` is the answer in a few sentences, ``counts`` has every verdict, ``against`` the statements that the trials
    contradict, have overtaken or lean against, by the verdict in words, ``documents`` how the statements of each fare.
    """

    TEMPLATE: ClassVar[str] = "site/claims.html.j2"

    lead: str
    counts: Sequence[VerdictCount]
    against: Sequence[tuple[str, Sequence[JudgedClaim]]]
    rules_fixed: str
    claims: Sequence[ClaimView]
    documents: Mapping[str, str]
    words: Mapping[str, str]
    readings: Sequence[DocumentReading]
    not_tested: Sequence[UntestedStatement]
    figures: Figures
