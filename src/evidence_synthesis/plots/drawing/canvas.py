"""A page measured in inches on which figures place text, lines and marks.

Text is measured before it is placed, so that columns are as wide as their content and nothing overlaps.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import LoadFlags

from evidence_synthesis.plots.drawing.metrics import ARIAL, ASCENT, HOUSE, arial_width

# Colours of Okabe & Ito (https://jfly.uni-koeln.de/color/), told apart by colour-blind readers and by their grey.
INK, GREY, PALE, BAND = "#1a1a1a", "#666666", "#eeeeee", "#e8f1f8"
BLUE, VERMILION = "#0072b2", "#d55e00"
SIZE = 7.5  # points
_TITLE, _TITLE_ROW = 11.0, 0.2  # points, and inches from line to line
_FINE = 72.0 * 16  # dots to the inch: fonts are set at whole pixels, and in coarser ones 7.5 points would count as 8
_ROUNDED = 0.96  # the same rounding makes text in coarse pixels up to 4 % wider than it was measured


@cache
def font(bold: bool, size: float = SIZE, family: str | tuple[str, ...] = HOUSE) -> font_manager.FontProperties:
    """The font of all figures, or another family."""
    return font_manager.FontProperties(
        family=family if isinstance(family, str) else list(family), weight="bold" if bold else "normal", size=size
    )


@cache
def _held() -> frozenset[str]:
    """The characters of the figures' font."""
    return frozenset(map(chr, font_manager.get_font(font_manager.findfont(font(False))).get_charmap()))


def _measured(text: str) -> str:
    """The text with a wide letter for each character that the font lacks: another font draws it, about as wide as high."""
    return text if _held().issuperset(text) else "".join(c if c in _held() else "W" for c in text)


@cache
def extent(text: str, size: float, bold: bool, dpi: float = _FINE) -> tuple[float, float, float]:
    """Width, height and depth below the baseline of a text in inches, as set with so many dots to the inch."""
    face = font_manager.get_font(font_manager.findfont(font(bold)))
    face.set_size(size, dpi)
    face.set_text(_measured(text), 0.0, flags=LoadFlags.NO_HINTING)
    width, height, descent = (*face.get_width_height(), face.get_descent())
    return width / 64 / dpi, height / 64 / dpi, descent / 64 / dpi


def drop(size: float, bold: bool, face: str = HOUSE) -> float:
    """How far below its middle a text stands on its baseline, in inches."""
    if face == ARIAL:
        return ASCENT / 2 * size / 72
    _, height, descent = extent("lp", size, bold)
    return (height - descent) / 2


