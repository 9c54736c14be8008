"""Summaries of findings and evidence profiles as documents that a guideline author can edit: Word, HTML, LaTeX and Excel."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_synthesis.conclusions.findings_table import FindingsTable
from evidence_synthesis.conclusions.summary_of_findings import SofTable
from evidence_synthesis.exports import office
from evidence_synthesis.exports.latex_text import tex
from evidence_synthesis.exports.office import Run
from evidence_synthesis.exports.printed_tables import (
    PrintedCell,
    PrintedTable,
    decision_frame,
    evidence_profile,
    summary_table,
)
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.storage.code import code_behind
from evidence_synthesis.storage.files import write_bytes
from evidence_synthesis.storage.folders import keep_folders, refresh_folder
from evidence_synthesis.templates import environment

WORKBOOK = "summary_of_findings.xlsx"
SUMMARY, PORTRAIT, PROFILE = "sof", "sof_portrait", "evidence_profile"  # names of a group's files, without their endings
_SIZES = {True: 7.5, False: 8.0}  # points of tables, in portrait and in landscape
_NOTE = 7.5


def _runs(cell: PrintedCell) -> list[Run]:
    runs = [Run(cell.lead + ("\n" if cell.text else ""), bold=True)] if cell.lead else []
    runs += [Run(cell.text, italic=cell.italic)] if cell.text else []
    return [*runs, Run(cell.marks, raised=True)] if cell.marks else runs


def _word_parts(table: PrintedTable, width: float, size: float) -> Iterator[str]:
    """A printed table as parts of a Word document."""
    yield office.paragraph([Run(table.title, bold=True)], 11, after=3, keep=True, style="Heading2")
    for name, words in table.head:
        yield office.paragraph([Run(f"{name}: ", bold=True), Run(words)], size + 1, after=1, keep=True)
    yield office.paragraph([], 2, after=0, keep=True)
    lines = [[[Run(name, bold=True)] for name in table.columns]]
    lines += [[_runs(cell) for cell in row] for row in table.rows]
    yield office.ruled(lines, [share * width for share in table.shares], size, header=1, keep=2)
    yield office.paragraph([], 2, after=0)
    last = len(table.notes) - 1
    for number, (mark, note) in enumerate(table.notes):
        yield office.paragraph([Run(mark, raised=True), Run(f" {note}")], _NOTE, after=3 if number == last else 0)
    for words in table.closing:
        yield office.paragraph([Run(words)], _NOTE)


def word(title: str, tables: Iterable[PrintedTable], portrait: bool = False) -> bytes:
    """Tables as a Word document on A4: real tables whose header repeats and whose rows are not broken."""
    paper = office.PORTRAIT if portrait else office.PAPERS[0]
    width = paper[0] - 2 * office.MARGIN
    return office.written(
        title, (part for table in tables for part in _word_parts(table, width, _SIZES[portrait])), paper, "Arial"
    )


def html(title: str, tables: Iterable[PrintedTable], kept: bool = False) -> str:
    """Tables as a page that needs no other file, to be read, printed, or copied into a text.

    One that is ``kept`` with the results leads to where these name their version; any other names it itself.
    """
    return environment().get_template("sof.html.j2").render(title=title, tables=list(tables), kept=kept)


_SHEET_HEAD = (
    *("Population", "Comparator", "Outcome", "Follow-up", "Scale", "Trials", "People", "With comparator"),
    *("With treatment (95% CI)", "Difference (95% CI)", "Relative effect (95% CI)", "NNT or NNH", "Prediction interval"),
    *("Certainty", "Notes", "In plain words"),
)
_SHEET_WIDTHS = (16, 22, 18, 22, 24, 7, 12, 22, 22, 30, 22, 18, 20, 11, 60, 60)  # in characters
_RATING_WIDTHS = (13, 40)


def excel(groups: Mapping[str, Sequence[FindingsTable]]) -> bytes:
    """All tables in one workbook, a sheet for each group with the profile's ratings in further columns, filters on."""
    from openpyxl.styles import Alignment

    book, wrapped = office.new_workbook(), Alignment(wrap_text=True, vertical="top")
    for group, tables in groups.items():
        rows = list(_sheet_rows(tables))
        domains = [rated.domain for rated in tables[0].lines[0].ratings]
        head = (*_SHEET_HEAD, *(name for domain in domains for name in (domain, f"{domain}: why")))
        sheet = office.new_sheet(book, group, head, len(rows), (*_SHEET_WIDTHS, *(_RATING_WIDTHS * len(domains))))
        for row in rows:
            sheet.append([_sheet_cell(sheet, text, wrapped) for text in row])
    return office.workbook_bytes(book)


