"""Statements held against trials that are made up for it: what each kind of part answers, and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import Rows
from scipy.stats import norm, t
from statements import (
    AMOUNT,
    CONTRADICTORY,
    EFFECT,
    ONLY_SHORT,
    RARE_HARM,
    SHARE,
    UNPROVEN,
    claims_of,
    harms,
    material_of,
    recurrences,
    told,
    trials,
    uncounted,
)

from evidence_synthesis.conclusions.claims.harms import exact_interval
from evidence_synthesis.conclusions.claims.judge import RULES, judge_part, judge_statements
from evidence_synthesis.conclusions.claims.lasting import change_variance
from evidence_synthesis.conclusions.claims.material import PartAnswer
from evidence_synthesis.review.claims_file import KINDS
from evidence_synthesis.synthesis.regions import CUTS, REGION_VERDICTS, REGIONS, chance_of, judge_region

Judge = Callable[..., PartAnswer]
LONG = {"weeks": "52"}


@pytest.fixture
def judge(config: dict) -> Judge:
    def answer(part: dict[str, Any], rows: Rows, **more: Any) -> PartAnswer:
        ((statement_part,),) = (s.parts for s in claims_of(part).statements)
        return judge_part(statement_part, material_of(rows, config, **more))

    return answer


def interval(difference: float, sd: float, n: int, k: int) -> tuple[float, float]:
    """The 95% interval of k trials that agree exactly: tau2 is 0, and the floor keeps the HKSJ factor at 1."""
    half = t.ppf(0.975, k - 1) * math.sqrt(2 * sd**2 / n / k)
    return difference - half, difference + half


# Smallest worthwhile effect 10; three trials of 160 people with SD 10 have the interval -+ 3.93, with SD 20 -+ 7.86.
BY_REGION = [
    ("any_relief", -6, 10, "supported"),
    ("any_relief", 6, 10, "contradicted"),
    ("any_relief", -6, 20, "leaning"),
    ("any_relief", 0, 20, "open"),
    ("any_relief", 6, 20, "leaning_against"),
    ("better", -6, 10, "supported"),
    ("worthwhile", -15, 10, "supported"),
    ("worthwhile", -6, 10, "contradicted"),
    ("worthwhile", -10, 20, "open"),
    ("at_most_worthwhile", -6, 10, "supported"),
    ("at_most_worthwhile", 6, 10, "supported"),
    ("at_most_worthwhile", -15, 10, "contradicted"),
    ("at_most_worthwhile", -10, 20, "open"),
    ("no_relief", -6, 10, "supported"),
    ("no_relief", -15, 10, "contradicted"),
    ("no_relief", 15, 10, "contradicted"),
    ("no_relief", -10, 20, "open"),
    ("similar", 0, 10, "supported"),
    ("similar", 0, 20, "supported"),
    ("similar", -20, 20, "contradicted"),
    ("harm", 6, 10, "supported"),
    ("harm", -6, 10, "contradicted"),
    ("harm", 0, 20, "open"),
]


@pytest.mark.parametrize(("region", "difference", "sd", "verdict"), BY_REGION)
def test_an_effect_is_held_against_the_region_that_is_claimed(
    judge: Judge, region: str, difference: float, sd: float, verdict: str
) -> None:
    found = judge(EFFECT | {"region": region}, trials(*[difference] * 3, sd=sd))
    assert (found.low, found.high) == pytest.approx(interval(difference, sd, 80, 3))
    assert found.verdict == verdict
    assert (found.trials, found.participants, found.uncounted) == (3, 480, 0)
    assert found.row_ids == ("r0", "r1", "r2")


def posterior_below(cut: float, difference: float, variance: float, k: int, scale: float) -> float:
    """P(mean < cut) of k trials that agree exactly, by a plain grid over tau (half-normal prior, flat prior of the mean)."""
    tau = np.linspace(0, 8 * scale, 40001)
    within = variance + tau**2
    weight = within ** (-(k - 1) / 2) * np.exp(-0.5 * (tau / scale) ** 2)
    return float(np.average(norm.cdf((cut - difference) / np.sqrt(within / k)), weights=weight))


@pytest.mark.parametrize("difference", [-6.0, -4.0, -2.0, 0.0, 3.0, 6.0])
def test_trials_lean_by_the_probability_of_what_is_claimed(judge: Judge, difference: float) -> None:
    found = judge(EFFECT, trials(*[difference] * 3, sd=20))
    chance = posterior_below(0, difference, 2 * 20**2 / 80, 3, 10)
    assert found.chance == pytest.approx(chance, abs=1e-4)
    assert f"probability of what is claimed {found.chance:.2f}" in found.reason
    assert found.verdict == ("leaning" if chance >= 0.8 else "leaning_against" if chance <= 0.2 else "open")
    two_sided = judge(EFFECT | {"region": "similar"}, trials(*[difference] * 3, sd=20))
    inside = posterior_below(10, difference, 10, 3, 10) - posterior_below(-10, difference, 10, 3, 10)
    assert two_sided.chance == pytest.approx(inside, abs=1e-4)


@pytest.mark.parametrize(
    ("difference", "plain", "settled"), [(-6, "supported", "leaning"), (6, "contradicted", "leaning_against")]
)
def test_very_low_certainty_leans_at_most(judge: Judge, difference: float, plain: str, settled: str) -> None:
    rows = trials(*[difference] * 3)
    assert judge(EFFECT, rows).verdict == plain
    shaky = [r | {"rob2_overall": "high", "source_kind": "abstract"} for r in rows]
    found = judge(EFFECT, shaky)
    assert (found.certainty, found.verdict) == ("very low", settled)
    assert "lets it lean at most" in found.reason


def test_one_trial_is_open_and_shown(judge: Judge) -> None:
    found = judge(EFFECT, trials(-20))
    assert (found.verdict, found.trials) == ("open", 1)
    assert found.reason.startswith("too few trials")
    assert found.estimate == -20


def test_an_unknown_number_of_people_is_not_an_infinite_one(judge: Judge) -> None:
    found = judge(EFFECT, uncounted(-20, -20, -20))
    assert (found.verdict, found.participants, found.uncounted) == ("open", 0, 3)
    assert found.reason.startswith("too few people (0 known of 126, the number is not known in 3 trials)")
    assert judge(EFFECT, uncounted(-20, -20) + trials(-20, n=63)).verdict == "supported"
    assert judge(EFFECT, uncounted(-20, -20) + trials(-20, n=62)).verdict == "open"


def test_no_trial_is_neither_agreement_nor_disagreement(judge: Judge) -> None:
    found = judge(EFFECT, [], unusable=[told("Heard 2001", outcome="pain")])
    assert found.verdict == "not_looked_at"
    assert found.beside.startswith("1 trial of the treatment known without usable results")
    assert "no published pooled estimate" in found.beside
    assert judge(EFFECT | {"population": {"region": "neck"}}, trials(-20, -20)).verdict == "not_looked_at"


def test_sham_and_untreated_controls_are_not_pooled(judge: Judge) -> None:
    rows = trials(-20, -20) + trials(0, 0, first=2, comparator="sham")
    assert judge(EFFECT, rows).estimate == pytest.approx(-20)
    assert judge(EFFECT | {"comparator": "sham"}, rows).estimate == pytest.approx(0)
    assert judge(EFFECT | {"comparator": "inactive"}, rows).estimate == pytest.approx(-10)


def test_a_treatment_stands_as_comparator(judge: Judge) -> None:
    rows = trials(-6, -6, -6, comparator="massage_classic") + trials(30, first=3)
    assert judge(EFFECT | {"comparator": {"family": "massage"}, "region": "better"}, rows).verdict == "supported"
    turned = EFFECT | {"treatment": {"family": "massage"}, "comparator": {"ids": ["yoga"]}, "region": "better"}
    assert judge(turned, rows).verdict == "contradicted"


def test_good_events_count_for_the_treatment(judge: Judge) -> None:
    from statements import events

    found = judge(EFFECT | {"outcome": "recovery"}, events((80, 40), (78, 41), (81, 41)))
    assert (found.verdict, found.turn) == ("supported", -1.0)
    estimate, low, high = found.shown()
    assert low < estimate < high
    assert estimate == pytest.approx(1.95, abs=0.01)
    assert found.nearest == "lower limit to no effect"
    assert math.exp(found.distance) == pytest.approx(low)


def test_a_trial_that_decides_alone_is_named(judge: Judge) -> None:
    rows = trials(-20, -21, -20, -19, 60, sd=5)
    assert judge(EFFECT, rows).verdict == "open"
    assert judge(EFFECT, rows).flipped_by == ("Study 4",)
    same = [r | {"study": "Same 2001"} if i > 2 else r for i, r in enumerate(rows)]
    assert judge(EFFECT, same).flipped_by == ("Same 2001 (t4)",)


def test_trials_of_doubtful_identity_are_named_where_they_decide(judge: Judge) -> None:
    sound = trials(-6, n=100)
    doubtful = trials(-6, first=1, n=100, flags="year_not_on_page")
    found = judge(EFFECT, sound + doubtful)
    assert found.without_doubtful == "without Study 1 (identity or date doubtful): open"
    assert judge(EFFECT, trials(-6, n=100, year="")).without_doubtful.endswith("not looked at here")
    assert judge(EFFECT, trials(-6, -6, -6) + trials(-6, first=3, flags="year_not_on_page")).without_doubtful == ""


UNPROVEN_CASES = [
    (trials(-6, -6, -6), "overtaken", "an effect is shown at"),
    (trials(-6, -6, -6, sd=20), "still_unproven", "does not exclude no effect"),
    (trials(6, 6, 6), "still_unproven", "on the side of the comparator"),
    (
        [r | {"rob2_overall": "high", "source_kind": "abstract"} for r in trials(-6, -6, -6)],
        "still_unproven",
        "at very low certainty",
    ),
    (uncounted(-20, -20), "still_unproven", "on too few people"),
    (trials(-20), "not_looked_at", "one usable trial"),
    ([], "not_looked_at", "no trial"),
]


@pytest.mark.parametrize(("rows", "verdict", "why"), UNPROVEN_CASES)
def test_what_is_called_unproven_is_overtaken_by_a_shown_effect_only(judge: Judge, rows: Rows, verdict: str, why: str) -> None:
    found = judge(UNPROVEN, rows)
    assert found.verdict == verdict
    assert why in found.reason


def test_which_of_two_treatments_is_better_is_settled_in_either_direction(judge: Judge) -> None:
    part = UNPROVEN | {"comparator": {"ids": ["massage_classic"]}}
    for difference in (-6, 6):
        assert judge(part, trials(*[difference] * 3, comparator="massage_classic")).verdict == "overtaken"


def test_what_published_reviews_pool_stands_beside(judge: Judge) -> None:
    theirs = {"review": "Somebody 2020", "year": "2020", "treatment": "yoga", "comparator": "usual_care", "region": "low back"}
    theirs |= {"chronicity": "chronic", "outcome": "pain", "term": "short", "measure": "MD", "scale_min": "0", "scale_max": "10"}
    theirs |= {"estimate": "-1", "ci_low": "-1.5", "ci_high": "-0.5", "negative_favours_treatment": "yes", "k_trials": "7"}
    found = judge(UNPROVEN, [], published=[theirs, theirs | {"term": "long"}, theirs | {"comparator": "sham"}])
    assert (
        found.beside
        == "published reviews: Somebody 2020 MD \N{MINUS SIGN}10.0 (\N{MINUS SIGN}15.0 to \N{MINUS SIGN}5.0), 7 trials"
    )


def rated(*ratings: str, **cells: str) -> Rows:
    rows = trials(*[-1.0] * len(ratings), **cells)
    return [r | {"rob2_overall": rating} for r, rating in zip(rows, ratings, strict=True)]


AMOUNTS = [
    ({"at_most": 2}, rated("low", "high"), [], "supported"),
    ({"at_most": 1}, rated("low", "high"), [], "contradicted"),
    ({"at_most": 2}, rated("low", "high"), [told("Heard", comparator="sham")], "contradicted"),
    ({"at_most": 2, "comparator": "untreated"}, rated("low", "high"), [told("Heard")], "open"),
    ({"at_most": 2, "comparator": "untreated"}, rated("low", "high"), [told("Heard", comparator="sham")], "supported"),
    ({"at_most": 2, "population": {"chronicity": "chronic"}}, rated("low", "high"), [told("Heard", comparator="sham")], "open"),
    ({"at_most": 2, "term": "long"}, rated("low", "high", **LONG), [told("Heard", weeks="4")], "supported"),
    (
        {"at_most": 2, "outcome": "function"},
        rated("low", "high", outcome="function", instrument="odi"),
        [told("Heard", outcome="pain")],
        "supported",
    ),
    ({"at_most": 0}, [], [], "not_looked_at"),
    ({"at_most": 1, "quality": "low_risk"}, rated("low", "high"), [], "supported"),
    ({"at_most": 1, "quality": "low_risk"}, rated("low", "low"), [], "contradicted"),
    ({"at_most": 1, "quality": "low_risk"}, rated("low", ""), [], "open"),
    ({"at_most": 1, "quality": "low_risk"}, rated("high", ""), [], "supported"),
    ({"at_most": 1, "quality": "low_risk"}, rated("", ""), [], "not_looked_at"),
    ({"at_most": 0, "quality": "low_risk", "outcome": "adverse_event"}, rated("low"), [], "not_looked_at"),
]


@pytest.mark.parametrize(("rule", "rows", "unusable", "verdict"), AMOUNTS)
def test_amounts_count_all_trials_that_are_known(judge: Judge, rule: dict, rows: Rows, unusable: Rows, verdict: str) -> None:
    found = judge(AMOUNT | rule, rows, unusable=unusable)
    assert found.verdict == verdict
    assert verdict == "not_looked_at" or f"claimed: at most {rule['at_most']}" in found.reason


def test_amounts_say_how_many_are_not_judged(judge: Judge) -> None:
    found = judge(AMOUNT | {"at_most": 1, "quality": "low_risk"}, rated("low", ""))
    assert "1 at low risk of bias; 1 of 2 not judged" in found.reason


def test_an_amount_of_trials_between_treatments_of_one_family(judge: Judge) -> None:
    part = AMOUNT | {"treatment": {"family": "massage"}, "comparator": {"family": "massage"}, "at_most": 1}
    rows = trials(-1, -2, comparator="massage_thai", treatment="massage_classic") + trials(
        -1, first=2, treatment="massage_classic"
    )
    assert judge(part, rows).trials == 2
    assert judge(part, rows).verdict == "contradicted"


CONTRADICTIONS = [
    (trials(-20, 20), "supported"),
    (trials(-40, 0, -40, 0), "supported"),  # I2 of 99 %, and a new setting may see either side
    (trials(-6, -6, -6), "contradicted"),
    (trials(-30, -10, -20, n=300), "contradicted"),  # they differ in size, not in direction
    (trials(*[0, 0.5, -0.5] * 6, n=200), "contradicted"),
    (trials(-1, 1), "leaning_against"),  # agreement of two says little
    (trials(-9, -9, -2, -1, sd=15), "leaning"),
    (trials(-4, 4, sd=20), "open"),  # both open, and apart
    (trials(-20), "open"),
    ([], "not_looked_at"),
]


@pytest.mark.parametrize(("rows", "verdict"), CONTRADICTIONS)
def test_contradictions_follow_the_trials_own_directions(judge: Judge, rows: Rows, verdict: str) -> None:
    assert judge(CONTRADICTORY, rows).verdict == verdict


def test_directions_are_counted(judge: Judge) -> None:
    found = judge(CONTRADICTORY, trials(-20, 20, 0, -20))
    assert found.reason.startswith("2 clearly for, 1 open, 1 clearly against; I2 ")


LASTING = [
    (trials(-20, -20, -20) + trials(-20, -20, -20, **LONG), "contradicted"),
    (trials(-20, -20, -20) + trials(0, 0, 0, **LONG), "supported"),
    (trials(-20, -20, -20) + trials(-6, -6, -6, **LONG), "contradicted"),  # smaller, and still an effect
    (trials(-40, -40, -40, n=300) + trials(-12, -12, -12, sd=60, **LONG), "supported"),  # lost within trials, long term open
    (trials(0, 0, 0) + trials(0, 0, 0, **LONG), "open"),
    (trials(-20, -20, -20) + trials(0, **LONG), "open"),
    (trials(-20, -20, -20), "not_looked_at"),
    ([], "not_looked_at"),
    (
        trials(-20, -20, -20) + [r | {"rob2_overall": "high", "source_kind": "abstract"} for r in trials(-20, -20, -20, **LONG)],
        "leaning_against",
    ),
    (
        [r | {"rob2_overall": "high", "source_kind": "abstract"} for r in trials(-20, -20, -20) + trials(0, 0, 0, **LONG)],
        "leaning",
    ),
]


@pytest.mark.parametrize(("rows", "verdict"), LASTING)
def test_whether_an_effect_fades(judge: Judge, rows: Rows, verdict: str) -> None:
    assert judge(ONLY_SHORT, rows).verdict == verdict


def test_nothing_can_fade_that_was_not_there(judge: Judge) -> None:
    assert judge(ONLY_SHORT, trials(0, 0, 0) + trials(0, 0, 0, **LONG)).reason.startswith("neither confirmed nor refuted")


def test_the_change_within_trials_is_paired(judge: Judge) -> None:
    """Of trials 0 to 2, the last two measured both terms; each change has v1 + v2 - 2 r sqrt(v1 v2)."""
    found = judge(ONLY_SHORT, trials(-30, -20, -20, n=50) + trials(-8, -8, first=1, n=50, **LONG))
    variance = 2 * (2 * 100 / 50) * (1 - 0.5)
    half = t.ppf(0.975, 1) * math.sqrt(variance / 2)
    words = f"change within 2 trials that measured both 12.0 ({12 - half:.1f} to {12 + half:.1f})".replace("-", "\N{MINUS SIGN}")
    assert words in found.reason
    assert "with correlation 0.3" in found.reason


def test_the_variance_of_a_change() -> None:
    early, late = np.array([4.0, 9.0]), np.array([9.0, 9.0])
    assert change_variance(early, late, 0.0).tolist() == [13, 18]
    assert change_variance(early, late, 0.5) == pytest.approx([13 - 6, 9])
    assert change_variance(early, early, 0.99) == pytest.approx(0.02 * early)


def test_nobody_in_few_people_is_open(judge: Judge) -> None:
    """The exact upper limit of none in n is 1 - 0.025 ** (1 / n)."""
    assert judge(RARE_HARM, harms((0, 0), n=26)).verdict == "open"
    assert exact_interval(0, 26)[1] == pytest.approx(1 - 0.025 ** (1 / 26))
    least = math.ceil(math.log(0.025) / math.log(1 - 1 / 1000))
    assert judge(RARE_HARM, harms((0, 0), n=least)).verdict == "supported"
    assert judge(RARE_HARM, harms((0, 0), n=least - 1)).verdict == "open"
    assert judge(RARE_HARM | {"rate": "very_rare"}, harms((0, 0), n=least)).verdict == "open"
    assert judge(RARE_HARM, harms((6, 0), n=1000)).verdict == "contradicted"
    found = judge(RARE_HARM, harms((1, 0), (0, 0)))
    assert (found.verdict, found.trials, found.participants) == ("open", 2, 1000)
    assert found.reason.startswith("1 serious events in 1,000 treated people of 2 trials")


def test_only_serious_events_count_or_none_of_any_kind(judge: Judge) -> None:
    assert judge(RARE_HARM, harms((3, 1), words="non-serious adverse events")).verdict == "not_looked_at"
    assert judge(RARE_HARM, harms((3, 1), words="any adverse event")).verdict == "not_looked_at"
    assert judge(RARE_HARM, harms((0, 1), words="any adverse event")).verdict == "open"
    assert judge(RARE_HARM | {"population": {"region": "neck"}}, harms((0, 0))).verdict == "not_looked_at"


def test_harms_outside_trials_stand_beside_and_are_not_pooled(judge: Judge) -> None:
    cohort = {"study": "Cohort", "year": "2010", "treatment": "yoga", "design": "cohort", "people": "100000"}
    cohort |= {"treatments_given": "", "event": "fracture", "events": "1", "url": "https://example.org", "source_location": ""}
    found = judge(RARE_HARM, harms((0, 0), n=26), outside=[cohort, cohort | {"treatment": "pilates"}])
    assert found.beside == "outside trials: Cohort 2010 (cohort): fracture, 1 in 100,000 people"
    assert (found.verdict, found.participants) == ("open", 26)


def test_a_share_is_read_both_ways(judge: Judge) -> None:
    found = judge(SHARE, recurrences((400, 600), (400, 600), (400, 600), n=1000))
    assert found.verdict == "supported"  # a third of 600 recurrences fewer, but 20 of 100 people
    assert "absolute (so many of 100 people): RD \N{MINUS SIGN}0.200" in found.reason
    assert found.reason.count("contradicted") == 1
    absolute = judge(SHARE, recurrences((100, 433), (100, 433), (100, 433), n=1000))
    assert absolute.verdict == "supported"
    assert "relative (so many of 100 events): RR 0.23" in absolute.reason
    assert judge(SHARE, recurrences((590, 600), (595, 600), (600, 600), n=1000)).verdict == "contradicted"
    assert judge(SHARE, recurrences((40, 60))).verdict == "open"
    assert judge(SHARE, recurrences((4, 6), (6, 4), (7, 8), n=100)).verdict == "open"
    assert judge(SHARE, []).verdict == "not_looked_at"


NO_RULE_ALWAYS_AGREES = {
    "effect": (EFFECT, trials(-6, -6, -6), trials(0, 0, sd=20), trials(6, 6, 6)),
    "unproven": (UNPROVEN, trials(0, 0, sd=20), trials(-6), trials(-6, -6, -6)),
    "amount": (AMOUNT, rated("low"), [], rated("low", "low", "low")),
    "contradictory": (CONTRADICTORY, trials(-20, 20), trials(-20), trials(-6, -6, -6)),
    "only_short": (
        *(ONLY_SHORT, trials(-20, -20, -20) + trials(0, 0, 0, **LONG), trials(0, 0, 0) + trials(0, 0, 0, **LONG)),
        trials(-20, -20, -20) + trials(-20, -20, -20, **LONG),
    ),
    "rare_harm": (RARE_HARM, harms((0, 0), n=4000), harms((0, 0), n=26), harms((40, 0), n=4000)),
    "share": (
        *(SHARE, recurrences((400, 600), (400, 600), n=1000), recurrences((40, 60))),
        recurrences((590, 600), (600, 600), n=1000),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_agrees_whatever_happens(judge: Judge, kind: str) -> None:
    part, *cases = NO_RULE_ALWAYS_AGREES[kind]
    verdicts = [judge(part, rows).verdict for rows in cases]
    assert verdicts[0] in ("supported", "still_unproven")
    assert verdicts[1] in ("open", "not_looked_at")
    assert verdicts[2] in ("contradicted", "overtaken")
    assert set(RULES) == set(NO_RULE_ALWAYS_AGREES)


@pytest.mark.parametrize("kind", KINDS)
def test_without_data_nothing_is_supported(judge: Judge, kind: str) -> None:
    part, *_ = NO_RULE_ALWAYS_AGREES[kind]
    assert judge(part, []).verdict == "not_looked_at"


def random_intervals(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    middle, half = generator.uniform(-25, 25, 400), generator.uniform(0, 20, 400)
    return middle - half, middle + half, generator.uniform(0, 1, 400)


@pytest.mark.parametrize("region", REGIONS)
def test_a_wider_interval_is_never_surer(region: str) -> None:
    low, high, chance = random_intervals(5)
    smallest, enough = np.array(10.0), np.array(True)
    wider = np.random.default_rng(6).uniform(0, 10, (2, 400))
    words = judge_region(low, high, smallest, REGIONS[region], chance, enough, 0.8)
    after = judge_region(low - wider[0], high + wider[1], smallest, REGIONS[region], chance, enough, 0.8)
    for verdict in ("supported", "contradicted"):
        assert not ((after == verdict) & (words != verdict)).any()
        assert (words == verdict).any()
    assert set(judge_region(low, high, smallest, REGIONS[region], chance, np.array(False), 0.8)) == {"open"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_and_what_is_outside_it_share_the_probability(region: str) -> None:
    below = np.array([0.1, 0.3, 0.8])
    expected = {
        **dict.fromkeys(("any_relief", "better"), 0.3),
        **{"worthwhile": 0.1, "at_most_worthwhile": 0.9, "harm": 0.7},
        **dict.fromkeys(("no_relief", "similar"), 0.7),
    }
    assert len(below) == len(CUTS)
    assert chance_of(REGIONS[region], below) == pytest.approx(expected[region])


@pytest.mark.parametrize("seed", range(12))
def test_a_trial_like_the_others_reverses_nothing(judge: Judge, seed: int) -> None:
    """More of the same may settle what was open; it never turns a verdict round."""
    generator = np.random.default_rng(seed)
    difference, sd = float(generator.uniform(-20, 20)), float(generator.uniform(5, 40))
    for region in ("any_relief", "worthwhile", "similar"):
        verdicts = [judge(EFFECT | {"region": region}, trials(*[difference] * k, sd=sd)).verdict for k in (2, 3, 4)]
        places = [REGION_VERDICTS.index(v) - 2 for v in verdicts]
        assert all(a * b >= 0 for a in places for b in places), verdicts


def test_an_interval_that_ends_at_the_threshold_reaches_it() -> None:
    low, high, smallest = np.array(-20.0), np.array(-10 * (1 - 1e-12)), np.array(10.0)
    chance, enough = np.array(0.5), np.array(True)
    assert judge_region(low, high, smallest, REGIONS["worthwhile"], chance, enough, 0.8) == "supported"
    assert judge_region(low, high, smallest, REGIONS["at_most_worthwhile"], chance, enough, 0.8) == "contradicted"


def test_a_part_that_two_statements_share_is_judged_once(config: dict) -> None:
    claims = claims_of(EFFECT, EFFECT | {"reading": "secondary"}, UNPROVEN)
    ((_, answers),) = judge_statements(claims, material_of(trials(-6, -6, -6), config))
    assert answers[0] is answers[1]
    assert answers[2] is not answers[0]
