"""Check the data package and write its checked copy; every fault is reported, and with any fault nothing is written."""

import json
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.review.as_of import NothingPublished, as_of, day_of
from evidence_synthesis.review.check_claims import check_review
from evidence_synthesis.review.evidence import EvidenceChange, EvidenceState, read_history, read_state
from evidence_synthesis.review.joined import rate
from evidence_synthesis.review.judgements import load_tools
from evidence_synthesis.review.package import DataFaults, table_columns
from evidence_synthesis.review.schema import JUDGEMENTS, TRIALS
from evidence_synthesis.review.trials import PRINTED
from evidence_synthesis.storage.files import write_table, write_text

EXPECTED: tuple[type[Exception], ...] = (DataFaults, NothingPublished)


def main(snakemake: Any, log: Log) -> None:
    folder, out = Path(snakemake.params.folder), dict(snakemake.output.items())
    tables, claims = check_review(folder, snakemake.params.names, snakemake.params.named)
    section = snakemake.params.risk_of_bias
    if snakemake.params.as_of:
        tables = as_of(tables, day_of(str(snakemake.params.as_of)))
    for name in (TRIALS, PRINTED):
        rate(tables[name], tables[JUDGEMENTS], load_tools(section), load_tools(section, otherwise=True))
    write_text(Path(out.pop("claims")), json.dumps(claims, ensure_ascii=False, indent=1) + "\n")
    EvidenceState.write(Path(out.pop("evidence_version")), [read_state(folder)[0]])
    EvidenceChange.write(Path(out.pop("evidence_changes")), read_history(folder)[0])
    for name, path in out.items():
        rows = tables[name]
        columns = list(tables[TRIALS][0]) if name == PRINTED else table_columns(folder, name) if not rows else list(rows[0])
        write_table(Path(path), columns, rows)
        log(f"{name}: {len(rows)} rows")
