"""Import, pool and tabulate reviews: every review of a list, or one part of it.

Usage: python pool.py OUT.csv FILE...      (run by the Snakefile beside it, or by hand)
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from evidence_synthesis.importers import review  # noqa: E402
from evidence_synthesis.importers.cochrane import read_cochrane  # noqa: E402
from evidence_synthesis.storage.files import write_table  # noqa: E402


def pool_reviews(paths: list[Path], out: Path) -> int:
    """The analyses of all reviews in one table; gives the number of analyses."""
    rows: list[dict[str, object]] = []
    for path in paths:
        made = review.bring_in(read_cochrane(path))
        rows += [{"review": path.stem, **row} for row in review.analysis_rows(made)]
    write_table(out, ("review", *review.ANALYSIS_COLUMNS), rows)
    return len(rows)


if __name__ == "__main__":
    pool_reviews([Path(p) for p in sys.argv[2:]], Path(sys.argv[1]))
