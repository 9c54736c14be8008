"""Tables as people save them: CSV in the ways of spreadsheets, JSON, and the sheets of a workbook, as lines of cells."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evidence_synthesis.importers.cells import as_number, is_missing
from evidence_synthesis.importers.letters import decoded, first_bytes, is_workbook
from evidence_synthesis.importers.open_document import is_open_document, open_document_sheets
from evidence_synthesis.importers.records import json_tables, looks_like_json
from evidence_synthesis.review.package import DataFaults, Fault

Line = tuple[int, list[Any]]
MOST_UNPACKED = 200_000_000  # bytes that a workbook may unpack to
_SEPARATORS = (",", ";", "\t", "|")
_DECIMAL, _DOTTED = re.compile(r"-?\d+,\d+"), re.compile(r"-?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
_COLUMNS = re.compile(r"(?<=\S) {2,}(?=\S)")
_BELOW = re.compile(r"\s*(sub-?)?total|\s*heterogeneity|\s*test for", re.IGNORECASE)  # lines that are cut short
_LOOKED_AT = 15  # lines among which a header is looked for
_MOST_HEADERS = 3  # lines of one header
_FORMULA = re.compile(rb"<f[\s/>]")  # not the <formula1> of a drop-down
_HIDDEN = re.compile(rb"<row [^>]*hidden=\"(?:1|true)\"")
WHOLE = 100.0  # a header that scores as much gives studies with effects


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet, or a CSV file as its only sheet: lines that are not empty with their numbers, and how they were written."""

    sheet: str
    lines: list[Line]
    decimal_comma: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A header and numbered rows below it, how numbers are written, and what was noticed on the way.

    ``remarks`` are the texts around the table that may tell which group is which: titles, the sheet's name, lines of one cell.
    """

    header: list[str]
    rows: list[tuple[int, dict[str, Any]]]
    decimal_comma: bool = False
    notes: tuple[str, ...] = field(default=())
    remarks: tuple[str, ...] = ()


def _parsed(text: str, separator: str, first: int, name: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    try:
        lines.extend((reader.line_num + first, cells) for cells in reader if any(c.strip() for c in cells))
    except csv.Error as error:
        place = Fault(name, reader.line_num + first, "", "", f"well-formed CSV ({error})")
        raise DataFaults([place]) from error
    return lines


def _evenness(text: str, separator: str) -> tuple[float, int]:
    """How evenly a separator cuts the first lines of a text: share of lines with the commonest number of cells, and that."""
    try:
        lines = [cells for _, cells in _parsed("\n".join(text.split("\n")[:200]), separator, 0, "")]
    except DataFaults:
        return 0.0, 0
    counts = Counter(len(cells) for cells in lines if len(cells) > 1)
    if not counts:
        return 0.0, 1
    size, times = counts.most_common(1)[0]
    return times / len(lines), size


def csv_grid(path: Path, encoding: str = "") -> Grid:
    """A CSV file's lines. The separator is the one that cuts lines evenly, or the one of a first line ``sep=;``."""
    return _grid_of(*decoded(path, encoding), path.name)


def text_grids(path: Path, encoding: str = "") -> list[Grid]:
    """The tables of a text file: one of a CSV file, those of a JSON file with their names. Raises DataFaults."""
    text, notes = decoded(path, encoding)
    if looks_like_json(text) or path.suffix.lower() == ".json":
        return [Grid(name, lines, notes=notes) for name, lines in json_tables(text, path.name)]
    return [_grid_of(text, notes, path.name)]


def _grid_of(text: str, notes: tuple[str, ...], name: str) -> Grid:
    told = re.match(r'"?sep=(.)"?[;,\t]*\n', text, re.IGNORECASE)
    first = 0
    if told:
        separator, text, first = told[1], text[told.end() :], 1
    else:
        separator = max(_SEPARATORS, key=lambda s: _evenness(text, s))
        if _evenness(text, separator)[1] < 2 and _evenness(aligned := _COLUMNS.sub("\t", text), "\t")[1] > 1:
            separator, text = "\t", aligned  # columns set apart by spaces
    lines = _parsed(text, separator, first, name)
    if separator == ";" and any(_DECIMAL.fullmatch(c.strip()) for _, cells in lines for c in cells):
        # where a comma is decimal, a dot before three digits separates thousands
        lines = [(line, [c.replace(".", "") if _DOTTED.fullmatch(c.strip()) else c for c in cells]) for line, cells in lines]
    return Grid("", lines, separator == ";", notes)


def workbook_grids(path: Path) -> list[Grid]:
    """The sheets of a workbook (.xlsx, .ods). Raises DataFaults for what is no workbook, and for formulas without values."""
    if is_open_document(first_bytes(path)):
        sheets = open_document_sheets(path, MOST_UNPACKED)
        return [Grid(s.title, s.lines, notes=tuple(filter(None, (_unseen(s.hidden),)))) for s in sheets]
    return _excel_grids(path)


