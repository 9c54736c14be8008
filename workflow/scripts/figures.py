"""Bring the folder of figures up to date: forest plots of every treatment and family, and the overviews."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.files import write_table
from evidence_synthesis.plots.gather import OVERVIEW, all_forests, all_overviews
from evidence_synthesis.plots.publish import INDEX_COLUMNS, Pictures, index_rows, publish
from evidence_synthesis.settings import load_settings
from evidence_synthesis.trials import read_checked

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, source = snakemake.params.config, snakemake.input
    settings = load_settings(config)
    taxonomy = Taxonomy(read_checked(Path(source.treatments)))
    pooled = read_checked(Path(source.pooled))
    trials, unusable = read_checked(Path(source.trials)), read_checked(Path(source.unusable))
    forests = all_forests(pooled, trials, unusable, settings, taxonomy, config["pooling"])
    groups: dict[str, Pictures] = {**forests, OVERVIEW: all_overviews(pooled, settings, taxonomy)}
    groups = {name: pictures for name, pictures in groups.items() if pictures}
    drawn = publish(groups, Path(snakemake.output.folder), settings.figures["dpi"], snakemake.threads, log)
    write_table(Path(snakemake.output.index), INDEX_COLUMNS, index_rows(groups))
    log(f"{drawn} of {len(groups)} groups drawn")


if __name__ == "__main__":
    run(snakemake, main)
