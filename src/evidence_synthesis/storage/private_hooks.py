"""The two places where this library reaches into another one, since there is no public way; nothing else may.

A test (tests/unit/storage/test_private_hooks.py) tells when a new version of Python or matplotlib no longer follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any


def compress_by(part: IO[bytes], compressor: object) -> None:
    """Let an open part of a ``zipfile.ZipFile`` be packed by ``compressor`` (``compress`` and ``flush``).

    ``zipfile`` offers its own compressors only, and what zlib makes depends on the system's version of it. Raises TypeError
    for what is no part that is being written.
    """
    if not hasattr(part, "_compressor"):
        raise TypeError(f"{type(part).__name__} takes no compressor: zipfile of this version of Python works otherwise")
    part._compressor = compressor


def subset_fonts_by(glyphs: Callable[[str, str], Any]) -> None:
    """Let matplotlib embed in PDF the font that ``glyphs`` gives for a font file and the characters of a page.

    Its own way keeps hints and layout tables, which print nothing: three times the time, twice the size. Raises
    AttributeError where matplotlib has no such function any more.
    """
    from matplotlib.backends import _backend_pdf_ps

    if not hasattr(_backend_pdf_ps, "get_glyphs_subset"):
        raise AttributeError("matplotlib of this version subsets fonts otherwise: see subset_fonts_by")
    _backend_pdf_ps.get_glyphs_subset = glyphs
