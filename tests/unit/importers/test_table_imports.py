"""Tables as people keep them: columns found by their names, shapes, printed effects, what is no study, and what is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from conftest import read_csv

from evidence_synthesis.cli import main
from evidence_synthesis.importers import review, tabular
from evidence_synthesis.importers.comparators import CONTROL_ARM
from evidence_synthesis.importers.guess import NothingFits
from evidence_synthesis.importers.identity import slug, told_apart, trial_ids
from evidence_synthesis.importers.mapping import ColumnMap, mapping_of, skeleton
from evidence_synthesis.importers.names import meaning_of
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.importers.shapes import rows_of, turned


def read(folder: Path, text: str, reference: str = "") -> tuple[ColumnMap, list[StudyRow], list[str]]:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    table = tabular.read_table(path)
    mapping = tabular.mapped(table, None, "", reference)
    notes = list(mapping.notes)
    return mapping, rows_of(table.rows, mapping, path.name, notes, table.decimal_comma), notes


def pooled(rows: list[StudyRow]) -> dict[str, tuple[float, float, float]]:
    analyses = review.analysis_rows(review.bring_in(rows))
    return {str(a["analysis"]): tuple(float(str(a[c])) for c in ("estimate", "ci_low", "ci_high")) for a in analyses}  # type: ignore[misc]


EVENTS = {"events_t": 5, "n_t": 40, "events_c": 9, "n_c": 42}
MEANS = {"n_t": 40, "mean_t": 5, "sd_t": 1, "n_c": 42, "mean_c": 6, "sd_c": 1.2}


@pytest.mark.parametrize(
    "header",
    [
        "Study,Intervention_Events,Intervention_Total,Control_Events,Control_Total",
        "author,events_treatment,total_treatment,events_control,total_control",
        "Authors,Ee,Ne,Ec,Nc",
        "Study ID,event.e,n.e,event.c,n.c",
        "trial,exp_events,exp_n,ctrl_events,ctrl_n",
        "First author,IG_cases,IG_n,CG_cases,CG_n",
        "studlab,eT,nT,eC,nC",
        "study,Events 1,Total 1,Events 2,Total 2",
        "Reference,Number of events (drug),N (drug),Number of events (placebo),N (placebo)",
        "study,treat_responders,treat_n,placebo_responders,placebo_n",
        "study,deaths_exp,patients_exp,deaths_con,patients_con",
    ],
)
def test_columns_of_counts_are_found_by_their_names(header: str, tmp_path: Path) -> None:
    mapping, (row,), _ = read(tmp_path, f"{header}\nAlba,5,40,9,42\n")
    assert (row.study, mapping.measure, mapping.shape) == ("Alba", "RR", "wide")
    assert {f: getattr(row, f) for f in EVENTS} == EVENTS


@pytest.mark.parametrize(
    "header",
    [
        "Study,Ne,Me,Se,Nc,Mc,Sc",
        "author,exp_n,exp_post_mean,exp_post_sd,ctrl_n,ctrl_post_mean,ctrl_post_sd",
        "Authors,IG_n,IG_Mean_post,IG_SD_post,CG_n,CG_Mean_post,CG_SD_post",
        "study,n.e,mean.e,sd.e,n.c,mean.c,sd.c",
        "study,n1,mean1,sd1,n2,mean2,sd2",
        "study,nT,meanT,sdT,nC,meanC,sdC",
        "study,Sample size (drug),Mean (drug),Std. Dev. (drug),Sample size (control),Mean (control),Std. Dev. (control)",
    ],
)
def test_columns_of_means_are_found_by_their_names(header: str, tmp_path: Path) -> None:
    mapping, (row,), _ = read(tmp_path, f"{header}\nAlba,40,5,1,42,6,1.2\n")
    assert (row.study, mapping.measure) == ("Alba", "MD")
    assert {f: getattr(row, f) for f in MEANS} == MEANS


def test_the_final_value_comes_before_the_baseline_and_unused_columns_are_listed(tmp_path: Path) -> None:
    header = "study,Country,n_t,mean_pre_t,sd_pre_t,mean_post_t,sd_post_t,n_c,mean_pre_c,sd_pre_c,mean_post_c,sd_post_c"
    mapping, (row,), _ = read(tmp_path, f"{header}\nAlba,AT,40,9,3,5,1,42,9,3,6,1.2\n")
    assert {f: getattr(row, f) for f in MEANS} == MEANS
    assert set(mapping.unused) == {"Country", "mean_pre_t", "sd_pre_t", "mean_pre_c", "sd_pre_c"}


@pytest.mark.parametrize("header", ["Score", "Floor", "Sensor", "Errors", "Colour"])
def test_parts_of_words_mean_nothing(header: str) -> None:
    meaning = meaning_of(header)
    assert (meaning.quantity, meaning.measure, meaning.side) == ("", "", "")


# --- printed effects -------------------------------------------------------------------------------------------------

HR = (0.6454584, 0.0329568, 12.6413)  # metafor, SE from the interval (Handbook 6.3.2), REML with HKSJ


@pytest.mark.parametrize(
    "text",
    [
        "study,HR,ci_low,ci_high\nAlba,0.5,0.3,0.9\nBrno,0.8,0.5,1.3\n",
        "Author,Hazard ratio,Lower_CI,Upper_CI\nAlba,0.5,0.3,0.9\nBrno,0.8,0.5,1.3\n",
        "study,HR (95% CI)\nAlba,0.5 (0.3 to 0.9)\nBrno,0.8 [0.5-1.3]\n",
        "study;HR;95% CI\nAlba;0,5;0,3–0,9\nBrno;0,8;0,5 - 1,3\n",
    ],
)
def test_hazard_ratios_with_intervals(text: str, tmp_path: Path) -> None:
    mapping, rows, _ = read(tmp_path, text)
    assert mapping.measure == "HR"
    assert pooled(rows)["1"] == pytest.approx(HR, rel=1e-5)


@pytest.mark.parametrize("measure", ["generic ratio", "HR"])
def test_a_printed_ratio_by_a_mapping(measure: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("study,HR,ci_low,ci_high\nAlba,0.5,0.3,0.9\nBrno,0.8,0.5,1.3\n")
    columns = {"study": "study", "effect": "HR", "ci_low": "ci_low", "ci_high": "ci_high"}
    entry = {"shape": "wide", "measure": measure, "columns": columns}
    table = tabular.read_table(tmp_path / "t.csv", mapping=entry)
    rows = rows_of(table.rows, tabular.mapped(table, entry, "map.yaml"), "t.csv")
    assert pooled(rows)["1"] == pytest.approx(HR, rel=1e-5)


@pytest.mark.parametrize(
    ("header", "measure", "field"),
    [
        ("author,log_hr,se_log_hr", "HR", "given"),
        ("author,logOR,SE", "OR", "given"),
        ("author,Effect_Size,Standard_Error", "generic", "given"),
        ("author,TE,seTE", "generic", "given"),
        ("author,SMD,SE", "SMD", "effect"),
        ("author,Hedges' g,Std. Error", "SMD", "effect"),
        ("author,MD,se", "MD", "effect"),
    ],
)
def test_effects_with_standard_errors(header: str, measure: str, field: str, tmp_path: Path) -> None:
    mapping, rows, _ = read(tmp_path, f"{header}\nAlba,-0.5,0.2\nBrno,-0.2,0.15\n")
    assert (mapping.measure, field in mapping.columns) == (measure, True)
    assert [(r.given, r.given_se) for r in rows] == [(-0.5, 0.2), (-0.2, 0.15)]


def test_an_effect_with_its_exact_p(tmp_path: Path) -> None:
    """Handbook 6.5.2.3: SE = |MD| / z; a p that is not exact gives none and is named."""
    _, rows, _ = read(tmp_path, "study,MD,p\nAlba,-2.5,0.03\nBrno,-1,<0.001\n")
    assert rows[0].given_se == pytest.approx(2.5 / 2.170090378, rel=1e-8)
    assert rows[1].given_se is None
    assert "a bound of p gives no standard error" in rows[1].fault


def test_adjusted_effects_come_before_crude_ones_and_it_is_said(tmp_path: Path) -> None:
    header = "study,n_t,events_t,n_c,events_c,effect_measure,effect_value,ci_lower,ci_upper"
    _, rows, notes = read(tmp_path, f"{header}\nA,220,19,221,25,aHR,0.70,0.40,1.22\nB,120,30,118,33,aHR,0.60,0.38,0.95\n")
    expected = (0.6384599, 0.0643456, 6.335023)  # metafor, as above
    assert pooled(rows)["1"] == pytest.approx(expected, rel=1e-5)
    assert any("adjusted effects are taken before" in note for note in notes)


@pytest.mark.parametrize(
    "header",
    [
        "study,OR_crude,OR_crude_low,OR_crude_high,OR_adj,OR_adj_low,OR_adj_high",
        "study,OR,lower,upper,aOR,lower,upper",
        "study,crude OR,crude OR lower,crude OR upper,adjusted OR,adjusted OR lower,adjusted OR upper",
    ],
)
def test_of_a_crude_and_an_adjusted_effect_the_adjusted_is_taken(header: str, tmp_path: Path) -> None:
    _, (row,), notes = read(tmp_path, f"{header}\nAlba,.7,.5,.98,.8,.55,1.16\n")
    assert (row.effect, row.ci_low, row.ci_high, row.measure) == (0.8, 0.55, 1.16, "OR")
    assert any("adjusted before crude" in note for note in notes)


def test_counts_beside_a_crude_ratio_are_pooled_and_the_ratio_checked(tmp_path: Path) -> None:
    text = "study,ai,n1i,ci,n2i,RR,RR_low,RR_high\nA,5,40,9,42,0.583333,0.213782,1.591706\n"
    _, rows, _ = read(tmp_path, text)
    (found,) = review.analysis_rows(review.bring_in(rows))
    assert (found["measure"], found["status"]) == ("RR", "reproduced")


def test_a_stated_measure_wins_where_the_numbers_allow_it(tmp_path: Path) -> None:
    _, rows, _ = read(tmp_path, "study,measure,ai,n1i,ci,n2i\nA,OR,5,40,9,42\n")
    (found,) = review.analysis_rows(review.bring_in(rows))
    assert found["measure"] == "OR"
    assert found["estimate"] == pytest.approx(5 * 33 / (35 * 9))


@pytest.mark.parametrize(
    ("rows", "measure"),
    [
        ("A,0.70,0.40,1.22\nB,0.60,0.38,0.95\n", "generic ratio"),
        ("A,0.7,0.5,0.9\nB,0.6,0.1,1.1\n", "generic"),
        ("A,-0.7,-1.5,0.1\n", "generic"),
    ],
)
def test_effects_of_no_stated_measure_are_on_the_scale_on_which_their_intervals_are_even(
    rows: str, measure: str, tmp_path: Path
) -> None:
    mapping, _, notes = read(tmp_path, f"trial,effect,lower,upper\n{rows}")
    assert mapping.measure == measure
    assert any("intervals are even" in note for note in notes)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        *(
            ("0.5,0.9,0.3", "gives no standard error"),
            ("0.5,0.6,0.9", "lies outside its interval"),
            ("-0.5,0.3,0.9", "no logarithm"),
        ),
        ("0.5,,", "neither standard error nor interval"),
    ],
)
def test_impossible_effects_are_left_out_and_named(cells: str, why: str, tmp_path: Path) -> None:
    _, rows, _ = read(tmp_path, f"study,HR,low,high\nAlba,{cells}\nBrno,0.8,0.5,1.3\n")
    made = review.bring_in(rows)
    assert why in review.report(made, "table")
    assert [a["pooled"] for a in review.analysis_rows(made)] == [1]


def test_effects_on_different_measures_are_not_pooled_together(tmp_path: Path) -> None:
    text = "study,measure,effect,lower,upper\nA,HR,0.7,0.4,1.22\nB,OR,0.6,0.38,0.95\n"
    _, rows, notes = read(tmp_path, text)
    assert set(pooled(rows)) == {"1, HR", "1, OR"}
    assert any("not pooled together" in note for note in notes)


# --- arms ------------------------------------------------------------------------------------------------------------


def test_standard_errors_intervals_and_quartiles_of_arms(tmp_path: Path) -> None:
    """Handbook 6.5.2.2: SD = SE sqrt(n), or from the interval with t; Luo 2018 and Wan 2014 for quartiles."""
    _, (row, _), _ = read(tmp_path, "study,n_t,mean_t,se_t,n_c,mean_c,se_c\nA,40,5.2,0.17,42,6,0.2\nB,30,4.8,0.2,31,5.9,0.22\n")
    assert row.arms is not None
    assert row.arms[0].sd == pytest.approx(0.17 * 40**0.5)
    _, (row,), _ = read(tmp_path, "study,n_t,mean_t,ci_low_t,ci_high_t,n_c,mean_c,ci_low_c,ci_high_c\nA,25,5,4,6,25,6,5,7\n")
    assert row.arms is not None
    assert row.arms[0].sd == pytest.approx(2 * 5 / (2 * 2.063898562), rel=1e-8)  # t, 24 degrees of freedom
    _, (row,), _ = read(tmp_path, "study,n_t,median_t,q1_t,q3_t,n_c,median_c,q1_c,q3_c\nA,40,5,3,8,42,6,4,9\n")
    assert row.arms is not None
    assert (row.arms[0].mean, row.arms[0].sd) == pytest.approx((5.354875, 3.847), rel=1e-3)


def test_one_row_an_arm_with_a_control(tmp_path: Path) -> None:
    text = "Author,Year,Treatment,n,mean,sd\nA,2001,Yoga,40,5,1\n,,Waiting list,42,6,1.2\nB,2002,Yoga,30,4.8,1\n"
    text += "B,2002,Waiting list,31,5.9,1.1\n"
    mapping, (row, _), notes = read(tmp_path, text)
    assert (mapping.shape, mapping.reference) == ("long", "Waiting list")
    assert {f: getattr(row, f) for f in MEANS} == MEANS
    assert any("'Waiting list' is taken for the comparator" in n for n in notes)


@pytest.mark.parametrize(
    ("name", "is_control"),
    [
        *(("Placebo", True), ("no_contact", True), ("Usual care", True), ("TAU", True), ("wait-list", True), ("c", True)),
        *(("No treatment", True), ("Nortriptyline", False), ("Notch therapy", False), ("Scontrolin", False), ("yoga", False)),
    ],
)
def test_controls_are_known_by_whole_words(name: str, is_control: bool) -> None:
    assert bool(CONTROL_ARM.search(name)) == is_control


def test_times_of_a_study_are_subgroups(tmp_path: Path) -> None:
    text = "study,week,ai,n1i,ci,n2i\nAlba,4,5,40,9,42\nAlba,12,6,40,10,42\nBrno,4,3,30,7,31\n"
    mapping, rows, _ = read(tmp_path, text)
    assert mapping.columns["subgroup"] == "week"
    made = review.bring_in(rows)
    assert "same people" in str(made.no_total["1", None])
    assert [(r["subgroup"], r["pooled"]) for r in review.subgroup_rows(made)] == [("4", 2), ("12", 1)]
    mapping, _, _ = read(tmp_path, "study,week,ai,n1i,ci,n2i\nAlba,4,5,40,9,42\nBrno,12,3,30,7,31\n")
    assert "subgroup" not in mapping.columns


def test_a_tie_of_arms_is_asked_for(tmp_path: Path) -> None:
    text = "study,group,n,mean,sd\nA,yoga,40,5,1\nA,massage,42,6,1.2\n"
    with pytest.raises(NothingFits, match="--reference which of yoga, massage"):
        read(tmp_path, text)
    _, (row,), _ = read(tmp_path, text, "massage")
    assert (row.treatment, row.comparator) == ("yoga", "massage")
    with pytest.raises(NothingFits, match="an arm of the table"):
        read(tmp_path, text, "placebo")


def test_one_row_an_arm_of_many_treatments_gives_each_pair(tmp_path: Path) -> None:
    """MetaInsight's and gemtc's names: T, R, N."""
    text = "StudyID,Study,T,R,N\n1,C,drug,9,140\n1,C,Placebo,23,140\n1,C,other,10,138\n2,M,drug,11,78\n2,M,other,12,85\n"
    _, rows, _ = read(tmp_path, text)
    assert {r.analysis for r in rows} == {"drug vs Placebo", "drug vs other", "other vs Placebo"}
    assert [r.study for r in rows if r.analysis == "drug vs other"] == ["C", "M"]


def test_numbered_arms_in_one_row(tmp_path: Path) -> None:
    """MetaInsight's wide names: T.1, N.1, Mean.1, SD.1."""
    text = (
        "Study,T.1,N.1,Mean.1,SD.1,T.2,N.2,Mean.2,SD.2,T.3,N.3,Mean.3,SD.3\n"
        "Kuo 2006,Orlistat,30,-1.6,1.64,Placebo,30,-0.2,1.1,NA,NA,NA,NA\n"
        "Aydin 2004,Sibutramine,22,-4.4,1.31,Orlistat,25,-3.6,1,Placebo,19,-2.5,1.31\n"
    )
    mapping, rows, _ = read(tmp_path, text)
    assert mapping.shape == "arms"
    told = {(r.analysis, r.study): (r.mean_t, r.mean_c) for r in rows}
    assert told == {
        ("Orlistat vs Placebo", "Kuo 2006"): (-1.6, -0.2),
        ("Sibutramine vs Orlistat", "Aydin 2004"): (-4.4, -3.6),
        ("Sibutramine vs Placebo", "Aydin 2004"): (-4.4, -2.5),
        ("Orlistat vs Placebo", "Aydin 2004"): (-3.6, -2.5),
    }


