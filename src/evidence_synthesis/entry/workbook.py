"""The workbook in which trials are entered: made from the review's schemas, empty or with rows of the review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidence_synthesis.entry.forms import Form, FormColumn
from evidence_synthesis.exports.office import new_workbook, sheet_text, workbook_bytes

_ROOM = 500  # rows below the last one for which cells have a drop-down
_LISTS, _HELP = "Lists", "Help"
_WIDTHS = {"string": 18.0, "number": 11.0, "integer": 9.0}
_NOTE_WIDTH, _NOTE_LINE = 320, 20  # of the notes in headers, in points; a line holds about 50 letters
_STEPS = (
    "How to enter trials",
    "1. Sources: a line for each report, review or data set in which you read. References get their numbers by themselves.",
    "2. Trials: a line for each trial. Its id is made from the label (author and year).",
    "3. Results: a line for each outcome at each time: two arms, what was measured, when, and the numbers as printed.",
    "4. Risk of bias: a line for each judgement that somebody published.",
    "Blue headers must be filled. Point at a header to read what stands in its column; cells with a fixed vocabulary have lists.",
    "Write numbers as they are printed and leave empty what is not printed. Copy nothing from one column into another.",
    "A number of which the last nought counts (5.0) keeps it when you type an apostrophe before it.",
    "Then: evidence-synthesis add THIS_FILE.xlsx  (add --dry-run only says what would be done)",
)


def _number_or_text(value: str, kind: str) -> object:
    """A cell as a number where the number shows the same text again, otherwise as text."""
    if kind not in ("number", "integer"):
        return value
    for form in (int, float):
        try:
            made = form(value)
        except ValueError:
            continue
        if f"{made:.15g}" == value:
            return made
    return value


def _list_rule(letter: str, last: int, column: FormColumn, lists: dict[tuple[str, ...], str]) -> Any:
    """A drop-down of a column's words, which stand in the sheet of lists."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if column.words not in lists:
        from openpyxl.utils import get_column_letter

        place = get_column_letter(len(lists) + 1)
        lists[column.words] = f"{_LISTS}!${place}$1:${place}${len(column.words)}"
    rule = DataValidation(type="list", formula1=lists[column.words], allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error = column.name, "One of the list, or nothing."
    rule.add(f"{letter}2:{letter}{last}")
    return rule


def _number_rule(letter: str, last: int, column: FormColumn) -> Any:
    """A rule that takes numbers alone, within the limits of the schema."""
    from openpyxl.worksheet.datavalidation import DataValidation

    kind = "whole" if column.kind == "integer" else "decimal"
    low = column.low if column.low is not None else -1e9
    high = column.high if column.high is not None else 1e9
    rule = DataValidation(type=kind, operator="between", formula1=f"{low:.15g}", formula2=f"{high:.15g}", allow_blank=True)
    rule.showErrorMessage, rule.errorStyle = True, "warning"  # text such as 5.0 may be meant
    rule.errorTitle, rule.error = column.name, f"A {'whole ' if kind == 'whole' else ''}number from {low:g} to {high:g}."
    rule.add(f"{letter}2:{letter}{last}")
    return rule


def _header(sheet: Any, column: FormColumn) -> Any:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill

    colour = "BDD7EE" if column.needed else "E7E6E6"
    cell = sheet_text(sheet, column.name, font=Font("Calibri", 11, bold=True), fill=PatternFill("solid", fgColor=colour))
    lines = len(column.note) // 50 + column.note.count("\n") + 1
    cell.comment = Comment(column.note, "", height=_NOTE_LINE * (lines + 1), width=_NOTE_WIDTH)
    return cell


def _add_sheet(book: Any, form: Form, rows: Sequence[Mapping[str, str]], lists: dict[tuple[str, ...], str]) -> None:
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(form.title)
    sheet.freeze_panes = "B2"
    last = len(rows) + 1 + _ROOM
    for number, column in enumerate(form.columns, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(_WIDTHS.get(column.kind, 18.0), len(column.name) + 2)
        if column.words:
            sheet.data_validations.append(_list_rule(letter, last, column, lists))
        elif column.kind in ("number", "integer"):
            sheet.data_validations.append(_number_rule(letter, last, column))
    sheet.append([_header(sheet, column) for column in form.columns])
    for row in rows:
        cells = [_number_or_text(row.get(c.name, ""), c.kind) for c in form.columns]
        sheet.append([(sheet_text(sheet, c) if c else None) if isinstance(c, str) else c for c in cells])


def workbook(sheets: Iterable[Form], rows: Mapping[str, Sequence[Mapping[str, str]]] | None = None) -> bytes:
    """An XLSX file with a sheet for each form, help, and lists for drop-downs; ``rows`` by table fill it.

    Columns that must be filled have blue headers, and each header has a note from the schema. The same bytes every time.
    """
    book, lists = new_workbook(), dict[tuple[str, ...], str]()
    for form in sheets:
        _add_sheet(book, form, (rows or {}).get(form.table, ()), lists)
    help_sheet = book.create_sheet(_HELP)
    help_sheet.column_dimensions["A"].width = 120
    for line in _STEPS:
        help_sheet.append([line])
    listed = book.create_sheet(_LISTS)
    listed.sheet_state = "hidden"
    for number in range(max(map(len, lists), default=0)):
        listed.append([words[number] if number < len(words) else None for words in lists])
    return workbook_bytes(book)
