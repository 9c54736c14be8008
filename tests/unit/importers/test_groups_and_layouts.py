"""Which group is the control, and tables laid out in further ways, each against what metafor gives (see ``tables``)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tables import MD, RATIO, RR, STUDIES, E, M, R, bring, each, one, table, workbook

from evidence_synthesis.importers import review, tabular
from evidence_synthesis.importers.guess import NothingFits
from evidence_synthesis.importers.shapes import rows_of
from evidence_synthesis.review.package import DataFaults


def turned(value: float) -> float:
    """A risk ratio the other way round."""
    return 1 / value


ONLY_NUMBERS = "study,events1,n1,events2,n2"


@pytest.mark.parametrize("header", [ONLY_NUMBERS, "study,1_events,1_n,2_events,2_n", "study,ev_arm1,n_arm1,ev_arm2,n_arm2"])
def test_groups_that_are_only_numbered_are_taken_in_their_order_and_it_is_said(header: str, tmp_path: Path) -> None:
    made, notes = bring(tmp_path, table(header, E))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert any("group 1 is taken for the treatment" in n and "--reference 1" in n for n in notes)
    made, notes = bring(tmp_path, table(header, E), "1")
    assert one(made) == ("RR", pytest.approx(turned(RR), rel=1e-6))
    assert any("group 1 is the comparator" in n for n in notes)
    made, _ = bring(tmp_path, table(header, E), "group 2")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


@pytest.mark.parametrize(
    "content",
    [
        "Group 1 = control; Group 2 = acupuncture,,,,\n" + table(ONLY_NUMBERS, E),
        table(ONLY_NUMBERS, E) + '"Group 1: placebo, group 2: drug",,,,\n',
        "Usual care versus yoga,,,,\n" + table(ONLY_NUMBERS, E),
        "Sham (group 1) and needles (group 2),,,,\n" + table(ONLY_NUMBERS, E),
    ],
)
def test_a_text_beside_the_table_tells_which_group_is_the_control(content: str, tmp_path: Path) -> None:
    made, notes = bring(tmp_path, content)
    assert one(made) == ("RR", pytest.approx(turned(RR), rel=1e-6))
    assert any("group 1 is the comparator" in n for n in notes)


@pytest.mark.parametrize(
    "title", ["Drug versus placebo", "Control of pain", "Table 1: control of blood pressure", "Group 1 = yoga, group 2 = control"]
)
def test_a_text_that_does_not_turn_the_groups(title: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, f'"{title}",,,,\n' + table(ONLY_NUMBERS, E))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


def test_the_name_of_a_sheet_tells_which_group_is_the_control(tmp_path: Path) -> None:
    rows = [[s, *r] for s, r in zip(STUDIES, E, strict=True)]
    content = workbook(tmp_path / "t.xlsx", ONLY_NUMBERS.split(","), *rows, title="control vs yoga")
    made, _ = bring(tmp_path, content, name="t.xlsx")
    assert one(made) == ("RR", pytest.approx(turned(RR), rel=1e-6))


@pytest.mark.parametrize(
    "above",
    [
        [["Pain at 12 weeks"], [None, "Usual care", None, None, "Massage", None, None]],
        [[None, "Usual care", None, None, "Massage", None, None], [None, "Pain 0-10", None, None, "Pain 0-10", None, None]],
    ],
)
def test_the_groups_of_a_header_in_several_lines(above: list[list[object]], tmp_path: Path) -> None:
    """The control first: the line below has each name twice, which alone would be read the other way round."""
    rows = [[s, *r] for s, r in zip(STUDIES, M, strict=False)]
    content = workbook(tmp_path / "t.xlsx", *above, ["Study", "N", "Mean", "SD", "N", "Mean", "SD"], *rows)
    made, _ = bring(tmp_path, content, name="t.xlsx")
    assert one(made) == ("MD", pytest.approx(-MD, rel=1e-6))


@pytest.mark.parametrize(
    "last",
    [
        *("Fixed,0.79,0.67,0.93", "Random,0.79,0.66,0.95", "Prediction Interval,0.79,0.4,1.3", "Common effect model,0.8,0.7,0.9"),
        *("D+L Overall,0.79,0.66,0.95", "M-H pooled RR,0.79,0.66,0.95", '"Overall, DL",0.79,0.66,0.95'),
        *("with estimated predictive interval,.,0.4,1.3", '"Subgroup, MH",0.79,0.66,0.95', "Random effects (DL),0.79,0.66,0.95"),
    ],
)
def test_the_lines_of_a_pooled_result_are_no_studies(last: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table("Study name,Hazard ratio,Lower limit,Upper limit", R) + last + "\n")
    assert one(made) == ("HR", pytest.approx(RATIO, rel=1e-6))


def test_cells_that_are_merged_downwards_and_outcomes_above_their_studies(tmp_path: Path) -> None:
    header = "study,events_t,n_t,events_c,n_c"
    lines = [",".join([s, *map(str, r)]) for s, r in zip(STUDIES, E, strict=True)]
    merged = [f"{'Cure' if i == 0 else ''},{line}" for i, line in enumerate(lines)]
    below = [f"{'Harm' if i == 0 else ''},{line}" for i, line in enumerate(lines)]
    first, _ = bring(tmp_path, "\n".join([f"outcome,{header}", *merged, ",Total,40,298,69,300", *below]) + "\n")
    second, _ = bring(tmp_path, "\n".join([header, "Cure,,,,", *lines, "Harm,,,,", *lines]) + "\n")
    for made in (first, second):
        rows = list(review.analysis_rows(made))
        assert [r["analysis"] for r in rows] == ["Cure", "Harm"]
        assert [float(str(r["estimate"])) for r in rows] == pytest.approx([RR, RR], rel=1e-6)


def test_effects_of_several_outcomes_side_by_side_are_asked_for(tmp_path: Path) -> None:
    header = "Study,OS HR,OS lower,OS upper,PFS HR,PFS lower,PFS upper"
    rows = [(*r, *(2 * v for v in r)) for r in R]
    with pytest.raises(NothingFits, match="one outcome of os, pfs"):
        bring(tmp_path, table(header, rows))
    path = tmp_path / "table.csv"
    for outcome, expected in (("OS", RATIO), ("PFS", 2 * RATIO)):
        read = tabular.read_table(path)
        mapping = tabular.mapped(read, None, "", "", outcome)
        made = review.bring_in(rows_of(read.rows, mapping, "t", [], read.decimal_comma))
        assert one(made) == ("HR", pytest.approx(expected, rel=1e-6))


def test_the_same_outcomes_above_the_columns_are_asked_for(tmp_path: Path) -> None:
    above = [None, "Overall survival", None, None, "Progression", None, None]
    rows = [[s, *r, *r] for s, r in zip(STUDIES, R, strict=False)]
    content = workbook(tmp_path / "t.xlsx", above, ["Study", "HR", "LCI", "UCI", "HR", "LCI", "UCI"], *rows)
    with pytest.raises(NothingFits, match="overall survival, progression"):
        bring(tmp_path, content, name="t.xlsx")
    with pytest.raises(NothingFits, match="one printed effect"):
        bring(tmp_path, table("Study,HR,LCI,UCI,HR,LCI,UCI", [(*r, *r) for r in R]))


def test_risk_differences_in_per_cent(tmp_path: Path) -> None:
    """escalc("RD") of E, times 100 with its interval, as papers print it."""
    printed_so = ((-8.9286, -25.1366, 7.2795), (-12.5806, -30.1469, 4.9856))
    made, notes = bring(tmp_path, table("Study,Risk difference (%),Lower,Upper", printed_so))
    [analysis] = review.analysis_rows(made)
    assert analysis["measure"] == "RD"
    # rma(c(-.089286, -.125806), ((c(.072795, .049856) - c(-.251366, -.301469)) / 2 / qnorm(.975))^2, test="adhoc")
    assert float(str(analysis["estimate"])) == pytest.approx(-0.1060798, rel=1e-6)
    assert any("divided by 100" in n for n in notes)


def test_arr_is_no_risk_difference(tmp_path: Path) -> None:
    """It may be an absolute risk reduction, whose sign is the other one, or an adjusted relative risk."""
    made, _ = bring(tmp_path, table("Study,ARR,Lower,Upper", R))
    assert one(made) == ("generic ratio", pytest.approx(RATIO, rel=1e-6))
    made, _ = bring(tmp_path, table("Study,aRR,Lower,Upper", R))
    assert one(made) == ("RR", pytest.approx(RATIO, rel=1e-6))


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        *(("Study,Massage,n massage,Control,n control", "{m} ± {s}"), ("Study,Massage,n massage,Control,n control", "{m}±{s}")),
        ("研究,试验组(均数±标准差),试验组n,对照组(均数±标准差),对照组n", "{m}±{s}"),
        ("Estudio,Media (DE) intervención,N intervención,Media (DE) control,N control", "{m} ({s})"),
        ("Étude,Moyenne (écart-type) traitement,N traitement,Moyenne (écart-type) témoin,N témoin", "{m} ({s})"),
        ("Studie,Mittelwert (SD) Intervention,N Intervention,Mittelwert (SD) Kontrolle,N Kontrolle", "{m} ({s})"),
    ],
)
def test_means_and_sds_in_one_cell_in_further_languages(header: str, cell: str, tmp_path: Path) -> None:
    def line(n: int, m: float, s: float, n2: int, m2: float, s2: float) -> str:
        return f"{cell.format(m=m, s=s)},{n},{cell.format(m=m2, s=s2)},{n2}"

    made, _ = bring(tmp_path, each(header, M, line))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


@pytest.mark.parametrize(
    "header",
    [
        "Estudio,N intervención,Media intervención,DE intervención,N control,Media control,DE control",
        "Estudo,N intervenção,Média intervenção,DP intervenção,N controle,Média controle,DP controle",
        "Estudo,N intervenção,Média intervenção,Desvio padrão intervenção,N controle,Média controle,Desvio padrão controle",
    ],
)
def test_standard_deviations_in_further_languages(header: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table(header, M))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


@pytest.mark.parametrize(
    "header",
    [
        *("study,tdeath,tnodeath,cdeath,cnodeath", "study,tevents,tnonevents,cevents,cnonevents"),
        "Study,Improved (drug),Not improved (drug),Improved (control),Not improved (control)",
    ],
)
def test_people_with_and_without_the_event(header: str, tmp_path: Path) -> None:
    rows = [(a, n - a, c, m - c) for a, n, c, m in E]
    made, _ = bring(tmp_path, table(header, rows))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Study,HR (95% ДИ)", "{e} ({l}–{u})"),
        ("Автор,ОШ (95% ДИ)", "{e} ({l}–{u})"),
        ("研究,比值比 (95% 置信区间)", "{e} ({l}-{u})"),
        ("研究,ハザード比,下限,上限", "{e},{l},{u}"),
        ("Study,RR: 0.95 CI", '"{e} [{l}, {u}]"'),
        ("Study,aHR,aHR_95CI", '{e},"{l}, {u}"'),
        ("Author; year,HR,LCL,UCL", "{e},{l},{u}"),
    ],
)
def test_effects_in_further_words(header: str, line: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, each(header, R, lambda e, lo, hi: line.format(e=e, l=lo, u=hi)))
    assert one(made)[1] == pytest.approx(RATIO, rel=1e-6)


def test_the_error_of_an_effect_from_its_z_or_t(tmp_path: Path) -> None:
    """rma(c(-.5, -.2), sei=c(.2, .2), test="adhoc") is -0.35; of ratios the logarithm is divided."""
    for header, rows in (
        ("Study,lnOR,Z", ((-0.5, -2.5), (-0.2, -1.0))),
        ("Study,OR,z value", ((0.606530659713, -2.5), (0.818730753078, -1.0))),
    ):
        made, _ = bring(tmp_path, table(header, rows))
        assert one(made) == ("OR", pytest.approx(0.7046881, rel=1e-6))
        studies = list(review.study_rows(made))
        assert [float(str(s["vi"])) for s in studies] == pytest.approx([0.04, 0.04], rel=1e-6)


def test_people_randomised_and_analysed_are_told_apart(tmp_path: Path) -> None:
    rows = [(n + 5, n, a, m + 7, m, c) for a, n, c, m in E]
    _, notes = bring(tmp_path, table("Study,Int randomised,Int analysed,Int events,Ctl randomised,Ctl analysed,Ctl events", rows))
    assert any("people randomised" in n and "not those analysed" in n for n in notes)
    header = "Study,Int randomised,Int analysed,Int mean,Int SD,Ctl randomised,Ctl analysed,Ctl mean,Ctl SD"
    made, notes = bring(tmp_path, table(header, [(n + 5, n, m, s, k + 7, k, m2, s2) for n, m, s, k, m2, s2 in M]))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    assert any("people analysed" in n for n in notes)


def test_a_comparator_that_no_column_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingFits, match="none has this name"):
        bring(tmp_path, table("study,events_t,n_t,events_c,n_c", E), "sham")


def test_a_stated_measure_is_not_overruled_by_a_chance_likeness(tmp_path: Path) -> None:
    """One printed line of four happens to be an odds ratio's; the header says risk ratio."""
    rows = [(*r, '"0.5 [0.2, 1.1]"') for r in E]
    made, _ = bring(tmp_path, table("Study,Events T,Total T,Events C,Total C,Risk Ratio (95% CI)", rows))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


