"""The same three tables in the ways of other people, each against what metafor gives for it (see ``tables``)."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook
from tables import MD, OR, RATIO, RATIO_99, RD, RR, SMD, STUDIES, E, M, R, bring, each, one, table

from evidence_synthesis.importers import review
from evidence_synthesis.importers.comparators import controls_among
from evidence_synthesis.importers.guess import NothingFits
from evidence_synthesis.importers.percentages import counts_of
from evidence_synthesis.importers.printed import printed
from evidence_synthesis.review.package import DataFaults


@pytest.mark.parametrize(
    "header",
    [
        *("Study,Ev_exp,Tot_exp,Ev_ctrl,Tot_ctrl", "Author (year),Treatment n,Treatment N,Control n,Control N"),
        *("Study,event1,n1,event0,n0", "study,tcases,tn,ccases,cn", "Trial,Active_dead,Active_total,Placebo_dead,Placebo_total"),
        *("Study,Relapse (acupuncture),N (acupuncture),Relapse (sham),N (sham)", "study,events,n,events,n"),
        "Study,Vaccinated cases,Vaccinated total,Unvaccinated cases,Unvaccinated total",
        "Study,No. events (drug),No. patients (drug),No. events (placebo),No. patients (placebo)",
        *("研究,治疗组事件数,治疗组总数,对照组事件数,对照组总数", "研究,试验组有效例数,试验组例数,对照组有效例数,对照组例数"),
        "Исследование,События терапия,Всего терапия,События контроль,Всего контроль",
        "Μελέτη,Συμβάντα θεραπεία,Σύνολο θεραπεία,Συμβάντα ελέγχου,Σύνολο ελέγχου",
        "الدراسة,الأحداث العلاج,العدد العلاج,الأحداث الضابطة,العدد الضابطة",
        "Studie,Ereignisse Intervention,Gesamt Intervention,Ereignisse Kontrolle,Gesamt Kontrolle",
        "Studio,Eventi trattamento,Totale trattamento,Eventi controllo,Totale controllo",
    ],
)
def test_counts_in_further_names(header: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table(header, E))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


@pytest.mark.parametrize(
    "header",
    [
        *("Study,tn,tmean,tsd,cn,cmean,csd", "研究,试验组例数,试验组均数,试验组标准差,对照组例数,对照组均数,对照组标准差"),
        "Исследование,N терапия,Среднее терапия,СО терапия,N контроль,Среднее контроль,СО контроль",
        *("Study,CBT n,CBT mean,CBT SD,TAU n,TAU mean,TAU SD", "study,n,mean,sd,n,mean,sd"),
        "author,n.g1,mean.g1,sd.g1,n.g2,mean.g2,sd.g2",
    ],
)
def test_means_in_further_names(header: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table(header, M))
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))


@pytest.mark.parametrize(
    ("header", "measure"),
    [
        *(("Study,HR,min CI,max CI", "HR"), ("Study,HR for death,Lower,Upper", "HR"), ("Study,sHR,Lower,Upper", "HR")),
        *(("Study,Overall survival HR,OS lower,OS upper", "HR"), ("Study,Hazard Ratio (HR),95% LCL,95% UCL", "HR")),
        ("Study,OR cure,Lower,Upper", "OR"),
    ],
)
def test_effects_in_further_names(header: str, measure: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table(header, R))
    assert one(made) == (measure, pytest.approx(RATIO, rel=1e-6))


def test_two_effects_of_which_none_is_chosen_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DataFaults):
        bring(tmp_path, "study,HR death,HR relapse,lower,upper\nA,0.5,0.6,0.3,0.9\nB,0.7,0.8,0.5,1.2\n")


@pytest.mark.parametrize(
    "cell",
    [
        *("{e} ({l}~{u})", "{e} ({l}/{u})", '"{e} (CI {l}, {u})"', '"{e} ({l}-{u}), p=0.04"', "{e} ({l} to {u})*"),
        *("{e}（{l}，{u}）", "HR {e} ({l} to {u})", "HR={e} (95% CI {l} to {u})", "{e} ({l} to {u}; P=0.03)", "{e} ({l} до {u})"),
        *("{e} ({l} bis {u})", "{e} ({l} a {u})", "{e} ({l} and {u})", "{e} {{{l}; {u}}}", "{e} [95% CrI {l}; {u}]"),
        "aHR {e} (95 % CI: {l}\u2013{u})",
    ],
)
@pytest.mark.parametrize("header", ["Study,HR (95% CI)", "Study,HR"])
def test_effect_and_limits_in_one_cell(header: str, cell: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, each(header, R, lambda e, lo, hi: cell.format(e=e, l=lo, u=hi)))
    assert one(made) == ("HR", pytest.approx(RATIO, rel=1e-6))


def test_cells_tell_the_level_of_their_interval(tmp_path: Path) -> None:
    made, _ = bring(tmp_path, each("Study,HR", R, lambda e, lo, hi: f"{e} (99% CI {lo} to {hi})"))
    assert one(made) == ("HR", pytest.approx(RATIO_99, rel=1e-5))


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("- 5.2 (- 9.1 to - 1.3)", ("-5.2", "-9.1", "-1.3", None)),
        ("0.4 - 1.2", (None, "0.4", "1.2", None)),
        ("-9.1--1.3", (None, "-9.1", "-1.3", None)),
        ("1,2 [0,9; 1,6]", ("1,2", "0,9", "1,6", None)),
        ("90% CI 0.4 to 1.2", (None, "0.4", "1.2", 90.0)),
        *(("5.2 (1.1)", None), ("5/40", None), ("12", None), ("", None)),
    ],
)
def test_what_a_cell_prints(cell: str, told: tuple[object, ...] | None) -> None:
    assert printed(cell) == told


@pytest.mark.parametrize(
    "word", ["Sum", "All", "Gesamt", "合计", "总计（95% CI）", "Итого", "Σ", "Σύνολο", "المجموع", "Totale", "합계"]
)
def test_totals_in_any_language_are_no_studies(word: str, tmp_path: Path) -> None:
    made, notes = bring(tmp_path, table("study,ai,n1i,ci,n2i", E) + f"{word},40,300,69,300\n")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert any(word in n and "no study" in n for n in notes)


@pytest.mark.parametrize(
    "lines",
    [
        "Alba 2010*,5*,40,9,42\nBrno 2012,3†,30,7,31\nCork 2015,12,80a,20,78\nDijon 2018,20,150,33‡,149\n",
        "Alba 2010,5¹,40,9,42\nBrno 2012,3,30²,7,31\nCork 2015,12,80 (b),20,78\nDijon 2018,20^a,150,33 §,149\n",
    ],
)
def test_marks_of_footnotes_are_taken_off_and_told(lines: str, tmp_path: Path) -> None:
    made, notes = bring(tmp_path, "study,ai,n1i,ci,n2i\n" + lines)
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert any("footnotes" in n for n in notes)


@pytest.mark.parametrize("row", ["X;5;1.040;9;1.042", "X;5;1'040;9;1’042", "X;5;n = 1040;9;N=1042", "X;5;1 040;9;1\u202f042"])
def test_thousands_of_people(row: str, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, f"study;ai;n1i;ci;n2i\n{row}\nY;3;2030;7;2031\n")
    first, second = made.rows["1"]
    assert (first.n_t, first.n_c, second.n_t) == (1040, 1042, 2030)


@pytest.mark.parametrize("digits", [1, 2])
@pytest.mark.parametrize(
    "header", ["Study,Response % drug,N drug,Response % placebo,N placebo", "study,events_t,n_t,events_c,n_c"]
)
def test_percentages_that_whole_numbers_of_people_give(header: str, digits: int, tmp_path: Path) -> None:
    text = each(header, E, lambda a, n, c, m: f"{100 * a / n:.{digits}f},{n},{100 * c / m:.{digits}f},{m}")
    made, notes = bring(tmp_path, text)
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert any("percentages" in n for n in notes)
    made, _ = bring(tmp_path, each("study,events_t,n_t,events_c,n_c", E, lambda a, n, c, m: f"{a / n:.4f},{n},{c / m:.4f},{m}"))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))


def test_a_percentage_that_no_whole_number_gives_costs_its_row(tmp_path: Path) -> None:
    text = "Study,Response % drug,N drug,Response % placebo,N placebo\nA,12.3,40,20,40\nB,10,40,20,40\n"
    made, _ = bring(tmp_path, text)
    assert [e is None for e, _ in made.effects["1"]] == [True, False]
    assert "12.3%" in made.effects["1"][0][1]
    assert (counts_of("12.5", 40, 100.0), counts_of("12.3", 40, 100.0), counts_of("13", 150, 100.0)) == ([5], [], [19, 20])


@pytest.mark.parametrize("code", [-99, 999, -9999])
def test_codes_for_missing_values_are_named_not_pooled(code: int, tmp_path: Path) -> None:
    made, _ = bring(tmp_path, table("study,n1i,m1i,sd1i,n2i,m2i,sd2i", M) + f"Zed 2019,30,{code},1,31,5.9,1.2\n")
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    assert "code for a missing value" in made.effects["1"][3][1]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "cp1251", "gb18030", "cp1252"])
def test_letters_of_other_systems(encoding: str, tmp_path: Path) -> None:
    name = {"cp1251": "Иванов", "gb18030": "王小明", "cp1252": "Öberg"}.get(encoding, "王小明")
    head = "Étude" if encoding == "cp1252" else "study"
    content = table(f"{head};n1i;m1i;sd1i;n2i;m2i;sd2i", M, ";").replace("Alba", name).replace(".", ",").encode(encoding)
    made, notes = bring(tmp_path, content)
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    assert made.rows["1"][0].study == f"{name} 2010"
    assert any("not UTF-8" in n for n in notes) == (not encoding.startswith("utf"))


def _book(rows: Sequence[Sequence[object]], change: Callable[[Workbook], None] = lambda _: None) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    change(book)
    book.save(stream)
    return stream.getvalue()


ROWS = [["study", "n1i", "m1i", "sd1i", "n2i", "m2i", "sd2i"], *([s, *r] for s, r in zip(STUDIES, M, strict=False))]


def test_files_go_by_what_they_hold_not_by_their_names(tmp_path: Path) -> None:
    for content, name in ((_book(ROWS), "t.csv"), (table(",".join(map(str, ROWS[0])), M).encode(), "t.xlsx")):
        assert one(bring(tmp_path, content, name=name)[0]) == ("MD", pytest.approx(MD, rel=1e-6))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Save As, Excel workbook"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "a workbook that opens"),
        (b"%PDF-1.4 ...\n1 0 obj", "PDF"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match=told):
        bring(tmp_path, content)


def test_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    def older(book: Workbook) -> None:
        sheet = book.create_sheet("old")
        sheet.sheet_state = "hidden"
        for row in ROWS:
            sheet.append(row)

    assert one(bring(tmp_path, _book(ROWS, older), name="t.xlsx")[0]) == ("MD", pytest.approx(MD, rel=1e-6))


def test_numbers_of_rows_and_columns_set_apart_by_spaces(tmp_path: Path) -> None:
    lines = table(",".join(map(str, ROWS[0])), M).splitlines()
    numbered = "\n".join([lines[0], *(f"{i},{line}" for i, line in enumerate(lines[1:], 1))])
    for text in (numbered, "\n".join(lines).replace(",", "    ")):
        assert one(bring(tmp_path, text)[0]) == ("MD", pytest.approx(MD, rel=1e-6))


def _yi(measure: str) -> Callable[..., str]:
    from evidence_synthesis.effects.formulas import ArmSummary, effect_of_arms

    def line(a: int, n: int, c: int, m: int) -> str:
        made = effect_of_arms(measure, ArmSummary(n, None, None, a), ArmSummary(m, None, None, c))
        return f"{a},{n - a},{c},{m - c},{made.yi:.4f},{made.vi:.4f}"

    return line


@pytest.mark.parametrize(("measure", "value"), [("RR", RR), ("OR", OR), ("RD", RD)])
def test_the_measure_of_escalc_is_the_one_that_its_counts_give(measure: str, value: float, tmp_path: Path) -> None:
    made, notes = bring(tmp_path, each("author,tpos,tneg,cpos,cneg,yi,vi", E, _yi(measure)))
    assert one(made) == (measure, pytest.approx(value, rel=1e-6))
    assert any(f"'yi' is the {measure}" in n for n in notes)


def test_standardised_differences_of_escalc(tmp_path: Path) -> None:
    entered = ((-0.6568, 0.0514), (-0.9817, 0.0735), (-0.5119, 0.0383))  # escalc(measure="SMD"), four digits
    made, _ = bring(tmp_path, table("study,n1i,m1i,sd1i,n2i,m2i,sd2i,yi,vi", [(*m, *e) for m, e in zip(M, entered, strict=True)]))
    assert one(made) == ("SMD", pytest.approx(SMD, rel=2e-3))


def test_entered_effects_that_the_arms_do_not_give_are_told(tmp_path: Path) -> None:
    made, notes = bring(tmp_path, each("study,ai,n1i,ci,n2i,yi,vi", E, lambda *r: ",".join(map(str, r)) + ",0.3,0.1"))
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert any("'yi' is no measure that the arms give and is not used" in n for n in notes)


def _arms(treatment: str, control: str) -> str:
    pairs = [f"{s},{treatment},{a},{n}\n{s},{control},{c},{m}\n" for s, (a, n, c, m) in zip(STUDIES, E, strict=True)]
    return "study,arm,events,n\n" + "".join(pairs)


@pytest.mark.parametrize(
    ("treatment", "control"),
    [
        *(("针灸", "安慰剂"), ("治疗组", "对照组"), ("Препарат", "Плацебо"), ("Traitement", "Témoin"), ("Exercise", "CAU")),
        *(("Exercise + TENS", "Exercise"), ("Drug + SoC", "SoC"), ("Yoga", "Minimal intervention"), ("针刺", "假针刺")),
    ],
)
def test_arms_and_their_comparator(treatment: str, control: str, tmp_path: Path) -> None:
    for text in (
        _arms(treatment, control),
        _arms(treatment, control).replace(f"Cork 2015,{control}", f"Cork 2015,{control.upper()}"),
    ):
        assert one(bring(tmp_path, text)[0]) == ("RR", pytest.approx(RR, rel=1e-6))


def test_controls_among_names() -> None:
    assert controls_among(["A", "B"]) == []
    assert controls_among(["Drug + placebo", "placebo"]) == ["placebo"]
    assert controls_among(["SoC", "Drug plus SoC", "Other"]) == ["SoC"]


def test_two_groups_without_a_control_are_asked_for(tmp_path: Path) -> None:
    text = table("Study,Surgery events,Surgery total,Conservative events,Conservative total", E)
    with pytest.raises(NothingFits, match="--reference which of surgery, conservative"):
        bring(tmp_path, text)
    assert one(bring(tmp_path, text, "Conservative")[0]) == ("RR", pytest.approx(RR, rel=1e-6))
    assert one(bring(tmp_path, text, "surgery")[0])[1] == pytest.approx(1 / RR, rel=1e-6)
    with pytest.raises(NothingFits, match="which of A, B"):
        bring(tmp_path, table("Study,Group A events,Group A total,Group B events,Group B total", E))


def test_lines_above_subtotals_are_subgroups(tmp_path: Path) -> None:
    text = "study,ai,n1i,ci,n2i\nAdults,,,,\nA,5,40,9,42\nB,3,30,7,31\nSubtotal,8,70,16,73\nChildren,,,,\nC,5,40,9,42\n"
    made, _ = bring(tmp_path, text + "D,3,30,7,31\nSubtotal,8,70,16,73\nTotal,16,140,32,146\n")
    assert [r.subgroup for r in made.rows["1"]] == ["Adults", "Adults", "Children", "Children"]
    made, _ = bring(tmp_path, "study,ai,n1i,ci,n2i\nZed,,,,\nA,5,40,9,42\nYon,,,,\nB,3,30,7,31\n")
    assert {r.subgroup for r in made.rows["1"]} == {""}


def test_design_and_weeks_come_along_and_are_told(tmp_path: Path) -> None:
    text = "study,Design,weeks,n1i,m1i,sd1i,n2i,m2i,sd2i\nA,RCT,6,40,5.2,1.1,42,6,1.3\nB,cross-over,12,20,5,1,20,6,1\n"
    made, notes = bring(tmp_path, text)
    assert [dict(r.facts) for r in made.rows["1"]] == [
        {"design": "parallel", "weeks": "6"},
        {"design": "crossover", "weeks": "12"},
    ]
    assert any("B: crossover trials, pooled here like parallel groups" in n for n in notes)


def test_nobody_with_the_event_gives_no_effect_but_the_counts_are_kept(tmp_path: Path) -> None:
    made, _ = bring(tmp_path, "study,ai,n1i,ci,n2i\nX,0,40,0,42\nY,0,30,0,31\n")
    assert made.analyses["1"] is None
    assert [why for _, why in made.effects["1"]] == ["nobody had the event"] * 2
    assert [(r.study, r.n_t) for r in review.for_package(made)] == [("X", 40), ("Y", 30)]
    made, _ = bring(tmp_path, "study,ai,n1i,ci,n2i\nX,0,40,0,42\nY,3,30,7,31\n")
    assert [r.study for r in review.for_package(made)] == ["X", "Y"]


@pytest.mark.parametrize("above", ["", "\tExperimental\t\tControl\t\t\tRisk Ratio\n"])
def test_the_text_of_a_forest_plot(above: str, tmp_path: Path) -> None:
    """As it is copied out of RevMan: the arms' columns twice, and lines below that are cut short."""
    lines = [f"{s}\t{a}\t{n}\t{c}\t{m}\t25%\t0.5 [0.2, 1.1]" for s, (a, n, c, m) in zip(STUDIES, E, strict=True)]
    head = f"{above}Study or Subgroup\tEvents\tTotal\tEvents\tTotal\tWeight\tM-H, Random, 95% CI"
    below = "Total (95% CI)\t\t300\t\t300\t100%\t0.58 [0.3, 1.0]\nTotal events:\t40\t\t69\nHeterogeneity: Tau² = 0.00; Chi² = 0.4"
    made, notes = bring(tmp_path, "\n".join([head, *lines, below]) + "\n")
    assert one(made) == ("RR", pytest.approx(RR, rel=1e-6))
    assert any("stand twice" in n for n in notes) == (not above)
    assert {r.weight for r in made.rows["1"]} == {25}


def test_an_effect_without_limits_tells_the_measure_of_the_arms(tmp_path: Path) -> None:
    made, _ = bring(
        tmp_path,
        table("study,n_t,mean_t,sd_t,n_c,mean_c,sd_c,SMD", [(*m, y) for m, y in zip(M, (-0.66, -0.98, -0.51), strict=True)]),
    )
    assert one(made) == ("SMD", pytest.approx(SMD, rel=2e-5))  # the correction by its usual approximation