def _excel_grids(path: Path) -> list[Grid]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            unpacked = sum(i.file_size for i in infos)
            if unpacked > MOST_UNPACKED:
                most = f"a workbook of {MOST_UNPACKED} bytes at most"
                raise DataFaults([Fault(path.name, 0, "", f"{unpacked} bytes unpacked", most)])
            sheets = [archive.read(i) for i in infos if i.filename.startswith("xl/worksheets/sheet")]
            computed, hidden = any(map(_FORMULA.search, sheets)), any(map(_HIDDEN.search, sheets))
        content = path.read_bytes()  # openpyxl goes by a file's name, which may be another
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        shown = [page for page in book.worksheets if page.sheet_state == "visible"] or book.worksheets
        pages = {page.title: [list(line) for line in page.iter_rows(values_only=True)] for page in shown}
        book.close()
        if computed:
            _put_formulas(pages, load_workbook(io.BytesIO(content), read_only=True))
        unseen = _hidden_rows(load_workbook(io.BytesIO(content))) if hidden else {}
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, EOFError, TypeError, AttributeError, IndexError) as error:
        raise DataFaults([Fault(path.name, 0, "", "", f"a workbook that opens ({error})")]) from error
    return [
        Grid(
            title,
            [(i, line) for i, line in enumerate(lines, 1) if any(_filled(c) for c in line)],
            notes=tuple(filter(None, (unseen.get(title),))),
        )
        for title, lines in pages.items()
    ]


def _hidden_rows(book: Any) -> dict[str, str]:
    """What is said of the rows that a filter or a person hides, by the title of their sheet: they are read, too."""
    found = {}
    for page in book.worksheets:
        rows = [i for i, shape in page.row_dimensions.items() if shape.hidden and any(c.value is not None for c in page[i])]
        if rows:
            found[page.title] = _unseen(rows)
    return found


def _unseen(rows: Sequence[int]) -> str:
    told = ", ".join(map(str, rows[:12])) + " ..." * (len(rows) > 12)
    return f"hidden rows are read like the others: {told}" if rows else ""


def _put_formulas(pages: Mapping[str, list[list[Any]]], book: Any) -> None:
    """Where a formula has no value, the formula itself, so that the cell is named and not taken for empty."""
    for page in (p for p in book.worksheets if p.title in pages):
        for line, formulas in zip(pages[page.title], page.iter_rows(values_only=True), strict=False):
            for i, formula in enumerate(formulas):
                if line[i] is None and isinstance(formula, str) and formula.startswith("="):
                    line[i] = formula
    book.close()


def _filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _is_text(cell: Any) -> bool:
    if not _filled(cell) or is_missing(cell):
        return False
    try:
        as_number(cell)
    except ValueError:
        return True
    return False


def column_letter(index: int) -> str:
    """The letters by which a spreadsheet calls a column (0 is A)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _headers(lines: Sequence[Line]) -> Iterable[tuple[int, int, list[str]]]:
    """Possible headers among the first lines: where they begin, how many lines they take, and the columns' names."""
    for at, (_, cells) in enumerate(lines[:_LOOKED_AT]):
        names = [str(c if c is not None else "").strip() for c in cells]
        if len([c for c in cells if _filled(c)]) >= 2:
            yield at, 1, names
        several = [names]
        for _, below in lines[at + 1 : at + _MOST_HEADERS] if any(map(_is_text, cells)) else ():
            if len(list(filter(_is_text, below))) < 2 or _numbers(below) or at + len(several) + 1 >= len(lines):
                break
            several.append([str(c if c is not None else "").strip() for c in below])
            yield at, len(several), _lines_together(several)


def _numbers(cells: Iterable[Any]) -> bool:
    return any(_filled(c) and not is_missing(c) and not _is_text(c) for c in cells)


def _lines_together(lines: Sequence[Sequence[str]]) -> list[str]:
    """Names of a header in several lines; what stands above holds for the columns to its right until the next."""
    names, groups = [], [""] * (len(lines) - 1)
    for i in range(max(map(len, lines))):
        *uppers, lower = (line[i] if i < len(line) else "" for line in lines)
        for level, upper in enumerate(uppers):
            if upper:
                groups[level:] = [upper, *[""] * (len(groups) - level - 1)]
        words = [*groups, lower] if lower else uppers
        names.append(" ".join(filter(None, words)))
    return names


def _columns(names: Sequence[str], body: Sequence[Line]) -> tuple[list[str], list[int]]:
    """The columns that hold something, each with a name of its own, and where they stand."""
    width = max([len(names), *(len(cells) for _, cells in body)])
    header, kept = [], []
    for i in range(width):
        name = names[i] if i < len(names) else ""
        if not name and not any(i < len(cells) and _filled(cells[i]) for _, cells in body):
            continue
        name = name or f"column {column_letter(i)}"
        header.append(name if name not in header else f"{name} (column {column_letter(i)})")
        kept.append(i)
    return header, kept


