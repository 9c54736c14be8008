"""Any published table as an Excel workbook or a Word document; nothing in a cell is a formula."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from evidence_synthesis.exports import office
from evidence_synthesis.synthesis.rows.other_reviews import BesideReviews

Table = tuple[Sequence[str], Sequence[Sequence[str]]]  # columns, and rows of cells

_TYPED = ("=", "#")  # with what a text begins that a workbook would take for a formula or an error
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
LONG = 1000  # rows from which a Word table is no document that anybody reads
_MOST = 24  # characters of a word above which it may be broken
_SIZE, _FAIR, _LEAST = 8.0, 6.5, 5.0  # points of the text; below which larger paper is taken; at least
_BOLD = 1.2  # width of a bold character
_ACROSS, _PADDING = 5.36, 1.5  # characters of a wide font to a centimetre at that size; those that a cell's margins take
_SPARE = 1.2  # width for the longest words and texts, in widths for the longest words alone
_ARROW, _WIDEST = 3, 50  # characters of a sheet that a filter's arrow takes; of its widest column
_MOST_CELL = 32_000  # characters that a cell of a workbook can hold


def _value(text: str) -> str | float | int:
    if not _NUMBER.fullmatch(text):
        return _CONTROL.sub("", text)[:_MOST_CELL]
    return int(text) if text.lstrip("-").isdigit() and len(text) < 16 else float(text)


def _sheet_widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Widths of the columns of a sheet, in characters: room for the heading with its filter and for all but long texts."""
    longest = [max(map(len, cells)) for cells in zip(*rows, strict=True)] or [0] * len(columns)
    return [min(max(len(name) + _ARROW, cells + 1), _WIDEST) for name, cells in zip(columns, longest, strict=True)]


def workbook(sheets: Mapping[str, Table]) -> bytes:
    """Tables as the sheets of a workbook, by title; headers frozen and filterable."""
    book = office.new_workbook()
    for title, (columns, rows) in sheets.items():
        sheet = office.new_sheet(book, title, columns, len(rows), _sheet_widths(columns, rows))
        for row in rows:
            values = map(_value, row)
            sheet.append([office.sheet_text(sheet, v) if isinstance(v, str) and v[:1] in _TYPED else v for v in values])
    return office.workbook_bytes(book)


def _even(need: Sequence[float], texts: Sequence[float], room: float) -> list[float]:
    """Widths that add up to ``room``: at least what each column needs, and its longest cell on as many lines as the others'."""
    low, high = 1.0, max(texts, default=1.0) + 1
    for _ in range(40):  # lines of the longest cells: the fewer, the more room they need
        lines = (low + high) / 2
        if math.fsum(max(n, t / lines) for n, t in zip(need, texts, strict=True)) > room:
            low = lines
        else:
            high = lines
    return [max(n, t / high) for n, t in zip(need, texts, strict=True)]


def _layout(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[int], float, tuple[float, float]]:
    """Widths of the columns of a Word table in twentieths of a point, the size of its text in points, and its paper.

    A column is as wide as its longest word, so that no word is broken; what is left goes where texts are long. Wide tables take
    larger paper, and smaller text where the longest words alone need more than the largest.
    """
    lines = [columns, *rows]
    words = []
    for i, heading in enumerate(columns):
        longest = max((len(w) for row in rows for w in row[i].split()), default=0)
        words.append(min(max(longest, *(_BOLD * len(w) for w in heading.split())), _MOST))
    need = [n + _PADDING for n in words]
    texts = [max(len(line[i]) for line in lines) + _PADDING for i in range(len(columns))]
    within = {paper: paper[0] - 2 * office.MARGIN for paper in office.PAPERS}
    wanted = math.fsum(need)
    least = wanted * _SPARE * _FAIR / _SIZE
    paper = next((p for p, width in within.items() if least <= _ACROSS * width), office.PAPERS[-1])
    fits = _ACROSS * within[paper]
    size = max(_LEAST, min(_SIZE, _SIZE * fits / (wanted or 1)))
    shares = _even(need, texts, max(wanted, fits * _SIZE / size))
    page = within[paper] / 2.54 * 1440
    return [round(page * share / math.fsum(shares)) for share in shares], size, paper


def _rounded(text: str) -> str:
    """A number as people read it, with four significant digits; anything else as it is."""
    if not _NUMBER.fullmatch(text) or "." not in text:
        return text
    value = float(text)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


# Tables that are read as documents, too: title and columns of the Word file with their headings, and the one that a row must
# have.
_TO_READ: Mapping[str, tuple[str, Mapping[str, str], str]] = {
    Path(BesideReviews.FILE).stem: (
        "Statements beside published reviews",
        {
            **{"question": "Question", "claimed": "What the statement claims", "in_words": "Our trials, and the reviews"},
            **{"range": "Estimates of reviews", "newest": "Newest", "best_rated": "Best rated"},
            **{"why_apart": "Where they lie apart from ours, what may explain it", "overlap": "Overlap of the reviews"},
        },
        "range",
    )
}


def to_read(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]], str]:
    """What a Word document shows of a table, with its title: all of it, or the columns that people read, each row once."""
    if name not in _TO_READ:
        return list(columns), [list(row) for row in rows], name.replace("_", " ")
    title, headings, needed = _TO_READ[name]
    places, full = [columns.index(column) for column in headings], columns.index(needed)
    shown = dict.fromkeys(tuple(row[place].replace("_", " ") for place in places) for row in rows if row[full])
    return list(headings.values()), [list(row) for row in shown], title


def document(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> bytes:
    """A table as a Word document in landscape, its numbers rounded: all digits stand in the other formats."""
    headings = [c.replace("_", " ") for c in columns]
    shown = [[_rounded(_CONTROL.sub("", text)) for text in row] for row in rows]
    widths, size, paper = _layout(headings, shown)
    made = office.new_document(title, paper)
    table = office.add_lines(made, [headings, *shown], widths, size)
    office.cell_margins(table, across=40, down=15)
    office.paginate(table, header=1)
    return office.document_bytes(made)
