"""Write the report: pages, search index and styles, and the page that leads to it."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.report.shelf import read_tables
from evidence_synthesis.report.site import Site, entry_page
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked, write_text
from evidence_synthesis.storage.folders import renew_files

LIBRARIES = ("numpy", "scipy", "matplotlib", "snakemake", "frictionless", "jinja2", "python-docx", "openpyxl")


def main(snakemake: Any, log: Log) -> None:
    config, folder = snakemake.config, Path(snakemake.output.first).parent
    source = {name: Path(path) for name, path in snakemake.input.items()}
    taxonomy = Taxonomy(read_checked(source["treatments"]))
    files = dict(Site(config, taxonomy, read_tables(source), [(name, version(name)) for name in LIBRARIES]).files())
    written = renew_files(folder, files)
    write_text(folder / "index.html", files["index.html"])  # its time is the report's: downloads made before are of another one
    write_text(Path(snakemake.output.index), entry_page(config["title"]))
    log(f"{written} of {len(files)} files written, {sum(map(len, files.values()))} characters")
