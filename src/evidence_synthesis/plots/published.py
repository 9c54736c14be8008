"""Our pooled estimates beside those that published reviews print for the same question, two intervals a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.conclusions.published import question
from evidence_synthesis.plots.drawing.axis import EffectAxis
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, INK, PALE, VERMILION, Page, Pages, text_width
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.conclusions import PublishedComparison

_PANEL = 3.0
_HEADINGS = ("Ours", "Published", "Trials: ours, theirs")
_SMALL = 6.5
_LIMITS = {"MD": 40.0, "SMD": 2.0}


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A comparison, and what it is about in words."""

    row: PublishedComparison
    words: str

    def values(self, whose: str) -> tuple[float, float, float]:
        """Estimate and limits of ``their`` or of ``our`` pooled result."""
        estimate, low, high = (number_of(getattr(self.row, f"{whose}_{name}")) for name in ("estimate", "low", "high"))
        return estimate, low, high


@dataclass(frozen=True, slots=True)
class Beside:
    """Comparisons by measure: (measure, lines)."""

    title: str
    measures: Sequence[tuple[str, Sequence[ComparedLine]]]

    def size(self) -> int:
        """Comparisons shown."""
        return sum(len(lines) for _, lines in self.measures)

    def describe(self) -> str:
        """The figure in words."""
        lines = [r for _, rows in self.measures for r in rows]
        apart = [r.words for r in lines if not r.row.overlap]
        words = f"{len(lines)} comparisons; intervals overlap in {len(lines) - len(apart)}."
        return f"{self.title}. {words}" + (f" Apart: {'; '.join(apart)}." if apart else "")

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers drawn."""
        for measure, lines in self.measures:
            for r in lines:
                for whose in ("their", "our"):
                    values = dict(zip(("effect", "ci_low", "ci_high"), r.values(whose), strict=True))
                    yield {"block": measure, "section": r.row.estimate_id, "kind": whose, "label": r.row.review, **values}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def _interval(page: Page, axis: EffectAxis, y: float, values: tuple[float, float, float], ours: bool) -> None:
    """An interval and its estimate; one beyond the axis has an arrow head only."""
    estimate, *limits = values
    colour = BLUE if ours else VERMILION
    axis.interval(page, y, (limits[0], limits[1]), 1.0, colour, "solid" if ours else "dashed")
    if axis.holds(estimate):
        page.square(axis.at(estimate), y, 0.035, colour if ours else "white", colour)


def _numbers(measure: str, r: ComparedLine) -> tuple[str, ...]:
    """What stands beside a line, under ``_HEADINGS``."""
    effects = (wording.fit_to_print(measure, *r.values(whose)) for whose in ("our", "their"))
    return *effects, f"{r.row.our_trials}, {r.row.their_trials or '?'}"


def _columns(beside: Beside, left: float) -> list[float]:
    """Left edges of the numbers' columns, and their right end."""
    lines = [_HEADINGS, *(_numbers(measure, r) for measure, records in beside.measures for r in records)]
    edges = [left]
    for texts in zip(*lines, strict=True):
        edges.append(edges[-1] + max(text_width(text, _SMALL, bold=True) for text in texts) + 0.15)
    return edges


def _lay_out(beside: Beside) -> tuple[Page, float]:
    left = MARGIN + max(text_width(r.words) for _, lines in beside.measures for r in lines) + 0.3
    *columns, right = _columns(beside, left + _PANEL + 0.15)
    page = Page(right + MARGIN)
    y = page.heading(MARGIN, MARGIN + 0.13, beside.title)
    page.text(
        MARGIN,
        y + 0.22,
        "Full squares: ours. Open squares, dashed: published. An exclamation mark: the intervals do not overlap.",
        colour=GREY,
    )
    y += 0.4
    for measure, lines in beside.measures:
        limit = _LIMITS[measure]
        axis = EffectAxis(left, _PANEL, -limit, limit, False)
        y += 0.06
        page.box(MARGIN, y, page.width - 2 * MARGIN, ROW * 1.1, PALE)
        name = "Mean difference, points of 100" if measure == "MD" else "Standardised mean difference"
        page.text(MARGIN + 0.05, y + ROW * 0.55, name, bold=True)
        for x, heading in zip(columns, _HEADINGS, strict=True):
            page.text(x, y + ROW * 0.55, heading, size=_SMALL, bold=True)
        y += ROW * 1.3
        top = y
        for r in lines:
            page.text(MARGIN, y + ROW / 2, r.words)
            if not r.row.overlap:
                page.text(left - 0.15, y + ROW / 2, "!", bold=True)
            for offset, whose in ((-0.035, "our"), (0.045, "their")):
                _interval(page, axis, y + ROW / 2 + offset, r.values(whose), whose == "our")
            for x, text in zip(columns, _numbers(measure, r), strict=True):
                page.text(x, y + ROW / 2, text, size=_SMALL)
            y += ROW
        page.line([(axis.at(0), top), (axis.at(0), y)], GREY, 0.7)
        page.line([(left, y + 0.04), (left + _PANEL, y + 0.04)], INK, 0.7)
        for tick in (-limit, -limit / 2, 0, limit / 2, limit):
            page.text(axis.at(tick), y + 0.12, wording.number(tick, 0 if measure == "MD" else 1), "center", size=_SMALL)
        y += 0.3
    return page, y + MARGIN


def gather(rows: Iterable[PublishedComparison], settings: Settings, taxonomy: Taxonomy) -> Beside:
    """The figure from the comparison table: what could be compared, by measure, in the table's order.

    Mean differences on 0 to 100 points only: those of other units share no axis with them.
    """
    others = {o.outcome for o in settings.outcomes if o.natural}
    compared = [
        ComparedLine(r, f"{question(r, settings, taxonomy)} ({r.review.split(' (')[0]})")
        for r in rows
        if r.overlap is not None and r.measure in _LIMITS and not (r.measure == "MD" and r.outcome in others)
    ]
    measures = [(m, [r for r in compared if r.row.measure == m]) for m in _LIMITS]
    return Beside("Our estimates beside published ones", [(m, lines) for m, lines in measures if lines])
