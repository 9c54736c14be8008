"""Read the CSV files of a data package and answer every fault with file, row, column, value and remedy.

The files that are there are the package: ``<table>.csv`` holds the table of that name, ``results/*.csv`` hold the results,
and ``schemas/<table>.json`` says what a table may hold. ``datapackage.json`` is written from them (``describe``).

Types, required cells, vocabularies, ranges and patterns are checked by the frictionless library against the Table
Schema files; this module adds what a schema cannot say about the bytes of a file (encoding, separators, line ends)
and hints for the usual spreadsheet accidents.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.review.schema import LATER_TABLES, MAY_BE_EMPTY, OPTIONAL_COLUMNS, RESULTS, TABLES, TRIALS

if TYPE_CHECKING:
    from frictionless import Schema

csv.field_size_limit(100_000_000)  # longer cells than LONGEST get a fault with their row; the reader must reach them

_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}[-. ]?[A-Za-z]{3,9}\.?([-. ]\d{2,4})?|[A-Za-z]{3}[-. ]\d{2,4}")
_TYPES = {"integer": "a whole number (integer)", "number": "a number", "date": "a date such as 2026-01-31"}
_RULES = {  # of a Table Schema, in words
    "required": "a value; it is required",
    "enum": "one of: {}",
    "minimum": "{} or more",
    "maximum": "{} or less",
    "pattern": "text of the pattern {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters or fewer",
}
_SHOWN = 60
SEP_LINE = re.compile(r'"?sep=."?[;,\t]*\n', re.IGNORECASE)  # by which a spreadsheet tells another what separates columns
_OTHER_SIGNS = {";": "semicolons", "\t": "tabs"}
_NESTED = (".yaml", ".yml", ".json", ".md")  # files of entries, not of rows and columns
SMALLEST, LARGEST = 1e-12, 1e9
LONGEST = 30_000  # characters of a cell, what a spreadsheet can hold
_FORMULA = ("=", "+", "@")  # and a minus, which also begins words of the evidence
# C0 and C1 controls, line separators, direction overrides, and what XML cannot hold
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")  # ids name files and anchors


Place = tuple[str, int, str]  # file, row and column


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """Something wrong in the data or settings: where, what stands there, what is expected.

    Row 1 is the header, 0 the whole file. In nested files the row is a line and the column the name of an entry.
    """

    file: str
    row: int
    column: str
    value: str
    expected: str

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.file, self.row, self.column

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= _SHOWN else self.value[:_SHOWN] + "..."
        nested = self.file.endswith(_NESTED)
        where = self.file + (f", {'line' if nested else 'row'} {self.row}" if self.row else "")
        where += f", {'' if nested else 'column '}{self.column}" if self.column else ""
        return f"{where}: found {shown!r}; expected {self.expected}"


class DataFaults(EvidenceError):
    """All faults of a data package, together."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(f) for f in self.faults))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file: its file name, its number as a spreadsheet shows it, and its cells."""

    file: str
    line: int
    cells: dict[str, str]

    def fault(self, column: str, expected: str) -> Fault:
        """A fault of one cell of the row."""
        return Fault(self.file, self.line, column, self.cells.get(column, ""), expected)


def read_text(path: Path, name: str) -> tuple[str, list[Fault]]:
    """The text of a CSV file, and the faults of its bytes. The text is empty when it cannot be read at all."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return "", [Fault(name, 0, "", "", f"a readable file ({error.strerror})")]
    if not raw.strip():
        return "", [Fault(name, 0, "", "", "a header and at least one row; the file is empty")]
    faults = []
    if raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        faults.append(Fault(name, 1, "", "byte order mark", "UTF-8 without a byte order mark (save as plain UTF-8)"))
        raw = raw.removeprefix(codecs.BOM_UTF8)
    if b"\x00" in raw:
        return "", [*faults, Fault(name, raw[: raw.index(b"\x00")].count(b"\n") + 1, "", "NUL byte", "UTF-8 text")]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return "", [*faults, Fault(name, line, "", repr(raw[error.start : error.start + 1]), "UTF-8 text")]
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        faults.append(Fault(name, line, "", "\\r", "lines that end with a line feed only (Unix line ends)"))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, faults


def separator_of(text: str) -> tuple[str, str]:
    """The sign between the columns of a table's text, by its header, and the line ``sep=;`` before it, if there is one."""
    told = SEP_LINE.match(text)
    header = text[told.end() if told else 0 :].partition("\n")[0]
    others = [sign for sign in _OTHER_SIGNS if sign in header and "," not in header]
    return (others[0] if others else ","), told[0] if told else ""