def _sheet_cell(sheet: Any, text: str, alignment: Any) -> Any:
    """A cell of text; whole numbers as numbers."""
    cell = office.sheet_text(sheet, text, alignment=alignment)
    if re.fullmatch(r"\d{1,9}", text):
        cell.value = int(text)
    return cell


def _sheet_rows(tables: Iterable[FindingsTable]) -> Iterator[tuple[str, ...]]:
    for table in tables:
        people = dict(table.head)["People"]
        for line in table.lines:
            yield (
                *(people, table.comparator, line.outcome, line.follow_up, line.scale, str(line.trials)),
                *(line.people.replace(",", ""), line.with_comparator, line.with_treatment, line.difference, line.relative),
                *(line.needed, line.prediction, line.certainty, " ".join(table.notes[i] for i in line.notes), line.says),
                *(words for rated in line.ratings for words in (rated.rating, rated.why)),
            )


def _tex_cell(cell: PrintedCell) -> str:
    lead = rf"\textbf{{{tex(cell.lead)}}}" if cell.lead else ""
    text = rf"\textit{{{tex(cell.text)}}}" if cell.italic and cell.text else tex(cell.text)
    marks = rf"\textsuperscript{{{tex(cell.marks)}}}" if cell.marks else ""
    return r" \newline ".join(filter(None, (lead, text))) + marks


def latex(title: str, tables: Iterable[PrintedTable]) -> str:
    """Tables as a LaTeX document that compiles on its own (longtable, booktabs)."""
    return environment().get_template("sof.tex.j2").render(title=title, tables=list(tables), tex=tex, cell=_tex_cell)


def opening_first(tables: Sequence[SofTable], settings: Settings) -> list[SofTable]:
    """A group's tables, that of the comparison and people with which reports open in front of the others."""
    first = settings.figures["overview"]
    where = first["comparator"], first["population"]
    return sorted(tables, key=lambda table: (table.comparator, table.population) != where)


def documents(tables: Sequence[FindingsTable], model: str) -> dict[str, bytes]:
    """Every document of one group by its file name, to be handed on; ``model`` is the model in one sentence."""
    summaries, title = [summary_table(table, model) for table in tables], f"{tables[0].treatment}: summary of findings"
    profiles = [part for table in tables for part in (evidence_profile(table), decision_frame(table))]
    return {
        f"{SUMMARY}.docx": word(title, summaries),
        f"{SUMMARY}.tex": latex(title, summaries).encode(),
        f"{SUMMARY}.html": html(title, summaries).encode(),
        f"{PORTRAIT}.docx": word(title, summaries, portrait=True),
        f"{PROFILE}.docx": word(f"{tables[0].treatment}: evidence profile and frame for a decision", profiles),
    }


def kept_documents(tables: Sequence[FindingsTable], model: str) -> dict[str, bytes]:
    """The document of one group that is kept with the results: a page whose text only its own trials change."""
    summaries = [summary_table(table, model) for table in tables]
    return {f"{SUMMARY}.html": html(f"{tables[0].treatment}: summary of findings", summaries, kept=True).encode()}


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where documents are put: a folder with one for each group, and a folder for what is remembered of them.

    Only ``kept`` ones are for the results, else all that are handed on, with the workbook of all groups.
    """

    root: Path
    memory: Path
    kept: bool


def publish(groups: Mapping[str, Sequence[FindingsTable]], shelves: Shelves, model: str, tell: Callable[[str], None]) -> int:
    """Bring the folder of documents up to date: only groups whose tables changed are written. Gives the groups written.

    ``model`` is the model in one sentence.
    """
    written, fewer, workbook = 0, keep_folders(shelves.root, groups), shelves.root / WORKBOOK
    code = code_behind(Path(__file__))
    for group, tables in groups.items():
        fresh = _bring(group, tables, shelves, model, code)
        written += fresh
        tell(f"{group}: {'written' if fresh else 'unchanged'}")
    if shelves.kept:
        workbook.unlink(missing_ok=True)
    elif written or fewer or not workbook.exists():
        write_bytes(workbook, excel(groups))
    return written


def _bring(group: str, tables: Sequence[FindingsTable], shelves: Shelves, model: str, code: str) -> bool:
    """Bring the documents of one group up to date; tells whether they were written."""
    mark = hashlib.sha256(repr((tables, model, code)).encode()).hexdigest()[:32]
    names = (SUMMARY,) if shelves.kept else (SUMMARY, PORTRAIT, PROFILE)

    def fill(folder: Path, stale: set[str]) -> None:
        for name, content in (kept_documents if shelves.kept else documents)(tables, model).items():
            if name.partition(".")[0] in stale:
                (folder / name).write_bytes(content)

    return refresh_folder(shelves.root / group, dict.fromkeys(names, mark), fill, shelves.memory / f"{group}.txt")
