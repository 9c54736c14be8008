"""Any published table as an Excel workbook or a Word document; nothing in a cell is a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evidence_synthesis import office

Table = tuple[Sequence[str], Sequence[Sequence[str]]]  # columns, and rows of cells

_TYPED = ("=", "#")  # with what a text begins that a workbook would take for a formula or an error
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
MOST_WORD_ROWS = 1000  # rows above which a Word table is no document any more
_FEWEST, _MOST = 8, 60  # characters by which a column counts at least and at most
_PAGE = round(26.1 * 360_000)  # width between the margins of a landscape page, in the units of Word files
_MOST_CELL = 32_000  # characters that a cell of a workbook can hold


def _value(text: str) -> str | float | int:
    if not _NUMBER.fullmatch(text):
        return _CONTROL.sub("", text)[:_MOST_CELL]
    return int(text) if text.lstrip("-").isdigit() and len(text) < 16 else float(text)


def workbook(sheets: Mapping[str, Table]) -> bytes:
    """Tables as the sheets of a workbook, by title; headers frozen and filterable."""
    from openpyxl.cell import Cell

    book = office.new_workbook()
    for title, (columns, rows) in sheets.items():
        sheet = book.create_sheet(office.sheet_name(title))

        def cell(text: str, sheet: Any = sheet) -> Any:
            value = _value(text)
            if not isinstance(value, str) or value[:1] not in _TYPED:
                return value
            kept = Cell(sheet, value=value)
            kept.data_type = "s"
            return kept

        for row in (columns, *rows):
            sheet.append([cell(text) for text in row])
        office.finish_sheet(sheet)
    return office.workbook_bytes(book)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Widths of the columns of a Word table, by their longest text within limits; together the width of the page."""
    longest = [max(len(line[i]) for line in [columns, *rows]) for i in range(len(columns))]
    shares = [min(max(n, _FEWEST), _MOST) for n in longest]
    return [round(_PAGE * share / sum(shares)) for share in shares]


def document(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> bytes:
    """A table as a Word document in landscape. Raises ValueError for more rows than a document can hold."""
    if len(rows) > MOST_WORD_ROWS:
        raise ValueError(f"{len(rows)} rows are too many for a Word table ({MOST_WORD_ROWS}): choose fewer, or take .xlsx")
    made = office.new_document(title)
    table = made.add_table(rows=1 + len(rows), cols=len(columns))
    table.style, table.autofit = "Table Grid", False
    widths = _widths(columns, rows)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for line, row in zip(table.rows, [columns, *rows], strict=True):
        for cell, text, width in zip(line.cells, row, widths, strict=True):
            cell.width = width
            office.fill(cell, _CONTROL.sub("", text), bold=row is columns)
    office.repeat_header(table, 1)
    return office.document_bytes(made)
