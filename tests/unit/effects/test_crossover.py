"""Crossover trials: paired standard errors, the correlation of the periods, and what is left where it is not known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from conftest import CONTRAST, EVENTS, trial_row

from evidence_synthesis.effects.conversions import STEPS, Converted, convert
from evidence_synthesis.effects.crossover import correlation_of_periods, paired_variance, standardised_difference
from evidence_synthesis.review.schema import PAIRINGS, parse_result
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.wording import STEPS as WORDS

PAIN = {"scale_min": "", "scale_max": "", "design": "crossover", "n_t": "16", "n_c": "16"}
MEANS = PAIN | {"mean_t": "6.4", "sd_t": "2.2", "mean_c": "5.6", "sd_c": "2.4"}
PRINTED = PAIN | CONTRAST | {"mean_t": "", "sd_t": "", "mean_c": "", "sd_c": "", "value_kind": "final", "effect": "0.8"}
PRINTED |= {"effect_ci_low": "", "effect_ci_high": ""}


@pytest.fixture
def natural(settings: Settings) -> Settings:
    """The settings with pain in the unit that trials print."""
    outcomes = tuple(replace(o, unit="mm") if o.outcome == "pain" else o for o in settings.outcomes)
    return replace(settings, outcomes=outcomes)


def converted(cells: dict[str, str], settings: Settings, correlation: float | None = None) -> Converted:
    row = trial_row("x", **cells) | {"decision": "", "decision_reason": ""}
    return convert(parse_result(row), replace(settings, period_correlation=correlation))


def se(item: Converted, measure: str) -> float:
    return math.sqrt(item.estimates[measure].vi)


def test_the_handbook_s_formulas() -> None:
    """Handbook 23.2.7.1 and 23.2.7.2, worked by hand: SD of differences 1.7911 of SDs 2.2 and 2.4 with r 0.7."""
    assert math.sqrt(paired_variance(2.2**2 / 16, 2.4**2 / 16, 0.7)) == pytest.approx(1.791089 / 4, rel=1e-6)
    assert correlation_of_periods(2.2, 2.4, 1.791089) == pytest.approx(0.7, rel=1e-6)
    d, v = standardised_difference(16.0, 0.8, 2.2, 2.4, 0.7)
    assert (d, math.sqrt(v)) == pytest.approx((0.8 / math.sqrt((2.2**2 + 2.4**2) / 2), 0.1994095), rel=1e-6)


def test_the_paired_variance_is_that_of_the_differences_of_people() -> None:
    """Against numpy on data of people, made with a fixed seed: the formula needs no more than SDs and correlation."""
    people = np.random.default_rng(5).multivariate_normal([6.4, 5.6], [[4.84, 3.7], [3.7, 5.76]], 40)
    t, c = people[:, 0], people[:, 1]
    whole = (t - c).var(ddof=1) / 40
    assert paired_variance(t.var(ddof=1) / 40, c.var(ddof=1) / 40, np.corrcoef(t, c)[0, 1]) == pytest.approx(whole, rel=1e-10)


@pytest.mark.parametrize("cells", [{"period_correlation": "0.7"}, {}], ids=["of the row", "of the settings"])
def test_means_of_both_periods_are_paired_by_a_correlation(cells: dict[str, str], natural: Settings) -> None:
    item = converted(MEANS | cells, natural, None if cells else 0.7)
    assert item.estimates["MD"].yi == pytest.approx(0.8)
    assert se(item, "MD") == pytest.approx(0.447772, rel=1e-6)
    assert item.estimates["SMD"].yi == pytest.approx(0.347499, rel=1e-5)
    assert se(item, "SMD") == pytest.approx(0.1994095, rel=1e-6)
    assert ("period_correlation_assumed" in item.steps) == (not cells)
    assert item.pairing == PAIRINGS["paired"]


def test_without_a_correlation_the_parallel_analysis_is_marked(natural: Settings) -> None:
    item = converted(MEANS, natural)
    assert se(item, "MD") == pytest.approx(math.sqrt((2.2**2 + 2.4**2) / 16))
    assert item.pairing == PAIRINGS["crossover_as_parallel"]


@pytest.mark.parametrize(
    ("printed", "error"),
    [
        ({"effect_se": "0.447214"}, 0.447214),
        ({"effect_t": "1.788853"}, 0.8 / 1.788853),
        ({"effect_ci_low": "-0.153215", "effect_ci_high": "1.753215", "ci_level": "95"}, 0.447214),  # t on 15 df: 2.13145
        ({"effect_p": "0.0938481"}, 0.447214),
    ],
    ids=["SE", "t", "interval", "p"],
)
def test_a_printed_paired_error_is_taken_and_gives_no_smd_alone(printed: dict[str, str], error: float, natural: Settings) -> None:
    item = converted(PRINTED | printed, natural)
    assert se(item, "MD") == pytest.approx(error, rel=1e-4)
    assert "SMD" not in item.estimates
    assert "does not give the SD" in item.problems["SMD"]
    assert "paired" in item.steps


def test_a_paired_error_with_the_sds_gives_the_smd(natural: Settings) -> None:
    """r follows from the error: 0.7 of SE 0.447772 and SDs 2.2 and 2.4."""
    item = converted(PRINTED | {"effect_se": "0.447772", "sd_t": "2.2", "sd_c": "2.4"}, natural)
    assert item.estimates["SMD"].yi == pytest.approx(0.347499, rel=1e-5)
    assert se(item, "SMD") == pytest.approx(0.19942, rel=1e-4)
    impossible = converted(PRINTED | {"effect_se": "4", "sd_t": "2.2", "sd_c": "2.4"}, natural)
    assert "contradicts the SDs" in impossible.problems["SMD"]


def test_paired_values_are_brought_to_points(settings: Settings) -> None:
    scale = {"scale_min": "0", "scale_max": "10"}
    item = converted(MEANS | scale | {"period_correlation": "0.7"}, settings)
    assert (item.estimates["MD"].yi, se(item, "MD")) == pytest.approx((8.0, 4.47772), rel=1e-5)
    turned = converted(MEANS | scale | {"period_correlation": "0.7", "higher_is_worse": "no"}, settings)
    assert turned.estimates["MD"].yi == pytest.approx(-8.0)


def test_a_first_period_is_a_parallel_trial(natural: Settings) -> None:
    item = converted(MEANS | {"design": "crossover, first period", "n_c": "15"}, natural, 0.7)
    assert se(item, "MD") == pytest.approx(math.sqrt(2.2**2 / 16 + 2.4**2 / 15))
    assert item.steps == ["first_period"]
    assert item.pairing == ""


def test_counts_are_paired_by_the_correlation_of_their_row(settings: Settings) -> None:
    cells = EVENTS | {"design": "crossover", "n_t": "40", "n_c": "40", "events_t": "20", "events_c": "10"}
    apart, together = converted(cells, settings, 0.7), converted(cells | {"period_correlation": "0.5"}, settings)
    assert apart.pairing == PAIRINGS["crossover_as_parallel"]
    v_t, v_c = 1 / 20 - 1 / 40, 1 / 10 - 1 / 40
    assert apart.estimates["RR"].vi == pytest.approx(v_t + v_c)
    assert together.estimates["RR"].vi == pytest.approx(v_t + v_c - math.sqrt(v_t * v_c))
    assert together.estimates["RR"].yi == apart.estimates["RR"].yi


def test_every_step_has_words() -> None:
    assert STEPS.keys() == WORDS.keys()
