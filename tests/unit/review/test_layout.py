"""Trials, results and what belongs to neither: faults that reach over files, status, doubts, the descriptor."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from conftest import CONTRAST, Package, columns_of, read_csv, trial_row, write_csv

from evidence_synthesis.cli import main
from evidence_synthesis.review.check_claims import check_review
from evidence_synthesis.review.describe import describe, is_described
from evidence_synthesis.review.doubts import likely_twins, named_as_trials
from evidence_synthesis.review.package import DataFaults, Fault, table_columns
from evidence_synthesis.review.schema import LATER_TABLES, parse_result
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.trials import check_package
from evidence_synthesis.selection.analyses import gate


def faults(package: Package) -> list[Fault]:
    with pytest.raises(DataFaults) as caught:
        check_review(package.folder, {})
    return caught.value.faults


def test_faults_of_all_files_are_told_together(package: Package) -> None:
    """An unknown trial, a trial told twice, a missing region, a judgement and a second reading of nobody."""
    trials = read_csv(package.folder / "trials.csv")
    trials[0]["region"] = ""
    write_csv(package.folder / "trials.csv", list(trials[0]), [*trials, trials[1]])
    results = read_csv(package.folder / "results/yoga.csv")
    results[1]["trial_id"] = "jones-2003"
    write_csv(package.folder / "results/yoga.csv", list(results[0]), results)
    judgement = {"trial_id": "nobody-1999", "tool": "PEDro", "domain": "total", "judgement": "5/10"}
    package.write("risk_of_bias", [judgement])
    package.write("second_reading", [{"row_id": "z", "date": "2026-01-31", "agreed": "yes"}])
    package.write("search_log", [{"query": "yoga", "place": "a registry", "date": "yesterday", "taken": "-1"}])
    assert [(f.file, f.row, f.column) for f in faults(package)] == [
        ("results/yoga.csv", 3, "trial_id"),
        ("risk_of_bias.csv", 2, "trial_id"),
        ("search_log.csv", 2, "date"),
        ("search_log.csv", 2, "taken"),
        ("second_reading.csv", 2, "row_id"),
        ("trials.csv", 2, "region"),
        ("trials.csv", 4, "trial_id"),
    ]
    assert "perhaps jones-2002?" in next(f.expected for f in faults(package) if f.file == "results/yoga.csv")


def test_optional_tables_may_be_absent(package: Package) -> None:
    (package.folder / "risk_of_bias.csv").unlink()
    tables = check_package(package.folder)
    assert [tables[t] for t in ("risk_of_bias", "search_log", "second_reading")] == [[], [], []]


def test_lists_of_reviews_trials_name_reviews_and_trials_that_are_there(package: Package) -> None:
    """Every trial once in a list; a review stands among the published estimates or the sources."""
    estimate = dict.fromkeys(columns_of("published_estimates"), "") | {"estimate_id": "pe1", "review": "Cho 2020"}
    needed = {"treatment": "yoga", "comparator": "sham", "region": "low back", "chronicity": "chronic", "outcome": "pain"}
    needed |= {"term": "short", "trust": "primary"}
    package.write("published_estimates", [estimate | needed])
    source = read_csv(package.folder / "sources.csv")[0]["source_id"]
    trial = read_csv(package.folder / "trials.csv")[0]["trial_id"]
    good = [{"review": name, "trial": "Smith 2001", "trial_id": trial, "complete": "yes"} for name in ("Cho 2020", source)]
    package.write(
        "review_trials", [row | {"url": "x"} for row in [*good, good[0] | {"trial_id": "", "trial": "Jones 2002", "pmid": "123"}]]
    )
    assert [row["trial"] for row in check_package(package.folder)["review_trials"]] == ["Smith 2001", "Smith 2001", "Jones 2002"]
    bad = [{"review": "Choo 2020", "trial": "A"}, good[0] | {"trial_id": "nobody"}, good[0], good[0], good[1] | {"pmid": "no"}]
    package.write("review_trials", [{"url": "x"} | row for row in bad])
    found = [(f.row, f.column) for f in faults(package) if f.file == "review_trials.csv"]
    assert found == [(2, "complete"), (2, "review"), (3, "trial_id"), (5, "trial"), (6, "pmid")]
    assert "perhaps Cho 2020?" in next(f.expected for f in faults(package) if f.column == "review")
    mixed = [row | {"url": "x"} for row in (good[0], good[0] | {"trial": "B", "complete": "no"})]
    package.write("review_trials", [*mixed, mixed[1] | {"trial": "C", "treatment": "yoga"}])  # the last is another list
    assert [(f.row, f.column) for f in faults(package)] == [(3, "complete")]


def test_a_package_of_before_lacks_a_schema_of_later_tables(package: Package) -> None:
    columns = table_columns(package.folder, "review_trials")
    (package.folder / "schemas/review_trials.json").unlink()
    assert table_columns(package.folder, "review_trials") == columns == list(LATER_TABLES["review_trials"])
    assert check_package(package.folder)["review_trials"] == []


@pytest.mark.parametrize("table", ["trials", "sources"])
def test_others_may_not(package: Package, table: str) -> None:
    (package.folder / f"{table}.csv").unlink()
    assert [(f.file, f.row) for f in faults(package)] == [(f"{table}.csv", 0)]


def test_a_package_without_results(package: Package) -> None:
    for path in (package.folder / "results").glob("*.csv"):
        path.unlink()
    assert [(f.file, f.row) for f in faults(package)] == [("results/", 0)]


def test_a_result_says_of_its_own_people_what_its_trial_does_not(package: Package) -> None:
    package.cell("c", chronicity="acute", population_note="those under forty")
    rows = {r["row_id"]: r for r in check_package(package.folder)["trials"]}
    assert [rows[i]["chronicity"] for i in "acd"] == ["chronic", "acute", "chronic"]
    assert [rows[i]["population_note"] for i in "ac"] == ["", "those under forty"]
    assert [rows[i]["study"] for i in "ab"] == ["Smith 2001", "Jones 2002"]


def test_what_a_trial_says_reaches_each_of_its_results(package: Package) -> None:
    package.cell("a", country="Norway", age_mean="44.5", registry="NCT1", sessions="8")
    rows = {r["row_id"]: r for r in check_package(package.folder)["trials"]}
    assert [rows[i]["country"] for i in "acd"] == ["Norway"] * 3
    assert (rows["e"]["age_mean"], rows["b"]["age_mean"]) == ("44.5", "")
    assert (rows["a"]["sessions"], rows["c"]["sessions"]) == ("8", "")


def test_a_decision_about_what_a_trial_says(package: Package) -> None:
    entry = {"row_id": "a", "column": "region", "expected_printed": "low back", "value_used": "neck", "kind": "label"}
    package.write("corrections", [entry | {"reason": "the report is about necks"}])
    rows = {r["row_id"]: r for r in check_package(package.folder)["trials"]}
    assert (rows["a"]["region"], rows["c"]["region"]) == ("neck", "low back")
    package.write("corrections", [entry | {"value_used": "foot", "reason": "the report is about feet"}])
    assert [(f.file, f.column) for f in faults(package)] == [("corrections.csv", "value_used")]


def test_retracted_trials_are_out_and_the_account_says_who_retracted(package: Package, settings: Settings) -> None:
    package.cell("a", status="retracted", status_source="notice of the journal")
    package.cell("b", status="expression of concern", status_source="https://example.org/concern")
    rows = {r["row_id"]: parse_result(r) for r in check_package(package.folder)["trials"]}
    assert gate(rows["a"], settings) == gate(rows["e"], settings) == "retracted: notice of the journal"
    assert gate(rows["b"], settings) == ""


def twins(**cells: str) -> list[tuple[str, str, str]]:
    """What is said of two trials that have different names and numbers but for the given cells of the second."""
    other = {"study": "Jones 2002", "year": "2002", "n_t": "41", "n_c": "43", "mean_t": "33.71", "sd_t": "17.25"}
    first = trial_row("a", study="Smith 2001", year="2001", mean_t="41.25", sd_t="18.5", registry="NCT1")
    return likely_twins([first, trial_row("b", trial="jones-2002", **other | cells)])


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        ({}, ""),
        ({"registry": "ISRCTN7;NCT1"}, "registration: NCT1"),
        ({"registry": "NCT1", "region": "neck", "year": "2019"}, "registration: NCT1"),
        ({"study": "SMITH, 2001"}, "name: smith, 2001"),
        ({"aliases": "Smíth 2001"}, "name: smith, 2001"),
        ({"study": "Smith 2001", "region": "neck"}, ""),
        ({"study": "Smith 2001", "year": "2012"}, ""),
        ({"n_t": "30", "n_c": "30", "mean_t": "41.25", "sd_t": "18.5"}, "numbers"),
        ({"n_t": "30", "n_c": "30", "mean_t": "50", "sd_t": "20", "mean_c": "41.25", "sd_c": "18.5"}, "numbers"),
        ({"n_t": "30", "n_c": "30"}, ""),
        ({"study": "Smith 2002", "n_t": "30", "n_c": "30"}, "author and arms: smith, 30, 30"),
        ({"study": "Smith 2002", "n_t": "30"}, ""),
    ],
)
def test_trials_that_may_be_one(cells: dict[str, str], sign: str) -> None:
    found = twins(**cells)
    assert [why.partition(":")[0] for _, _, why in found] == ([sign.partition(":")[0]] if sign else [])
    assert not found or found[0][2].startswith(sign)


def test_effects_count_as_numbers_too() -> None:
    same = CONTRAST | {"effect": "-5.13", "effect_ci_low": "-9.27", "effect_ci_high": "-1.4"}
    rows = [trial_row("a", **same), trial_row("b", trial="jones-2002", study="Jones 2002", **same)]
    assert [why.partition(":")[0] for _, _, why in likely_twins(rows)] == ["numbers"]


def test_results_without_numbers_that_bear_the_name_of_a_trial_are_told() -> None:
    rows = [trial_row("a", study="Müller 2001", treatment="yoga", comparator="sham")]
    told = {"trial_id": "", "study": "Muller 2001", "treatment": "yoga", "comparator": ""}
    assert [line.partition(" has")[0] for line in named_as_trials([told, told], rows)] == ["unusable_results: Muller 2001"]
    other = [told | {"trial_id": rows[0]["trial_id"]}, told | {"treatment": "massage_classic"}, told | {"study": "Muller 2002"}]
    assert not list(named_as_trials(other, rows))


def test_the_check_tells_doubts_and_does_not_fail(package: Package) -> None:
    package.cell("b", study="Smith 2001", year="2001")
    trials = read_csv(package.folder / "trials.csv")
    idle = dict.fromkeys(columns_of("trials"), "") | trials[0] | {"trial_id": "nobody-1999", "label": "Nobody 1999"}
    write_csv(package.folder / "trials.csv", list(idle), [*trials, idle])
    (package.folder / "datapackage.json").unlink()
    made = CliRunner().invoke(main, ["check", str(package.folder), "--config", "config/config.yaml"])
    assert made.exit_code == 0, made.output
    assert "jones-2002 and smith-2001 may be one trial (the same " in made.output
    assert "nobody-1999 has no result" in made.output
    assert "datapackage.json is not as the files are" in made.output
    assert "6 results of 2 trials, no fault." in made.output


def test_the_descriptor_follows_the_files_and_keeps_its_head(package: Package) -> None:
    path = package.folder / "datapackage.json"
    path.write_text(json.dumps({"title": "Ours", "name": "ours", "resources": [{"path": "gone.csv"}]}), encoding="utf-8")
    assert not is_described(package.folder)
    assert CliRunner().invoke(main, ["describe", str(package.folder), "--check"]).exit_code == 1
    describe(package.folder)
    assert is_described(package.folder)
    assert CliRunner().invoke(main, ["describe", str(package.folder), "--check"]).exit_code == 0
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["title"], told["name"], told["profile"]) == ("Ours", "ours", "tabular-data-package")
    paths = [r["path"] for r in told["resources"]]
    assert paths[-2:] == ["results/massage_classic.csv", "results/yoga.csv"]
    assert told["resources"][-1]["title"] == "Results of trials: Yoga"
    (package.folder / "results/tens.csv").write_text("x\n", encoding="utf-8")
    assert not is_described(package.folder)
