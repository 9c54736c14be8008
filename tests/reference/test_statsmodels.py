"""Cross-check with statsmodels away from the boundary: its DL estimate is not truncated at zero, so only tau2 > 0 is compared."""

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from evidence_synthesis.batch import make_batch
from evidence_synthesis.pooling import pool


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
