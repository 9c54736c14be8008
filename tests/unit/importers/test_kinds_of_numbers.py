"""Numbers in other forms: variances, quartile ranges, several in a cell, points of time, person-time, bounds of p, groups alone.

Expected values are those of metafor 3.8: ``rma`` (REML) of ``escalc`` of the same numbers; SDs of quartile ranges by Wan 2014.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evidence_synthesis.cli import main

RISK = 0.7153103662  # 12 of 30 and 8 of 40 against 15 of 31 and 14 of 39
CELLS = -5.4384399419
VARIANCE, WIDTH = -2.9698105945, -2.8820190676
RATE, RATE_WITHOUT = 0.5193967455, 0.18644213068  # the second where the second study has no event in one arm
END, CHANGE = -6.5462528943, -6.4834261613

VARIANCES = "A,40,12,6.25,41,14,7.29\nB,30,11,5.76,32,15,8.41\n"
WIDTHS = "A,40,12,6,41,14,7\nB,30,11,5,32,15,8\n"
EVENTS = "A,12,30,15,31\nB,8,40,14,39\n"
TIMES = "A,15,100.5,30,101\nB,8,60,14,58.2\n"
PEOPLE_AND_TIMES = "A,15,60,100.5,30,61,101\nB,8,40,60,14,41,58.2\n"
POINTS = "A,40,60,12,45,13,41,61,11,52,12\nB,30,58,10,44,11,32,57,12,50,13\n"


def imported(tmp_path: Path, content: str, *options: str) -> Result:
    path = tmp_path / "table.csv"
    path.write_text(content, encoding="utf-8")
    return CliRunner().invoke(main, ["import", "csv", str(path), "--guess", "--out", str(tmp_path / "out"), *options])


def pooled(tmp_path: Path, content: str, *options: str) -> tuple[str, float]:
    """Measure and estimate of the only analysis."""
    done = imported(tmp_path, content, *options)
    assert done.exit_code == 0, done.output
    with (tmp_path / "out/analyses.csv").open(encoding="utf-8") as stream:
        [row] = csv.DictReader(stream)
    return row["measure"], float(row["estimate"])


@pytest.mark.parametrize("name", ["var", "variance", "SD^2", "sd2", "Var.", "s2", "SD²", "sd squared", "SD**2"])
def test_variances_of_arms(name: str, tmp_path: Path) -> None:
    header = f"study,n_t,mean_t,{name}_t,n_c,mean_c,{name}_c\n"
    assert pooled(tmp_path, header + VARIANCES) == ("MD", pytest.approx(VARIANCE, rel=1e-6))


@pytest.mark.parametrize(
    "content",
    [
        "Study,Exp N,Exp Mean,Exp Variance,Ctrl N,Ctrl Mean,Ctrl Variance\n" + VARIANCES,
        "study,n1,m1,v1,n2,m2,v2\n" + VARIANCES,
        "study,arm,n,mean,variance\nA,drug,40,12,6.25\nA,placebo,41,14,7.29\nB,drug,30,11,5.76\nB,placebo,32,15,8.41\n",
        "study,treat1,n1,mean1,var1,treat2,n2,mean2,var2\nA,drug,40,12,6.25,placebo,41,14,7.29\n"
        "B,drug,30,11,5.76,placebo,32,15,8.41\n",
    ],
)
def test_variances_in_every_shape(content: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, content) == ("MD", pytest.approx(VARIANCE, rel=1e-6))


def test_sd2_is_the_sd_of_arm_2_and_a_variance_below_zero_costs_its_row(tmp_path: Path) -> None:
    rows = "A,12,14,2.5,2.7,40,41\nB,11,15,2.4,2.9,30,32\n"
    assert pooled(tmp_path, "study,mean1,mean2,sd1,sd2,n1,n2\n" + rows)[1] == pytest.approx(VARIANCE, rel=1e-6)
    done = imported(tmp_path, "study,n_t,mean_t,var_t,n_c,mean_c,var_c\n" + VARIANCES + "C,30,11,-4,30,12,4\n")
    assert "found '-4', expected a variance, not below zero" in done.output


@pytest.mark.parametrize(
    "content",
    [
        "study,n_t,median_t,iqr_t,n_c,median_c,iqr_c\n" + WIDTHS,
        "Study,Intervention N,Intervention median,Intervention IQR,Control N,Control median,Control IQR\n" + WIDTHS,
        "Study,n_t,median_t,interquartile range t,n_c,median_c,interquartile range c\n" + WIDTHS,
        "Study,n1,Median (IQR) 1,n2,Median (IQR) 2\nA,40,12 (6),41,14 (7)\nB,30,11 (5),32,15 (8)\n",
        "study,arm,n,median,iqr\nA,drug,40,12,6\nA,placebo,41,14,7\nB,drug,30,11,5\nB,placebo,32,15,8\n",
        "study,n_t,mean_t,iqr_t,n_c,mean_c,iqr_c\n" + WIDTHS,
    ],
)
def test_quartile_ranges_of_one_number(content: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, content) == ("MD", pytest.approx(WIDTH, rel=1e-6))
    assert "the two sides of the range are not told apart" in imported(tmp_path, content).output or "mean_t" in content


def test_quartiles_and_ranges_with_both_ends_in_a_cell(tmp_path: Path) -> None:
    quartiles = "Study,n_t,median_t,{0} t,n_c,median_c,{0} c\nA,40,12,9–15,41,14,10–17\nB,30,11,8–14,32,15,11–19\n"
    apart = "Study,n_t,median_t,q1_t,q3_t,n_c,median_c,q1_c,q3_c\nA,40,12,9,15,41,14,10,17\nB,30,11,8,14,32,15,11,19\n"
    for name in ("IQR", "Q1-Q3", "quartiles"):
        assert pooled(tmp_path, quartiles.format(name)) == pooled(tmp_path, apart)
    ranges = "Study,n_t,median_t,range_t,n_c,median_c,range_c\nA,40,12,5-25,41,14,4-29\nB,30,11,6-22,32,15,5-30\n"
    ends = "Study,n_t,median_t,min_t,max_t,n_c,median_c,min_c,max_c\nA,40,12,5,25,41,14,4,29\nB,30,11,6,22,32,15,5,30\n"
    assert pooled(tmp_path, ranges) == pooled(tmp_path, ends)


@pytest.mark.parametrize(
    "cell",
    [
        '"{} ({}), n={}"',
        "{} ± {} [{}]",
        "{} ({}) n={}",
        "{} ({}) [n = {}]",
        "{} ± {}; n={}",
        '"{} (SD {}, N = {})"',
        "{} +/- {} ({})",
        "{2}: {0} ({1})",
        '"n={2}, {0} ± {1}"',
    ],
)
@pytest.mark.parametrize("arms", [("Intervention", "Control"), ("Exercise", "Usual care"), ("T group", "C group")])
def test_mean_sd_and_people_in_one_cell(cell: str, arms: tuple[str, str], tmp_path: Path) -> None:
    rows = (("A", ("45.2", "12.1", "30"), ("50.1", "11.9", "31")), ("B", ("44", "10.3", "40"), ("49.8", "12", "39")))
    lines = [",".join([study, cell.format(*t), cell.format(*c)]) for study, t, c in rows]
    assert pooled(tmp_path, "\n".join(["Study," + ",".join(arms), *lines])) == ("MD", pytest.approx(CELLS, rel=1e-6))


@pytest.mark.parametrize(
    "content",
    [
        "Study,Exercise mean (SD) n,Usual care mean (SD) n\nA,45.2 (12.1) 30,50.1 (11.9) 31\nB,44 (10.3) 40,49.8 (12) 39\n",
        "Study;Drug;Placebo\nA;45,2 (12,1), n=30;50,1 (11,9), n=31\nB;44,0 (10,3), n=40;49,8 (12,0), n=39\n",
        'study,arm,"mean (SD), n"\nA,drug,"45.2 (12.1), 30"\nA,placebo,"50.1 (11.9), 31"\nB,drug,"44 (10.3), 40"\n'
        'B,placebo,"49.8 (12), 39"\n',
        "Study,n_t,Mean ± SD t,n_c,Mean ± SD c\nA,30,45.2±12.1,31,50.1±11.9\nB,40,44.0±10.3,39,49.8±12.0\n",
    ],
)
def test_packed_means_where_the_name_says_what_they_are(content: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, content) == ("MD", pytest.approx(CELLS, rel=1e-6))


@pytest.mark.parametrize("cell", ["{}/{}", "{} of {}", "{} out of {}", "{0}/{1} (40%)", "{0} of {1} (40.1%)", "{0} (40%) of {1}"])
@pytest.mark.parametrize("arms", [("Drug", "Placebo"), ("Drug events", "Placebo events"), ("Treated (n/N)", "Untreated (n/N)")])
def test_events_and_people_in_one_cell(cell: str, arms: tuple[str, str], tmp_path: Path) -> None:
    lines = [f"A,{cell.format(12, 30)},{cell.format(15, 31)}", f"B,{cell.format(8, 40)},{cell.format(14, 39)}"]
    assert pooled(tmp_path, "\n".join(["Study," + ",".join(arms), *lines])) == ("RR", pytest.approx(RISK, rel=1e-6))


@pytest.mark.parametrize(
    "header",
    [
        "study,n_t,T0_mean_t,T0_sd_t,T1_mean_t,T1_sd_t,n_c,T0_mean_c,T0_sd_c,T1_mean_c,T1_sd_c",
        "study,n exp,mean T0 exp,SD T0 exp,mean T1 exp,SD T1 exp,n con,mean T0 con,SD T0 con,mean T1 con,SD T1 con",
        "study,n_t,mean_t_0,sd_t_0,mean_t_1,sd_t_1,n_c,mean_c_0,sd_c_0,mean_c_1,sd_c_1",
        "study,n_t,mean_t_week0,sd_t_week0,mean_t_week12,sd_t_week12,n_c,mean_c_week0,sd_c_week0,mean_c_week12,sd_c_week12",
        "study,n_t,admission mean t,admission sd t,discharge mean t,discharge sd t,n_c,admission mean c,admission sd c,"
        "discharge mean c,discharge sd c",
        "study,n1,pre_mean1,pre_sd1,post_mean1,post_sd1,n2,pre_mean2,pre_sd2,post_mean2,post_sd2",
    ],
)
def test_the_end_is_taken_before_the_beginning_and_said(header: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, f"{header}\n{POINTS}") == ("MD", pytest.approx(END, rel=1e-6))
    assert "the values at the end" in imported(tmp_path, f"{header}\n{POINTS}").output


@pytest.mark.parametrize(
    "content",
    [
        "study,arm,n,mean_T0,sd_T0,mean_T1,sd_T1\nA,drug,40,60,12,45,13\nA,placebo,41,61,11,52,12\nB,drug,30,58,10,44,11\n"
        "B,placebo,32,57,12,50,13\n",
        "study,time,n_t,mean_t,sd_t,n_c,mean_c,sd_c\nA,baseline,40,60,12,41,61,11\nA,end,40,45,13,41,52,12\n"
        "B,T0,30,58,10,32,57,12\nB,end,30,44,11,32,50,13\n",
    ],
)
def test_the_end_is_taken_in_tables_of_other_shapes(content: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, content) == ("MD", pytest.approx(END, rel=1e-6))


def test_changes_are_taken_where_there_is_no_end_and_enter_a_package_as_such(tmp_path: Path) -> None:
    header = "study,n_t,baseline_mean_t,baseline_sd_t,change_mean_t,change_sd_t,n_c,baseline_mean_c,baseline_sd_c,change_mean_c,"
    content = header + "change_sd_c\nA,40,60,12,-15,10,41,61,11,-9,11\nB,30,58,10,-14,9,32,57,12,-7,10\n"
    assert pooled(tmp_path, content) == ("MD", pytest.approx(CHANGE, rel=1e-6))
    done = imported(tmp_path, content)
    assert "value_kind: change" in done.output
    assert "the changes (change_mean_t, change_mean_c) are taken" in done.output


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("study,n_t,pre_mean_t,pre_sd_t,n_c,pre_mean_c,pre_sd_c\n" + VARIANCES, "values at the beginning only"),
        (
            "study,n_t,T0_mean_t,T1_mean_t,T1_sd_t,T2_mean_t,T2_sd_t,n_c,T0_mean_c,T1_mean_c,T1_sd_c,T2_mean_c,T2_sd_c\n"
            "A,40,60,45,13,40,12,41,61,52,12,50,12\n",
            "one outcome of T1, T2: say which with --outcome",
        ),
        ("study,events,n\nA,12,30\nB,8,40\n", "pool FILE --measure PLO"),
        ("study,n,mean,sd\nA,30,12,3\nB,40,13,4\n", "pool FILE --measure MN"),
        ("study,n,prevalence (%)\nA,30,40\nB,40,20\n", "each row here is one group of people"),
        ("study,r,n\nA,0.3,30\nB,0.4,40\n", "these are correlations"),
        ("study,TP,FP,FN,TN\nA,30,4,5,60\nB,20,3,4,50\n", "diagnostic accuracy"),
        ("study,n_t,mean_t,n_c,mean_c\nA,40,12,41,14\n", "a spread of each arm beside its mean"),
        ("study,events_t,rate_t,events_c,rate_c\nA,15,0.15,30,0.3\n", "the people of each arm beside its events"),
        ("study,MD,t,n_t,n_c\nA,-2.1,-3.4,30,31\n", "an effect divided by t or z is its standard error"),
        ("study,stroke_t,bleeding_t,n_t,stroke_c,bleeding_c,n_c\nA,12,3,30,15,4,31\n", "one outcome of stroke, bleeding"),
        ("study,a_events,a_n,b_events,b_n\n" + EVENTS, "say with --reference which of A, B"),
        ("study,mean_x,sd_x,n_x,mean_y,sd_y,n_y\nA,1,2,30,2,2,30\n", "say with --reference which of X, Y"),
        (
            "study,treatment,n,diff,se\nA,CBT,20,-4,1\nA,placebo,20,-2,1\nB,CBT,30,-5,1\nB,placebo,30,-1,1\n",
            "'treatment' names controls, too",
        ),
    ],
)
def test_what_gives_no_effect_is_refused_with_what_to_do(content: str, wanted: str, tmp_path: Path) -> None:
    done = imported(tmp_path, content)
    assert done.exit_code == 1
    assert wanted in done.output


@pytest.mark.parametrize(
    "header",
    [
        "study,a_events,a_n,b_events,b_n",
        "study,events_A,n_A,events_B,n_B",
        "study,eventsA,nA,eventsB,nB",
        "study,A events,A total,B events,B total",
        "study,Group A events,Group A n,Group B events,Group B n",
        "study,x events,x total,y events,y total",
    ],
)
def test_groups_by_letters_are_compared_as_a_person_says(header: str, tmp_path: Path) -> None:
    letter = "y" if "x events" in header else "B"
    assert pooled(tmp_path, f"{header}\n{EVENTS}", "--reference", letter) == ("RR", pytest.approx(RISK, rel=1e-6))
    other = "x" if letter == "y" else "A"
    assert pooled(tmp_path, f"{header}\n{EVENTS}", "--reference", other)[1] == pytest.approx(1 / RISK, rel=1e-6)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("study,group1_events,group1_n,group2_events,group2_n\n" + EVENTS, "group 1 is taken for the treatment"),
        ("study,Group I events,Group I n,Group II events,Group II n\n" + EVENTS, "group 1 is taken for the treatment"),
        ("study,1_events,1_n,2_events,2_n\n" + EVENTS, ""),
        (
            "study,treatment_a,treatment_b,a_events,a_n,b_events,b_n\nA,drug,placebo,12,30,15,31\nB,drug,placebo,8,40,14,39\n",
            "the arm 'placebo' is taken for the comparator",
        ),
        (
            "study,arm_a,arm_b,events_a,n_a,events_b,n_b\nA,placebo,drug,15,31,12,30\nB,placebo,drug,14,39,8,40\n",
            "the arm 'placebo' is taken for the comparator",
        ),
    ],
)
def test_groups_by_numbers_and_by_names_in_other_columns(content: str, says: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, content) == ("RR", pytest.approx(RISK, rel=1e-6))
    assert says in imported(tmp_path, content).output


@pytest.mark.parametrize(
    "content",
    [
        "study,arm,stroke,total\nA,drug,12,30\nA,placebo,15,31\nB,drug,8,40\nB,placebo,14,39\n",
        "study,stroke_t,n_t,stroke_c,n_c\n" + EVENTS,
        "Study,Drug bleeding,Drug N,Placebo bleeding,Placebo N\n" + EVENTS,
        "study,dead_drug,alive_drug,dead_placebo,alive_placebo\nA,12,18,15,16\nB,8,32,14,25\n",
    ],
)
def test_events_by_the_name_of_the_outcome(content: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, content) == ("RR", pytest.approx(RISK, rel=1e-6))


@pytest.mark.parametrize(
    "content",
    [
        "study,events_t,person_years_t,events_c,person_years_c\n" + TIMES,
        "study,x1i,t1i,x2i,t2i\n" + TIMES,
        "study,event.e,time.e,event.c,time.c\n" + TIMES,
        "Study,Events exp,PY exp,Events ctrl,PY ctrl\n" + TIMES,
        "study,cases_t,pyrs_t,cases_c,pyrs_c\n" + TIMES,
        "study,Treated events,Treated patient-years,Placebo events,Placebo patient-years\n" + TIMES,
        "study,events_t,patient_months_t,events_c,patient_months_c\n" + TIMES,
        "Study,Exacerbations drug,Person-years drug,Exacerbations placebo,Person-years placebo\n" + TIMES,
        "study,Vaccine,Placebo\nA,15/100.5 PY,30/101 PY\nB,8/60 PY,14/58.2 PY\n",
        "study,arm,events,person-years\nA,drug,15,100.5\nA,placebo,30,101\nB,drug,8,60\nB,placebo,14,58.2\n",
        "study,events_t,n_t,person_years_t,events_c,n_c,person_years_c\n" + PEOPLE_AND_TIMES,
    ],
)
def test_events_in_person_time_give_the_rate_ratio(content: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, content) == ("IRR", pytest.approx(RATE, rel=1e-6))


def test_rate_ratios_enter_a_package_as_such_and_marked_where_a_person_says_as_another(tmp_path: Path) -> None:
    about = tmp_path / "about.yaml"
    entry = "treatment: drug, comparator: placebo, outcome: other, region: low back, chronicity: chronic, higher_is_worse: 'yes'"
    content = "study,events_t,person_years_t,events_c,person_years_c\n" + TIMES
    about.write_text(f"'1': {{{entry}, weeks: 12}}\n")
    for more, measure, flags in (("", "IRR", ""), (", measure: RR", "RR", "printed_as_irr")):
        about.write_text(f"'1': {{{entry}, weeks: 12{more}}}\n")
        done = imported(tmp_path, content, "--about", str(about), "--package", "data")
        assert done.exit_code == 0, done.output
        with (tmp_path / "out/results/drug.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert {(r["effect_measure"], r["flags"], r["format"]) for r in rows} == {(measure, flags, "contrast")}
        assert float(rows[0]["effect"]) == pytest.approx(15 / 100.5 / (30 / 101), rel=1e-9)


def test_widths_and_changes_enter_a_package_marked(tmp_path: Path) -> None:
    about = tmp_path / "about.yaml"
    entry = "treatment: drug, comparator: placebo, outcome: other, region: low back, chronicity: chronic, higher_is_worse: 'yes'"
    about.write_text(f"'1': {{{entry}, weeks: 12}}\n")
    widths = "study,n_t,median_t,iqr_t,n_c,median_c,iqr_c\n" + WIDTHS
    changes = "study,n_t,change_mean_t,change_sd_t,n_c,change_mean_c,change_sd_c\nA,40,-15,10,41,-9,11\n"
    for content, flags, kind in ((widths, "sd_from_iqr_width", "final"), (changes, "", "change")):
        done = imported(tmp_path, content, "--about", str(about), "--package", "data")
        assert done.exit_code == 0, done.output
        with (tmp_path / "out/results/drug.csv").open(encoding="utf-8") as stream:
            row = next(csv.DictReader(stream))
        assert (row["format"], row["flags"], row["value_kind"]) == ("arm_means", flags, kind)
    done = imported(tmp_path, "study,n_t,mean_t,n_c,mean_c,p\nA,40,-15,41,-9,0.03\n", "--about", str(about), "--package", "data")
    assert done.exit_code == 0, done.output
    with (tmp_path / "out/results/drug.csv").open(encoding="utf-8") as stream:
        row = next(csv.DictReader(stream))
    told = (row["format"], row["flags"], row["effect_measure"], float(row["effect"]), float(row["effect_p"]))
    assert told == ("contrast", "means_without_spread", "MD", -6.0, 0.03)


def test_no_event_in_person_time_on_one_side_and_on_both(tmp_path: Path) -> None:
    header = "study,events_t,person_years_t,events_c,person_years_c\n"
    content = header + "A,15,100.5,30,101\nB,0,60,14,58.2\nC,0,20,0,21\n"
    assert pooled(tmp_path, content) == ("IRR", pytest.approx(RATE_WITHOUT, rel=1e-6))
    assert "no event in either arm says nothing about a ratio" in imported(tmp_path, content).output
    assert "person-time above zero" in imported(tmp_path, content.replace("60", "0")).output


def test_p_is_read_as_printed_and_a_bound_of_p_leaves_its_row_out_with_the_reason(tmp_path: Path) -> None:
    """A single effect is its own: log 0.7 with p 0.03, whose quantile is 2.170090 (Handbook 6.3.2)."""
    for p in ("0.03", "p=0.03", "P = .03", "p-value: 0.03", "=0.03"):
        content = f"study,OR,P value\nA,0.6,<0.001\nB,0.7,{p}\nC,0.9,NS\nD,0.8,> 0.05\nE,0.8,n.s.\n"
        assert pooled(tmp_path, content) == ("OR", pytest.approx(0.7))
        output = imported(tmp_path, content).output
        assert output.count("a bound of p gives no standard error") == 4
        assert output.count("the bound itself errs on the safe side") == 1
    with (tmp_path / "out/studies.csv").open(encoding="utf-8") as stream:
        [effect] = [row for row in csv.DictReader(stream) if row["yi"]]
    assert float(effect["vi"]) ** 0.5 == pytest.approx(0.356674944 / 2.170090378, rel=1e-6)


def test_a_bound_of_p_beside_an_interval_is_no_fault(tmp_path: Path) -> None:
    content = "study,HR,95% CI,p\nA,0.6,0.4 to 0.9,0.01\nB,0.7,0.5 to 1.0,<0.05\n"
    assert "a bound of p" not in imported(tmp_path, content).output


def test_the_logarithm_of_a_printed_ratio_has_its_measure(tmp_path: Path) -> None:
    content = "study,or,or.lb,or.ub,yi,vi\nA,1.18,0.9,1.54,0.1655,0.0188\nB,1.52,0.88,2.63,0.4187,0.0779\n"
    assert pooled(tmp_path, content)[0] == "OR"
    assert "'yi' is the logarithm of 'or'" in imported(tmp_path, content).output


def test_letters_of_arms_before_a_number_are_no_events(tmp_path: Path) -> None:
    """metafor's dat.fine1993: e1i and c1i are survivors at one of four times, not events of groups 1 and 2."""
    content = "study,nei,nci,e1i,c1i,e2i,c2i\n1,19,22,16,20,11,12\n2,34,35,22,22,18,12\n"
    done = imported(tmp_path, content)
    assert done.exit_code == 1
    assert "one outcome" in done.output


