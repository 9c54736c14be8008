"""Two thousand seeded random meta-analyses, a quarter of them hostile, against metafor in the same run (where R is there)."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from evidence_synthesis.stats.batch import Batch, make_batch
from evidence_synthesis.stats.pooling import Pooled, pool
from evidence_synthesis.stats.tau2 import log_likelihood

N = 2000
HERE = Path(__file__).parent
MODELS = ("FE", "DL", "PM", "REML")

has_metafor = (
    shutil.which("Rscript") is not None
    and subprocess.run(["Rscript", "-e", "library(metafor)"], capture_output=True, check=False).returncode == 0
)


def one(rng: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray]:
    """A random analysis; every fourth is hostile: two trials, no spread, variances over orders of magnitude, or ties."""
    k = int(rng.integers(2, 31))
    tau = float(rng.choice([0.0, 0.1, 0.5, 2.0]))
    vi = rng.uniform(0.01, 1.0, k)
    if number % 16 == 0:
        k = 2
        vi = rng.uniform(0.01, 1.0, k)
    elif number % 16 == 4:
        return np.full(k, rng.normal()), vi
    elif number % 16 == 8:
        vi = 10 ** rng.uniform(-6, 6, k)
    elif number % 16 == 12:
        return np.round(rng.normal(0, tau + 0.5, k)), np.full(k, 0.25)
    return rng.normal(0.3, np.sqrt(vi + tau**2)), vi


def batch_of(seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    return make_batch([one(rng, i) for i in range(N)])


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Batch, dict[str, dict[str, np.ndarray]]]:
    if not has_metafor:
        pytest.skip("needs Rscript with metafor")
    folder = tmp_path_factory.mktemp("live")
    batch = batch_of(20261124)
    with (folder / "in.csv").open("w", encoding="utf-8") as stream:
        stream.write("analysis,yi,vi\n")
        ids = np.repeat(np.arange(N), batch.k)
        stream.writelines(f"{i},{y!r},{v!r}\n" for i, y, v in zip(ids, batch.yi.tolist(), batch.vi.tolist(), strict=True))
    subprocess.run(["Rscript", str(HERE / "live.R"), str(folder / "in.csv"), str(folder / "out.csv")], check=True, timeout=400)
    found = {m: {c: np.full(N, np.nan) for c in ("estimate", "se", "tau2", "q", "low", "high")} for m in MODELS}
    with (folder / "out.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            for column, values in found[row["method"].strip()].items():
                values[int(row["analysis"])] = float("nan" if row[column].strip() == "NA" else row[column])
    return batch, found


def differs(ours: np.ndarray, theirs: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Where two results differ beyond six digits of the size of what is measured."""
    return np.abs(ours - theirs) > 1e-6 * np.maximum(np.abs(theirs), scale)


@pytest.mark.parametrize("model", ["FE", "DL", "PM"])
def test_closed_forms_and_paule_mandel(peer: tuple, model: str) -> None:
    batch, found = peer
    ours, theirs = pool(batch, model, floor=False), found[model]
    known = np.isfinite(theirs["estimate"])
    assert known.mean() > 0.97  # metafor itself gives up on a few
    spread = np.sqrt(np.minimum.reduceat(batch.vi, batch.starts))
    for column in ("estimate", "q"):
        wrong = known & differs(getattr(ours, column), theirs[column], spread)
        assert wrong.sum() == 0, (column, np.flatnonzero(wrong)[:5])
    if model != "FE":
        wrong = known & differs(np.nan_to_num(ours.tau2), theirs["tau2"], spread**2 * 1e3)
        assert wrong.sum() == 0, np.flatnonzero(wrong)[:5]


def test_restricted_likelihood(peer: tuple) -> None:
    """Ours agrees with metafor's REML, or lies on a higher peak of the same restricted likelihood."""
    batch, found = peer
    ours, theirs = pool(batch, "REML", floor=False), found["REML"]
    known = np.isfinite(theirs["tau2"])
    assert known.mean() > 0.9
    tau2 = np.where(known, theirs["tau2"], 0.0)
    higher = log_likelihood(batch, np.nan_to_num(ours.tau2), True) - log_likelihood(batch, tau2, True)
    assert (higher[known] > -1e-7).all()
    near = np.abs(ours.tau2 - tau2) <= 2e-4 * np.maximum(tau2, np.minimum.reduceat(batch.vi, batch.starts))
    apart = known & ~near & (higher < 1e-8)
    assert apart.sum() == 0, np.flatnonzero(apart)[:5]


def without_reason(result: Pooled) -> list[str]:
    """Columns with a value that is not a number where none is allowed (all analyses have two trials or more)."""
    columns = ("estimate", "se", "ci_low", "ci_high", "p", "tau2", "tau2_low", "tau2_high", "i2", "q", "prediction_low")
    return [c for c in columns if np.isnan(getattr(result, c)).any()]


@pytest.mark.parametrize("model", [m for m in MODELS if m != "FE"])
def test_every_hostile_analysis_converges(model: str) -> None:
    assert without_reason(pool(batch_of(7), model)) == []
