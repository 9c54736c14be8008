"""Faults as people read them: alike ones in one line with their rows, and what to paste for a treatment that is new."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from evidence_synthesis.review.package import IDENTIFIER, Fault, nearest
from evidence_synthesis.storage.files import csv_text

_ALIKE = 3  # faults of one column and one remedy from which they are told together
_VALUES = 3  # of them that are shown
_COLUMNS, _CELLS = 3, 10  # columns and cells of a file with one remedy from which all columns stand in one line
_ARMS = ("treatment", "comparator")


def row_words(rows: Iterable[int]) -> str:
    """Numbers of rows, runs of them joined.

    >>> row_words([2, 3, 4, 9])
    '2-4, 9'
    """
    ordered = sorted(set(rows))
    runs = [[r for _, r in run] for _, run in groupby(enumerate(ordered), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def fault_lines(faults: Sequence[Fault]) -> list[str]:
    """Each fault as a line; three or more of one column with one remedy are one line with their rows.

    Where a whole file has one thing wrong, such as decimal commas, its columns stand in one line, too.
    """
    remedies: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        remedies.setdefault((fault.file, fault.expected), []).append(fault)
    alike: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        same = remedies[fault.file, fault.expected]
        columns = list(dict.fromkeys(f.column for f in same))
        column = ", ".join(columns) if len(columns) >= _COLUMNS and len(same) >= _CELLS else fault.column
        alike.setdefault((fault.file, column, fault.expected), []).append(fault)
    lines: list[str] = []
    for (file, column, expected), inside in alike.items():
        if len(inside) < _ALIKE or not all(f.row for f in inside) or file.endswith((".yaml", ".yml", ".json")):
            lines += map(str, inside)
            continue
        values = list(dict.fromkeys(repr(f.value[:60]) for f in inside))
        found = ", ".join(values[:_VALUES]) + (f" and {len(values) - _VALUES} more" if len(values) > _VALUES else "")
        where = f"{file}, rows {row_words(f.row for f in inside)}"
        where += f", {'columns' if ', ' in column else 'column'} {column}" if column else ""
        lines.append(f"{where}: found {found}; expected {expected}")
    return lines


def _treatments(directory: Path) -> list[str]:
    try:
        text = (directory / "treatments.csv").read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return []
    return [cells[0] for cells in csv.reader(io.StringIO(text)) if cells][1:]


def new_treatments(faults: Iterable[Fault], directory: Path) -> Iterator[str]:
    """For treatments that results name and ``treatments.csv`` does not: the lines to paste, if they are new ones.

    None for a name that looks like one which is there, and that its fault names.
    """
    known = _treatments(directory)
    named = [f.value for f in faults if f.column in _ARMS and known]
    new = [v for v in dict.fromkeys(named) if IDENTIFIER.fullmatch(v) and v not in known and not nearest(v, known)]
    if not new:
        return
    yield (
        "If new, these lines belong in treatments.csv, with class and family of your own "
        "(columns treatment_id,label,class,family,components):"
    )
    for name in new:
        label = name.replace("_", " ").capitalize()
        cells = {"id": name, "label": label, "class": "CLASS", "family": name, "components": ""}
        yield "  " + csv_text(list(cells), [cells]).split("\n")[1]