def test_a_column_that_would_tell_doubled_rows_apart_is_named(tmp_path: Path) -> None:
    content = "study,dose,ai,n1i,ci,n2i\nA,low,5,40,9,42\nA,high,3,30,7,31\nB,low,5,40,9,42\nB,high,3,30,7,31\n"
    assert "'dose' would tell their rows apart" in imported(tmp_path, content).output


def test_arms_of_one_name_in_a_study_are_not_compared(tmp_path: Path) -> None:
    content = (
        "study,trt,xi,ni\nA,drug,5,40\nA,placebo,9,42\nA,placebo,8,41\nB,drug,3,30\nB,other,7,31\nC,drug,3,30\nC,other,7,31\n"
    )
    done = imported(tmp_path, content)
    assert "A has several arms called placebo" in done.output
    assert "placebo vs placebo" not in (tmp_path / "out/analyses.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "header",
    [
        "study,evt,nt,evc,nc",
        "Study,Surgery events,Surgery n,No surgery events,No surgery n",
        "Badanie,Zdarzenia leczenie,Liczba leczenie,Zdarzenia kontrola,Liczba kontrola",
        "Çalışma,Olay tedavi,n tedavi,Olay kontrol,n kontrol",
        "Studie,Händelser behandling,N behandling,Händelser kontroll,N kontroll",
        "Studie,Gebeurtenissen interventie,Aantal interventie,Gebeurtenissen controle,Aantal controle",
        "Исследование,События опыт,Всего опыт,События контроль,Всего контроль",
        "study,number of events intervention,number of participants intervention,number of events control,"
        "number of participants control",
    ],
)
def test_further_names_of_two_groups(header: str, tmp_path: Path) -> None:
    assert pooled(tmp_path, f"{header}\n{EVENTS}") == ("RR", pytest.approx(RISK, rel=1e-6))