@cache
def _advance(character: str, bold: bool) -> float:
    """How far the next character stands from this one in inches for each point of size, kerning (rarely wider) left out."""
    face = font_manager.get_font(font_manager.findfont(font(bold)))
    face.set_size(_FINE, 72)
    return face.load_char(ord(_measured(character)), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / _FINE / 72


def text_width(text: str, size: float = SIZE, bold: bool = False, face: str = HOUSE) -> float:
    """Width of a text in inches."""
    if face == ARIAL:
        return arial_width(text, size, bold)
    return extent(text, size, bold)[0]


def fit(text: str, width: float, size: float = SIZE, bold: bool = False) -> str:
    """The text, shortened with an ellipsis when it is wider than ``width`` inches."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "\u2026", size, bold) > width:
        text = text[:-1].rstrip()
    return text + "\u2026"


def fit_middle(text: str, width: float, size: float = SIZE, bold: bool = False, face: str = HOUSE) -> str:
    """The text, shortened when it is wider than ``width`` inches: in its middle where a year stands at its end, else behind it.

    >>> fit_middle("Neck sensitive acupoints trial 2024", 1.2)
    'Neck sensitive\u2026 2024'
    >>> fit_middle("Goren 2010 (lumbar stenosis)", 1.2)
    'Goren 2010\u2026'
    """
    if text_width(text, size, bold, face) <= width:
        return text
    found = re.search(r"\s+\(?(?:19|20)\d\d[a-z]?\)?(?=\D|$)", text)
    tail = text[found.start() : found.end()] if found else ""
    head = text[: found.start()] if found else text
    if found and found.end() < len(text) and text_width(f"{head}{tail}\u2026", size, bold, face) <= width:
        return f"{head}{tail}\u2026"
    while head and text_width(f"{head}\u2026{tail}", size, bold, face) > width:
        head = head[:-1].rstrip(" ,(")
    return f"{head}\u2026{tail}"


def wrap(text: str, width: float, size: float = SIZE, bold: bool = False, face: str = HOUSE) -> list[str]:
    """The text in lines of at most ``width`` inches."""
    if face == ARIAL:
        return _wrapped(text, width, size, bold)
    lines: list[list[str]] = []
    space, left = _advance(" ", bold) * size, 0.0
    for word in text.split():
        needed = math.fsum(_advance(character, bold) for character in word) * size
        if not lines or needed > left:
            lines.append([])
            left = width * _ROUNDED
        lines[-1].append(word)
        left -= needed + space
    return [" ".join(words) for words in lines]


def _wrapped(text: str, width: float, size: float, bold: bool) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and arial_width(longer, size, bold) <= width * _ROUNDED:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@dataclass(frozen=True, slots=True)
class Label:
    """Text at a place: its left end, middle or right end at x, its middle at height y."""

    x: float
    y: float
    text: str
    align: str
    size: float
    bold: bool
    colour: str


@dataclass(slots=True)
class Page:
    """What stands on a page. Coordinates are inches from the upper left corner, y downwards."""

    width: float
    texts: list[Label] = field(default_factory=list)
    lines: dict[tuple[str, float, str], list[list[tuple[float, float]]]] = field(default_factory=dict)
    boxes: dict[str, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    regions: dict[str, list[list[tuple[float, float]]]] = field(default_factory=dict)
    shapes: dict[tuple[str, str], list[list[tuple[float, float]]]] = field(default_factory=dict)
    face: str = HOUSE

    def text(
        self,
        x: float,
        y: float,
        text: str,
        align: str = "left",
        size: float = SIZE,
        bold: bool = False,
        colour: str = INK,
    ) -> None:
        """Text whose middle is at height y."""
        if text:
            self.texts.append(Label(x, y, text, align, size, bold, colour))

    def heading(self, x: float, y: float, text: str) -> float:
        """A title from x on that leaves as much room on the right; gives the middle of its last line."""
        lines = wrap(text, self.width - 2 * x, _TITLE, True, self.face)
        for number, line in enumerate(lines):
            self.text(x, y + number * _TITLE_ROW, line, size=_TITLE, bold=True)
        return y + (len(lines) - 1) * _TITLE_ROW

    def paragraph(self, x: float, y: float, text: str, step: float, size: float = SIZE, colour: str = GREY) -> float:
        """Text from x on in lines that leave as much room on the right, ``step`` apart; gives the middle of the next line."""
        lines = wrap(text, self.width - 2 * x, size, face=self.face)
        for number, line in enumerate(lines):
            self.text(x, y + number * step, line, size=size, colour=colour)
        return y + len(lines) * step

    def line(self, points: Sequence[tuple[float, float]], colour: str = INK, width: float = 0.8, style: str = "solid") -> None:
        """A line through points."""
        self.lines.setdefault((colour, width, style), []).append(list(points))

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle behind everything else."""
        self.boxes.setdefault(colour, []).append((x, y, width, height))

    def region(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """A filled polygon behind lines and marks; later ones lie on earlier ones."""
        self.regions.setdefault(colour, []).append(list(points))

    def shape(self, points: Sequence[tuple[float, float]], fill: str, edge: str = "none") -> None:
        """A filled polygon."""
        self.shapes.setdefault((fill, edge), []).append(list(points))

    def square(self, x: float, y: float, half: float, fill: str, edge: str = "none") -> None:
        """A square around a point; ``half`` is half its side."""
        self.shape([(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)], fill, edge)

    def place(self, other: Page, x: float, y: float) -> None:
        """What stands on another page, moved right and down."""

        def moved(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
            return [(px + x, py + y) for px, py in points]

        self.texts += [replace(label, x=label.x + x, y=label.y + y) for label in other.texts]
        for colour, boxes in other.boxes.items():
            self.boxes.setdefault(colour, []).extend((bx + x, by + y, w, h) for bx, by, w, h in boxes)
        for look, segments in other.lines.items():
            self.lines.setdefault(look, []).extend(map(moved, segments))
        for colour, polygons in other.regions.items():
            self.regions.setdefault(colour, []).extend(map(moved, polygons))
        for paint, polygons in other.shapes.items():
            self.shapes.setdefault(paint, []).extend(map(moved, polygons))

    def scaled(self, share: float) -> Page:
        """The page with everything on it larger or smaller."""

        def sized(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
            return [(x * share, y * share) for x, y in points]

        return Page(
            self.width * share,
            [replace(label, x=label.x * share, y=label.y * share, size=round(label.size * share, 2)) for label in self.texts],
            {(c, round(w * share, 2), style): [*map(sized, found)] for (c, w, style), found in self.lines.items()},
            {c: [(x * share, y * share, w * share, h * share) for x, y, w, h in boxes] for c, boxes in self.boxes.items()},
            {colour: [*map(sized, found)] for colour, found in self.regions.items()},
            {paint: [*map(sized, found)] for paint, found in self.shapes.items()},
            self.face,
        )


Pages = Sequence[tuple[Page, float]]  # pages with their heights
