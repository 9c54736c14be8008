"""What the program answers to input that is wrong: each case is run when the documentation is built."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from evidence_synthesis.cli import main

_EXAMPLE = Path(__file__).resolve().parents[1] / "examples/depression"
_RESULTS = "data/results/st_johns_wort.csv"
_MOST = 24  # lines of an answer that are shown
_OPENING = """What stands here was printed by the program when this page was built: each kind of input was made from the example
review, or as a small table, and given to the command above its answer. Faults come all at once, with file, row, column, value
and what to do; nothing is written while there is one, and the exit code is 1. What may be right is called doubtful."""

Spoil = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """A kind of input: in words, what is done to the example (or the files that are written), and the command."""

    words: str
    spoil: Spoil
    command: tuple[str, ...] = ("check", "data")


def _replaced(file: str, old: str, new: str, times: int = 1) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise AssertionError(f"{file} does not hold {old!r}")
        path.write_text(text.replace(old, new, times), encoding="utf-8")

    return spoil


def _bytes(file: str, change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / file
        path.write_bytes(change(path.read_bytes()))

    return spoil


def _cells(file: str, row: int, **cells: str) -> Spoil:
    """Other cells in a row (2 is the first below the header)."""

    def spoil(folder: Path) -> None:
        path = folder / file
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        for name, value in cells.items():
            rows[row - 1][rows[0].index(name)] = value
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8")

    return spoil


def _as_excel(folder: Path) -> None:
    rows = list(csv.reader(io.StringIO((folder / _RESULTS).read_text(encoding="utf-8"))))
    weeks = rows[0].index("weeks")
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for number, cells in enumerate(rows):
        cells[weeks] = cells[weeks] if number == 0 else f"{cells[weeks]},0"
        writer.writerow([*cells, ""])
    (folder / _RESULTS).write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())


def _table(text: str, *options: str) -> tuple[Spoil, tuple[str, ...]]:
    def spoil(folder: Path) -> None:
        (folder / "table.csv").write_text(text, encoding="utf-8")

    return spoil, ("import", "csv", "table.csv", "--guess", *options)


def _workbook(folder: Path) -> None:
    from datetime import datetime

    from openpyxl import load_workbook

    path = folder / "new.xlsx"
    CliRunner().invoke(main, ["template", "--data", str(folder / "data"), "--xlsx", str(path)])
    book = load_workbook(path)
    lines: dict[str, dict[str, object]] = {
        "Trials": {"label": "Miller 2026", "year": 2026, "design": "parallel"},
        "Results": {
            **{"trial_id": "Miler 2026", "treatment": "st_johns_wort", "comparator": "placebo"},
            **{"weeks": datetime(2026, 6, 6), "weeks_from": "randomisation", "n_t": 30, "events_t": 40, "n_c": 31, "events_c": 9},
        },
    }
    for title, cells in lines.items():
        places = {cell.value: cell.column for cell in book[title][1]}
        for name, value in cells.items():
            book[title].cell(2, places[name]).value = value
    book.save(path)


def _all_at_once(folder: Path) -> None:
    _replaced("config/config.yaml", "least_trials: 2", "least_trials: none")(folder)
    _replaced("data/trials.csv", ",1991,", ",I991,")(folder)
    _replaced("data/claims.yaml", "region: at_most_worthwhile", "region: at_most")(folder)


def _two_sheets(folder: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for title in ("Pain", "Death"):
        sheet = book.create_sheet(title)
        for line in (["study", "ai", "n1i", "ci", "n2i"], ["Alba", 5, 40, 9, 42], ["Brno", 3, 30, 7, 31]):
            sheet.append(line)
    del book["Sheet"]
    book.save(folder / "table.xlsx")


def _formula(folder: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for line in (["study", "ai", "n1i", "ci", "n2i"], ["Alba", "=2+3", 40, 9, 42], ["Brno", "=1+2", 30, 7, 31]):
        book.active.append(line)
    book.save(folder / "table.xlsx")


def _written(folder: Path, name: str, content: str) -> None:
    (folder / name).write_bytes(content.encode("latin-1"))


def _undecided(folder: Path) -> None:
    outcome = "measure: RR, better: fewer, worthwhile: 0.8"
    text = f"""title: Exercise for insomnia
treatments: {{exercise: Exercise}}
comparators: {{usual_care: Usual care}}
outcomes: {{falls: {{label: Falls, {outcome}}}, deaths: {{label: Deaths, {outcome}}}}}
"""
    (folder / "review.yaml").write_text(text, encoding="utf-8")
    CliRunner().invoke(main, ["new-review", str(folder / "new"), "--from", str(folder / "review.yaml")])
    (folder / "table.csv").write_text("study,ai,n1i,ci,n2i\nAlba,5,40,9,42\nBrno,3,30,7,31\n", encoding="utf-8")


def _description(folder: Path) -> None:
    text = """title: Exercise for insomnia
