"""Sequential boundaries against what other programs publish, and what a sequential analysis says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evidence_synthesis.stats.sequential import (
    UnorderedLooks,
    adjusted_size,
    diversity,
    efficacy_bounds,
    futility_bounds,
    obrien_fleming_beta,
    obrien_fleming_spent,
    sequential_course,
    sequential_test,
)

FIFTHS = [0.2, 0.4, 0.6, 0.8, 1.0]


def test_boundaries_of_five_looks() -> None:
    """The example of the programs of Reboussin, DeMets, Kim and Lan (2000): two-sided 0.05, O'Brien-Fleming type.

    They print four decimals; their grid is coarser.
    """
    found = efficacy_bounds(FIFTHS, obrien_fleming_spent(FIFTHS))
    assert found == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)


def test_boundaries_of_three_looks() -> None:
    """What rpact and gsDesign (sfLDOF) give for thirds of the information, one-sided 0.025."""
    times = [1 / 3, 2 / 3, 1.0]
    assert efficacy_bounds(times, obrien_fleming_spent(times)).round(4).tolist() == [3.7103, 2.5114, 1.9930]


def test_boundaries_of_unequal_looks() -> None:
    """Expected values in the tests of rpact of August 2022 (two-sided beta spending, case 3): alpha 0.025, two-sided, asOF."""
    times = [0.15, 0.25, 0.8, 1.0]
    spent = obrien_fleming_spent(times, 0.025)
    assert spent == pytest.approx([2.2511015e-10, 1.1742122e-06, 0.01045986, 0.025], rel=1e-6)
    found = efficacy_bounds(times, spent)
    assert found[[0, 2, 3]] == pytest.approx([6.3431527, 2.560259, 2.292451], rel=1e-6)
    assert found[1] == pytest.approx(4.8600403, rel=5e-5)  # of so small a share rpact has three digits less


def test_any_way_of_spending_and_futility() -> None:
    """rpact, case 1: alpha t^2.5 and, from the second look on, beta t^1.5; two-sided, futility not binding, shift 11.628636."""
    times = [0.3, 0.4, 0.8, 1.0]
    bounds = efficacy_bounds(times, [0.0024647515, 0.0050596443, 0.028621671, 0.05])
    assert bounds == pytest.approx([3.0276355, 2.8984727, 2.2289649, 2.0639032], rel=1e-6)
    inner = futility_bounds(times, bounds, [0, 0.010609935, 0.065960997, 0.1], math.sqrt(11.628636))
    assert math.isnan(inner[0])
    assert inner[1:3] == pytest.approx([0.13460523, 1.5007674], rel=1e-5)
    assert inner[3] == pytest.approx(bounds[3], rel=1e-4)  # with that information the wedge ends where the boundary does


def test_boundaries_of_trial_sequential_analysis() -> None:
    """What RTSA 0.2.2, the R version of the Copenhagen Trial Unit's program, gives for its type esOF (to its own tolerance)."""
    for times, expected in (
        ([0.25, 0.5, 0.75, 1.0], [4.332633646, 2.963130728, 2.359044407, 2.014090377]),
        ([0.2, 0.45, 0.8, 1.0], [4.876884949, 3.143847594, 2.259194692, 2.026639832]),
    ):
        assert efficacy_bounds(times, obrien_fleming_spent(times)) == pytest.approx(expected, rel=5e-7)


def test_one_look_is_the_conventional_test() -> None:
    assert efficacy_bounds([1.0], [0.05])[0] == pytest.approx(1.959963984540054)
    assert obrien_fleming_spent([1.0, 3.0]).tolist() == pytest.approx([0.05, 0.05])
    assert obrien_fleming_beta([1.0], 0.2).tolist() == pytest.approx([0.2])


def test_the_whole_error_is_spent() -> None:
    """By simulation of a random walk without drift: one in twenty crosses, whatever the looks."""
    times = np.array([0.1, 0.35, 0.5, 0.9, 1.0])
    bounds = efficacy_bounds(times, obrien_fleming_spent(times))
    steps = np.sqrt(np.diff([0, *times]))
    walks = np.cumsum(steps * np.random.default_rng(3).standard_normal((200_000, 5)), axis=1) / np.sqrt(times)
    assert (np.abs(walks) >= bounds).any(axis=1).mean() == pytest.approx(0.05, abs=0.0015)