THREE = [(12, 50, 14, 51, 20, 48), (5, 40, 6, 41, 9, 42), (30, 120, 33, 119, 45, 118)]


def test_three_arms_side_by_side(tmp_path: Path) -> None:
    """rma(measure="RR", test="adhoc") of each pair; the control is the comparator where it stands."""
    header = "study,high dose events,high dose n,low dose events,low dose n,placebo events,placebo n"
    made, notes = bring(tmp_path, table(header, THREE))
    found = {str(r["analysis"]): float(str(r["estimate"])) for r in review.analysis_rows(made)}
    assert found == {
        "high dose vs low dose": pytest.approx(0.889728413, rel=1e-6),
        "high dose vs placebo": pytest.approx(0.626333721, rel=1e-6),
        "low dose vs placebo": pytest.approx(0.703325981, rel=1e-6),
    }
    assert any("3 arms stand side by side" in n for n in notes)
    names = [None, "high dose", None, "low dose", None, "placebo", None]
    rows = [[s, *r] for s, r in zip(STUDIES, THREE, strict=False)]
    content = workbook(tmp_path / "t.xlsx", names, ["Study", *["Events", "Total"] * 3], *rows)
    again, _ = bring(tmp_path, content, name="t.xlsx")
    assert {str(r["analysis"]): float(str(r["estimate"])) for r in review.analysis_rows(again)} == found