def test_words_of_other_alphabets_that_are_not_known_are_two_outcomes(tmp_path: Path) -> None:
    content = "研究,试验组甲事件,试验组总数,对照组甲事件,对照组总数,试验组乙事件,对照组乙事件\n王 2015,5,40,9,42,6,8\n"
    done = imported(tmp_path, content)
    assert done.exit_code == 1
    assert "one outcome of 甲, 乙: say which with --outcome" in done.output
    assert pooled(tmp_path, content, "--outcome", "乙")[0] == "RR"


def test_separators_at_the_ends_of_lines_are_no_first_column(tmp_path: Path) -> None:
    content = "study;n_t;mean_t;sd_t;n_c;mean_c;sd_c\nA;40;12;2,5;41;14;2,7;\nB;30;11;2,4;32;15;2,9;\n"
    assert pooled(tmp_path, content) == ("MD", pytest.approx(VARIANCE, rel=1e-6))


def test_both_limits_of_the_mean_of_an_arm_in_one_cell(tmp_path: Path) -> None:
    apart = "study,n_t,mean_t,ci_low_t,ci_high_t,n_c,mean_c,ci_low_c,ci_high_c\nA,40,5.2,4.9,5.5,42,6.0,5.6,6.4\n"
    apart += "B,30,4.8,4.4,5.2,31,5.9,5.5,6.3\n"
    for name, to in (("ci", "-"), ("95% CI ", " to "), ("interval", "; ")):
        content = f"study,n_t,mean_t,{name}_t,n_c,mean_c,{name}_c\nA,40,5.2,4.9{to}5.5,42,6.0,5.6{to}6.4\n"
        assert pooled(tmp_path, content + f"B,30,4.8,4.4{to}5.2,31,5.9,5.5{to}6.3\n") == pooled(tmp_path, apart)


