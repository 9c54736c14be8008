"""Bring the figures of all treatments together up to date: overview, claims, published estimates, flow, risk of bias."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis import risk_of_bias
from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.files import write_table
from evidence_synthesis.plots import beside, bias, flow, statements
from evidence_synthesis.plots.gather import all_harvests, all_overviews
from evidence_synthesis.plots.publish import INDEX_COLUMNS, Pictures, cores, index_rows, publish
from evidence_synthesis.settings import load_settings
from evidence_synthesis.trials import read_checked

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.params.config, snakemake.output
    settings = load_settings(config)
    tables = {name: read_checked(Path(path)) for name, path in snakemake.input.items()}
    taxonomy, pooled = Taxonomy(tables["treatments"]), tables["pooled"]
    rated = {
        "rob2": bias.gather(tables["checked"], risk_of_bias.ROB2, "Risk of bias of the trials (RoB 2)"),
        "rob1": bias.gather(tables["checked"], risk_of_bias.ROB1, "Risk of bias of the trials (first Cochrane tool)"),
    }
    harvests = all_harvests(pooled, tables["certainty"], settings, taxonomy)
    groups: dict[str, Pictures] = {
        "overview": {**all_overviews(pooled, settings, taxonomy), **harvests},
        "claims": {"claims": statements.gather(tables["claims"])},
        "published": {"published": beside.gather(tables["published"], settings, taxonomy)},
        "flow": {"flow": flow.gather(tables["accounts"], pooled)},
        "risk_of_bias": rated,
    }
    groups = {name: {n: p for n, p in pictures.items() if p.size()} for name, pictures in groups.items()}
    groups = {name: pictures for name, pictures in groups.items() if pictures}
    dpi = settings.figures.get("summary_dpi", settings.figures["dpi"])
    drawn = publish(groups, Path(out.folder), dpi, cores(), log)
    write_table(Path(out.index), INDEX_COLUMNS, index_rows(groups, Path(out.folder)))
    log(f"{drawn} of {len(groups)} groups drawn")


if __name__ == "__main__":
    run(snakemake, main)