@pytest.mark.parametrize(
    "header",
    [
        "study,pain yoga n,pain yoga mean,pain yoga sd,pain rest n,pain rest mean,pain rest sd,"
        "sleep yoga n,sleep yoga mean,sleep yoga sd,sleep rest n,sleep rest mean,sleep rest sd",
        "study,week 4 drug n,week 4 drug mean,week 4 drug sd,week 4 placebo n,week 4 placebo mean,week 4 placebo sd,"
        "week 8 drug n,week 8 drug mean,week 8 drug sd,week 8 placebo n,week 8 placebo mean,week 8 placebo sd",
    ],
)
def test_outcomes_and_times_with_two_arms_each_are_no_arms(header: str, tmp_path: Path) -> None:
    with pytest.raises(NothingFits):
        bring(tmp_path, table(header, [(*m, *m) for m in M]))


@pytest.mark.parametrize("cell", ["{t}/{c}", "{t} vs {c}", "{t} vs. {c}"])
@pytest.mark.parametrize("name", ["(T/C)", "(I/C)", "(T vs C)", "drug/placebo"])
def test_both_arms_in_one_cell(name: str, cell: str, tmp_path: Path) -> None:
    made, _ = bring(
        tmp_path,
        each(f"Study,Events {name},N {name}", E, lambda a, n, c, m: ",".join((cell.format(t=a, c=c), cell.format(t=n, c=m)))),
    )
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


