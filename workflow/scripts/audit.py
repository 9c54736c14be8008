"""Find values that are valid but not believable, or that contradict each other."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.audit.report import audit, audit_rows
from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.review.trials import as_printed
from evidence_synthesis.storage.files import read_checked


def main(snakemake: Any, log: Log) -> None:
    checked, printed = (read_checked(Path(snakemake.input[name])) for name in ("trials", "printed"))
    findings = audit(as_printed(checked, printed), read_checked(Path(snakemake.input.instruments)))
    AuditLine.write(Path(snakemake.output[0]), audit_rows(findings, checked))
    log(f"{len(findings)} findings")
