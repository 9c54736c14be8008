"""Differences from a study's first arm, as gemtc's tables have them, as rows of pairs of treatments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.names import NAMES, STUDY_NAMES, plain
from evidence_synthesis.importers.spreadsheet import Table

_ERRORS = ("std_err", "std_error", "se", "sete", "standard_error")


def in_pairs(table: Table) -> Table:
    """The table with a row for each pair, where one row of each study has no ``diff`` and is what the others are compared with.

    Tables of other kinds are handed back as they are.
    """
    names = {plain(h): h for h in reversed(table.header)}
    study = next((names[n] for n in STUDY_NAMES if n in names), None)
    arm = next((names[n] for n in NAMES["arm"] if n in names), None)
    error = next((names[n] for n in _ERRORS if n in names), None)
    if study is None or arm is None or error is None or "diff" not in names:
        return table
    effect, bases = names["diff"], dict[str, str]()
    studies = [cleaned(row.get(study)) for _, row in table.rows]
    for name, (_, row) in zip(studies, table.rows, strict=True):
        if is_missing(row.get(effect)):
            if name in bases:
                return table
            bases[name] = cleaned(row.get(arm))
    if not bases or set(bases) != set(studies):
        return table
    moved = {arm: "treat1", effect: "TE", error: "seTE"}
    rows: list[tuple[int, dict[str, Any]]] = [
        (line, {**_renamed(row, moved), "treat2": bases[name]})
        for name, (line, row) in zip(studies, table.rows, strict=True)
        if not is_missing(row.get(effect))
    ]
    note = f"rows without {effect!r} are the arms that the others of their study are compared with"
    return replace(table, header=[*(moved.get(h, h) for h in table.header), "treat2"], rows=rows, notes=(*table.notes, note))


def _renamed(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(h, h): cell for h, cell in row.items()}
