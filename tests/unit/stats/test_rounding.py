"""What a processor's rounding leaves open is not published: results hold to ten digits in any order of summing."""

from __future__ import annotations

import platform
from dataclasses import astuple
from itertools import permutations

import numpy as np
import pytest
from conftest import ROOT, read_csv
from numpy._core._multiarray_umath import __cpu_dispatch__ as dispatched  # what numpy has for newer processors

from evidence_synthesis.stats import small_study
from evidence_synthesis.stats.batch import interval_about, make_batch, settled
from evidence_synthesis.stats.dependent_effects import multilevel
from evidence_synthesis.stats.network import Study, fit_network, net_heat, split_nodes
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.storage.processors import same_sums
from evidence_synthesis.synthesis.verdicts import sides

TABLES = ROOT / "results/tables"


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="other processors have other instructions")
def test_jobs_use_the_instructions_that_every_processor_has() -> None:
    assert set(same_sums()["NPY_DISABLE_CPU_FEATURES"].split()) == set(dispatched)


@pytest.mark.parametrize("seed", range(6))
def test_the_selection_model_does_not_depend_on_the_order_of_trials(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.01, 0.3, 14)
    yi = rng.normal(-0.3, np.sqrt(vi + 0.05))
    first = astuple(small_study.selection_model(yi, vi))
    assert np.isfinite(first).all()
    for _ in range(5):
        order = rng.permutation(14)
        assert astuple(small_study.selection_model(yi[order], vi[order])) == pytest.approx(first, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_both_variances_of_the_multilevel_model_hold_to_ten_digits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    trials = np.repeat([f"t{i}" for i in range(14)], rng.integers(1, 4, 14))
    vi = rng.uniform(0.02, 0.4, trials.size)
    own = dict(zip(dict.fromkeys(trials), rng.normal(0, 0.4, 14), strict=True))
    yi = np.array([own[t] for t in trials]) + rng.normal(0, np.sqrt(vi + 0.05))
    first = astuple(multilevel(yi, vi, list(trials)))
    for _ in range(3):
        order = rng.permutation(yi.size)
        again = astuple(multilevel(yi[order], vi[order], list(trials[order])))
        assert again == pytest.approx(first, rel=1e-11, abs=1e-12)


def test_a_network_says_0_where_rounding_leaves_something() -> None:
    pairs = (("a", "b", 0.1), ("b", "c", 0.2), ("a", "c", 0.3), ("c", "d", -0.3))
    studies = [Study(f"{x}{y}", ((x, y),), np.array([e]), np.array([[0.07]])) for x, y, e in pairs]
    for some in permutations(studies):
        network = fit_network(some)
        assert network.effects[0, 3] == 0.0  # 0.1 + 0.2 - 0.3
        assert network.q == network.q_between == 0.0
        assert {split.difference for split in split_nodes(some, network) if np.isfinite(split.p)} == {0.0}
        assert {after for _, _, _, after in net_heat(some)} == {0.0}


def test_settled_keeps_what_is_more_than_rounding() -> None:
    values = np.array([3e-16, -8e-13, 2e-12, np.nan, -0.5])
    assert settled(values) == pytest.approx([0.0, 0.0, 2e-12, np.nan, -0.5], abs=0, nan_ok=True)
    assert settled(values, 1e-3)[:3] == pytest.approx([0.0, -8e-13, 2e-12], abs=0)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 7.0, 1e4])
def test_a_limit_close_to_0_has_the_digits_that_every_processor_gives(unit: float) -> None:
    small = np.random.default_rng(1).uniform(1e-7, 1e-4, 1000)
    one, other = unit, unit * (1 + 1e-15)  # what the order of a sum may change
    half = unit * (1 - small)
    plain = sum(f"{a:.10g}" != f"{b:.10g}" for a, b in zip(one - half, other - half, strict=True))
    limits = [interval_about(middle, half)[0] for middle in (one, other)]
    kept = sum(f"{a:.10g}" != f"{b:.10g}" for a, b in zip(*limits, strict=True))
    assert plain > 150
    assert kept < plain / 10  # those on the edge between two steps
    assert limits[0] == pytest.approx(small * unit, abs=2e-13 * unit)


def test_limits_are_exact_where_they_are_no_small_difference() -> None:
    low, high = interval_about([3.0, -0.7, np.nan, 0.0, 1e300, 2.0], [0.5, 1e-9, 1.0, 0.0, np.inf, np.nan])
    assert low == pytest.approx([2.5, -0.700000001, np.nan, 0.0, -np.inf, np.nan], rel=1e-12, nan_ok=True)
    assert high == pytest.approx([3.5, -0.699999999, np.nan, 0.0, np.inf, np.nan], rel=1e-12, nan_ok=True)


def test_a_limit_close_to_no_effect_does_not_hang_on_the_order_of_the_trials() -> None:
    yi, vi = np.array([-3.1, -0.2, 0.4, -1.1]), np.array([0.02, 0.05, 0.03, 0.04])
    yi -= pool(make_batch([(yi, vi)])).ci_high - 1e-6
    orders = [list(order) for order in permutations(range(4))]
    found = pool(make_batch([(yi[order], vi[order]) for order in orders])).ci_high
    assert found == pytest.approx(1e-6, rel=1e-6)
    assert len({f"{value:.10g}" for value in found}) == 1


def test_an_interval_that_ends_at_0_is_on_no_side() -> None:
    """A trial that prints p = 0.05 has such an interval; rounding put its limit at 2e-15."""
    se = np.random.default_rng(5).uniform(0.1, 20, 400)
    effects = 1.959963984540054 * se * (1 + 1e-15)
    assert (effects - 1.959963984540054 * se > 0).mean() > 0.5
    assert sides(effects, se**2) == sides(-effects, se**2) == (False, False)
    assert sides(effects * (1 + 1e-10), se**2) == (False, True)
    found = pool(make_batch([([y], [v]) for y, v in zip(effects, se**2, strict=True)]))
    assert not found.ci_low.any()


def test_two_trials_with_a_tau2_have_a_factor_of_1_and_no_floor() -> None:
    two = [r for r in read_csv(TABLES / "pooled.csv") if r["trials"] == "2"]
    told = {bool("floor applied" in r["note"]) for r in two if float(r["tau2"]) > 0}
    assert {float(r["hksj_factor"]) for r in two if float(r["tau2"]) > 0} == {1.0}
    assert told == {False}
    assert all("floor applied" in r["note"] for r in two if float(r["hksj_factor"]) < 0.999)


def test_no_table_prints_what_rounding_leaves_of_0() -> None:
    for name, columns in (("league", ("estimate",)), ("splits", ("direct", "indirect", "difference")), ("heat", ("q_after",))):
        rows = read_csv(TABLES / f"network_{name}.csv")
        values = np.array([float(r[c]) for r in rows for c in columns if r[c]])
        assert not ((values != 0) & (np.abs(values) < 1e-11)).any(), name