def test_units_behind_numbers(tmp_path: Path) -> None:
    header = "Study,N T,Mean T,SD T,N C,Mean C,SD C"
    units = ("", " mmHg", " mmHg", "", " mmHg", " mmHg")
    content = each(header, M, lambda *row: ",".join(f"{v}{u}" for v, u in zip(row, units, strict=True)))
    made, notes = bring(tmp_path, content)
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    assert any("'mmHg'" in n for n in notes)
    with pytest.raises(DataFaults, match=r"4\.8 kPa"):  # of two units neither is taken off
        bring(tmp_path, content.replace("4.8 mmHg", "4.8 kPa"))


def test_hidden_rows_are_read_and_it_is_said(tmp_path: Path) -> None:
    rows = [[s, *r] for s, r in zip(STUDIES, E, strict=True)]
    content = workbook(tmp_path / "t.xlsx", ["study", "events_t", "n_t", "events_c", "n_c"], *rows, hidden=[3])
    made, notes = bring(tmp_path, content, name="t.xlsx")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert "hidden rows are read like the others: 3" in notes


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("study,n.ctrl.rec,n.ctrl.non,n.cbt.rec,n.cbt.non\nA,23,29,10,19\nB,9,8,7,6\n", "events_t: n.cbt.rec, none_t: n.cbt.non"),
        (
            "study,waward,wtotal,maward,mtotal\nA,139,711,274,1029\nB,9,80,7,60\n",
            "events_t: waward, n_t: wtotal, events_c: maward",
        ),
        ("study,y1i,v1i,y2i,v2i\nA,-33.4,14.3,-30,12\nB,-20,9,-21,8\n", "given: y1i, given_variance: v1i; there are several"),
        ("Author,es.z,vi.z\nA,0.46,0.03\nB,0.2,0.04\n", "given: es.z, given_variance: vi.z"),
        ("study,n,tval,preds\nA,218,4.61,4\nB,100,2,3\n", "'tval' looks like a statistic"),
        ("study,OR\nA,0.7\nB,0.8\n", "the standard error, interval, exact p, z or t of each effect in 'OR'"),
        ("Study,Mean T,SD T,Mean C,SD C,N\nA,5,1,6,1,60\nB,5,1,6,1,70\n", "'N' counts both arms together"),
        (
            "Study,Treatment,N T,Control,N C\nA,45.2 (12.1),30,52.3 (11.8),28\nB,40 (10),30,44 (9),31\n",
            "'45.2 (12.1)' below 'Treatment'",
        ),
        ("Study,Mean diff,SD diff,n T,n C\nA,-3,12,30,31\nB,-2,11,28,29\n", "the SD of a difference is that of people"),
        ("Study,Vaccine efficacy (%),Lower,Upper\nA,62,41,75\nB,55,30,71\n", "1 less the share of cases prevented"),
        ("Study,Design,N,Mean T,SD T,Mean C,SD C\nA,crossover,16,6,2,5,2\n", "write n_t: N, n_c: N"),
        ("Study,Intervention,Control,Result\nA,yoga,rest,better\nB,yoga,rest,same\n", "words alone"),
    ],
)
def test_what_gives_no_effect_is_told_with_what_to_write(content: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(NothingFits) as refused:
        bring(tmp_path, content)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("t.xls", "<html><table></table></html>", "a web page"), ("t.json", '{"study": "A"}', "JSON without a table")],
)
def test_files_of_other_kinds_are_named(name: str, content: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match=told):
        bring(tmp_path, content, name=name)


