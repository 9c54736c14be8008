"""What a full run makes, file by file: path, bytes and SHA-256, so that files that nobody keeps can be proved, too."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.storage.files import write_table

NAME = "manifest.csv"
COLUMNS = ("path", "bytes", "sha256")
_NO_RESULTS = frozenset({NAME, "changes.md"})  # the list itself, and what tells of the last commit and not of the data


@dataclass(frozen=True, slots=True, order=True)
class ListedFile:
    """One file of the results: its size in bytes and the SHA-256 digest of its content in hexadecimal."""

    size: int
    digest: str


Manifest = Mapping[str, ListedFile]  # by path from the folder of results, with slashes


def is_result(path: Path) -> bool:
    """Whether a file belongs to the results: hidden ones are notes of git or of the workflow's engine."""
    return path.is_file() and path.name not in _NO_RESULTS and not path.name.startswith(".")


def survey(results: Path) -> dict[str, ListedFile]:
    """The files of a folder of results as they are, in order of their paths; those that are no results are passed over."""
    found = {}
    for path in sorted(results.rglob("*")):
        if is_result(path):
            content = path.read_bytes()
            found[path.relative_to(results).as_posix()] = ListedFile(len(content), hashlib.sha256(content).hexdigest())
    return found


def write_manifest(results: Path) -> Manifest:
    """Put the list of the files of a folder of results into it."""
    found = survey(results)
    rows = ({"path": name, "bytes": entry.size, "sha256": entry.digest} for name, entry in found.items())
    write_table(results / NAME, COLUMNS, rows)
    return found


def read_manifest(results: Path) -> dict[str, ListedFile]:
    """The list in a folder of results; empty where there is none. Raises ValueError for a list that cannot be read."""
    path = results / NAME
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        try:
            return {row["path"]: ListedFile(int(row["bytes"]), row["sha256"]) for row in csv.DictReader(stream)}
        except (KeyError, TypeError, ValueError) as error:
            raise UnusableInput("", f"{path} is no list of results; remove it and run again") from error


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two states of results: how many files are the same, and a line for each that is not."""

    same: int
    lines: tuple[str, ...]


def compare(there: Manifest, fresh: Manifest) -> Comparison:
    """Hold files that are there, or listed, against those of a fresh run."""
    lines = [f"only there: {name}" for name in sorted(there.keys() - fresh.keys())]
    lines += [f"only in a fresh run: {name}" for name in sorted(fresh.keys() - there.keys())]
    both = sorted(there.keys() & fresh.keys())
    lines += [f"differs: {name}" for name in both if there[name] != fresh[name]]
    return Comparison(sum(there[name] == fresh[name] for name in both), tuple(lines))
