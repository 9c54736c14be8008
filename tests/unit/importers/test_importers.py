"""Importers: what they read, what they infer, and that every fault of a file is told at once."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from conftest import DATA, columns_of, read_csv, wide_columns

from evidence_synthesis.cli import main
from evidence_synthesis.effects import formulas
from evidence_synthesis.effects.formulas import ArmSummary
from evidence_synthesis.importers import review, tabular
from evidence_synthesis.importers.cochrane import HEADERS, read_cochrane
from evidence_synthesis.importers.guess import guess
from evidence_synthesis.importers.infer import infer
from evidence_synthesis.importers.mapping import ColumnMap, mapping_of
from evidence_synthesis.importers.measures import peto
from evidence_synthesis.importers.models import model_weights
from evidence_synthesis.importers.revman import read_revman
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.importers.shapes import rows_of
from evidence_synthesis.importers.spreadsheet import MOST_UNPACKED
from evidence_synthesis.importers.trial_rows import check_about, package_rows, trial_rows
from evidence_synthesis.review.package import DataFaults, Fault

RNG = np.random.default_rng(8)


def event_study(i: int, measure: str) -> StudyRow:
    """A study with counts and the effect and interval that a review would print of them, rounded to six digits."""
    n, m = (int(x) for x in RNG.integers(20, 200, 2))
    a, c = int(RNG.integers(1, n // 2)), int(RNG.integers(1, m // 2))
    row = StudyRow("1.1", "Events", "", f"Study {i}", n_t=n, events_t=a, n_c=m, events_c=c)
    arms = ArmSummary(n, events=a), ArmSummary(m, events=c)
    by_measure = {"RR": formulas.risk_ratio, "OR": formulas.odds_ratio, "RD": formulas.risk_difference}
    found = peto(row) if measure == "Peto OR" else by_measure[measure](*arms)
    values = [found.yi + side * 1.959963984540054 * math.sqrt(found.vi) for side in (0, -1, 1)]
    effect, low, high = (round(v if measure == "RD" else math.exp(v), 6) for v in values)
    return StudyRow(
        "1.1", "Events", "", f"Study {i}", n_t=n, events_t=a, n_c=m, events_c=c, effect=effect, ci_low=low, ci_high=high
    )


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "Peto OR"])
@pytest.mark.parametrize("model", ["fixed, IV", "fixed, MH", "random, IV", "random, MH", "fixed, Peto"])
def test_measure_and_model_are_those_that_reproduce_what_is_printed(measure: str, model: str) -> None:
    rows = [event_study(i, measure) for i in range(12)]
    found = infer(rows)
    assert found is not None
    assert found.measure.name == measure
    assert found.reproduced == (12, 12)
    weights = model_weights(rows, found.measure, [e for e in found.estimates if e])
    if model not in weights:
        return
    shares = 100 * weights[model] / weights[model].sum()
    from dataclasses import replace

    again = infer([replace(r, weight=round(float(w), 2)) for r, w in zip(rows, shares, strict=True)])
    assert again is not None
    got = 100 * model_weights(rows, found.measure, [e for e in found.estimates if e])[again.model]
    assert got / weights[again.model].sum() == pytest.approx(shares, abs=0.02)  # two models may give the same weights


def test_a_printed_effect_that_does_not_follow_is_reported() -> None:
    from dataclasses import replace

    rows = [event_study(i, "RR") for i in range(5)]
    rows[2] = replace(rows[2], effect=9.99)
    made = review.bring_in(rows)
    (analysis,) = review.analysis_rows(made)
    assert (analysis["status"], analysis["reproduced"], analysis["printed_studies"]) == ("partly", 4, 5)
    assert "Study 2: printed 9.99" in review.report(made, "a file")


def test_nothing_printed_is_said(tmp_path: Path) -> None:
    rows = [StudyRow("1", "", "", f"S{i}", n_t=20, mean_t=4.0 + i, sd_t=2, n_c=20, mean_c=5, sd_c=2) for i in range(3)]
    (analysis,) = review.analysis_rows(review.bring_in(rows))
    assert (analysis["status"], analysis["measure"]) == ("nothing printed", "MD")


COCHRANE = ",".join(HEADERS.values())


def data_rows(tmp_path: Path, *lines: str, header: str = COCHRANE) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


LINE = "1,2,Pain,,Smith 2001,,,10.5,4,,30,12,4,,31,,,55.0,-1.5,-3.507786,0.507786,"


def test_data_rows_are_read_with_spaces_or_dots_in_the_header(tmp_path: Path) -> None:
    rows = read_cochrane(data_rows(tmp_path, LINE))
    dotted = read_cochrane(data_rows(tmp_path, LINE, header=COCHRANE.replace(" ", ".").replace("-", ".")))
    assert rows == dotted
    assert (rows[0].analysis, rows[0].mean_t, rows[0].weight) == ("1.2", 10.5, 55.0)
    found = infer(rows)
    assert found is not None
    assert (found.measure.name, found.reproduced) == ("MD", (1, 1))


def test_every_fault_of_data_rows_is_told_at_once(tmp_path: Path) -> None:
    bad = LINE.replace("10.5", "ten").replace(",31,", ",-31,")
    events = "1,3,Recovery,,Jones,,,,,40,30,,,3,30,,,,,,,"
    with pytest.raises(DataFaults) as found:
        read_cochrane(data_rows(tmp_path, bad, events))
    told = [(f.row, f.column) for f in found.value.faults]
    assert told == [(2, "Control N"), (2, "Experimental mean"), (3, "Experimental cases")]


def test_a_table_without_the_needed_columns_names_them(tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match="Analysis group"):
        read_cochrane(data_rows(tmp_path, "1,2", header="a,b"))


RM5 = """<?xml version="1.0" encoding="UTF-8"?>
<COCHRANE_REVIEW>
 <STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES>
  <STUDY ID="STD-A" NAME="Adams 2001" YEAR="2001"/><STUDY ID="STD-B" NAME="Brown 2002" YEAR="2002"/>
 </INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>
 <ANALYSES_AND_DATA>
  <COMPARISON ID="CMP-001" NO="1"><NAME>A against B</NAME>
   <DICH_OUTCOME EFFECT_MEASURE="RR" METHOD="MH" NO="1" RANDOM="NO"><NAME>Recovery</NAME>
    <DICH_SUBGROUP NO="1"><NAME>Early</NAME>
     <DICH_DATA STUDY_ID="STD-A" ESTIMABLE="YES" EVENTS_1="10" TOTAL_1="50" EVENTS_2="5" TOTAL_2="50"
       EFFECT_SIZE="2.0" CI_START="0.7362" CI_END="5.4332" WEIGHT="100.0" O_E="0.0" VAR="0.0" SE="0.5"/>
    </DICH_SUBGROUP>
    <DICH_SUBGROUP NO="2"><NAME>Late</NAME>
     <DICH_DATA STUDY_ID="STD-B" ESTIMABLE="NO" EVENTS_1="0" TOTAL_1="50" EVENTS_2="0" TOTAL_2="50" EFFECT_SIZE="0.0"/>
    </DICH_SUBGROUP>
   </DICH_OUTCOME>
   <CONT_OUTCOME EFFECT_MEASURE="MD" METHOD="IV" NO="2" RANDOM="YES"><NAME>Pain</NAME>
    <CONT_DATA STUDY_ID="STD-A" ESTIMABLE="YES" MEAN_1="4.0" SD_1="2.0" TOTAL_1="40" MEAN_2="5.0" SD_2="2.0" TOTAL_2="40"
      EFFECT_SIZE="-1.0" CI_START="-1.8765" CI_END="-0.1235" WEIGHT="100.0"/>
   </CONT_OUTCOME>
   <IV_OUTCOME EFFECT_MEASURE="Hazard Ratio" METHOD="IV" NO="3" RANDOM="NO"><NAME>Time to recovery</NAME>
    <IV_DATA STUDY_ID="STD-B" ESTIMABLE="YES" ESTIMATE="-0.5" SE="0.2" EFFECT_SIZE="0.6065" CI_START="0.4098" CI_END="0.8976"/>
   </IV_OUTCOME>
   <IPD_OUTCOME EFFECT_MEASURE="PETO_OR" METHOD="PETO" NO="4" RANDOM="NO"><NAME>Death</NAME>
    <IPD_DATA STUDY_ID="STD-B" ESTIMABLE="YES" O_E="-2.5" VAR="5.0" EFFECT_SIZE="0.6065" CI_START="0.2525" CI_END="1.4572"/>
   </IPD_OUTCOME>
  </COMPARISON>
 </ANALYSES_AND_DATA>
