"""Whole ways through the front door against metafor's data sets and statsmodels: table in, result out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evidence_synthesis as es

HERE = Path(__file__).parent
POOLED = json.loads((HERE / "metafor.json").read_text(encoding="utf-8"))
METHODS = json.loads((HERE / "methods.json").read_text(encoding="utf-8"))
SIX = 1e-6


@pytest.mark.parametrize("name", POOLED["pooled"])
def test_one_fit_is_metafors(name: str) -> None:
    entry = POOLED["pooled"][name]
    for estimator in ("REML", "ML", "DL", "PM"):
        ma, expected = es.meta_analysis(yi=entry["yi"], vi=entry["vi"], estimator=estimator), entry[estimator]
        scale = 1e-9 + 1e-3 * float(np.median(np.sqrt(entry["vi"])))
        got = (ma.estimate, *ma.ci, *ma.prediction, ma.tau2)
        wanted = [expected[n] for n in ("estimate", "adhoc_low", "adhoc_high", "pi_low", "pi_high", "tau2")]
        np.testing.assert_allclose(got, wanted, rtol=SIX, atol=SIX * scale)
    many = es.pool_many(by=["a"] * len(entry["yi"]), yi=entry["yi"], vi=entry["vi"])
    assert many["estimate"].iloc[0] == pytest.approx(entry["REML"]["estimate"], rel=SIX, abs=1e-9)


def test_counts_to_pooled_odds_ratio() -> None:
    entry = POOLED["effects"]["OR_bcg"]
    table = {"events_t": entry["e1"], "n_t": entry["n1"], "events_c": entry["e2"], "n_c": entry["n2"]}
    ma, expected = es.meta_analysis(table, measure="OR", interval="wald"), POOLED["pooled"]["bcg_or"]["REML"]
    wanted = np.exp([expected["estimate"], expected["wald_low"], expected["wald_high"]])
    np.testing.assert_allclose((ma.estimate, *ma.ci), wanted, rtol=SIX)


@pytest.mark.parametrize("method", ["REML", "ML", "DL"])
@pytest.mark.parametrize("test", ["z", "knha"])
def test_regressions_by_formula_are_metafors(method: str, test: str) -> None:
    entry = METHODS["regressions"][f"bcg_two_{method}_{test}"]
    x = np.array(entry["x"])
    table = pd.DataFrame({"yi": entry["yi"], "vi": entry["vi"], "ablat": x[:, 1], "year": x[:, 2] + 1900})
    ma = es.meta_analysis(table, estimator=method, interval="wald" if test == "z" else "hksj")
    found = ma.regress("~ ablat + I(year - 1900)")
    frame = found.to_frame()
    for column, name in (("estimate", "beta"), ("se", "se"), ("p", "p"), ("ci_low", "low"), ("ci_high", "high")):
        np.testing.assert_allclose(frame[column], entry[name], rtol=SIX, atol=1e-9)
    assert found.p == pytest.approx(entry["f_p"], rel=SIX)


@pytest.mark.parametrize("formula", ["~ ablat", "~ ablat + C(half)", "~ ablat * C(half)"])
def test_statsmodels_gives_the_same_coefficients_and_knapp_hartung_errors(formula: str) -> None:
    from statsmodels.formula.api import wls

    entry = METHODS["regressions"]["bcg_two_REML_knha"]
    x = np.array(entry["x"])
    table = pd.DataFrame(
        {"yi": entry["yi"], "vi": entry["vi"], "ablat": x[:, 1], "half": np.where(x[:, 2] > 70, "late", "early")}
    )
    found = es.meta_analysis(table, interval="hksj").regress(formula)
    peer = wls(f"yi {formula}", table, weights=1 / (table["vi"] + found.tau2)).fit()
    ours = found.to_frame()
    np.testing.assert_allclose(ours["estimate"], peer.params[ours.index], rtol=1e-9)
    np.testing.assert_allclose(ours["se"], peer.bse[ours.index], rtol=1e-9)
    np.testing.assert_allclose(ours["p"], peer.pvalues[ours.index], rtol=1e-9)
    grid = pd.DataFrame({"ablat": [20, 40], "half": ["early", "late"]})
    predicted, expected = found.predict(grid), peer.get_prediction(grid).summary_frame(alpha=0.05)
    for ours_, theirs in (("estimate", "mean"), ("ci_low", "mean_ci_lower"), ("ci_high", "mean_ci_upper")):
        np.testing.assert_allclose(predicted[ours_], expected[theirs], rtol=1e-9)
