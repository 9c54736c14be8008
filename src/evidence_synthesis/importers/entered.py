"""Which measure the effects of a table are that stand beside the arms they come from, as ``escalc`` of metafor writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.effects.formulas import NotEstimable
from evidence_synthesis.importers.cells import Cells
from evidence_synthesis.importers.mapping import ColumnMap
from evidence_synthesis.importers.measures import BY_NAME
from evidence_synthesis.importers.rows import NUMBERS, SPREAD_FIELDS, StudyRow

_TRIED = ("RR", "OR", "RD", "Peto OR", "MD", "SMD")
_NEAR = 2e-3  # of the effect: tables are rounded, and the correction of a standardised difference has two common formulas


def _row(line: int, row: Mapping[str, Any], mapping: ColumnMap) -> StudyRow:
    cells = Cells("")
    made = cells.row(row, line, {f: c for f, c in mapping.columns.items() if f in NUMBERS or f in SPREAD_FIELDS})
    people: dict[str, Any] = {}
    for side in ("t", "c"):
        column, events = mapping.columns.get(f"none_{side}"), getattr(made, f"events_{side}")
        if column and getattr(made, f"n_{side}") is None and events is not None:
            none = cells.number(row.get(column), line, column)
            people[f"n_{side}"] = None if none is None else events + none
    return replace(made, **people)


def measure_of_entered(mapping: ColumnMap, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
    """The measure by which the arms of most rows give the entered effects; empty where none does."""
    made = [row for line, cells in rows if (row := _row(line, cells, mapping)).given is not None and row.arms is not None]
    for name in _TRIED:
        measure, same = BY_NAME[name], 0
        for row in made:
            if not measure.possible(row):
                continue
            try:
                effects = [e.yi for e in measure.effects(row)]
            except NotEstimable:
                continue
            given = row.given if row.given is not None else 0.0
            same += any(abs(yi - given) <= _NEAR * max(abs(given), 0.5) for yi in effects)
        if same and same > len(made) / 2:
            return name
    return ""
