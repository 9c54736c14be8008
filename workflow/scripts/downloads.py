"""Make what people download for print and Office: pictures, tables, archives. Then list every file of the results."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.exports.downloads import write_downloads
from evidence_synthesis.storage.manifest import write_manifest


def main(snakemake: Any, log: Log) -> None:
    folder = Path(snakemake.output.folder)
    write_downloads(folder.parent, folder, Path(snakemake.log[0]).with_suffix(""), snakemake.config, log)
    listed = write_manifest(folder.parent)
    log(f"{len(listed)} files of results, {sum(entry.size for entry in listed.values()) / 1e6:.0f} MB")
