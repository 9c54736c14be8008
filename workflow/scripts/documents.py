"""Write the summaries of findings that are kept with the results; only what changed is written again."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.exports.findings import findings
from evidence_synthesis.exports.sof_documents import Shelves, publish
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.wording import model_words


def main(snakemake: Any, log: Log) -> None:
    config, memory = snakemake.config, Path(snakemake.log[0]).with_suffix("")
    groups = findings({name: Path(path) for name, path in snakemake.input.items()}, config)
    shelves = Shelves(Path(snakemake.output[0]), memory, kept=True)
    written = publish(groups, shelves, model_words(load_settings(config).model), log)
    log(f"{written} of {len(groups)} groups written")
