"""One typed row for each published table: which columns it has, how its text is written and how it is read.

A table's class lists its columns as fields, in the order of the file. Empty cells are None (numbers, yes or no), an empty text,
or an empty tuple; a tuple is written with semicolons between its parts, yes and no for a truth.
"""

from __future__ import annotations

import csv
import io
import math
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar, Self

from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.storage.files import DIGITS, cell, text_of_columns, write_text
from evidence_synthesis.storage.remembered import remembered


class BrokenTable(EvidenceError, ValueError):
    """A table of results that is not as it was written; the message says where, and what to do about it."""

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = self.about = where, what
        super().__init__(f"{where}: {what}. The file is not as a run wrote it: delete it and run again.")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table. A class for a table names its fields as its columns, and its file within a folder of results.

    ``WORDS`` has the words that may stand in a column, where these are few (an empty cell is none of them unless listed).
    """

    FILE: ClassVar[str] = ""
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {}

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The columns of the file, in their order."""
        return tuple(f.name for f in fields(cls))

    @classmethod
    def text(cls, rows: Iterable[Self]) -> str:
        """Rows as the text of a file, with its heading."""
        names, kinds = cls.columns(), {f.name: str(f.type) for f in fields(cls)}
        columns = zip(*map(attrgetter(*names), rows), strict=True)
        return text_of_columns(names, [_texts(kinds[name], held) for name, held in zip(names, columns, strict=False)])

    @classmethod
    def write(cls, path: Path, rows: Iterable[Self]) -> None:
        """Put a table in place in one step."""
        write_text(path, cls.text(rows))

    @classmethod
    def read(cls, path: Path) -> list[Self]:
        """The rows of a file. Raises BrokenTable where it is no such table, OSError where there is none."""

        def read() -> list[Self]:
            try:
                text = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                raise BrokenTable(str(path), f"byte {error.start + 1} is no text in UTF-8") from None
            return cls.parse(text, str(path))

        return remembered(cls, read, path)

    @classmethod
    def of(cls, results: Path) -> list[Self]:
        """The rows of this table in a folder of results; see ``read``."""
        return cls.read(results / cls.FILE)

    @classmethod
    def parse(cls, text: str, where: str) -> list[Self]:
        """The rows in a file's text; ``where`` names the file in errors. Raises BrokenTable."""
        header, lines = _lines(text, where)
        _check_shape(cls, header, lines, where)
        return cls.from_cells(lines, where)

    @classmethod
    def parse_former(cls, text: str, where: str) -> list[Self]:
        """The rows in the text of a file that another version may have written: its columns may be others, and other words.

        Columns that this version does not know are left aside, those that lack are empty. Raises BrokenTable.
        """
        header, lines = _lines(text, where)
        places = {name: place for place, name in enumerate(header)}
        columns = []
        for f in fields(cls):
            read, _, empty = _READERS[str(f.type)]
            try:
                columns.append(read([cells[places[f.name]] for cells in lines]) if f.name in places else [empty] * len(lines))
            except (ValueError, IndexError):
                raise BrokenTable(where, f"column {f.name} cannot be read") from None
        return cls.of_columns(columns)

    @classmethod
    def from_cells(cls, lines: Sequence[Sequence[str]], where: str) -> list[Self]:
        """Rows from text cells in the order of the columns. Raises BrokenTable."""
        if not lines:
            return []
        try:
            columns = [read(cells) for read, cells in zip(_readers(cls), zip(*lines, strict=True), strict=True)]
        except ValueError:
            raise _first_fault(cls, lines, where) from None
        return cls.of_columns(columns)

    @classmethod
    def of_columns(cls, columns: Sequence[Sequence[Any]]) -> list[Self]:
        """Rows from whole columns of values, one for each field in its order.

        A slot of all rows at a time: calling the class for each row takes three times as long.
        """
        rows = [cls.__new__(cls) for _ in columns[0]]
        for name, column in zip((f.name for f in fields(cls)), columns, strict=True):
            deque(map(getattr(cls, name).__set__, rows, column), maxlen=0)
        return rows

    def cells(self) -> list[str]:
        """The row as text cells."""
        return list(map(cell, attrgetter(*self.columns())(self)))


@dataclass(frozen=True, slots=True)
class KeyedRow(TableRow):
    """A row about something that two words name, such as an analysis and its measure."""

    @property
    def key(self) -> tuple[str, str]:
        """What the row is about."""
        raise NotImplementedError


def _texts(kind: str, held: Sequence[Any]) -> Sequence[str]:
    """The cells of a column as ``cell`` writes them, a column at a time: most are words or numbers."""
    if kind == "str":
        return held
    if kind in ("float", "float | None"):
        return [("" if v != v else _NUMBER % (v + 0.0)) if type(v) is float else "" if v is None else cell(v) for v in held]
    if kind == "tuple[str, ...]":
        return list(map(";".join, held))
    return [str(v) if type(v) is int else cell(v) for v in held]


