"""Bring the folder of figures up to date: forest plots of every treatment and family, and the overviews."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.audit.report import doubtful_rows
from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.files import write_table
from evidence_synthesis.plots import beside, bias, flow, statements
from evidence_synthesis.plots.gather import all_forests, all_harvests, all_overviews, marked
from evidence_synthesis.plots.publish import INDEX_COLUMNS, Pictures, index_rows, publish
from evidence_synthesis.settings import load_settings
from evidence_synthesis.trials import read_checked

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, source = snakemake.params.config, snakemake.input
    settings = load_settings(config)
    tables = {name: read_checked(Path(path)) for name, path in source.items()}
    pooled, checked = tables["pooled"], tables["checked"]
    taxonomy = Taxonomy(tables["treatments"])
    trials, unusable = marked(tables["trials"], doubtful_rows(tables["audit"], checked)), tables["unusable"]
    forests = all_forests(pooled, trials, unusable, settings, taxonomy, config["pooling"])
    harvests = all_harvests(pooled, tables["certainty"], settings, taxonomy)
    overview: Pictures = {**all_overviews(pooled, settings, taxonomy), **harvests}
    lights = {
        "rob2": bias.gather(checked, bias.ROB2, "Risk of bias of the trials (RoB 2)"),
        "rob1": bias.gather(checked, bias.ROB1, "Risk of bias of the trials (first Cochrane tool)"),
    }
    summaries: dict[str, Pictures] = {
        "overview": overview,
        "claims": {"claims": statements.gather(tables["claims"])},
        "published": {"published": beside.gather(tables["published"])},
        "flow": {"flow": flow.gather(tables["accounts"], pooled)},
        "risk_of_bias": lights,
    }
    groups: dict[str, Pictures] = {**forests, **{g: {n: p for n, p in f.items() if p.size()} for g, f in summaries.items()}}
    groups = {name: pictures for name, pictures in groups.items() if pictures}
    drawn = publish(groups, Path(snakemake.output.folder), settings.figures["dpi"], snakemake.threads, log)
    write_table(Path(snakemake.output.index), INDEX_COLUMNS, index_rows(groups))
    log(f"{drawn} of {len(groups)} groups drawn")


if __name__ == "__main__":
    run(snakemake, main)
