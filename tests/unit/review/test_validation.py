"""Every kind of fault in the data is answered with file, row, column, value and what is expected."""

from __future__ import annotations

import pytest
from conftest import CONTRAST, EVENTS, Package, trial_row

from evidence_synthesis.review.check_claims import check_review
from evidence_synthesis.review.package import DataFaults, Fault
from evidence_synthesis.review.trials import check_package


def faults(package: Package) -> list[Fault]:
    with pytest.raises(DataFaults) as caught:
        check_package(package.folder)
    return caught.value.faults


def test_a_good_package_passes(package: Package) -> None:
    tables = check_package(package.folder)
    assert [r["row_id"] for r in tables["trials"]] == list("efabcd")  # by file, as a folder lists them
    assert tables["trials"][2]["decision"] == "keep"


# What is put into a cell of row a (results/yoga.csv, its trial or its judgement, each row 2), and words of the answer.
BAD_CELLS = [
    ({"n_t": "0"}, "n_t", "1"),
    ({"n_t": "-3"}, "n_t", "1"),
    ({"n_t": "12.5"}, "n_t", "integer"),
    ({"n_t": "twelve"}, "n_t", "integer"),
    ({"mean_t": "40,5"}, "mean_t", "decimal point"),
    ({"mean_t": "3-May"}, "mean_t", "date"),
    ({"mean_t": "2012-05-03"}, "mean_t", "date"),
    ({"mean_t": "May-12"}, "mean_t", "date"),
    ({"mean_t": "NaN"}, "mean_t", "finite"),
    ({"mean_t": "INF"}, "mean_t", "finite"),
    ({"mean_t": " 40"}, "mean_t", "spaces"),
    ({"sd_t": "0"}, "sd_t", "above zero"),
    ({"sd_t": "-2"}, "sd_t", "above zero"),
    ({"se_c": "0"}, "se_c", "above zero"),
    ({"mean_t": "140"}, "mean_t", "0 to 100"),
    ({"mean_c": "-1"}, "mean_c", "0 to 100"),
    ({"mean_c": "-101", "value_kind": "change"}, "mean_c", "-100 to 100"),
    ({"scale_min": "100", "scale_max": "0"}, "scale_max", "two ends"),
    ({"scale_min": ""}, "scale_max", "two ends"),
    ({"ci_low_t": "41", "ci_high_t": "45"}, "mean_t", "between"),
    ({"ci_low_t": "45", "ci_high_t": "41"}, "ci_low_t", "not above"),
    ({"median_t": "40", "q1_t": "50", "q3_t": "60"}, "median_t", "quartiles"),
    ({"region": "foot"}, "region", "low back"),
    ({"chronicity": ""}, "chronicity", "required"),
    ({"weeks": "-1"}, "weeks", "0"),
    ({"weeks_from": "birth"}, "weeks_from", "randomisation"),
    ({"treatment": "yogha"}, "treatment", "treatments.csv"),
    ({"comparator": "nothing"}, "comparator", "treatments.csv"),
    ({"components_t": "yoga;yogha"}, "components_t", "treatments.csv"),
    ({"instrument": "vas"}, "instrument", "instruments.csv"),
    ({"source_id": "smith-1999"}, "source_id", "sources.csv"),
    ({"read_in": "review-x"}, "read_in", "sources.csv"),
    ({"source_kind": "hearsay"}, "source_kind", "full text"),
    ({"higher_is_worse": "perhaps"}, "higher_is_worse", "yes"),
    ({"row_id": ""}, "row_id", "required"),
    ({"trial_id": "Smith 2001"}, "trial_id", "pattern"),
    ({"treatment": "massage_classic"}, "treatment", "as the file is named"),
    ({"review_effect": "-1", "review_measure": ""}, "review_measure", "the measure of the review's effect"),
    ({"rob2_overall": "fine"}, "rob2_overall", "low"),
    ({"study": ""}, "study", "required"),
    ({"year": "1712"}, "year", "1950"),
    ({"design": "guess"}, "design", "parallel"),
    ({"icc": "1.5"}, "icc", "1"),
    ({"cluster_size": "0"}, "cluster_size", "1"),
    ({"status": "withdrawn"}, "status", "retracted"),
    ({"status": "retracted"}, "status_source", "who says so"),
    ({"status": "expression of concern"}, "status_source", "who says so"),
    ({"age_mean": "420"}, "age_mean", "120"),
    ({"share_women": "62"}, "share_women", "1"),
    ({"sessions": "0"}, "sessions", "1"),
    ({"minutes_per_session": "a few"}, "minutes_per_session", "number"),
    ({**EVENTS, "events_t": "31"}, "events_t", "n_t"),
    ({**EVENTS, "events_t": "3.5"}, "events_t", "integer"),
    ({**EVENTS, "events_t": "-1"}, "events_t", "0"),
    ({**CONTRAST, "effect": "0.5"}, "effect", "around the effect"),
    ({**CONTRAST, "effect_ci_low": "2"}, "effect_ci_low", "not above"),
    ({**CONTRAST, "effect_measure": ""}, "effect_measure", "measure"),
    ({**CONTRAST, "effect_measure": "RR", "effect_ci_low": "-9"}, "effect_ci_low", "ratio above zero"),
    ({**CONTRAST, "effect_se": "0"}, "effect_se", "above zero"),
    ({**CONTRAST, "effect_p": "1.2"}, "effect_p", "1"),
]