def test_contrasts_are_one_analysis_a_pair_the_same_way_round(tmp_path: Path) -> None:
    """netmeta's names: TE, seTE, treat1, treat2, studlab."""
    text = "TE,seTE,treat1,treat2,studlab\n-1.9,0.14,metf,plac,A\n-0.2,.36,metf,acar,B\n0.4,.2,plac,metf,C\n"
    _, rows, _ = read(tmp_path, text)
    assert [(r.analysis, r.study, r.given) for r in rows] == [
        *(("metf vs plac", "A", -1.9), ("metf vs acar", "B", -0.2), ("metf vs plac", "C", -0.4)),
    ]


def test_a_study_turned_twice_is_itself() -> None:
    row = StudyRow("1", "", "", "A", n_t=40, events_t=5, n_c=42, events_c=9, effect=0.5, ci_low=0.25, ci_high=1.0, measure="RR")
    other = turned(row)
    assert (other.events_t, other.effect, other.ci_low, other.ci_high) == (9, 2.0, 1.0, 4.0)
    assert turned(other) == row


PACKED = [
    ("Study,n exp,mean (SD) exp,n ctrl,mean (SD) ctrl", "Alba,40,5 (1),42,6 ± 1.2", MEANS),
    ("Study,Drug,Placebo", "Alba,5/40,9/42 (21%)", EVENTS),
    ("Study,Drug events/total,Placebo events/total", "Alba,5/40,9 / 42", EVENTS),
]


