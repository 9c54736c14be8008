"""Ids of analyses, networks and questions: one word each, written and read in one place."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from evidence_synthesis.selection.keys import AnalysisKey, NetworkKey, NoId, StatementPartKey, question_in
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.further import DependentEffects
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses
from evidence_synthesis.synthesis.rows.networks import NetworkSummary
from evidence_synthesis.synthesis.rows.statements import JudgedPart

RESULTS = ROOT / "results"


def test_published_ids_are_those_of_their_columns() -> None:
    pooled = PooledResult.of(RESULTS)
    for row in pooled:
        assert AnalysisKey.parse(row.analysis_id) == row.asks
        assert row.asks.analysis_id == row.analysis_id
    for network in NetworkSummary.of(RESULTS):
        columns = (network.outcome, network.term, network.level, network.population)
        assert NetworkKey.parse(network.network) == NetworkKey(*columns)
    assert {d.question for d in DependentEffects.of(RESULTS)} <= {row.asks.question.name for row in pooled}
    parts = {StatementPartKey(p.claim, str(p.part)).name for p in JudgedPart.of(RESULTS)}
    assert {m.question for m in QuestionInUniverses.of(RESULTS)} <= parts


def test_parts_of_an_id() -> None:
    key = AnalysisKey("family-massage", "inactive", "pain", "short", "low_back")
    assert key.name == "family-massage__inactive__pain__short__low_back"
    assert key.within_group == "inactive__pain__short__low_back"
    assert key.question.name == "family-massage__inactive__pain__low_back"
    assert key.question.within_population == "family-massage__inactive__pain"
    assert key.question.within_group == "inactive__pain__low_back"
    assert question_in("family-massage", key.question.within_group) == key.question
    assert question_in("family-massage", "pain") is None
    assert key.question.at("short") == key
    assert AnalysisKey.parse(key.name) == key


@pytest.mark.parametrize("name", ["", "a", "a__b__c__d", "a__b__c__d__e__f", "a____c__d__e"])
def test_a_word_that_is_no_id_says_what_one_is(name: str) -> None:
    with pytest.raises(NoId, match="group__comparator__outcome__term__population"):
        AnalysisKey.parse(name)


def test_no_other_code_cuts_or_glues_ids() -> None:
    for path in [*ROOT.glob("src/**/*.py"), *ROOT.glob("workflow/**/*.py")]:
        if path.name != "keys.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"""["']__["']|\}__\{""", text), path
