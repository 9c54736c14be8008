"""A CSV file of the package as lines, so that a row is added or replaced and every other byte stays as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from evidence_synthesis.review.package import DataFaults, Fault
from evidence_synthesis.storage.files import csv_text

Origin = TypeVar("Origin")


class CsvLines(Generic[Origin]):
    """The lines of a file with the cells of each, and for those that are added or replaced where they come from.

    A file that is not there begins with the ``columns`` as its header. Raises DataFaults for a file whose lines are not its
    rows (as ``check`` tells as well).
    """

    def __init__(self, path: Path, name: str, columns: Sequence[str]) -> None:
        self.name = name
        text = path.read_text(encoding="utf-8") if path.exists() else csv_text(columns, [])
        texts = text.removesuffix("\n").split("\n")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        self.columns = rows[0] if rows else []
        if len(rows) != len(texts) or any(len(row) != len(self.columns) for row in rows):
            words = "a file without faults: `evidence-synthesis check` names them, mend them first"
            raise DataFaults([Fault(name, 0, "", "", words)])
        self.lines: list[tuple[str, dict[str, str], Origin | None]] = [
            (line, dict(zip(self.columns, row, strict=True)), None) for line, row in zip(texts, rows, strict=True)
        ]
        self.changed = False

    @property
    def rows(self) -> list[dict[str, str]]:
        """The cells of each row below the header."""
        return [cells for _, cells, _ in self.lines[1:]]

    def _line(self, cells: Mapping[str, str]) -> str:
        return csv_text(self.columns, [cells]).split("\n")[1]

    def widen(self, columns: Iterable[str]) -> None:
        """Columns at the end that the file has not yet, empty in its rows."""
        new = [c for c in dict.fromkeys(columns) if c not in self.columns]
        if new:
            self.columns += new
            empty = "," * len(new)
            (header, names, origin), rows = self.lines[0], self.lines[1:]
            first = (f"{header},{','.join(new)}", {**names, **dict(zip(new, new, strict=True))}, origin)
            self.lines = [first, *((line + empty, cells | dict.fromkeys(new, ""), told) for line, cells, told in rows)]
            self.changed = True

    def add(self, cells: Mapping[str, str], origin: Origin, key: str = "") -> None:
        """A row at the end, or in its place where the ``key`` column is in alphabetical order."""
        told = {c: cells.get(c, "") for c in self.columns}
        ids = [row[key] for row in self.rows] if key else []
        ordered = bool(ids) and ids == sorted(ids)
        place = 1 + sum(i < told[key] for i in ids) if ordered else len(self.lines)
        self.lines.insert(place, (self._line(told), told, origin))
        self.changed = True

    def replace(self, key: str, value: str, cells: Mapping[str, str], origin: Origin) -> None:
        """Other cells in the row whose ``key`` column has that value; its other cells stay."""
        for i, (_, before, _) in enumerate(self.lines):
            if i and before[key] == value:
                told = {**before, **{c: v for c, v in cells.items() if c in before}}
                self.lines[i] = (self._line(told), told, origin)
                self.changed = True

    def text(self) -> str:
        """The file."""
        return "\n".join(line for line, _, _ in self.lines) + "\n"

    def origins(self) -> dict[tuple[str, int], Origin]:
        """Where the rows of the file come from, by file and row."""
        return {(self.name, i): origin for i, (_, _, origin) in enumerate(self.lines, 1) if origin is not None}
