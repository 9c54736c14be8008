"""Typed rows of tables: what is written is read again, and a file that somebody changed is told of in one plain line."""

from __future__ import annotations

import csv
import io
import math
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import ClassVar

import pytest
from click.testing import CliRunner
from conftest import ROOT, read_csv
from hypothesis import given
from hypothesis import strategies as st

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.cli import main
from evidence_synthesis.storage.files import cell, text_of_columns
from evidence_synthesis.storage.table_row import BrokenTable, TableRow, check_names, known, number_of
from evidence_synthesis.synthesis import rows
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial
from evidence_synthesis.synthesis.rows.figures import SUMMARIES, PublishedFigure
from evidence_synthesis.synthesis.trials_in_analyses import trials_of

RESULTS = ROOT / "results"
BY_TERM = {"summary.csv", "multiverse_selections.csv"}  # their columns follow the settings, so no class has them


def kinds(of: type[TableRow] = TableRow) -> Iterator[type[TableRow]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def published() -> dict[str, type[TableRow]]:
    """The class of each published table, by its file."""
    for module in iter_modules(rows.__path__, rows.__name__ + "."):
        import_module(module.name)
    found = {kind.FILE: kind for kind in kinds() if kind.FILE.startswith("tables/") and kind.__name__ != AnalysisTrial.__name__}
    return found | {SUMMARIES: PublishedFigure, AuditLine.FILE: AuditLine}


def test_every_published_table_has_a_row() -> None:
    there = {f"tables/{p.name}" for p in (RESULTS / "tables").glob("*.csv")}
    assert there - {f"tables/{name}" for name in BY_TERM} == set(published())


@pytest.mark.parametrize("file", sorted(published()))
def test_a_published_table_is_read_and_written_in_the_same_bytes(file: str) -> None:
    kind, path = published()[file], RESULTS / file
    read = kind.read(path)
    assert len(read) == len(read_csv(path))
    assert kind.text(read) == path.read_text(encoding="utf-8")
    assert kind.parse_former(path.read_text(encoding="utf-8"), file) == read


@dataclass(frozen=True, slots=True)
class Sample(TableRow):
    """A row with a column of each type."""

    FILE: ClassVar[str] = ""
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"side": ("left", "right")}

    name: str
    side: str
    size: float
    least: float | None
    count: int
    most: int | None
    good: bool
    sure: bool | None
    parts: tuple[str, ...]


FULL = Sample('a, "b"\nc', "left", 0.1 + 0.2, -1e-12, 3, 4, True, False, ("x", "y"))
EMPTY = Sample("", "right", -0.0, None, -3, None, False, None, ())
HEAD = ",".join(Sample.columns())


def test_rows_of_every_type_come_back() -> None:
    text = Sample.text([FULL, EMPTY])
    assert text.startswith(HEAD + "\n")
    again = Sample.parse(text, "t.csv")
    assert again[0] == Sample(FULL.name, "left", 0.3, -1e-12, 3, 4, True, False, ("x", "y"))
    assert again[1] == EMPTY
    assert Sample.parse(HEAD + "\n", "t.csv") == []


WRONG = [
    ("a,left,x,,1,,yes,,", "row 2, column size: 'x' where a number is expected"),
    ("a,left,,,1,,yes,,", "row 2, column size: '' where a number is expected"),
    ("a,left,nan,,1,,yes,,", "row 2, column size: 'nan' where a number is expected"),
    ("a,left,1_0,,1,,yes,,", "row 2, column size: '1_0' where a number is expected"),
    ("a,left,1,l,1,,yes,,", "row 2, column least: 'l' where a number or nothing is expected"),
    ("a,left,1,,1.5,,yes,,", "row 2, column count: '1.5' where a whole number is expected"),
    ("a,left,1,,1,-,yes,,", "row 2, column most: '-' where a whole number or nothing is expected"),
    ("a,left,1,,1,,Yes,,", "row 2, column good: 'Yes' where yes or no is expected"),
    ("a,left,1,,1,,yes,maybe,", "row 2, column sure: 'maybe' where yes, no or nothing is expected"),
    ("a,lift,1,,1,,yes,,", "row 2, column side: 'lift' where one of left, right is expected"),
    ("a,left,1,,1,,yes,,\nb,left,1,,one,,yes,,", "row 3, column count: 'one' where a whole number is expected"),
    ("a,left,1,,1,,yes,", "row 2 has 8 cells where 9 are expected"),
    ('a,left,1,,1,,yes,,"b', "no table"),
]


