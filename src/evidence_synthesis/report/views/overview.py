"""What the template of the first page receives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.report.views.glance import GlanceLine, GlanceView, ResultCell
from evidence_synthesis.report.views.pages import Figures, Named, PageView
from evidence_synthesis.synthesis.rows.statements import JudgedClaim


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document: its first statement as an example, and how many of its statements have which verdict."""

    title: str
    example: JudgedClaim
    counted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was read, and what became of it."""

    rows: int
    trials: int
    used: int
    merged: int
    excluded: int
    analyses: int
    single: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPage(PageView):
    """The first page: the central message, what families of treatments do, what documents say; the rest behind it.

    ``answers`` are the comparisons that lead with a cell for each of ``terms``: ``asked`` is what they answer, ``scope`` in whom
    and in which unit, ``sure`` their certainty. ``lead`` is the same in one sentence, ``central`` all lines (comparison, outcome,
    cells), ``told`` these in sentences. ``rules`` has for each verdict its words, its classes and when it is given; ``said``
    counts for each document the ``verdicts`` on its statements. ``evidence`` is the version of the evidence in words,
    ``version`` that of the code.
    """

    TEMPLATE: ClassVar[str] = "site/overview.html.j2"

    lead: str
    answers: Sequence[tuple[str, Sequence[ResultCell | None]]]
    asked: str
    scope: str
    sure: str
    newest: str
    version: str
    evidence: str
    terms: Sequence[str]
    central: Sequence[tuple[str, str, Sequence[ResultCell | None]]]
    told: Sequence[str]
    glance: GlanceView
    rules: Sequence[tuple[str, str, str]]
    verdicts: Sequence[Named]
    said: Sequence[DocumentView]
    untested: int
    listing: Sequence[GlanceLine]
    sizes: Mapping[str, int]
    counts: Counts
    figures: Figures
