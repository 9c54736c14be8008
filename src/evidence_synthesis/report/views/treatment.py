"""What the template of the page of a treatment, family or class receives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from evidence_synthesis.report.views.glance import CardView
from evidence_synthesis.report.views.pages import Named, PageView, SourceView
from evidence_synthesis.review.settings import Model
from evidence_synthesis.synthesis.rows.figures import PublishedFigure
from evidence_synthesis.synthesis.rows.statements import JudgedClaim


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
    forest plots, and ``more_figures``. ``together`` are the outcomes of which a full run prints all comparisons in one file,
    ``networks`` those that rank it, each with its place on the page of networks.
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
    networks: Sequence[Named]
    said: Sequence[JudgedClaim]
    trials: Sequence[TrialOfGroup]
    unusable: Sequence[UnpooledView]