IN_OTHER_FILES = {
    **{c: ("trials.csv", c) for c in ("region", "chronicity", "trial_id", "design", "year", "icc", "cluster_size", "status")},
    **{
        "study": ("trials.csv", "label"),
        "age_mean": ("trials.csv", "age_mean"),
        "status_source": ("trials.csv", "status_source"),
    },
    **{"share_women": ("trials.csv", "share_women"), "rob2_overall": ("risk_of_bias.csv", "judgement")},
}


@pytest.mark.parametrize(("cells", "column", "words"), BAD_CELLS, ids=[str(c) for c, _, _ in BAD_CELLS])
def test_a_bad_cell(package: Package, cells: dict[str, str], column: str, words: str) -> None:
    package.cell("a", **cells)
    file, name = IN_OTHER_FILES.get(column, ("results/yoga.csv", column))
    found = [f for f in faults(package) if f.column == name and f.file == file]
    assert found, "no fault names the cell"
    assert found[0].row == 2
    assert found[0].value == cells.get(column, package.trials["yoga"][0][column])
    assert words in found[0].expected
    assert f"{file}, row 2, column {name}" in str(found[0])


def test_a_fault_says_what_may_be_meant(package: Package) -> None:
    package.cell("a", treatment="yogha", source_kind="fulltext", n_t="x", region="Mars")
    said = {f.column: f.expected for f in faults(package)}
    assert said["treatment"] == "an id that stands in treatments.csv (perhaps yoga?)"
    assert said["source_kind"].startswith("one of: full text, ")
    assert said["source_kind"].endswith(" (perhaps full text?)")
    assert said["n_t"] == "a whole number (integer)"
    assert "perhaps" not in said["region"]


def test_all_faults_are_reported_together(package: Package) -> None:
    package.cell("a", n_t="x")
    package.cell("b", region="foot")
    package.cell("e", mean_t="1,5")
    found = {(f.file, f.row, f.column) for f in faults(package)}
    assert {
        ("results/yoga.csv", 2, "n_t"),
        ("trials.csv", 3, "region"),
        ("results/massage_classic.csv", 2, "mean_t"),
    } <= found


