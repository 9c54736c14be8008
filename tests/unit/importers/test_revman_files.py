"""RevMan 5 files: what they state of an analysis, its subgroups, and the risk of bias that comes along."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from conftest import DATA, read_csv

from evidence_synthesis.cli import main
from evidence_synthesis.importers import review
from evidence_synthesis.importers.infer import infer
from evidence_synthesis.importers.revman import read_revman
from evidence_synthesis.importers.risk_of_bias import domains_of, from_table, is_table, joined
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.package import DataFaults

STUDIES = (
    '<STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES><STUDY ID="STD-0" NAME="Alba" YEAR="2010"/>'
    '<STUDY ID="STD-1" NAME="Brno" YEAR="2011"/></INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>'
)
BIAS = (
    '<QUALITY_ITEMS><QUALITY_ITEM ID="Q1"><NAME>Random sequence generation (selection bias)</NAME><QUALITY_ITEM_DATA>'
    '<QUALITY_ITEM_DATA_ENTRY RESULT="YES" STUDY_ID="STD-0"/><QUALITY_ITEM_DATA_ENTRY RESULT="NO" STUDY_ID="STD-1"/>'
    '</QUALITY_ITEM_DATA></QUALITY_ITEM><QUALITY_ITEM ID="Q2"><NAME>Blinding?</NAME><QUALITY_ITEM_DATA>'
    '<QUALITY_ITEM_DATA_ENTRY RESULT="UNKNOWN" STUDY_ID="STD-0"/></QUALITY_ITEM_DATA></QUALITY_ITEM></QUALITY_ITEMS>'
)


def dich(study: int, a: float, n: float, c: float, m: float) -> str:
    return f'<DICH_DATA EVENTS_1="{a}" TOTAL_1="{n}" EVENTS_2="{c}" TOTAL_2="{m}" STUDY_ID="STD-{study}"/>'


FOUR = f'<DICH_SUBGROUP NO="1"><NAME>4 weeks</NAME>{dich(0, 8, 40, 12, 41)}{dich(1, 5, 30, 9, 31)}</DICH_SUBGROUP>'
TWELVE = f'<DICH_SUBGROUP NO="2"><NAME>12 weeks</NAME>{dich(0, 9, 40, 15, 41)}{dich(1, 6, 30, 11, 31)}</DICH_SUBGROUP>'


def revman(folder: Path, data: str, **attributes: str) -> Path:
    told = {"NO": "1", "EFFECT_MEASURE": "RR", "METHOD": "MH", "RANDOM": "YES"} | attributes
    words = " ".join(f'{k}="{v}"' for k, v in told.items())
    path = folder / "review.rm5"
    path.write_text(
        f'<COCHRANE_REVIEW>{BIAS}{STUDIES}<ANALYSES_AND_DATA><COMPARISON NO="1"><NAME>Drug</NAME><DICH_OUTCOME {words}>'
        f"<NAME>Cure</NAME>{data}</DICH_OUTCOME></COMPARISON></ANALYSES_AND_DATA></COCHRANE_REVIEW>",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(("totals", "subtotals"), [("SUB", 2), ("NO", 0), ("YES", 2)])
def test_a_total_is_formed_only_where_the_review_forms_one_of_different_people(
    totals: str, subtotals: int, tmp_path: Path
) -> None:
    made = review.bring_in(read_revman(revman(tmp_path, FOUR + TWELVE, TOTALS=totals)))
    (found,) = review.analysis_rows(made)
    assert (found["pooled"], found.get("estimate"), found.get("own_estimate")) == (0, None, None)
    assert found["no_total"]
    assert len(made.subtotals) == subtotals


def test_a_total_over_subgroups_of_different_studies(tmp_path: Path) -> None:
    one = f'<DICH_SUBGROUP NO="1"><NAME>low dose</NAME>{dich(0, 8, 40, 12, 41)}</DICH_SUBGROUP>'
    two = f'<DICH_SUBGROUP NO="2"><NAME>high dose</NAME>{dich(1, 5, 30, 9, 31)}</DICH_SUBGROUP>'
    made = review.bring_in(read_revman(revman(tmp_path, one + two, TOTALS="YES")))
    (found,) = review.analysis_rows(made)
    assert (found["pooled"], found["no_total"]) == (2, "")
    assert found["model"] == "random, MH"  # as stated: no weights are printed
    assert [r["subgroup"] for r in review.subgroup_rows(made)] == ["low dose", "high dose"]


def command(*arguments: str) -> str:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_subgroups_have_their_own_weeks_and_treatment(tmp_path: Path) -> None:
    path, out = revman(tmp_path, FOUR + TWELVE, TOTALS="SUB"), tmp_path / "out"
    command("import", "revman", str(path), "--out", str(out))
    about = yaml.safe_load((out / "about.yaml").read_text())
    assert about["1.1"]["subgroups"] == {"4 weeks": {"weeks": "4"}, "12 weeks": {"weeks": "12"}}
    about["1.1"] |= {"treatment": "yoga", "comparator": "usual_care", "outcome": "recovery", "region": "low back"}
    about["1.1"] |= {"chronicity": "chronic", "higher_is_worse": "no"}
    about["1.1"]["subgroups"]["12 weeks"]["treatment"] = "massage"
    (tmp_path / "about.yaml").write_text(yaml.safe_dump(about))
    command("import", "revman", str(path), "--out", str(out), "--about", str(tmp_path / "about.yaml"), "--package", str(DATA))
    yoga, massage = (read_csv(out / f"results/{name}.csv") for name in ("yoga", "massage"))
    assert {r["weeks"] for r in yoga} == {"4"}
    assert {r["weeks"] for r in massage} == {"12"}
    assert ([r["subgroup"] for r in yoga], {r["subgroup"] for r in massage}) == (["4 weeks", "4 weeks"], {"12 weeks"})
    assert [r["events_t"] for r in yoga] == ["8", "5"]
    judged = [(j["trial_id"], j["tool"], j["domain"], j["judgement"], j["source_id"]) for j in read_csv(out / "risk_of_bias.csv")]
    assert judged == [
        ("alba", "RoB 1", "random sequence generation", "low", "review"),
        ("alba", "RoB 1", "blinding of participants and personnel", "unclear", "review"),
        ("alba", "RoB 1", "blinding of outcome assessment", "unclear", "review"),
        ("brno", "RoB 1", "random sequence generation", "high", "review"),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"subgroups": {"26 weeks": {}}}, "a subgroup of 1.1"),
        ({"subgroups": ["4 weeks"]}, "subgroups by their names"),
        ({"subgroups": {"4 weeks": "four"}}, "what differs in the subgroup"),
        ({"subgroups": {"4 weeks": {"colour": "red"}}}, "1.1, 4 weeks.colour"),
    ],
)
def test_what_subgroups_are_about_is_checked(change: dict[str, object], expected: str, tmp_path: Path) -> None:
    path = revman(tmp_path, FOUR + TWELVE)
    about = {"treatment": "a", "comparator": "b", "outcome": "c", "region": "d", "chronicity": "e"} | change
    (tmp_path / "about.yaml").write_text(yaml.safe_dump({"1.1": about}))
    call = [
        "import",
        "revman",
        str(path),
        "--out",
        str(tmp_path / "o"),
        "--about",
        str(tmp_path / "about.yaml"),
        "--package",
        str(DATA),
    ]
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 1
    assert expected in done.output


def test_swapped_events_and_the_level_that_a_file_states(tmp_path: Path) -> None:
    rows = read_revman(revman(tmp_path, dich(0, 8, 40, 12, 41), SWAP_EVENTS="YES", CI_STUDY="90"))
    inferred = infer(rows)
    assert inferred is not None
    assert (inferred.swapped, inferred.level) == (True, 90.0)
    (found,) = review.analysis_rows(review.bring_in(rows))
    assert found["estimate"] == pytest.approx((32 / 40) / (29 / 41))


def test_a_word_for_a_number_costs_its_row_only(tmp_path: Path) -> None:
    data = (dich(0, 8, 40, 12, 41) + dich(1, 5, 30, 9, 31)).replace('EVENTS_1="8"', 'EVENTS_1="ten"')
    made = review.bring_in(read_revman(revman(tmp_path, data)))
    (found,) = review.analysis_rows(made)
    assert (found["studies"], found["pooled"]) == (2, 1)
    assert "found 'ten'" in review.report(made, "review.rm5")


def test_risk_of_bias_of_a_revman_file(tmp_path: Path) -> None:
    first, second = read_revman(revman(tmp_path, dich(0, 8, 40, 12, 41) + dich(1, 5, 30, 9, 31)))
    assert dict(first.judgements) == {
        **{"rob1_sequence": "low", "rob1_blinding_participants": "unclear", "rob1_blinding_outcome": "unclear"}
    }
    assert dict(second.judgements) == {"rob1_sequence": "high"}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Random sequence generation (selection bias)", "rob1_sequence"),
        ("Adequate sequence generation?", "rob1_sequence"),
        ("Allocation concealment (selection bias)", "rob1_allocation"),
        ("Blinding of participants and personnel (performance bias)", "rob1_blinding_participants"),
        ("Blinding of outcome assessment (detection bias)", "rob1_blinding_outcome"),
        ("Incomplete outcome data (attrition bias)", "rob1_incomplete"),
        ("Selective reporting (reporting bias)", "rob1_selective"),
        ("Other bias", "rob1_other"),
    ],
)
def test_items_mean_domains(name: str, column: str) -> None:
    assert domains_of(name) == (column,)


def test_one_item_on_blinding_means_both_domains() -> None:
    both = ("rob1_blinding_participants", "rob1_blinding_outcome")
    assert domains_of("Blinding (performance bias and detection bias)") == both
    assert domains_of("Blinding?") == both
    assert domains_of("Country") == ()


def table(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    header, *lines = [line.split(",") for line in text.splitlines()]
    return header, [(i, dict(zip(header, line, strict=True))) for i, line in enumerate(lines, 2)]


def test_tables_of_robvis() -> None:
    """The columns of robvis' own example data (data_rob2, data_rob1)."""
    header, rows = table(
        "Study,D1,D2,D3,D4,D5,Overall,Weight\nAlba,Low,NI,High,Low,Some concerns,High,33\nBrno,Low,Low,Low,Low,Low,Low,9"
    )
    assert is_table(header)
    told = from_table(header, rows, "rob2.csv")
    assert dict(told["Alba"]) == {
        **{"rob2_d1": "low", "rob2_d3": "high", "rob2_d4": "low", "rob2_d5": "some concerns", "rob2_overall": "high"}
    }
    header, rows = table(
        "Study,Random.sequence.generation,Allocation.concealment,Blinding.of.participants.and.personnel,"
        "Blinding.of.outcome.assessment,Incomplete.outcome.data,Selective.reporting,Other.sources.of.bias,Overall\n"
        "Alba,Low,Unclear,High,Low,Low,Low,No information,High"
    )
    assert is_table(header)
    assert [r for _, r in from_table(header, rows, "rob1.csv")["Alba"]] == ["low", "unclear", "high", "low", "low", "low"]


