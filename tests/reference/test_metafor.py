"""Pooled values and effect sizes against metafor, to six significant digits (metafor.json, made by make_reference.R)."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from evidence_synthesis.effects import formulas
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.tau2 import ESTIMATORS, tau2_likelihood_interval

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "metafor.json").read_text(encoding="utf-8"))
SIX_DIGITS = 1e-6

# Known divergences: (data set, model) -> why, and which value we take. A test below asserts that each still exists.
DIVERGENCES: dict[tuple[str, str], str] = {}

NAMES = {
    "estimate": "estimate",
    "tau2": "tau2",
    "q": "q",
    "q_p": "q_p",
    "i2": "i2",
    "h2": "h2",
    "wald_low": "wald_low",
    "wald_high": "wald_high",
    "tau2_low": "tau2_low",
    "tau2_high": "tau2_high",
    "i2_low": "i2_low",
    "i2_high": "i2_high",
    "h2_low": "h2_low",
    "h2_high": "h2_high",
}
WITH_FLOOR = {
    "adhoc_low": "ci_low",
    "adhoc_high": "ci_high",
    "adhoc_p": "p",
    "pi_low": "prediction_low",
    "pi_high": "prediction_high",
}
WITHOUT_FLOOR = {"knha_low": "ci_low", "knha_high": "ci_high"}


def close(ours: float, theirs: float, scale: float) -> bool:
    """Equal to six digits, or both nothing on the scale of the effects."""
    return math.isclose(ours, theirs, rel_tol=SIX_DIGITS, abs_tol=SIX_DIGITS * scale)


def disagreements(name: str, model: str, reference: dict) -> list[str]:
    entry = reference["pooled"][name]
    batch = make_batch([(entry["yi"], entry["vi"])])
    floor, bare = pool(batch, model).at(0), pool(batch, model, floor=False).at(0)
    expected = entry[model]
    pairs = [(n, floor[ours], expected[n]) for n, ours in (NAMES | WITH_FLOOR).items() if n in expected]
    pairs += [(n, bare[ours], expected[n]) for n, ours in WITHOUT_FLOOR.items() if n in expected]
    small = float(np.median(np.sqrt(entry["vi"])))
    return [f"{n}: ours {a!r}, metafor {b!r}" for n, a, b in pairs if not close(a, b, 1e-3 * small)]


@pytest.mark.parametrize("model", ESTIMATORS)
@pytest.mark.parametrize("name", REFERENCE["pooled"])
def test_pooled_values(name: str, model: str) -> None:
    found = disagreements(name, model, REFERENCE)
    if (name, model) in DIVERGENCES:
        assert found, "this divergence is gone: take it off the list"
    else:
        assert not found, "\n".join(found)


@pytest.mark.parametrize("name", REFERENCE["pooled"])
def test_profile_likelihood_interval_of_tau2(name: str) -> None:
    entry = REFERENCE["pooled"][name]
    low, high = tau2_likelihood_interval(make_batch([(entry["yi"], entry["vi"])]))
    scale = float(np.median(entry["vi"]))
    assert close(low[0], entry["REML"]["pl_low"], scale)
    assert close(high[0], entry["REML"]["pl_high"], scale)


def test_the_grid_is_complete() -> None:
    assert len(REFERENCE["pooled"]) >= 25
    values = sum(len(entry[model]) for entry in REFERENCE["pooled"].values() for model in ESTIMATORS)
    assert values >= 2000
    assert all(set(ESTIMATORS) <= entry.keys() for entry in REFERENCE["pooled"].values())


def test_one_batch_gives_what_single_analyses_give() -> None:
    entries = list(REFERENCE["pooled"].values())
    together = pool(make_batch([(e["yi"], e["vi"]) for e in entries]))
    for i, entry in enumerate(entries):
        alone = pool(make_batch([(entry["yi"], entry["vi"])])).at(0)
        assert together.at(i) == pytest.approx(alone, rel=1e-9, nan_ok=True)


ARMS = {
    "MD": formulas.mean_difference,
    "SMD": formulas.standardised_mean_difference,
    "RR": formulas.risk_ratio,
    "OR": formulas.odds_ratio,
    "RD": formulas.risk_difference,
}


@pytest.mark.parametrize("name", REFERENCE["effects"])
def test_effect_sizes(name: str) -> None:
    entry = REFERENCE["effects"][name]
    formula = ARMS[name.split("_")[0]]
    for i, (yi, vi) in enumerate(zip(entry["yi"], entry["vi"], strict=True)):
        if "m1" in entry:
            t = formulas.ArmSummary(entry["n1"][i], entry["m1"][i], entry["s1"][i])
            c = formulas.ArmSummary(entry["n2"][i], entry["m2"][i], entry["s2"][i])
        else:
            t = formulas.ArmSummary(entry["n1"][i], events=entry["e1"][i])
            c = formulas.ArmSummary(entry["n2"][i], events=entry["e2"][i])
        estimate = formula(t, c)
        assert estimate.yi == pytest.approx(yi, rel=SIX_DIGITS)
        assert estimate.vi == pytest.approx(vi, rel=SIX_DIGITS)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_live_metafor_agrees(tmp_path: Path) -> None:
    made = subprocess.run(["Rscript", str(HERE / "make_reference.R")], capture_output=True, text=True, check=False)
    if made.returncode and "there is no package" in made.stderr:
        pytest.skip("metafor is not installed")
    assert made.returncode == 0, made.stderr
    live = json.loads(made.stdout)
    for name in live["pooled"]:
        for model in ESTIMATORS:
            if (name, model) not in DIVERGENCES:
                assert not disagreements(name, model, live)