def test_a_treatment_and_an_outcome_of_its_own_name(tmp_path: Path) -> None:
    header = "Study,n yoga,SBP yoga mean,SBP yoga SD,n control,SBP control mean,SBP control SD"
    made, _ = bring(tmp_path, table(header, M))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    header = "Study,n yoga,Mean SBP yoga,SD SBP yoga,n usual care,Mean SBP usual care,SD SBP usual care"
    made, _ = bring(tmp_path, table(header, M))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


@pytest.mark.parametrize(
    ("header", "arms"),
    [
        ("研究,组别,例数,均数,标准差", ("针刺", "假针刺")),
        ("Исследование,Группа,n,Среднее,СО", ("Препарат", "Плацебо")),
        ("研究,グループ,人数,平均,標準偏差", ("鍼", "プラセボ")),
    ],
)
def test_one_row_an_arm_in_other_alphabets(header: str, arms: tuple[str, str], tmp_path: Path) -> None:
    lines = [
        f"{s},{a},{','.join(map(str, v))}"
        for s, r in zip(STUDIES, M, strict=False)
        for a, v in zip(arms, (r[:3], r[3:]), strict=True)
    ]
    made, _ = bring(tmp_path, "\n".join([header, *lines]) + "\n")
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


@pytest.mark.parametrize(
    ("header", "more"),
    [
        ("Study,Arm 1 events,Arm 1 N,Arm 2 events,Arm 2 N,Arm 1,Arm 2", "Usual care,Yoga"),
        ("Study,events1,n1,events2,n2,group 1 name,group 2 name", "Waitlist,CBT"),
        ("Study,events1,n1,events2,n2,control group", "1"),
    ],
)
def test_columns_that_tell_which_group_is_the_control(header: str, more: str, tmp_path: Path) -> None:
    lines = [",".join([s, *map(str, r), more]) for s, r in zip(STUDIES, E, strict=True)]
    made, _ = bring(tmp_path, "\n".join([header, *lines]) + "\n")
    assert one(made) == ("RR", pytest.approx(turned(RR), rel=1e-6))


def test_limits_that_are_glued_to_their_measure(tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table("Study,OR,ORlow,ORup", R))
    assert one(made) == ("OR", pytest.approx(RATIO, rel=1e-6))


