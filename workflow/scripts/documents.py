"""Write the summaries of findings as Word, Excel, LaTeX and HTML documents; only what changed is written again."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.conclusions.summary_of_findings import sof_tables
from evidence_synthesis.exports import sof_documents
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.wording import model_words

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    source = snakemake.input
    settings, taxonomy = load_settings(snakemake.params.config), Taxonomy(read_checked(Path(source.treatments)))
    groups = sof_tables(PooledResult.read(Path(source.pooled)), Certainty.read(Path(source.certainty)), settings, taxonomy)
    memory = Path(snakemake.log[0]).with_suffix("")
    written = sof_documents.publish(groups, Path(snakemake.output[0]), memory, model_words(settings.model), log)
    log(f"{written} of {len(groups)} groups written")


if __name__ == "__main__":
    run(snakemake, main)
