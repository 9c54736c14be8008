"""Three arms or more side by side, each under its own name, as a table with one row for each arm."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import is_missing
from evidence_synthesis.importers.names import meaning_of
from evidence_synthesis.importers.spreadsheet import Table

ARM = "arm"
_QUANTITIES = {  # names of a table with one row an arm, by the words at the end or the beginning of a column's name
    "events": r"events?|cases|deaths?|responders?|r",
    "n": r"n|total|sample ?size|participants|patients",
    "mean": r"mean",
    "sd": r"sd|std\.? ?dev\.?",
    "se": r"sem?",
    "median": r"median",
    "q1": r"q1",
    "q3": r"q3",
}
_WHOLE = ({"events", "n"}, {"mean", "sd", "n"}, {"mean", "se", "n"}, {"median", "q1", "q3", "n"})
_GAP = r"[\s_.,:;()\-]+"
_TIME = re.compile(r"\b(weeks?|months?|days?|years?|baseline|pre|post|final|change|follow-?up|t\d)\b", re.IGNORECASE)


def _cut(header: str) -> tuple[str, str] | None:
    """The arm and the quantity that a column's name tells; None where it tells none."""
    for quantity, words in _QUANTITIES.items():
        for pattern in (rf"(?P<arm>.+?){_GAP}(?:{words})[\s)]*", rf"(?:{words}){_GAP}(?P<arm>.+?)[\s)]*"):
            if found := re.fullmatch(pattern, header.strip(), re.IGNORECASE):
                return found["arm"].strip(" _.,:;(-"), quantity
    return None


def arms_of(header: Sequence[str]) -> dict[str, dict[str, str]]:
    """The columns of each of three arms or more, by quantity; empty where a table has no such arms.

    Outcomes or times that stand beside each other, each with two arms, are no arms.
    """
    found: dict[str, dict[str, str]] = {}
    for name in header:
        if (told := _cut(name)) and not meaning_of(name).measure:
            found.setdefault(told[0], {}).setdefault(told[1], name)
    arms = {arm: columns for arm, columns in found.items() if any(whole <= columns.keys() for whole in _WHOLE)}
    names = list(arms)
    if len(names) < 3 or len({frozenset(c) for c in arms.values()}) != 1 or any(map(_TIME.search, names)) or _crossed(names):
        return {}
    return {} if sum(meaning_of(name).side == "c" for name in names) > 1 or all(n.isdigit() for n in names) else arms


def _crossed(names: Sequence[str]) -> bool:
    """Whether names are those of outcomes, each with the same groups: pain yoga, pain rest, sleep yoga, sleep rest."""
    words = [re.split(r"[\s_.\-]+", name) for name in names]
    for cut in range(1, max(map(len, words))):
        first, last = ({tuple(w[:cut]) for w in words}, {tuple(w[cut:]) for w in words})
        if len(first) > 1 and len(last) > 1 and len(first) * len(last) == len(names):
            return True
    return False


def one_row_an_arm(table: Table) -> Table:
    """The table with a row for each arm, where three or more stand side by side; others are handed back as they are."""
    arms = arms_of(table.header)
    if not arms or ARM in table.header:
        return table
    gone = {column for columns in arms.values() for column in columns.values()}
    kept = [h for h in table.header if h not in gone]
    quantities = list(next(iter(arms.values())))

    def cells(row: Mapping[str, Any], arm: str) -> dict[str, Any]:
        return {**{h: row.get(h) for h in kept}, ARM: arm, **{q: row.get(arms[arm][q]) for q in quantities}}

    rows = [
        (line, cells(row, arm))
        for line, row in table.rows
        for arm in arms
        if not all(is_missing(row.get(column)) for column in arms[arm].values())
    ]
    note = f"columns of {len(arms)} arms stand side by side: {', '.join(arms)}"
    return replace(table, header=[*kept, ARM, *quantities], rows=rows, notes=(*table.notes, note))
