"""The table of what the audit found, and which results it leaves in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.audit.lines import DOUBT, ERROR, SEVERITIES
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import TableRow


@dataclass(frozen=True, slots=True)
class AuditLine(TableRow):
    """A finding of the audit, numbered; ``decision`` tells what the review decided about its rows, if anything."""

    FILE: ClassVar[str] = "tables/audit.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"severity": SEVERITIES}

    finding: int
    rule: str
    kind: str
    severity: str
    trial_id: str
    study: str
    rows: tuple[str, ...]
    evidence: str
    decision: str


def doubtful_rows(table: Iterable[AuditLine], checked: Iterable[Cells]) -> frozenset[str]:
    """Rows with an error or a doubt in the audit table that no replaced cell has settled."""
    settled = {r["row_id"] for r in checked if r["corrected_columns"]}
    named = {i for f in table if f.severity in (ERROR, DOUBT) for i in f.rows}
    return frozenset(named - settled)
