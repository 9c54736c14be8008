"""What a table says of a trial besides its numbers and a data package has columns for: design, clusters, weeks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import Cells, as_number, cleaned, is_missing
from evidence_synthesis.importers.names import plain
from evidence_synthesis.importers.rows import StudyRow

FACTS = ("design", "icc", "cluster_size", "weeks")
_DESIGNS = (
    (re.compile(r"cross[ -]?over.*first period", re.IGNORECASE), "crossover, first period"),
    (re.compile(r"cross[ -]?over", re.IGNORECASE), "crossover"),
    (re.compile(r"cluster|group[ -]randomi", re.IGNORECASE), "cluster"),
    (re.compile(r"factorial", re.IGNORECASE), "factorial"),
    (re.compile(r"parallel|rct|randomi[sz]ed", re.IGNORECASE), "parallel"),
)


def design_of(words: str) -> str:
    """The design that words tell; empty where they tell none that is known."""
    return next((name for pattern, name in _DESIGNS if pattern.search(words)), "")


def facts_of(row: Mapping[str, Any], columns: Mapping[str, str], line: int, cells: Cells) -> tuple[tuple[str, str], ...]:
    """The facts of a row as pairs of a column of the package and its cell."""
    told = []
    for field in (f for f in FACTS if f in columns and not is_missing(row.get(columns[f]))):
        if field == "design":
            said = design_of(cleaned(row.get(columns[field])))
        else:
            value = cells.number(row.get(columns[field]), line, columns[field])
            said = "" if value is None or value < 0 else f"{value:.12g}"
        told += [(field, said)] if said else []
    return tuple(told)


def own_columns_in(header: Iterable[str], own: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The columns of a table that are a review's own: called as its settings call them, by name or label."""
    names = list(header)
    called = {name: (plain(name), plain(str(entry.get("label", "")))) for name, entry in own.items()}
    return {name: column for name, words in called.items() if (column := next((h for h in names if plain(h) in words), ""))}


def with_own(
    rows: Iterable[StudyRow],
    table: Sequence[tuple[int, Mapping[str, Any]]],
    found: Mapping[str, str],
    own: Mapping[str, Mapping[str, Any]],
    comma: bool,
) -> list[StudyRow]:
    """Study rows with the cells of a review's own columns that were ``found`` in the table (``own_columns_in``).

    Numbers are written with a point; other cells stay as they are, so that the review's check judges them.
    """
    cells, made = dict(table), []
    for row in rows:
        line = cells.get(row.line, {})
        told = [(n, _cell(line.get(c), bool(own[n].get("number")), comma)) for n, c in found.items()]
        made.append(replace(row, facts=(*row.facts, *((n, value) for n, value in told if value))))
    return made


def _cell(value: object, number: bool, comma: bool) -> str:
    if is_missing(value):
        return ""
    try:
        return f"{as_number(value, comma):.12g}" if number else cleaned(value)
    except ValueError:
        return cleaned(value)


def designs_told(rows: Iterable[StudyRow]) -> list[str]:
    """What is said of trials that are not of parallel groups, which an import pools as if they were."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        design = dict(row.facts).get("design", "")
        if design in ("crossover", "cluster"):
            found.setdefault(design, {})[row.study] = None
    return [
        f"{', '.join(list(studies)[:8])}: {design} trials, pooled here like parallel groups; in a package they keep their design"
        for design, studies in found.items()
    ]
