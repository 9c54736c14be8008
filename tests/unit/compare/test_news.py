"""New doubts come first, then what became of each trial; analyses that only repeat another are counted with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import ROOT

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.compare.changes import compare
from evidence_synthesis.compare.folding import Nesting, folded
from evidence_synthesis.compare.moved import Moved
from evidence_synthesis.compare.news import doubts_about, new_rows
from evidence_synthesis.compare.states import State, from_folder
from evidence_synthesis.compare.text import markdown, page, terminal

ROW = "miyamoto-2013_pilates_vs_patient-education_pain_nrs-0-10_6w"


@pytest.fixture(scope="module")
def state() -> State:
    return from_folder(ROOT / "results")


def without(state: State, row_id: str) -> State:
    """The state before a row was added, with the analyses that it is in moved."""
    keys = {t.key for t in state.trials if row_id in t.row_ids}
    assert len(keys) > 4
    pooled = [replace(p, estimate=p.estimate + p.se, trials=p.trials + 1) if p.key in keys else p for p in state.pooled]
    return replace(state, rows=[r for r in state.rows if r["row_id"] != row_id], pooled=pooled, audit=[], accounts=state.accounts)


def finding(rows: tuple[str, ...], severity: str = "doubt", decision: str = "", evidence: str = "SD 0.1 of 10") -> AuditLine:
    return AuditLine(1, "small_sd", "kind", severity, "miyamoto-2013", "Miyamoto 2013", rows, evidence, decision)


def test_new_rows_are_those_added_or_changed_by_what_people_entered() -> None:
    old = [{"row_id": "a", "mean_t": "1", "risk_of_bias": ""}, {"row_id": "b", "mean_t": "2"}]
    new = [{"row_id": "a", "mean_t": "1", "risk_of_bias": "low"}, {"row_id": "b", "mean_t": "3"}, {"row_id": "c", "mean_t": ""}]
    assert new_rows(old, new) == {"b": "changed", "c": "added"}


def test_doubts_are_of_the_rows_asked_for_that_nothing_was_decided_about() -> None:
    lines = [
        finding(("a", "x")),
        finding(("a",), severity="note"),
        finding(("a",), decision="kept"),
        finding(("b",)),
        finding(("c",), "error", evidence="mean 12 on 0 to 10"),
    ]
    told = doubts_about(lines, {"a", "c"})
    assert told == [
        "Miyamoto 2013, small sd (doubt): SD 0.1 of 10 [a, x]",
        "Miyamoto 2013, small sd (error): mean 12 on 0 to 10 [c]",
    ]


def test_a_text_opens_with_new_doubts_and_rows_that_are_not_used(state: State, config: dict) -> None:
    unused = [replace(a, status="excluded", reason="no spread") if a.row_id == ROW else a for a in state.accounts]
    new = replace(state, audit=[finding((ROW,))], accounts=unused)
    changes = compare(without(state, ROW), new, config)
    text = markdown(changes)
    order = ["## New doubts", "## New or changed, and not used", "row differs", "## Trials", "## Analyses"]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert f"miyamoto-2013: 1 row is not used (no spread): {ROW}" in text
    assert "New doubts" in page(changes)
    lines = terminal(changes)
    assert lines[0] == f"doubtful: Miyamoto 2013, small sd (doubt): SD 0.1 of 10 [{ROW}]"
    assert lines[1].startswith("not used: miyamoto-2013: ")
    assert any(line.startswith("analysis moved: ") for line in lines)


def test_a_doubt_that_was_there_before_is_not_new(state: State) -> None:
    said = replace(state, audit=[finding((ROW,))])
    assert compare(replace(without(state, ROW), audit=said.audit), said).doubts == ()


def test_a_trial_is_told_in_three_sentences(state: State, config: dict) -> None:
    (told,) = compare(without(state, ROW), state, config).trials
    assert told.startswith("Miyamoto 2013: 1 result added. 1 of 1 used, in up to ")
    assert ". It moved most " in told
    assert " 1.00 standard errors" in told
    assert "pain" in told


def test_nothing_is_said_where_nothing_changed(state: State, config: dict) -> None:
    assert terminal(compare(state, state, config)) == ["Nothing that is concluded changed."]


def moved(name: str, measure: str = "MD", verdict: str = "", rows: tuple[str, ...] = ("r",)) -> Moved:
    return Moved(name, measure, "1", "2", 0.5, verdict, rows, (), 0.0, 0.0)


def test_analyses_that_repeat_another_are_folded_into_it(config: dict) -> None:
    first = moved("yoga__inactive__pain__short__low_back")
    listed = [
        moved("yoga__any__pain__short__low_back"),
        moved("yoga__inactive__pain__short__low_back", "SMD"),
        first,
        moved("yoga__inactive__pain__short__low_back_chronic"),
        moved("yoga__inactive__pain__long__low_back"),  # another time
        moved("yoga__sham__pain__short__low_back"),  # another question
        moved("yoga__any__pain__short__low_back_chronic", verdict="verdict harm to benefit"),  # another verdict
        moved("yoga__any__pain__short__neck", rows=("s",)),  # other people
    ]
    kept = folded(listed, Nesting.of(config))
    assert dict(kept)[first] == 3
    assert [m for m, _ in kept] == [listed[2], *listed[4:]]


def test_a_group_of_comparators_folds_into_its_parts(config: dict) -> None:
    passive, wider = moved("yoga__passive__pain__short__low_back"), moved("yoga__another__pain__short__low_back")
    own = moved("yoga__active_alone__pain__short__low_back")  # X with and without yoga: no part of any other group but all
    everything = moved("yoga__any__pain__short__low_back")
    assert folded([everything, wider, passive, own], Nesting.of(config)) == [(passive, 2), (own, 0)]


def test_without_settings_only_measures_are_folded() -> None:
    listed = [moved("a__any__pain__short__p", "SMD"), moved("a__any__pain__short__p"), moved("a__x__pain__short__p")]
    assert [(m.measure, times) for m, times in folded(listed, Nesting.of(None))] == [("MD", 1), ("MD", 0)]
