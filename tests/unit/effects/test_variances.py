"""The variance that each measure states is the one that its effects have, in simulated studies (seeded)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evidence_synthesis.effects.measures import MEASURES

STUDIES = 20_000
Numbers = dict[str, np.ndarray]


def _many(value: float) -> np.ndarray:
    return np.full(STUDIES, float(value))


def _moments(rng: np.random.Generator, n: int, mean: float, sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Means and SDs of samples: independent of each other, normal and chi."""
    return rng.normal(mean, sd / np.sqrt(n), STUDIES), sd * np.sqrt(rng.chisquare(n - 1, STUDIES) / (n - 1))


def _arms(rng: np.random.Generator, sds: tuple[float, float]) -> Numbers:
    (m1, s1), (m2, s2) = _moments(rng, 60, 52.0, sds[0]), _moments(rng, 90, 47.0, sds[1])
    return {"n_t": _many(60), "mean_t": m1, "sd_t": s1, "n_c": _many(90), "mean_c": m2, "sd_c": s2}


def _pairs(rng: np.random.Generator, sds: tuple[float, float], n: int = 80, r: float = 0.6) -> Numbers:
    spread = [[sds[0] ** 2, r * sds[0] * sds[1]], [r * sds[0] * sds[1], sds[1] ** 2]]
    people = rng.multivariate_normal((50.0, 44.0), spread, (STUDIES, n))
    means, deviations = people.mean(1), people.std(1, ddof=1)
    pre, post = people[..., 0], people[..., 1]
    shared = ((pre - means[:, :1]) * (post - means[:, 1:])).sum(1) / (n - 1)
    found = {"n": _many(n), "mean_pre": means[:, 0], "sd_pre": deviations[:, 0], "mean_post": means[:, 1]}
    return found | {"sd_post": deviations[:, 1], "r": shared / deviations.prod(1)}


def _two_groups(rng: np.random.Generator) -> Numbers:
    sides = {"t": _pairs(rng, (12.0, 12.0)), "c": _pairs(rng, (12.0, 12.0), 50, 0.4)}
    return {f"{name}_{side}": values for side, found in sides.items() for name, values in found.items()}


def _counts(rng: np.random.Generator) -> Numbers:
    return {"n_t": _many(150), "events_t": rng.binomial(150, 0.3, STUDIES) * 1.0} | {
        "n_c": _many(120),
        "events_c": rng.binomial(120, 0.35, STUDIES) * 1.0,
    }


def _rates(rng: np.random.Generator) -> Numbers:
    sides = {"events_t": rng.poisson(200 * 0.3, STUDIES) * 1.0, "events_c": rng.poisson(260 * 0.2, STUDIES) * 1.0}
    return {"time_t": _many(200), "time_c": _many(260)} | sides


def _correlated(rng: np.random.Generator) -> Numbers:
    found = _pairs(rng, (1.0, 1.0), 80, 0.4)
    return {"r": found["r"], "n": found["n"]}


def _share(rng: np.random.Generator) -> Numbers:
    return {"events": rng.binomial(200, 0.3, STUDIES) * 1.0, "n": _many(200)}


def _group(rng: np.random.Generator) -> Numbers:
    mean, sd = _moments(rng, 40, 10.0, 3.0)
    return {"n": _many(40), "mean": mean, "sd": sd}


DRAWN: dict[str, Callable[[np.random.Generator], Numbers]] = {
    **{name: lambda rng: _arms(rng, (12.0, 12.0)) for name in ("MD", "SMD", "ROM")},
    "SMDH": lambda rng: _arms(rng, (8.0, 16.0)),
    **dict.fromkeys(("RR", "OR", "RD", "AS"), _counts),
    # Peto's is right near no effect
    "PETO": lambda rng: _counts(rng) | {"events_t": rng.binomial(150, 0.35, STUDIES) * 1.0},
    **dict.fromkeys(("IRR", "IRD"), _rates),
    **{name: lambda rng: _pairs(rng, (12.0, 12.0)) for name in ("MC", "SMCC", "SMCR")},
    "SMCRH": lambda rng: _pairs(rng, (10.0, 14.0)),
    "PPC": _two_groups,
    **dict.fromkeys(("COR", "ZCOR"), _correlated),
    "MN": _group,
    **dict.fromkeys(("PR", "PLO", "PFT"), _share),
}


@pytest.mark.parametrize("name", DRAWN)
def test_effects_vary_as_their_variance_says(name: str) -> None:
    measure = MEASURES[name]
    assert measure.formula is not None
    found = DRAWN[name](np.random.default_rng(7))
    yi, vi = measure.formula(*(found[need] for need in measure.needs))
    assert np.mean(vi) / np.var(yi) == pytest.approx(1.0, abs=0.06)


def test_every_measure_is_simulated() -> None:
    assert set(DRAWN) == {name for name, measure in MEASURES.items() if measure.formula is not None}