_NUMBER = f"%.{DIGITS}g"
_Column = Callable[[Sequence[str]], list[Any]]  # reads the cells of a column; ValueError where it cannot
_NUMERIC = frozenset("0123456789.e+-inf")
_TRUTH = {"yes": True, "no": False}


def _plain(cells: Sequence[str]) -> None:
    """Raise ValueError for numbers that no run writes (``nan``, ``1_000``, digits of other scripts), a whole column at once."""
    if not _NUMERIC.issuperset("".join(cells)):
        raise ValueError


def _numbers(cells: Sequence[str]) -> list[float]:
    _plain(cells)
    return list(map(float, cells))


def _some_numbers(cells: Sequence[str]) -> list[float | None]:
    _plain(cells)
    return [float(text) if text else None for text in cells]


def _some_whole(cells: Sequence[str]) -> list[int | None]:
    _plain(cells)
    return [int(text) if text else None for text in cells]


def _whole(cells: Sequence[str]) -> list[int]:
    _plain(cells)
    return list(map(int, cells))


def _truths(cells: Sequence[str]) -> list[bool]:
    if not _TRUTH.keys() >= set(cells):
        raise ValueError
    return [_TRUTH[text] for text in cells]


def _some_truths(cells: Sequence[str]) -> list[bool | None]:
    if not {*_TRUTH, ""} >= set(cells):
        raise ValueError
    return list(map(_TRUTH.get, cells))


def _parts(cells: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(text.split(";")) if text else () for text in cells]


# By the type of a field: how its cells are read, what one should be, and what stands for one that there is not.
_READERS: Mapping[str, tuple[_Column, str, object]] = {
    "str": (list, "a text", ""),
    "float": (_numbers, "a number", math.nan),
    "float | None": (_some_numbers, "a number or nothing", None),
    "int": (_whole, "a whole number", 0),
    "int | None": (_some_whole, "a whole number or nothing", None),
    "bool": (_truths, "yes or no", False),
    "bool | None": (_some_truths, "yes, no or nothing", None),
    "tuple[str, ...]": (_parts, "texts with semicolons between", ()),
}


def _one_of(words: Sequence[str]) -> _Column:
    def read(cells: Sequence[str]) -> list[str]:
        if not set(cells) <= set(words):
            raise ValueError
        return list(cells)

    return read


def _readers(kind: type[TableRow]) -> tuple[_Column, ...]:
    return tuple(_one_of(kind.WORDS[f.name]) if f.name in kind.WORDS else _READERS[str(f.type)][0] for f in fields(kind))


def _lines(text: str, where: str) -> tuple[list[str], list[list[str]]]:
    """The heading and the rows of a file. Raises BrokenTable."""
    try:
        header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        raise BrokenTable(where, f"no table ({error})" if text else "the file is empty") from None
    return header, lines


def _check_shape(kind: type[TableRow], header: Sequence[str], lines: Sequence[Sequence[str]], where: str) -> None:
    columns = kind.columns()
    if tuple(header) != columns:
        at = next((i for i, (a, b) in enumerate(zip(header, columns, strict=False)) if a != b), min(len(header), len(columns)))
        found, wanted = (repr(names[at]) if at < len(names) else "nothing" for names in (header, columns))
        raise BrokenTable(where, f"column {at + 1} is {found} where {wanted} is expected")
    for number, cells in enumerate(lines, 2):
        if len(cells) != len(columns):
            raise BrokenTable(where, f"row {number} has {len(cells)} cells where {len(columns)} are expected")


def _first_fault(kind: type[TableRow], lines: Sequence[Sequence[str]], where: str) -> BrokenTable:
    """The first cell that cannot be read."""
    for number, cells in enumerate(lines, 2):
        for field, read, text in zip(fields(kind), _readers(kind), cells, strict=True):
            try:
                read([text])
            except ValueError:
                words = kind.WORDS.get(field.name)
                wanted = _READERS[str(field.type)][1] if words is None else f"one of {', '.join(words)}"
                return BrokenTable(f"{where}, row {number}, column {field.name}", f"{text!r} where {wanted} is expected")
    raise AssertionError("no cell is at fault")


def check_names(rows: Sequence[TableRow], column: str, known: Container[str], where: str, of: str) -> None:
    """Raise BrokenTable for the first name in a column that another table does not have; ``of`` says what it should name."""
    for number, row in enumerate(rows, 2):
        value = getattr(row, column)
        for name in value if isinstance(value, tuple) else (value,):
            if name not in known:
                raise BrokenTable(f"{where}, row {number}, column {column}", f"{name!r} names no {of}")


def known(value: float) -> float | None:
    """A number for a cell that may be empty: None for NaN."""
    return None if math.isnan(value) else value


def number_of(value: float | None) -> float:
    """A number that may be missing, for computing: NaN for None."""
    return math.nan if value is None else value
