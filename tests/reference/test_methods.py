"""Regression, small-study effects, influence and GOSH against metafor and R's lm (methods.json, made by make_methods.R)."""

import json
from pathlib import Path

import numpy as np
import pytest

from evidence_synthesis.stats import influence, regression, small_study
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool

REFERENCE = json.loads((Path(__file__).parent / "methods.json").read_text(encoding="utf-8"))
SIX = 1e-6


def effects(entry: dict) -> tuple[np.ndarray, np.ndarray]:
    return np.array(entry["yi"]), np.array(entry["vi"])


def near(ours, theirs, scale: float = 1.0):
    theirs = np.array(theirs, dtype=float)
    return np.asarray(ours, dtype=float) == pytest.approx(theirs, rel=SIX, abs=1e-9 * scale)


@pytest.mark.parametrize("name", REFERENCE["regressions"])
def test_meta_regression(name: str) -> None:
    entry = REFERENCE["regressions"][name]
    yi, vi = effects(entry)
    _, model, test = name.rsplit("_", 2)
    fit = regression.meta_regression(yi, vi, np.array(entry["x"]), model, hksj=test == "knha")
    assert near(fit.tau2, entry["tau2"])
    for ours, theirs in ((fit.beta, "beta"), (fit.se, "se"), (fit.p, "p"), (fit.ci_low, "low"), (fit.ci_high, "high")):
        assert near(ours, entry[theirs]), theirs
    assert near(fit.qe, entry["qe"])
    assert near(fit.qe_p, entry["qe_p"])
    assert near(fit.f, entry["f"])
    assert near(fit.f_p, entry["f_p"])
    if model == "FE":  # metafor's share is that of Q, since there is no tau2
        assert np.isnan(fit.r2)
    else:
        assert fit.r2 == pytest.approx(entry["r2"], rel=SIX, abs=1e-4)


def test_subgroups_with_common_and_separate_tau2() -> None:
    entry = REFERENCE["subgroups"]
    yi, vi = effects(entry)
    common = regression.subgroup_test(yi, vi, entry["groups"])
    known = REFERENCE["regressions"]["bcg_alloc_REML_knha"]
    assert near(common.statistic, known["f"])
    assert near(common.p, known["f_p"])
    for model in ("DL", "FE"):
        wald, known = (
            regression.subgroup_test(yi, vi, entry["groups"], True, model, False),
            REFERENCE["regressions"][f"bcg_alloc_{model}_z"],
        )
        assert wald.df == (2, 0)
        assert near(wald.statistic, 2 * known["f"])
        assert near(wald.p, known["f_p"])
    separate = regression.subgroup_test(yi, vi, entry["groups"], common_tau2=False)
    assert near(separate.statistic, entry["separate_q"])
    assert near(separate.p, entry["separate_p"])


def test_permutation_p_is_seeded_and_near_the_f_test() -> None:
    entry = REFERENCE["regressions"]["bcg_ablat_REML_knha"]
    yi, vi = effects(entry)
    x = np.array(entry["x"])
    first = regression.permutation_p(yi, vi, x, 200, seed=1)
    assert first == regression.permutation_p(yi, vi, x, 200, seed=1)
    assert 1 / 201 <= first < 0.05
    assert entry["f_p"] < 0.05


@pytest.mark.parametrize("name", REFERENCE["permutations"])
def test_permutation_p_over_every_order(name: str) -> None:
    entry = REFERENCE["permutations"][name]
    yi, vi = effects(entry)
    assert near(regression.permutation_p(yi, vi, np.array(entry["x"]), 5039, seed=1), entry["p"])


@pytest.mark.parametrize("name", REFERENCE["small"])
def test_asymmetry_tests_and_adjusted_estimates(name: str) -> None:
    entry = REFERENCE["small"][name]
    yi, vi = effects(entry)
    egger = small_study.egger(yi, vi)
    assert near(egger.slope_t, entry["egger_t"])
    assert near(egger.slope_p, entry["egger_p"])
    for field, value in entry["egger"].items():
        assert near(getattr(egger, field), value), field
    pet, peese, chosen = small_study.pet_peese(yi, vi)
    assert near(pet.estimate, entry["pet"]["intercept"])
    assert near(pet.p, entry["pet"]["intercept_p"])
    assert near(peese.estimate, entry["peese"]["intercept"])
    assert near(peese.p, entry["peese"]["intercept_p"])
    assert chosen.method == ("PEESE" if pet.p < 0.1 else "PET")
    tau, p = small_study.begg(yi, vi)
    assert near(tau, entry["begg_tau"])
    assert p == pytest.approx(entry["begg_p"], rel=1e-5)


