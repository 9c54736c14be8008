"""Which results the last commit holds."""

from __future__ import annotations

import subprocess
from pathlib import Path


def committed_results(directory: Path) -> str:
    """The id that git has for the folder ``results`` of the last commit; empty where the review is in no git repository."""
    asked = ["git", "rev-parse", "--quiet", "--verify", "HEAD:./results"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False, cwd=directory).stdout.strip()
    except OSError:
        return ""
