"""How long a library of 600 reviews takes: in one process, through Snakemake in parts, and (simulated) on up to 64 nodes.

Usage: python benchmarks/corpus/run.py [--out docs/scale.md]
"""

from __future__ import annotations

import argparse
import heapq
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from rows import measure as rows_measured  # noqa: E402

SUBMIT = 8.0  # seconds that a job costs on Slurm beyond its work: it starts the engine twice (measured on one node)
NODES = (1, 2, 4, 8, 16, 32, 64)


def in_process(library: Path, out: Path) -> tuple[int, float, float, list[float]]:
    """Analyses, seconds, peak memory in GB and seconds of each review, measured in a fresh process."""
    code = (
        "import sys, time, json, resource; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from pool import pool_reviews\n"
        "start = time.perf_counter(); paths = sorted(Path(sys.argv[2]).glob('*.csv'))\n"
        "n = pool_reviews(paths, Path(sys.argv[3])); whole = time.perf_counter() - start\n"
        "each = []\n"
        "for p in paths:\n"
        "    s = time.perf_counter(); pool_reviews([p], Path(sys.argv[3] + '.one')); each.append(time.perf_counter() - s)\n"
        "print(json.dumps([n, whole, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, each]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(HERE), str(library), str(out)], check=True, capture_output=True, text=True
    )
    n, whole, memory, each = json.loads(done.stdout)
    return n, whole, memory, each


def in_parts(library: Path, work: Path, parts: int, cores: int) -> float:
    """Seconds of the scattered workflow on this machine."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(HERE / "Snakefile"), "--directory", str(work)]
    command += ["--cores", str(cores), "--quiet", "all", "--config", f"library={library}", f"parts={parts}"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def makespan(jobs: list[float], nodes: int) -> float:
    """When the last of several jobs ends, each going to the node that is free first."""
    free = [0.0] * nodes
    for job in jobs:
        heapq.heapreplace(free, free[0] + job)
    return max(free)


def simulated(each: list[float], copies: int, nodes: int, parts: int) -> float:
    """Seconds on a cluster for a library of ``copies`` times the reviews, in parts of every n-th review."""
    sizes = [0.0] * parts
    for i, seconds in enumerate(each * copies):
        sizes[i % parts] += seconds
    return makespan([SUBMIT + s for s in sizes], nodes)


def library_lines(
    reviews: int, analyses: int, rows: int, size: int, whole: float, memory: float, two: float, same: bool
) -> list[str]:
    """What was measured on this machine."""
    return [
        "# Scale",
        "",
        f"Made by `python benchmarks/corpus/run.py` (2 cores, Python {platform.python_version()}). A synthetic library of",
        f"{reviews} reviews, {analyses:,} analyses and {rows:,} study rows ({size / 1e6:.0f} MB) as the Cochrane Library writes",
        "data rows: each is imported, its measure and model inferred, pooled by REML with HKSJ intervals, and tabulated.",
        "",
        "| | seconds | peak memory |",
        "|---|---|---|",
        f"| one process | {whole:.1f} | {memory:.2f} GB |",
        f"| Snakemake, 8 parts on 2 cores | {two:.1f} | |",
        "",
        f"The joined table is {'the same' if same else 'NOT the same'}, line for line, in one process and in parts.",
    ]


def cluster_lines(each: list[float]) -> list[str]:
    """The simulation of larger machines."""
    lines = [
        f"Simulated from the measured seconds of each review: one part a node, each job {SUBMIT:g} s more on Slurm, which",
        "starts the engine twice. Bytes moved: the library once to the nodes, the tables once back. Critical path: one part",
        "(submit, import, pool, write), then the join.",
        "",
        "| nodes | this library | 100 times as large | 1,000 times as large |",
        "|---|---|---|---|",
    ]
    for nodes in NODES:
        cells = []
        for copies in (1, 100, 1000):
            seconds = simulated(each, copies, nodes, nodes)
            cells.append(f"{seconds:,.0f} s (speed-up {sum(each) * copies / seconds:.1f})")
        lines.append(f"| {nodes} | {' | '.join(cells)} |")
    return [
        *lines,
        "",
        "A library of this size belongs on one machine: submitting costs more than the work. The larger the library, the nearer",
        "the speed-up comes to the number of nodes.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/scale.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        subprocess.run([sys.executable, str(HERE / "generate.py"), str(folder / "library")], check=True)
        size = sum(p.stat().st_size for p in (folder / "library").glob("*.csv"))
        rows = sum(p.read_bytes().count(b"\n") - 1 for p in (folder / "library").glob("*.csv"))
        n, whole, memory, each = in_process(folder / "library", folder / "pooled.csv")
        table = (folder / "pooled.csv").read_bytes()
        two = in_parts(folder / "library", folder / "two", 8, 2)
        same = sorted((folder / "two/pooled.csv").read_bytes().splitlines()) == sorted(table.splitlines())
    lines = [*library_lines(len(each), n, rows, size, whole, memory, two, same), "", "## On a cluster", "", *cluster_lines(each)]
    lines += ["", "## Today's data, ten and a hundred times", "", "Each copy has trials of its own.", "", *rows_measured()]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
