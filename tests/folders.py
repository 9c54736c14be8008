"""What the tests of whole runs share: the files that two runs must have in common."""

from __future__ import annotations

from pathlib import Path

from evidence_synthesis.exports.former import DOWNLOADS
from evidence_synthesis.storage.manifest import NAME

IGNORED = (".snakemake_timestamp", "changes.md", NAME)  # the second tells of the last commit; the third of downloads, too


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder of results that every run makes, by their path in it."""
    names = {p: p.relative_to(folder) for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in IGNORED}
    return {name.as_posix(): p.read_bytes() for p, name in names.items() if name.parts[0] != DOWNLOADS}
