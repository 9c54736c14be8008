"""What changed between two states of the results: rows, analyses, certainty and claims."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.compare.causes import Cause, causes
from evidence_synthesis.compare.judge import Judge
from evidence_synthesis.compare.states import State
from evidence_synthesis.conclusions.grade import DOMAINS
from evidence_synthesis.effects import scales

Row = Mapping[str, str]
_CLOSE = 1e-8  # relative: below it two numbers differ by rounding only


@dataclass(frozen=True, slots=True)
class Moved:
    """An analysis that is new, gone or has moved; ``old`` and ``new`` are in words, ``shift`` in standard errors.

    ``rows`` are the changed rows of data behind it, ``causes`` the trials whose effects differ, each with what its change
    alone would have done. Both are empty where settings or method moved it.
    """

    analysis_id: str
    measure: str
    old: str
    new: str
    shift: float
    verdict: str
    rows: tuple[str, ...]
    causes: tuple[Cause, ...]
    tau2_old: float
    tau2_new: float


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
    """How verdict and certainty moved, and which domains of certainty; empty where they did not."""
    parts = []
    for name in ("verdict", "certainty"):
        a, b = (r[name].replace("_", " ") if r else "" for r in (old, new))
        if a != b:
            parts.append(f"{name} {a or 'none'} to {b or 'none'}")
    if old and new:
        moved = [d for d in DOMAINS if old[d] != new[d]]
        parts += [f"{d.replace('_', ' ')} {old[d]} to {new[d]}" for d in moved]
    return ", ".join(parts)


def _key(row: Row) -> tuple[str, str]:
    return row["analysis_id"], row["measure"]


def _shift(a: Row | None, b: Row | None) -> float:
    """How far the estimate moved, in its former standard errors; infinite when the analysis is new or gone."""
    if a is None or b is None:
        return math.inf
    se = float(a["se"]) if a["se"] else math.nan
    was, now = (scales.linear(a["measure"], float(row["estimate"])) for row in (a, b))
    return abs(now - was) / se if se > 0 else math.inf


def _behind(trials: Iterable[Row], changed: frozenset[str]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for trial in trials:
        hit = changed.intersection(trial["row_ids"].split(";"))
        if hit:
            found.setdefault(_key(trial), set()).update(hit)
    return found


def _grouped(trials: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for trial in trials:
        found.setdefault(_key(trial), []).append(trial)
    return found


def _analyses(old: State, new: State, changed: frozenset[str], config: Mapping[str, Any] | None) -> list[Moved]:
    before, after = ({_key(r): r for r in s.table("tables/pooled.csv")} for s in (old, new))
    judged = [{_key(r): r for r in s.table("tables/certainty.csv")} for s in (old, new)]
    trials = [s.trials() for s in (old, new)]
    rows = [_behind(t, changed) for t in trials]
    columns = ("estimate", "ci_low", "ci_high", "tau2", "trials", "participants")
    verdicts = {key: _verdict(judged[0].get(key), judged[1].get(key)) for key in before.keys() | after.keys()}
    keys = [
        key
        for key in sorted(verdicts)
        if verdicts[key]
        or key not in before
        or key not in after
        or not all(_same(before[key][c], after[key][c]) for c in columns)
    ]
    judge = Judge(old, new, config) if config is not None and keys else None
    model = judge.settings.model if judge is not None else None
    why = causes(_grouped(trials[0]), _grouped(trials[1]), keys, judge, model)
    moved = [
        Moved(
            *key,
            _words(before.get(key)),
            _words(after.get(key)),
            _shift(before.get(key), after.get(key)),
            verdicts[key],
            tuple(sorted(rows[0].get(key, set()) | rows[1].get(key, set()))),
            why.get(key, ()),
            *(float(r["tau2"]) if r and r["tau2"] else math.nan for r in (before.get(key), after.get(key))),
        )
        for key in keys
    ]
    return sorted(moved, key=lambda m: (not m.verdict, -m.shift, m.analysis_id))


def _told(row: Row) -> str:
    """The verdict on a statement; results of before December 2026 had an opinion in its place."""
    words = row.get("verdict_words") or row.get("opinion", "")
    return f"{words} ({row['certainty']} certainty)" if row.get("certainty") else words


def _claims(old: Sequence[Row], new: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """Statements whose verdict or certainty differs: id, statement, before and now."""
    before, after = ({c["claim"]: c for c in rows} for rows in (old, new))
    found = []
    for name in dict.fromkeys([*after, *before]):
        was, now = (_told(rows[name]) if name in rows else "not there" for rows in (before, after))
        if was != now:
            found.append((name, (after.get(name) or before[name])["statement"], was, now))
    return found


def compare(old: State, new: State, config: Mapping[str, Any] | None = None) -> Changes:
    """Compare two states of the results; with a config each change alone is judged, too (verdict and certainty)."""
    rows = tuple(_rows(*(s.table("checked/trials.csv") for s in (old, new))))
    analyses = _analyses(old, new, frozenset(r[0] for r in rows), config)
    claims = _claims(*(s.table("tables/claims.csv") for s in (old, new)))
    return Changes(tuple(claims), rows, tuple(analyses))