def test_one_round_finds_what_several_checks_find(package: Package) -> None:
    """Cells, rules about values, ids, decisions and claims, also where a row has a faulty cell already."""
    package.cell("a", mean_t="32,5", sd_t="-2", read_in="elsewhere", trial_id="smith-2002", result_id="r1")
    package.cell("b", result_id="r1", scale_min="x")
    package.write("corrections", [{"row_id": "z", "kind": "keep", "reason": "because"}])
    (package.folder / "claims.yaml").write_text("[", encoding="utf-8")
    with pytest.raises(DataFaults) as caught:
        check_review(package.folder, {})
    assert [(f.file, f.row, f.column) for f in caught.value.faults] == [
        ("claims.yaml", 0, ""),
        ("corrections.csv", 2, "row_id"),
        ("results/yoga.csv", 2, "mean_t"),
        ("results/yoga.csv", 2, "read_in"),
        ("results/yoga.csv", 2, "sd_t"),
        ("results/yoga.csv", 3, "result_id"),
        ("results/yoga.csv", 3, "scale_min"),
    ]


CAUSES = [
    ("sources.csv", lambda b: b.replace(b"label", b"lable", 1), 2),
    ("sources.csv", lambda b: b.replace(b",", b";"), 1),
    ("sources.csv", lambda _: b"", 1),
    ("treatments.csv", lambda b: b + b"x,y\n", 1),
    ("instruments.csv", lambda _: b"\xff", 1),
    ("schemas/sources.json", lambda _: b"{", 1),
    ("results/yoga.csv", lambda b: b.replace(b",", b"\t"), 1),
    ("trials.csv", lambda b: b.replace(b",", b"\t"), 1),
    ("trials.csv", lambda _: b"", 1),
    ("schemas/results.json", lambda _: b"{", 1),
]


@pytest.mark.parametrize(("file", "change", "count"), CAUSES)
def test_what_follows_from_a_fault_is_not_told_as_well(package: Package, file: str, change, count: int) -> None:
    package.write("corrections", [{"row_id": "a", "kind": "keep", "reason": "because"}])
    package.raw(change, file)
    found = faults(package)
    assert {f.file for f in found} == {file}
    assert len(found) == count


def test_a_row_whose_decision_is_in_doubt_is_not_judged_without_it(package: Package) -> None:
    package.cell("a", mean_t="140")
    package.write("corrections", [{"row_id": "a", "kind": "exclude", "column": "mean_t", "reason": "off the scale"}])
    assert [(f.file, f.column) for f in faults(package)] == [("corrections.csv", "column")]
    package.cell("a", mean_t="14,0")
    entry = {"row_id": "a", "column": "mean_t", "expected_printed": "140", "value_used": "14", "kind": "value"}
    package.write("corrections", [entry | {"reason": "a misprint"}])
    assert [(f.file, f.column) for f in faults(package)] == [("results/yoga.csv", "mean_t")]


def test_row_ids_are_unique_over_all_files(package: Package) -> None:
    package.cell("e", row_id="a")
    found = [f for f in faults(package) if f.file == "results/yoga.csv" and f.column == "row_id"]
    assert "results/massage_classic.csv, row 2" in found[0].expected


def test_a_result_id_belongs_to_one_trial(package: Package) -> None:
    package.cell("a", result_id="r1")
    package.cell("b", result_id="r1")
    assert [f.column for f in faults(package)] == ["result_id"]


FILES = [
    (lambda b: b"\xef\xbb\xbf" + b, 1, "byte order mark"),
    (lambda b: b.replace(b"\n", b"\r\n"), 1, "line feed"),
    (lambda b: b.replace(b",", b";"), 1, "commas, not semicolons"),
    (lambda b: b.replace(b",", b"\t"), 1, "commas, not tabs"),
    (lambda _: b"", 0, "empty"),
    (lambda _: b"\n\n", 0, "empty"),
    (lambda b: b.split(b"\n")[0] + b"\n", 0, "at least one row"),
    (lambda b: b.replace(b"usual_care", b"usual\xefcare", 1), 2, "UTF-8"),
    (lambda b: b.replace(b"usual_care", b"usual\x00care", 1), 2, "UTF-8 text"),
    (lambda b: b.replace(b",mean_t,", b",meant,", 1), 1, "missing"),
    (lambda b: b.replace(b",mean_t,", b",mean_t,mean_t,", 1), 1, "once"),
    (lambda b: b.replace(b"a,smith-2001", b"a,extra,smith-2001", 1), 2, "cells"),
    (lambda b: b + b'"unclosed', 6, "well-formed"),
]


