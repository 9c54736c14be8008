"""Effects of all results, selection of the analyses, pooling, and the tables of what came out."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.effects.converted import read_converted
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import select, why_nothing
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.synthesis import pooled
from evidence_synthesis.synthesis.rows.analyses import Membership, ModelResult, PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.results import ResultEffect, RowAccount


def main(snakemake: Any, log: Log) -> None:
    config = snakemake.config
    settings = load_settings(config)
    taxonomy = Taxonomy(read_checked(Path(snakemake.input.treatments)))
    refs = {s["source_id"]: s["ref"] for s in read_checked(Path(snakemake.input.sources))}
    converted = read_converted(Path(snakemake.input.trials), settings)
    selection = select(converted, settings, taxonomy)
    if why := why_nothing(selection):
        log.tell(why)
    tables = pooled.pooled_tables(selection, settings, taxonomy, refs, config["pooling"]["models"])
    out = snakemake.output
    ResultEffect.write(Path(out.effects), pooled.effect_rows(converted, settings))
    PooledResult.write(Path(out.pooled), tables.pooled)
    ModelResult.write(Path(out.models), tables.models)
    Membership.write(Path(out.trials), tables.members)
    TrialEffect.write(Path(out.brought), tables.brought)
    RowAccount.write(Path(out.accounts), pooled.account_rows(selection, converted))
    write_table(Path(out.summary), pooled.summary_columns(settings), pooled.summary_rows(tables.pooled, settings))
    log(f"{len(converted)} results, {len(selection.analyses)} analyses")
