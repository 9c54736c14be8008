"""Make what people download for print and Office: pictures, tables, archives. Then list every file of the results."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.exports.downloads import write_downloads
from evidence_synthesis.storage.manifest import write_manifest

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    folder = Path(snakemake.output.folder)
    write_downloads(folder.parent, folder, Path(snakemake.log[0]).with_suffix(""), snakemake.params.config, log)
    listed = write_manifest(folder.parent)
    log(f"{len(listed)} files of results, {sum(entry.size for entry in listed.values()) / 1e6:.0f} MB")


if __name__ == "__main__":
    run(snakemake, main)
