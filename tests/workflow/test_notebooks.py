"""The notebooks run from top to bottom on the committed results, and show what they show today.

After a wanted change of the results store their outputs anew, as text: UPDATE_NOTEBOOKS=1 python -m pytest on this file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def words(notebook: Any) -> list[str]:
    """What the cells printed or gave as text; pictures and pages are not compared."""
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    return ["".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in c.outputs) for c in cells]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_and_shows_the_same(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    stored = words(notebook)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            for kind in ("text/html", "image/svg+xml", "image/png"):
                output.get("data", {}).pop(kind, None)
    if os.environ.get("UPDATE_NOTEBOOKS"):
        nbformat.write(notebook, path)
        stored = words(notebook)
    assert words(notebook) == stored


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 4
