"""Two states without most of what they have in common: what a comparison asks of them is found in the rest.

Most of a run's tables are as they were, so that reading all of them takes longer than comparing. Lines are compared as text.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.compare.states import BROUGHT
from evidence_synthesis.synthesis.rows.analyses import Membership, PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.synthesis.rows.further import SubgroupResult
from evidence_synthesis.synthesis.rows.results import RowAccount
from evidence_synthesis.synthesis.rows.statements import JudgedClaim

_Lines = dict[str, list[str]]  # of each table, with its heading
_RESULTS = "checked/trials.csv"
_OF_ANALYSES = (PooledResult.FILE, Certainty.FILE, SubgroupResult.FILE, Membership.FILE)  # begin with the id of an analysis
_KINDS = (PooledResult, Certainty, SubgroupResult, Membership, TrialEffect)
_WHOLE = ("checked/treatments.csv", "checked/unusable_results.csv", JudgedClaim.FILE, AuditLine.FILE)


def apart(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The texts of two states (``states.texts_in``) with the analyses that differ, their trials, and rows that differ.

    ``compare`` finds the same in them as in the whole states. Tables that it does not ask are left out. States that this
    version did not write are given back as they are, as are those with line ends within cells.
    """
    lines = _lines(old), _lines(new)
    if not all(map(_as_written, lines)):
        return old, new
    moved = {_first(line) for name in (PooledResult.FILE, Certainty.FILE) for line in _differing(lines, name)}
    changed = {_trial(line) for line in _differing(lines, _RESULTS)}
    pooled = [_of_analyses(some, moved) for some in lines]
    behind = {row for kept in pooled for row in _rows_behind(kept[BROUGHT])}  # of both: a row in one alone would be new, or gone
    rows = [_of_rows(some, behind, changed) for some in lines]
    first, second = (_texts(*kept) for kept in zip((old, new), pooled, rows, strict=True))
    return first, second


def _lines(texts: Mapping[str, str]) -> _Lines:
    names = (_RESULTS, *(kind.FILE for kind in _KINDS), RowAccount.FILE)
    return {name: texts[name].removesuffix("\n").split("\n") for name in names if name in texts}


def _as_written(lines: _Lines) -> bool:
    """Whether all tables are there with the columns of this version, and no cell holds the end of a line."""
    there = _RESULTS in lines and all(kind.FILE in lines for kind in _KINDS)
    return (
        there
        and _cells(lines[_RESULTS][0])[:2] == ["row_id", "trial_id"]
        and all(tuple(_cells(lines[kind.FILE][0])) == kind.columns() for kind in _KINDS)
        and not any(line.count('"') % 2 for some in lines.values() for line in some if '"' in line)
    )


def _differing(lines: tuple[_Lines, _Lines], name: str) -> set[str]:
    """The lines of a table that only one of the states has, without headings."""
    old, new = (set(some[name][1:]) for some in lines)
    return old ^ new


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]), [])


def _first(line: str) -> str:
    return _cells(line)[0] if line.startswith('"') else line.partition(",")[0]


def _trial(line: str) -> str:
    """The second cell, the trial of a row."""
    leading = line.split(",", 2)[:2]
    return _cells(line)[1] if '"' in "".join(leading) else leading[1]


def _of_analyses(lines: _Lines, moved: Collection[str]) -> _Lines:
    """The tables of these analyses, and what their trials bring."""
    kept = {name: _kept(lines[name], lambda line: _first(line) in moved) for name in _OF_ANALYSES}
    at = Membership.columns().index("effect_id")
    brought = {_cells(line)[at] for line in kept[Membership.FILE][1:]}
    return kept | {BROUGHT: _kept(lines[BROUGHT], lambda line: _first(line) in brought)}


def _rows_behind(brought: Sequence[str]) -> Iterator[str]:
    at = TrialEffect.columns().index("row_ids")
    for line in brought[1:]:
        yield from _cells(line)[at].split(";")


def _of_rows(lines: _Lines, behind: Collection[str], changed: Collection[str]) -> _Lines:
    """The rows behind what trials bring, or of changed trials, and what became of them."""
    kept = {_RESULTS: _kept(lines[_RESULTS], lambda line: _first(line) in behind or _trial(line) in changed)}
    if RowAccount.FILE in lines:
        rows = {_first(line) for line in kept[_RESULTS][1:]}
        kept[RowAccount.FILE] = _kept(lines[RowAccount.FILE], lambda line: _first(line) in rows)
    return kept


def _texts(texts: Mapping[str, str], pooled: _Lines, rows: _Lines) -> dict[str, str]:
    whole = {name: texts[name] for name in _WHOLE if name in texts}
    return {**whole, **{name: "\n".join([*lines, ""]) for name, lines in {**pooled, **rows}.items()}}


def _kept(lines: Iterable[str], wanted: Callable[[str], bool]) -> list[str]:
    heading, *rows = lines
    return [heading, *filter(wanted, rows)]
