"""The Bayesian check against an independent two-dimensional quadrature (scipy) of prior times likelihood."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from evidence_synthesis.stats.bayes import posterior

CASES = [
    (np.array([-0.9, -1.6, -0.3, 0.2]), np.array([0.3, 0.2, 0.05, 0.1])),
    (np.array([-12.0, -5.0]), np.array([9.0, 16.0])),
    (np.array([0.4]), np.array([0.09])),
    (np.array([0.1, 0.1, 0.1]), np.array([0.04, 0.05, 0.2])),
]


def reference(yi: np.ndarray, vi: np.ndarray, prior: str, scale: float, threshold: float) -> dict[str, float]:
    """Integrals over mu inside, tau outside, on the plain joint density."""

    def density(tau: float) -> float:
        return np.exp(-0.5 * (tau / scale) ** 2) if prior == "half-normal" else 1 / (1 + (tau / scale) ** 2)

    def inner(tau: float, what: str) -> float:
        total = vi + tau**2
        span = 12 * np.sqrt(total.max()) + np.ptp(yi)

        def joint(mu: float) -> float:
            value = np.exp(-0.5 * ((yi - mu) ** 2 / total).sum()) / np.sqrt(total).prod()
            return value * {"one": 1.0, "mu": mu, "mu2": mu**2, "below": float(mu < threshold), "tau": tau}[what]

        centre = float((yi / total).sum() / (1 / total).sum())
        points = [centre] + ([threshold] if abs(threshold - centre) < span else [])
        return quad(joint, centre - span, centre + span, points=points, limit=200, epsabs=0, epsrel=1e-9)[0]

    def outer(what: str) -> float:
        top = 9 * scale if prior == "half-normal" else 3000 * scale
        pieces = np.concatenate(([0], np.geomspace(1e-3 * scale, top, 12)))
        return sum(quad(lambda t: density(t) * inner(t, what), a, b, epsrel=1e-7, limit=100)[0] for a, b in pairwise(pieces))

    norm = outer("one")
    return {what: outer(what) / norm for what in ("mu", "mu2", "below", "tau")}


@pytest.mark.parametrize("case", range(len(CASES)))
def test_half_normal_prior(case: int) -> None:
    yi, vi = CASES[case]
    scale, threshold = float(np.sqrt(vi.mean())), float(yi.mean()) - 0.2
    known = reference(yi, vi, "half-normal", scale, threshold)
    found = posterior(yi, vi, "half-normal", scale, (threshold,))
    assert found.mean == pytest.approx(known["mu"], rel=1e-5, abs=1e-7)
    assert found.sd == pytest.approx(np.sqrt(known["mu2"] - known["mu"] ** 2), rel=1e-4)
    assert found.below[0] == pytest.approx(known["below"], rel=1e-4)
    assert found.tau_mean == pytest.approx(known["tau"], rel=1e-4)


def test_half_cauchy_prior() -> None:
    yi, vi = CASES[0]
    known = reference(yi, vi, "half-cauchy", 0.5, -0.5)
    found = posterior(yi, vi, "half-cauchy", 0.5, (-0.5,))
    assert found.mean == pytest.approx(known["mu"], rel=1e-4)
    assert found.below[0] == pytest.approx(known["below"], rel=1e-4)


def test_with_no_heterogeneity_allowed_it_is_the_fixed_effect_model() -> None:
    yi, vi = CASES[0]
    found = posterior(yi, vi, "half-normal", 1e-6)
    w = 1 / vi
    assert found.mean == pytest.approx((w * yi).sum() / w.sum(), rel=1e-6)
    assert found.ci_high - found.mean == pytest.approx(1.959964 / np.sqrt(w.sum()), rel=1e-5)


def test_the_new_setting_is_less_certain_than_the_mean() -> None:
    yi, vi = CASES[0]
    found = posterior(yi, vi, "half-normal", 0.5, (0.0,))
    assert found.ci_low < found.mean < found.ci_high
    assert found.below_new[0] < found.below[0]
    assert found.tau_median > 0


def test_an_unknown_prior_is_refused() -> None:
    with pytest.raises(ValueError, match="known are half-normal, half-cauchy"):
        posterior(*CASES[0], prior="uniform")
