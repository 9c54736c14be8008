"""Further ways in which people write their tables: names of columns, cells, sheets, judgements. Values by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from evidence_synthesis.cli import main
from evidence_synthesis.importers.risk_of_bias import from_table, is_table
from evidence_synthesis.review.package import DataFaults

EVENTS = "Alba 2001,5,40,9,42\nBrno 2002,3,30,7,31\n"
RISK = 0.5239322446  # of both trials together, metafor's rma(measure="RR") with REML
MEANS = "Alba 2001,5.2,1.1,40,6.0,1.3,42\nBrno 2002,4.8,1.0,30,5.9,1.2,31\n"
DIFFERENCE = -0.9407200411
RATIOS = "Alba 2001,0.5,0.3,0.9\nBrno 2002,0.8,0.5,1.3\n"
HAZARD = 0.6454583662
GERMAN = "Study,Mittelwert Verum,Standardabweichung Verum,n Verum,Mittelwert Kontrolle,Standardabweichung Kontrolle,n Kontrolle"


def pooled(path: Path, *options: str) -> list[tuple[str, str, float]]:
    """Measure, name (none of the only one) and estimate of each analysis."""
    out = path.parent / "out"
    done = CliRunner().invoke(main, ["import", "csv", str(path), "--guess", "--out", str(out), *options])
    assert done.exit_code == 0, done.output
    with (out / "analyses.csv").open(encoding="utf-8") as stream:
        return [
            (r["measure"], r["analysis"].strip("1"), float(r["own_estimate"] or r["estimate"])) for r in csv.DictReader(stream)
        ]


def text(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "body", "measure", "value"),
    [
        ("Study,x1,s1,n1,x2,s2,n2", MEANS, "MD", DIFFERENCE),
        ("Study,xbar_t,s_t,n_t,xbar_c,s_c,n_c", MEANS, "MD", DIFFERENCE),
        (GERMAN, MEANS, "MD", DIFFERENCE),
        ("Study,a,n1,c,n2", EVENTS, "RR", RISK),
        ("Estudio,Eventos tratamiento,Total tratamiento,Eventos control,Total control", EVENTS, "RR", RISK),
        ("Study,aHR,95%CI_L,95%CI_U", RATIOS, "HR", HAZARD),
        ("Study,HR,LowerCL,UpperCL", RATIOS, "HR", HAZARD),
        ("Study,HR,2.5%,97.5%", RATIOS, "HR", HAZARD),
        ("Study,HR,L,U", RATIOS, "HR", HAZARD),
    ],
)
def test_names_of_columns(header: str, body: str, measure: str, value: float, tmp_path: Path) -> None:
    assert [(m, pytest.approx(v)) for m, _, v in pooled(text(tmp_path, f"{header}\n{body}"))] == [(measure, value)]


def test_the_cells_of_two_by_two_tables_by_their_letters(tmp_path: Path) -> None:
    path = text(tmp_path, "Study,a,b,c,d\nAlba,5,35,9,33\nBrno,3,27,7,24\n")
    assert pooled(path) == [("RR", "", pytest.approx(RISK))]


def test_a_standardised_difference_with_its_error(tmp_path: Path) -> None:
    path = text(tmp_path, "Study,Cohen's d,SE(d)\nAlba,-0.8,0.2\nBrno,-1.1,0.3\n")
    weights = (1 / 0.04, 1 / 0.09)
    assert pooled(path) == [("SMD", "", pytest.approx((-0.8 * weights[0] - 1.1 * weights[1]) / sum(weights)))]


def test_decimals_are_no_counts(tmp_path: Path) -> None:
    """Rates in columns of events would be read as people."""
    path = text(
        tmp_path, "Study,Events treatment,N treatment,Events control,N control\nAlba,12.4,40,21.4,42\nBrno,10.1,30,22.6,31\n"
    )
    done = CliRunner().invoke(main, ["import", "csv", str(path), "--guess", "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "expected whole numbers of people with the event" in done.output
    assert (tmp_path / "out/mapping.yaml").exists()


@pytest.mark.parametrize(
    "content",
    [
        "Study,Events treatment (%),N treatment,Events control (%),N control\nAlba,5 (12.5),40,9 (21.4),42\n"
        "Brno,3 (10%),30,7 [22.6%],31\n",
        "Study,Drug n/N (%),Placebo n/N (%)\nAlba,5/40 (12.5),9/42 (21.4)\nBrno,3/30 (10),7/31 (22.6)\n",
        "# exported\n# by somebody\nStudy,event.e,n.e,event.c,n.c\n" + EVENTS,
        "Study,event.e,n.e,event.c,n.c\n" + EVENTS + "Total (95% CI),8,70,16,73\nHeterogeneity: Chi2 = 0.1,,,,\n",
        "Study,event.e,n.e,event.c,n.c\n" + EVENTS + "Cork,n.d.,30,7,31\nDub,3,n/k,~,31\n",
        "Study,event.e,n.e,event.c,n.c\r" + EVENTS.replace("\n", "\r"),
    ],
    ids=["percent", "n of N", "remarks", "totals", "missing", "old line ends"],
)
def test_cells_and_lines(content: str, tmp_path: Path) -> None:
    assert pooled(text(tmp_path, content)) == [("RR", "", pytest.approx(RISK))]


def test_thousands(tmp_path: Path) -> None:
    """Counts of people with commas, and dots where commas are decimal; 1.040 in a file with decimal dots stays itself."""
    with_commas = 'Study,event.e,n.e,event.c,n.c\nAlba,5,"1,040",9,"1,042"\nBrno,3,30,7,31\n'
    plain = with_commas.replace('"', "").replace("1,0", "10")
    assert pooled(text(tmp_path, with_commas)) == pooled(text(tmp_path, plain))
    german = "study;n1i;m1i;sd1i;n2i;m2i;sd2i\nAlba;1.040;5,2;1,1;1.042;6,0;1,3\nBrno;30;4,8;1,0;31;5,9;1,2\n"
    english = german.replace(".", "").replace(",", ".")
    assert pooled(text(tmp_path, german)) == pooled(text(tmp_path, english))
    dots = "study;n1i;m1i;sd1i;n2i;m2i;sd2i\nAlba;40;5.200;1.100;42;6.0;1.3\nBrno;30;4.8;1.0;31;5.9;1.2\n"
    assert pooled(text(tmp_path, dots)) == [("MD", "", pytest.approx(DIFFERENCE))]


def test_outcomes_below_the_name_of_a_study(tmp_path: Path) -> None:
    """As merged cells of a workbook leave them."""
    book = Workbook()
    for line in (
        ["Study", "Outcome", "event.e", "n.e", "event.c", "n.c"],
        *(["Alba", "pain", 5, 40, 9, 42], [None, "death", 1, 40, 2, 42]),
        *(["Brno", "pain", 3, 30, 7, 31], [None, "death", 2, 30, 3, 31]),
    ):
        book.active.append(line)
    book.active.merge_cells("A2:A3")
    book.save(tmp_path / "table.xlsx")
    assert [(n, pytest.approx(v)) for _, n, v in pooled(tmp_path / "table.xlsx")] == [("pain", RISK), ("death", 0.6270831687)]


def test_a_nameless_row_after_a_total_is_of_no_study(tmp_path: Path) -> None:
    content = (
        "Study,Outcome,event.e,n.e,event.c,n.c\nAlba,pain,5,40,9,42\nBrno,pain,3,30,7,31\nTotal,pain,8,70,16,73\n,pain,1,9,2,9\n"
    )
    assert pooled(text(tmp_path, content)) == [("RR", "pain", pytest.approx(RISK))]


def test_effects_of_several_treatments_are_not_pooled_as_one(tmp_path: Path) -> None:
    """As gemtc has relative effects: a row of the reference without numbers."""
    lines = ["study,treatment,diff,std.err", "Alba,Placebo,NA,NA", "Alba,A,-0.5,0.2", "Alba,B,-0.2,0.2", "Brno,Placebo,NA,NA"]
    path = text(tmp_path, "\n".join([*lines, "Brno,A,-0.3,0.2", "Cork,Placebo,NA,NA", "Cork,B,-0.4,0.2"]) + "\n")
    assert pooled(path) == [("generic", f"{arm} vs Placebo", pytest.approx(v)) for arm, v in (("A", -0.4), ("B", -0.3))]


@pytest.mark.parametrize(
    ("header", "measure"),
    [("Study Label,Effect Size (yi),Sampling Variance (vi)", "generic"), ("Study name,Std diff in means,Variance", "SMD")],
)
def test_effects_with_variances(header: str, measure: str, tmp_path: Path) -> None:
    assert pooled(text(tmp_path, f"{header}\nAlba,-0.5,0.04\nBrno,-0.3,0.04\n")) == [(measure, "", pytest.approx(-0.4))]


@pytest.mark.parametrize(
    "header",
    [
        "Study,Domain 1,Domain 2,Domain 3,Domain 4,Domain 5,Overall risk of bias",
        "Study,D1: Randomisation,D2: Deviations,D3: Missing data,D4: Measurement,D5: Reporting,Overall bias",
        "Author,Randomization process,Deviations from intended interventions,Missing outcome data,Measurement of the outcome,"
        "Selection of the reported result,Overall",
    ],
)
def test_tables_of_rob_2(header: str) -> None:
    names = header.split(",")
    assert is_table(names)
    row = dict(zip(names, ["Alba", "Low risk of bias", "-", "No information", "High", "+", "Some concerns"], strict=True))
    told = dict(from_table(names, [(2, row)], "rob.csv")["Alba"])
    assert list(told.values()) == ["low", "some concerns", "high", "low", "some concerns"]
    assert [c for c in told if "overall" in c] != []
    assert len(told) == 5


def test_the_signs_of_revman_for_the_first_tool() -> None:
    names = [
        *("Study", "Random sequence generation (selection bias)", "Allocation concealment (selection bias)"),
        *("Blinding of participants and personnel (performance bias)", "Blinding of outcome assessment (detection bias)"),
        *("Incomplete outcome data (attrition bias)", "Selective reporting (reporting bias)", "Other bias"),
    ]
    assert is_table(names)
    row = dict(zip(names, ["Alba", "+", "?", "-", "Unclear risk of bias", "Low risk", "High risk of bias", "?"], strict=True))
    told = from_table(names, [(2, row)], "rob.csv")["Alba"]
    assert [rating for _, rating in told] == ["low", "unclear", "high", "unclear", "low", "high", "unclear"]


def rated(content: str) -> dict[str, str]:
    """The judgements of the only study of a table."""
    header, *lines = [line.split(",") for line in content.splitlines()]
    (judged,) = from_table(header, [(i, dict(zip(header, c, strict=True))) for i, c in enumerate(lines, 2)], "rob.csv").values()
    return dict(judged)


NUMBERED = "Study,D1,D2,D3,D4,D5,Overall\n"


@pytest.mark.parametrize(
    ("signs", "second", "third"),
    [
        ("+,!,-,+,+,-", "some concerns", "high"),
        ("+,-,x,+,+,x", "some concerns", "high"),
        ("低,有些担忧,高,低,低,高", "some concerns", "high"),
    ],
)
def test_signs_of_the_second_tool(signs: str, second: str, third: str) -> None:
    """Its own sheet writes + ! -, robvis + - x."""
    told = rated(NUMBERED + f"A,{signs}\n")
    assert (told["rob2_d1"], told["rob2_d2"], told["rob2_d3"], told["rob2_overall"]) == ("low", second, third, third)


def test_a_dash_that_may_be_two_ratings_is_asked_for() -> None:
    with pytest.raises(DataFaults, match="some concerns in robvis, high risk in the tool's own sheet"):
        rated(NUMBERED + "A,+,-,+,+,+,-\n")


def test_the_worst_of_several_judgements_holds() -> None:
    assert rated(NUMBERED + "A,High,Low,Low,Low,Low,High\nA,Low,Low,Low,Low,Low,Low\n")["rob2_d1"] == "high"
    assert rated("Study,D1a,D1b,D2,D3,D4,D5,Overall\nA,Low,High,Low,Low,Low,Low,High\n")["rob2_d1"] == "high"
