"""A filled workbook as rows of tables, with every fault of its cells: sheet, row, column, value, what to do."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evidence_synthesis.entry.forms import TITLES, Form, FormColumn
from evidence_synthesis.entry.mending import mended_number, mended_word
from evidence_synthesis.importers.cells import ERRORS
from evidence_synthesis.importers.spreadsheet import Grid, workbook_grids
from evidence_synthesis.review.package import DataFaults, Fault, nearest
from evidence_synthesis.review.risk_of_bias import TOOLS
from evidence_synthesis.review.schema import JUDGEMENTS

_IGNORED = ("Help", "Lists")
_DATE = "{}; a spreadsheet made a date of what was typed: format the cell as text and type it again"


@dataclass(frozen=True, slots=True)
class Entered:
    """A line of a sheet: the table, its number in the sheet, its cells as text (columns that the sheet has), where it stands."""

    table: str
    line: int
    cells: dict[str, str]

    def fault(self, book: str, column: str, expected: str, value: str | None = None) -> Fault:
        """A fault of one cell of the line."""
        told = self.cells.get(column, "") if value is None else value
        return Fault(f"{book}, sheet {TITLES[self.table]}", self.line, column, told, expected)


@dataclass(frozen=True, slots=True)
class FilledBook:
    """What a workbook holds: its lines, the faults of cells and headers, and what was read otherwise than it stands there."""

    book: str
    lines: tuple[Entered, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def _text(value: Any) -> str:
    """A cell as text: numbers without the noise of fractions of two."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:.15g}"
    return str(value).removesuffix(" 00:00:00").strip()


def _squashed(text: str) -> str:
    return "".join(text.split()).casefold()


def _rating(cells: Mapping[str, str]) -> dict[str, str]:
    """Tool and judgement of the risk of bias as tools that are known spell them; other tools have their own words."""
    tool = next((t for t in TOOLS if _squashed(t.tool) == _squashed(cells.get("tool", ""))), None)
    if tool is None:
        return {}
    told = cells.get("judgement", "")
    spelt = next((w for w in tool.judgements if _squashed(w) == _squashed(told)), told)
    return {k: v for k, v in (("tool", tool.tool), ("judgement", spelt)) if k in cells and cells[k] != v}


def _judged(value: Any, text: str, column: FormColumn) -> tuple[str, str | None]:
    """The text of a cell as it goes into the table, and what is expected of it where it cannot."""
    number = column.kind in ("number", "integer")
    wanted = "a whole number" if column.kind == "integer" else "a number" if number else "text"
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return text, _DATE.format(wanted)
    if isinstance(value, str) and text.startswith("="):
        return text, f"{wanted}; the formula has no value: type the value"
    if text.startswith(ERRORS):
        return text, f"{wanted}; the cell holds a spreadsheet's error"
    if number and text:
        return mended_number(text, column.kind == "integer") or text, None
    if column.words and text and text not in column.words:
        return mended_word(text, column.words) or text, None
    return text, None


def _sheet(grid: Grid, form: Form, book: str) -> Iterator[Entered | Fault | str]:
    """The lines of a sheet, its faults, and what was read otherwise than it stands there."""
    where = f"{book}, sheet {form.title}"
    columns = {c.name: c for c in form.columns}
    header_line, header = grid.lines[0]
    names = [mended_word(_text(cell), list(columns)) or _text(cell) for cell in header]
    for name in sorted({n for n in names if n and names.count(n) > 1}):
        yield Fault(where, header_line, name, name, "each column once")
    for name in (n for n in dict.fromkeys(names) if n and n not in columns):
        yield Fault(where, header_line, name, name, f"a column of {form.table}{nearest(name, columns)}: rename or delete it")
    for name in (c.name for c in form.columns if c.needed and c.name not in names):
        yield Fault(where, header_line, name, "", "this column; it is missing")
    for line, cells in grid.lines[1:]:
        values = {n: v for n, v in zip(names, cells, strict=False) if n in columns}
        if not any(map(_text, values.values())):
            continue
        entered = Entered(form.table, line, {n: _text(v) for n, v in values.items()})
        for name, value in values.items():
            text, expected = _judged(value, entered.cells[name], columns[name])
            if expected:
                yield entered.fault(book, name, expected)
            elif text != entered.cells[name]:
                yield f"{where}, row {line}, column {name}: {entered.cells[name]!r} is read as {text!r}"
                entered = replace(entered, cells={**entered.cells, name: text})
        for name, text in _rating(entered.cells).items() if form.table == JUDGEMENTS else ():
            yield f"{where}, row {line}, column {name}: {entered.cells[name]!r} is read as {text!r}"
            entered = replace(entered, cells={**entered.cells, name: text})
        yield entered


def read_workbook(path: Path, every: Sequence[Form]) -> FilledBook:
    """The lines of a filled workbook; ``every`` are the forms with all columns of the review.

    Raises DataFaults for what is no workbook or has no sheet of them; what is wrong with its cells is handed back.
    """
    by_title: Mapping[str, Form] = {form.title.casefold(): form for form in every}
    found: list[Entered | Fault | str] = []
    grids = [g for g in workbook_grids(path) if g.sheet not in _IGNORED and g.lines]
    for grid in grids:
        form = by_title.get(grid.sheet.strip().casefold())
        if form is None:
            sheets = ", ".join(TITLES.values())
            words = f"one of the sheets {sheets}{nearest(grid.sheet, TITLES.values())}: rename or delete it"
            found.append(Fault(f"{path.name}, sheet {grid.sheet}", 0, "", grid.sheet, words))
        else:
            found += _sheet(grid, form, path.name)
    lines = tuple(e for e in found if isinstance(e, Entered))
    faults = [e for e in found if isinstance(e, Fault)]
    if not lines and not faults:
        faults.append(Fault(path.name, 0, "", "", f"a filled line in one of the sheets {', '.join(TITLES.values())}"))
    if not lines:
        raise DataFaults(faults)
    return FilledBook(path.name, lines, tuple(faults), tuple(e for e in found if isinstance(e, str)))