def test_words_that_are_no_judgement_are_faults() -> None:
    header, rows = table("Study,D1,D2,D3,D4,D5,Overall\nAlba,Low,Doubtful,Low,Low,Low,Low")
    with pytest.raises(DataFaults, match="doubtful"):
        from_table(header, rows, "rob2.csv")


def test_judgements_join_by_name_and_the_rest_is_told() -> None:
    rows = [StudyRow("1", "", "", "Alba, 2010"), StudyRow("1", "", "", "Brno 2011")]
    made, notes = joined(rows, {"ALBA (2010)": (("rob2_d1", "low"),), "Cork": ()})
    assert made[0].judgements == (("rob2_d1", "low"),)
    assert notes == ["risk of bias: no study is called 'Cork'", "risk of bias: nothing is said of 'Brno 2011'"]


def test_a_table_of_judgements_beside_a_table_of_results(tmp_path: Path) -> None:
    results, judged = tmp_path / "results.csv", tmp_path / "rob.csv"
    results.write_text("study,ai,n1i,ci,n2i\nAlba,3,30,5,30\n")
    judged.write_text("Study,D1,D2,D3,D4,D5,Overall\nAlba,Low,Low,High,Low,Low,High\n")
    text = command("import", "csv", str(results), "--guess", "--risk-of-bias", str(judged))
    assert "Risk of bias is given for 1 study." in text
    done = CliRunner().invoke(main, ["import", "csv", str(judged), "--guess"])
    assert done.exit_code == 2
    assert "--risk-of-bias" in done.output
