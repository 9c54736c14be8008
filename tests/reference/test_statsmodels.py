"""Cross-check with statsmodels away from the boundary: its DL estimate is not truncated at zero, so only tau2 > 0 is compared."""

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("model", "method"), [("DL", "chi2"), ("PM", "pm")])
def test_statsmodels_agrees(seed: int, model: str, method: str) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(4, 30))
    vi = rng.uniform(0.01, 0.2, k)
    yi = rng.normal(0.3, 0.6, k)
    theirs = combine_effects(yi, vi, method_re=method, use_t=False)
    assert theirs.tau2 > 0
    ours = pool(make_batch([(yi, vi)]), model, floor=False).at(0)
    assert ours["tau2"] == pytest.approx(theirs.tau2, rel=1e-6)
    assert ours["estimate"] == pytest.approx(theirs.mean_effect_re, rel=1e-6, abs=1e-7)
    assert ours["wald_se"] == pytest.approx(theirs.sd_eff_w_re, rel=1e-6)
    assert ours["se"] == pytest.approx(theirs.sd_eff_w_re_hksj, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_the_limit_meta_analysis_is_its_regression(seed: int) -> None:
    """Ruecker 2011 on the radial scale, fitted by statsmodels: value and variance at a standard error of zero."""
    import statsmodels.api as sm

    from evidence_synthesis.stats.small_study import limit_meta_analysis

    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.02, 0.4, 14)
    yi = rng.normal(0.2 + 0.8 * np.sqrt(vi), np.sqrt(vi + 0.05))
    tau2 = pool(make_batch([(yi, vi)])).tau2[0]
    s = np.sqrt(vi + tau2)
    fit = sm.OLS(yi / s, sm.add_constant(1 / s)).fit()
    at_limit = np.array([np.sqrt(tau2), 1.0])
    ours = limit_meta_analysis(yi, vi)
    assert ours.estimate == pytest.approx(at_limit @ fit.params, rel=1e-8)
    variance = at_limit @ fit.normalized_cov_params @ at_limit
    assert (ours.ci_high - ours.ci_low) / 2 == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-6)


def test_the_limit_of_trials_without_a_small_study_effect() -> None:
    """A line through the trials at any precision has the same limit: effects that all agree stay what they are."""
    from evidence_synthesis.stats.small_study import limit_meta_analysis

    vi = np.linspace(0.02, 0.5, 12)
    assert limit_meta_analysis(np.full(12, -0.4), vi).estimate == pytest.approx(-0.4, abs=1e-9)
