"""The rows of a review for the sheets of a workbook."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from evidence_synthesis.entry.forms import SOURCES
from evidence_synthesis.errors import one_of
from evidence_synthesis.review.schema import JUDGEMENTS, RESULTS, TRIALS
from evidence_synthesis.storage.files import read_checked

Rows = list[dict[str, str]]


def rows_of_review(directory: Path, trials: Collection[str] = ()) -> dict[str, Rows]:
    """The rows of trials, results, judgements and sources of a package, as they stand there; of some ``trials`` or of all.

    Raises UnknownName for a trial that is not there.
    """
    told = {table: _read(directory / f"{table}.csv") for table in (TRIALS, JUDGEMENTS, SOURCES)}
    told[RESULTS] = [row for path in sorted((directory / RESULTS).glob("*.csv")) for row in _read(path)]
    if not trials:
        return told
    known = [row["trial_id"] for row in told[TRIALS]]
    chosen = {one_of("trial", name, known) for name in trials}
    some = {table: [r for r in rows if r.get("trial_id") in chosen] for table, rows in told.items()}
    sources = {row[c] for rows in some.values() for row in rows for c in ("source_id", "read_in") if row.get(c)}
    return {**some, SOURCES: [r for r in told[SOURCES] if r["source_id"] in sources]}


def _read(path: Path) -> Rows:
    return read_checked(path) if path.exists() else []
