"""Any published table as an Excel workbook or a Word document; nothing in a cell is a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evidence_synthesis import office

Table = tuple[Sequence[str], Sequence[Sequence[str]]]  # columns, and rows of cells

_TYPED = ("=", "#")  # with what a text begins that a workbook would take for a formula or an error
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
LONG = 1000  # rows from which a Word table is no document that anybody reads
_MOST = 24  # characters of a word above which it may be broken
_SIZE, _LEAST = 8.0, 5.0  # points of the text, and at least
_BOLD = 1.2  # width of a bold character
_FITS, _PADDING = 140, 1.5  # characters of a wide font on a line of the page at that size; those that a cell's margins take
_PAGE = round(26.1 / 2.54 * 1440)  # width between the margins of a landscape page, in twentieths of a point
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


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[int], float]:
    """Widths of the columns of a Word table, together the page's, and the size of its text in points.

    A column is as wide as its longest word, so that no word is broken; what is left goes to columns with longer texts. Text is
    smaller where the longest words alone need more than the page.
    """
    lines = [columns, *rows]
    words = []
    for i, heading in enumerate(columns):
        longest = max((len(w) for row in rows for w in row[i].split()), default=0)
        words.append(min(max(longest, *(_BOLD * len(w) for w in heading.split())), _MOST))
    texts = [min(max(len(line[i]) for line in lines), 4 * _MOST) for i in range(len(columns))]
    need = [n + _PADDING for n in words]
    size = max(_LEAST, min(_SIZE, _SIZE * _FITS / (sum(need) or 1)))
    room = max(0.0, _FITS * _SIZE / size - sum(need))
    more = [max(0, text - word) for text, word in zip(texts, words, strict=True)]
    shares = [n + room * extra / (sum(more) or 1) for n, extra in zip(need, more, strict=True)]
    return [round(_PAGE * share / sum(shares)) for share in shares], size


def document(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> bytes:
    """A table as a Word document in landscape."""
    made = office.new_document(title)
    headings = [c.replace("_", " ") for c in columns]
    widths, size = _widths(headings, rows)
    lines = [[_CONTROL.sub("", text) for text in line] for line in (headings, *rows)]
    table = office.add_lines(made, lines, widths, size)
    office.cell_margins(table, across=40, down=15)
    office.paginate(table, header=1)
    return office.document_bytes(made)
