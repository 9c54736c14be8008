"""The documentation opens without a network, formulas included."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

LOADED = re.compile(r'<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)="((?:https?:)?//[^"]*)"')


def test_pages_load_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(ROOT / "docs"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    pages = {p.relative_to(tmp_path).as_posix(): p.read_text(encoding="utf-8") for p in tmp_path.rglob("*.html")}
    assert {
        "index.html",
        "tutorial.html",
        "reference.html",
        "migration.html",
        "_generated/gallery.html",
        "_generated/reference_stats.html",
    } <= set(pages)
    assert {name: found for name, text in pages.items() if (found := LOADED.findall(text))} == {}
    formulas = pages["methods.html"].count("<math")
    assert formulas == (ROOT / "docs/methods.md").read_text(encoding="utf-8").replace("$$", "$").count("$") / 2 > 10
    assert "\\(" not in pages["methods.html"]
