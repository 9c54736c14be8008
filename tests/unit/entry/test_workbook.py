"""Trials by workbook: the template from the schemas, what adding does, every fault with its place, a round trip."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import DATA, ROOT, read_csv
from openpyxl import load_workbook

from evidence_synthesis.cli import main
from evidence_synthesis.entry.mending import mended_number, mended_word

Lines = Sequence[Mapping[str, object]]
RESULT = {
    **{"trial_id": "Miller 2026", "treatment": "yoga", "comparator": "waiting_list", "outcome": "pain", "instrument": "nrs_11"},
    **{"weeks": 12, "weeks_from": "randomisation", "source_kind": "full text", "n_t": 60, "mean_t": 3.1, "sd_t": 2.1},
    **{"n_c": 58, "mean_c": 4.9, "sd_c": 2.3},
}
TRIAL = {"label": "Miller 2026", "year": 2026, "region": "low back", "chronicity": "chronic", "design": "parallel"}
SOURCE = {"kind": "trial report", "label": "Miller 2026", "year": 2026, "doi": "10.1000/xyz123"}
JUDGED = {"trial_id": "Miller 2026", "tool": "RoB 2", "domain": "overall", "judgement": "some concerns"}
WHOLE = {"Sources": [SOURCE], "Trials": [TRIAL], "Results": [RESULT], "Risk of bias": [JUDGED]}


@pytest.fixture
def review(tmp_path: Path) -> Path:
    """The review of this repository, to be added to."""
    for part in ("config", "data"):
        shutil.copytree(ROOT / part, tmp_path / part)
    return tmp_path


def call(review: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(review / "data")])


def fill(review: Path, sheets: Mapping[str, Lines]) -> Path:
    path = review / "new.xlsx"
    assert call(review, "template", "--xlsx", str(path)).exit_code == 0
    book = load_workbook(path)
    for title, lines in sheets.items():
        sheet = book[title]
        places = {cell.value: cell.column for cell in sheet[1]}
        for number, line in enumerate(lines, 2):
            for name, value in line.items():
                sheet.cell(number, places[name]).value = value
    book.save(path)
    return path


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_template_has_the_needed_columns_with_help_and_drop_downs(review: Path) -> None:
    path = review / "new.xlsx"
    assert call(review, "template", "--xlsx", str(path), "--numbers", "arm_events").exit_code == 0
    book = load_workbook(path)
    assert book.sheetnames == ["Trials", "Results", "Risk of bias", "Sources", "Help", "Lists"]
    results = book["Results"]
    header = {cell.value: cell for cell in results[1]}
    assert {"trial_id", "treatment", "events_t", "events_c", "n_t"} <= header.keys()
    assert not {"mean_t", "median_t", "effect", "row_id", "review_effect"} & header.keys()
    assert len(header) < 30
    assert "People with the event" in header["events_t"].comment.text
    lists = {str(rule.sqref).split("2:")[0]: rule.formula1 for rule in results.data_validations.dataValidation}
    place = lists[header["outcome"].column_letter].split("!")[1].replace("$", "")
    assert [cell.value for line in book["Lists"][place] for cell in line][:2] == ["pain", "function"]


def test_a_template_is_the_same_bytes_every_time(review: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        call(review, "template", "--xlsx", str(review / name), "--filled")
    assert (review / "a.xlsx").read_bytes() == (review / "b.xlsx").read_bytes()


def test_adding_gives_ids_references_and_what_follows(review: Path) -> None:
    before = {name: len(read_csv(DATA / name)) for name in ("trials.csv", "sources.csv", "results/yoga.csv", "risk_of_bias.csv")}
    highest = max(int(s["ref"]) for s in read_csv(DATA / "sources.csv"))
    done = call(review, "add", str(fill(review, WHOLE)))
    assert done.exit_code == 0, done.output
    assert f"+ miller-2026, reference {highest + 1}" in done.output
    data = review / "data"
    assert {name: len(read_csv(data / name)) - rows for name, rows in before.items()} == dict.fromkeys(before, 1)
    row = next(r for r in read_csv(data / "results/yoga.csv") if r["trial_id"] == "miller-2026")
    assert row["row_id"] == "miller-2026_yoga_vs_waiting-list_pain_nrs-11_12w"
    assert (row["source_id"], row["format"], row["scale_min"], row["scale_max"]) == ("miller-2026", "arm_means", "0", "10")
    assert (row["mean_t"], row["sd_c"], row["n_t"]) == ("3.1", "2.3", "60")
    assert next(s for s in read_csv(data / "sources.csv") if s["source_id"] == "miller-2026")["first_author"] == "Miller"
    assert "no fault" in CliRunner().invoke(main, ["check", str(data)]).output


def test_files_change_by_the_added_lines_alone(review: Path) -> None:
    call(review, "add", str(fill(review, WHOLE)))
    for name in ("trials.csv", "sources.csv", "results/yoga.csv"):
        old, new = ((folder / name).read_text(encoding="utf-8").split("\n") for folder in (DATA, review / "data"))
        added = [line for line in new if "iller-2026" in line]
        assert len(added) == 1
        assert [line for line in new if line not in added] == old
    untouched = bytes_of(DATA).keys() - {"trials.csv", "sources.csv", "results/yoga.csv", "risk_of_bias.csv"}
    assert all((review / "data" / name).read_bytes() == (DATA / name).read_bytes() for name in untouched)


def test_adding_twice_adds_nothing(review: Path) -> None:
    path = fill(review, WHOLE)
    call(review, "add", str(path))
    once = bytes_of(review / "data")
    again = call(review, "add", str(path))
    assert again.exit_code == 0
    assert "4 lines are in the review already" in again.output
    assert bytes_of(review / "data") == once


def test_a_dry_run_writes_nothing(review: Path) -> None:
    done = call(review, "add", str(fill(review, WHOLE)), "--dry-run")
    assert "nothing was written" in done.output
    assert bytes_of(review / "data") == bytes_of(DATA)


@pytest.mark.parametrize("folder", [ROOT, ROOT / "examples/depression"], ids=["review", "example"])
def test_a_review_out_to_a_workbook_and_back_is_as_it_was(folder: Path, tmp_path: Path) -> None:
    for part in ("config", "data"):
        shutil.copytree(folder / part, tmp_path / part)
    path = tmp_path / "all.xlsx"
    assert call(tmp_path, "template", "--xlsx", str(path), "--filled").exit_code == 0
    load_workbook(path).save(path)  # as another program writes it
    for option in ([], ["--update"]):
        done = call(tmp_path, "add", str(path), *option)
        assert "nothing to add" in done.output, done.output[-2000:]
    assert bytes_of(tmp_path / "data") == bytes_of(folder / "data")


def test_a_known_row_changes_only_when_that_is_asked_for(review: Path) -> None:
    path = review / "some.xlsx"
    assert call(review, "template", "--xlsx", str(path), "--trial", "miyamoto-2013").exit_code == 0
    book = load_workbook(path)
    sheet = book["Results"]
    column = next(cell.column for cell in sheet[1] if cell.value == "n_t")
    sheet.cell(2, column).value = 44
    book.save(path)
    refused = call(review, "add", str(path))
    assert refused.exit_code == 1
    assert "sheet Results, row 2, column n_t: found '44'; expected '43'" in refused.output
    done = call(review, "add", str(path), "--update")
    assert "n_t '43' to '44'" in done.output
    rows = {r["row_id"]: r for r in read_csv(review / "data/results/pilates.csv")}
    different = [(i, c) for r in read_csv(DATA / "results/pilates.csv") for i in [r["row_id"]] for c in r if rows[i][c] != r[c]]
    assert [c for _, c in different] == ["n_t"]


def test_every_fault_is_told_at_once_with_its_place(review: Path) -> None:
    day = datetime.datetime(2026, 3, 4)
    results = [
        RESULT | {"trial_id": "Miler 2026", "weeks": day},
        RESULT | {"treatment": "yogga", "n_t": -3},
        RESULT | {"treatment": "bathing_cure", "mean_t": 15},
        RESULT | {"sd_t": "=A1+1", "source_kind": None},
    ]
    path = fill(review, WHOLE | {"Results": results, "Risk of bias": [JUDGED | {"judgement": None}]})
    refused = call(review, "add", str(path))
    assert refused.exit_code == 1
    for told in (
        "sheet Results, row 2, column trial_id: found 'Miler 2026'; expected the label or id",
        "(perhaps Miller 2026?)",
        "sheet Results, row 2, column weeks: found '2026-03-04'; expected a number; a spreadsheet made a date",
        "sheet Results, row 3, column treatment: found 'yogga'; expected an id that stands in treatments.csv (perhaps yoga?)",
        "sheet Results, row 3, column n_t: found '-3'; expected 1 or more",
        "sheet Results, row 4, column mean_t: found '15'; expected a value on the row's scale, 0 to 10",
        "sheet Results, row 5, column sd_t: found '=A1+1'; expected a number; the formula has no value",
        "sheet Results, row 5, column source_kind: found ''; expected a value; it is required",
        "sheet Risk of bias, row 2, column judgement: found ''; expected a value; it is required",
        "  bathing_cure,Bathing cure,CLASS,bathing_cure,",
        "9 faults; nothing was written.",
    ):
        assert told in refused.output
    assert "row_id" not in refused.output  # follows from the trial
    assert bytes_of(review / "data") == bytes_of(DATA)


def test_doubts_about_new_rows_come_first(review: Path) -> None:
    shown = call(review, "add", str(fill(review, WHOLE | {"Results": [RESULT | {"sd_t": 0.1, "sd_c": 0.1}]})), "--dry-run")
    assert shown.output.startswith("doubtful: Miller 2026")


def test_cells_that_can_mean_one_thing_are_read_so_and_said(review: Path) -> None:
    path = fill(review, WHOLE | {"Results": [RESULT | {"mean_t": "3,1", "outcome": "Pain ", "comparator": "Waiting list"}]})
    done = call(review, "add", str(path))
    assert "sheet Results, row 2, column mean_t: '3,1' is read as '3.1'" in done.output
    row = next(r for r in read_csv(review / "data/results/yoga.csv") if r["trial_id"] == "miller-2026")
    assert (row["mean_t"], row["outcome"], row["comparator"]) == ("3.1", "pain", "waiting_list")


def test_a_new_file_of_results_is_described(review: Path) -> None:
    with (review / "data/treatments.csv").open("a", encoding="utf-8") as stream:
        stream.write("bathing_cure,Bathing cure,passive,bathing_cure,\n")
    done = call(review, "add", str(fill(review, WHOLE | {"Results": [RESULT | {"treatment": "bathing_cure"}]})))
    assert done.exit_code == 0, done.output
    assert len(read_csv(review / "data/results/bathing_cure.csv")) == 1
    assert "results/bathing_cure.csv" in (review / "data/datapackage.json").read_text(encoding="utf-8")


def test_what_is_no_such_workbook_is_refused(review: Path) -> None:
    path = review / "new.xlsx"
    path.write_text("no workbook")
    refused = call(review, "add", str(path))
    assert refused.exit_code == 1
    assert "expected a workbook that opens" in refused.output
    empty = call(review, "add", str(fill(review, {})))
    assert empty.exit_code == 1
    assert "expected a filled line in one of the sheets" in empty.output


@pytest.mark.parametrize(
    ("text", "whole", "comma", "right"),
    [
        *[("1,5", False, False, "1.5"), ("\u22122.0", False, False, "-2.0"), ("2016.0", True, False, "2016")],
        *[("1,234", False, False, None), ("1,234", False, True, "1.234"), ("0,123", False, False, "0.123")],
        *[
            (" 7\u00a0", False, False, "7"),
            ("12 %", False, False, None),
            ("Mar 5", False, False, None),
            ("2.5", True, False, "2.5"),
        ],
    ],
)
def test_numbers_are_mended_where_they_mean_one_thing(text: str, whole: bool, comma: bool, right: str | None) -> None:
    assert mended_number(text, whole, comma) == right


def test_words_are_mended_where_they_mean_one_thing() -> None:
    assert mended_word("Low  Back", ["low back", "neck"]) == "low back"
    assert mended_word("low", ["low back", "neck"]) is None
    assert mended_word("A", ["a", "A "]) is None


def test_headers_and_ratings_in_capitals_are_read_and_years_to_come_doubted(review: Path) -> None:
    later = {"Miller 2026": "Miller 2096"}
    sheets = {
        "Sources": [SOURCE | {"label": "Miller 2096"}],
        "Trials": [TRIAL | {"label": "Miller 2096", "year": 2096}],
        "Results": [RESULT | {"trial_id": later["Miller 2026"]}],
        "Risk of bias": [JUDGED | {"trial_id": "Miller 2096", "tool": "rob2", "judgement": "Some Concerns"}],
    }
    path = fill(review, sheets)
    book = load_workbook(path)
    for cell in book["Results"][1]:
        cell.value = str(cell.value).upper()
    book.save(path)
    done = call(review, "add", str(path), "--dry-run")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("doubtful: ")
    assert "is of the year 2096, which is to come" in done.output
    assert "'rob2' is read as 'RoB 2'" in done.output
    assert "RoB 2, overall: some concerns" in done.output


def test_a_rating_of_no_tool_is_refused(review: Path) -> None:
    sheets = {**WHOLE, "Risk of bias": [JUDGED | {"tool": "ROB 2", "judgement": "medium"}]}
    done = call(review, "add", str(fill(review, sheets)))
    assert done.exit_code == 1
    assert "'medium'; expected one of: low, some concerns, high" in done.output
