"""Bring the figures of all treatments together up to date."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.plots.publish import Place, index_rows, publish
from evidence_synthesis.plots.together import all_summaries
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.processors import cores
from evidence_synthesis.synthesis.rows.figures import PublishedFigure


def main(snakemake: Any, log: Log) -> None:
    settings, folder = load_settings(snakemake.config), Path(snakemake.output.folder)
    files = {name: Path(path) for name, path in snakemake.input.items()}
    groups = all_summaries(files, settings, Taxonomy(read_checked(files["treatments"])))
    kept = frozenset(settings.figures.get("pictures", ()))
    place = Place(folder, Path(snakemake.log[0]).with_suffix(""), settings.figures["dpi"], also=kept, numbers="all")
    drawn = publish(groups, place, cores(), log)
    PublishedFigure.write(Path(snakemake.output.index), index_rows(groups, folder))
    log(f"{drawn} of {len(groups)} groups drawn")
