"""What was decided about printed values and rows: each decision names the printed value that it presumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass

from evidence_synthesis.review.package import Fault, Place, Row
from evidence_synthesis.review.schema import CELL_DECISIONS, CORRECTED, DECISION_COLUMNS, ROW_DECISIONS

Checks = Mapping[str, Callable[[str], str | None]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one row: cells replaced, and whether and why the row is excluded or kept."""

    values: Mapping[str, str]
    kind: str
    reason: str


def _correction_fault(entry: Row, rows: Mapping[str, Row], checks: Checks) -> list[Fault]:
    """Faults of one decision: unknown row or column, a printed value that is no longer there, an impossible new one."""
    kind, column = entry.cells["kind"], entry.cells["column"]
    row = rows.get(entry.cells["row_id"])
    if row is None:
        return [entry.fault("row_id", "the row_id of a row in results/*.csv")]
    if kind in ROW_DECISIONS:
        cells = ("column", "expected_printed", "value_used")
        return [entry.fault(c, f"nothing: {kind} is about the whole row") for c in cells if entry.cells[c]]
    if column not in checks:
        return [entry.fault("column", "a column of the results or of what their trials say")]
    if row.cells[column] != entry.cells["expected_printed"]:
        now = row.cells[column]
        return [entry.fault("expected_printed", f"{now!r}, which {row.file}, row {row.line} now prints: decide anew")]
    wrong = checks[column](entry.cells["value_used"])
    return [entry.fault("value_used", wrong)] if wrong else []


def _decisions(entries: Iterable[Row]) -> tuple[dict[str, Decision], list[Fault]]:
    decisions: dict[str, Decision] = {}
    faults = []
    for entry in entries:
        cells = entry.cells
        before = decisions.get(cells["row_id"], Decision({}, "", ""))
        if cells["kind"] in CELL_DECISIONS:
            if cells["column"] in before.values:
                faults.append(entry.fault("column", "one decision for each cell"))
            values = {**before.values, cells["column"]: cells["value_used"]}
            decisions[cells["row_id"]] = Decision(values, before.kind, before.reason)
        else:
            if before.kind:
                faults.append(entry.fault("kind", "one decision for each row"))
            decisions[cells["row_id"]] = Decision(before.values, cells["kind"], cells["reason"])
    return decisions, faults


def decided(row: Row, decision: Decision) -> Row:
    """The row with the decision applied and recorded."""
    recorded = {
        CORRECTED: ";".join(sorted(decision.values)),
        DECISION_COLUMNS[0]: decision.kind,
        DECISION_COLUMNS[1]: decision.reason,
    }
    return Row(row.file, row.line, {**row.cells, **decision.values, **recorded})


def judge_decisions(
    entries: Iterable[Row], rows: Mapping[str, Row], whole: bool, checks: Checks, faulty: Set[Place]
) -> tuple[dict[str, Decision], list[Fault], set[str]]:
    """The decisions by row, the faults of the decisions table, and the rows about which no sound decision is known.

    ``rows`` are the results by id, ``whole`` tells whether all could be read, ``checks`` what each column takes.
    """
    faults, sound, doubtful = list[Fault](), list[Row](), set[str]()
    for entry in entries:
        row = rows.get(entry.cells["row_id"])
        about = (row.file, row.line, entry.cells["column"]) if row else None
        if row is None and not whole:
            continue
        spoilt = about in faulty or any((entry.file, entry.line, c) in faulty for c in entry.cells)
        wrong = [] if spoilt else _correction_fault(entry, rows, checks)
        faults += wrong
        if spoilt or wrong:
            doubtful.add(entry.cells["row_id"])
        else:
            sound.append(entry)
    decisions, doubled = _decisions(sound)
    return decisions, faults + doubled, doubtful
