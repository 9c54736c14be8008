"""Widths of text in Arial, which journals ask for, without the font: its characters run as wide as Helvetica's.

The tables of widths of Helvetica are Adobe's and come with matplotlib, so that a figure is laid out alike on every machine;
whoever shows it uses Arial, Helvetica or Liberation Sans, which all have these widths. Liberation Sans comes along (``faces``,
SIL Open Font License), so that PNG and PDF are drawn alike as well.
"""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import matplotlib
from fontTools import agl
from matplotlib import font_manager

HOUSE, ARIAL = "DejaVu Sans", "Arial"  # faces of figures: the one that comes with matplotlib, and that of journals
_SHIPPED = "Liberation Sans of the package"  # no machine has a font of this name, which it could take instead
_FACES = Path(__file__).parent / "faces"
ASCENT = 0.716  # of an l, in parts of the size
_OTHER = 0.556  # width of a character that the table lacks: as a figure's
_SIGN = re.compile(r"^C\s+-?\d+\s*;\s*WX\s+(\d+)\s*;\s*N\s+(\w+)", re.MULTILINE)


@cache
def _widths(bold: bool) -> dict[str, float]:
    """The width of each character in parts of the size."""
    name = "Helvetica-Bold.afm" if bold else "Helvetica.afm"
    text = (Path(matplotlib.get_data_path()) / "fonts/pdfcorefonts" / name).read_text(encoding="latin-1")
    return {agl.toUnicode(glyph): int(width) / 1000 for width, glyph in _SIGN.findall(text)}


@cache
def arial_width(text: str, size: float, bold: bool) -> float:
    """Width of a text in inches, set in Arial of so many points."""
    table = _widths(bold)
    return math.fsum(table.get(character, _OTHER) for character in text) * size / 72


@cache
def family_of(face: str) -> str:
    """The name by which matplotlib finds the font that draws a face; that of journals is added to its list once."""
    if face != ARIAL:
        return face
    for style, weight in (("Regular", 400), ("Bold", 700)):
        file = str(_FACES / f"LiberationSans-{style}.ttf")
        font_manager.fontManager.ttflist.append(font_manager.FontEntry(fname=file, name=_SHIPPED, weight=weight, size="scalable"))
    return _SHIPPED
