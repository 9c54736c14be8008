"""How long the front door takes, beside the Python peers and metafor, all in one run on the same analyses.

Usage: python benchmarks/front_door.py [--rounds 3]   (needs Rscript with metafor, and the peers of requirements-peers.txt)
It replaces the section of docs/benchmarks.md that it makes.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import evidence_synthesis as es  # noqa: E402

HEADING = "## The front door"
PEERS = ROOT / "benchmarks/.peers/bin/python"
FITS, MANY = 400, 10_000


def synthetic(count: int) -> pd.DataFrame:
    """Analyses of 2 to 50 studies, one row a study."""
    rng = np.random.default_rng(20)
    sizes = rng.integers(2, 51, count)
    total = int(sizes.sum())
    yi, vi = rng.normal(-0.3, 0.5, total), rng.uniform(0.01, 0.5, total)
    return pd.DataFrame({"analysis_id": np.repeat(np.arange(count), sizes), "measure": "MD", "yi": yi, "vi": vi})


def each(work: Callable[[object], object], things: list[object]) -> float:
    """Milliseconds for one of many."""
    start = time.perf_counter()
    for thing in things:
        work(thing)
    return (time.perf_counter() - start) / len(things) * 1e3


def metafor(mode: str, path: Path) -> float:
    """Milliseconds for one analysis by metafor."""
    done = subprocess.run(
        ["Rscript", str(ROOT / "benchmarks/peer.R"), mode, str(path)], check=True, capture_output=True, text=True
    )
    taken, count = done.stdout.split()[-2:]
    return float(taken) / int(count) * 1e3


def starts() -> tuple[float, float, float]:
    """Seconds to import the package, to the first result after that, and of processor time for both, in a new process."""
    code = (
        "import time; a = time.perf_counter(); import evidence_synthesis as es; b = time.perf_counter(); "
        "repr(es.meta_analysis(yi=[0.1, 0.3, 0.2], vi=[0.1, 0.2, 0.1])); "
        "print(b - a, time.perf_counter() - b, time.process_time())"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env).stdout.split()
    return float(found[0]), float(found[1]), float(found[2])


def measure(rounds: int) -> dict[str, list[float]]:
    """Every figure of each round; sides take turns, so that a busy machine slows them alike."""
    frame, large = synthetic(FITS), synthetic(MANY)
    tables = [part[["yi", "vi"]].reset_index(drop=True) for _, part in frame.groupby("analysis_id")]
    arrays = [(t["yi"].to_numpy(), t["vi"].to_numpy()) for t in tables]
    found: dict[str, list[float]] = {}

    def add(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "sets.csv"
        frame.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL)
        for _ in range(rounds):
            add("arrays", each(lambda a: es.meta_analysis(yi=a[0], vi=a[1]), arrays))  # type: ignore[index]
            add("table", each(es.meta_analysis, list(tables)))
            for name, limits in (("many", True), ("many, no limits", False)):
                add(name, each(lambda _, limits=limits: es.pool_many(large, by="analysis_id", limits=limits), [0]) / MANY)
            add("metafor", metafor("single", path))
            add("metafor, with limits", metafor("batch", path))
            if PEERS.exists():
                told = subprocess.run([PEERS, ROOT / "benchmarks/peer_fits.py", path], check=True, capture_output=True, text=True)
                for name, values in json.loads(told.stdout).items():
                    add(name, values["ms"])
            for name, value in zip(("import", "first result", "processor"), starts(), strict=True):
                add(name, value)
    return found


def said(rounds: int) -> str:
    """How often it was measured, in words."""
    return "one round" if rounds == 1 else f"medians of {rounds} rounds"


def section(rounds: int) -> str:
    """The section of the documentation."""
    at = {name: statistics.median(values) for name, values in measure(rounds).items()}
    peers = [name for name in ("pimeta", "PyMetaAnalysis", "PyMARE") if name in at]
    lines = [
        HEADING,
        "",
        f"Made by `python benchmarks/front_door.py`: {said(rounds)} in which the sides take turns.",
        f"{FITS} analyses of 2 to 50 studies, the same for all; the peers stand in their own environment.",
        "",
        "| one REML fit with a Hartung-Knapp interval | ms | times this project |",
        "|---|---|---|",
        f"| `es.meta_analysis(yi=, vi=)` | {at['arrays']:.2f} | 1 |",
        f"| `es.meta_analysis(DataFrame)` | {at['table']:.2f} | {at['table'] / at['arrays']:.1f} |",
        *(f"| {name} | {at[name]:.2f} | {at[name] / at['arrays']:.1f} |" for name in (*peers, "metafor")),
        "",
        f"| `es.pool_many`, {MANY:,} analyses in one call | all, s | metafor, ms each | metafor over this, per analysis |",
        "|---|---|---|---|",
    ]
    for ours, theirs, what in (
        ("many, no limits", "metafor", "the fit alone"),
        ("many", "metafor, with limits", "with prediction and Q-profile intervals"),
    ):
        lines.append(f"| {what} | {at[ours] * MANY / 1e3:.2f} | {at[theirs]:.1f} | {at[theirs] / at[ours]:.0f} |")
    lines += [
        "",
        f"Importing the package takes {at['import'] * 1e3:.0f} ms, the first result after it {at['first result']:.2f} s; both",
        f"take {at['processor']:.2f} s of processor time, nearly all of it the import of NumPy, SciPy and pandas.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    page = ROOT / "docs/benchmarks.md"
    made = section(options.rounds)
    before = page.read_text(encoding="utf-8").split(HEADING)[0].rstrip("\n")
    page.write_text(f"{before}\n\n{made}", encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
