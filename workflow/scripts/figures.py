"""Bring the forest plots of every treatment and family up to date, and the panels on how firm the larger analyses are."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.plots.panels import DrawnEvidence, all_figures
from evidence_synthesis.plots.publish import Place, index_rows, publish
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.processors import cores
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.figures import PublishedFigure
from evidence_synthesis.synthesis.trials_in_analyses import read_trials


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.config, snakemake.output
    settings = load_settings(config)
    source = {name: Path(path) for name, path in snakemake.input.items()}
    evidence = DrawnEvidence(
        PooledResult.read(source["pooled"]),
        read_trials(source["trials"], source["brought"]),
        AuditLine.read(source["audit"]),
        read_checked(source["checked"]),
        settings,
        Taxonomy(read_checked(source["treatments"])),
    )
    pictures = all_figures(evidence)
    place = Place(Path(out.folder), Path(snakemake.log[0]).with_suffix(""), settings.figures["dpi"])
    drawn = publish(pictures, place, cores(), log)
    PublishedFigure.write(Path(out.index), index_rows(pictures, Path(out.folder)))
    log(f"{drawn} of {len(pictures)} groups drawn")