def test_looks_must_grow() -> None:
    with pytest.raises(UnorderedLooks, match=r"0\.5, 0\.5"):
        efficacy_bounds([0.5, 0.5], [0.01, 0.02])


def test_diversity_enlarges_the_information() -> None:
    """Wetterslev 2009: D2 is the share by which the variance of the random-effects mean is larger; N / (1 - D2)."""
    assert diversity(1.0, 4.0) == 0.75
    assert diversity(1.0, 1.0 - 1e-12) == 0.0
    assert adjusted_size(500, 0.75) == 2000
    assert math.isinf(adjusted_size(500, 1.0))


def test_the_required_information_of_a_published_analysis() -> None:
    """RTSA 0.2.2 on its data perioOxy (15 trials of oxygen during operations, wound infections; Mantel-Haenszel and DL).

    It prints the standard errors of both means, D2 of 0.632957, 5,454 people for one trial (RR 0.8, risk 0.15, power 0.9), and
    14,860 adjusted by D2 (10,563 by I2 of 0.483658).
    """
    share = diversity(0.0638568269711**2, 0.1054020698604**2)
    assert share == pytest.approx(0.632957469436, rel=1e-9)
    people = 4 * (1.9599639845 + 1.2815515655) ** 2 * 0.116775 / 0.03**2  # Wetterslev 2009: 4 (z + z)^2 p (1 - p) / effect^2
    assert math.ceil(people) == 5454
    assert math.ceil(adjusted_size(math.ceil(people), share)) == 14860
    assert math.ceil(adjusted_size(math.ceil(people), 0.483657717231)) == 10563


@pytest.mark.parametrize(
    ("information", "z", "verdict"),
    [
        ([0.2, 0.5], [1.0, 5.0], "crossed"),
        ([0.2, 0.5], [6.0, 1.0], "crossed"),  # once is enough
        ([0.2, 0.5], [1.0, 2.2], "open"),  # beyond 1.96, inside the boundary
        ([0.2, 0.8], [0.1, 0.1], "futile"),
        ([0.5, 1.7], [0.1, 0.3], "reached"),
        ([0.5, 1.7], [0.1, 2.5], "crossed"),
    ],
)
def test_what_a_sequential_analysis_says(information: list[float], z: list[float], verdict: str) -> None:
    assert sequential_test(information, z).verdict == verdict


def test_looks_close_together_count_as_one() -> None:
    many = sequential_test([0.3, 0.301, 0.302, 0.6], [9.0, 0.0, 1.0, 1.0])
    assert many == sequential_test([0.302, 0.6], [1.0, 1.0])
    assert sequential_test([1.2, 1.4, 2.0], [0.0, 0.0, 1.0]).information == 2.0


def test_a_course_look_by_look() -> None:
    """The boundaries of the looks that count; where information is still to come, the one that a last look would have."""
    times = [0.25, 0.5, 0.75]
    found = sequential_course([0.245, *times], [9.0, -1.0, 2.0, 2.5])
    assert found.places == (1, 2, 3)
    assert found.information.tolist() == times
    assert found.z.tolist() == [-1.0, 2.0, 2.5]
    assert found.boundaries == pytest.approx([4.332633646, 2.963130728, 2.359044407], rel=5e-7)
    assert found.ends == pytest.approx(2.014090377, rel=5e-7)
    assert found.at_the_last_look().verdict == "crossed"
    beyond = sequential_course([0.5, 1.7], [1.0, 1.0])
    assert beyond.information[-1] == 1.7
    assert beyond.ends == beyond.boundaries[-1]


def test_a_wedge_of_no_width_is_none() -> None:
    """What so little error spends would differ in its digits from machine to machine."""
    times = [0.05, 0.2, 0.6, 1.0]
    bounds = efficacy_bounds(times, obrien_fleming_spent(times))
    inner = futility_bounds(times, bounds, obrien_fleming_beta(times, 0.2), 2.8)
    assert np.isnan(inner[0])
    assert (inner[1:] > 1e-3).all()
