"""How long the workflow and the pooling engine take, beside metafor doing the same work in the same run.

The front door beside its peers is timed as well (front_door.py).

Usage: python benchmarks/run.py [--repeats 3] [--out docs/benchmarks.md]   (needs Rscript with metafor for the peer)
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from front_door import said, section  # noqa: E402

from evidence_synthesis.stats.batch import make_batch  # noqa: E402
from evidence_synthesis.stats.influence import gosh  # noqa: E402
from evidence_synthesis.stats.network import Study, fit_network  # noqa: E402
from evidence_synthesis.stats.pooling import pool  # noqa: E402
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial  # noqa: E402
from evidence_synthesis.synthesis.trials_in_analyses import trials_of  # noqa: E402

ANALYSES = 10_000
MANY = 20_000
PEER_ANALYSES = 300


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(folder: Path, *options: str) -> None:
    """What people run; the same command whatever changed."""
    command = [sys.executable, "-m", "evidence_synthesis", "run", "--directory", str(folder), "--cores", "2", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run(command, check=True, capture_output=True, env=environment)


def edit(folder: Path, value: str) -> None:
    path = folder / "data/results/massage_classic.csv"
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    column = rows[0].index("mean_t")
    row = next(r for r in rows if r[0].startswith("forman-2014") and r[column])
    row[column] = value
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def workflow_times(repeats: int) -> dict[str, float]:
    times: dict[str, list[float]] = {"cold": [], "no-op": [], "edit": [], "site": [], "page": [], "downloads": []}
    for number in range(repeats):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            for name in ("data", "config"):
                shutil.copytree(ROOT / name, folder / name)
            times["cold"].append(seconds(lambda: run(folder)))
            times["no-op"].append(seconds(lambda: run(folder)))
            edit(folder, f"{17.5 + number}")
            times["edit"].append(seconds(lambda: run(folder)))
            shutil.rmtree(folder / "results/report")
            times["page"].append(seconds(lambda: run(folder)))
            for name in ("report", "figures", "summaries", "sof"):
                shutil.rmtree(folder / f"results/{name}")
            times["site"].append(seconds(lambda: run(folder)))
            times["downloads"].append(seconds(lambda: run(folder, "--downloads")))
    return {name: statistics.median(values) for name, values in times.items()}


def synthetic(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(20)
    sizes = rng.integers(2, 51, count)
    return [(rng.normal(-0.3, 0.5, k), rng.uniform(0.01, 0.5, k)) for k in sizes]


def batch_times(repeats: int, count: int) -> float:
    batch = make_batch(synthetic(count))
    return statistics.median(seconds(lambda: pool(batch)) for _ in range(repeats))


def gosh_times() -> tuple[float, float, float]:
    """Seconds of all subsets of 20 trials by DL and REML, and the peak memory in GB."""
    rng = np.random.default_rng(1)
    yi, vi = rng.normal(0, 0.5, 20), rng.uniform(0.01, 0.3, 20)
    times = [seconds(lambda model=model: gosh(yi, vi, model)) for model in ("DL", "REML")]
    return times[0], times[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def network_time() -> float:
    """Seconds to fit a network of 40 treatments and 400 two-arm studies."""
    rng = np.random.default_rng(2)
    names = [f"t{i:02d}" for i in range(40)]
    studies = []
    for number in range(400):
        first, second = rng.choice(40, 2, replace=False) if number >= 39 else (number + 1, 0)
        studies.append(Study(str(number), ((names[first], names[second]),), rng.normal(0, 1, 1), rng.uniform(0.1, 1, (1, 1))))
    return seconds(lambda: fit_network(studies))


def multiverse_time() -> tuple[float, int, int, int]:
    """Seconds for every question of the statements in every universe; questions, universes, and the fits a script would make."""
    import json

    import yaml

    from evidence_synthesis.effects.conversions import convert
    from evidence_synthesis.review.claims_file import load_claims
    from evidence_synthesis.review.schema import parse_result
    from evidence_synthesis.review.settings import load_settings
    from evidence_synthesis.review.taxonomy import Taxonomy
    from evidence_synthesis.review.trials import as_printed
    from evidence_synthesis.selection.claim_questions import questions_of
    from evidence_synthesis.storage.files import read_checked
    from evidence_synthesis.synthesis import multiverse as many
    from evidence_synthesis.synthesis.verdicts import Rules

    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    checked = ROOT / "results/checked"
    settings, choices, rules = load_settings(config), many.load_choices(config), Rules.of(config["verdicts"])
    taxonomy = Taxonomy(read_checked(checked / "treatments.csv"))
    rows, printed = (read_checked(checked / f"{name}.csv") for name in ("trials", "printed"))
    questions = questions_of(load_claims(json.loads((checked / "claims.json").read_text(encoding="utf-8")), taxonomy), settings)
    values = {many.CORRECTED: rows, many.PRINTED: as_printed(rows, printed)}
    found = []

    def work() -> None:
        converted = {name: [convert(parse_result(r), settings) for r in table] for name, table in values.items()}
        none: frozenset[str] = frozenset()
        asked = questions.values()
        found.extend(many.multiverse(q, region, converted, choices, settings, taxonomy, none, rules) for q, region in asked)

    taken = seconds(work)
    universes = sum(f.words.size for f in found)
    fits = universes // len(choices.thresholds)
    return taken, len(found), universes, fits


def peer(*arguments: str) -> tuple[float, int]:
    script = str(ROOT / "benchmarks/peer.R")
    out = subprocess.run(["Rscript", script, *arguments], check=True, capture_output=True, text=True).stdout.split()
    return float(out[-2]), int(out[-1])


def peer_batch(scratch: Path) -> float:
    path = scratch / "batch.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["analysis_id", "measure", "yi", "vi"])
        for i, (yi, vi) in enumerate(synthetic(ANALYSES)[:PEER_ANALYSES]):
            writer.writerows([i, "MD", y, v] for y, v in zip(yi, vi, strict=True))
    taken, count = peer("batch", str(path))
    return taken / count


def methods_report(many: float, each: float, peer_gosh: float) -> list[str]:
    dl, reml, memory = gosh_times()
    multi, questions, universes, fits = multiverse_time()
    subsets = 2**20 - 1
    return [
        f"| {MANY:,} analyses of 2 to 50 trials, as above | {many:.2f} s | {each * MANY:.0f} s (from {PEER_ANALYSES} of them) | "
        f"{each * MANY / many:.0f} per analysis |",
        f"| all {subsets:,} subsets of 20 trials (GOSH), DL | {dl:.1f} s | not run | |",
        f"| the same, REML; peak memory {memory:.1f} GB | {reml:.1f} s | {peer_gosh * subsets / 3600:.1f} h "
        f"(from the 8,191 subsets of 13 trials) | {peer_gosh * subsets / reml:.0f} |",
        f"| {questions} questions of the claims in {universes:,} universes | {multi:.1f} s | {each * fits / 3600:.1f} h "
        f"(a fit for each, from {PEER_ANALYSES} of them) | {each * fits / multi:.0f} |",
        f"| network of 40 treatments and 400 studies, REML | {network_time():.1f} s | not run | |",
    ]


def report(times: dict[str, float], batch: float, each: float, review: tuple[float, int], more: list[str], rounds: str) -> str:
    ours = batch / ANALYSES
    figures = len(list((ROOT / "results/figures").rglob("*.svg")))
    again = f"{review[0]:.1f} s (a script starts over)"
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        "# Benchmarks",
        "",
        f"Made by `python benchmarks/run.py`; {rounds}, both sides in one session on one machine "
        f"({machine}). Compare ratios, not seconds, across machines.",
        "",
        "| work | this project | metafor (R script) | ratio |",
        "|---|---|---|---|",
        f"| whole review, cold: check, all tables, {figures} figures | {times['cold']:.1f} s | "
        f"{review[0]:.1f} s (fits, and {review[1]} plainer forest plots) | {review[0] / times['cold']:.1f} |",
        f"| nothing changed | {times['no-op']:.1f} s | {again} | {review[0] / times['no-op']:.0f} |",
        f"| one row of one trial edited | {times['edit']:.1f} s | {again} | {review[0] / times['edit']:.1f} |",
        f"| {ANALYSES:,} analyses of 2 to 50 trials: REML, HKSJ with floor, prediction and Q-profile intervals | {batch:.2f} s | "
        f"{each * ANALYSES:.0f} s (from {PEER_ANALYSES} of them) | {each / ours:.0f} per analysis |",
        f"| all figures, documents and the report from pooled tables | {times['site']:.1f} s | not run | |",
        f"| the report, every page | {times['page']:.1f} s | not run | |",
        f"| what is made of it for print and Office: PNG at 300 dpi, tables, archives | {times['downloads']:.1f} s | not run | |",
        *more,
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        each = peer_batch(Path(scratch))
        trials = Path(scratch) / "trials.csv"
        AnalysisTrial.write(trials, trials_of(ROOT / "results"))
        review = peer("review", str(trials), scratch)
        peer_gosh, subsets = peer("gosh", str(trials))
    more = methods_report(batch_times(5, MANY), each, peer_gosh / subsets)
    text = report(workflow_times(options.repeats), batch_times(5, ANALYSES), each, review, more, said(options.repeats))
    text += "\n" + section(options.repeats)
    options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
