"""The characters of the font that a figure shows, to embed in a PDF, and the fonts of other scripts."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache

from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError
from matplotlib import font_manager

_UNPRINTED = {"FFTM", "GDEF", "GPOS", "GSUB", "cvt ", "fpgm", "gasp", "kern", "prep"}
_COMMON = frozenset({*range(0x100), *map(ord, "\u03c4\u03c7\u2013\u2018\u2019\u2020\u2026\u2190\u2192\u2212\u2264\u2265")})
_VAST = 20_000  # characters
_UNICODE = (3, 1)  # platform and encoding


@cache
def _characters(fontfile: str) -> frozenset[int]:
    """The characters that a font has."""
    with TTFont(fontfile, fontNumber=0, lazy=True) as face:
        return frozenset(face.getBestCmap() or ())


@cache
def families(text: str, family: str) -> str | tuple[str, ...]:
    """The family in which a text is drawn, and after it installed ones that have the characters which it lacks.

    A script that the figures' font does not hold is so drawn where the machine has any font of it.
    """
    wanted = {ord(c) for c in text if not c.isspace()}
    lacking = wanted - _characters(font_manager.findfont(font_manager.FontProperties(family=family)))
    if not lacking:
        return family
    found = [family]
    for entry in sorted(font_manager.fontManager.ttflist, key=lambda e: (e.name, e.fname)):
        try:
            helps = lacking & _characters(entry.fname)
        except (OSError, TTLibError):
            continue
        if helps:
            found.append(entry.name)
            lacking -= helps
        if not lacking:
            break
    return tuple(dict.fromkeys(found))


@cache
def _outlines(fontfile: str, kept: frozenset[int]) -> bytes:
    """Some characters of a font without its hints and layout tables, which print nothing and are three quarters of a figure."""
    out = io.BytesIO()
    with TTFont(fontfile, recalcTimestamp=False) as face:
        for table in _UNPRINTED & set(face.keys()):
            del face[table]
        face["cmap"].tables = [table for table in face["cmap"].tables if (table.platformID, table.platEncID) == _UNICODE]
        _keep(face, kept, hints=False)
        face.save(out)
    return out.getvalue()


def _keep(face: TTFont, characters: Iterable[int], hints: bool) -> None:
    subsetter = subset.Subsetter(subset.Options(glyph_names=False, hinting=hints))
    subsetter.populate(unicodes=characters)
    subsetter.subset(face)


def glyphs(fontfile: str, characters: str) -> TTFont:
    """Some characters of a font."""
    wanted = frozenset(map(ord, characters))
    held = _characters(fontfile)
    # few figures need more than the common ones, and a small font is read faster; one of Chinese takes ten seconds to write whole
    kept = _COMMON if wanted <= _COMMON else held if len(held) < _VAST else wanted
    outlines = io.BytesIO(_outlines(fontfile, kept))
    face = TTFont(outlines, recalcTimestamp=False, recalcBBoxes=False)  # so that no outline is taken apart and made again
    _keep(face, wanted, hints=True)  # there are none left
    return face
