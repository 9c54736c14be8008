"""Statements as tables and words: the sum of the parts, shares of universes, and the central message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import row_of
from statements import AMOUNT, CONTRADICTORY, EFFECT, RARE_HARM, TAXONOMY, UNPROVEN, claims_of, material_of, trials

from evidence_synthesis.conclusions.central import central_rows
from evidence_synthesis.conclusions.central_words import told
from evidence_synthesis.conclusions.claims.judge import judge_statements
from evidence_synthesis.conclusions.claims.material import StatementRules
from evidence_synthesis.conclusions.claims.rows import SHARES, claim_rows, detail_rows, reading_rows, universe_shares
from evidence_synthesis.conclusions.claims.summary import badge_words
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.settings import Settings, load_settings
from evidence_synthesis.selection.claim_questions import analysis_of, names_of_questions
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses
from evidence_synthesis.synthesis.rows.statements import JudgedClaim
from evidence_synthesis.wording import STATEMENT_WORDS

LONG = EFFECT | {"term": "long"}
Judged = Callable[..., JudgedClaim]


@pytest.fixture
def row(config: dict, settings: Settings) -> Judged:
    def make(*parts: dict[str, Any], rows: Any = None, **more: Any) -> JudgedClaim:
        claims = claims_of(*parts, **more)
        judged = judge_statements(claims, material_of(trials(-6, -6, -6) if rows is None else rows, config))
        (found,) = claim_rows(judged, claims, settings)
        return found

    return make


def test_a_statement_is_the_sum_of_its_parts_in_words(row: Judged) -> None:
    found = row(EFFECT, LONG | {"reading": "secondary"})
    assert found.summary == (
        "Pain, short term, against no treatment: supported (high certainty, 3 trials). "
        "Other readings: pain, long term, against no treatment: not looked at here"
    )
    assert (found.verdict, found.verdict_words) == ("supported", "supported")
    assert (found.parts, found.supported, found.not_looked_at) == (2, 1, 1)
    assert found.rules_fixed == "2026-11-30"


def test_readings_that_differ_are_mixed_and_none_decides(row: Judged) -> None:
    found = row(EFFECT, LONG, EFFECT | {"region": "worthwhile"})
    assert found.verdict == "mixed"
    assert found.verdict_words == "mixed: 1 supported, 1 contradicted, 1 not looked at here"
    assert badge_words(["open", "open"]) == "open"


def test_what_tells_parts_apart_is_said(row: Judged) -> None:
    pilates = EFFECT | {"treatment": {"ids": ["pilates"]}, "population": {"region": "neck"}}
    words = row(EFFECT, pilates, AMOUNT, RARE_HARM, CONTRADICTORY).summary
    assert words.startswith("Yoga, all trials, pain, short term, against no treatment: supported")
    assert "pilates, neck, pain, short term" in words
    assert "yoga, all trials, number of trials, against any comparator: contradicted (3 trials with results; claimed" in words
    assert "serious harms: not looked at here (no trial in the data counts" in words
    assert "3 clearly for, 0 open, 0 clearly against" in words


def test_a_flat_statement_on_shaky_trials_is_firmer_than_they_are(row: Judged) -> None:
    shaky = [r | {"rob2_overall": "high", "source_kind": "abstract"} for r in trials(-6, -6, -6)]
    assert row(EFFECT, rows=shaky).firmer == "firmer than the trials"
    assert row(EFFECT, rows=shaky, stated_certainty="possible").firmer == ""
    assert row(EFFECT).firmer == ""
    assert row(UNPROVEN, rows=shaky).firmer == ""


def test_every_verdict_has_its_words() -> None:
    assert set(STATEMENT_WORDS) == {*SHARES, "still_unproven", "overtaken", "not_looked_at", "mixed"}
    assert len(set(STATEMENT_WORDS.values())) == len(STATEMENT_WORDS)


def test_a_question_that_several_parts_ask_is_asked_once() -> None:
    claims = claims_of(EFFECT, EFFECT | {"reading": "secondary"}, UNPROVEN, EFFECT | {"region": "worthwhile"}, AMOUNT)
    names = names_of_questions(claims)
    assert names == {("c", 1): "c__1", ("c", 2): "c__1", ("c", 3): "c__1", ("c", 4): "c__4"}


SUMMARY = row_of(
    QuestionInUniverses,
    **{"universes": "200", "with_data": "0.5", "supported": "0.6", "leaning": "0.2", "open": "0.1"},
    **{"leaning_against": "0", "contradicted": "0.1"},
)


def test_shares_of_universes_follow_the_certainty(config: dict) -> None:
    rules = StatementRules.of(config["statements"])

    def shares(part: dict[str, Any], rows: Any) -> dict[str, Any]:
        claims = claims_of(part)
        ((_, (answer,)),) = judge_statements(claims, material_of(rows, config))
        return dict(universe_shares(claims.statements[0].parts[0], answer, SUMMARY, rules))

    sure = shares(EFFECT, trials(-6, -6, -6))
    assert (sure["universes"], sure["universes_supported"], sure["same_verdict"]) == (100, 0.6, 0.6)
    shaky = [r | {"rob2_overall": "high", "source_kind": "abstract"} for r in trials(-6, -6, -6)]
    capped = shares(EFFECT, shaky)
    assert (capped["universes_supported"], capped["universes_contradicted"]) == (0, 0)
    assert (capped["universes_leaning"], capped["universes_leaning_against"]) == (pytest.approx(0.8), pytest.approx(0.1))
    assert capped["same_verdict"] == pytest.approx(0.8)
    assert shares(UNPROVEN, trials(-6, -6, -6))["same_verdict"] == pytest.approx(0.6)
    assert shares(UNPROVEN, trials(-6, -6, -6, sd=20))["same_verdict"] == pytest.approx(0.4)
    assert set(shares(EFFECT, []).values()) == {None}
    assert shares(EFFECT, []).keys() == sure.keys()


def test_details_lead_to_the_analysis_and_the_rows(config: dict, settings: Settings) -> None:
    claims = claims_of(EFFECT | {"population": {"region": "low back"}}, AMOUNT, LONG)
    judged = judge_statements(claims, material_of(trials(-6, -6, -6), config))
    analysis = "yoga__untreated__pain__short__low_back"
    rules = StatementRules.of(config["statements"])
    first, second, third = detail_rows(judged, claims, settings, {"c__1": SUMMARY}, rules, {analysis}, {})
    assert (first.analysis_id, first.rows, first.universes_of) == (analysis, ("r0", "r1", "r2"), "c__1")
    assert first.claimed == "any_relief"
    assert (second.claimed, second.verdict) == ("at most 2 trials", "contradicted")
    assert third.estimate is None


@pytest.mark.parametrize(
    ("part", "analysis"),
    [
        (EFFECT, ""),
        (EFFECT | {"population": {"region": "low back"}}, "yoga__untreated__pain__short__low_back"),
        (
            EFFECT | {"treatment": {"family": "massage"}, "population": {"region": "low back", "chronicity": "chronic"}},
            "family-massage__untreated__pain__short__low_back_chronic",
        ),
        (
            EFFECT | {"treatment": {"class": "active"}, "comparator": {"class": "passive"}, "population": {"region": "low back"}},
            "class-active__passive__pain__short__low_back",
        ),
        (EFFECT | {"comparator": {"family": "massage"}, "population": {"region": "low back"}}, ""),
        (EFFECT | {"treatment": {"ids": ["yoga", "pilates"]}, "population": {"region": "low back"}}, ""),
        (EFFECT | {"population": {"region": "low back", "chronicity": "acute"}}, ""),
        (AMOUNT | {"population": {"region": "low back"}}, ""),
    ],
)
def test_a_part_knows_the_analysis_that_asks_the_same(part: dict[str, Any], analysis: str, settings: Settings) -> None:
    assert analysis_of(claims_of(part).statements[0].parts[0], settings) == analysis


def test_documents_on_one_family_stand_side_by_side_without_a_winner(config: dict) -> None:
    entry = {"section": "s", "statement": "Yoga is said to help.", "stated_certainty": "certain"}
    content = {
        "rules_fixed": "2026-11-30",
        "documents": {d: {"title": d.title()} for d in ("right", "wrong")},
        "claims": [
            entry | {"id": d, "document": d, "parts": [EFFECT | {"region": region}]}
            for d, region in (("right", "any_relief"), ("wrong", "harm"))
        ],
    }
    claims = load_claims(content, TAXONOMY)
    rows = list(reading_rows(judge_statements(claims, material_of(trials(-6, -6, -6), config)), claims, TAXONOMY))
    assert [(r.document, r.supported, r.contradicted) for r in rows] == [("Right", 1, 0), ("Wrong", 0, 1)]
    one = load_claims(content | {"claims": content["claims"][:1]}, TAXONOMY)
    assert not list(reading_rows(judge_statements(one, material_of(trials(-6, -6, -6), config)), one, TAXONOMY))


CENTRAL = {
    "population": "low_back",
    "outcomes": ["pain"],
    "comparisons": [
        {"treatment": {"class": "active"}, "comparator": "untreated", "says": "Active against nothing"},
        {"treatment": {"class": "passive"}, "comparator": "sham", "says": "Passive against sham"},
    ],
}


def test_the_central_message_says_what_there_is_and_what_is_missing(config: dict) -> None:
    late = [r | {"rob2_overall": ""} for r in trials(-2, -2, first=1, weeks="52")]
    rows = list(central_rows(material_of(trials(-20, -6, -6) + late, config | {"central_message": CENTRAL})))
    short, long, *none = rows
    assert (short.trials, short.effect_in_favour, long.trials) == (3, "leaning", 2)
    assert long.missing == "risk of bias not judged in 2 of 2 trials; 2 of the 3 trials in the short term measured it here too"
    assert (long.change_trials, long.change) == (2, pytest.approx(4))
    assert long.analysis_id == "class-active__untreated__pain__long__low_back"
    assert [(r.trials, r.missing, r.effect_in_favour) for r in none] == [(0, "no trial", "not_looked_at")] * 2
    first, second = told(rows, load_settings(config))
    assert first.startswith("Active against nothing, pain: in the short term \N{MINUS SIGN}")
    assert "points of 100 [3 trials, 480 people, " in first
    assert "within 2 trials that measured both is 4.0 (" in first
    assert second == "Passive against sham, pain: in the short term no trial; in the long term no trial."
