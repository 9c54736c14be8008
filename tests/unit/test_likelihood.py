"""The profile likelihood interval of the mean against its definition, by an independent search."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from evidence_synthesis.batch import make_batch
from evidence_synthesis.pooling import likelihood_interval, pool, prediction_riley, share_beyond


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