</COCHRANE_REVIEW>
"""


def test_a_revman_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "review.rm5"
    path.write_text(RM5, encoding="utf-8")
    made = review.bring_in(read_revman(path))
    rows = {str(r["analysis"]): r for r in review.analysis_rows(made)}
    told = {n: (r["name"], r["measure"], r["studies"], r["pooled"], r["status"]) for n, r in rows.items()}
    assert told == {
        "1.1": ("Recovery", "RR", 2, 1, "reproduced"),
        "1.2": ("Pain", "MD", 1, 1, "reproduced"),
        "1.3": ("Time to recovery", "generic ratio", 1, 1, "reproduced"),
        "1.4": ("Death", "Peto OR", 1, 1, "reproduced"),
    }
    assert made.rows["1.1"][0].study == "Adams 2001"
    assert made.rows["1.1"][0].subgroup == "Early"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<COCHRANE_REVIEW>", "well-formed XML"),
        ("<OTHER/>", "COCHRANE_REVIEW"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><COCHRANE_REVIEW/>', "as RevMan saves it"),
        ("<COCHRANE_REVIEW/>", "at least one study"),
    ],
)
def test_a_faulty_revman_file_is_refused(content: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "review.rm5"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataFaults, match=expected):
        read_revman(path)


def test_the_column_names_of_meta_are_guessed() -> None:
    mapping = guess(["studlab", "event.e", "n.e", "event.c", "n.c"])
    assert mapping.shape == "wide"
    assert mapping.columns == {"study": "studlab", "events_t": "event.e", "n_t": "n.e", "events_c": "event.c", "n_c": "n.c"}
    generic = guess(["author", "TE", "seTE"])
    assert (generic.measure, generic.columns["given_se"]) == ("generic", "seTE")


def test_names_that_tell_nothing_are_refused() -> None:
    with pytest.raises(DataFaults, match="columns that give an effect"):
        guess(["a", "b"])


def test_a_mapping_is_checked_as_a_whole() -> None:
    entry = {"shape": "broad", "measure": "WMD", "columns": {"study": "author", "people": "n", "n_t": "missing"}}
    with pytest.raises(DataFaults) as found:
        mapping_of(entry, ["author", "n"], "mapping.yaml")
    assert {f.column for f in found.value.faults} == {"people", "n_t", "shape", "measure"}


def test_workbooks_are_read_and_bombs_refused(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["author", "year", "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"])
    book.active.append(["Smith", 2001, 4, 2, 30, 5, 2, 31])
    book.save(tmp_path / "trials.xlsx")
    header, lines = tabular.read_any(tmp_path / "trials.xlsx")
    (row,) = rows_of(lines, guess(header, lines), "trials.xlsx")
    assert (row.study, row.year, row.mean_t, row.n_c) == ("Smith", "2001", 4, 31)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", b" " * (MOST_UNPACKED + 1))
    with pytest.raises(DataFaults, match="unpacked"):
        tabular.read_any(tmp_path / "bomb.xlsx")
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(DataFaults, match="a workbook that opens"):
        tabular.read_any(tmp_path / "no.xlsx")


def test_an_arm_without_its_reference_is_a_fault(tmp_path: Path) -> None:
    lines = [(2, {"study": "A", "treat": "x", "n": "10", "mean": "1", "sd": "1"})]
    mapping = ColumnMap("long", {"study": "study", "arm": "treat", "n": "n", "mean": "mean", "sd": "sd"}, "MD", "control")
    with pytest.raises(DataFaults, match="one arm 'control' of A"):
        rows_of(lines, mapping, "arms.csv")


def command(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_the_command_writes_tables_and_then_trial_rows(tmp_path: Path) -> None:
    path, out = data_rows(tmp_path, LINE), tmp_path / "out"
    code, text = command("import", "cochrane", str(path), "--out", str(out))
    assert code == 0, text
    assert {p.name for p in out.iterdir()} == {"studies.csv", "analyses.csv", "report.md", "about.yaml"}
    about = yaml.safe_load((out / "about.yaml").read_text())
    about["1.2"] |= {"treatment": "yoga", "comparator": "usual_care", "outcome": "pain", "region": "low back"}
    about["1.2"] |= {"chronicity": "chronic", "instrument": "vas_100", "scale_min": 0, "scale_max": 100, "weeks": 12}
    about["1.2"]["higher_is_worse"] = "yes"
    (tmp_path / "about.yaml").write_text(yaml.safe_dump(about))
    code, text = command(
        *("import", "cochrane", str(path), "--out", str(out), "--about", str(tmp_path / "about.yaml")),
        *("--package", str(DATA), "--source", "review-x"),
    )
    assert code == 0, text
    (row,) = read_csv(out / "results/yoga.csv")
    assert list(row) == columns_of("results")
    assert (row["trial_id"], row["mean_t"], row["n_c"], row["source_id"], row["format"]) == (
        *("smith-2001", "10.5", "31", "review-x", "arm_means"),
    )
    (trial,) = read_csv(out / "trials.csv")
    assert list(trial) == columns_of("trials")
    assert [trial[c] for c in ("trial_id", "label", "year", "region", "design")] == [
        *("smith-2001", "Smith 2001", "2001", "low back", "parallel"),
    ]


def test_what_an_analysis_is_about_is_checked(tmp_path: Path) -> None:
    path = data_rows(tmp_path, LINE)
    (tmp_path / "about.yaml").write_text("1.2: {treatment: yoga, colour: red}\n9.9: {}\n")
    code, text = command("import", "cochrane", str(path), "--out", str(tmp_path / "o"), "--about", str(tmp_path / "about.yaml"))
    assert code == 1
    assert "1.2.colour" in text
    assert "9.9" in text
    assert "about.yaml, 1.2.comparator" in text
    assert not (tmp_path / "o").exists()


def test_a_guess_is_shown_before_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    path.write_text("author,ai,n1i,ci,n2i\nSmith,3,30,5,30\n")
    code, text = command("import", "csv", str(path), "--out", str(tmp_path / "o"))
    assert code == 0
    assert "events_t: ai" in text
    assert not (tmp_path / "o").exists()
    code, text = command("import", "csv", str(path), "--guess", "--out", str(tmp_path / "o"))
    assert code == 0, text
    assert (tmp_path / "o/analyses.csv").exists()


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("study: author\nn_t: n1i\nn_t: n2i\n", "each name once (also in line 2)"),
        ("study: [author\n", "a YAML file"),
    ],
)
def test_a_mapping_that_is_not_sound_yaml_is_refused(tmp_path: Path, mapping: str, expected: str) -> None:
    path = tmp_path / "trials.csv"
    path.write_text("author,ai,n1i,ci,n2i\nSmith,3,30,5,30\n")
    (tmp_path / "map.yaml").write_text(mapping)
    code, text = command("import", "csv", str(path), "--map", str(tmp_path / "map.yaml"), "--out", str(tmp_path / "o"))
    assert code == 1
    assert "map.yaml" in text
    assert expected in text
    assert not (tmp_path / "o").exists()


def test_faults_end_with_exit_code_one_and_write_nothing(tmp_path: Path) -> None:
    path = data_rows(tmp_path, LINE.replace("10.5", "ten"))
    code, text = command("import", "cochrane", str(path), "--out", str(tmp_path / "o"))
    assert code == 1
    assert str(Fault("rows.csv", 2, "Experimental mean", "ten", "a number with a decimal point, or nothing")) in text
    assert not (tmp_path / "o").exists()


def test_numbers_that_yaml_shortens_are_asked_for_in_quotes() -> None:
    rows = [StudyRow(n, "", "", "S", n_t=10, mean_t=1, sd_t=1, n_c=10, mean_c=1, sd_c=1) for n in ("1.1", "1.10")]
    with pytest.raises(DataFaults, match="in quotes"):
        check_about(yaml.safe_load("1.10: {treatment: a}"), rows, "about.yaml")


def test_names_that_differ_are_trials_that_differ_in_any_alphabet() -> None:
    names = ["王 2010", "李 2010", "Müller 2010", "Muller 2010"]
    rows = [StudyRow("1", "", "", name, n_t=30, mean_t=4, sd_t=2, n_c=30, mean_c=5, sd_c=2) for name in names]
    about = {"1": {"treatment": "a", "comparator": "b", "outcome": "pain", "region": "neck", "chronicity": "acute"}}
    made = package_rows(rows, about, "review-x", columns_of("results"), "about.yaml")
    assert sorted(t["label"] for t in made.trials) == sorted(names)
    assert len({t["trial_id"] for t in made.trials}) == len({r["row_id"] for r in made.results}) == 4


def test_analyses_must_agree_about_a_trial() -> None:
    rows = [StudyRow(n, "", "", "Smith 2001", n_t=30, mean_t=4, sd_t=2, n_c=30, mean_c=5, sd_c=2) for n in "12"]
    entry = {"treatment": "a", "comparator": "b", "outcome": "pain", "region": "neck", "chronicity": "acute"}
    about = {"1": entry, "2": entry | {"chronicity": "chronic"}}
    made = package_rows(rows, about, "review-x", columns_of("results"), "about.yaml")
    assert (len(made.trials), [r["chronicity"] for r in made.results]) == (1, ["", "chronic"])  # results may say so
    with pytest.raises(DataFaults, match="one region in all analyses"):
        package_rows(rows, {"1": entry, "2": entry | {"region": "low back"}}, "review-x", columns_of("results"), "about.yaml")


def test_an_entered_effect_becomes_a_contrast_with_its_interval() -> None:
    row = StudyRow("1", "", "", "Smith 2001", given=math.log(0.5), given_se=0.2)
    about = {"1": {"treatment": "a", "comparator": "b", "outcome": "recovery", "measure": "HR"}}
    (made,) = trial_rows([row], about, "review-x", wide_columns())
    assert (made["format"], made["effect_measure"], made["effect"], made["year"]) == ("contrast", "HR", "0.5", "2001")
    ends = [float(made[c]) for c in ("effect_ci_low", "effect_ci_high")]
    assert ends == pytest.approx([0.5 * math.exp(-0.2 * 1.959964), 0.5 * math.exp(0.2 * 1.959964)], rel=1e-6)
