"""Rows worked out before: an analysis whose trials, settings and code are the same is not worked out again.

A memo is a file beside the logs, not a result: without it, or with one that cannot be read, everything is computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from evidence_synthesis.storage.files import write_text
from evidence_synthesis.storage.table_row import KeyedRow

_T = TypeVar("_T")
_R = TypeVar("_R", bound=KeyedRow)


class Memo:
    """Rows by the digest of everything that they depend on; ``basis`` stands for settings and code."""

    def __init__(self, path: Path, basis: str) -> None:
        self.path, self.basis = path, basis
        self.used: dict[str, list[list[str]]] = {}
        try:
            self.known: dict[str, list[list[str]]] = dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self.known = {}

    def rows(
        self,
        kind: type[_R],
        groups: Mapping[tuple[str, str], Sequence[_T]],
        make: Callable[[Mapping[tuple[str, str], Sequence[_T]]], Iterable[_R]],
    ) -> list[_R]:
        """The rows that ``make`` gives for groups of trials, in the order of the groups; known ones are taken over.

        ``make`` may give several rows for a group, or none; a row's ``key`` is that of its group.
        """
        marks = {key: self._mark(kind, key, trials) for key, trials in groups.items()}
        found = {key: rows for key, mark in marks.items() if (rows := self._kept(kind, mark)) is not None}
        missing = {key: trials for key, trials in groups.items() if key not in found}
        found |= {key: [] for key in missing}
        for row in make(missing) if missing else ():
            found[row.key].append(row)
        self.used |= {mark: [row.cells() for row in found[key]] for key, mark in marks.items()}
        return [row for key in groups for row in found[key]]

    def save(self) -> None:
        """Keep what this run used for the next one."""
        write_text(self.path, json.dumps(self.used, ensure_ascii=False))

    def _kept(self, kind: type[_R], mark: str) -> list[_R] | None:
        if mark not in self.known:
            return None
        try:
            return kind.from_cells(self.known[mark], str(self.path))
        except (ValueError, TypeError):
            return None

    def _mark(self, kind: type[KeyedRow], key: tuple[str, str], trials: Sequence[object]) -> str:
        return hashlib.sha256(repr((self.basis, kind.__name__, key, list(trials))).encode()).hexdigest()[:24]
