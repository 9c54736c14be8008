"""Where the library reaches into others: these fail when a new version no longer follows."""

from __future__ import annotations

import ast
import inspect
import io
import zipfile

import pytest
from conftest import ROOT
from matplotlib.backends import _backend_pdf_ps, backend_pdf
from matplotlib.figure import Figure

from evidence_synthesis.plots.drawing.fonts import glyphs
from evidence_synthesis.plots.drawing.rendering import render  # noqa: F401  # which sets the hook
from evidence_synthesis.storage.private_hooks import compress_by
from evidence_synthesis.storage.same_bytes import zipped


def test_parts_of_archives_are_packed_by_the_pinned_library(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = []

    class Counted:
        def compress(self, data: bytes) -> bytes:
            packed.append(len(data))
            return b""

        def flush(self) -> bytes:
            return b"\x03\x00"  # an empty stream of deflate

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle, bundle.open("a", "w") as part:
        compress_by(part, Counted())
        part.write(b"some text")
    assert packed == [9]
    content = {"a.txt": b"some text " * 1000}
    assert zipfile.ZipFile(io.BytesIO(zipped(content))).read("a.txt") == content["a.txt"]
    with pytest.raises(TypeError, match="takes no compressor"):
        compress_by(io.BytesIO(), Counted())


def test_matplotlib_embeds_the_fonts_that_it_is_given() -> None:
    assert _backend_pdf_ps.get_glyphs_subset is glyphs
    assert "_backend_pdf_ps.get_glyphs_subset(" in inspect.getsource(backend_pdf)
    figure, out = Figure(), io.BytesIO()
    figure.text(0.5, 0.5, "abc")
    figure.savefig(out, format="pdf")
    assert out.getvalue().startswith(b"%PDF")


def test_nothing_else_reaches_into_other_libraries() -> None:
    """No private attribute of what another package gave is read or set, but in the one file."""
    others = ("matplotlib", "zipfile", "snakemake", "frictionless", "openpyxl", "docx", "numpy", "scipy", "pandas")
    for path in (ROOT / "src").rglob("*.py"):
        if path.name == "private_hooks.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(others):
                names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
                assert not [n for n in names if n.startswith("_") and n != "_Cell"], path  # a class that python-docx documents
