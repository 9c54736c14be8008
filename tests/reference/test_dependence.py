"""Dependent effects against robumeta (CR2, Satterthwaite) and metafor's rma.mv (dependence.json, made by make_dependence.R)."""

import json
from pathlib import Path

import numpy as np
import pytest

from evidence_synthesis.stats.dependent_effects import multilevel, robust

REFERENCE = json.loads((Path(__file__).parent / "dependence.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", REFERENCE["robust"])
def test_robust_variances(name: str) -> None:
    entry = REFERENCE["robust"][name]
    yi, vi = np.array(entry["yi"]), np.array(entry["vi"])
    x = None if entry["x"] is None else np.column_stack([np.ones(yi.size), entry["x"]])
    found = robust(yi, vi, entry["cluster"], x, entry["rho"])
    assert found.tau2 == pytest.approx(entry["tau2"], rel=1e-6)
    for ours, theirs in ((found.beta, "beta"), (found.se, "se"), (found.df, "df"), (found.ci_low, "low"), (found.p, "p")):
        assert ours == pytest.approx(np.array(entry[theirs]), rel=1e-6, abs=1e-9), theirs


@pytest.mark.parametrize("name", REFERENCE["multilevel"])
def test_two_levels(name: str) -> None:
    entry = REFERENCE["multilevel"][name]
    found = multilevel(np.array(entry["yi"]), np.array(entry["vi"]), entry["cluster"])
    assert (found.between, found.within) == pytest.approx(tuple(entry["sigma2"]), rel=1e-4, abs=1e-7)
    assert found.estimate == pytest.approx(entry["estimate"], rel=1e-5)
    assert found.se == pytest.approx(entry["se"], rel=1e-5)


def test_too_few_clusters_are_refused() -> None:
    with pytest.raises(ValueError, match="more clusters"):
        robust(np.array([1.0, 2.0]), np.array([1.0, 1.0]), ["a", "a"])
