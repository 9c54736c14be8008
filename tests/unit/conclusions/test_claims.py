"""Statements put to trials that are made up for it: what each kind of test answers, and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CONTRAST, DATA, EVENTS, Rows, read_csv, row_of, trial_row

from evidence_synthesis.conclusions.claims.answers import AGREES, DISAGREES, PARTLY, UNTESTABLE, Answer, Material
from evidence_synthesis.conclusions.claims.judge import judge_claims
from evidence_synthesis.conclusions.claims.rows import claim_rows, detail_rows, reading_rows
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.claims_file import Claims, load_claims
from evidence_synthesis.review.schema import DECISION_COLUMNS, parse_result
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import analysis_of, eligible, entries_of, question_of
from evidence_synthesis.stats.batch import NORMAL
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses
from evidence_synthesis.synthesis.verdicts import Rules

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
YOGA: dict[str, Any] = {"treatment": {"ids": ["yoga"]}}
EFFECT = YOGA | {"kind": "effect", "comparator": "inactive", "outcome": "pain", "term": "short", "agree": ["benefit"]}
Judge = Callable[..., Answer]
League = dict[tuple[str, str, str], tuple[float, float, float]]


def trials(*differences: float, sd: float = 10, n: int = 80, **cells: str) -> Rows:
    """A trial for each difference in means (negative: less pain with yoga)."""
    return [
        trial_row(
            f"r{i}",
            trial=f"t{i}",
            **{"study": f"Study {i}", "n_t": str(n), "n_c": str(n), "sd_t": str(sd), "sd_c": str(sd)} | cells,
            mean_t=str(50 + difference),
        )
        for i, difference in enumerate(differences)
    ]


def recoveries(*events: tuple[int, int], n: int = 100, **cells: str) -> Rows:
    """A trial for each pair of people who recovered with yoga and without."""
    return [
        trial_row(f"e{i}", trial=f"u{i}", study=f"Count {i}", **EVENTS | cells | {"n_t": str(n), "n_c": str(n)})
        | {"events_t": str(t), "events_c": str(c)}
        for i, (t, c) in enumerate(events)
    ]


def claims_of(*tests: dict[str, Any], document: str = "d", **more: Any) -> Claims:
    entry = {"id": "c", "document": document, "section": "s", "statement": "S.", "tests": list(tests)} | more
    return load_claims({"documents": {document: {"title": "D"}}, "claims": [entry]}, TAXONOMY)


@pytest.fixture
def material(settings: Settings, config: dict) -> Callable[..., Material]:
    def make(rows: Rows, league: League | None = None, unusable: Rows | None = None) -> Material:
        converted = [convert(parse_result(dict.fromkeys(DECISION_COLUMNS, "") | row), settings) for row in rows]
        rules, limits = Rules.of(config["verdicts"]), Limits.of(config["certainty"])
        return Material(converted, settings, TAXONOMY, rules, limits, league or {}, unusable or [])

    return make


@pytest.fixture
def judge(material: Callable[..., Material]) -> Judge:
    def answer(test: dict[str, Any], rows: Rows, people: dict[str, str] | None = None, **more: Any) -> Answer:
        claims = claims_of(test, **({"population": people} if people else {}))
        ((_, (found,)),) = judge_claims(claims, material(rows, **more))
        return found

    return answer


@pytest.mark.parametrize(
    ("differences", "sd", "verdict", "opinion"),
    [
        ((-20, -22, -21), 10, "benefit", AGREES),
        ((-4, -5, -4.5), 5, "small_benefit", PARTLY),
        ((0.2, -0.3, 0.1), 10, "no_relevant_effect", DISAGREES),
        ((20, 22, 21), 10, "harm", DISAGREES),
        ((-30, 30, 0), 10, "conflicting", DISAGREES),
        ((-9, 3, 4), 40, "not_shown", DISAGREES),
    ],
)
def test_an_effect_has_the_verdict_of_its_interval(
    judge: Judge, differences: tuple[float, ...], sd: float, verdict: str, opinion: str
) -> None:
    found = judge(EFFECT | {"partly": ["small_benefit"]}, trials(*differences, sd=sd))
    assert (found.verdict, found.opinion) == (verdict, opinion)
    assert found.trials == 3
    assert found.participants == 480
    assert found.row_ids == ("r0", "r1", "r2")
    assert found.certainty


@pytest.mark.parametrize(("people", "certainty"), [(140, "high"), (100, "moderate")])
def test_people_that_are_not_printed_count_by_the_precision_of_their_trial(judge: Judge, people: int, certainty: str) -> None:
    """An interval as wide as that many people give it, against an information size of 126."""
    half = NORMAL * math.sqrt(4 * 20**2 / people)
    unnumbered = CONTRAST | {
        "n_t": "",
        "n_c": "",
        "effect": "-30",
        "effect_ci_low": f"{-30 - half}",
        "effect_ci_high": f"{-30 + half}",
    }
    found = judge(EFFECT, [trial_row("r", **unnumbered | {"chronicity": "chronic", "rob2_overall": "low"})])
    assert found.participants is None
    assert found.certainty == certainty


def test_one_trial_is_too_little_and_says_what_it_would_mean(judge: Judge) -> None:
    found = judge(EFFECT, trials(-20))
    assert (found.verdict, found.opinion) == ("insufficient", DISAGREES)
    assert found.reason.endswith("too little to judge; at face value benefit, which would agree")
    assert "face value" not in judge(EFFECT, trials(20)).reason


def test_few_people_are_too_little(judge: Judge) -> None:
    assert judge(EFFECT, trials(-20, -21, -20, n=20)).verdict == "insufficient"  # 120 people
    assert judge(EFFECT, trials(-20, -21, -20, n=21)).verdict == "benefit"  # 126


def test_no_trial_is_no_answer_and_known_ones_are_counted(judge: Judge) -> None:
    unusable = [r for r in read_csv(DATA / "unusable_results.csv") if r["treatment"] == "yoga"]
    found = judge(EFFECT | {"agree": ["no_data"]}, [], unusable=unusable)
    assert found.opinion == UNTESTABLE
    assert math.isnan(found.estimate)
    assert judge(EFFECT, trials(-20, -21, -22), people={"region": "neck"}).opinion == UNTESTABLE


def test_a_trial_that_decides_alone_is_named(judge: Judge) -> None:
    found = judge(EFFECT | {"agree": ["conflicting"]}, trials(-20, -21, -20, 60, sd=5))
    assert found.opinion == AGREES
    assert found.flipped_by == ["Study 3"]


def test_trials_of_one_label_are_left_out_one_by_one(judge: Judge) -> None:
    rows = trials(-20, -21, -20, 60, sd=5)
    for row in rows[2:]:
        row["study"] = "Same 2001"
    assert judge(EFFECT | {"agree": ["conflicting"]}, rows).flipped_by == ["Same 2001 (t3)"]


COMPARE = {
    **{"kind": "compare", "a": {"ids": ["yoga"]}, "b": {"ids": ["massage_classic"]}, "outcome": "pain", "term": "short"},
    **{"agree": ["a_better"], "partly": ["a_better_below_threshold", "no_clear_difference"]},
}
LOW_BACK = {"region": "low back"}
NETWORK = "pain__short__treatment__low_back"


@pytest.mark.parametrize(
    ("differences", "word", "opinion"),
    [
        ((-20, -21), "a_better", AGREES),
        ((-4.5, -4.6), "a_better_below_threshold", PARTLY),
        ((0, 0.5), "no_clear_difference", PARTLY),
        ((4.5, 4.6), "b_better_below_threshold", DISAGREES),
        ((20, 21), "b_better", DISAGREES),
    ],
)
def test_two_direct_trials_decide_a_comparison(judge: Judge, differences: tuple[float, ...], word: str, opinion: str) -> None:
    league: League = {(NETWORK, "yoga", "massage_classic"): (99.0, 98.0, 100.0)}
    found = judge(COMPARE, trials(*differences, comparator="massage_classic", sd=3, n=300), LOW_BACK, league=league)
    assert (found.verdict, found.opinion, found.basis) == (word, opinion, "direct")
    assert found.network == "99.0 (98.0 to 100.0)"


@pytest.mark.parametrize("turned", [False, True])
def test_the_network_decides_where_direct_trials_are_few(judge: Judge, turned: bool) -> None:
    pair, values = ("yoga", "massage_classic"), (-12.0, -20.0, -4.0)
    league: League = {(NETWORK, *(pair[::-1] if turned else pair)): (12.0, 4.0, 20.0) if turned else values}
    found = judge(COMPARE, trials(50, comparator="massage_classic"), LOW_BACK, league=league)
    assert (found.verdict, found.opinion, found.basis, found.trials) == ("a_better", AGREES, "network", 1)
    assert (found.estimate, found.low, found.high) == values
    assert found.network == "\N{MINUS SIGN}12.0 (\N{MINUS SIGN}20.0 to \N{MINUS SIGN}4.0)"
    assert found.direct.endswith("1 trial")


@pytest.mark.parametrize("turned", [False, True])
def test_a_network_of_ratios_is_read_as_ratios_and_more_recoveries_are_better(judge: Judge, turned: bool) -> None:
    test = COMPARE | {"outcome": "recovery"}
    pair, values = ("yoga", "massage_classic"), (2.0, 1.25, 3.2)
    name = "recovery__short__treatment__low_back"
    league: League = {(name, *(pair[::-1] if turned else pair)): (0.5, 1 / 3.2, 0.8) if turned else values}
    found = judge(test, [], LOW_BACK, league=league)
    assert (found.verdict, found.opinion, found.measure) == ("a_better", AGREES, "RR")
    assert found.shown() == pytest.approx(values)
    assert found.network == "2.00 (1.25 to 3.20)"


def test_one_direct_trial_without_a_network_is_no_test(judge: Judge) -> None:
    found = judge(COMPARE, trials(-20, comparator="massage_classic"), LOW_BACK)
    assert (found.opinion, found.verdict) == (UNTESTABLE, "insufficient")
    found = judge(COMPARE, [], LOW_BACK)
    assert (found.opinion, found.verdict) == (UNTESTABLE, "no_data")
    assert found.reason.endswith("no network holds both")


def test_a_direct_comparison_turned_round_has_its_sign(judge: Judge) -> None:
    rows = trials(-20, -21, comparator="massage_classic", sd=3)
    turned = COMPARE | {"a": COMPARE["b"], "b": COMPARE["a"]}
    assert judge(turned, rows, LOW_BACK).verdict == "b_better"
    assert judge(turned, rows, LOW_BACK).estimate == pytest.approx(-judge(COMPARE, rows, LOW_BACK).estimate)


def test_recoveries_count_as_good(judge: Judge) -> None:
    test = EFFECT | {"outcome": "recovery"}
    found = judge(test, recoveries((80, 40), (78, 41), (81, 41)))
    assert (found.verdict, found.opinion, found.turn) == ("benefit", AGREES, -1.0)
    estimate, low, high = found.shown()
    assert low < estimate < high
    assert estimate == pytest.approx(1.95, abs=0.01)
    direct = judge(
        COMPARE | {"outcome": "recovery"}, recoveries((80, 40), (78, 41), (81, 41), comparator="massage_classic"), LOW_BACK
    )
    words = direct.direct.split(" (")[1].split(")")[0].split(" to ")
    assert float(words[0]) < float(words[1])
    assert direct.verdict == "a_better"


RISK = YOGA | {"kind": "risk", "comparator": "any", "outcome": "adverse_event", "term": "any", "measure": "RR"}


@pytest.mark.parametrize(
    ("agree", "partly", "opinion"),
    [
        ({"upper_limit_below": 2.0}, {}, AGREES),
        ({"upper_limit_below": 1.1}, {"interval_holds": 1.0}, PARTLY),
        ({"upper_limit_below": 1.1}, {"interval_holds": 2.5}, DISAGREES),
        ({"interval_holds": 1.0}, {}, AGREES),
        ({"interval_holds": 1.0, "upper_limit_below": 1.1}, {}, DISAGREES),
    ],
)
def test_a_risk_is_held_against_its_limits(judge: Judge, agree: dict, partly: dict, opinion: str) -> None:
    rows = recoveries((100, 100), (98, 103), (101, 97), (99, 99), n=400, outcome="adverse_event", higher_is_worse="yes")
    found = judge(RISK | {"agree": agree, "partly": partly}, rows)
    assert found.opinion == opinion
    assert found.reason.startswith("the interval is 0.82 to 1.21; asked: ")
    assert judge(RISK | {"agree": agree}, []).opinion == UNTESTABLE


BASE = YOGA | {"kind": "evidence_base", "outcome": "pain", "term": "any"}


@pytest.mark.parametrize(
    ("ratings", "limits", "opinion"),
    [
        (("low", "high"), {"trials_at_most": 2}, AGREES),
        (("low", "high"), {"trials_at_most": 1}, DISAGREES),
        (("low", "high"), {"trials_at_low_risk_of_bias_at_most": 1}, AGREES),
        (("low", "low"), {"trials_at_low_risk_of_bias_at_most": 1}, DISAGREES),
        (("low", ""), {"trials_at_low_risk_of_bias_at_most": 1}, UNTESTABLE),
        (("high", ""), {"trials_at_low_risk_of_bias_at_most": 1}, AGREES),
        (("low", ""), {"trials_at_most": 1, "trials_at_low_risk_of_bias_at_most": 1}, DISAGREES),
    ],
)
def test_how_much_evidence_there_is(judge: Judge, ratings: tuple[str, str], limits: dict, opinion: str) -> None:
    rows = trials(-1, -2)
    for row, rating in zip(rows, ratings, strict=True):
        row["rob2_overall"] = rating
    found = judge(BASE | {"agree": limits}, rows)
    assert found.opinion == opinion
    assert found.trials == 2
    assert found.row_ids == ("r0", "r1")


def harms(*arms: tuple[int, int], words: str = "serious adverse events") -> Rows:
    return recoveries(*arms, n=500, outcome="adverse_event", higher_is_worse="yes", measured_as=words)


def test_serious_harms_have_exact_limits(judge: Judge) -> None:
    test = YOGA | {"kind": "serious_harms"}
    assert judge(test | {"at_most_per_1000": 8}, harms((0, 9))).opinion == AGREES  # exact limit 7.4 of 1,000
    assert judge(test | {"at_most_per_1000": 7}, harms((0, 9))).opinion == PARTLY
    found = judge(test | {"at_most_per_1000": 3}, harms((2, 0), (2, 0)))
    assert (found.opinion, found.trials, found.participants) == (DISAGREES, 2, 1000)
    assert found.reason.startswith(
        "4 serious events in 1000 treated people of 2 trials: 4.0 per 1,000 (exact 95% limits 1.1 to 10.2)"
    )


def test_only_serious_events_count_or_none_of_any_kind(judge: Judge) -> None:
    test = YOGA | {"kind": "serious_harms", "at_most_per_1000": 100}
    assert judge(test, harms((3, 1), words="non-serious adverse events")).opinion == UNTESTABLE
    assert judge(test, harms((3, 1), words="any adverse event")).opinion == UNTESTABLE
    assert judge(test, harms((0, 1), words="any adverse event")).opinion == AGREES


def test_the_nearest_threshold_is_named_with_its_distance(judge: Judge) -> None:
    clear = judge(EFFECT, trials(-20, -22, -21))
    assert clear.nearest == "estimate to the smallest worthwhile effect"
    assert clear.distance == pytest.approx(abs(clear.estimate) - 10)
    close = judge(EFFECT, trials(-14, -2, -8, -6, -5, sd=12))
    assert close.nearest == "upper limit to no effect"
    assert close.distance == pytest.approx(abs(close.high))


def test_limits_of_good_events_are_called_as_they_are_read(judge: Judge) -> None:
    found = judge(EFFECT | {"outcome": "recovery"}, recoveries((62, 50), (60, 49), (61, 50), (60, 48)))
    _, low, _ = found.shown()
    assert low > 1
    assert found.threshold() == pytest.approx(1.25)
    open_ = judge(EFFECT | {"outcome": "recovery"}, recoveries((75, 50), (60, 48), (52, 50), (62, 49)))
    assert open_.nearest == "lower limit to no effect"
    assert math.exp(open_.distance) == pytest.approx(1 / open_.shown()[1])
    bad = {"outcome": "adverse_event", "higher_is_worse": "yes"}
    harm = judge(EFFECT | {"outcome": "adverse_event"}, recoveries((30, 10), (32, 11), (30, 11), **bad))
    assert harm.verdict == "harm"
    assert harm.nearest == "lower limit to no effect"
    assert harm.threshold() == pytest.approx(0.8)


def test_rows_of_a_statement_follow_its_tests(material: Callable[..., Material], settings: Settings) -> None:
    long = EFFECT | {"term": "long"}
    claims = claims_of(EFFECT, EFFECT | {"agree": ["harm"]}, long)
    judged = judge_claims(claims, material(trials(-20, -22, -21)))
    (row,) = claim_rows(judged, claims, {"c__2": row_of(QuestionInUniverses, question="c__2", same_verdict="0.9")})
    assert (row.opinion, row.agrees, row.disagrees, row.not_tested) == (DISAGREES, 1, 1, 1)
    assert (row.decided_by, row.same_verdict) == (2, 0.9)
    assert row.reason.startswith("MD \N{MINUS SIGN}21.0 (")
    details = list(detail_rows(judged, settings, {}, {"yoga__inactive__pain__short__low_back"}))
    assert [d.opinion for d in details] == [AGREES, DISAGREES, UNTESTABLE]
    assert details[2].estimate is None
    assert details[0].question.startswith("Yoga against ")


FAMILY: dict[str, Any] = {"treatment": {"family": "massage"}}
SIDES: dict[str, Any] = {"kind": "compare", "outcome": "pain", "term": "short", "agree": ["a_better"], "a": {"class": "active"}}


@pytest.mark.parametrize(
    ("test", "people", "analysis"),
    [
        (EFFECT, {"region": "low back"}, "yoga__inactive__pain__short__low_back"),
        (
            EFFECT | FAMILY,
            {"region": "low back", "chronicity": "chronic"},
            "family-massage__inactive__pain__short__low_back_chronic",
        ),
        (SIDES | {"b": {"class": "passive"}}, {"region": "low back"}, "class-active__passive__pain__short__low_back"),
        (SIDES | {"b": {"family": "massage"}}, {"region": "low back"}, ""),
        (EFFECT | {"treatment": {"ids": ["yoga", "pilates"]}}, {"region": "low back"}, ""),
        (EFFECT, {"region": "low back", "chronicity": "acute"}, ""),
        (EFFECT, {}, ""),
    ],
)
def test_a_test_knows_the_analysis_that_asks_the_same(
    test: dict[str, Any], people: dict[str, str], analysis: str, settings: Settings
) -> None:
    (claim,) = claims_of(test, population=people).claims
    assert analysis_of(claim, claim.tests[0], settings) == analysis


def test_of_several_documents_those_are_supported_that_more_trials_bear_out(material: Callable[..., Material]) -> None:
    texts = {"right": ["benefit"], "wrong": ["harm"], "open": ["benefit"]}
    terms = {"right": "short", "wrong": "short", "open": "long"}
    content = {
        "documents": {d: {"title": d.title()} for d in texts},
        "claims": [
            {"id": d, "document": d, "section": "s", "statement": "S.", "tests": [EFFECT | {"agree": a, "term": terms[d]}]}
            for d, a in texts.items()
        ],
    }
    claims = load_claims(content, TAXONOMY)
    rows = list(reading_rows(judge_claims(claims, material(trials(-20, -22, -21))), claims, TAXONOMY))
    assert {r.document: r.supported for r in rows} == {"Right": True, "Wrong": False, "Open": False}
    one = load_claims(content | {"claims": content["claims"][:1]}, TAXONOMY)
    assert not list(reading_rows(judge_claims(one, material(trials(-20, -22, -21))), one, TAXONOMY))


def test_a_result_turned_round_has_its_arms_exchanged(material: Callable[..., Material]) -> None:
    rows = [trial_row("r", comparator="massage_classic", n_t="30", n_c="20", mean_t="40", mean_c="50")]
    claim = claims_of(COMPARE | {"a": COMPARE["b"], "b": COMPARE["a"]}).claims[0]
    given = material(rows)
    question = question_of(claim, 1, claim.tests[0], given.settings)
    (entry,) = entries_of(eligible(question, given.converted, given.settings, TAXONOMY), question, "MD", given.settings)
    assert entry.turned
    assert entry.estimate.yi == pytest.approx(10)
    assert entry.arm_t is not None
    assert entry.arm_c is not None
    assert (entry.arm_t.n, entry.arm_t.mean, entry.arm_c.n, entry.arm_c.mean) == (20, 50, 30, 40)


def test_a_trial_that_decides_a_comparison_is_named(judge: Judge) -> None:
    rows = trials(-20, -21, -20, 60, comparator="massage_classic", sd=5)
    found = judge(COMPARE | {"agree": ["no_clear_difference"]}, rows, LOW_BACK)
    assert (found.opinion, found.flipped_by) == (AGREES, ["Study 3"])


def test_an_effect_that_is_just_worthwhile_is_so_whatever_rounding_leaves(judge: Judge) -> None:
    spreads = [("3", "4"), ("5", "2.5"), ("4.1", "3.3"), ("2.2", "6"), ("3.7", "1.9"), ("2.9", "2.9")]
    verdicts = set()
    for i in range(len(spreads)):
        rows = trials(*[-10] * 4)
        for row, (sd_t, sd_c) in zip(rows, (spreads * 2)[i:], strict=False):
            row |= {"sd_t": sd_t, "sd_c": sd_c}
        verdicts |= {
            judge(EFFECT, rows).verdict,
            judge(COMPARE, [r | {"comparator": "massage_classic"} for r in rows], LOW_BACK).verdict,
        }
    assert verdicts == {"benefit", "a_better"}
