"""Results at a glance: cells, cards and tables that answer before anything is explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evidence_synthesis.report.views.pages import Named


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
