"""Bring the figures of all treatments together up to date: overview, claims, published estimates, flow, risk of bias."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.plots import claims, flow, published
from evidence_synthesis.plots.from_tables import all_harvests, all_overviews
from evidence_synthesis.plots.publish import INDEX_COLUMNS, Pictures, cores, index_rows, publish
from evidence_synthesis.plots.risk_of_bias import gather as gather_judgements
from evidence_synthesis.review.risk_of_bias import ROB1, ROB2
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked, write_table

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.params.config, snakemake.output
    settings = load_settings(config)
    tables = {name: read_checked(Path(path)) for name, path in snakemake.input.items()}
    taxonomy, pooled = Taxonomy(tables["treatments"]), tables["pooled"]
    rated = {
        "rob2": gather_judgements(tables["checked"], ROB2, "Risk of bias of the trials (RoB 2)"),
        "rob1": gather_judgements(tables["checked"], ROB1, "Risk of bias of the trials (first Cochrane tool)"),
    }
    harvests = all_harvests(pooled, tables["certainty"], settings, taxonomy)
    groups: dict[str, Pictures] = {
        "overview": {**all_overviews(pooled, settings, taxonomy), **harvests},
        "claims": {"claims": claims.gather(tables["claims"])},
        "published": {"published": published.gather(tables["published"], settings, taxonomy)},
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