treatments: {exercise: Exercise}
comparators: {usual_care: Usual care}
outcomes:
  response: {label: Response, measure: RR, better: more, worthwhile: 0.8}
  sleep: {label: Sleep, mesure: MD, better: higher, worthwhile: 10}
"""
    (folder / "review.yaml").write_text(text, encoding="utf-8")


_JSON, _OLD = ("import", "csv", "table.json", "--guess"), "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MIXED = _table("study,HR,ci_low,ci_high\nAlba,0.5,0.3,0.9\nTotal,0.6,0.4,0.9\n,0.7,0.5,1.0\nBrno,0.8,0.5,1.3\nCork,-1,0.2,0.9\n")
_PER_CENT = _table("study,events treatment,n treatment,events control,n control\nAlba,12.5,40,21.4,42\nBrno,10.3,30,22.6,31\n")
_NOTHING = _table("study,score,level\nAlba,5,high\nBrno,4,low\n")
_THOUSAND = _table('study,mean_t,sd_t,n_t,mean_c,sd_c,n_c\nAlba,"1,234",1.1,40,6.0,1.3,42\nBrno,4.8,1.0,30,5.9,1.2,31\n')
_EVENTS = _table("study,ai,n1i,ci,n2i\nAlba,50,40,9,42\nBrno,3,30,7,31\nCork,4,20,6,21\n")
_BOUNDS = _table("study,OR,p\nAlba,0.6,<0.001\nBrno,0.7,p = 0.03\nCork,0.9,NS\n")
_ONE_GROUP = _table("study,deaths,n\nAlba,5,40\nBrno,3,30\n")
_LETTERS = _table("study,A events,A n,B events,B n\nAlba,5,40,9,42\nBrno,3,30,7,31\n")
_TIMES = _table(
    "study,n_t,T0_mean_t,T1_mean_t,T1_sd_t,T2_mean_t,T2_sd_t,n_c,T0_mean_c,T1_mean_c,T1_sd_c,T2_mean_c,T2_sd_c\n"
    "Alba,40,60,45,13,40,12,41,61,52,12,50,12\n"
)
_BEGINNING = _table("study,n_t,pre_mean_t,pre_sd_t,n_c,pre_mean_c,pre_sd_c\nAlba,40,60,12,41,61,11\n")

CASES = (
    Case("A file as Excel saves it: mark, semicolons, Windows line ends, decimal commas, an empty column", _as_excel),
    Case("The same, put right", _as_excel, ("check", "data", "--fix")),
    Case("A date that a spreadsheet made of a number", _cells(_RESULTS, 2, n_t="03-Apr", n_c="03-May")),
    Case("A first line that names the separator", _bytes(_RESULTS, lambda b: b"sep=,\n" + b)),
    Case("Whole numbers with decimals", _replaced("data/trials.csv", ",1991,", ",1991.0,", 5)),
    Case("A number that may be two", _cells(_RESULTS, 3, weeks="1,234")),
    Case("Letters that are not UTF-8", _bytes("data/trials.csv", lambda b: b.replace(b"Halama", b"Hal\xe4ma", 1))),
    Case("A row with a cell too many", _replaced(_RESULTS, ",placebo,placebo,", ",placebo,,placebo,")),
    Case("A column that lacks, and one of another name", _replaced("data/trials.csv", "chronicity", "chronicty")),
    Case(
        "A word that the vocabulary does not have",
        _replaced("data/trials.csv", ",depression,major depression,", ",depresion,major depression,"),
    ),
    Case("A required cell that is empty, in many rows", _replaced(_RESULTS, ",randomisation,", ",,", 9)),
    Case("More people with the event than people", _cells(_RESULTS, 2, events_t="190")),
    Case("A negative count", _cells(_RESULTS, 2, n_t="-30")),
    Case("A new treatment", _cells(_RESULTS, 2, comparator="saffron")),
    Case("A treatment with a slip of the pen", _cells(_RESULTS, 2, comparator="plcebo")),
    Case("A result of a trial that is not there", _cells(_RESULTS, 2, trial_id="nobody-1999")),
    Case("A result twice", _cells(_RESULTS, 3, row_id="hoffman-kuehl-1979_response_6w")),
    Case("A result in the file of another treatment", _cells(_RESULTS, 2, treatment="placebo")),
    Case(
        "A mean outside its scale", _cells(_RESULTS, 2, format="arm_means", scale_min="0", scale_max="10", mean_t="15", sd_t="0")
    ),
    Case(
        "An interval that does not hold its effect",
        _cells(_RESULTS, 2, format="contrast", effect_measure="RR", effect="0.5", effect_ci_low="0.6", effect_ci_high="0.9"),
    ),
    Case("An id with two underscores", _replaced("data/treatments.csv", "placebo,Placebo", "place__bo,Placebo")),
    Case("A retraction that nobody is named for", _replaced("data/trials.csv", ",parallel,,,,,,", ",parallel,,,,retracted,,")),
    Case("Text that a spreadsheet would run", _cells(_RESULTS, 2, treatment_detail="=HYPERLINK(A1)")),
    Case("A year to come, and a name of another year", _replaced("data/trials.csv", "Halama 1991,,1991", "Halama 1991,,2091")),
    Case("A trial that may stand twice", _cells("data/trials.csv", 4, label="Haensgen & Vesper 1996", year="1996")),
    Case(
        "The skeleton's examples, left among the trials",
        _replaced("data/trials.csv", "major depression,,", 'major depression,"EXAMPLE of the skeleton, to be deleted",', 4),
    ),
    Case("A key of the settings with a slip of the pen", _replaced("config/config.yaml", "levels:", "levls:")),
    Case(
        "Settings that name what is not there",
        _replaced("config/config.yaml", "comparators: [placebo]\n  terms", "comparators: [placbo]\n  terms"),
    ),
    Case(
        "A statement about a treatment that is not there",
        _replaced("data/claims.yaml", "ids: [st_johns_wort]", "ids: [st_jons_wort]"),
    ),
    Case("Faults of data, settings and statements at once", _all_at_once),
    Case("A workbook with faults", _workbook, ("add", "new.xlsx", "--data", "data")),
    Case("A table to import in which nothing is an effect", *_NOTHING),
    Case("Percentages in the place of counts", *_PER_CENT),
    Case("A number that may be two, in a table to import", *_THOUSAND),
    Case("Totals, rows without a name, impossible effects", *_MIXED),
    Case("More people with the event than people, in a table to import", *_EVENTS),
    Case("A p value that is only bounded", *_BOUNDS),
    Case("One group of people in each row", *_ONE_GROUP),
    Case("Two groups of which none is called a control", *_LETTERS),
    Case("Values at several times", *_TIMES),
    Case("Values at the beginning only", *_BEGINNING),
    Case("A workbook of which two sheets fit", _two_sheets, ("import", "csv", "table.xlsx", "--guess")),
    Case("Formulas that no program has reckoned", _formula, ("import", "csv", "table.xlsx", "--guess")),
    Case("JSON that is no table", lambda folder: _written(folder, "table.json", '{"study": "Alba", "n": 40}'), _JSON),
    Case("A workbook of Excel 97 to 2003", lambda folder: _written(folder, "table.xls", _OLD), ("import", "csv", "table.xls")),
    Case("A table that is of one of two outcomes", _undecided, ("import", "csv", "table.csv", "--guess", "--into", "new/data")),
    Case("A description of a review with faults", _description, ("new-review", "my-review", "--from", "review.yaml")),
    Case("A folder that is no review", lambda folder: None, ("run", "--directory", "data")),
)


def answer(case: Case) -> str:
    """What the program prints of a case."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "review"
        shutil.copytree(_EXAMPLE, folder)
        case.spoil(folder)
        there = {"data", "new.xlsx", "table.csv", "table.xlsx", "table.xls", "table.json", "review.yaml", "my-review", "new/data"}
        arguments = [str(folder / a) if a in there else a for a in case.command]
        said = CliRunner().invoke(main, arguments).output.replace(f"{folder}/", "").replace(str(folder), ".")
    said = re.sub(r"(?s)^# Guessed.*?(?=^# table|^table)", "", said, flags=re.MULTILINE)  # the mapping is shown elsewhere
    lines = [line.rstrip() for line in said.strip().split("\n")]
    more = len(lines) - _MOST
    return "\n".join(lines[:_MOST] + ([f"... ({more} lines more)"] if more > 0 else []))


def answers_page() -> str:
    """Every kind with its command and answer."""
    lines = ["# Bad input and its answers", "", _OPENING]
    for number, case in enumerate(CASES, 1):
        lines += [
            "",
            f"## {number}. {case.words}",
            "",
            "```text",
            f"$ evidence-synthesis {' '.join(case.command)}",
            answer(case),
            "```",
        ]
    return "\n".join(lines) + "\n"
