"""Summary-of-findings tables as documents that a guideline author can edit: Word, Excel and LaTeX."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence_synthesis.conclusions.summary_of_findings import SofCell, SofTable, explanation, letter, letters, signs
from evidence_synthesis.exports import office
from evidence_synthesis.storage.code import code_behind
from evidence_synthesis.storage.files import write_bytes, write_text
from evidence_synthesis.storage.folders import keep_folders, refresh_folder
from evidence_synthesis.templates import environment

if TYPE_CHECKING:
    from docx.table import _Cell

WORKBOOK = "summary_of_findings.xlsx"
_WIDTH, _TERM_WIDTHS = 3.0, (2.2, 5.6, 3.1)  # of the first column and of each term's columns, in centimetres
_HEAD = ("Trials (people)", "Effect (95% interval)", "Certainty")


def _certainty(finding: SofCell, notes: Sequence[str]) -> str:
    return f"{signs(finding.certainty)} {finding.certainty}" + (f" {letters(finding, notes)}" if finding.reasons else "")


def _cells(finding: SofCell | None, notes: Sequence[str]) -> tuple[str, str, str]:
    if finding is None:
        return "no trial", "", ""
    return finding.size, "\n".join(finding.lines), _certainty(finding, notes)


def _word_head(grid: Sequence[Sequence[_Cell]], terms: Sequence[str]) -> None:
    office.fill(grid[0][0], "Outcome", bold=True, keep=True)
    office.merge_down(grid[0][0], grid[1][0])
    for t, term in enumerate(terms):
        first = 1 + 3 * t
        office.fill(office.merge_across(grid[0][first : first + 3]), term, bold=True, keep=True)
        for c, words in enumerate(_HEAD):
            office.fill(grid[1][first + c], words, bold=True, keep=True)


def _word_table(document: Any, sof: SofTable) -> None:
    from docx.shared import Cm, Pt

    notes, widths = sof.notes(), (_WIDTH, *_TERM_WIDTHS * len(sof.terms))
    document.add_heading(sof.title, level=2)
    document.add_paragraph(f"{sof.population_label}.").paragraph_format.keep_with_next = True
    table = document.add_table(rows=2 + 2 * len(sof.lines), cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    grid = [list(row.cells) for row in table.rows]  # once: finding a cell walks the whole table
    for cells in grid:
        for cell, width in zip(cells, widths, strict=True):
            cell.width = Cm(width)
    _word_head(grid, sof.terms)
    for i, line in enumerate(sof.lines):
        above, below = grid[2 + 2 * i], grid[3 + 2 * i]
        office.fill(above[0], line.label, bold=True, keep=True)
        office.merge_down(above[0], below[0])
        for t, finding in enumerate(line.findings.values()):
            first = 1 + 3 * t
            for c, words in enumerate(_cells(finding, notes)):
                office.fill(above[first + c], words, keep=True)
            sentence = office.merge_across(below[first : first + 3])
            office.fill(sentence, finding.sentence if finding else "", italic=True)
    office.cell_margins(table, across=90, down=25)
    office.paginate(table, header=2)
    for number, note in enumerate(notes):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(0 if number else 4), Pt(0)
        run = paragraph.add_run(f"{letter(number)}  {note}")
        run.font.size = Pt(7.5)


def word(title: str, tables: Sequence[SofTable], model: str) -> bytes:
    """The tables of a group as a Word document: landscape A4, real tables whose header repeats."""
    document = office.new_document(title)
    document.add_paragraph(explanation(model, tables))
    for table in tables:
        _word_table(document, table)
    return office.document_bytes(document)


_SHEET_HEAD = (
    *("Population", "Comparator", "Outcome", "Term", "Trials", "People", "Measure", "Effect (95% interval)", "SMD"),
    *("Prediction interval", "Baseline risk", "Absolute effect", "NNT", "Certainty", "Taken down for", "In plain words"),
)
_SHEET_WIDTHS = (16, 22, 18, 8, 7, 9, 9, 24, 22, 20, 14, 26, 6, 11, 60, 60)  # in characters


def excel(groups: Mapping[str, Sequence[SofTable]]) -> bytes:
    """All tables in one workbook, a sheet for each group, frozen header, filters on."""
    from openpyxl.styles import Alignment

    book, wrapped = office.new_workbook(), Alignment(wrap_text=True, vertical="top")
    for group, tables in groups.items():
        rows = list(_sheet_rows(tables))
        sheet = office.new_sheet(book, group, _SHEET_HEAD, len(rows), _SHEET_WIDTHS)
        for row in rows:
            sheet.append([_sheet_cell(sheet, text, wrapped) for text in row])
    return office.workbook_bytes(book)


def _sheet_cell(sheet: Any, text: str, alignment: Any) -> Any:
    """A cell of text; whole numbers as numbers."""
    cell = office.sheet_text(sheet, text, alignment=alignment)
    if re.fullmatch(r"\d{1,9}", text):
        cell.value = int(text)
    return cell


def _sheet_rows(tables: Iterable[SofTable]) -> Iterable[tuple[str, ...]]:
    for table in tables:
        for line in table.lines:
            for term, f in line.findings.items():
                if f is not None:
                    place = (
                        table.population_label,
                        table.comparator_label,
                        line.label,
                        term,
                        str(f.trials),
                        f.participants,
                        f.measure,
                    )
                    numbers = (f.effect, f.smd, f.prediction, f.baseline_risk, f.absolute, f.nnt, f.certainty)
                    yield (*place, *numbers, " ".join(f.reasons), f.sentence)


_TEX = {
    "\\": r"\textbackslash{}",
    **{c: "\\" + c for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\u2212": "$-$",
    "\u221e": r"$\infty$",
    "\u2295": r"$\oplus$",
    "\u25ef": r"$\bigcirc$",
    "\n": r" \newline ",
}


def tex(text: str) -> str:
    """A text for LaTeX: nothing in it is a command."""
    return "".join(_TEX.get(c, c) for c in text)


def latex(title: str, tables: Sequence[SofTable], model: str) -> str:
    """The tables of a group as a LaTeX document that compiles on its own (longtable, booktabs)."""
    view = [
        {
            "title": t.title,
            "population": t.population_label,
            "notes": [(letter(i), note) for i, note in enumerate(t.notes())],
            "lines": [
                {"label": line.label, "terms": [(_cells(found, t.notes()), found) for found in line.findings.values()]}
                for line in t.lines
            ],
        }
        for t in tables
    ]
    shared = {"explanation": explanation(model, tables), "terms": tables[0].terms if tables else (), "head": _HEAD}
    return environment().get_template("sof.tex.j2").render(title=title, tables=view, tex=tex, **shared)


def publish(groups: Mapping[str, Sequence[SofTable]], root: Path, memory: Path, model: str, tell: Callable[[str], None]) -> int:
    """Bring the folder of documents up to date: only groups whose tables changed are written. Gives the groups written.

    ``model`` is the model in one sentence.
    """
    written, fewer = 0, keep_folders(root, groups)
    code = code_behind(Path(__file__))
    for group, tables in groups.items():
        mark = hashlib.sha256(repr((tables, model, code)).encode()).hexdigest()[:32]
        fresh = refresh_folder(root / group, {"sof": mark}, partial(_write, tables=tables, model=model), memory / f"{group}.txt")
        written += fresh
        tell(f"{group}: {'written' if fresh else 'unchanged'}")
    if written or fewer or not (root / WORKBOOK).exists():
        write_bytes(root / WORKBOOK, excel(groups))
    return written


def _write(folder: Path, stale: set[str], tables: Sequence[SofTable], model: str) -> None:
    title = tables[0].group_label
    for name in stale:
        (folder / f"{name}.docx").write_bytes(word(f"{title}: summary of findings", tables, model))
        write_text(folder / f"{name}.tex", latex(title, tables, model))
