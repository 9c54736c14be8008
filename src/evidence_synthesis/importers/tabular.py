"""Tables of any shape (CSV or XLSX): read, with a mapping guessed or given, to study rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evidence_synthesis.importers import guess as guessing
from evidence_synthesis.importers.both_sides import plain_cells
from evidence_synthesis.importers.cochrane import is_cochrane, is_revman_export
from evidence_synthesis.importers.mapping import ColumnMap, mapping_of
from evidence_synthesis.importers.other_tools import KNOWN, ROBINS, other_tool, tool_of
from evidence_synthesis.importers.packed import unpacked
from evidence_synthesis.importers.relative import in_pairs
from evidence_synthesis.importers.risk_of_bias import Judgements, from_table, is_table
from evidence_synthesis.importers.several_arms import arms_of, one_row_an_arm
from evidence_synthesis.importers.spreadsheet import WHOLE, Table, read_sheet
from evidence_synthesis.review.package import DataFaults, Fault


def read_table(
    path: Path, sheet: str | None = None, header_row: int | None = None, mapping: object = None, encoding: str = ""
) -> Table:
    """Header and numbered rows of a CSV file or of the sheet of a workbook that fits. Raises DataFaults.

    ``mapping`` is a mapping file's content: the header is then the line that has its columns.
    """
    wanted = mapping.get("columns") if isinstance(mapping, dict) else None
    if isinstance(wanted, dict) and wanted:
        names = {str(v) for v in wanted.values()}
        table = read_sheet(path, lambda h: WHOLE * (names <= set(h)) + len(names & set(h)), sheet, header_row, encoding)
        return unpacked(table, names)
    return in_pairs(one_row_an_arm(unpacked(plain_cells(read_sheet(path, _fits, sheet, header_row, encoding)))))


def _fits(header: Sequence[str]) -> float:
    if (arms := arms_of(header)) and len(set(header)) == len(header):
        return WHOLE + sum(map(len, arms.values()))
    return WHOLE + 50 if is_cochrane(header) or is_revman_export(header) or is_table(header) else guessing.fits(header)


def read_any(path: Path, sheet: str | None = None) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    """Header and numbered rows of a CSV file or of a sheet of a workbook. Raises DataFaults."""
    table = read_table(path, sheet)
    return table.header, table.rows


def read_judgements(path: Path, tool: str = "") -> Mapping[str, Judgements]:
    """The judgements of a risk-of-bias table (as robvis takes it) by the name of the study. Raises DataFaults.

    ``tool`` names a tool that is not known by its domains; every column besides the study's is then one of these.
    """
    table = read_sheet(path, lambda h: WHOLE * (bool(tool) or is_table(h)) + len([c for c in h if c]) / 100)
    if not tool and not is_table(table.header):
        raise DataFaults([Fault(path.name, 1, "", ", ".join(table.header), not_known(table.header))])
    return from_table(table.header, table.rows, path.name, tool)


def holds_results(header: Sequence[str]) -> bool:
    """Whether a table of judgements has the results of its studies, too."""
    return guessing.fits(header) >= WHOLE and tool_of(header) in ("", ROBINS)


def not_known(header: Sequence[str]) -> str:
    """What is expected of a table of judgements whose tool is not known."""
    looks = other_tool(header)
    told = f"; this looks like {looks}: say its name with --tool" if looks else "; say the name of another tool with --tool"
    return f"judgements by RoB 2, RoB 1, {', '.join(KNOWN)}: Study, a column for each domain{told}"


def mapped(table: Table, entry: object, file: str, reference: str = "", outcome: str = "") -> ColumnMap:
    """The mapping of a table: as a file's content says it, or guessed from the columns' names. Raises DataFaults."""
    if entry is not None:
        chosen = mapping_of(entry, table.header, file)
        return guessing.checked_reference(replace(chosen, reference=reference or chosen.reference), table.rows)
    return guessing.guess(table.header, table.rows, reference, outcome, table.remarks)
