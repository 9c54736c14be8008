"""Tables as JSON and as OpenDocument workbooks give what the same table as CSV gives; old Excel files say what to do."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import pytest
from tables import MD, RR, STUDIES, E, M, bring, one

from evidence_synthesis.importers import review
from evidence_synthesis.importers.open_document import open_document_sheets
from evidence_synthesis.importers.spreadsheet import MOST_UNPACKED, workbook_grids
from evidence_synthesis.review.package import DataFaults

COUNTS = ("events_t", "n_t", "events_c", "n_c")
RECORDS = [{"study": s, **dict(zip(COUNTS, row, strict=True))} for s, row in zip(STUDIES, E, strict=True)]
COLUMNS: dict[str, list[Any]] = {name: [r[name] for r in RECORDS] for name in ("study", *COUNTS)}
_SPACES = ("office", "table", "text", "style", "dc")
_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


@pytest.mark.parametrize(
    "content",
    [
        RECORDS,
        {"studies": RECORDS, "date": "2026-11-30"},
        COLUMNS,
        {name: {str(i): v for i, v in enumerate(cells)} for name, cells in COLUMNS.items()},
        {"columns": list(COLUMNS), "index": [0, 1, 2, 3], "data": [list(r.values()) for r in RECORDS]},
        [list(COLUMNS), *(list(r.values()) for r in RECORDS)],
        [{k: [v] for k, v in r.items()} for r in RECORDS],
        [
            {
                "study": r["study"],
                "treatment": {"events": r["events_t"], "n": r["n_t"]},
                "control": {"events": r["events_c"], "n": r["n_c"]},
            }
            for r in RECORDS
        ],
    ],
    ids=["records", "named", "columns", "pandas columns", "pandas split", "lists", "R scalars", "arms in groups"],
)
def test_tables_in_json(content: Any, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, json.dumps(content), name="t.json")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


def test_a_record_a_line_and_a_file_of_another_name(tmp_path: Path) -> None:
    made, _ = bring(tmp_path, "\n".join(map(json.dumps, RECORDS)), name="t.jsonl")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    made, _ = bring(tmp_path, json.dumps(RECORDS), name="download.txt")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


def test_an_empty_cell_in_json_leaves_its_row_out(tmp_path: Path) -> None:
    made, _ = bring(tmp_path, json.dumps([*RECORDS, {"study": "Elba 2020", "events_t": None, "n_t": 30}]), name="t.json")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert "Elba 2020" in review.report(made, "t.json")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[{"study": "A", "arms": [{"n": 1}, {"n": 2}]}]', "give each arm or time a record"),
        ('[{"study": "A"},\n {"study": "B"]', "line 2.*well-formed JSON"),
        ('{"study": "A"}', "JSON without a table"),
        ('[{"study": "A", "study": "B", "n_t": 3}]', "each name once"),
        ("[" * 100_000, "lists within lists"),
        (json.dumps({"pain": RECORDS, "death": RECORDS}), r"say which with --sheet"),
    ],
)
def test_json_that_is_no_table_is_named(content: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match=told):
        bring(tmp_path, content, name="t.json")


def _cell(value: object, more: str = "") -> str:
    """A cell as LibreOffice writes it: numbers in an attribute, the shown text beside it."""
    if value is None:
        return f"<table:table-cell{more}/>"
    if isinstance(value, (int, float)):
        kind, shown = f'float" office:value="{value}', f"{value:.1f}".replace(".", ",")  # as a German screen shows it
    else:
        kind, shown = "string", escape(str(value)).replace("  ", ' <text:s text:c="1"/>')
    return f'<table:table-cell{more} office:value-type="{kind}"><text:p>{shown}</text:p></table:table-cell>'


def _line(cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{cells}</table:table-row>"


def _row(cells: Sequence[object], more: str = "") -> str:
    return _line("".join(map(_cell, cells)) + '<table:table-cell table:number-columns-repeated="1019"/>', more)


def ods(path: Path, *sheets: tuple[str, str], styles: str = "", mimetype: str = _MIMETYPE, manifest: str = "<m/>") -> bytes:
    """A workbook of sheets, each a title (with further attributes behind a bar) and its rows in XML."""
    spaces = " ".join(f'xmlns:{s}="urn:oasis:names:tc:opendocument:xmlns:{s}:1.0"' for s in _SPACES)
    below = _line('<table:table-cell table:number-columns-repeated="1024"/>', ' table:number-rows-repeated="1048570"')
    tables = ""
    for title, rows in sheets:
        name, _, more = title.partition("|")
        tables += f'<table:table table:name="{name}" {more}>{rows}{below}</table:table>'
    parts = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}"
    content = f"<office:document-content {spaces}>{parts}</office:spreadsheet></office:body></office:document-content>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path.read_bytes()


HEADER = ["Study", "Mean treatment", "SD treatment", "N treatment", "Mean control", "SD control", "N control"]
LINES = [[s, m1, s1, n1, m2, s2, n2] for s, (n1, m1, s1, n2, m2, s2) in zip(STUDIES, M, strict=False)]
TABLE = "".join(map(_row, [HEADER, *LINES]))


def test_an_open_document_workbook_is_read_as_its_csv(tmp_path: Path) -> None:
    title = _row(["Pain at 12 weeks"]) + '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
    content = ods(tmp_path / "t.ods", ("Notes", _row(["Read  me"])), ("Data", title + TABLE))
    made, notes = bring(tmp_path, content, name="t.ods")
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    assert "the sheet 'Data' is read, of Notes, Data" in notes
    assert "the header is row 4" in notes
    made, _ = bring(tmp_path, content, name="named_otherwise.xlsx")
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


def test_groups_of_rows_merged_cells_notes_and_hidden_sheets(tmp_path: Path) -> None:
    merged = _cell("Treatment", ' table:number-columns-spanned="2"') + "<table:covered-table-cell/>"
    noted = "<office:annotation><dc:creator>me</dc:creator><text:p>a remark</text:p></office:annotation>"
    first = _line(f"{_cell(None)}{merged}{_cell('Control')}<table:covered-table-cell/>")
    first += _line("".join(map(_cell, ("Study", "Events", "Total", "Events", "Total"))))
    rows = "".join(_row([s, *e]) for s, e in zip(STUDIES, E, strict=True))
    rows = rows.replace("<text:p>Alba 2010", f"{noted}<text:p>Alba<text:s/>2010", 1)
    hidden = rows.replace("<table:table-row>", '<table:table-row table:visibility="filter">', 1)
    grouped = f"<table:table-header-rows>{first}</table:table-header-rows><table:table-row-group>{hidden}</table:table-row-group>"
    style = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    content = ods(tmp_path / "t.ods", ('Old|table:style-name="ta2"', TABLE), ("New", grouped), styles=style)
    made, notes = bring(tmp_path, content, name="t.ods")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert "hidden rows are read like the others: 3" in notes
    assert "Alba 2010" in {s["study"] for s in review.study_rows(made)}


def test_dates_truths_errors_and_formulas_without_a_value(tmp_path: Path) -> None:
    cells = [
        '<table:table-cell office:value-type="date" office:date-value="2026-03-05"><text:p>05.03.26</text:p></table:table-cell>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></table:table-cell>',
        '<table:table-cell table:formula="of:=1/0" office:value-type="string"><text:p>#DIV/0!</text:p></table:table-cell>',
        '<table:table-cell table:formula="of:=[.A1]+1"/>',
        '<table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12,5 %</text:p></table:table-cell>',
    ]
    path = tmp_path / "t.ods"
    ods(path, ("S", _line("".join(cells))))
    (grid,) = workbook_grids(path)
    date, *others = grid.lines[0][1]
    assert (date.year, date.month, date.day) == (2026, 3, 5)
    assert others == [True, "#DIV/0!", "=[.A1]+1", 0.125]


def test_open_documents_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.ods"
    cases = [
        ({"mimetype": "application/vnd.oasis.opendocument.text"}, TABLE, "text or drawing"),
        ({"manifest": "<encryption-data/>"}, TABLE, "without a password"),
        ({}, "<table:table-row>", "a workbook that opens"),
        ({}, _row(["x"], ' table:number-rows-repeated="99999999"'), "more than"),
        ({}, _line(_cell(1, ' table:number-columns-repeated="99999999"')), "repeated"),
    ]
    for more, rows, told in cases:
        ods(path, ("S", rows), **more)  # type: ignore[arg-type]
        with pytest.raises(DataFaults, match=told):
            workbook_grids(path)
    ods(path, ("S", TABLE))
    with pytest.raises(DataFaults, match="unpacked"):
        open_document_sheets(path, 100)
    assert MOST_UNPACKED > 100


def test_old_excel_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match=r"Save As, Excel workbook \(\.xlsx\)"):
        bring(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), name="t.xls")
