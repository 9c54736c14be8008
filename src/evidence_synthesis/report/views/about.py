"""What the templates of the pages about the report receive: methods, words, downloads, versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.report.views.pages import Figures, Named, PageView
from evidence_synthesis.report.views.treatment import TreatmentPage
from evidence_synthesis.review.evidence import EvidenceState


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadsPage(PageView):
    """What there is to download; ``documents`` are the groups with a summary of findings, tables have file, words and name."""

    TEMPLATE: ClassVar[str] = "site/downloads.html.j2"

    listing: Sequence[TreatmentPage]
    documents: Sequence[str]
    figures: Figures
    tables: Sequence[tuple[str, str, str]]
    workbook: str


@dataclass(frozen=True, slots=True)
class FormulaView:
    """What is computed where, with DOIs and their addresses."""

    where: str
    what: str
    sources: Sequence[Named]


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryPage(PageView):
    """The words of the report, for people who do not read statistics; ``terms`` are those of follow-up with their limits.

    ``shades`` are the words of a benefit, each after the certainty it stands for.
    """

    TEMPLATE: ClassVar[str] = "site/glossary.html.j2"

    terms: Sequence[str]
    shades: Sequence[tuple[str, str]]
    rules: Sequence[tuple[str, str, str]]
    statements: Sequence[Named]
    thresholds: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodsPage(PageView):
    """Methods: formulas, results left out by reason, settings in force, libraries with their versions.

    ``made`` is the last sentence of the paragraph to paste, ``methods``: the versions.
    """

    TEMPLATE: ClassVar[str] = "site/methods.html.j2"

    explained: str
    methods: str
    made: str
    formulas: Sequence[FormulaView]
    left_out: Sequence[tuple[str, int]]
    lines: Sequence[Named]
    libraries: Sequence[Named]
    figures: Figures


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version: what is said of it as a whole, and under headings what it changed."""

    version: str
    date: str
    lead: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsPage(PageView):
    """What each version changed, newest first.

    ``since`` is the version before the newest (empty: there was none), ``state`` that of the data.
    """

    TEMPLATE: ClassVar[str] = "site/versions.html.j2"

    state: EvidenceState
    since: str
    versions: tuple[VersionView, ...]
    citation: str
