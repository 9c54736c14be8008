"""What each page's template receives: one class for each page, and one for each thing that a page lists.

Everything is in words already; a template only puts it in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

from markupsafe import Markup

from evidence_synthesis.report.trial_findings import ComparisonFound
from evidence_synthesis.review.evidence import EvidenceState
from evidence_synthesis.review.settings import Model
from evidence_synthesis.synthesis.rows.figures import PublishedFigure
from evidence_synthesis.synthesis.rows.statements import DocumentReading, JudgedClaim, UntestedStatement

Named = tuple[str, str]  # a name with its page, or with another word for it
Figures = Mapping[str, Sequence[PublishedFigure]]  # of all treatments together, by group; those for a phone apart


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """What every page receives: the site's title, and what leads from the page to the report's folder."""

    TEMPLATE: ClassVar[str] = ""

    site: str
    up: str = ""

    def values(self) -> dict[str, object]:
        """The values by the names that the template uses."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source by its reference number: label, identifier, address (empty: none)."""

    ref: str
    label: str
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class SofCellView:
    """One finding of a summary of findings: people, effect in lines, certainty, letters of its notes, plain sentence."""

    size: str
    lines: Sequence[str]
    certainty: str
    letters: str
    sentence: str
    anchor: str


@dataclass(frozen=True, slots=True)
class SofLineView:
    """One outcome of a summary of findings; None where a term has no trial."""

    label: str
    cells: Sequence[SofCellView | None]


@dataclass(frozen=True, slots=True)
class SofView:
    """One summary of findings; notes have their letters, ``first``: of the comparison that the page opens with."""

    title: str
    population: str
    first: bool
    lines: Sequence[SofLineView]
    notes: Sequence[Named]


@dataclass(frozen=True, slots=True)
class FirmnessView:
    """A pooled result and what shakes it; ``sort`` is its estimate as a number."""

    anchor: str
    comparator: str
    outcome: str
    term: str
    population: str
    measure: str
    effect: str
    sort: str
    i2: str
    plot: str
    tone: str
    verdict: str
    certainty: str
    remarks: str
    trials: Sequence[TrialLink]


@dataclass(frozen=True, slots=True)
class FirmnessFold:
    """The pooled results on one outcome in one population, folded under their title."""

    title: str
    rows: Sequence[FirmnessView]


@dataclass(frozen=True, slots=True)
class TrialLink:
    """A trial further down the page."""

    study: str
    anchor: str


@dataclass(frozen=True, slots=True)
class NetworkView:
    """A treatment's place in a network."""

    network: str
    score: str
    size: str
    inconsistency: str


@dataclass(frozen=True, slots=True)
class TrialOfGroup:
    """A trial on the page of a group: what was compared, how many results, risk of bias, sources, audit."""

    anchor: str
    page: str
    study: str
    year: str
    against: str
    outcomes: str
    rows: int
    bias: str
    sources: Sequence[SourceView]
    findings: str


@dataclass(frozen=True, slots=True)
class UnpooledView:
    """A result that is known without poolable numbers."""

    study: str
    outcome: str
    known: str


@dataclass(frozen=True, slots=True)
class PlotFold:
    """The forest plots of one comparison and population, an outcome each."""

    title: str
    figures: Sequence[PublishedFigure]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentPage(PageView):
    """The page of a treatment, family or class.

    ``firmness`` are the results of the comparison that the page opens with, ``folded`` the others; so are ``figures``, its
    forest plots, and ``more_figures``. ``together`` are the outcomes of which a full run prints all comparisons in one file.
    """

    TEMPLATE: ClassVar[str] = "site/treatment.html.j2"

    group: str
    label: str
    members: Sequence[Named]
    card: CardView | None
    sentences: Sequence[str]
    lacking: str
    explained: str
    methods: str
    workbook: str
    sof: Sequence[SofView]
    terms: Sequence[str]
    figures: Sequence[PublishedFigure]
    more_figures: Sequence[PlotFold]
    together: Sequence[Named]
    panels: Sequence[PublishedFigure]
    firmness: Sequence[FirmnessView]
    folded: Sequence[FirmnessFold]
    explorer: Markup | str
    model: Model
    network: Sequence[NetworkView]
    said: Sequence[JudgedClaim]
    trials: Sequence[TrialOfGroup]
    unusable: Sequence[UnpooledView]


