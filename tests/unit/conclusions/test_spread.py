"""The SD that information sizes and priors of tau are reckoned with: stated, of the trials, or not believed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from evidence_synthesis.conclusions.grade import Body, Limits, information_size, spread_of
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.synthesis.spread import prior_of, sd_within

LIMITS = Limits(50, 50, 50, 75, 25, 0.8, 20, 0.1, 25, 50)


def body(**more: object) -> Body:
    plain = Body([], "MD", 0, 0, 0, None, 0, 0, [], smallest=10, control_risk=None, egger_p=None, unpoolable=0)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_an_information_size_takes_the_sd_that_is_stated_or_that_of_the_trials() -> None:
    """126 people: 2 (1.96 + 0.84)^2 (20 / 10)^2 in each of two arms, rounded up."""
    assert information_size(body(), LIMITS) == 126
    assert information_size(body(trials_sd=21.0), LIMITS) == 126
    assert information_size(body(in_points=False), LIMITS) != information_size(body(), LIMITS)
    assert math.isnan(information_size(body(in_points=False), LIMITS))
    assert information_size(body(in_points=False, trials_sd=20.0), LIMITS) == 126
    assert information_size(body(in_points=False, stated_sd=20.0, trials_sd=9.0), LIMITS) == 126
    assert information_size(body(), replace(LIMITS, sd=None)) != information_size(body(), LIMITS)


def test_a_stated_sd_that_trials_contradict_is_not_believed() -> None:
    """The SD of 1 that a template might hold gave an information size of 2 people."""
    assert information_size(body(trials_sd=20.0), replace(LIMITS, sd=1)) == 126
    sd, whose = spread_of(body(trials_sd=20.0), replace(LIMITS, sd=1))
    assert (sd, whose) == (20.0, "with the trials' SD of 20, since the settings' 1 is implausible")


def test_the_sd_of_a_trial() -> None:
    """Pooled from both arms, or what the variance of the difference implies (Handbook 6.5.2.3)."""
    assert sd_within(40, 2.7, 41, 3.1, 0.4) == pytest.approx(math.sqrt((39 * 2.7**2 + 40 * 3.1**2) / 79))
    assert sd_within(50, None, 50, None, 0.16) == pytest.approx(2.0)
    assert sd_within(None, 2.7, 41, 3.1, 0.4) is None


def test_a_prior_of_tau_follows_the_unit(settings: Settings) -> None:
    priors = {"MD": {"family": "half-normal", "scale": 10}, "SMD": {"family": "half-normal", "scale": 0.5}}
    points = settings.outcome("pain")
    hours = replace(points, unit="hours")
    assert prior_of(priors, points, "MD", lambda: 3.0) == ("half-normal", 10)
    assert prior_of(priors, hours, "MD", lambda: 3.0) == ("half-normal", 1.5)
    assert prior_of(priors, replace(hours, sd=4.0), "MD", lambda: 3.0) == ("half-normal", 2.0)
    assert prior_of(priors, hours, "MD", lambda: math.nan) is None
    assert prior_of(priors, hours, "RR", lambda: 3.0) is None
