"""Likelihoods at their highest, and the intervals from them, against independent searches."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.dependent_effects import multilevel
from evidence_synthesis.stats.influence import gosh
from evidence_synthesis.stats.pooling import likelihood_interval, pool, prediction_riley, share_beyond
from evidence_synthesis.stats.small_study import selection_model
from evidence_synthesis.stats.tau2 import tau2_reml


def profile(yi: np.ndarray, vi: np.ndarray, mu: float) -> float:
    """Twice the log-likelihood at a mean, tau2 maximised out."""

    def loss(root: float) -> float:
        total = vi + root**2
        return float(np.sum(np.log(total) + (yi - mu) ** 2 / total))

    return -min(minimize_scalar(loss, bounds=(0, top), method="bounded", options={"xatol": 1e-12}).fun for top in (0.3, 3, 30))


@pytest.mark.parametrize("seed", range(6))
def test_profile_likelihood_interval_of_the_mean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 12))
    yi, vi = rng.normal(0.3, 0.6, k), rng.uniform(0.02, 0.4, k)
    low, high = likelihood_interval(make_batch([(yi, vi)]))
    centre = pool(make_batch([(yi, vi)]), "ML").at(0)["estimate"]
    top = profile(yi, vi, centre)
    for limit, end in ((low[0], centre - 20), (high[0], centre + 20)):
        known = brentq(lambda mu: profile(yi, vi, mu) - top + 3.841458820694124, centre, end, xtol=1e-12)
        assert limit == pytest.approx(known, rel=1e-5, abs=1e-6)


def test_prediction_interval_as_first_published() -> None:
    """t on k - 2 degrees of freedom: for ten trials 2.306, for three 12.706 (any t table)."""
    for k, t in ((10, 2.306004), (3, 12.706205)):
        pooled = pool(make_batch([(np.linspace(-1, 1, k), np.full(k, 0.05))]), hksj=False)
        low, high = prediction_riley(pooled)
        half = t * np.sqrt(pooled.tau2[0] + pooled.wald_se[0] ** 2)
        assert (high[0] - low[0]) / 2 == pytest.approx(half, rel=1e-6)
    assert np.isnan(prediction_riley(pool(make_batch([([1.0, 2.0], [1.0, 1.0])])))[0][0])


def test_shares_of_effects_beyond_a_threshold() -> None:
    pooled = pool(make_batch([(np.linspace(-2, 0, 9), np.full(9, 0.05)), ([1.0], [1.0]), ([-1.0, -1.0], [1.0, 1.0])]))
    new, share = share_beyond(pooled, -1.0)
    assert (new[0], share[0]) == pytest.approx((0.5, 0.5))
    assert np.isnan(new[1])
    assert share[2] in (0.0, 1.0)
    assert share_beyond(pooled, 5.0)[1][0] == pytest.approx(1.0)


def test_no_point_of_a_grid_is_likelier_than_the_selection_model() -> None:
    """The likelihood can have two tops, one of them without heterogeneity."""
    rng = np.random.default_rng(1)
    axes = np.linspace(-1.5, 0.5, 41), np.linspace(0, 1, 26), np.geomspace(0.005, 20, 40)
    mean, tau2, delta = (axis[..., None] for axis in np.meshgrid(*axes, indexing="ij"))
    without = set()
    for _ in range(12):
        vi = rng.uniform(0.02, 0.5, 12)
        yi = rng.normal(-0.5, np.sqrt(vi + 0.2))
        found = selection_model(yi, vi)

        def height(mean, tau2, delta, yi=yi, vi=vi):
            total, cut = np.sqrt(vi + tau2), norm.ppf(0.025) * np.sqrt(vi)
            published = np.where(yi > cut, delta, 1.0)
            whole = norm.cdf(cut, mean, total) + delta * norm.sf(cut, mean, total)
            return np.sum(norm.logpdf(yi, mean, total) + np.log(published) - np.log(whole), axis=-1)

        assert height(found.estimate, found.tau2, found.delta) > height(mean, tau2, delta).max()
        without.add(found.tau2 == 0)
    assert without == {True, False}


@pytest.mark.parametrize("seed", range(12))
def test_every_subset_of_gosh_is_at_the_highest_peak(seed: int) -> None:
    """Variances that differ by a thousand and an outlier give likelihoods with two peaks, and slow ones."""
    rng = np.random.default_rng(seed)
    vi = 10 ** rng.uniform(-3, 1, 9) if seed % 2 else rng.uniform(0.01, 0.5, 9)
    yi = rng.normal(0, np.sqrt(vi + 0.3)) + 3 * (np.arange(9) == 0)
    found = gosh(yi, vi, "REML")
    inside = found.members
    known = tau2_reml(make_batch([(yi[row], vi[row]) for row in inside]))
    assert found.tau2 == pytest.approx(known, rel=1e-9, abs=1e-12)


def test_no_point_of_a_grid_is_likelier_than_the_multilevel_model() -> None:
    """Trials whose variances differ by a thousand: the first three have two peaks."""
    sizes = [0.0, *np.geomspace(1e-4, 10, 24)]
    for seed in (297, 675, 738, *range(12)):
        rng = np.random.default_rng(seed)
        trials = np.repeat(np.arange(9), rng.integers(1, 4, 9))
        vi = 10 ** rng.uniform(-3, 0.5, trials.size)
        yi = rng.normal(0, 0.5, 9)[trials] + rng.normal(0, np.sqrt(vi + 0.2)) + 3 * (np.arange(trials.size) == 0)
        same, found = trials[:, None] == trials, multilevel(yi, vi, list(map(str, trials)))

        def height(between: float, within: float, yi=yi, vi=vi, same=same) -> float:
            covariance = between * same + np.diag(vi + within)
            inverse, ones = np.linalg.inv(covariance), np.ones(yi.size)
            residual = yi - ones @ inverse @ yi / (ones @ inverse @ ones)
            parts = np.linalg.slogdet(covariance)[1], np.log(ones @ inverse @ ones), residual @ inverse @ residual
            return -sum(parts) / 2

        best = max(height(between, within) for between in sizes for within in sizes)
        assert height(found.between, found.within) >= best - 1e-9