def test_several_numbers_in_cells_below_names_that_stand_twice(tmp_path: Path) -> None:
    made, _ = bring(tmp_path, each("Study,Mean±SD,n,Mean±SD,n", M, lambda n, m, s, k, m2, s2: f"{m}±{s},{n},{m2}±{s2},{k}"))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


def test_a_header_in_two_lines_over_cells_of_several_numbers(tmp_path: Path) -> None:
    rows = [[s, 2001, f"{a}/{n}", f"{c}/{m}"] for s, (a, n, c, m) in zip(STUDIES, E, strict=True)]
    content = workbook(tmp_path / "t.xlsx", ["Study", None, "Events/Total", None], [None, "Year", "Drug", "Control"], *rows)
    made, _ = bring(tmp_path, content, name="t.xlsx")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Study,Estimate,95% CI", "{e},{l} to {u}"),
        ("Study,Effect size (95% CI)", '"{e} ({l}, {u})"'),
        ("Study,Result (95% CI)", "{e} ({l}-{u})"),
    ],
)
def test_ratios_of_no_stated_measure_are_known_by_limits_in_cells(header: str, line: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, each(header, R, lambda e, lo, hi: line.format(e=e, l=lo, u=hi)))
    assert one(made) == ("generic ratio", pytest.approx(RATIO, rel=1e-6))


def test_changes_from_baseline_are_changes(tmp_path: Path) -> None:
    header = "Study,n T,Mean change from baseline T,SD T,n C,Mean change from baseline C,SD C"
    made, _ = bring(tmp_path, table(header, M))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


def test_an_outcome_with_a_spread_of_its_own_name(tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table("Study,n T,Pain T,SD pain T,n C,Pain C,SD pain C", M))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    two = "Study,n T,Pain T,SD pain T,n C,Pain C,SD pain C,Sleep T,SD sleep T,Sleep C,SD sleep C"
    with pytest.raises(NothingFits, match="one outcome of pain, sleep"):
        bring(tmp_path, table(two, [(*m, *m[1:3], *m[4:]) for m in M]))


def test_columns_that_are_called_by_their_arm_alone(tmp_path: Path) -> None:
    rows = [(a, c, n, m) for a, n, c, m in E]
    made, notes = bring(tmp_path, table("study,treatment,control,n.t,n.c", rows))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert any("are taken for people with the event" in n for n in notes)


@pytest.mark.parametrize("name", ["deaths/total", "events/N", "responders / total"])
def test_people_with_the_event_of_all_in_one_cell(name: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, each(f"Trial,Treatment {name},Control {name}", E, lambda a, n, c, m: f"{a}/{n},{c}/{m}"))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


def test_times_keep_their_unit(tmp_path: Path) -> None:
    lines = [",".join([s, f"{w} mo", *map(str, r)]) for s, r in zip(STUDIES, E, strict=True) for w in (6, 12)]
    made, _ = bring(tmp_path, "\n".join(["Study,Follow-up,Events T,N T,Events C,N C", *lines]) + "\n")
    assert {row.subgroup for rows in made.rows.values() for row in rows} == {"6 mo", "12 mo"}


def test_outcomes_above_the_groups_are_not_lost(tmp_path: Path) -> None:
    """Three lines of header: outcome, group, number. The third line with the second alone would fit as well."""
    groups = [None, "Treatment", None, None, "Control", None, None, "Treatment", None, None, "Control", None, None]
    outcomes = [None, "Pain", *[None] * 5, "Function", *[None] * 5]
    other = [(n, m + 10, s, k, c + 12, d) for n, m, s, k, c, d in M]
    rows = [[s, *m, *o] for s, m, o in zip(STUDIES, M, other, strict=False)]
    content = workbook(tmp_path / "t.xlsx", outcomes, groups, ["Study", *["N", "Mean", "SD"] * 4], *rows)
    with pytest.raises(DataFaults, match="one outcome of pain, function"):
        bring(tmp_path, content, name="t.xlsx")


def test_the_number_of_a_comparison_is_no_arm(tmp_path: Path) -> None:
    header = "Comparison Number,Study ID,Events 1,Total 1,Events 2,Total 2"
    content = "\n".join([header, *(f"1,{s},{a},{n},{c},{m}" for s, (a, n, c, m) in zip(STUDIES, E, strict=True))]) + "\n"
    assert one(bring(tmp_path, content)[0]) == ("RR", pytest.approx(RR, rel=1e-6))