@pytest.mark.parametrize(
    "content",
    [
        "study,stroke_t,bleeding_t,n_t,stroke_c,bleeding_c,n_c\nA,12,3,30,15,4,31\nB,8,2,40,14,3,39\n",
        "study,arm,stroke,bleeding,total\nA,drug,12,3,30\nA,placebo,15,4,31\nB,drug,8,2,40\nB,placebo,14,3,39\n",
        "study,n_t,stroke_events_t,bleeding_events_t,n_c,stroke_events_c,bleeding_events_c\nA,30,12,3,31,15,4\nB,40,8,2,39,14,3\n",
        "study,arm,n,stroke events,bleeding events\nA,drug,30,12,3\nA,placebo,31,15,4\nB,drug,40,8,2\nB,placebo,39,14,3\n",
    ],
)
def test_the_outcome_that_a_person_says(content: str, tmp_path: Path) -> None:
    assert imported(tmp_path, content).exit_code == 1
    assert "one outcome of stroke, bleeding" in imported(tmp_path, content, "--outcome", "death").output
    assert pooled(tmp_path, content, "--outcome", "Stroke") == ("RR", pytest.approx(RISK, rel=1e-6))
    assert pooled(tmp_path, content, "--outcome", "bleeding")[1] == pytest.approx(0.7225854418, rel=1e-6)  # metafor


