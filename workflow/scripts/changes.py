"""Tell what changed since the results that were committed last."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.compare.apart import apart
from evidence_synthesis.compare.changes import compare
from evidence_synthesis.compare.states import NoState, from_texts, texts_in, texts_of_revision
from evidence_synthesis.compare.text import markdown, summary
from evidence_synthesis.storage.files import write_text
from evidence_synthesis.storage.table_row import BrokenTable


def main(snakemake: Any, log: Log) -> None:
    out = Path(snakemake.output[0])
    try:
        old, new = apart(texts_of_revision("HEAD", out.parent), texts_in(out.parent))
        before = from_texts("HEAD", old)
    except (NoState, BrokenTable) as reason:
        write_text(out, "# What changed\n\nNo committed results to compare with.\n")
        log(f"no committed results: {reason}")
        return
    changes = compare(before, from_texts(str(out.parent), new), snakemake.config)
    write_text(out, markdown(changes))
    log(summary(changes))
