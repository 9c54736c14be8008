"""Tables as spreadsheets write them: separators, commas, titles, sheets, formulas, words for missing values."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from evidence_synthesis.importers import review, tabular
from evidence_synthesis.importers.cells import as_number, is_missing
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.importers.shapes import rows_of
from evidence_synthesis.review.package import DataFaults

HEADER = ["study", "ai", "n1i", "ci", "n2i"]
ROWS: list[list[object]] = [["Alba", 5, 40, 9, 42], ["Brno", 3, 30, 7, 31]]


def read(path: Path, **options: object) -> tuple[list[StudyRow], list[str]]:
    table = tabular.read_table(path, **options)  # type: ignore[arg-type]
    mapping = tabular.mapped(table, None, "")
    return rows_of(table.rows, mapping, path.name, None, table.decimal_comma), [*table.notes, *mapping.notes]


def csv_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(folder: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


PLAIN = "study,ai,n1i,ci,n2i\nAlba,5,40,9,42\nBrno,3,30,7,31\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        "study,ai,n1i,ci,n2i,,\nAlba,5,40,9,42,,\nBrno,3,30,7,31,,\n,,,,,,\n",
        "sep=;\nstudy;ai;n1i;ci;n2i\nAlba;5;40;9;42\nBrno;3;30;7;31\n",
        PLAIN.replace(",", "\t"),
        "\ufeff" + PLAIN.replace("\n", "\r\n"),
        PLAIN.encode("utf-16"),
        "Table 2. Deaths,,,,\n,,,,\n" + PLAIN,
        ",Drug,,Placebo,\nStudy,events,n,events,n\nAlba,5,40,9,42\nBrno,3,30,7,31\n",
    ],
    ids=["plain", "trailing", "sep", "tabs", "excel", "utf16", "title", "two"],
)
def test_the_same_table_in_the_ways_of_spreadsheets(content: str | bytes, tmp_path: Path) -> None:
    rows, _ = read(csv_file(tmp_path, content))
    assert [(r.study, r.events_t, r.n_t, r.events_c, r.n_c) for r in rows] == [tuple(row) for row in ROWS]


def test_with_semicolons_a_comma_is_decimal(tmp_path: Path) -> None:
    rows, _ = read(csv_file(tmp_path, "study;n1i;m1i;sd1i;n2i;m2i;sd2i\nAlba;40;5,2;1,125;42;6,0;1,3\n"))
    assert (rows[0].mean_t, rows[0].sd_t, rows[0].mean_c) == (5.2, 1.125, 6.0)


def test_a_decimal_comma_among_commas_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match="expected 7 cells, as in the header"):
        read(csv_file(tmp_path, "study,n1i,m1i,sd1i,n2i,m2i,sd2i\nAlba,40,5,2,1,42,6,1\nBrno,30,5,1,31,6,1\n"))


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    rows, notes = read(csv_file(tmp_path, PLAIN.replace("Alba", "Müller").encode("cp1252")))
    assert rows[0].study == "Müller"
    assert "Windows-1252" in notes[0]


@pytest.mark.parametrize("word", [".", "-", "NR", "nr", "N/A", "", "—", "not reported", "?"])
def test_words_for_missing_values(word: str, tmp_path: Path) -> None:
    assert is_missing(word)
    rows, _ = read(
        csv_file(tmp_path, f"study,n_t,mean_t,sd_t,n_c,mean_c,sd_c\nAlba,40,5,1,42,6,1\nBrno,30,{word},{word},31,5.9,1\n")
    )
    made = review.bring_in(rows)
    assert [a["pooled"] for a in review.analysis_rows(made)] == [1]
    assert "Brno (row 3): a mean or SD is missing" in review.report(made, "t")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *(("−5.2", -5.2), ("–5.2", -5.2), ("- 5.2", -5.2), ("5,2", 5.2), ("1 030", 1030), ("1\u00a0030", 1030), (".5", 0.5)),
        *(("1e-3", 1e-3), (7, 7.0), ("1·5", 1.5), ("+3", 3.0)),
    ],
)
def test_numbers_as_people_write_them(cell: object, value: float) -> None:
    assert as_number(cell) == value


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        *(("1,030", "1.030 or 1030"), ("#DIV/0!", "spreadsheet's error"), ("=A1+2", "formula without a value")),
        *(
            ("<0.001", "an exact number"),
            ("2020-05-02", "looks like a date"),
            ("5-May", "looks like a date"),
            ("ten", "a number"),
        ),
        *(("3 1", "a number"), ("1_000", "a number"), ("1.234,5", "a number")),
    ],
)
def test_what_is_no_number_says_why(cell: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        as_number(cell)


def test_the_sheet_that_fits_is_read_and_named(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"README": [["About", "this file"], ["x", "y"]], "data": [["Deaths"], [], HEADER, *ROWS]})
    rows, notes = read(path)
    assert [r.study for r in rows] == ["Alba", "Brno"]
    assert "the sheet 'data' is read, of README, data" in notes
    assert "the header is row 3" in notes


def test_of_two_sheets_that_fit_one_is_asked_for(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"pain": [HEADER, *ROWS], "function": [HEADER, ROWS[1]]})
    with pytest.raises(DataFaults, match=r"pain, function fit: say which with --sheet"):
        read(path)
    assert [r.study for r in read(path, sheet="function")[0]] == ["Brno"]
    with pytest.raises(DataFaults, match="one of the sheets pain, function"):
        read(path, sheet="work")


def test_two_header_rows_of_a_workbook(tmp_path: Path) -> None:
    top = ["Study", "Year", "Treatment", None, None, "Placebo", None, None, "Comments"]
    below = [None, None, "N", "Mean", "SD", "N", "Mean", "SD", None]
    lines: list[list[object]] = [
        ["Table 1"],
        list(top),
        list(below),
        ["Alba", 2001, 40, 5, 1, 42, 6, 1.2, "x"],
        ["Total", None, 40],
    ]
    rows, notes = read(workbook(tmp_path, {"s": lines}))
    assert [(r.study, r.year, r.n_t, r.mean_c) for r in rows] == [("Alba", "2001", 40, 6)]
    assert "the header is row 2 with row 3" in notes


def test_a_header_row_that_a_person_names(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"s": [HEADER, ["first version"], HEADER, *ROWS]})
    assert [r.study for r in read(path, header_row=3)[0]] == ["Alba", "Brno"]
    with pytest.raises(DataFaults, match="a header in row 9"):
        read(path, header_row=9)


@pytest.mark.parametrize(
    ("cell", "told"),
    [("=2+3", "formula without a value"), ("#REF!", "spreadsheet's error"), (datetime(2020, 5, 2), "looks like a date")],
)
def test_cells_that_spreadsheets_spoil_cost_their_row(cell: object, told: str, tmp_path: Path) -> None:
    rows, _ = read(workbook(tmp_path, {"s": [HEADER, ["Alba", cell, 40, 9, 42], ROWS[1]]}))
    assert told in rows[0].fault
    assert [a["pooled"] for a in review.analysis_rows(review.bring_in(rows))] == [1]


def test_an_encoding_that_a_person_says(tmp_path: Path) -> None:
    """Names that no rule can tell: Polish in Windows-1250, Japanese in Shift JIS."""
    for name, encoding in (("Świątek", "cp1250"), ("鈴木", "shift_jis")):
        path = csv_file(tmp_path, PLAIN.replace("Alba", name).encode(encoding))
        assert name in {str(row["study"]) for _, row in tabular.read_table(path, encoding=encoding).rows}
        assert "say another with --encoding" in " ".join(tabular.read_table(path).notes)
    for encoding, wanted in (("klingon", "the name of an encoding"), ("ascii", "means nothing in ascii")):
        with pytest.raises(DataFaults, match=wanted):
            tabular.read_table(path, encoding=encoding)
