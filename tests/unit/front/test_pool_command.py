"""The command that pools a table, as people without Python use it."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from tables import MD, RATIO, M, R, each
from tables import table as rows_of_table

import evidence_synthesis as es
from evidence_synthesis.cli import main

TABLE = """author,year,ai,n1i,ci,n2i,setting
A,1990,4,50,9,52,one
B,1991,1,30,3,30,one
C,1994,0,20,0,22,other
D,1999,12,60,20,58,other
E,2003,5,40,NA,41,other
F,2005,6,44,8,47,one
"""


MEANS_IN_CELLS = "Study,Int mean (SD),Int N,Control mean (SD),Control N"
RATES = "study,events_t,person_years_t,events_c,person_years_c\nA,15,100.5,30,101\nB,8,60,14,58.2\n"
READ = {  # tables whose columns have none of metafor's names, and what rma of escalc makes of them (see tests/tables.py)
    "ratio in one cell": (each("Study,HR (95% CI)", R, lambda e, lo, hi: f"{e} ({lo} to {hi})"), RATIO),
    "ratio with limits": (rows_of_table("study,HR,ci_low,ci_high", R), RATIO),
    "means in one cell": (
        each(
            "Study,Int mean (SD),Int N,Control mean (SD),Control N",
            M,
            lambda n, m, s, k, m2, s2: f"{m} ({s}),{n},{m2} ({s2}),{k}",
        ),
        MD,
    ),
    "events in time": (
        "study,events_t,person_years_t,events_c,person_years_c\nA,15,100.5,30,101\nB,8,60,14,58.2\n",
        0.5193967455,
    ),
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "studies.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["pool", *map(str, arguments)])


def test_a_study_s_name_is_no_formula_in_a_workbook(tmp_path: Path) -> None:
    frame = pd.DataFrame({"study": ["=1+1", "#REF!"], "yi": [0.5, -1.25], "vi": [0.1, 0.2], "note": ["", None]})
    frame.to_csv(tmp_path / "s.csv", index=False)
    made = CliRunner().invoke(
        main, ["effect-sizes", str(tmp_path / "s.csv"), "--measure", "MD", "--out", str(tmp_path / "e.xlsx")]
    )
    assert made.exit_code == 0, made.output
    sheet = load_workbook(tmp_path / "e.xlsx").active
    header, *rows = sheet.iter_rows()
    at = {cell.value: i for i, cell in enumerate(header)}
    assert [(r[at["study"]].value, r[at["study"]].data_type) for r in rows] == [("=1+1", "s"), ("#REF!", "s")]
    assert [r[at["yi"]].value for r in rows] == [0.5, -1.25]


def test_it_prints_what_the_library_gives(table: Path, tmp_path: Path) -> None:
    made = run(table, "--measure", "OR", "--forest", tmp_path / "new/f.svg", "--out", tmp_path / "t.csv", "--methods")
    assert made.exit_code == 0, made.output
    ma = es.meta_analysis(pd.read_csv(table), measure="OR")
    assert ma.summary() in made.output
    assert "line 4, C: no event in either arm says nothing about a ratio" in made.output
    assert "line 6, E: missing: events_c" in made.output
    assert ma.methods_text() in made.output
    assert (tmp_path / "new/f.svg").read_bytes().startswith(b"<?xml")
    assert pd.read_csv(tmp_path / "t.csv")["yi"].tolist() == pytest.approx(ma.studies["yi"].tolist())


def test_questions_about_it(table: Path) -> None:
    made = run(table, "--subgroups", "setting", "--regress", "~ year")
    assert "Test for subgroup differences" in made.output
    assert "Meta-regression ~ year of 4 studies" in made.output


def test_further_questions_get_the_librarys_answers(table: Path, tmp_path: Path) -> None:
    asked = ["--leave-one-out", "--influence", "--cumulative", "year", "--bayes", "--predict", 1, "--gosh", tmp_path / "g.csv"]
    made = run(table, *asked)
    assert made.exit_code == 0, made.output
    ma = es.meta_analysis(pd.read_csv(table))
    for frame in (ma.leave_one_out(), ma.influence(), ma.cumulative("year"), ma.predict([1.0])):
        assert frame.to_string(float_format="%.4g") in made.output
    assert str(ma.bayes(thresholds=[1.0])) in made.output
    assert pd.read_csv(tmp_path / "g.csv")["estimate"].tolist() == pytest.approx(ma.gosh()["estimate"].tolist())


def test_effect_sizes_keep_the_file_and_give_reasons(table: Path, tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["effect-sizes", str(table), "--measure", "OR", "--out", str(tmp_path / "e.csv")])
    assert made.exit_code == 0, made.output
    found, ours = pd.read_csv(tmp_path / "e.csv"), es.effect_sizes(pd.read_csv(table), measure="OR")
    assert {"author", "setting", "yi", "vi", "steps", "reason"} <= set(found)
    assert found["yi"].tolist() == pytest.approx(ours["yi"].tolist(), nan_ok=True)
    assert "missing: events_c" in made.output


def test_a_network_of_arms(tmp_path: Path) -> None:
    arms = [("s1", "a", 60, 52, 20), ("s1", "b", 58, 44, 21), ("s2", "a", 40, 50, 18), ("s2", "c", 41, 47, 19)]
    arms += [("s3", "b", 70, 43, 20), ("s3", "c", 69, 49, 21)]
    frame = pd.DataFrame(arms, columns=["study", "arm", "n", "mean", "sd"])
    frame.to_csv(tmp_path / "arms.csv", index=False)
    asked = ["network", tmp_path / "arms.csv", "--measure", "SMD", "--treatment", "arm", "--out", tmp_path / "league.csv"]
    made = CliRunner().invoke(
        main, [*map(str, asked), "--reference", "a", "--splits", "--methods", "--forest", str(tmp_path / "n.svg")]
    )
    assert made.exit_code == 0, made.output
    ours = es.network(frame, measure="SMD", treatment="arm")
    assert repr(ours) in made.output
    assert ours.splits.to_string(float_format="%.4g") in made.output
    assert ours.methods_text() in made.output
    assert (tmp_path / "n.svg").stat().st_size > 5000
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "league.csv"), ours.league())
    refused = CliRunner().invoke(main, [*map(str, asked), "--reference", "z"])
    assert "known are a, b, c" in refused.output


def test_workbooks_and_other_column_names(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table).rename(columns={"ai": "ill", "n1i": "all"})
    frame.to_excel(tmp_path / "s.xlsx", index=False)
    made = run(tmp_path / "s.xlsx", "--column", "events_t=ill", "--column", "n_t=all", "--measure", "RR")
    assert es.meta_analysis(pd.read_csv(table), measure="RR").summary() in made.output


def test_many_analyses(table: Path, tmp_path: Path) -> None:
    made = run(table, "--by", "setting", "--out", tmp_path / "many.csv")
    assert made.exit_code == 0, made.output
    assert pd.read_csv(tmp_path / "many.csv", index_col="setting").loc["one", "studies"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--measure", "XX"], "unknown measure 'XX'; known are MD"),
        (["--layout", "bmj"], "are for --forest"),
        (["--forest", "x.svg", "--width", "180"], "such as 180mm"),
        (["--forest", "x.gif"], "known are .svg, .pdf, .png"),
        (["--column", "n_t"], "FIELD=COLUMN is expected"),
        (["--column", "n_t=nobody"], "unknown column for n_t 'nobody'"),
        (["--by", "setting", "--methods"], "plots and further questions are for one"),
        (["--subgroups", "colour"], "unknown column 'colour'"),
        (["--small-study"], "need 10 trials"),
    ],
)
def test_what_is_refused(table: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    made = run(table, "--out", tmp_path / "t.csv", *arguments)
    assert made.exit_code != 0
    assert words in made.output
    assert not (tmp_path / "t.csv").exists()


def test_a_word_among_numbers_is_named_with_its_line(table: Path) -> None:
    table.write_text(TABLE.replace("12,60", "twelve,60"), encoding="utf-8")
    made = run(table)
    assert made.exit_code == 1
    assert "ai: numbers or empty cells are expected; found 'twelve' in row 5" in made.output


@pytest.mark.parametrize("kind", READ)
def test_tables_without_known_names_are_read_as_an_import_reads_them(kind: str, tmp_path: Path) -> None:
    content, expected = READ[kind]
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    done = run(tmp_path / "t.csv", "--out", tmp_path / "o.csv")
    assert done.exit_code == 0, done.output
    assert "is read as import csv reads it" in done.output
    ma = es.meta_analysis(pd.read_csv(tmp_path / "o.csv")[["study", "yi", "vi"]])
    assert ma.estimate == pytest.approx(expected if kind == "means in one cell" else math.log(expected), rel=1e-6)


def test_a_total_below_the_studies_is_left_out(table: Path) -> None:
    alone = es.meta_analysis(pd.read_csv(table), measure="RR")
    with_total = pd.concat(
        [pd.read_csv(table), pd.DataFrame({"author": ["Total (95% CI)"], "ai": [28], "n1i": [244], "ci": [50], "n2i": [250]})]
    )
    ma = es.meta_analysis(with_total.reset_index(drop=True), measure="RR")
    assert (ma.k, ma.estimate) == (alone.k, alone.estimate)
    assert "a total, no study" in list(ma.excluded["reason"])
