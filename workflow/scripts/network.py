"""Network meta-analyses of all treatments, and of their classes."""

from itertools import product
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.effects.converted import read_converted
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.keys import NetworkKey
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.networks import network_tables
from evidence_synthesis.synthesis.rows import networks as rows


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.config, snakemake.output
    settings, choice = load_settings(config), config["networks"]
    treatments = read_checked(Path(snakemake.input.treatments))
    taxonomy = Taxonomy(treatments)
    converted = read_converted(Path(snakemake.input.trials), settings)
    axes = (choice[name] for name in ("outcomes", "terms", "levels", "populations"))
    keys = [NetworkKey(*values) for values in product(*axes)]
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, treatments, snakemake.params.code)))
    tables = network_tables(converted, keys, settings, taxonomy, memo)
    memo.save()
    rows.NetworkSummary.write(Path(out.summary), tables.summary)
    rows.LeagueLine.write(Path(out.league), tables.league)
    rows.RankedTreatment.write(Path(out.ranking), tables.ranking)
    rows.SplitNode.write(Path(out.splits), tables.splits)
    rows.HeatCell.write(Path(out.heat), tables.heat)
    log(f"{len(tables.summary)} connected networks")