def _header_faults(name: str, line: int, header: list[str], expected: list[str], optional: Collection[str]) -> list[Fault]:
    faults = [Fault(name, line, c, "", "this column; it is missing") for c in expected if c not in header and c not in optional]
    extra = [c for c in header if c not in expected]
    if nameless := extra.count(""):
        words = "only columns of the schema: delete the empty columns"
        faults.append(Fault(name, line, "", f"{nameless} without a name", words))
    faults += [Fault(name, line, c, c, "only columns of the schema" + nearest(c, expected)) for c in extra if c]
    doubled = sorted({c for c in header if c and header.count(c) > 1})
    return faults + [Fault(name, line, c, c, "each column once") for c in doubled]


def nearest(value: str, known: Iterable[str], alike: float = 0.7) -> str:
    """The known word that a value looks like, as a question in brackets; nothing where it looks like none.

    ``alike`` is the least ratio of letters that two words share (1 is the same word).
    """
    found = difflib.get_close_matches(value, known, 1, alike)
    return f" (perhaps {found[0]}?)" if found else ""


def hint(value: str, field: Any, broken: Iterable[str]) -> str:
    """What a cell should hold, from what the schema says of its column, the rules that it breaks, and how it looks."""
    if _DECIMAL_COMMA.fullmatch(value):
        before, _, after = value.partition(",")
        two = len(after) == 3 and before.lstrip("-") != "0"  # 1,234 may be either
        return (
            f"a number without a comma ({before}.{after} or {before}{after}?)"
            if two
            else "a number with a decimal point, not a comma"
        )
    if "type" in broken:
        looks_like_date = "; this looks like a date that a spreadsheet made of it" if _DATE.fullmatch(value) else ""
        return _TYPES.get(field.type, f"a {field.type}") + looks_like_date
    said = []
    for rule in broken:
        limit = field.constraints[rule]
        words = ", ".join(map(str, limit)) + nearest(value, map(str, limit)) if rule == "enum" else limit
        said.append(_RULES.get(rule, rule + " {}").format(words))
    return "; ".join(said)


Checks = Mapping[str, Callable[[str], str | None]]


def cell_checks(schema: Schema) -> Checks:
    """For each column a function from the cell's text to what is expected of it, or None when it is fine."""

    def checker(field: Any) -> Callable[[str], str | None]:
        reader = field.create_cell_reader()
        numeric = field.type in ("number", "integer")

        @cache
        def check(value: str) -> str | None:
            if len(value) > LONGEST:
                return f"at most {LONGEST} characters; there are {len(value)}"
            if UNPRINTABLE.search(value):
                return "text without control characters, line breaks or marks that turn the writing direction"
            if not numeric and value[:1] in _FORMULA:
                return f"text that no spreadsheet takes for a formula: not beginning with {value[:1]}"
            target, notes = reader(value)
            if notes:
                return hint(value, field, notes)
            if numeric and target is not None and not math.isfinite(target):
                return "a finite number"
            if numeric and target and not SMALLEST <= abs(target) <= LARGEST:
                return f"a number that a trial could print, between {SMALLEST:g} and {LARGEST:g} in size"
            if numeric and value != value.strip():
                return "a number without spaces around it"
            return None

        return check

    return {field.name: checker(field) for field in schema.fields}