@pytest.mark.parametrize(("lines", "words"), WRONG)
def test_a_changed_cell_is_named_with_what_to_do(lines: str, words: str) -> None:
    with pytest.raises(BrokenTable) as raised:
        Sample.parse(f"{HEAD}\n{lines}\n", "t.csv")
    text = str(raised.value)
    assert text.startswith("t.csv")
    assert words in text
    assert text.endswith("delete it and run again.")
    assert "\n" not in text


def test_other_columns_are_named(tmp_path: Path) -> None:
    for text, words in (
        (HEAD.replace("size", "sise") + "\n", "column 3 is 'sise' where 'size' is expected"),
        (HEAD + ",more\n", "column 10 is 'more' where nothing is expected"),
        (HEAD.removesuffix(",parts") + "\n", "column 9 is nothing where 'parts' is expected"),
        ("", "the file is empty"),
    ):
        with pytest.raises(BrokenTable, match=words):
            Sample.parse(text, "t.csv")
    (tmp_path / "t.csv").write_bytes(HEAD.encode() + b"\n\xff")
    with pytest.raises(BrokenTable, match="no text in UTF-8"):
        Sample.read(tmp_path / "t.csv")
    with pytest.raises(FileNotFoundError):
        Sample.read(tmp_path / "none.csv")


def test_a_table_of_another_version_is_read_as_far_as_it_goes() -> None:
    (row,) = Sample.parse_former("more,count,side,name\nx,7,upside,a\n", "old.csv")
    assert (row.name, row.side, row.count, row.most, row.good, row.parts) == ("a", "upside", 7, None, False, ())
    assert math.isnan(row.size)
    with pytest.raises(BrokenTable, match="column count cannot be read"):
        Sample.parse_former("count\nx\n", "old.csv")


def test_a_name_that_another_table_lacks_is_told() -> None:
    check_names([FULL, EMPTY], "parts", {"x", "y"}, "t.csv", "row of u.csv")
    with pytest.raises(BrokenTable, match=r"t\.csv, row 3, column name: '' names no row of u\.csv"):
        check_names([FULL, EMPTY], "name", {FULL.name}, "t.csv", "row of u.csv")


def test_numbers_that_may_be_missing() -> None:
    assert known(1.5) == 1.5
    assert known(math.nan) is None
    assert number_of(0.0) == 0
    assert math.isnan(number_of(None))


def test_commands_tell_of_a_changed_table_in_one_line(tmp_path: Path) -> None:
    results = tmp_path / "results"
    for folder in ("checked", "tables"):
        shutil.copytree(RESULTS / folder, results / folder)
    analysis = "yoga__inactive__pain__short__low_back"
    drawn = ["plot", "forest", "--analysis", analysis, "--out", str(tmp_path / "f.svg"), "--results", str(results)]
    drawn += ["--config", str(ROOT / "config/config.yaml")]
    assert CliRunner().invoke(main, drawn).exit_code == 0
    for name, old, new, asked in (
        ("audit", ",error,", ",eror,", drawn),
        ("pooled", ",1,", ",l,", drawn),
        ("trial_effects", "MD,", "MD,x,", drawn),
        ("certainty", ",1,", ",one,", ["diff", str(results), str(results)]),
        ("pooled", "estimate", "Estimate", ["export", "fhir", *drawn[2:4], "--out", str(tmp_path / "e.json"), *drawn[6:]]),
    ):
        path = results / f"tables/{name}.csv"
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(old, new, 1), encoding="utf-8")
        told = CliRunner().invoke(main, asked)
        path.write_text(whole, encoding="utf-8")
        assert told.exit_code == 1, name
        assert re.fullmatch(rf"Error: .*{name}\.csv.* (row|column) \w+.*: delete it and run again\.\n", told.output), told.output


@given(st.lists(st.lists(st.text(alphabet='ab ,"\n\u00e9', max_size=4), min_size=2, max_size=2), max_size=5), st.integers(1, 3))
def test_columns_are_written_as_pythons_own_writer_writes_their_rows(pairs: list[list[str]], width: int) -> None:
    rows = [[one, two, one][:width] for one, two in pairs]
    names = ["a", "b,c", 'd"'][:width]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    assert text_of_columns(names, columns) == out.getvalue()


def test_cells_are_written_by_the_kind_of_their_column_where_columns_stand_in_another_order_than_fields() -> None:
    row = next(t for t in trials_of(RESULTS) if t.weight not in (0.0, 100.0))
    header, line = csv.reader(io.StringIO(AnalysisTrial.text([row])))
    assert dict(zip(header, line, strict=True)) == {name: cell(getattr(row, name)) for name in AnalysisTrial.columns()}
