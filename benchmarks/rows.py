"""Whether time and memory grow with the rows only: check, audit and synthesis of today's data, ten and a hundred times.

Each copy of the data has trials of its own, so analyses grow with the rows. Usage: python benchmarks/rows.py
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TIMES = (1, 10, 100)
CODE = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1] + "/src")
from pathlib import Path
import yaml
from evidence_synthesis.synthesis import pooled
from evidence_synthesis.audit.report import audit
from evidence_synthesis.review.taxonomy import (Taxonomy)
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.selection.analyses import (select)
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.trials import (as_printed, check_package)
start = time.perf_counter()
marks = []
def mark():
    global start
    marks.append(time.perf_counter() - start); start = time.perf_counter()
checked = check_package(Path(sys.argv[2])); mark()
audit(as_printed(checked["trials"], checked["printed"]), checked["instruments"]); mark()
settings = load_settings(yaml.safe_load(Path(sys.argv[1], "config/config.yaml").read_text()))
taxonomy = Taxonomy(checked["treatments"])
converted = [convert(parse_result(r), settings) for r in checked["trials"]]
selection = select(converted, settings, taxonomy)
refs = {s["source_id"]: s["ref"] for s in checked["sources"]}
pooled.pooled_tables(selection, settings, taxonomy, refs, ["FE", "DL", "PM", "ML", "REML"]); mark()
print(json.dumps([len(checked["trials"]), marks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))
"""


def copies(folder: Path, times: int) -> None:
    """The data package with every trial so many times, under names of its own."""
    shutil.copytree(ROOT / "data", folder)
    ids = ("row_id", "trial_id", "result_id")
    with (folder / "corrections.csv").open(encoding="utf-8", newline="") as stream:
        excluded = {c["row_id"] for c in csv.DictReader(stream)}  # what is decided of them does not reach their copies
    for path in (folder / "trials.csv", folder / "risk_of_bias.csv", *(folder / "results").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            for i in range(2, times + 1):
                writer.writerows(
                    r | {c: f"{r[c]}-copy{i}" for c in ids if r.get(c)} for r in rows if r.get("row_id") not in excluded
                )


def measure() -> list[str]:
    """The table of seconds and memory, as lines of Markdown."""
    lines = ["| rows | check | audit | synthesis (five models) | peak memory |", "|---|---|---|---|---|"]
    for times in TIMES:
        with tempfile.TemporaryDirectory() as scratch:
            copies(Path(scratch) / "data", times)
            command = [sys.executable, "-c", CODE, str(ROOT), str(Path(scratch) / "data")]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows, marks, memory = json.loads(done.stdout)
        lines.append(f"| {rows:,} | {' | '.join(f'{m:.1f} s' for m in marks)} | {memory:.2f} GB |")
    return lines


if __name__ == "__main__":
    print("\n".join(measure()))