@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize("name", REFERENCE["small"])
def test_trim_and_fill(name: str, estimator: str) -> None:
    entry = REFERENCE["small"][name]
    known = entry[f"fill_{estimator}"]
    filled = small_study.trim_and_fill(*effects(entry), estimator)
    assert filled.missing == known["k0"]
    assert filled.yi.size == filled.missing
    if filled.missing:
        assert filled.side == known["side"]
    for ours, theirs in ((filled.estimate, "estimate"), (filled.ci_low, "low"), (filled.ci_high, "high")):
        # known divergence: metafor fits the trimmed trials with its default threshold, about five digits
        assert ours == pytest.approx(known[theirs], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", [n for n, e in REFERENCE["small"].items() if "selection" in e])
def test_selection_model(name: str) -> None:
    """metafor's search ends a little beside the top of a flat likelihood, whose height agrees to ten digits."""
    entry = REFERENCE["small"][name]
    known = entry["selection"]
    found = small_study.selection_model(*effects(entry), negative=known["negative"])
    assert found.lr == pytest.approx(known["lr"], rel=1e-9, abs=1e-9)
    for field in ("estimate", "tau2", "delta"):
        assert getattr(found, field) == pytest.approx(known[field], rel=1e-6, abs=1e-7), field


def test_peters_and_harbord() -> None:
    entry = REFERENCE["ratios"]
    e1, n1, e2, n2, yi = (np.array(entry[c], dtype=float) for c in ("e1", "n1", "e2", "n2", "yi"))
    for line, known in (
        (small_study.peters(yi, e1 + e2, n1 + n2), entry["peters"]),
        (small_study.harbord(e1, n1, e2, n2), entry["harbord"]),
    ):
        for field, value in known.items():
            assert near(getattr(line, field), value), field


@pytest.mark.parametrize("name", REFERENCE["influence"])
def test_influence(name: str) -> None:
    entry = REFERENCE["influence"][name]
    yi, vi = effects(entry)
    found = influence.diagnostics(yi, vi)
    pairs = {
        **{"rstudent": found.residual, "dffits": found.dffits, "cook": found.cook, "cov_r": found.covariance_ratio},
        **{"tau2_del": found.tau2_without, "q_del": found.q_without},
        "baujat_x": found.baujat_x,
        "baujat_y": found.baujat_y,
    }
    for column, ours in pairs.items():
        assert near(ours, entry[column]), column
    assert near(found.hat, entry["hat"])
    without = influence.leave_one_out(yi, vi, hksj=False)
    assert near(without.estimate, entry["loo"])
    assert near(without.tau2, entry["loo_tau2"])
    assert near(without.ci_low, entry["loo_low"])
    grown = influence.cumulative(yi, vi, hksj=False)
    assert near(grown.estimate, entry["cumul"])
    assert near(np.nan_to_num(grown.tau2), entry["cumul_tau2"])


@pytest.mark.parametrize("name", REFERENCE["gosh"])
def test_gosh(name: str) -> None:
    entry = REFERENCE["gosh"][name]
    yi, vi = effects(entry)
    found = influence.gosh(yi, vi, name.split("_")[1])
    assert len(found.members) == 2**yi.size - 1
    order = np.argsort(entry["members"])
    codes = found.members @ (1 << np.arange(yi.size))
    assert (codes == np.array(entry["members"])[order]).all()
    assert found.estimate == pytest.approx(np.array(entry["estimate"])[order], rel=1e-5, abs=1e-6)
    if not name.endswith("FE"):
        theirs = np.array(entry["tau2"], dtype=float)[order]
        assert found.tau2 == pytest.approx(theirs, rel=1e-4, abs=1e-6 * float(np.median(vi)))


def test_gosh_beyond_twenty_trials_is_a_seeded_sample() -> None:
    rng = np.random.default_rng(1)
    yi, vi = rng.normal(size=25), rng.uniform(0.1, 1, 25)
    first, second = influence.gosh(yi, vi, most=5000, seed=4), influence.gosh(yi, vi, most=5000, seed=4)
    assert len(first.members) == 5000
    assert (first.estimate == second.estimate).all()


@pytest.mark.parametrize("k", [62, 63, 500])
def test_gosh_has_no_limit_of_trials(k: int) -> None:
    rng = np.random.default_rng(2)
    yi, vi = rng.normal(size=k), rng.uniform(0.1, 1, k)
    found = influence.gosh(yi, vi, most=2000, seed=4)
    assert found.members.shape == (2000, k)
    assert found.members.sum(1).min() > 0
    row = found.members[7]
    alone = pool(make_batch([(yi[row], vi[row])]), "DL").at(0)
    assert (found.estimate[7], found.tau2[7]) == pytest.approx((alone["estimate"], alone["tau2"]), rel=1e-9)
    assert np.isfinite(influence.cluster_effect(found, k)).all()


def test_an_outlier_splits_the_cloud() -> None:
    yi = np.array([0.1, 0.2, 0.15, 0.12, 3.0, 0.18])
    vi = np.full(6, 0.05)
    found = influence.cluster_effect(influence.gosh(yi, vi), 6)
    assert np.argmax(np.abs(found)) == 4


def test_below_ten_trials_these_tests_are_refused() -> None:
    yi, vi = np.arange(9.0), np.ones(9)
    for test in (
        small_study.egger,
        small_study.begg,
        small_study.trim_and_fill,
        small_study.pet_peese,
        small_study.selection_model,
    ):
        with pytest.raises(small_study.TooFew, match="there are 9"):
            test(yi, vi)
