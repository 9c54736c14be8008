"""The central message as one figure for a guideline: short beside long, each comparison's outcomes with their certainty.

It is 180 mm wide, as wide as two columns of a journal, and made to be read in grey: how sure a result is stands in circles, and
its mark is the fuller the surer it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.conclusions.grade import LEVELS
from evidence_synthesis.effects import scales
from evidence_synthesis.plots.drawing.axis import EffectAxis
from evidence_synthesis.plots.drawing.canvas import GREY, INK, PALE, Page, Pages, text_width, wrap
from evidence_synthesis.plots.drawing.metrics import ARIAL
from evidence_synthesis.plots.overview import ByTerm, PlottedResult, Terms, told_by_term
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import POINTS_UNIT

WIDTH = 180 / 25.4
_MARGIN, _GAP, _ROW, _HEAD, _LINE = 0.08, 0.1, 0.29, 0.2, 0.135  # inches
_LABEL, _WORDS = 0.72, 1.22
_SIZE, _SMALL, _TITLE = 7.5, 6.8, 9.5  # points
_FILLS = ("white", "#bdbdbd", "#6f6f6f", INK)  # of marks, by certainty
_DOT = 0.034
_ROUND = [(math.cos(math.tau * i / 24), math.sin(math.tau * i / 24)) for i in range(24)]
_ENDS = {"MD": 30.0, "SMD": 1.5, "RD": 0.6, **dict.fromkeys(RATIOS, 5.0)}


@dataclass(frozen=True, slots=True)
class Message:
    """Each comparison's outcomes by term (ids and labels): results say their certainty; ``scope``: of whom, in what units."""

    title: str
    scope: str
    terms: Terms
    sections: ByTerm[PlottedResult]
    threshold: float
    measure: str
    event_is_good: bool | None
    unit: str = ""

    def size(self) -> int:
        """Results shown."""
        return sum(len(by_term) for _, groups in self.sections for _, by_term in groups)

    def describe(self) -> str:
        """The figure in words."""
        return told_by_term(f"{self.title}. {self.scope}", self.sections, self.terms, self._said)

    def _said(self, term: str, row: PlottedResult) -> str:
        effect = wording.fit_to_print(self.measure, *row.effect, unit=self.unit)
        return f"{term} {effect}, {wording.count(row.trials, 'trial')}, {row.said} certainty"

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers that the figure shows."""
        for heading, groups in self.sections:
            for label, by_term in groups:
                for term, row in by_term.items():
                    effect, low, high = row.effect
                    values = {"effect": effect, "ci_low": low, "ci_high": high, "value": row.said}
                    yield {"block": heading, "section": term, "kind": "pooled", "label": label, **values}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def _circles(page: Page, x: float, y: float, certainty: str) -> float:
    """Certainty as four circles from x on, the full ones first; gives the right end."""
    full = LEVELS.index(certainty) + 1 if certainty in LEVELS else 0
    for i in range(len(LEVELS)):
        middle = x + _DOT + i * 2.5 * _DOT
        page.shape([(middle + _DOT * a, y + _DOT * d) for a, d in _ROUND], INK if i < full else "white", INK)
    return x + 2.5 * _DOT * len(LEVELS)


def _mark(page: Page, axis: EffectAxis, y: float, row: PlottedResult) -> None:
    """The interval and the estimate, the fuller the surer; a lone trial is a square, nothing that is pooled."""
    effect, low, high = row.effect
    level = LEVELS.index(row.said) if row.said in LEVELS else 0
    axis.interval(page, y, (low, high), 1.1, INK)
    if not axis.holds(effect):
        return
    x, half = axis.at(effect), 0.055
    if row.trials > 1:
        page.shape([(x - half, y), (x, y - half), (x + half, y), (x, y + half)], _FILLS[level], INK)
    else:
        page.square(x, y, 0.036, _FILLS[level], INK)


def _frame(page: Page, axis: EffectAxis, spans: Sequence[tuple[float, float]], bottom: float, message: Message) -> None:
    """The band of effects too small to matter and the line at no effect (beside rows), the axis, whom each side favours."""
    ends = (1 / message.threshold, message.threshold) if message.measure in RATIOS else (-message.threshold, message.threshold)
    left, right = sorted(axis.at(end) for end in ends)
    none = axis.at(scales.NO_EFFECT[message.measure])
    for top, end in spans:
        page.box(left, top, right - left, end - top, PALE)
        page.line([(none, top), (none, end)], GREY, 0.7)
    page.line([(axis.left, bottom), (axis.left + axis.width, bottom)], INK, 0.6)
    for tick in axis.ticks():
        page.line([(axis.at(tick), bottom), (axis.at(tick), bottom + 0.035)], INK, 0.6)
        page.text(axis.at(tick), bottom + 0.1, f"{tick:g}".replace("-", wording.MINUS), "center", _SMALL)
    sides = ["treatment better", "comparator better"]
    if message.event_is_good:
        sides.reverse()
    page.text(none - 0.06, bottom + 0.23, f"\u2190 {sides[0]}", "right", _SMALL)
    page.text(none + 0.06, bottom + 0.23, f"{sides[1]} \u2192", "left", _SMALL)


def _row(page: Page, axes: list[EffectAxis], y: float, by_term: Mapping[str, PlottedResult], message: Message) -> None:
    for axis, (term, _) in zip(axes, message.terms, strict=True):
        x, row = axis.left + axis.width + _GAP, by_term.get(term)
        if row is None:
            page.text(x, y, "no trial", "left", _SMALL, colour=GREY)
            continue
        _mark(page, axis, y, row)
        page.text(x, y - _LINE / 2, wording.fit_to_print(message.measure, *row.effect, unit=message.unit), "left", _SMALL)
        end = _circles(page, x, y + _LINE / 2, row.said)
        page.text(end + 0.05, y + _LINE / 2, f"{row.said}, {wording.count(row.trials, 'trial')}", "left", _SMALL)


def _axes(message: Message, label: float) -> list[EffectAxis]:
    """The axes of the terms, as wide as the page has room for."""
    own = message.measure == "MD" and message.unit not in ("", POINTS_UNIT)
    count, end = len(message.terms), 3 * message.threshold if own else _ENDS[message.measure]
    wide = (WIDTH - 2 * _MARGIN - label - count * (2 * _GAP + _WORDS)) / count
    starts = [_MARGIN + label + _GAP + i * (wide + _WORDS + 2 * _GAP) for i in range(count)]
    log = message.measure in RATIOS
    return [EffectAxis(start, wide, 1 / end if log else -end, end, log) for start in starts]


def _lay_out(message: Message) -> tuple[Page, float]:
    page = Page(WIDTH, face=ARIAL)
    y = _MARGIN
    for line in wrap(message.title, WIDTH - 2 * _MARGIN, _TITLE, True, ARIAL):
        y += 0.18
        page.text(_MARGIN, y - 0.09, line, size=_TITLE, bold=True)
    y = page.paragraph(_MARGIN, y + 0.1, message.scope, _LINE, _SMALL) + 0.06
    labels = [label for _, groups in message.sections for label, _ in groups]
    axes = _axes(message, max(_LABEL, *(text_width(label, _SIZE, face=ARIAL) for label in labels)))
    for axis, (_, words) in zip(axes, message.terms, strict=True):
        page.text(axis.left + axis.width / 2, y, words, "center", _SIZE, bold=True)
    y += 0.1
    spans = []
    for heading, groups in message.sections:
        page.line([(_MARGIN, y + 0.01), (WIDTH - _MARGIN, y + 0.01)], GREY, 0.4)
        page.text(_MARGIN, y + _HEAD / 2 + 0.02, heading, size=_SIZE, bold=True)
        y += _HEAD
        spans.append((y, y + _ROW * len(groups)))
        for label, by_term in groups:
            page.text(_MARGIN, y + _ROW / 2, label, size=_SIZE)
            _row(page, axes, y + _ROW / 2, by_term, message)
            y += _ROW
    for axis in axes:
        _frame(page, axis, spans, y + 0.03, message)
    note = (
        f"Shaded: smaller than the smallest worthwhile effect ({message.threshold:g}). Circles and fill of marks: certainty of "
        "the evidence (GRADE, proposed by rule), very low to high. Diamond: pooled from two trials or more; square: one trial."
    )
    return page, page.paragraph(_MARGIN, y + 0.44, note, _LINE, _SMALL) - _LINE / 2 + _MARGIN