@dataclass(frozen=True, slots=True)
class ResultCell:
    """A pooled result at a glance; ``tone`` are the classes that show direction and strength, ``people`` follow the trials.

    ``bare`` is the effect for a column whose heading says the unit of differences.
    """

    href: str
    verdict: str
    tone: str
    words: str
    effect: str
    bare: str
    trials: str
    people: str
    certainty: str
    signs: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One outcome of a card: the place of its forest plot, a cell for each term (None: no trial), and the answer in words."""

    label: str
    plot: str
    cells: Sequence[ResultCell | None]
    answer: str


@dataclass(frozen=True, slots=True)
class CardView:
    """What a group's page opens with: in whom and against what, terms, and a line for each outcome."""

    caption: str
    terms: Sequence[str]
    lines: Sequence[AnswerLine]


@dataclass(frozen=True, slots=True)
class GlanceLine:
    """A class (``whole``) or family at a glance: a cell for each outcome and term."""

    label: str
    page: str
    cells: Sequence[ResultCell | None]
    whole: bool


@dataclass(frozen=True, slots=True)
class GlanceView:
    """All results at a glance: outcomes with their units, terms, and a section of lines for each class."""

    outcomes: Sequence[Named]
    terms: Sequence[str]
    sections: Sequence[Sequence[GlanceLine]]
    caption: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadsPage(PageView):
    """What there is to download; ``documents`` are the groups with a summary of findings, tables have file, words and name."""

    TEMPLATE: ClassVar[str] = "site/downloads.html.j2"

    listing: Sequence[TreatmentPage]
    documents: Sequence[str]
    figures: Figures
    tables: Sequence[tuple[str, str, str]]
    workbook: str
    citation: str


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A trial in the list of all trials; ``taken`` counts the results that enter an analysis."""

    study: str
    page: str
    year: str
    treatments: Sequence[str]
    people: str
    outcomes: Sequence[str]
    results: int
    taken: int
    bias: str
    read: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialsPage(PageView):
    """The list of all trials."""

    TEMPLATE: ClassVar[str] = "site/trials.html.j2"

    trials: Sequence[TrialLine]


@dataclass(frozen=True, slots=True)
class UseView:
    """An analysis that a result counts in, with its weight there."""

    words: str
    href: str
    weight: str


@dataclass(frozen=True, slots=True)
class ReadView:
    """Where a result was read."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """A result as printed and as used; arms are label, detail and values."""

    anchor: str
    outcome: str
    measured: str
    time: str
    arms: Sequence[tuple[str, str, str]]
    printed: str
    effects: Sequence[str]
    steps: Sequence[str]
    problems: Sequence[str]
    changes: Sequence[str]
    decision: str
    fate: str
    reason: str
    uses: Sequence[UseView]
    read: ReadView
    findings: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage(PageView):
    """The page of a trial: the answer first. ``bias`` has for each tool the ratings of its domains, ``rated`` all in words.

    ``in_points`` tells whether a difference is told in points of 100. ``others`` counts the results that the answer does not
    tell: those without an effect that is pooled.
    """

    TEMPLATE: ClassVar[str] = "site/trial.html.j2"

    study: str
    lead: str
    people: Sequence[str]
    found: Sequence[ComparisonFound]
    in_points: bool
    others: int
    rated: str
    status: Named
    facts: Sequence[Named]
    groups: Sequence[Named]
    sources: Sequence[SourceView]
    bias: Sequence[tuple[str, Sequence[Named]]]
    results: Sequence[ResultView]


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


@dataclass(frozen=True, slots=True)
class FormulaView:
    """What is computed where, with DOIs and their addresses."""

    where: str
    what: str
    sources: Sequence[Named]


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryPage(PageView):
    """The words of the report, for people who do not read statistics; ``terms`` are those of follow-up with their limits."""

    TEMPLATE: ClassVar[str] = "site/glossary.html.j2"

    terms: Sequence[str]
    rules: Sequence[tuple[str, str, str]]
    statements: Sequence[Named]
    thresholds: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodsPage(PageView):
    """Methods: formulas, results left out by reason, settings in force, libraries with their versions."""

    TEMPLATE: ClassVar[str] = "site/methods.html.j2"

    explained: str
    methods: str
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
