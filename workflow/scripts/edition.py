"""Make the published edition: the report with everything for print and Office that people download from it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.exports.edition import write_edition
from evidence_synthesis.files import write_text
from evidence_synthesis.membership import join
from evidence_synthesis.report.site import Site
from evidence_synthesis.settings import load_settings
from evidence_synthesis.sof import sof_tables
from evidence_synthesis.trials import read_checked

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, folder = snakemake.params.config, Path(snakemake.output.folder)
    results = Path(snakemake.input.report).parent
    archives = write_edition(results, folder, config, log)
    tables = {name: read_checked(Path(path)) for name, path in snakemake.input.items() if str(path).endswith(".csv")}
    tables["trials"] = join(tables["trials"], tables["brought"])
    settings, taxonomy = load_settings(config), Taxonomy(tables["treatments"])
    findings = sof_tables(tables["pooled"], tables["certainty"], settings, taxonomy)
    office = {p.name for p in (folder / "tables").iterdir()}
    pages = dict(Site(config, settings, taxonomy, tables, findings, ()).offers(archives, office))
    for name, text in pages.items():
        write_text(folder / "report" / name, text)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    log(f"{len(archives)} archives, {len(office)} files of tables, {size / 1e6:.0f} MB in all")


if __name__ == "__main__":
    run(snakemake, main)
