"""Take back what a spreadsheet did to the files of a data package, where nothing is lost, and say what that was."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evidence_synthesis.entry.forms import vocabulary
from evidence_synthesis.entry.mending import mended_number, mended_word
from evidence_synthesis.review.package import cell_checks, separator_of, table_files
from evidence_synthesis.review.told import row_words
from evidence_synthesis.storage.files import csv_text

_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_SHOWN = 3  # changed cells of a column that are shown
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NUMERIC = ("number", "integer")


@dataclass
class Mended:
    """A file as it should be, and what was done to it."""

    text: str
    said: list[str] = field(default_factory=list)


def _decoded(raw: bytes) -> Mended | None:
    """The text of a file; None where its bytes do not say which letters they are."""
    for mark, encoding in _MARKS.items():
        if raw.startswith(mark):
            try:
                return Mended(
                    raw.removeprefix(mark).decode(encoding),
                    ["byte order mark taken off" + (f", {encoding} turned into utf-8" if encoding != "utf-8" else "")],
                )
            except UnicodeDecodeError:
                return None
    try:
        return Mended(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def _lines_mended(mended: Mended) -> tuple[list[list[str]], str] | None:
    """Header and rows of a text, and what separated them; line ends and the line of the separator are put right."""
    text = mended.text
    if "\r" in text:
        mended.said.append("line ends turned into line feeds")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator, told = separator_of(text)
    if told:
        mended.said.append(f"the line {told.strip()} taken off")
    if separator != ",":
        mended.said.append(f"columns separated by commas instead of {'tabs' if separator == chr(9) else 'semicolons'}")
    mended.text = text[len(told) :]
    try:
        rows = list(csv.reader(io.StringIO(mended.text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows, separator


def _without_empty(rows: list[list[str]], mended: Mended) -> list[list[str]]:
    """The rows without empty ones and without columns that have neither name nor cells."""
    header = rows[0]
    empty = [number for number, cells in enumerate(rows[1:], 2) if not any(cells)]
    if empty:
        mended.said.append(f"empty rows {row_words(empty)} taken out")
    kept = [header, *(cells for cells in rows[1:] if any(cells))]
    nameless = [i for i, name in enumerate(header) if not name.strip() and not any(i < len(c) and c[i].strip() for c in kept[1:])]
    if nameless:
        mended.said.append(f"{len(nameless)} empty columns taken out")
        kept = [[c for i, c in enumerate(cells) if i not in nameless] for cells in kept]
    return kept


def _candidates(value: str, kind: str, words: Sequence[str], comma: bool) -> Iterator[str]:
    """What a cell that breaks its rules may have been."""
    found = mended_number(value, kind == "integer", comma) if kind in _NUMERIC else mended_word(value, words)
    if found is not None:
        yield found
    yield _BREAKS.sub(" ", value).strip()


def _header_mended(header: list[str], columns: Sequence[str], mended: Mended) -> None:
    for i, name in enumerate(header):
        found = name if name in columns else mended_word(name, columns)
        if found and found != name and found not in header:
            mended.said.append(f"column {name!r} is {found}")
            header[i] = found


class _Columns:
    """What the columns of a table take: a check of their cells, their types and words."""

    def __init__(self, directory: Path, table: str) -> None:
        from frictionless import Schema

        schema = Schema.from_descriptor(json.loads((directory / f"schemas/{table}.json").read_text(encoding="utf-8")))
        self.names: list[str] = schema.field_names
        self.checks: Mapping[str, Callable[[str], str | None]] = cell_checks(schema)
        self.kinds: dict[str, str] = {f.name: f.type for f in schema.fields}
        self.words = {name: vocabulary(directory, table, name) for name in self.names}

    def right(self, name: str, value: str) -> bool:
        """Whether a cell may stay as it is."""
        known = self.words[name]
        return self.checks[name](value) is None and (not known or not value or value in known)


def _cells_mended(rows: list[list[str]], columns: _Columns, comma: bool, mended: Mended) -> set[int]:
    """Put cells right that break their rules and can have been meant in one way only; the rows that changed."""
    changed: dict[str, list[tuple[int, str, str]]] = {}
    for number, cells in enumerate(rows[1:], 2):
        for i, name in enumerate(rows[0][: len(cells)]):
            value = cells[i]
            if name not in columns.checks or columns.right(name, value):
                continue
            tried = _candidates(value, columns.kinds[name], columns.words[name], comma)
            found = next((c for c in tried if c != value and columns.right(name, c)), None)
            if found is not None:
                cells[i] = found
                changed.setdefault(name, []).append((number, value, found))
    for name, cells_of in changed.items():
        shown = ", ".join(f"{a!r} to {b!r}" for _, a, b in cells_of[:_SHOWN])
        more = f" and {len(cells_of) - _SHOWN} more" if len(cells_of) > _SHOWN else ""
        rows_of = row_words(n for n, _, _ in cells_of)
        mended.said.append(f"{'rows' if len(cells_of) > 1 else 'row'} {rows_of}, column {name}: {shown}{more}")
    return {n for inside in changed.values() for n, _, _ in inside}


def _written(rows: list[list[str]], header: Sequence[str]) -> str:
    return csv_text(header, (dict(zip(header, cells, strict=True)) for cells in rows[1:]))


def mended_file(raw: bytes, columns: _Columns) -> Mended | None:
    """A file put right as far as nothing is lost; None where it cannot be read at all, or is right already."""
    mended = _decoded(raw)
    read = _lines_mended(mended) if mended is not None else None
    if mended is None or read is None or not read[0]:
        return None
    before, separator = read
    rows = _without_empty([list(cells) for cells in before], mended)
    _header_mended(rows[0], columns.names, mended)
    even = all(len(cells) == len(rows[0]) for cells in rows) and len({*rows[0]}) == len(rows[0])
    changed = _cells_mended(rows, columns, separator == ";", mended)
    lines = mended.text.removesuffix("\n").split("\n")
    if separator == "," and len(lines) == len(before) == len(rows) and before[0] == rows[0]:
        made = _written([rows[0], *(rows[n - 1] for n in sorted(changed))], rows[0]).split("\n")[1:-1] if even else []
        for n, line in zip(sorted(changed), made, strict=False):
            lines[n - 1] = line
        mended.text = "\n".join(lines) + "\n"
    elif even:
        mended.text = _written(rows, rows[0])
    elif separator != ",":
        return None
    return mended if mended.said else None


def mended_package(directory: Path) -> tuple[dict[str, str], list[str]]:
    """The files of a data package that can be put right as texts, and what would be done to each. Nothing is written.

    Left as they are: dates in the place of numbers, 1,234 that may be two numbers, letters of an unknown encoding, and
    whatever else can have been meant in two ways; ``check`` names these.
    """
    texts, said = dict[str, str](), list[str]()
    known: dict[str, _Columns] = {}
    for path, table in table_files(directory):
        if not (directory / f"schemas/{table}.json").exists():
            continue
        if table not in known:
            known[table] = _Columns(directory, table)
        mended = mended_file((directory / path).read_bytes(), known[table])
        if mended is not None:
            texts[path] = mended.text
            said += [f"{path}: {words}" for words in mended.said]
    return texts, said