@pytest.mark.parametrize(("change", "row", "words"), FILES, ids=[w for _, _, w in FILES])
def test_a_bad_file(package: Package, change, row: int, words: str) -> None:
    package.raw(change)
    found = [f for f in faults(package) if words in f.expected]
    assert found, faults(package)
    assert found[0].file == "results/yoga.csv"
    assert found[0].row == row


def test_a_missing_file(package: Package) -> None:
    (package.folder / "sources.csv").unlink()
    assert any(f.file == "sources.csv" and "readable" in f.expected for f in faults(package))


@pytest.mark.parametrize("name", ["results/more/tens.csv", "old/trials.csv"])
def test_a_table_where_no_table_is(package: Package, name: str) -> None:
    (package.folder / name).parent.mkdir()
    (package.folder / name).write_text("x\n")
    assert [(f.file, f.row) for f in faults(package)] == [(name, 0)]


def test_a_table_without_a_schema(package: Package) -> None:
    (package.folder / "notes.csv").write_text("x\n")
    assert [f.file for f in faults(package)] == ["schemas/notes.json"]


CORRECTIONS = [
    ({"row_id": "z", "kind": "keep"}, "row_id", "results/*.csv"),
    (
        {"row_id": "a", "column": "mean_t", "expected_printed": "41", "value_used": "42", "kind": "value"},
        "expected_printed",
        "decide anew",
    ),
    (
        {"row_id": "a", "column": "meant", "expected_printed": "", "value_used": "42", "kind": "value"},
        "column",
        "column of the results",
    ),
    (
        {"row_id": "a", "column": "mean_t", "expected_printed": "40", "value_used": "4,2", "kind": "value"},
        "value_used",
        "decimal point",
    ),
    ({"row_id": "a", "column": "mean_t", "kind": "exclude"}, "column", "whole row"),
    ({"row_id": "a", "column": "mean_t", "expected_printed": "40", "value_used": "42", "kind": "guess"}, "kind", "value"),
]


@pytest.mark.parametrize(("entry", "column", "words"), CORRECTIONS, ids=[w for _, _, w in CORRECTIONS])
def test_a_bad_decision(package: Package, entry: dict[str, str], column: str, words: str) -> None:
    package.write("corrections", [entry | {"reason": "because"}])
    found = [f for f in faults(package) if f.file == "corrections.csv" and f.column == column]
    assert found
    assert words in found[0].expected


def test_two_decisions_about_one_cell(package: Package) -> None:
    entry = {"row_id": "a", "column": "mean_t", "expected_printed": "40", "kind": "value", "reason": "because"}
    package.write("corrections", [entry | {"value_used": "41"}, entry | {"value_used": "42"}])
    assert any("one decision" in f.expected for f in faults(package))


def test_decisions_replace_cells_and_leave_the_printed_file_alone(package: Package) -> None:
    before = (package.folder / "results/yoga.csv").read_bytes()
    entry = {
        "row_id": "a",
        "column": "mean_t",
        "expected_printed": "40",
        "value_used": "38",
        "kind": "value",
        "reason": "misprint",
    }
    package.write("corrections", [entry])
    row = check_package(package.folder)["trials"][2]
    assert row["mean_t"] == "38"
    assert row["corrected_columns"] == "mean_t"
    assert (package.folder / "results/yoga.csv").read_bytes() == before


def test_an_excluded_row_stays_and_need_not_obey_the_rules(package: Package) -> None:
    package.cell("a", mean_t="140")
    package.write("corrections", [{"row_id": "a", "kind": "exclude", "reason": "off the scale"}])
    rows = check_package(package.folder)["trials"]
    assert len(rows) == 6
    assert (rows[2]["decision"], rows[2]["decision_reason"]) == ("exclude", "off the scale")


def test_the_row_helper_makes_valid_rows() -> None:
    assert trial_row("x", mean_t="3")["mean_t"] == "3"
