"""Make what people download for print and Office: pictures, tables, archives."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.exports.downloads import write_downloads

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    folder = Path(snakemake.output.folder)
    write_downloads(folder.parent, folder, snakemake.params.config, log)
    sizes = [p.stat().st_size for p in folder.rglob("*") if p.is_file()]
    log(f"{len(sizes)} files, {sum(sizes) / 1e6:.0f} MB")


if __name__ == "__main__":
    run(snakemake, main)
