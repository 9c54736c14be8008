"""What a table says of a trial besides its numbers and a data package has columns for: design, clusters, weeks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from evidence_synthesis.importers.cells import Cells, cleaned, is_missing
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
