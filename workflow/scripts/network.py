"""Network meta-analyses of all treatments, and of their classes."""

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.synthesis import networks

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.params.config, snakemake.output
    settings, choice = load_settings(config), config["networks"]
    taxonomy = Taxonomy(read_checked(Path(snakemake.input.treatments)))
    converted = [convert(result, settings) for result in read_results(Path(snakemake.input.trials))]
    axes = (choice[name] for name in ("outcomes", "terms", "levels", "populations"))
    keys = [networks.NetworkKey(*values) for values in product(*axes)]
    tables = networks.network_tables(converted, keys, settings, taxonomy)
    write_table(Path(out.summary), networks.SUMMARY_COLUMNS, tables["summary"])
    write_table(Path(out.league), networks.LEAGUE_COLUMNS, tables["league"])
    write_table(Path(out.ranking), networks.RANK_COLUMNS, tables["ranking"])
    write_table(Path(out.splits), networks.SPLIT_COLUMNS, tables["splits"])
    write_table(Path(out.heat), networks.HEAT_COLUMNS, tables["heat"])
    log(f"{len(tables['summary'])} connected networks")


if __name__ == "__main__":
    run(snakemake, main)
