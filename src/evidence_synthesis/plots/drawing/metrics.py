"""Widths of text in Arial, which journals ask for, without the font: its characters run as wide as Helvetica's.

The tables of widths of Helvetica are Adobe's and come with matplotlib, so that a figure is laid out alike on every machine;
whoever shows it uses Arial, Helvetica or Liberation Sans, which all have these widths.
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
ALIKE = ("Arial", "Liberation Sans", "Helvetica", "Nimbus Sans", "Arimo")  # fonts of the same widths
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
def installed(face: str) -> str | None:
    """A font of this machine with the widths of a face; None where there is none."""
    there = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in (ALIKE if face == ARIAL else (face,)) if name in there), None)
