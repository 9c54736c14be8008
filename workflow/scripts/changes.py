"""Tell what changed since the results that were committed last."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.compare.changes import compare
from evidence_synthesis.compare.states import NoState, from_folder, from_revision
from evidence_synthesis.compare.text import markdown, summary
from evidence_synthesis.storage.files import write_text


def main(snakemake: Any, log: Log) -> None:
    out = Path(snakemake.output[0])
    try:
        before = from_revision("HEAD", out.parent)
    except NoState as reason:
        write_text(out, "# What changed\n\nNo committed results to compare with.\n")
        log(f"no committed results: {reason}")
        return
    changes = compare(before, from_folder(out.parent), snakemake.config)
    write_text(out, markdown(changes))
    log(summary(changes))