@pytest.mark.parametrize(("header", "line", "expected"), PACKED)
def test_cells_that_hold_several_numbers(header: str, line: str, expected: dict[str, float], tmp_path: Path) -> None:
    mapping, (row,), _ = read(tmp_path, f"{header}\n{line}\n")
    assert {f: getattr(row, f) for f in expected} == expected
    entry = mapping.as_entry()  # a guess that is saved and given with --map holds
    table = tabular.read_table(tmp_path / "table.csv", mapping=entry)
    assert rows_of(table.rows, tabular.mapped(table, entry, "map.yaml"), "table.csv") == [row]


def test_quartiles_in_one_cell(tmp_path: Path) -> None:
    _, (row,), _ = read(tmp_path, "study,n_t,median_t,iqr_t,n_c,median_c,iqr_c\nA,40,5,3-8,42,6,4 to 9\n")
    assert (row.spread["q1_t"], row.spread["q3_t"], row.spread["q1_c"], row.spread["q3_c"]) == (3, 8, 4, 9)
    _, (row,), _ = read(tmp_path, "study,n_t,median (IQR) t,n_c,median (IQR) c\nA,40,5 (3-8),42,6 (4-9)\n")
    assert (row.spread["median_t"], row.spread["q1_t"], row.spread["q3_c"]) == (5, 3, 9)


