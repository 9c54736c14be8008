"""Write the report: pages, search index and styles, and the page that leads to it."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.conclusions.summary_of_findings import sof_tables
from evidence_synthesis.report.site import Site, entry_page
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked, write_text
from evidence_synthesis.storage.folders import keep_files
from evidence_synthesis.synthesis.trials_in_analyses import join

if TYPE_CHECKING:
    snakemake: Any

LIBRARIES = ("numpy", "scipy", "matplotlib", "snakemake", "frictionless", "jinja2", "python-docx", "openpyxl")


def main(snakemake: Any, log: Log) -> None:
    config, folder = snakemake.params.config, Path(snakemake.output.folder)
    tables = {name: read_checked(Path(path)) for name, path in snakemake.input.items()}
    tables["trials"] = join(tables["trials"], tables["brought"])
    settings, taxonomy = load_settings(config), Taxonomy(tables["treatments"])
    findings = sof_tables(tables["pooled"], tables["certainty"], settings, taxonomy)
    site = Site(config, settings, taxonomy, tables, findings, [(name, version(name)) for name in LIBRARIES])
    files = dict(site.files())
    keep_files(folder, files)
    for name, text in files.items():
        write_text(folder / name, text)
    write_text(Path(snakemake.output.index), entry_page(config["title"]))
    log(f"{len(files)} files, {sum(map(len, files.values()))} characters")


if __name__ == "__main__":
    run(snakemake, main)