def read_table(path: Path, name: str, checks: Checks, optional: Collection[str] = ()) -> tuple[list[Row], list[Fault], bool]:
    """The rows of a CSV file, all its faults against the ``checks`` of its columns, and whether every row could be read.

    A file that a spreadsheet wrote in its own way is read on, so that its cells are judged as well; where columns lack, the
    cells of the others are, and it has no rows.
    Columns that are ``optional`` may be absent; their cells are empty then.
    """
    text, faults = read_text(path, name)
    if not text:
        return [], faults, False
    separator, told = separator_of(text)
    first = 1 if told else 0  # lines before the header
    if told:
        faults.append(Fault(name, 1, "", told.strip(), "the header in row 1, without a line that names the separator"))
    reader = csv.reader(io.StringIO(text[len(told) :], newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    broken: list[Fault] = []
    complete = True
    try:
        header = next(reader)
        if separator != ",":
            words = f"columns separated by commas, not {_OTHER_SIGNS[separator]}"
            faults.append(Fault(name, 1 + first, "", separator.join(header), words))
        faults += _header_faults(name, 1 + first, header, list(checks), optional)
        absent = dict.fromkeys((c for c in optional if c in checks and c not in header), "")
        complete = checks.keys() <= {*header, *absent} and len(header) == len({*header, ""} - {""}) + header.count("")
        for cells in reader:
            line = reader.line_num + first
            if cells and not any(cells):
                broken.append(Fault(name, line, "", "an empty row", "a row with cells, or none: delete it"))
            elif len(cells) != len(header):
                broken.append(Fault(name, line, "", f"{len(cells)} cells", f"{len(header)} cells, as in the header"))
            else:
                known = {c: v for c, v in zip(header, cells, strict=True) if c in checks}
                rows.append(Row(name, line, known | absent))
    except csv.Error as error:
        broken.append(Fault(name, reader.line_num + first, "", "", f"well-formed CSV ({error})"))
    if not rows and not faults and not broken and Path(name).stem not in MAY_BE_EMPTY:
        broken.append(Fault(name, 0, "", "", "at least one row below the header"))
    faults += [
        row.fault(column, expected)
        for row in rows
        for column, value in row.cells.items()
        if (expected := checks[column](value)) is not None
    ]
    return rows if complete else [], faults + broken, complete and not broken


def unique_faults(rows: Iterable[Row], column: str) -> list[Fault]:
    """Faults of values that should stand only once, over all files of a table."""
    first: dict[str, Row] = {}
    faults = []
    for row in rows:
        value = row.cells[column]
        before = first.setdefault(value, row)
        if before is not row:
            faults.append(row.fault(column, f"a value not used before (also in {before.file}, row {before.line})"))
    return faults


@dataclass(frozen=True, slots=True)
class RawPackage:
    """The tables of a data package as text; files of results are one table. ``whole`` names those whose every row was read."""

    tables: Mapping[str, list[Row]]
    schemas: Mapping[str, Schema]
    whole: frozenset[str]

    def references(self, table: str, column: str, target: str, key: str) -> list[Fault]:
        """Faults of ids, or lists of ids joined by semicolons, that another table does not hold. Empty cells pass.

        None where the other table could not be read whole: that fault is told once, not with every row that refers to it.
        """
        if target not in self.whole:
            return []
        known = {row.cells[key]: None for row in self.tables[target]}
        near, where = cache(partial(nearest, known=known)), "results/*.csv" if target == RESULTS else f"{target}.csv"
        return [
            row.fault(column, f"an id that stands in {where}{near(part)}")
            for row in self.tables.get(table, ())
            for part in row.cells[column].split(";")
            if part and part not in known
        ]


def table_files(directory: Path) -> list[tuple[str, str]]:
    """Path and table of each CSV file of the package, tables first and results after them, both in alphabetical order."""
    found = sorted(p.relative_to(directory).as_posix() for p in directory.glob("*.csv"))
    results = sorted(p.relative_to(directory).as_posix() for p in (directory / RESULTS).glob("*.csv"))
    return [(path, PurePosixPath(path).stem) for path in found] + [(path, RESULTS) for path in results]


def _stray(directory: Path, listed: Iterable[tuple[str, str]]) -> list[Fault]:
    """Faults of CSV files in places where no table is."""
    known = {path for path, _ in listed}
    found = sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*.csv"))
    return [Fault(p, 0, "", p, "a table beside datapackage.json, or a file of results/") for p in found if p not in known]


@cache
def _schema_of(text: str) -> Schema:
    """A Table Schema from its JSON; the same text is read once."""
    from frictionless import Schema

    return Schema.from_descriptor(json.loads(text))


def _schema(directory: Path, table: str) -> tuple[Schema | None, list[Fault]]:
    from frictionless import FrictionlessException

    path = directory / f"schemas/{table}.json"
    try:
        return _schema_of(path.read_text(encoding="utf-8")), []
    except (OSError, ValueError, TypeError, RecursionError, FrictionlessException) as error:
        return None, [Fault(f"schemas/{table}.json", 0, "", "", f"a Table Schema ({str(error)[:200]})")]


def table_columns(directory: Path, table: str) -> list[str]:
    """The columns of a table by its schema in the package; those of the engine where an older package has none."""
    if table in LATER_TABLES and not (directory / f"schemas/{table}.json").exists():
        return list(LATER_TABLES[table])
    schema = json.loads((directory / f"schemas/{table}.json").read_text(encoding="utf-8"))
    return [field["name"] for field in schema["fields"]]


def column_words(directory: Path, table: str, column: str) -> list[str]:
    """The vocabulary of a column by its schema in the package; none where every word is allowed."""
    schema = json.loads((directory / f"schemas/{table}.json").read_text(encoding="utf-8"))
    return next((f.get("constraints", {}).get("enum", []) for f in schema["fields"] if f["name"] == column), [])


def _of_before(directory: Path) -> list[Fault]:
    """The fault of a package whose trials still repeat in every result what a trial says once."""
    if not any((directory / "trials").glob("*.csv")):
        return []
    words = "trials.csv and results/*.csv; `evidence-synthesis migrate` with this folder makes them and loses nothing"
    return [Fault("trials/", 0, "", "the layout of earlier versions", words)]


def _header(path: Path) -> list[str]:
    """The columns of a CSV file as far as it can be read; its faults are told elsewhere."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _widened(schema: Schema, files: Iterable[Path], further: Mapping[str, Mapping[str, object]]) -> Schema:
    """The schema with those ``further`` columns, Table Schema fields by their names, that a file has and it does not name."""
    used = {column for path in files for column in _header(path)} if further else set[str]()
    more = [{"name": name, **field} for name, field in further.items() if name in used and not schema.has_field(name)]
    if not more:
        return schema
    described = schema.to_descriptor()
    return schema.from_descriptor({**described, "fields": [*described["fields"], *more]})


def _read_tables(directory: Path, own: Mapping[str, Mapping[str, object]]) -> tuple[RawPackage, list[Fault]]:
    """Every table that is there, and the faults of its cells."""
    further = {TRIALS: own, RESULTS: {**OPTIONAL_COLUMNS, **own}}
    files, faults = table_files(directory), list[Fault]()
    there = {table for _, table in files}
    absent = [t for t in (TRIALS, RESULTS, *TABLES) if t not in there]
    for table in absent:
        name = f"{table}/" if table == RESULTS else f"{table}.csv"
        faults.append(Fault(name, 0, "", "", "a readable file of each treatment" if table == RESULTS else "a readable file"))
    unreadable: set[str] = set()  # tables without a schema
    partial: set[str] = set()
    tables: dict[str, list[Row]] = {}
    schemas: dict[str, Schema] = {}
    checks: dict[str, Checks] = {}
    for path, table in files:
        if table not in schemas and table not in unreadable:
            schema, wrong = _schema(directory, table)
            faults += wrong
            if schema is None:
                unreadable.add(table)
            else:
                schemas[table] = _widened(schema, [directory / p for p, t in files if t == table], further.get(table, {}))
                checks[table] = cell_checks(schemas[table])
        if table in unreadable:
            continue
        rows, wrong, whole = read_table(directory / path, path, checks[table], further.get(table, {}))
        tables.setdefault(table, []).extend(rows)
        faults += wrong
        partial |= set() if whole else {table}
    return RawPackage(tables, schemas, frozenset(tables.keys() - partial)), faults + _stray(directory, files)


def read_package(directory: Path, own: Mapping[str, Mapping[str, object]] | None = None) -> tuple[RawPackage, list[Fault]]:
    """All tables of the package in ``directory`` and every fault found in them.

    A file holds the table that it is named after; the files of ``results/`` are one table. ``own`` are Table Schema fields of
    columns that files of trials and of results may have beside those of their schemas.
    """
    before = _of_before(directory)
    if before:
        return RawPackage({}, {}, frozenset()), before
    package, faults = _read_tables(directory, own or {})
    for table, schema in package.schemas.items():
        unique = {f.name for f in schema.fields if f.constraints.get("unique")}
        for column in sorted(unique):
            faults += unique_faults(package.tables[table], column)
        for key in schema.foreign_keys:
            target = key["reference"]
            faults += package.references(table, key["fields"][0], target["resource"], target["fields"][0])
    return package, faults