def test_the_name_of_a_column_tells_the_level_of_intervals(tmp_path: Path) -> None:
    mapping, (row,), _ = read(tmp_path, "study,MD,90% CI lower,90% CI upper\nA,2,0.355146,3.644854\n")
    assert mapping.level == 90
    assert row.given_se == pytest.approx(1, rel=1e-6)


def test_columns_that_bear_the_treatments_name_beside_those_of_the_control(tmp_path: Path) -> None:
    _, (row,), _ = read(tmp_path, "Study,n_yoga,mean_yoga,sd_yoga,n_control,mean_control,sd_control\nA,40,5,1,42,6,1.2\n")
    assert {f: getattr(row, f) for f in MEANS} == MEANS


def test_log_rank_statistics(tmp_path: Path) -> None:
    _, (row,), notes = read(tmp_path, "trial,O-E,V\nA,-2.5,5\n")
    assert (row.o_e, row.variance) == (-2.5, 5)
    assert any("log-rank or Peto" in note for note in notes)


# --- what is no study, and who is who --------------------------------------------------------------------------------


def test_totals_remarks_and_nameless_rows_are_no_studies(tmp_path: Path) -> None:
    text = (
        "Study,ai,n1i,ci,n2i\nAlba,5,40,9,42\nSubtotal (95% CI),5,40,9,42\nTotal,5,40,9,42\n,4,50,5,50\n"
        "Heterogeneity: I2 = 0%,,,,\n"
        "Totalis 2001,3,30,7,31\nSource: own data\n"
    )
    _, rows, notes = read(tmp_path, text)
    assert [r.study for r in rows] == ["Alba", "Totalis 2001"]
    told = " ".join(notes)
    assert all(f"row {n} " in told for n in (3, 4, 5, 6, 8))


