"""What changed between two states of the results: rows, analyses, certainty and claims; flipped claims come first."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence_synthesis import wording

Row = Mapping[str, str]
_CLOSE = 1e-8  # relative: below it two numbers differ by rounding only
MOST = 200  # analyses that a text lists


@dataclass(frozen=True, slots=True)
class Moved:
    """An analysis that is new, gone or has moved; ``old`` and ``new`` are in words, ``shift`` in standard errors."""

    analysis_id: str
    measure: str
    old: str
    new: str
    shift: float
    verdict: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between two results folders."""

    claims: tuple[tuple[str, str, str, str], ...]
    rows: tuple[tuple[str, str, str], ...]
    analyses: tuple[Moved, ...]

    @property
    def nothing(self) -> bool:
        """Whether the two states are the same in rows, analyses and claims."""
        return not (self.claims or self.rows or self.analyses)


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: is {folder} a results folder?")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _rows(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    """Rows of trials that were added, removed, or changed, with the cells that did."""
    before, after = {r["row_id"]: r for r in old}, {r["row_id"]: r for r in new}
    for row_id in sorted(before.keys() | after.keys()):
        if row_id not in before:
            yield row_id, "added", ""
        elif row_id not in after:
            yield row_id, "removed", ""
        elif before[row_id] != after[row_id]:
            a, b = before[row_id], after[row_id]
            cells = [f"{c}: {a.get(c, '')!r} to {b.get(c, '')!r}" for c in sorted(a.keys() | b.keys()) if a.get(c) != b.get(c)]
            yield row_id, "changed", "; ".join(cells)


def _same(a: str, b: str) -> bool:
    if a == b:
        return True
    try:
        return math.isclose(float(a), float(b), rel_tol=_CLOSE, abs_tol=1e-12)
    except ValueError:
        return False


def _words(row: Row | None) -> str:
    if row is None:
        return "none"
    values = [float(row[c]) for c in ("estimate", "ci_low", "ci_high")]
    return f"{wording.effect_with_interval(row['measure'], *values)}, {wording.count(int(row['trials']), 'trial')}"


def _verdict(old: Row | None, new: Row | None) -> str:
    """How verdict and certainty moved; empty where they did not."""
    parts = []
    for name in ("verdict", "certainty"):
        a, b = (r[name].replace("_", " ") if r else "" for r in (old, new))
        if a != b:
            parts.append(f"{name} {a or 'none'} to {b or 'none'}")
    return ", ".join(parts)


def _key(row: Row) -> tuple[str, str]:
    return row["analysis_id"], row["measure"]


def _shift(a: Row | None, b: Row | None) -> float:
    """How far the estimate moved, in its former standard errors; infinite when the analysis is new or gone."""
    if a is None or b is None:
        return math.inf
    se = float(a["se"]) if a["se"] else math.nan
    scale = (lambda v: math.log(v)) if a["measure"] in ("RR", "HR", "OR") else (lambda v: v)
    return abs(scale(float(b["estimate"])) - scale(float(a["estimate"]))) / se if se > 0 else math.inf


def _behind(trials: Iterable[Row], changed: frozenset[str]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for trial in trials:
        hit = changed.intersection(trial["row_ids"].split(";"))
        if hit:
            found.setdefault(_key(trial), set()).update(hit)
    return found


def _analyses(old: Path, new: Path, changed: frozenset[str]) -> list[Moved]:
    before, after = ({_key(r): r for r in _table(f, "tables/pooled.csv")} for f in (old, new))
    judged = [{_key(r): r for r in _table(f, "tables/certainty.csv")} for f in (old, new)]
    causes = [_behind(_table(f, "tables/analysis_trials.csv"), changed) for f in (old, new)]
    moved = []
    for key in sorted(before.keys() | after.keys()):
        a, b = before.get(key), after.get(key)
        verdict = _verdict(judged[0].get(key), judged[1].get(key))
        columns = ("estimate", "ci_low", "ci_high", "tau2", "trials", "participants")
        if a is not None and b is not None and not verdict and all(_same(a[c], b[c]) for c in columns):
            continue
        rows = tuple(sorted(causes[0].get(key, set()) | causes[1].get(key, set())))
        moved.append(Moved(*key, _words(a), _words(b), _shift(a, b), verdict, rows))
    return sorted(moved, key=lambda m: (not m.verdict, -m.shift, m.analysis_id))


def compare(old: Path, new: Path) -> Changes:
    """Compare two results folders. Raises FileNotFoundError when one of them is no results folder."""
    rows = tuple(_rows(*(_table(f, "checked/trials.csv") for f in (old, new))))
    analyses = _analyses(old, new, frozenset(r[0] for r in rows))
    before, after = ({c["claim"]: c for c in _table(f, "tables/claims.csv")} for f in (old, new))
    claims = []
    for name in sorted(before.keys() | after.keys()):
        a, b = (c.get(name, {"opinion": "not there", "statement": ""}) for c in (before, after))
        if a["opinion"] != b["opinion"]:
            claims.append((name, b["statement"] or a["statement"], a["opinion"], b["opinion"]))
    return Changes(tuple(claims), rows, tuple(analyses))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def markdown(changes: Changes) -> str:
    """The changes as Markdown, for a pull request or a file."""
    if changes.nothing:
        return "# What changed\n\nNothing: rows, analyses and claims are the same.\n"
    lines = ["# What changed", ""]
    lines += [
        f"{wording.count(len(changes.claims), 'claim')} flipped, {wording.count(len(changes.rows), 'row')} differ, "
        f"{wording.count(len(changes.analyses), 'analysis', 'analyses')} moved.",
        "",
    ]
    if changes.claims:
        lines += ["## Claims whose verdict flipped", "", "| claim | statement | was | is |", "|---|---|---|---|"]
        lines += [f"| {_cell(n)} | {_cell(s)} | {a} | **{b}** |" for n, s, a, b in changes.claims] + [""]
    if changes.rows:
        lines += ["## Rows", "", "| row | | cells |", "|---|---|---|"]
        lines += [f"| {_cell(r)} | {what} | {_cell(cells)} |" for r, what, cells in changes.rows] + [""]
    if changes.analyses:
        lines += ["## Analyses", "", "Those whose verdict or certainty changed first, then by shift in standard errors.", ""]
        lines += ["| analysis | was | is | shift | verdict | because of |", "|---|---|---|---|---|---|"]
        for m in changes.analyses[:MOST]:
            shift = f"{m.shift:.2f}" if math.isfinite(m.shift) else ""
            cause = ", ".join(m.rows) or "no row of it changed (settings or method)"
            lines.append(f"| {m.analysis_id} ({m.measure}) | {m.old} | {m.new} | {shift} | {m.verdict} | {_cell(cause)} |")
        if len(changes.analyses) > MOST:
            lines.append(f"\n{len(changes.analyses) - MOST} further analyses are not listed.")
    return "\n".join(lines).rstrip("\n") + "\n"
