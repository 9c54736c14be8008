"""Judgements of risk of bias: which hold for a result, and what they amount to by the settings."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from conftest import ROOT, Package, columns_of

from evidence_synthesis.cli import main
from evidence_synthesis.review.joined import rate
from evidence_synthesis.review.judgements import held, load_tools, rating
from evidence_synthesis.review.package import DataFaults
from evidence_synthesis.review.trials import check_package

ROW = {"row_id": "a", "trial_id": "smith-2001", "outcome": "pain"}
LIST = ["one", "two", "three"]


def judgement(tool: str, domain: str, words: str, **about: str) -> dict[str, str]:
    told = {"trial_id": "smith-2001", "row_id": "", "outcome": "", "tool": tool, "domain": domain, "judgement": words}
    return told | about


def rated(judgements: list[dict[str, str]], section: dict | None) -> tuple[str, str]:
    return rating(held(ROW, {"smith-2001": judgements}), load_tools(section))


def test_the_judgement_that_is_closest_to_the_result_holds() -> None:
    trial, outcome, row = ({}, {"outcome": "pain"}, {"row_id": "a"})
    said = [judgement("RoB 2", "overall", w, **about) for w, about in (("low", trial), ("high", row), ("some concerns", outcome))]
    others = [judgement("RoB 2", "overall", "low", outcome="function"), judgement("RoB 2", "overall", "low", row_id="b")]
    assert held(ROW, {"smith-2001": said + others}) == {("RoB 2", "overall"): ["high"]}
    assert held(ROW | {"row_id": "x"}, {"smith-2001": said}) == {("RoB 2", "overall"): ["some concerns"]}
    assert held(ROW | {"row_id": "x", "outcome": "recovery"}, {"smith-2001": said}) == {("RoB 2", "overall"): ["low"]}
    assert held(ROW | {"trial_id": "jones-2002"}, {"smith-2001": said}) == {}


PEDRO = {"tools": {"PEDro": {"reason": "x", "domains": ["total"], "scores": {"low": 9, "some concerns": 6, "high": 0}}}}
LENIENT = {"PEDro": {"reason": "x", "domains": ["total"], "scores": {"low": 6, "some concerns": 4, "high": 0}}}
WORST = {
    "tools": {
        "RoB 1": {"reason": "x", "worst_of": LIST, "words": {"low": ["low"], "some concerns": ["unclear"], "high": ["high"]}}
    }
}
CASES = [
    ([judgement("RoB 2", "overall", "high")], None, ("high", "RoB 2")),
    ([judgement("RoB 1", "overall", "high")], None, ("", "")),
    ([judgement("PEDro", "total", "7/10")], PEDRO, ("some concerns", "PEDro")),
    ([judgement("PEDro", "total", "10/10")], PEDRO, ("low", "PEDro")),
    ([judgement("PEDro", "total", "not scored")], PEDRO, ("", "")),
    ([judgement("PEDro", "total", "7/10")], None, ("", "")),
    ([judgement("PEDro", "allocation", "7/10")], PEDRO, ("", "")),
    # judges who disagree: the worst
    ([judgement("PEDro", "total", "9/10"), judgement("PEDro", "total", "5/10", source_id="x")], PEDRO, ("high", "PEDro")),
    # the worst of several domains, unknown until all are judged or one is high
    ([judgement("RoB 1", d, "Low") for d in LIST], WORST, ("low", "RoB 1")),
    (
        [judgement("RoB 1", "one", "unclear"), *(judgement("RoB 1", d, "low") for d in LIST[1:])],
        WORST,
        ("some concerns", "RoB 1"),
    ),
    ([judgement("RoB 1", "one", "low"), judgement("RoB 1", "two", "unclear")], WORST, ("", "")),
    ([judgement("RoB 1", "two", "high")], WORST, ("high", "RoB 1")),
]


@pytest.mark.parametrize(("judgements", "section", "expected"), CASES)
def test_a_mapping_gives_a_level_or_nothing(judgements: list, section: dict | None, expected: tuple[str, str]) -> None:
    assert rated(judgements, section) == expected


def test_the_first_tool_of_the_settings_counts(config: dict) -> None:
    said = [judgement("AHRQ", "overall", "Poor"), judgement("RoB 2", "overall", "low"), judgement("RoB 1", "other bias", "high")]
    assert rated(said, config["risk_of_bias"]) == ("low", "RoB 2")
    assert rated(said[:1], config["risk_of_bias"]) == ("high", "AHRQ")
    assert rated(said[2:], config["risk_of_bias"]) == ("", "")  # a tool that the settings leave unmapped


def test_the_other_mapping_stands_in_for_the_tools_that_it_names(config: dict) -> None:
    said = [judgement("PEDro", "total", "7/10"), judgement("AHRQ", "overall", "Poor")]
    tools = load_tools(config["risk_of_bias"], otherwise=True)
    assert rating(held(ROW, {"smith-2001": said[:1]}), tools) == ("low", "PEDro")
    assert rating(held(ROW, {"smith-2001": said[1:]}), tools) == ("high", "AHRQ")
    assert list(tools) == list(load_tools(config["risk_of_bias"]))
    assert load_tools(PEDRO, otherwise=True) == load_tools(PEDRO)


def test_ratings_reach_the_checked_rows(package: Package) -> None:
    empty = dict.fromkeys(columns_of("risk_of_bias"), "")
    package.write(
        "risk_of_bias",
        [
            empty | judgement("PEDro", "total", "7/10"),
            empty | judgement("RoB 2", "overall", "high", row_id="a"),
            empty | judgement("RoB 2", "measurement of the outcome", "low"),
        ],
    )
    tables = check_package(package.folder)
    rows = {r["row_id"]: r for r in tables["trials"]}
    rate(rows.values(), tables["risk_of_bias"], load_tools(PEDRO), load_tools({**PEDRO, "otherwise": LENIENT}, otherwise=True))
    assert (rows["a"]["rob2_overall"], rows["c"]["rob2_overall"], rows["c"]["rob2_d4"]) == ("high", "", "low")
    assert [rows[i]["risk_of_bias"] for i in "abc"] == ["some concerns", "", "some concerns"]
    assert rows["a"]["risk_of_bias_tool"] == "PEDro"
    assert [rows[i]["risk_of_bias_otherwise"] for i in "abc"] == ["low", "", "low"]


BAD = [
    ({"trial_id": "smith-2002"}, "trial_id", "trials.csv (perhaps smith-2001?)"),
    ({"row_id": "z"}, "row_id", "a result of smith-2001"),
    ({"row_id": "b"}, "row_id", "a result of smith-2001"),
    ({"outcome": "return_to_work"}, "outcome", "pain, recovery"),
    ({"outcome": "pian"}, "outcome", "perhaps pain?"),
    ({"tool": "RoB2"}, "tool", "perhaps RoB 2?"),
    ({"domain": "randomization process"}, "domain", "perhaps randomisation process?"),
    ({"domain": "blinding"}, "domain", "one of: randomisation process"),
    ({"judgement": "unclear"}, "judgement", "low, some concerns, high"),
    ({"source_id": "nobody"}, "source_id", "sources.csv"),
    ({"judgement": ""}, "judgement", "required"),
]


@pytest.mark.parametrize(("cells", "column", "words"), BAD, ids=[f"{c}" for c, _, _ in BAD])
def test_a_bad_judgement(package: Package, cells: dict[str, str], column: str, words: str) -> None:
    empty = dict.fromkeys(columns_of("risk_of_bias"), "")
    package.write("risk_of_bias", [empty | judgement("RoB 2", "overall", "low") | cells])
    with pytest.raises(DataFaults) as found:
        check_package(package.folder)
    (fault,) = found.value.faults
    assert (fault.file, fault.row, fault.column) == ("risk_of_bias.csv", 2, column)
    assert words in fault.expected


def test_one_judgement_of_a_domain_by_a_judge(package: Package) -> None:
    empty = dict.fromkeys(columns_of("risk_of_bias"), "")
    package.write("risk_of_bias", [empty | judgement("RoB 2", "overall", word) for word in ("low", "high")])
    with pytest.raises(DataFaults, match="also in row 2"):
        check_package(package.folder)


MISTAKES = [
    ("domains: [total]\n      scores: {low: 9", "scores: {low: 9", "the domains whose words these are"),
    ("scores: {low: 9, some concerns: 6", "scores: {low: 5, some concerns: 6", "a higher score for a lower risk"),
    ("words: {low: [good], some concerns", "words: {low: [good], moderate", "risk_of_bias.tools.AHRQ"),
]


@pytest.mark.parametrize(("old", "new", "words"), MISTAKES)
def test_a_contradictory_mapping_is_a_fault(old: str, new: str, words: str, package: Package) -> None:
    text = (ROOT / "config/config.yaml").read_text(encoding="utf-8")
    assert old in text
    path = package.folder.parent / "config.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    made = CliRunner().invoke(main, ["check", str(package.folder), "--config", str(path)])
    assert made.exit_code == 1
    assert words in made.output
