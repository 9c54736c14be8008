"""The characters of the font that a figure shows, to embed in its files."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from functools import cache

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from evidence_synthesis.plots.canvas import font

_UNPRINTED = {"FFTM", "GDEF", "GPOS", "GSUB", "cvt ", "fpgm", "gasp", "kern", "prep"}
_COMMON = {*range(0x250), *range(0x370, 0x400), *range(0x2000, 0x2300)}  # Latin, Greek, punctuation, arrows, signs


@cache
def _outlines(fontfile: str, common: bool) -> bytes:
    """A font without its hints and layout tables, which print nothing and are three quarters of a small figure.

    Few figures need more than the ``common`` characters, and a small font is read faster.
    """
    out = io.BytesIO()
    with TTFont(fontfile, recalcTimestamp=False) as face:
        for table in _UNPRINTED & set(face.keys()):
            del face[table]
        if common:
            _keep(face, _COMMON)
        face.save(out)
    return out.getvalue()


def _keep(face: TTFont, characters: Iterable[int]) -> None:
    subsetter = subset.Subsetter(subset.Options(glyph_names=False, hinting=False))
    subsetter.populate(unicodes=characters)
    subsetter.subset(face)


def glyphs(fontfile: str, characters: str) -> TTFont:
    """Some characters of a font."""
    wanted = set(map(ord, characters))
    face = TTFont(io.BytesIO(_outlines(fontfile, wanted <= _COMMON)), recalcTimestamp=False)
    _keep(face, wanted)
    return face


def rule(family: str, bold: bool, characters: str) -> str:
    """A rule of a style sheet that holds some characters of the figures' font (WOFF)."""
    face = glyphs(font_manager.findfont(font(bold)), characters)
    face.flavor = "woff"
    out = io.BytesIO()
    face.save(out)
    weight = "bold" if bold else "normal"
    held = base64.b64encode(out.getvalue()).decode("ascii")
    return f"@font-face {{font-family: {family}; font-weight: {weight}; src: url(data:font/woff;base64,{held})}}\n"
