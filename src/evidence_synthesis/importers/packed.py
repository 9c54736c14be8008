"""Cells that hold several numbers, as in papers: ``5.2 (1.1)``, ``5.2 ± 1.1``, ``5 (3 to 8)``, ``5/40``, ``5 (12.5%)``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.spreadsheet import Table

_NUMBER = r"([-+]?\d+(?:[.,]\d+)?)"
_MEAN_SD = re.compile(rf"{_NUMBER}\s*(?:\(|\u00b1|\+/-|\+-)\s*{_NUMBER}\s*\)?")
_MEDIAN_QUARTILES = re.compile(rf"{_NUMBER}\s*[\[(]\s*{_NUMBER}\s*(?:to|;|,|-)\s*{_NUMBER}\s*[\])]")
_QUARTILES = re.compile(rf"[\[(]?\s*{_NUMBER}\s*(?:to|;|,|-)\s*{_NUMBER}\s*[\])]?")
_MEAN_LIMITS = re.compile(
    rf"{_NUMBER}\s*[\[(]\s*(?:95\s*%\s*CI:?\s*)?{_NUMBER}\s*(?:to|;|,|-)\s*{_NUMBER}\s*[\])]", re.IGNORECASE
)
_EVENTS_OF = re.compile(r"(\d+)\s*(?:/|of|out of|von|de|из)\s*(\d+)(?:\s*\(.*\))?")
_EVENTS_PERCENT = re.compile(r"(\d+)\s*[(\[]\s*\d+(?:[.,]\d+)?\s*%?\s*[)\]]")
_WORDS = re.compile(
    r"[(\[]?\s*(?:\u00b1\s*)?\b(95\s*%\s*CI|mean|sd|median|iqr|q1|q3|events?|total|n\s*/\s*n)\b\s*[)\]]?", re.IGNORECASE
)
_KINDS = (  # what the name must say, what the cells look like, and the quantities in them
    (re.compile(r"mean.*\bsd\b|mean\s*(\u00b1|\+)", re.IGNORECASE), _MEAN_SD, ("mean", "sd")),
    (re.compile(r"(?!.*diff)mean.*\bCI\b", re.IGNORECASE), _MEAN_LIMITS, ("mean", "ci_low", "ci_high")),
    (re.compile(r"median", re.IGNORECASE), _MEDIAN_QUARTILES, ("median", "q1", "q3")),
    (re.compile(r"\biqr\b|quartile", re.IGNORECASE), _QUARTILES, ("q1", "q3")),
    (re.compile(r"%|percent|event|death|respon|\bcases|\bn\b", re.IGNORECASE), _EVENTS_PERCENT, ("events",)),
    (re.compile(r"(?!.*\b(date|year)\b)", re.IGNORECASE), _EVENTS_OF, ("events", "total")),
)


def unpacked(table: Table, kept: Iterable[str] = ()) -> Table:
    """The table with a column for each number of cells that hold several, in the place of theirs; ``kept`` are left."""
    made, left = table, set(kept)
    for header in (h for h in table.header if h not in left):
        values = [(line, row, cleaned(row.get(header))) for line, row in table.rows]
        told = [text for _, _, text in values if not is_missing(text)]
        for name, cell, quantities in _KINDS:
            if (
                told
                and name.search(header.replace("_", " "))
                and sum(cell.fullmatch(t) is not None for t in told) > len(told) / 2
            ):
                made = _with(made, header, cell, quantities)
                break
    return made


def _with(table: Table, header: str, cell: re.Pattern[str], quantities: Sequence[str]) -> Table:
    whose = re.sub(r"[\s/,;:()%]+", " ", _WORDS.sub(" ", header.replace("_", " "))).strip()
    names = [f"{whose} {quantity}".strip() for quantity in quantities]
    if set(names) & set(table.header):
        return table
    rows = [(line, {**row, **dict(zip(names, _parts(row, header, cell, len(names)), strict=True))}) for line, row in table.rows]
    note = f"cells of {header!r} hold {', '.join(quantities)}"
    return replace(table, header=[*(h for h in table.header if h != header), *names], rows=rows, notes=(*table.notes, note))


def _parts(row: Mapping[str, Any], header: str, cell: re.Pattern[str], many: int) -> Iterable[str]:
    """The numbers of a cell; one that looks otherwise stays as it is in the first place, to be named."""
    found = cell.fullmatch(cleaned(row.get(header)))
    return found.groups() if found else [cleaned(row.get(header)), *[""] * (many - 1)]
