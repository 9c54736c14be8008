"""Effects of arrays against metafor's escalc, to six significant digits (effects.json, made by make_effects.R)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evidence_synthesis.effects.measures import MEASURES, measure_named
from evidence_synthesis.effects.proportions import from_double_arcsine

REFERENCE = json.loads(Path(__file__).with_name("effects.json").read_text(encoding="utf-8"))
SIX_DIGITS = 1e-6


def numbers(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


@pytest.mark.parametrize("name", REFERENCE["sets"])
def test_effects_and_variances(name: str) -> None:
    entry = REFERENCE["sets"][name]
    measure = measure_named(entry["measure"])
    assert measure.formula is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = measure.formula(*(numbers(entry[need]) for need in measure.needs))
    expected = numbers(entry["yi"]), numbers(entry["vi"])
    known = np.isfinite(expected[0])
    assert known.sum() >= 3
    np.testing.assert_allclose(yi[known], expected[0][known], rtol=SIX_DIGITS, atol=1e-12)
    np.testing.assert_allclose(vi[known], expected[1][known], rtol=SIX_DIGITS)
    assert np.isnan(yi[~known]).all() or not np.isfinite(vi[~known]).any()


def test_every_measure_with_a_formula_is_compared() -> None:
    compared = {entry["measure"] for entry in REFERENCE["sets"].values()}
    assert compared == {m.name for m in MEASURES.values() if m.formula is not None}


@pytest.mark.parametrize("people", REFERENCE["double_arcsine"]["back"])
def test_shares_back_from_double_arcsines(people: str) -> None:
    x, n = numbers(REFERENCE["double_arcsine"]["x"]), float(people)
    expected = numbers(REFERENCE["double_arcsine"]["back"][people])
    np.testing.assert_allclose(from_double_arcsine(x, np.full_like(x, n)), expected, rtol=SIX_DIGITS, atol=1e-12)