def test_an_outcome_that_a_table_of_one_has_not_is_refused(tmp_path: Path) -> None:
    done = imported(tmp_path, "study,events_t,n_t,events_c,n_c\nA,12,30,15,31\n", "--outcome", "death")
    assert done.exit_code == 1
    assert "no column that would be read has this name" in done.output


def test_the_point_of_time_that_a_person_says(tmp_path: Path) -> None:
    arms = [f"n_{s}," + ",".join(f"T{n}_{q}_{s}" for n in range(3) for q in ("mean", "sd")) for s in "tc"]
    content = (
        f"study,{','.join(arms)}\nA,40,60,12,45,13,40,12,41,61,11,52,12,50,12\nB,30,58,10,44,11,41,10,32,57,12,50,13,48,11\n"
    )
    assert pooled(tmp_path, content, "--outcome", "T1") == ("MD", pytest.approx(END, rel=1e-6))


def test_yes_and_no_are_people_with_and_without_the_event(tmp_path: Path) -> None:
    content = "Study,Yes (T),No (T),Yes (C),No (C)\nA,12,18,15,16\nB,8,32,14,25\n"
    assert pooled(tmp_path, content) == ("RR", pytest.approx(RISK, rel=1e-6))


def test_differences_from_the_first_arm_of_a_study_are_pairs(tmp_path: Path) -> None:
    """The layout of gemtc's data.re: the row without a difference is the arm that the others are compared with."""
    content = "study,treatment,diff,std.err\n1,A,NA,0.2\n1,B,-0.5,0.3\n2,A,NA,0.2\n2,B,-0.3,0.25\n3,B,NA,0.2\n3,C,0.1,0.3\n"
    done = imported(tmp_path, content)
    assert "rows without 'diff' are the arms" in done.output
    with (tmp_path / "out/analyses.csv").open(encoding="utf-8") as stream:
        found = {row["analysis"]: (row["studies"], row["estimate"]) for row in csv.DictReader(stream)}
    assert {name: studies for name, (studies, _) in found.items()} == {"B vs A": "2", "B vs C": "1"}
    weights = [1 / 0.3**2, 1 / 0.25**2]
    assert float(found["B vs A"][1]) == pytest.approx(-(0.5 * weights[0] + 0.3 * weights[1]) / sum(weights), rel=1e-6)
    assert float(found["B vs C"][1]) == pytest.approx(-0.1)