def _check_widths(width: int, body: Iterable[Line], name: str) -> None:
    """Lines of a CSV file cut otherwise than its header, as by a comma in a number. A line of one cell is a remark."""
    wrong = []
    for line, cells in body:
        filled = max(i for i, c in enumerate(cells, 1) if _filled(c))
        if filled > width or (1 < len(cells) < width and not _BELOW.match(str(cells[0]))):
            wrong.append(Fault(name, line, "", f"{len(cells)} cells", f"{width} cells, as in the header"))
    if wrong:
        raise DataFaults(wrong)


def table_of(grid: Grid, fits: Callable[[Sequence[str]], float], header_row: int | None, name: str) -> tuple[Table, float]:
    """The table of a sheet: of all possible headers the one that ``fits`` best, and how well. Raises DataFaults.

    ``header_row`` is the number of the header's (last) line where a person says it.
    """
    found = [
        (at, size, names)
        for at, size, names in _headers(grid.lines)
        if header_row is None or grid.lines[at + size - 1][0] == header_row
    ]
    found = [f for f in found if f[0] + f[1] < len(grid.lines)] or found
    if not found:
        told = f"a header in row {header_row}" if header_row else "a header and at least one row"
        raise DataFaults([Fault(name, header_row or 0, "", "", told)])
    scored = [(fits(_columns(names, grid.lines[at + size :][:_LOOKED_AT])[0]), -size, -at) for at, size, names in found]
    best = max(range(len(found)), key=lambda i: scored[i])
    if scored[best][0] < 1:  # nothing is understood: the first line that fills most columns
        widths = [len([n for n in names if n]) if size == 1 else 0 for _, size, names in found]
        best = widths.index(max(widths))
    at, size, names = found[best]
    body = grid.lines[at + size :]
    if not body:
        raise DataFaults([Fault(name, 0, "", "", "a header and at least one row")])
    notes = list(grid.notes)
    if not grid.sheet:
        width = len(grid.lines[at][1])
        if all(len(cells) <= width or not any(map(_filled, cells[width:])) for _, cells in body):
            body = [(line, cells[:width]) for line, cells in body]  # separators at the ends of lines
        if size == 1 and {len(cells) for _, cells in body} == {width + 1}:
            body = [(line, cells[1:]) for line, cells in body]
            notes.append("each row has one cell more than the header: the first ones are taken for numbers of rows")
        _check_widths(width, body, name)
    header, kept = _columns(names, body)
    rows = [(n, {h: cells[i] if i < len(cells) else None for h, i in zip(header, kept, strict=True)}) for n, cells in body]
    if at or size > 1:
        more = " and ".join(str(grid.lines[at + i][0]) for i in range(1, size))
        notes.append(f"the header is row {grid.lines[at][0]}" + (f" with row {more}" if more else ""))
    remarks = tuple(filter(None, (*_texts(grid.lines[:at]), grid.sheet, *_texts(body))))
    return Table(header, rows, grid.decimal_comma, tuple(notes), remarks), scored[best][0]


def _texts(lines: Iterable[Line]) -> list[str]:
    """The texts of lines with a single cell: titles and remarks."""
    single = [filled for _, cells in lines if len(filled := [c for c in cells if _filled(c)]) == 1]
    return [" ".join(str(cells[0]).split()) for cells in single]


def read_sheet(
    path: Path,
    fits: Callable[[Sequence[str]], float],
    sheet: str | None = None,
    header_row: int | None = None,
    encoding: str = "",
) -> Table:
    """The table of a CSV or JSON file, or of the sheet that fits. Raises DataFaults; where several sheets fit, it names them."""
    grids = workbook_grids(path) if is_workbook(path) else text_grids(path, encoding)
    if len(grids) == 1 and not grids[0].sheet:
        return table_of(grids[0], fits, header_row, path.name)[0]
    names, several = ", ".join(g.sheet for g in grids), len(grids) > 1
    if sheet is not None:
        grids = [g for g in grids if g.sheet == sheet]
        if not grids:
            raise DataFaults([Fault(path.name, 0, "", sheet, f"one of the sheets {names}")])
    found, faults = [], []
    for grid in grids:
        try:
            found.append((grid.sheet, *table_of(grid, fits, header_row, path.name)))
        except DataFaults as error:
            faults += error.faults
    if not found:
        raise DataFaults(faults)
    best = max(score for _, _, score in found)
    fitting = [(title, table) for title, table, score in found if score >= WHOLE] or [
        (title, table) for title, table, score in found if score == best
    ][:1]
    if len(fitting) > 1:
        told = ", ".join(title for title, _ in fitting)
        raise DataFaults([Fault(path.name, 0, "", names, f"one sheet with studies ({told} fit: say which with --sheet)")])
    title, table = fitting[0]
    if several:
        table = replace(table, notes=(f"the sheet {title!r} is read, of {names}", *table.notes))
    return table
