"""Bring the forest plots of every treatment and family up to date, and the panels on how firm the larger analyses are."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.plots.panels import all_figures
from evidence_synthesis.plots.publish import INDEX_COLUMNS, Place, cores, index_rows, publish
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.synthesis.trials_in_analyses import join

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.params.config, snakemake.output
    settings = load_settings(config)
    tables = {name: read_checked(Path(path)) for name, path in snakemake.input.items()}
    tables["trials"] = join(tables["trials"], tables["brought"])
    pictures = all_figures(tables, settings, Taxonomy(tables["treatments"]))
    place = Place(Path(out.folder), Path(snakemake.log[0]).with_suffix(""), settings.figures["dpi"])
    drawn = publish(pictures, place, cores(), log)
    write_table(Path(out.index), INDEX_COLUMNS, index_rows(pictures, Path(out.folder)))
    log(f"{drawn} of {len(pictures)} groups drawn")


if __name__ == "__main__":
    run(snakemake, main)
