"""Everything about one treatment in one ZIP: figures, summaries of findings, its rows of every table, its sources."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from evidence_synthesis.exports.analyses import NoSuchAnalysis
from evidence_synthesis.exports.references import ris
from evidence_synthesis.files import csv_text
from evidence_synthesis.trials import read_checked

TABLES = ("pooled", "analysis_trials", "certainty", "summary_of_findings", "small_study_effects", "influence", "without_doubtful")
_WHEN = (1980, 1, 1, 0, 0, 0)


def _of_group(rows: Iterable[Mapping[str, str]], group: str) -> list[Mapping[str, str]]:
    return [r for r in rows if (r.get("analysis_id", "").split("__")[0] or r.get("group", "")) == group]


def archive(results: Path, group: str) -> bytes:
    """The archive of a treatment, family or class. Raises NoSuchAnalysis where the results have none of that name."""
    names = sorted(p.name for p in (results / "figures").glob("*") if p.is_dir())
    if group not in names:
        raise NoSuchAnalysis(f"no figures of {group}; there are {', '.join(names)}")
    figures = sorted(p for p in (results / "figures" / group).glob("*") if p.suffix in (".svg", ".pdf", ".png", ".csv"))
    parts = {f"figures/{p.name}": p.read_bytes() for p in figures}
    parts |= {f"summary_of_findings/{p.name}": p.read_bytes() for p in sorted((results / "sof" / group).glob("sof.*"))}
    refs: set[str] = set()
    for name in TABLES:
        rows = _of_group(read_checked(results / f"tables/{name}.csv"), group)
        if rows:
            parts[f"tables/{name}.csv"] = csv_text(list(rows[0]), rows).encode()
            refs |= {r["refs"] for r in rows if "refs" in r}
    sources = [s for s in read_checked(results / "checked/sources.csv") if s["ref"] in {x for r in refs for x in r.split(";")}]
    parts["sources.ris"] = ris(sources).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in sorted(parts.items()):
            bundle.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()
