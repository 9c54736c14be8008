"""Certainty by rule: each domain's rule, the information size against Handbook figures, and overruling."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from operator import add

import pytest
from conftest import DATA, read_csv, row_of, trial_row

from evidence_synthesis.conclusions import grade, plain_language
from evidence_synthesis.conclusions.certainty import explanations
from evidence_synthesis.conclusions.grade import Body, Concern, Limits, WeighedTrial, boundary, information_size, rate
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.rows.further import SubgroupResult

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))


@pytest.fixture
def limits(config: dict) -> Limits:
    return Limits.of(config["certainty"])


def part(weight: float, versus: str = "usual_care", **cells: str) -> WeighedTrial:
    row = trial_row("a", comparator=versus, **cells) | {"decision": "", "decision_reason": ""}
    return WeighedTrial(parse_result(row), weight, versus)


SURE = Body(
    parts=[part(50, rob2_overall="low"), part(50, rob2_overall="low")],
    measure="MD",
    estimate=-15,
    low=-18,
    high=-12,
    prediction=(-20, -11),
    i2=10,
    participants=800,
    unknown=(),
    smallest=10,
    control_risk=None,
    egger_p=None,
    unpoolable=0,
)


def test_sound_evidence_is_of_high_certainty(limits: Limits) -> None:
    assert rate(SURE, limits, TAXONOMY).certainty == "high"


WORSE = [
    ({"parts": [part(50, rob2_overall="high"), part(50, rob2_overall="low")]}, "risk_of_bias", 2),
    ({"parts": [part(60), part(40, rob2_overall="low")]}, "risk_of_bias", 1),
    ({"i2": 60, "prediction": (-30.0, 4.0)}, "inconsistency", 1),
    ({"i2": 90, "prediction": (-40.0, 15.0)}, "inconsistency", 2),
    ({"i2": 90, "prediction": (-20.0, -11.0)}, "inconsistency", 0),
    ({"i2": 90, "prediction": (-40.0, 15.0), "explained": "source explains 80 % of tau2"}, "inconsistency", 1),
    ({"i2": 60, "prediction": (math.nan, math.nan)}, "inconsistency", 1),
    ({"parts": [part(40, "exercise_general", rob2_overall="low"), part(60, rob2_overall="low")]}, "indirectness", 1),
    (
        {"parts": [part(40, rob2_overall="low", chronicity="acute"), part(60, rob2_overall="low", chronicity="chronic")]},
        "indirectness",
        1,
    ),
    ({"low": -18.0, "high": -2.0}, "imprecision", 1),
    ({"low": -25.0, "high": 15.0}, "imprecision", 2),
    ({"participants": 90.0}, "imprecision", 1),
    ({"unpoolable": 5}, "publication_bias", 1),
    ({"egger_p": 0.02}, "publication_bias", 1),
    ({"parts": [part(100, rob2_overall="low", source_kind="abstract")]}, "publication_bias", 1),
]


def low(weight: float, **cells: str) -> WeighedTrial:
    return part(weight, **{"rob2_overall": "low"} | cells)


MIXED = {"versus": "exercise_general", "rob2_overall": "low"}
AT_THE_LIMIT = [
    ({"parts": [part(50), low(50)]}, "risk_of_bias", 1),
    ({"parts": [part(49), low(51)]}, "risk_of_bias", 0),
    ({"parts": [part(49, rob2_overall="high"), low(51)]}, "risk_of_bias", 0),
    ({"i2": 50, "prediction": (-30.0, 4.0)}, "inconsistency", 1),
    ({"i2": 49.9, "prediction": (-30.0, 4.0)}, "inconsistency", 0),
    ({"i2": 75, "prediction": (-40.0, 10.0)}, "inconsistency", 2),
    ({"i2": 74.9, "prediction": (-40.0, 10.0)}, "inconsistency", 1),
    ({"i2": 60, "prediction": (-40.0, 15.0), "low": -30.0, "high": 12.0}, "inconsistency", 1),
    ({"i2": 60, "prediction": (-14.0, -1.0), "low": -8.0, "high": -5.0}, "inconsistency", 1),
    ({"i2": 60, "prediction": (1.0, 14.0), "low": 5.0, "high": 8.0}, "inconsistency", 1),
    ({"i2": 60, "prediction": (-20.0, -5.0)}, "inconsistency", 0),
    ({"i2": 60, "prediction": (5.0, 20.0), "low": 11.0, "high": 18.0}, "inconsistency", 0),
    ({"parts": [part(25, **MIXED), low(75)]}, "indirectness", 1),
    ({"parts": [part(75, **MIXED), low(25)]}, "indirectness", 1),
    ({"parts": [part(24, **MIXED), low(76)]}, "indirectness", 0),
    ({"parts": [part(76, **MIXED), low(24)]}, "indirectness", 0),
    ({"parts": [low(25, flags="specific_cause"), low(75)]}, "indirectness", 1),
    ({"parts": [low(24, flags="specific_cause"), low(76)]}, "indirectness", 0),
    ({"parts": [low(25, chronicity="subacute"), low(75)]}, "indirectness", 1),
    ({"parts": [part(25, **MIXED), low(75, flags="specific_cause;other", chronicity="acute")]}, "indirectness", 2),
    ({"high": -10.0}, "imprecision", 0),
    ({"high": -9.9}, "imprecision", 1),
    ({"participants": 126.0}, "imprecision", 0),
    ({"participants": 125.0}, "imprecision", 1),
    ({"egger_p": 0.1}, "publication_bias", 0),
    ({"egger_p": 0.09}, "publication_bias", 1),
    ({"egger_p": math.nan}, "publication_bias", 0),
    ({"parts": [low(30), low(30), low(40)], "unpoolable": 1}, "publication_bias", 1),
    ({"parts": [low(25)] * 4, "unpoolable": 1}, "publication_bias", 0),
    ({"parts": [low(50, source_kind="abstract"), low(50)]}, "publication_bias", 1),
    ({"parts": [low(49, source_kind="abstract"), low(51)]}, "publication_bias", 0),
]


@pytest.mark.parametrize(("change", "domain", "levels"), AT_THE_LIMIT)
def test_each_rule_begins_at_its_limit(limits: Limits, change: dict, domain: str, levels: int) -> None:
    concern = rate(replace(SURE, **change), limits, TAXONOMY).concerns[domain]
    assert concern.levels == levels, concern.why


def test_few_people_are_held_against_the_sequential_boundary(limits: Limits) -> None:
    """90 of 126 people: the boundary is 1.96 over the root of 90/126; z is 15 over 14/1.96."""
    within = rate(replace(SURE, participants=90.0, low=-29.0, high=-1.0), limits, TAXONOMY).concerns["imprecision"]
    assert "z 2.1 is within the sequential boundary of 2.3" in within.why
    beyond = rate(replace(SURE, participants=90.0, low=-27.0, high=-3.0), limits, TAXONOMY).concerns["imprecision"]
    assert "sequential" not in beyond.why  # z is 2.45


@pytest.mark.parametrize(("change", "domain", "levels"), WORSE)
def test_each_rule_takes_levels_off(limits: Limits, change: dict, domain: str, levels: int) -> None:
    concern = rate(replace(SURE, **change), limits, TAXONOMY).concerns[domain]
    assert concern.levels == levels, concern.why


def test_what_nobody_assessed_is_not_low(limits: Limits) -> None:
    rating = rate(replace(SURE, parts=[part(100)]), limits, TAXONOMY)
    assert rating.concerns["risk_of_bias"].levels == 1
    assert "not assessed 100 %" in rating.concerns["risk_of_bias"].why


@pytest.mark.parametrize(("vi", "people", "levels"), [(4 * 20**2 / 40, "40", 0), (4 * 20**2 / 30, "30", 1)])
def test_people_that_are_not_printed_count_by_the_precision_of_their_trial(
    limits: Limits, vi: float, people: str, levels: int
) -> None:
    """90 people are known of 126; n people in two equal arms with an SD of 20 give a variance of 4 * 20**2 / n."""
    some = replace(SURE, participants=90.0, unknown=[vi])
    concern = rate(some, limits, TAXONOMY).concerns["imprecision"]
    assert concern.levels == levels
    assert f"90 people and an unknown number, as precise as {people} would be; the information size is 126" in concern.why
    alone = replace(some, participants=0.0, unknown=[vi, 4 * 20**2 / 90])
    assert rate(alone, limits, TAXONOMY).concerns["imprecision"].levels == levels
    standard = replace(some, measure="SMD", smallest=0.5, unknown=[vi / 20**2])
    assert rate(standard, limits, TAXONOMY).concerns["imprecision"].levels == levels


def test_people_that_are_not_printed_are_not_held_against_events(limits: Limits) -> None:
    some = replace(SURE, measure="RR", smallest=abs(math.log(0.8)), control_risk=0.2, participants=90.0, unknown=[0.1])
    concern = rate(replace(some, low=-1.0, high=-0.5), limits, TAXONOMY).concerns["imprecision"]
    assert concern.levels == 0
    assert "90 people and an unknown number; the information size is" in concern.why


def test_few_people_are_held_against_events_where_all_are_known(limits: Limits) -> None:
    some = replace(SURE, measure="RR", smallest=abs(math.log(0.8)), control_risk=0.2, participants=90.0, low=-1.0, high=-0.5)
    assert rate(some, limits, TAXONOMY).concerns["imprecision"].levels == 1


def test_certainty_does_not_fall_below_very_low(limits: Limits) -> None:
    worst = replace(
        SURE, parts=[part(100, rob2_overall="high")], i2=95, prediction=(-60.0, 60.0), low=-30.0, high=30.0, unpoolable=9
    )
    assert rate(worst, limits, TAXONOMY).certainty == "very low"


def test_a_person_overrules_and_both_are_kept(limits: Limits) -> None:
    rating = rate(SURE, limits, TAXONOMY, {"indirectness": Concern(1, "the trials were all in one clinic")})
    assert (rating.by_rule, rating.certainty) == ("high", "moderate")


def test_information_size(limits: Limits) -> None:
    # half an SD, two-sided 5 per cent, power 0.8: 63 in each arm (Cohen 1988, table 2.4.1 gives 64 with t)
    assert information_size(SURE, limits) == 126
    # 20 against 16 per cent (ratio 0.8): 1446 in each arm by the formula of Fleiss without continuity correction
    events = replace(SURE, measure="RR", smallest=abs(math.log(0.8)), control_risk=0.2)
    z = (1.959964 + 0.841621) ** 2
    other = 0.2 * 1.25
    assert information_size(events, limits) == math.ceil(2 * z * (0.2 * 0.8 + other * (1 - other)) / 0.05**2)
    difference = replace(SURE, measure="RD", smallest=0.05, control_risk=0.2)
    assert information_size(difference, limits) == information_size(events, limits)
    assert information_size(replace(difference, control_risk=0.97), limits) > 0
    assert math.isnan(information_size(replace(difference, control_risk=None), limits))


def test_the_sequential_boundary() -> None:
    # O'Brien-Fleming: 1.96 at the full information, 2.77 at half of it, 3.92 at a quarter
    assert boundary(1.0) == pytest.approx(1.96, abs=0.01)
    assert boundary(0.5) == pytest.approx(2.772, abs=0.01)
    assert boundary(0.25) == pytest.approx(3.92, abs=0.01)


def test_trials_of_one_precision_are_not_tested_for_small_study_effects(limits: Limits) -> None:
    concern = grade.publication_bias(replace(SURE, egger_p=math.nan), limits)
    assert concern.levels == 0
    assert "all trials are equally precise: no test" in concern.why


def test_overrules_are_read_by_analysis_and_domain() -> None:
    row = {"analysis_id": "x", "domain": "imprecision", "rating": "very serious", "reason": "because of this"}
    assert grade.overrules([row]) == {"x": {"imprecision": Concern(2, "because of this")}}


def test_subgroups_explain_only_when_it_is_clear() -> None:
    row = row_of(SubgroupResult, analysis_id="a", measure="MD", moderator="source", p_common_tau2="0.001", r2="70")
    assert explanations([row]) == {("a", "MD"): "source explains 70 % of tau2 (p = 0.001)"}
    assert explanations([replace(row, p_common_tau2=None)]) == {}
    assert explanations([replace(row, r2=40.0), replace(row, p_common_tau2=0.03)]) == {}


SENTENCES = [
    ("benefit", "high", "Yoga reduces pain in the short term (against usual care)."),
    ("benefit", "moderate", "Yoga probably reduces pain in the short term (against usual care)."),
    ("small_benefit", "low", "Yoga may reduce pain slightly in the short term (against usual care)."),
    ("benefit", "very low", "Yoga may reduce pain in the short term (against usual care), but this is very uncertain."),
    (
        "no_relevant_effect",
        "moderate",
        "Yoga probably makes little or no difference to pain in the short term (against usual care).",
    ),
    ("harm", "low", "Yoga may increase pain in the short term (against usual care)."),
    ("not_shown", "low", "Yoga: it is unclear whether it reduces pain in the short term (against usual care)."),
    (
        "insufficient",
        "low",
        "Yoga: there is too little evidence to judge what it does to pain in the short term (against usual care).",
    ),
    (
        "conflicting",
        "low",
        "Yoga: it is unclear whether it reduces pain in the short term (against usual care), since the trials disagree.",
    ),
]


@pytest.mark.parametrize(("verdict", "level", "words"), SENTENCES)
def test_plain_sentences(settings: Settings, verdict: str, level: str, words: str) -> None:
    assert plain_language.sentence("yoga", "usual care", settings.outcome("pain"), "in the short term", verdict, level) == words
    bare = words.removeprefix("Yoga").removeprefix(":").replace(" (against usual care)", "").strip()
    found = plain_language.sentence("", "", settings.outcome("pain"), "in the short term", verdict, level)
    assert found == bare[:1].upper() + bare[1:]  # in a table whose title tells what is compared


@pytest.mark.parametrize(
    ("verb", "bare"),
    [
        *(("reduces", "reduce"), ("relieves", "relieve"), ("makes", "make"), ("eases", "ease"), ("helps", "help")),
        *(("diminishes", "diminish"), ("passes", "pass"), ("reaches", "reach"), ("relaxes", "relax"), ("undoes", "undo")),
        *(("carries", "carry"), ("increases", "increase"), ("stabilizes", "stabilize"), ("worsens", "worsen")),
    ],
)
def test_what_may_happen_is_said_with_the_bare_verb(verb: str, bare: str) -> None:
    assert plain_language.infinitive(verb) == bare


def test_equal_weights_add_up_to_their_share(limits: Limits) -> None:
    """Twelve weights of 100/24 are 49.99999999999999 together."""
    parts = [part(100 / 24, rob2_overall="high" if i < 12 else "low") for i in range(24)]
    assert reduce(add, (p.weight for p in parts[:12])) < 50
    assert rate(replace(SURE, parts=parts), limits, TAXONOMY).concerns["risk_of_bias"].levels == 2
