"""Cells that hold the same number of both arms, ``12/20`` below ``Events (T/C)``, and numbers with their unit, as plain cells."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.mapping import TIMES
from evidence_synthesis.importers.names import meaning_of, plain
from evidence_synthesis.importers.spreadsheet import Table

_PAIR = re.compile(
    r"(?P<what>.*?)[\s_]*[(\[（]?\s*(?P<one>[^\s(/\[（）]+)\s*(?:/|\bvs?\b\.?|\bversus\b|:)\s*(?P<two>[^\s)/\]（）]+)\s*[)\]）]?\s*"
)
_BOTH = re.compile(r"(?P<one>[^/]*\d[^/]*?)\s*(?:/|\bvs?\b\.?|\bversus\b)\s*(?P<two>[^/]*\d[^/]*)")
_UNIT = re.compile(r"([-+]?\d+(?:[.,]\d+)?)\s*([A-Za-z\u00b5\u00b0\u03bc][A-Za-z/\u00b2\u00b3\u00b7^0-9.\-]+)")


def plain_cells(table: Table) -> Table:
    """The table with a column for each arm where cells hold both, and without units behind numbers; else as it is."""
    for header in table.header:
        table = _without_units(_apart(table, header), header)
    return table


def _apart(table: Table, header: str) -> Table:
    pair = _PAIR.fullmatch(header)
    sides = [meaning_of(pair[name]) for name in ("one", "two")] if pair else []
    if pair is None or {m.side for m in sides} != {"t", "c"} or any(m.quantity or m.rest for m in sides):
        return table
    names = [f"{pair['what']} {pair[name]}".strip() for name in ("one", "two")]
    cells = [c for _, row in table.rows if not is_missing(c := cleaned(row.get(header)))]
    if not cells or sum(_BOTH.fullmatch(c) is not None for c in cells) <= len(cells) / 2 or set(names) & set(table.header):
        return table
    rows = []
    for line, row in table.rows:
        found = _BOTH.fullmatch(cleaned(row.get(header)))
        told = [found["one"].strip(), found["two"].strip()] if found else [cleaned(row.get(header)), ""]
        rows.append((line, {**{k: v for k, v in row.items() if k != header}, **dict(zip(names, told, strict=True))}))
    listed = [n for h in table.header for n in (names if h == header else [h])]
    note = f"cells of {header!r} hold both arms, first {pair['one']}, then {pair['two']}"
    return replace(table, header=listed, rows=rows, notes=(*table.notes, note))


def _without_units(table: Table, header: str) -> Table:
    if header not in table.header or not meaning_of(header).quantity or plain(header) in TIMES:
        return table
    cells = [c for _, row in table.rows if not is_missing(c := cleaned(row.get(header)))]
    found = [m for m in map(_UNIT.fullmatch, cells) if m]
    units = Counter(m[2] for m in found)
    if len(units) != 1 or len(found) <= len(cells) / 2:
        return table
    rows = [
        (line, {**row, header: m[1]} if (m := _UNIT.fullmatch(cleaned(row.get(header)))) else row) for line, row in table.rows
    ]
    note = f"the unit {next(iter(units))!r} behind the numbers of {header!r} is taken off"
    return replace(table, rows=rows, notes=(*table.notes, note))