def test_the_same_study_twice_is_named_and_not_pooled(tmp_path: Path) -> None:
    _, rows, _ = read(tmp_path, "Study,ai,n1i,ci,n2i\nAlba,5,40,9,42\nBrno,3,30,7,31\nAlba,5,40,9,42\n")
    (found,) = review.analysis_rows(review.bring_in(rows))
    assert "Alba" in str(found["no_total"])
    assert found.get("estimate") is None


def test_studies_of_one_name_are_told_apart_by_year_or_number(tmp_path: Path) -> None:
    _, rows, notes = read(tmp_path, "author,year,ai,n1i,ci,n2i\nSmith,2001,5,40,9,42\nSmith,2005,3,30,7,31\n")
    assert [r.study for r in rows] == ["Smith 2001", "Smith 2005"]
    assert any("year is put beside" in n for n in notes)
    _, rows, _ = read(tmp_path, "study,author,year,ai,n1i,ci,n2i\n10,Smith,2001,5,40,9,42\n11,Smith,2001,3,30,7,31\n")
    assert [r.study for r in rows] == ["Smith (10)", "Smith (11)"]


NAMES = ["王 2015", "李 2015", "Иванов 2015", "Smith 2010", "Smith 2010*", "Smith 2010-2", "محمد", "Παπάς 2001", "Müller 2001"]


