"""Rows worked out before: an analysis whose trials, settings and code are the same is not worked out again.

A memo is a file beside the logs, not a result: without it, or with one that cannot be read, everything is computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from evidence_synthesis.storage.files import cell, write_text

Record = dict[str, object]
Rows = Iterable[Mapping[str, object]]
Groups = Mapping[tuple[str, str], Sequence[Mapping[str, str]]]


class Memo:
    """Rows by the digest of everything that they depend on; ``basis`` stands for settings and code."""

    def __init__(self, path: Path, basis: str) -> None:
        self.path, self.basis = path, basis
        self.used: dict[str, list[dict[str, str]]] = {}
        try:
            self.known: dict[str, list[dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def rows(
        self, name: str, groups: Groups, make: Callable[[Groups], Rows], columns: tuple[str, str] = ("analysis_id", "measure")
    ) -> list[Record]:
        """The rows that ``make`` gives for groups of trials, in the order of the groups; known ones are taken over.

        ``make`` may give several rows for a group, or none; ``columns`` of a row name its group.
        """
        marks = {key: self._mark(name, key, trials) for key, trials in groups.items()}
        missing = {key: trials for key, trials in groups.items() if marks[key] not in self.known}
        fresh: dict[tuple[str, str], list[dict[str, str]]] = {key: [] for key in missing}
        for row in make(missing) if missing else ():
            key = (str(row[columns[0]]), str(row[columns[1]]))
            fresh[key].append({c: cell(v) for c, v in row.items()})
        found: list[Record] = []
        for key, mark in marks.items():
            self.used[mark] = fresh[key] if key in fresh else self.known[mark]
            found += [dict(row) for row in self.used[mark]]
        return found

    def save(self) -> None:
        """Keep what this run used for the next one."""
        write_text(self.path, json.dumps(self.used, ensure_ascii=False))

    def _mark(self, name: str, key: tuple[str, str], trials: Sequence[Mapping[str, str]]) -> str:
        basis = repr((self.basis, name, key, [dict(t) for t in trials]))
        return hashlib.sha256(basis.encode()).hexdigest()[:24]
