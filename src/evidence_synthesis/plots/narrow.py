"""Figures for a phone: what stands side by side in the wide form stands one below the other, in larger print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots import other_reviews, through_time
from evidence_synthesis.plots.claims import VERDICTS, mark
from evidence_synthesis.plots.drawing.axis import EffectAxis
from evidence_synthesis.plots.drawing.canvas import GREY, INK, PALE, Page, Pages, text_width, wrap
from evidence_synthesis.plots.other_reviews import LIMITS, AmongReviews, QuestionAmongReviews
from evidence_synthesis.plots.through_time import Strips, YearAxis, colour_of

_WIDTH, _MARGIN = 3.5, 0.06  # inches; 390 pixels of a phone show it a twentieth larger
_SIZE, _SMALL, _STEP, _LEGEND = 9.0, 8.0, 0.165, 0.19  # points, and inches from line to line
_INNER = _WIDTH - 2 * _MARGIN


def _lines(page: Page, y: float, text: str, size: float = _SIZE, bold: bool = False, colour: str = INK) -> float:
    """Text from the margin on in as many lines as it takes, from its upper end; gives its lower end."""
    for line in wrap(text, _INNER, size, bold):
        page.text(_MARGIN, y + _STEP / 2, line, size=size, bold=bold, colour=colour)
        y += _STEP
    return y


def _band(page: Page, y: float, text: str) -> float:
    """A heading on a pale band."""
    lines = wrap(text, _INNER - 0.1, _SIZE, True)
    page.box(_MARGIN, y, _INNER, len(lines) * _STEP + 0.06, PALE)
    for line in lines:
        page.text(_MARGIN + 0.05, y + 0.03 + _STEP / 2, line, size=_SIZE, bold=True)
        y += _STEP
    return y + 0.1


def _top(title: str) -> tuple[Page, float]:
    page = Page(_WIDTH)
    return page, page.heading(_MARGIN, 0.16, title) + 0.24


@dataclass(frozen=True, slots=True)
class NarrowStrips:
    """Statements through time: each with its strip below it."""

    wide: Strips

    @property
    def title(self) -> str:
        """Title of the figure."""
        return self.wide.title

    def size(self) -> int:
        """Statements shown."""
        return self.wide.size()

    def describe(self) -> str:
        """The figure in words."""
        return self.wide.describe()

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """What the figure shows."""
        return self.wide.drawn()

    def lay_out(self) -> Pages:
        """The page and its height."""
        page, y = _top(self.title)
        y = _verdicts(page, y)
        axis = YearAxis(self.wide.first, self.wide.last, _MARGIN, _INNER)
        for document, strips in self.wide.documents:
            y = _band(page, y + 0.1, document)
            axis.label(page, y + _STEP / 2, 10, _SMALL)
            y += _STEP
            for strip in strips:
                y = _lines(page, y + 0.06, strip.statement)
                through_time.draw_strip(page, axis, strip, y + 0.12)
                y = _lines(page, y + 0.22, strip.words, _SMALL, colour=GREY)
        y = page.paragraph(_MARGIN, y + 0.2, through_time.NOTE, _STEP, _SMALL, INK)
        return [(page, y)]


def _verdicts(page: Page, y: float) -> float:
    """What marks and colours mean, as many to a line as there is room for."""
    x = _MARGIN + 0.06
    for verdict in VERDICTS:
        words = wording.statement_verdict(verdict)
        needed = 0.3 + text_width(words, _SMALL)
        if x + needed - 0.15 > _WIDTH:
            x, y = _MARGIN + 0.06, y + _LEGEND
        mark(page, x, y, verdict)
        page.text(x + 0.12, y, words, size=_SMALL)
        x += needed
    y, x = y + _LEGEND, _MARGIN
    page.text(x, y, "Certainty, very low to high:", size=_SMALL)
    x += text_width("Certainty, very low to high:", _SMALL) + 0.1
    for certainty in ("very low", "low", "moderate", "high"):
        for verdict in ("supported", "contradicted"):
            page.box(x, y - 0.06, 0.15, 0.12, colour_of(verdict, certainty))
            x += 0.15
        x += 0.06
    y += _LEGEND + 0.04
    page.line([(_MARGIN + 0.05, y - 0.08), (_MARGIN + 0.05, y + 0.08)], INK, 1.2)
    page.shape([(_MARGIN + 0.01, y - 0.11), (_MARGIN + 0.09, y - 0.11), (_MARGIN + 0.05, y - 0.06)], INK)
    page.text(_MARGIN + 0.17, y, "the document was published", size=_SMALL)
    return y + _STEP / 2


@dataclass(frozen=True, slots=True)
class NarrowReviews:
    """Our trials among published reviews: each estimate with its numbers above its interval."""

    wide: AmongReviews

    @property
    def title(self) -> str:
        """Title of the figure."""
        return self.wide.title

    def size(self) -> int:
        """Intervals shown."""
        return self.wide.size()

    def describe(self) -> str:
        """The figure in words."""
        return self.wide.describe()

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers drawn."""
        return self.wide.drawn()

    def lay_out(self) -> Pages:
        """The page and its height."""
        page, y = _top(self.title)
        y = _lines(page, y - _STEP / 2, other_reviews.NOTE, _SMALL, colour=GREY)
        for measure, questions in self.wide.measures:
            y = _band(page, y + 0.12, other_reviews.name_of(measure))
            axis = EffectAxis(_MARGIN + 0.1, _INNER - 0.2, -LIMITS[measure], LIMITS[measure], False)
            for asked in questions:
                y = _asked(page, axis, measure, asked, y)
        return [(page, y + _MARGIN)]


def _asked(page: Page, axis: EffectAxis, measure: str, asked: QuestionAmongReviews, y: float) -> float:
    """A question with its estimates, and the axis below them."""
    y = top = _lines(page, y + 0.08, asked.question, bold=True)
    for line in asked.lines:
        y = _lines(page, y + 0.03, f"{line.whose}: {line.words(measure)}", _SMALL)
        other_reviews.draw_line(page, axis, line, y + 0.06)
        page.line([(axis.at(0), y), (axis.at(0), y + 0.12)], GREY, 0.7)
        y += 0.12
    if y > top:
        other_reviews.draw_ruler(page, axis, measure, y, _SMALL)
    return y + 0.24
