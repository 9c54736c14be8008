"""Headings of subgroups between the studies of a table, as forest plots print them, as a column of the subgroup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.mapping import STUDY_FIELDS, ColumnMap

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
        return lines, mapping
    made, heading = [], ""
    for i, (line, row) in enumerate(lines):
        if empty[i] and names[i] in found.values():
            heading = names[i]
            continue
        made.append((line, {**row, NAME: heading}))
        heading = "" if i in found else heading
    notes.append(f"lines above subtotals are the names of subgroups: {', '.join(dict.fromkeys(found.values()))}")
    return made, replace(mapping, columns={**mapping.columns, "subgroup": NAME})
