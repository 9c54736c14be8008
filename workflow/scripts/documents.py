"""Write the summaries of findings and evidence profiles as documents; only what changed is written again."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.conclusions.findings_table import Background, findings_table
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.conclusions.summary_of_findings import sof_tables
from evidence_synthesis.exports import sof_documents
from evidence_synthesis.review.evidence import EvidenceState
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.analyses import by_analysis
from evidence_synthesis.synthesis.rows.analyses import PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.synthesis.trials_in_analyses import read_trials
from evidence_synthesis.wording import model_words

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    source = {name: Path(path) for name, path in snakemake.input.items()}
    config = snakemake.params.config
    settings, taxonomy = load_settings(config), Taxonomy(read_checked(source["treatments"]))
    pooled, judged = by_key(PooledResult.read(source["pooled"])), by_key(Certainty.read(source["certainty"]))
    groups = sof_tables(pooled.values(), judged.values(), settings, taxonomy)
    background = Background(
        pooled,
        judged,
        by_analysis(read_trials(source["trials"], source["brought"]), set(judged)),
        {row["row_id"]: row for row in read_checked(source["checked"])},
        settings,
        Limits.of(config["certainty"]),
        snakemake.params.searched,
        EvidenceState.read(source["version"])[0].words,
    )
    opening = {group: sof_documents.opening_first(some, settings) for group, some in groups.items()}
    tables = {group: [findings_table(table, background) for table in some] for group, some in opening.items()}
    memory = Path(snakemake.log[0]).with_suffix("")
    written = sof_documents.publish(tables, Path(snakemake.output[0]), memory, model_words(settings.model), log)
    log(f"{written} of {len(groups)} groups written")


if __name__ == "__main__":
    run(snakemake, main)
