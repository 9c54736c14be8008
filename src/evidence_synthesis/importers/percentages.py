"""Percentages of people with an event as counts: the whole number of people that gives what is printed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import as_number, cleaned, is_missing
from evidence_synthesis.importers.mapping import ColumnMap

Lines = Sequence[tuple[int, Mapping[str, Any]]]
_SAYS_SO = re.compile(r"%|percent|per cent|proportion|\brate\b", re.IGNORECASE)
_COUNTS_TOO = re.compile(r"\b(n|no|number|count)\b\W*[(,/]?\W*(%|percent)", re.IGNORECASE)
_SLACK = 1e-9


def _number(cell: object) -> float | None:
    """A percentage as its number; None where there is none."""
    words = cleaned(cell).removesuffix("%").strip()
    try:
        return None if is_missing(words) else as_number(cell if isinstance(cell, float | int) else words, True)
    except ValueError:
        return None


def _pairs(mapping: ColumnMap, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    """Fields of a quantity with the column of each, and the field and column of people of the same arm."""
    for field, column in mapping.columns.items():
        arm = field.removeprefix(prefix)
        people = f"n{arm}"
        if field.startswith(prefix) and people in mapping.columns:
            yield field, column, people, mapping.columns[people]


def _half_unit(cell: object, share: float) -> float:
    """Half a unit of the last printed digit."""
    digits = re.search(r"[.,](\d+)$", cleaned(cell).removesuffix("%").strip())
    return 0.5 * 10.0 ** -(len(digits[1]) if digits and share % 1 else 0)


def counts_of(cell: object, people: float, whole: float) -> list[int]:
    """The whole numbers of people that give a printed share of ``whole`` (100 or 1), the nearest first."""
    share = _number(cell)
    if share is None:
        return []
    exact, slack = share * people / whole, people / whole * 1.01 * _half_unit(cell, share) + _SLACK
    found = range(max(0, math.ceil(exact - slack)), min(math.floor(people), math.floor(exact + slack)) + 1)
    return sorted(found, key=lambda count: abs(count - exact))


def percentages(mapping: ColumnMap, rows: Lines) -> ColumnMap | None:
    """The mapping with columns of events read as percentages where all of them are; None where they are counts.

    They are where a column's name or a cell says so, or where cells have decimals and whole numbers of people give all of them.
    """
    changed: dict[str, str] = {}
    for field, column, _, people in _pairs(mapping, "events"):
        known = [
            (row.get(column), n, s)
            for _, row in rows
            if (s := _number(row.get(column))) is not None and (n := _number(row.get(people))) is not None
        ]
        says = bool(_SAYS_SO.search(column) and not _COUNTS_TOO.search(column)) or any("%" in cleaned(c) for c, _, _ in known)
        whole = 100.0 if max((s for _, _, s in known), default=100.0) > 1 else 1.0
        decimal = any(s % 1 for _, _, s in known) and all(counts_of(c, n, whole) for c, n, _ in known)
        if not known or not (says or decimal):
            return None
        changed[field] = field.replace("events", "percent")
    columns = {changed.get(f, f): c for f, c in mapping.columns.items()}
    return replace(mapping, columns=columns) if changed else None


def counted(lines: Lines, mapping: ColumnMap, notes: list[str]) -> tuple[Lines, ColumnMap]:
    """Lines and mapping with counts in the place of percentages; a share that no whole number gives stays, to be named."""
    pairs = list(_pairs(mapping, "percent"))
    if not pairs:
        return lines, mapping
    shares = [s for _, row in lines for _, column, _, _ in pairs if (s := _number(row.get(column))) is not None]
    whole = 100.0 if max(shares, default=100.0) > 1 else 1.0
    columns, made, several = dict(mapping.columns), [(line, dict(row)) for line, row in lines], 0
    for field, column, _, people in pairs:
        name = f"people with the event by {column!r}"
        columns[field.replace("percent", "events")] = name
        del columns[field]
        for _, row in made:
            share, of = _number(row.get(column)), _number(row.get(people))
            counts = counts_of(row.get(column), of, whole) if of is not None else []
            several += len(counts) > 1
            row[name] = counts[0] if counts else None if share is None else f"{cleaned(row.get(column)).removesuffix('%')}%"
    kind = "percentages" if whole > 1 else "proportions"
    told = f"{', '.join(repr(c) for _, c, _, _ in pairs)}: {kind}, of which the whole number of people that gives each is taken"
    notes.append(told + (f"; {several} fit several, of which the nearest is taken" if several else ""))
    return made, replace(mapping, columns=columns)
