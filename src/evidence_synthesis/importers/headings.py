"""Headings of subgroups between the studies of a table, as forest plots print them, as a column of the subgroup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.mapping import STUDY_FIELDS, TIMES, ColumnMap
from evidence_synthesis.importers.names import EARLY, plain, words_of

Lines = Sequence[tuple[int, Mapping[str, Any]]]
NAME = "the heading above"
_SUBTOTAL = re.compile(r"\s*sub-?\s?total", re.IGNORECASE)


def headed(lines: Lines, mapping: ColumnMap, is_total: Callable[[str], bool], notes: list[str]) -> tuple[Lines, ColumnMap]:
    """Lines and mapping with the subgroup of each study where the table has two headings or more, a subtotal below each.

    A heading is a line with a name and no numbers before studies. Without subtotals such a line may be a study that has none.
    """
    if "subgroup" in mapping.columns or mapping.shape == "long":
        return lines, mapping
    study = mapping.columns["study"]
    held = [c for f, c in mapping.columns.items() if f not in STUDY_FIELDS]
    names = [cleaned(row.get(study)) for _, row in lines]
    empty = [all(is_missing(row.get(c)) for c in held) for _, row in lines]
    found: dict[int, str] = {}
    heading, inside = "", False
    for i, name in enumerate(names):
        if empty[i] and name and not is_total(name):
            heading, inside = name, False
        elif _SUBTOTAL.match(name) and inside and heading:
            found[i] = heading
            heading = ""
        elif not is_total(name):
            inside = True
    if len(set(found.values())) < 2:
        return _outcomes_below(lines, mapping, names, empty, is_total, notes)
    made, heading = [], ""
    for i, (line, row) in enumerate(lines):
        if empty[i] and names[i] in found.values():
            heading = names[i]
            continue
        made.append((line, {**row, NAME: heading}))
        heading = "" if i in found else heading
    notes.append(f"lines above subtotals are the names of subgroups: {', '.join(dict.fromkeys(found.values()))}")
    return made, replace(mapping, columns={**mapping.columns, "subgroup": NAME})


def _outcomes_below(
    lines: Lines,
    mapping: ColumnMap,
    names: Sequence[str],
    empty: Sequence[bool],
    is_total: Callable[[str], bool],
    notes: list[str],
) -> tuple[Lines, ColumnMap]:
    """Lines and mapping with the outcome that stands above, where studies come back below a second line without numbers."""
    starts = [i for i, name in enumerate(names) if empty[i] and name and not is_total(name)]
    if "analysis" in mapping.columns or len(starts) < 2 or starts[0] != 0:
        return lines, mapping
    parts = [(a, range(a + 1, b)) for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
    parts = [(a, inside) for a, inside in parts if any(not empty[i] for i in inside)]
    studies = [{names[i] for i in inside if not empty[i] and names[i] and not is_total(names[i])} for _, inside in parts]
    again = any(one & other for i, one in enumerate(studies) for other in studies[i + 1 :])
    if len(parts) < 2 or not again or any(names[a] in inside for a, _ in parts for inside in studies):
        return lines, mapping
    notes.append(f"lines above studies that stand several times are the analyses: {', '.join(names[a] for a, _ in parts)}")
    made = [(lines[i][0], {**lines[i][1], NAME: names[a]}) for a, inside in parts for i in inside]
    return made, replace(mapping, columns={**mapping.columns, "analysis": NAME})


def filled_down(lines: Lines, mapping: ColumnMap, is_total: Callable[[str], bool], notes: list[str]) -> Lines:
    """The lines with the analysis and subgroup that stands above, where merged cells leave it at the first study only."""
    study = mapping.columns["study"]
    for field in ("analysis", "subgroup"):
        column = mapping.columns.get(field)
        if column is None:
            continue
        at = [i for i, (_, row) in enumerate(lines) if not is_total(cleaned(row.get(study)))]
        told = [cleaned(lines[i][1].get(column)) for i in at]
        named = [name for name in told if name]
        if len(named) == len(told) or not told or not told[0] or len(set(named)) < len(named):
            continue
        name, made = "", list(lines)
        for i, (line, row) in enumerate(lines):
            name = cleaned(row.get(column)) or name
            made[i] = (line, {**row, column: name})
        lines = made
        notes.append(f"empty cells of {column!r} are taken for what stands above: {', '.join(named)}")
    return lines


def without_beginning(lines: Lines, mapping: ColumnMap, notes: list[str]) -> Lines:
    """The lines without those at the beginning of studies that stand at later times, too: baseline values are no results."""
    column = mapping.columns.get("subgroup", "")
    if plain(column) not in TIMES:
        return lines
    study = mapping.columns["study"]
    first = [_at_beginning(cleaned(row.get(column))) for _, row in lines]
    later = {cleaned(row.get(study)) for (_, row), is_first in zip(lines, first, strict=True) if not is_first}
    left = [
        (line, row) for (line, row), is_first in zip(lines, first, strict=True) if is_first and cleaned(row.get(study)) in later
    ]
    if left:
        told = ", ".join(dict.fromkeys(cleaned(row.get(column)) for _, row in left))
        notes.append(f"{len(left)} rows of the beginning ({column}: {told}) are no results and are left out")
    gone = {line for line, _ in left}
    return [(line, row) for line, row in lines if line not in gone]


def _at_beginning(time: str) -> bool:
    words = words_of(time)
    return bool(words) and (
        set(words) <= EARLY or re.fullmatch(r"(t|week|month|day|time|visit)?\W*0(\.0+)?", time.lower()) is not None
    )