def test_different_names_are_different_trials_in_any_alphabet() -> None:
    ids = trial_ids(NAMES)
    assert len(set(ids.values())) == len(NAMES)
    assert (ids["Иванов 2015"], ids["Παπάς 2001"], ids["Smith 2010"]) == ("ivanov-2015", "papas-2001", "smith-2010")
    assert ids["Smith 2010*"] not in (ids["Smith 2010-2"], slug("Smith 2010-2"))
    assert trial_ids(NAMES + NAMES) == ids
    told = " ".join(told_apart(NAMES))
    assert "'李 2015' is 2015-2" in told
    assert "Müller" not in told


def test_studies_of_any_alphabet_are_pooled_as_different_trials(tmp_path: Path) -> None:
    rows = ["王 2015,5,40,9,42", "李 2015,3,30,7,31", "Иванов 2015,6,50,12,51", "Smith 2010,4,60,9,61", "Smith 2010*,8,80,12,80"]
    (tmp_path / "t.csv").write_text("study,ai,n1i,ci,n2i\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["import", "csv", str(tmp_path / "t.csv"), "--guess", "--out", str(tmp_path / "o")])
    assert done.exit_code == 0, done.output
    (found,) = read_csv(tmp_path / "o/analyses.csv")
    values = tuple(float(found[c]) for c in ("estimate", "ci_low", "ci_high"))
    assert values == pytest.approx((0.5440500, 0.2901391, 1.0201670), rel=1e-6)  # metafor
    assert "'Smith 2010\\*' is smith-2010-2" in done.output


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_several_outcomes_side_by_side_are_asked_for(tmp_path: Path) -> None:
    header = "study,n_t,n_c,pain_mean_t,pain_sd_t,pain_mean_c,pain_sd_c,work_mean_t,work_sd_t,work_mean_c,work_sd_c"
    with pytest.raises(NothingFits, match="one outcome") as found:
        read(tmp_path, f"{header}\nA,40,42,5,1,6,1.2,9,2,10,2\n")
    assert found.value.best.columns["mean_t"] == "pain_mean_t"


def test_a_mapping_to_be_mended_is_written_where_nothing_fits(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Study,Who,People drug,Well drug,People none,Well none\nAlba,x,40,5,42,9\n")
    call = ["import", "csv", str(tmp_path / "t.csv"), "--guess", "--out", str(tmp_path / "o")]
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 1
    text = (tmp_path / "o/mapping.yaml").read_text()
    assert all(f"#   {name}\n" in text for name in ("Study", "Who", "Well drug"))
    assert "# events_t:  # people with the event, treatment arm" in text
    entry = yaml.safe_load(text)
    assert entry["columns"]["study"] == "Study"
    mended = text.replace("# events_t:", "events_t: Well drug").replace("# events_c:", "events_c: Well none")
    mended = mended.replace("# n_c:", "n_c: People none").replace("# n_t:", "n_t: People drug")
    (tmp_path / "o/mapping.yaml").write_text(mended)
    done = CliRunner().invoke(main, call)  # what is being mended is not written over
    assert done.exit_code == 1
    assert (tmp_path / "o/mapping.yaml").read_text() == mended
    done = CliRunner().invoke(main, [*call[:3], "--map", str(tmp_path / "o/mapping.yaml")])
    assert done.exit_code == 0, done.output


def test_a_skeleton_reads_back_as_the_guess(tmp_path: Path) -> None:
    text = "Study,Intervention_Events,Intervention_Total,Control_Events,Control_Total\nA,5,40,9,42\nB,3,30,7,31\n"
    mapping, _, _ = read(tmp_path, text)
    header = text.splitlines()[0].split(",")
    entry = yaml.safe_load(skeleton(header, mapping))
    expected = {"study": "Study", "n_t": "Intervention_Total", "events_t": "Intervention_Events"}
    expected |= {"n_c": "Control_Total", "events_c": "Control_Events"}
    assert entry == {"shape": "wide", "measure": "RR", "columns": expected}
    assert mapping_of(entry, header, "mapping.yaml").columns == mapping.columns
