"""The distribution of quadratic forms against Davies' printed table and an independent inversion; the interval of tau2."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2

from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.generalised_q import quadratic_form_cdf, tau2_generalised_interval
from evidence_synthesis.stats.tau2 import tau2_interval

BCG = json.loads((Path(__file__).parent / "methods.json").read_text(encoding="utf-8"))["subgroups"]
YI, VI = np.array(BCG["yi"]), np.array(BCG["vi"])

# Davies 1980 (doi:10.2307/2346911), table 3: weights, x, probability
DAVIES = [
    ((6, 3, 1), 1, 0.0542),
    ((6, 3, 1), 7, 0.4936),
    ((6, 3, 1), 20, 0.8760),
]


@pytest.mark.parametrize(("weights", "x", "probability"), DAVIES)
def test_printed_probabilities(weights: tuple[int, ...], x: float, probability: float) -> None:
    assert quadratic_form_cdf(x, np.array(weights, float)) == pytest.approx(probability, abs=5e-5)


def imhof(x: float, weights: np.ndarray) -> float:
    """Numerical inversion of the characteristic function (Imhof 1961, doi:10.1093/biomet/48.3-4.419)."""

    def integrand(u: float) -> float:
        angle = 0.5 * np.arctan(weights * u).sum() - 0.5 * x * u
        return float(np.sin(angle) / (u * np.prod((1 + (weights * u) ** 2) ** 0.25)))

    return 0.5 - sum(quad(integrand, a, b, limit=400)[0] for a, b in ((0, 1), (1, 5), (5, 40), (40, 400))) / np.pi


@pytest.mark.parametrize("seed", range(8))
def test_against_an_independent_inversion(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.5, 8, size=int(rng.integers(8, 14)))
    x = float(weights.sum() * rng.uniform(0.5, 1.6))
    assert quadratic_form_cdf(x, weights) == pytest.approx(imhof(x, weights), abs=1e-6)


@pytest.mark.parametrize("df", [1, 4, 30])
def test_equal_weights_are_chi_squared(df: int) -> None:
    assert quadratic_form_cdf(5.0, np.full(df, 2.0)) == pytest.approx(chi2.cdf(2.5, df), rel=1e-9)


def test_equal_variances_give_the_q_profile_interval() -> None:
    """With equal variances both Q statistics are the same chi-squared variable, so both intervals agree."""
    vi = np.full(YI.size, 0.05)
    low, high = tau2_interval(make_batch([(YI, vi)]))
    assert tau2_generalised_interval(YI, vi) == pytest.approx((low[0], high[0]), rel=1e-6)


def test_the_limits_have_their_tail_probabilities() -> None:
    low, high = tau2_generalised_interval(YI, VI)
    a = 1 / VI
    q = float(a @ (YI - (a @ YI) / a.sum()) ** 2)
    for limit, share in ((low, 0.975), (high, 0.025)):
        root = np.sqrt(VI + limit)
        centred = np.diag(a) - np.outer(a, a) / a.sum()
        weights = np.linalg.eigvalsh(root[:, None] * centred * root)[1:]
        assert imhof(q, weights) == pytest.approx(share, abs=1e-5)
    assert 0 < low < high


def test_no_spread_and_single_trials() -> None:
    assert tau2_generalised_interval(np.zeros(4), np.ones(4))[0] == 0.0
    assert np.isnan(tau2_generalised_interval(np.array([1.0]), np.array([1.0]))).all()
