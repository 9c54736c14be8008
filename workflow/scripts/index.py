"""Write the index page of the results."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.files import write_text
from evidence_synthesis.report import index_page
from evidence_synthesis.trials import read_checked
from evidence_synthesis.wording import model_words

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config = snakemake.params.config
    tables = {name: read_checked(Path(path)) for name, path in snakemake.input.items()}
    page = index_page(config["title"], model_words(config["pooling"]), **tables)
    write_text(Path(snakemake.output[0]), page)
    log(f"{len(page)} characters")


if __name__ == "__main__":
    run(snakemake, main)
