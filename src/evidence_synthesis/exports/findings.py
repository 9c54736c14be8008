"""Summaries of findings read from published tables, as the documents of every group show them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence_synthesis.conclusions.findings_table import Background, FindingsTable, findings_table
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.conclusions.summary_of_findings import sof_tables
from evidence_synthesis.exports.sof_documents import opening_first
from evidence_synthesis.review.evidence import EvidenceState
from evidence_synthesis.review.schema import SEARCHES
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.analyses import by_analysis
from evidence_synthesis.synthesis.rows.analyses import Membership, PooledResult, TrialEffect, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.synthesis.trials_in_analyses import read_trials

FILES = {  # name -> where it stands in the results
    **{"pooled": PooledResult.FILE, "certainty": Certainty.FILE, "trials": Membership.FILE, "brought": TrialEffect.FILE},
    **{"checked": "checked/trials.csv", "treatments": "checked/treatments.csv"},
}


def findings(
    files: Mapping[str, Path], entry: Mapping[str, Any], searched: str = "", version: str = ""
) -> dict[str, list[FindingsTable]]:
    """The tables of every group from the files of ``FILES``, those with which reports open in front.

    ``entry`` is the content of the config; ``searched`` and ``version`` are those of ``Background``. Raises BrokenTable.
    """
    settings, taxonomy = load_settings(entry), Taxonomy(read_checked(files["treatments"]))
    pooled, judged = by_key(PooledResult.read(files["pooled"])), by_key(Certainty.read(files["certainty"]))
    background = Background(
        pooled,
        judged,
        by_analysis(read_trials(files["trials"], files["brought"]), set(judged)),
        {row["row_id"]: row for row in read_checked(files["checked"])},
        settings,
        Limits.of(entry["certainty"]),
        searched,
        version,
    )
    groups = sof_tables(pooled.values(), judged.values(), settings, taxonomy)
    return {g: [findings_table(table, background) for table in opening_first(some, settings)] for g, some in groups.items()}


def findings_in(results: Path, entry: Mapping[str, Any]) -> dict[str, list[FindingsTable]]:
    """The tables of every group from a folder of results, naming their version of the evidence and the last recorded search.

    ``entry`` is the content of the config. Raises OSError where a table is missing, BrokenTable where one is none.
    """
    searches = (row.get("date", "") for row in read_checked(results / f"checked/{SEARCHES}.csv"))
    version = EvidenceState.of(results)[0].words
    return findings({name: results / path for name, path in FILES.items()}, entry, max(searches, default=""), version)