@pytest.mark.parametrize(
    "content",
    [
        "study,n_t,age_t,n_c,age_c\nA,40,35,41,36\nB,50,40,52,41\n",
        "study,n_t,female_t,n_c,female_c\nA,40,20,41,21\nB,50,25,52,26\n",
        "study,arm,n,age\nA,drug,40,35\nA,placebo,41,36\nB,drug,50,40\nB,placebo,52,41\n",
    ],
)
def test_what_describes_people_is_no_outcome(content: str, tmp_path: Path) -> None:
    assert imported(tmp_path, content).exit_code == 1


def test_a_printed_effect_comes_before_columns_of_unknown_names(tmp_path: Path) -> None:
    content = "study,n_t,dropouts_t,n_c,dropouts_c,MD,lower,upper\nA,40,5,41,6,-2,-3,-1\nB,50,4,52,7,-1,-2.5,0.5\n"
    assert pooled(tmp_path, content)[0] == "MD"


def test_a_time_of_each_person_is_no_person_time(tmp_path: Path) -> None:
    content = "study,events_t,n_t,time_t,events_c,n_c,time_c\nA,12,30,1.5,15,31,1.4\nB,8,40,2,14,39,2.1\n"
    assert pooled(tmp_path, content) == ("RR", pytest.approx(RISK, rel=1e-6))


