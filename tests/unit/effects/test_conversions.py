"""From printed numbers to effects: each way that a source may print a result, and every step recorded."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from conftest import CONTRAST, EVENTS, trial_row

from evidence_synthesis.effects.conversions import STEPS, convert
from evidence_synthesis.effects.formulas import ArmSummary, standardised_mean_difference_revman
from evidence_synthesis.effects.scales import risk_with
from evidence_synthesis.importers.review import bring_in, study_rows
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.schema import Result, parse_result
from evidence_synthesis.review.settings import Settings


def result(**cells: str) -> Result:
    return parse_result(trial_row("x", **cells) | {"decision": "", "decision_reason": ""})


@pytest.mark.parametrize("people", [False, True])
def test_people_randomised_stand_for_those_analysed_where_the_settings_say_so(people: bool, settings: Settings) -> None:
    chosen = replace(settings, people_randomised=people)
    printed = {"n_t": "", "n_c": "", "n_randomised_t": "40", "n_randomised_c": "50"}
    found = convert(result(**printed), chosen)
    if not people:
        assert found.estimates == {}
        return
    known = convert(result(n_t="40", n_c="50"), chosen)
    assert found.estimates == known.estimates
    assert set(found.steps) - set(known.steps) == {"n_randomised"}
    assert (found.result.arm_t.n, found.result.arm_c.n) == (40, 50)


def test_means_on_their_own_scale(settings: Settings) -> None:
    item = convert(result(), settings)
    assert item.points
    assert item.estimates["MD"].yi == pytest.approx(-10)
    assert item.estimates["MD"].vi == pytest.approx(2 * 400 / 30)
    assert item.steps == []


def test_a_ten_point_scale_is_rescaled(settings: Settings) -> None:
    item = convert(result(scale_max="10", mean_t="4", mean_c="5", sd_t="2", sd_c="2"), settings)
    assert item.estimates["MD"].yi == pytest.approx(-10)
    assert item.estimates["MD"].vi == pytest.approx(2 * 400 / 30)
    assert item.steps == ["rescaled"]


def test_a_scale_on_which_high_is_good_is_turned(settings: Settings) -> None:
    item = convert(result(higher_is_worse="no", mean_t="60", mean_c="50"), settings)
    assert item.estimates["MD"].yi == pytest.approx(-10)
    assert item.arm_t is not None
    assert item.arm_t.mean == pytest.approx(40)
    assert "turned" in item.steps


@pytest.mark.parametrize(("worse", "mean"), [("yes", 100 * (25 - 10) / 40), ("no", 100 * (50 - 25) / 40)])
def test_a_scale_that_begins_elsewhere_is_moved_to_0(settings: Settings, worse: str, mean: float) -> None:
    cells = {"scale_min": "10", "scale_max": "50", "mean_t": "25", "sd_t": "4", "higher_is_worse": worse}
    item = convert(result(**cells), settings)
    assert item.arm_t is not None
    assert (item.arm_t.mean, item.arm_t.sd) == pytest.approx((mean, 10))


def test_changes_keep_their_zero(settings: Settings) -> None:
    item = convert(result(value_kind="change", mean_t="-20", mean_c="-10", scale_min="10", scale_max="60"), settings)
    assert item.estimates["MD"].yi == pytest.approx(-20)
    assert "SMD" not in item.estimates


def test_without_a_range_only_the_standardised_difference(settings: Settings) -> None:
    item = convert(result(scale_min="", scale_max=""), settings)
    assert set(item.estimates) == {"SMD"}
    assert "range" in item.problems["MD"]


def test_without_a_direction_nothing(settings: Settings) -> None:
    item = convert(result(higher_is_worse=""), settings)
    assert not item.estimates
    assert "direction" in item.problems["MD"]


@pytest.mark.parametrize(
    ("cells", "step", "sd"),
    [
        ({"sd_t": "", "se_t": "3"}, "sd_from_se", 3 * math.sqrt(30)),
        # t quantile for 29 degrees of freedom: 2.0452296 (any printed t table)
        ({"sd_t": "", "ci_low_t": "35", "ci_high_t": "45"}, "sd_from_ci", 5 * math.sqrt(30) / 2.0452296),
    ],
)
def test_sd_of_an_arm(settings: Settings, cells: dict[str, str], step: str, sd: float) -> None:
    item = convert(result(**cells), settings)
    assert item.arm_t is not None
    assert item.arm_t.sd == pytest.approx(sd, rel=1e-6)
    assert item.steps == [step]


def test_medians_and_quartiles(settings: Settings) -> None:
    cells = {"format": "arm_medians", "mean_t": "", "sd_t": "", "median_t": "40", "q1_t": "30", "q3_t": "50"}
    item = convert(result(**cells), settings)
    assert item.arm_t is not None
    assert item.arm_t.mean == pytest.approx(40)
    assert item.steps == ["mean_sd_from_quartiles"]


def test_arms_without_any_spread_or_number(settings: Settings) -> None:
    assert "standard deviation" in convert(result(sd_t=""), settings).problems["MD"]
    assert "number of people" in convert(result(n_t=""), settings).problems["MD"]


def test_a_printed_difference_with_interval(settings: Settings) -> None:
    small = convert(result(**CONTRAST), settings)
    # 58 degrees of freedom: t = 2.0017175
    assert small.estimates["MD"].vi == pytest.approx((8 / (2 * 2.0017175)) ** 2, rel=1e-6)
    assert "se_from_ci_t" in small.steps
    large = convert(result(**CONTRAST, n_t="300", n_c="300"), settings)
    assert large.estimates["MD"].vi == pytest.approx((8 / (2 * 1.959964)) ** 2, rel=1e-6)
    assert "se_from_ci" in large.steps


def test_a_printed_difference_with_p_or_se(settings: Settings) -> None:
    without = {"effect_ci_low": "", "effect_ci_high": "", "n_t": "", "n_c": ""}
    p = convert(result(**CONTRAST | without | {"effect_p": "0.05"}), settings)
    assert p.estimates["MD"].vi == pytest.approx((5 / 1.959964) ** 2, rel=1e-6)
    se = convert(result(**CONTRAST | without | {"effect_se": "2"}), settings)
    assert se.estimates["MD"].vi == pytest.approx(4)
    nothing = convert(result(**CONTRAST | without), settings)
    assert "neither" in nothing.problems["MD"]
    zero = convert(result(**CONTRAST | without | {"effect": "0", "effect_p": "1"}), settings)
    assert not zero.estimates


def test_an_adjusted_difference_has_no_standardised_one(settings: Settings) -> None:
    item = convert(result(**CONTRAST | {"value_kind": "adjusted"}), settings)
    assert "MD" in item.estimates
    assert "adjusted" in item.problems["SMD"]


def test_events(settings: Settings) -> None:
    item = convert(result(**EVENTS), settings)
    assert item.estimates["RR"].yi == pytest.approx(math.log(12 / 8))
    assert item.estimates["OR"].yi == pytest.approx(math.log(12 * 22 / (8 * 18)))
    assert item.estimates["RD"].yi == pytest.approx(4 / 30)


def test_a_bad_event_of_a_good_outcome_is_turned(settings: Settings) -> None:
    item = convert(result(**EVENTS | {"higher_is_worse": "yes"}), settings)
    assert item.estimates["RR"].yi == pytest.approx(math.log(18 / 22))
    assert item.steps == ["event_turned"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"events_t": "0", "events_c": "0"}, "no event"),
        ({"events_t": "30", "events_c": "30"}, "everybody"),
        ({"higher_is_worse": ""}, "good or bad"),
        ({"events_t": ""}, "not printed"),
    ],
)
def test_events_that_say_nothing(settings: Settings, cells: dict[str, str], words: str) -> None:
    assert words in convert(result(**EVENTS | cells), settings).problems["RR"]


def test_one_empty_cell_gets_a_half(settings: Settings) -> None:
    item = convert(result(**EVENTS | {"events_t": "0"}), settings)
    assert item.estimates["RR"].yi == pytest.approx(math.log((0.5 / 31) / (8.5 / 31)))


RATIO = CONTRAST | {"outcome": "recovery", "instrument": "", "effect_measure": "RR", "effect": "2", "higher_is_worse": "no"}
LIMITS = {"effect_ci_low": "1", "effect_ci_high": "4"}


def test_printed_ratios(settings: Settings) -> None:
    item = convert(result(**RATIO | LIMITS), settings)
    assert item.estimates["RR"].yi == pytest.approx(math.log(2))
    assert item.estimates["RR"].vi == pytest.approx((math.log(4) / (2 * 1.959964)) ** 2, rel=1e-6)


def test_the_opposite_event_of_a_printed_ratio(settings: Settings) -> None:
    risk = convert(result(**RATIO | LIMITS | {"higher_is_worse": "yes"}), settings)
    assert "cannot be turned" in risk.problems["RR"]
    odds = convert(result(**RATIO | LIMITS | {"higher_is_worse": "yes", "effect_measure": "OR"}), settings)
    assert odds.estimates["OR"].yi == pytest.approx(-math.log(2))


def test_a_risk_difference_in_per_cent(settings: Settings) -> None:
    cells = {"effect_measure": "RD per cent", "effect": "20", "effect_ci_low": "5", "effect_ci_high": "35"}
    item = convert(result(**RATIO | cells), settings)
    assert item.estimates["RD"].yi == pytest.approx(0.2)


def test_cluster_trials(settings: Settings) -> None:
    plain = convert(result(), settings).estimates["MD"].vi
    unknown = convert(result(design="cluster"), settings)
    assert unknown.estimates["MD"].vi == pytest.approx(plain)
    assert unknown.steps == ["cluster_size_unknown"]
    known = convert(result(design="cluster", cluster_size="21", icc="0.1"), settings)
    assert known.estimates["MD"].vi == pytest.approx(plain * 3)
    default = convert(result(design="cluster", cluster_size="21"), settings)
    assert default.estimates["MD"].vi == pytest.approx(plain * 2)
    configured = convert(result(design="cluster"), replace(settings, default_cluster_size=11.0))
    assert configured.estimates["MD"].vi == pytest.approx(plain * 1.5)


def test_every_step_is_explained(settings: Settings) -> None:
    cases = [{}, {"scale_max": "10"}, EVENTS, CONTRAST, {"design": "cluster"}]
    taken = {s for c in cases for s in convert(result(**c | {"mean_t": c.get("mean_t", "4")}), settings).steps}
    assert taken <= STEPS.keys()


def test_means_stay_in_their_unit_where_the_settings_name_one(settings: Settings) -> None:
    """Off time, hours a day, with and without the range of possible hours: 3.1 (2.7) of 40 against 4.4 (3.1) of 41."""
    outcomes = tuple(replace(o, unit="hours a day") if o.outcome == "pain" else o for o in settings.outcomes)
    chosen = replace(settings, outcomes=outcomes)
    means = {"n_t": "40", "mean_t": "3.1", "sd_t": "2.7", "n_c": "41", "mean_c": "4.4", "sd_c": "3.1"}
    found = [convert(result(**means, scale_min=low, scale_max=high), chosen) for low, high in (("", ""), ("0", "24"))]
    for item in found:
        assert (item.estimates["MD"].yi, item.estimates["MD"].vi) == pytest.approx((-1.3, 2.7**2 / 40 + 3.1**2 / 41))
        assert item.arm_t is not None
        assert (item.arm_t.mean, item.points, item.steps) == (3.1, False, [])
    printed = CONTRAST | {"scale_min": "", "scale_max": ""}
    item = convert(result(**printed), chosen)
    assert item.estimates["MD"].yi == -5
    assert "the range of the scale is not known" in convert(result(**printed), settings).problems["MD"]


@pytest.mark.parametrize(("worse", "better", "sign"), [("yes", None, 1), ("no", None, -1), ("no", True, 1), ("yes", True, -1)])
def test_an_outcome_of_which_more_is_better_keeps_the_sign_of_its_unit(
    worse: str, better: bool | None, sign: int, settings: Settings
) -> None:
    outcomes = tuple(replace(o, unit="m", event_is_good=better) if o.outcome == "pain" else o for o in settings.outcomes)
    item = convert(result(higher_is_worse=worse, mean_t="40", mean_c="50"), replace(settings, outcomes=outcomes))
    assert item.estimates["MD"].yi == -10 * sign
    assert item.estimates["SMD"].yi * sign < 0


def test_an_import_and_a_run_take_the_same_smd(settings: Settings) -> None:
    """One variance for one SMD: RevMan's only checks what is printed, and differs here in the third digit."""
    arms = {"n_t": 12.0, "mean_t": 40.0, "sd_t": 20.0, "n_c": 14.0, "mean_c": 60.0, "sd_c": 22.0}
    (taken,) = study_rows(bring_in([StudyRow("1", "Scale", "", "Alba 2001", measure="SMD", **arms)]))
    own = convert(result(**{name: f"{value:g}" for name, value in arms.items()}), settings).estimates["SMD"]
    assert (taken["measure"], taken["yi"], taken["vi"]) == ("SMD", pytest.approx(own.yi), pytest.approx(own.vi))
    t, c = (ArmSummary(arms[f"n_{side}"], arms[f"mean_{side}"], arms[f"sd_{side}"]) for side in "tc")
    assert standardised_mean_difference_revman(t, c).vi != pytest.approx(own.vi, rel=1e-3)


@pytest.mark.parametrize(
    ("measure", "ratio", "risk", "per_thousand"),
    [("RR", 0.92, 0.3, 276), ("OR", 0.73, 0.3, 238), ("HR", 1.07, 0.211, 224), ("HR", 0.0, 0.3, 0), ("RR", 4.0, 0.3, 1000)],
)
def test_the_risk_with_the_treatment(measure: str, ratio: float, risk: float, per_thousand: int) -> None:
    """Handbook 15.4.4.2 (24 fewer per 1,000 of RR 0.92), 15.4.4.3 (62 fewer of OR 0.73), and 224 per 1,000 of HR 1.07."""
    assert round(1000 * risk_with(measure, ratio, risk)) == per_thousand
