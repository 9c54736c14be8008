"""Results folders for tests of what changed: the committed results, cut to the analyses of some groups."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from conftest import ROOT, read_csv, write_csv

from evidence_synthesis.compare.states import TABLES
from evidence_synthesis.synthesis.rows.analyses import Membership, TrialEffect


def cut_results(folder: Path, groups: Collection[str]) -> Path:
    """The tables that a comparison reads, with the analyses of these groups alone."""
    kept: set[str] = set()
    for file in (*TABLES, TrialEffect.FILE):  # which say last what trials bring, by the ids of those that are in an analysis
        rows = read_csv(ROOT / "results" / file)
        columns = list(rows[0])
        if "analysis_id" in columns:
            rows = [row for row in rows if row["analysis_id"].split("__")[0] in groups]
        if file == Membership.FILE:
            kept = {row["effect_id"] for row in rows}
        if file == TrialEffect.FILE:
            rows = [row for row in rows if row["effect_id"] in kept]
        write_csv(folder / file, columns, rows)
    return folder
