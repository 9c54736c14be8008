"""Effects of all results, selection of the analyses, pooling, and the tables of what came out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis import membership, tables
from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.conversions import convert
from evidence_synthesis.files import write_table
from evidence_synthesis.selection import NothingToPool, require_analyses, select
from evidence_synthesis.settings import load_settings
from evidence_synthesis.trials import read_checked, read_results

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config = snakemake.params.config
    settings = load_settings(config)
    taxonomy = Taxonomy(read_checked(Path(snakemake.input.treatments)))
    refs = {s["source_id"]: s["ref"] for s in read_checked(Path(snakemake.input.sources))}
    converted = [convert(result, settings) for result in read_results(Path(snakemake.input.trials))]
    selection = select(converted, settings, taxonomy)
    require_analyses(selection)
    pooled, models, trials = tables.pooled_tables(selection, settings, taxonomy, refs, config["pooling"]["models"])
    out = snakemake.output
    write_table(Path(out.effects), tables.EFFECT_COLUMNS, tables.effect_rows(converted, settings))
    write_table(Path(out.pooled), tables.POOLED_COLUMNS, pooled)
    write_table(Path(out.models), tables.MODEL_COLUMNS, models)
    members, brought = membership.split(trials)
    write_table(Path(out.trials), membership.MEMBER_COLUMNS, members)
    write_table(Path(out.brought), membership.BROUGHT_COLUMNS, brought)
    write_table(Path(out.accounts), tables.ACCOUNT_COLUMNS, tables.account_rows(selection, converted))
    write_table(Path(out.summary), tables.summary_columns(settings), tables.summary_rows(pooled, settings))
    log(f"{len(converted)} results, {len(selection.analyses)} analyses")


if __name__ == "__main__":
    run(snakemake, main, expected=(NothingToPool,))
