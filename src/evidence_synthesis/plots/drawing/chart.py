"""A chart with two axes: dots, lines and shaded regions on a page, the same for every kind of figure that needs one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import BAND, BLUE, GREY, INK, VERMILION, Page, Pages, text_width
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.review.schema import RATIOS

WIDTH, HEIGHT = 4.4, 3.4  # of the plotting area in inches; more rows than fit make it taller
_LEFT = 0.75
_SMALL = 6.5
_LOOKS = {
    "trial": (BLUE, BLUE),
    "filled": ("white", VERMILION),
    "marked": (VERMILION, VERMILION),
    "pale": ("#9ecae1", "none"),
    "open": ("white", INK),
}


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark at a place; ``half`` is half its side in inches, ``named`` whether its label is written beside it.

    ``rise`` is how far above the mark (below: negative) the label stands, in inches.
    """

    x: float
    y: float
    label: str = ""
    look: str = "trial"
    half: float = 0.035
    named: bool = False
    rise: float = 0.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through places, or the outline of a shaded region. Without a ``colour`` it is ink, or grey where it is dotted."""

    name: str
    points: tuple[tuple[float, float], ...]
    style: str = "solid"
    shaded: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high``; values of a ``measure`` are on the scale of pooling and read on the natural one."""

    label: str
    low: float
    high: float
    measure: str = ""

    def ticks(self) -> list[float]:
        """Round values along the axis."""
        span = self.high - self.low
        power = 10 ** math.floor(math.log10(span / 5)) if span > 0 else 1.0
        step = next(m * power for m in (1, 2, 2.5, 5, 10) if span / (m * power) <= 6)
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def text(self, value: float) -> str:
        """A tick's value as it is read."""
        if self.measure in RATIOS:
            return f"{math.exp(value):.2g}"
        return f"{value:.4g}".replace("-", wording.MINUS) if value else "0"


@dataclass(frozen=True)
class Chart:
    """A figure with two axes. ``y.low`` lies at the bottom; swap the ends to turn an axis round."""

    title: str
    subtitle: str
    x: Axis
    y: Axis
    dots: tuple[Dot, ...] = ()
    curves: tuple[Curve, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[str, ...] = field(default=())

    @property
    def tall(self) -> float:
        """Height of the plotting area."""
        return max(HEIGHT, 0.16 * len(self.rows))

    def size(self) -> int:
        """Marks shown."""
        return len(self.dots)

    def describe(self) -> str:
        """The figure in words."""
        named = [d.label for d in self.dots if d.named and d.label]
        words = f"{self.title}. {self.subtitle} {self.y.label} against {self.x.label}; {wording.count(len(self.dots), 'mark')}."
        return words + (f" Named: {', '.join(named)}." if named else "") + (" " + " ".join(self.notes) if self.notes else "")

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers that the figure shows: x as ``effect``, y as ``value``."""
        for dot in self.dots:
            yield {"kind": dot.look, "label": dot.label, "effect": dot.x, "value": dot.y}
        for curve in self.curves:
            for x, y in curve.points:
                yield {"kind": "line", "label": curve.name, "effect": x, "value": y}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [self._lay_out()]

    def _place(self, left: float, top: float, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x.low) / (self.x.high - self.x.low)
        up = (y - self.y.low) / (self.y.high - self.y.low)
        return left + min(max(across, 0.0), 1.0) * WIDTH, top + (1 - min(max(up, 0.0), 1.0)) * self.tall

    def _frame(self, page: Page, left: float, top: float) -> None:
        bottom = top + self.tall
        page.line([(left, top), (left, bottom), (left + WIDTH, bottom)], INK, 0.7)
        for tick in self.x.ticks():
            x, _ = self._place(left, top, tick, self.y.low)
            page.line([(x, bottom), (x, bottom + 0.04)], INK, 0.7)
            page.text(x, bottom + 0.12, self.x.text(tick), "center", size=_SMALL)
        page.text(left + WIDTH / 2, bottom + 0.3, self.x.label, "center")
        if self.rows:
            return
        low, high = sorted((self.y.low, self.y.high))
        for tick in Axis("", low, high, self.y.measure).ticks():
            _, y = self._place(left, top, self.x.low, tick)
            page.line([(left - 0.04, y), (left, y)], INK, 0.7)
            page.text(left - 0.08, y, self.y.text(tick), "right", size=_SMALL)
        page.text(left - 0.5, top - 0.15, self.y.label, "left")

    def _lay_out(self) -> tuple[Page, float]:
        left = MARGIN + max([_LEFT, *(text_width(r) + 0.15 for r in self.rows)])
        names = max((text_width(d.label, _SMALL) for d in self.dots if d.named), default=0.1)
        page = Page(left + WIDTH + names + MARGIN)
        y = page.heading(MARGIN, MARGIN + 0.13, self.title)
        top = page.paragraph(MARGIN, y + ROW + 0.04, self.subtitle, ROW) - ROW + 0.46
        for curve in self.curves:
            places = [self._place(left, top, *p) for p in curve.points]
            if curve.shaded:
                page.region(places, curve.shaded)
            else:
                page.line(places, curve.colour or (GREY if curve.style == "dotted" else INK), 0.9, curve.style)
        for number, row in enumerate(self.rows):
            _, at = self._place(left, top, 0.0, float(number))
            page.text(left - 0.1, at, row, "right")
        for dot in self.dots:
            x, at = self._place(left, top, dot.x, dot.y)
            h = dot.half
            page.shape([(x - h, at - h), (x + h, at - h), (x + h, at + h), (x - h, at + h)], *_LOOKS[dot.look])
            if dot.named:
                page.text(x + h + 0.05, at - dot.rise, dot.label, size=_SMALL)
        self._frame(page, left, top)
        y = top + self.tall + 0.5
        for note in self.notes:
            y = page.paragraph(MARGIN, y, note, 0.14, _SMALL)
        return page, y + MARGIN


@dataclass(frozen=True)
class Panels:
    """Charts side by side under one title."""

    title: str
    subtitle: str
    charts: tuple[Chart, ...]

    def size(self) -> int:
        """Marks shown."""
        return sum(c.size() for c in self.charts)

    def describe(self) -> str:
        """The figure in words."""
        return " ".join([f"{self.title}. {self.subtitle}", *(c.describe() for c in self.charts)])

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers that the charts show."""
        for chart in self.charts:
            for row in chart.drawn():
                yield {"block": chart.title, **row}

    def lay_out(self) -> Pages:
        """The page and its height."""
        parts = [chart.lay_out()[0] for chart in self.charts]
        page = Page(math.fsum(part.width for part, _ in parts))
        top = page.heading(MARGIN, MARGIN + 0.13, self.title) - 0.13 + ROW
        top = page.paragraph(MARGIN, top + 0.17, self.subtitle, ROW) - 0.17
        left = 0.0
        for part, _ in parts:
            page.place(part, left, top)
            left += part.width
        return [(page, top + max(height for _, height in parts))]


def span(values: Iterable[float], share: float = 0.06) -> tuple[float, float]:
    """The ends of an axis that holds values with a little room."""
    found = [v for v in values if math.isfinite(v)]
    low, high = min(found), max(found)
    room = (high - low) * share or abs(high) * share or 1.0
    return low - room, high + room


def vertical(name: str, x: float, y: Axis, style: str = "solid") -> Curve:
    """A line across the chart at a value of x."""
    return Curve(name, ((x, y.low), (x, y.high)), style)


def shade(name: str, outline: Sequence[tuple[float, float]], colour: str = BAND) -> Curve:
    """A shaded region."""
    return Curve(name, tuple(outline), shaded=colour)
