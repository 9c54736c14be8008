"""Check the data package and write its checked copy; every fault is reported, and nothing is written when there is one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.files import write_table
from evidence_synthesis.package import DataFaults
from evidence_synthesis.trials import check_package

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    tables = check_package(Path(snakemake.input.descriptor).parent)
    for name, path in snakemake.output.items():
        rows = tables[name]
        write_table(Path(path), list(rows[0]), rows)
        log(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    run(snakemake, main, expected=(DataFaults,))
