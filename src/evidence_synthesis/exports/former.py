"""Downloads of former results: the report leads to them, and their numbers may not be its own."""

from __future__ import annotations

import shutil
from pathlib import Path

DOWNLOADS = "downloads"  # folder of the results: what is made of them for print and Office
DONE = ".gitignore"  # the file there that is written last, each time


def remove_former(results: Path) -> bool:
    """Remove downloads that were not made to their end since the report was. Tells whether there were such."""
    downloads, report = results / DOWNLOADS, results / "report/index.html"
    done = downloads / DONE
    if not downloads.exists() or (done.exists() and report.exists() and done.stat().st_mtime >= report.stat().st_mtime):
        return False
    shutil.rmtree(downloads)
    return True