def test_limits_of_small_groups_are_those_of_t_as_in_a_run(tmp_path: Path) -> None:
    """12 and 13 people: t of 23 degrees of freedom is 2.068658 (Handbook 6.5.2.3); of 60 and more in each arm 1.959964."""
    content = "study,n_t,n_c,MD,lower,upper\nA,12,13,-5,-9,-1\nB,80,90,-3,-8,2\n"
    pooled(tmp_path, content)
    with (tmp_path / "out/studies.csv").open(encoding="utf-8") as stream:
        variances = [float(row["vi"]) for row in csv.DictReader(stream)]
    assert variances == pytest.approx([(8 / 2 / 2.0686576) ** 2, (10 / 2 / 1.959964) ** 2], rel=1e-6)
    ratio = "study,n_t,n_c,HR,lower,upper\nA,12,13,0.5,0.3,0.9\n"
    pooled(tmp_path, ratio)
    with (tmp_path / "out/studies.csv").open(encoding="utf-8") as stream:
        [row] = csv.DictReader(stream)
    assert float(row["vi"]) == pytest.approx((math.log(3) / 2 / 1.959964) ** 2, rel=1e-6)


def test_log_rank_statistics_enter_a_package_as_ratios(tmp_path: Path) -> None:
    """Handbook 10.4.2: log HR = (O - E) / V with the standard error 1 / sqrt(V)."""
    about = tmp_path / "about.yaml"
    entry = "treatment: drug, comparator: placebo, outcome: other, region: low back, chronicity: chronic, higher_is_worse: 'yes'"
    about.write_text(f"'1': {{{entry}, weeks: 12, measure: HR}}\n")
    done = imported(tmp_path, "study,O-E,V\nA,-5.2,10.1\nB,-2.2,8.3\n", "--about", str(about), "--package", "data")
    assert done.exit_code == 0, done.output
    with (tmp_path / "out/results/drug.csv").open(encoding="utf-8") as stream:
        row = next(csv.DictReader(stream))
    assert float(row["effect"]) == pytest.approx(math.exp(-5.2 / 10.1), rel=1e-9)
    assert float(row["effect_se"]) == pytest.approx(10.1**-0.5, rel=1e-9)
    assert float(row["effect_ci_high"]) == pytest.approx(math.exp(-5.2 / 10.1 + 1.959963985 * 10.1**-0.5), rel=1e-8)
