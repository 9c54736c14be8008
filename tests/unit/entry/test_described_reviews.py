"""Trials of a described review: what its description and settings tell is not asked for, and what will not count is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from conftest import read_csv
from openpyxl import load_workbook

from evidence_synthesis.cli import main

PRESSURE = {"label": "Systolic pressure", "measure": "MD", "better": "lower", "worthwhile": 5, "unit": "mmHg"}
WALKED = {"label": "Way walked", "measure": "MD", "better": "higher", "worthwhile": 30, "unit": "m"}
RESPONSE = {"label": "Response", "measure": "RR", "better": "more", "worthwhile": 1.25}
RELAPSE = {"label": "Relapse", "measure": "RR", "better": "fewer", "worthwhile": 0.8}
COUNTS = "study,events exercise,n exercise,events usual care,n usual care\nAlba 2010,5,40,9,42\nBrno 2012,3,30,7,31\n"
RESULT = {"treatment": "exercise", "comparator": "usual_care", "weeks": 8, "weeks_from": "randomisation"}
MEANS = {"n_t": 40, "mean_t": 130.5, "sd_t": 12, "n_c": 41, "mean_c": 136, "sd_c": 11, "source_kind": "abstract"}


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def begun(folder: Path, **outcomes: Mapping[str, Any]) -> Path:
    """A review with these outcomes; gives its data package."""
    told = {"title": "Exercise for insomnia", "people": "insomnia", "windows": {"short": {"up_to": 12}}}
    told |= {"treatments": {"exercise": "Exercise"}, "comparators": {"usual_care": "Usual care"}, "outcomes": outcomes}
    (folder / "about.yaml").write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    made = command("new-review", str(folder / "review"), "--from", str(folder / "about.yaml"))
    assert made.exit_code == 0, made.output
    return folder / "review/data"


def brought(data: Path, table: str, *options: str) -> Result:
    path = data.parents[1] / "table.csv"
    path.write_text(table, encoding="utf-8")
    return command("import", "csv", str(path), "--guess", "--into", str(data), *options)


def added(data: Path, label: str, *results: Mapping[str, object]) -> Result:
    """What ``add`` says of a trial with these results, by a template of the review."""
    path = data.parent / f"{label}.xlsx"
    assert command("template", "--data", str(data), "--xlsx", str(path)).exit_code == 0
    book = load_workbook(path)
    lines: dict[str, Sequence[Mapping[str, object]]] = {
        "Sources": [{"kind": "trial report", "label": label}],
        "Trials": [{"label": label, "design": "parallel"}],
        "Results": [{"trial_id": label, **RESULT, **r} for r in results],
    }
    for title, rows in lines.items():
        places = {cell.value: cell.column for cell in book[title][1]}
        for number, row in enumerate(rows, 2):
            for name, value in ((n, v) for n, v in row.items() if n in places or n != "outcome"):  # left out where it is alone
                book[title].cell(number, places[name]).value = value
    book.save(path)
    return command("add", str(path), "--data", str(data))


def test_what_can_be_one_word_alone_is_not_asked_for(tmp_path: Path) -> None:
    data = begun(tmp_path, pressure=PRESSURE)
    done = added(data, "Ng 2019", {"outcome": "pressure", **MEANS})
    assert done.exit_code == 0, done.output
    header = {cell.value for cell in load_workbook(data.parent / "Ng 2019.xlsx")["Trials"][1]}
    assert "design" in header
    assert not {"region", "chronicity"} & header
    assert "trials.csv: + ng-2019 (Ng 2019); region insomnia, the only one, chronicity not stated, the only one" in done.output
    (trial,) = read_csv(data / "trials.csv")
    assert (trial["region"], trial["chronicity"]) == ("insomnia", "not stated")
    (result,) = read_csv(data / "results/exercise.csv")
    assert result["outcome"] == "pressure"


@pytest.mark.parametrize(("outcome", "way"), [(PRESSURE, "yes"), (WALKED, "no")])
def test_the_direction_of_a_natural_unit_is_that_of_the_settings(outcome: dict[str, Any], way: str, tmp_path: Path) -> None:
    data = begun(tmp_path, measured=outcome)
    done = added(data, "Ng 2019", {"outcome": "measured", **MEANS})
    assert f"higher is {'worse' if way == 'yes' else 'better'} (settings of measured)" in done.output
    assert "not used" not in done.output
    assert read_csv(data / "results/exercise.csv")[0]["higher_is_worse"] == way


def test_the_template_has_numbers_for_an_outcome_without_results(tmp_path: Path) -> None:
    data = begun(tmp_path, response=RESPONSE, pressure=PRESSURE)
    assert brought(data, COUNTS).exit_code == 0
    assert added(data, "Ng 2019", {"outcome": "pressure", **MEANS}).exit_code == 0
    command("template", "--data", str(data), "--xlsx", str(tmp_path / "next.xlsx"))
    header = {cell.value for cell in load_workbook(tmp_path / "next.xlsx")["Results"][1]}
    assert {"mean_t", "events_t"} <= header
    assert "median_t" not in header


def test_new_results_that_no_analysis_is_going_to_use_are_said(tmp_path: Path) -> None:
    data = begun(tmp_path, response=RESPONSE, pressure=PRESSURE)
    assert brought(data, COUNTS).exit_code == 0
    made = command("run", "--directory", str(data.parent))
    assert made.exit_code == 0, made.output
    late = {"outcome": "pressure", **MEANS, "weeks": 20, "weeks_from": "not stated"}
    done = added(data, "Ng 2019", late)
    told = "not used: ng-2019: 1 row is not used (follow-up time not known): ng-2019_exercise_vs_usual-care_pressure_20w"
    assert done.output.splitlines()[0] == told
    checked = command("check", str(data))
    assert checked.exit_code == 0
    assert checked.output.splitlines()[0] == told


def test_a_table_is_of_the_only_outcome_that_its_numbers_give(tmp_path: Path) -> None:
    data = begun(tmp_path, pressure=PRESSURE, response=RESPONSE)
    assert brought(data, COUNTS).exit_code == 0
    assert {r["outcome"] for r in read_csv(data / "results/exercise.csv")} == {"response"}
    means = "study,n_t,mean_t,sd_t,n_c,mean_c,sd_c\nCork 2015,40,130,12,41,136,11\n"
    assert brought(data, means).exit_code == 0
    assert {r["outcome"] for r in read_csv(data / "results/exercise.csv")} == {"response", "pressure"}


def test_of_several_outcomes_the_answer_says_how_to_choose(tmp_path: Path) -> None:
    data = begun(tmp_path, response=RESPONSE, relapse=RELAPSE)
    refused = brought(data, COUNTS)
    assert refused.exit_code == 1
    assert "one of response, relapse: a file for --about says which, such as '1': {outcome: response}" in refused.output
    (tmp_path / "which.yaml").write_text("'1': {outcome: relapse}\n", encoding="utf-8")
    assert brought(data, COUNTS, "--about", str(tmp_path / "which.yaml")).exit_code == 0
    assert {r["outcome"] for r in read_csv(data / "results/exercise.csv")} == {"relapse"}


def declared(data: Path, **columns: Mapping[str, object]) -> None:
    path = data.parent / "config/config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8")) | {"columns": columns}
    path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_columns_of_the_reviews_own_come_along_from_a_table(tmp_path: Path) -> None:
    data = begun(tmp_path, response=RESPONSE)
    assert brought(data, COUNTS).exit_code == 0
    declared(data, dose={"label": "Dose (mg a day)", "number": True, "cuts": [20]}, setting={"label": "Setting"})
    table = "study;Dose mg/day;Setting;ai;n1i;ci;n2i\nCork 2015;12,5;clinic;5;40;9;42\nDijon 2018;NR;home;3;30;7;31\n"
    done = brought(data, table.replace("Dose mg/day", "Dose (mg a day)"))
    assert done.exit_code == 0, done.output
    assert "columns of the review's own: dose from 'Dose (mg a day)', setting from 'Setting'" in done.output
    assert "not used" not in done.output
    told = {r["trial_id"]: (r["dose"], r["setting"]) for r in read_csv(data / "results/exercise.csv")}
    assert told == {"alba-2010": ("", ""), "brno-2012": ("", ""), "cork-2015": ("12.5", "clinic"), "dijon-2018": ("", "home")}
    before = (data / "results/exercise.csv").read_bytes()
    assert "all of it is in" in brought(data, table.replace("Dose mg/day", "Dose (mg a day)")).output
    assert (data / "results/exercise.csv").read_bytes() == before
    made = command("run", "--directory", str(data.parent))
    assert made.exit_code == 0, made.output


def test_subgroups_of_a_table_stay_in_the_review(tmp_path: Path) -> None:
    data = begun(tmp_path, response=RESPONSE)
    table = "study,subgroup,ai,n1i,ci,n2i\nAlba 2010,low dose,5,40,9,42\nBrno 2012,high dose,3,30,7,31\n"
    assert brought(data, table).exit_code == 0
    assert [r["subgroup"] for r in read_csv(data / "results/exercise.csv")] == ["low dose", "high dose"]


def test_columns_of_the_reviews_own_are_asked_for_in_the_workbook(tmp_path: Path) -> None:
    data = begun(tmp_path, response=RESPONSE)
    declared(data, dose={"label": "Dose", "number": True})
    assert (
        brought(data, COUNTS.replace("study,", "dose,study,").replace("Alba", "10,Alba").replace("Brno", "20,Brno")).exit_code
        == 0
    )
    done = added(data, "Ng 2019", {"dose": 15, "n_t": 30, "events_t": 5, "n_c": 31, "events_c": 9, "source_kind": "full text"})
    assert done.exit_code == 0, done.output
    assert [r["dose"] for r in read_csv(data / "results/exercise.csv")] == ["10", "20", "15"]
