"""Tables of judgements by tools without columns of their own: which tool it is, its words, its rows in a package."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evidence_synthesis.cli import main
from evidence_synthesis.importers.risk_of_bias import from_table, is_table
from evidence_synthesis.review.package import DataFaults

ROBINS_BY_NAME = (
    "Study,Bias due to confounding,Bias in selection of participants,Bias in classification of interventions,"
    "Bias due to deviations,Bias due to missing data,Bias in measurement of outcomes,Bias in selection of the reported result,"
    "Overall\nA,Moderate,Low,Low,Low,No information,Low,Serious risk,Serious\n"
)
PEDRO = "Study," + ",".join(f"PEDro {n}" for n in range(1, 12)) + ",Score\nA,1,1,0,1,0,0,1,1,1,1,1,7\n"
RESULTS = "study,ai,n1i,ci,n2i\nA,5,40,9,42\nB,3,30,7,31\n"
ABOUT = """'1': {name: Outcome, treatment: exercise_therapy, comparator: usual_care, outcome: adverse_event, region: low back,
  chronicity: chronic, higher_is_worse: 'yes', weeks: 12}
"""


def rated(content: str, tool: str = "") -> dict[str, str]:
    header, *lines = csv.reader(content.splitlines())
    rows = [(i, dict(zip(header, line, strict=True))) for i, line in enumerate(lines, 2)]
    assert tool or is_table(header)
    return dict(from_table(header, rows, "judged.csv", tool)["A"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "Study,D1,D2,D3,D4,D5,D6,D7,Overall\nA,Low,Moderate,Low,Low,Critical,Low,NI,Critical\n",
            {"confounding": "low", "missing data": "critical", "selection of the reported result": "no information"},
        ),
        (ROBINS_BY_NAME, {"confounding": "moderate", "missing data": "no information", "overall": "serious"}),
    ],
)
def test_robins_i_by_numbers_and_by_names(content: str, told: dict[str, str]) -> None:
    found = rated(content)
    assert len(found) == 8
    assert {f"ROBINS-I: {domain}": word for domain, word in told.items()}.items() <= found.items()


def test_the_first_tool_keeps_its_seven_numbers() -> None:
    assert "rob1_sequence" in rated("Study,D1,D2,D3,D4,D5,D6,D7\nA,Low,High,Low,Low,Unclear,Low,Low\n")


def test_words_that_robins_i_has_not_are_faults() -> None:
    with pytest.raises(DataFaults, match="found 'Doubtful'"):
        rated("Study,D1,D2,D3,D4,D5,D6,D7,Overall\nA,Low,Moderate,Doubtful,Low,Low,Low,Low,Serious\n")


def test_stars_of_newcastle_ottawa_are_counted() -> None:
    assert rated("Study,Selection,Comparability,Exposure,Total\nA,****,*,★★★,8\n") == {
        "Newcastle-Ottawa: selection": "4",
        "Newcastle-Ottawa: comparability": "1",
        "Newcastle-Ottawa: exposure": "3",
        "Newcastle-Ottawa: total": "8",
    }


def test_pedro_items_and_total() -> None:
    found = rated(PEDRO)
    assert (found["PEDro: item 11"], found["PEDro: item 3"], found["PEDro: total"]) == ("1", "0", "7")


def test_a_named_tool_has_the_domains_of_its_columns() -> None:
    found = rated("Study,1. Inclusion criteria,2. Setting,Overall appraisal\nA,Y,U,Include\n", "JBI")
    assert found == {"JBI: inclusion criteria": "Y", "JBI: setting": "U", "JBI: overall appraisal": "Include"}


def test_one_row_a_judgement() -> None:
    content = "Study,Domain,Judgement\nA,Random sequence generation,Low\nA,Allocation concealment,High\n"
    assert rated(content) == {"rob1_sequence": "low", "rob1_allocation": "high"}


def command(tmp_path: Path, judged: str, *options: str) -> Result:
    (tmp_path / "results.csv").write_text(RESULTS, encoding="utf-8")
    (tmp_path / "judged.csv").write_text(judged, encoding="utf-8")
    (tmp_path / "about.yaml").write_text(ABOUT, encoding="utf-8")
    arguments = ["import", "csv", str(tmp_path / "results.csv"), "--guess", "--risk-of-bias", str(tmp_path / "judged.csv")]
    return CliRunner().invoke(main, [*arguments, *options])


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("Study,Q1,Q2,Q3,Q4,Q5,Q6", "a checklist such as JBI's"),
        ("Study,QUADAS-2 patient selection,Index test", "diagnostic accuracy"),
        ("Study,Jadad", "Jadad"),
        ("Study,Anything", "say the name of another tool with --tool"),
    ],
)
def test_a_tool_that_is_not_known_is_asked_for(header: str, what: str, tmp_path: Path) -> None:
    judged = header + "\nA" + ",Yes" * header.count(",") + "\n"
    done = command(tmp_path, judged)
    assert done.exit_code == 1
    assert what in done.output
    alone = CliRunner().invoke(main, ["import", "csv", str(tmp_path / "judged.csv"), "--guess"])
    assert alone.exit_code != 0
    assert "Traceback" not in alone.output
    assert command(tmp_path, judged, "--tool", "JBI").exit_code == 0


def test_judgements_of_any_tool_enter_a_package_in_its_own_words(tmp_path: Path) -> None:
    done = command(
        tmp_path, "Study,Selection,Comparability,Outcome\nA,3,2,3\nB,**,*,*\n", "--about", str(tmp_path / "about.yaml"), "--out",
        str(tmp_path / "out"), "--package", "data",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    with (tmp_path / "out/risk_of_bias.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["trial_id"], r["tool"], r["domain"], r["judgement"]) for r in rows][::3] == [
        ("a", "Newcastle-Ottawa", "selection", "3"),
        ("b", "Newcastle-Ottawa", "selection", "2"),
    ]


def test_results_and_judgements_in_one_table(tmp_path: Path) -> None:
    table = tmp_path / "both.csv"
    table.write_text(
        "Study,n1,events1,n2,events2,D1,D2,D3,D4,D5,Overall\nA,30,12,31,15,Low,Low,High,Low,Low,High\n"
        "B,40,8,39,14,Low,Low,Low,Low,Low,Low\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(main, ["import", "csv", str(table), "--guess"])
    assert done.exit_code == 0
    assert "Risk of bias is given for 2 studies." in done.output
    assert "not used" not in done.output
