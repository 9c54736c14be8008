"""What changed between two states of the results: rows, analyses, certainty and claims."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.compare.causes import causes
from evidence_synthesis.compare.folding import Nesting, folded, headlines
from evidence_synthesis.compare.judge import Judge
from evidence_synthesis.compare.moved import Moved
from evidence_synthesis.compare.news import doubts_about, new_rows, unused
from evidence_synthesis.compare.sentences import Naming, trial_sentences
from evidence_synthesis.compare.states import State
from evidence_synthesis.conclusions.grade import DOMAINS
from evidence_synthesis.effects import scales
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.synthesis.rows.statements import JudgedClaim

_CLOSE = 1e-8  # relative: below it two numbers differ by rounding only


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between two results folders.

    ``doubts`` is what the audit says of new and changed rows and did not say before, ``unused`` which of them no analysis
    uses and why, ``trials`` three sentences for each changed trial, ``headlines`` the moved analyses that the review draws,
    in words. ``kept`` are the
    analyses without those that only repeat another (all comparators together, part of the people, SMD beside MD), each with
    how many repeat it.
    """

    claims: tuple[tuple[str, str, str, str], ...]
    rows: tuple[tuple[str, str, str], ...]
    analyses: tuple[Moved, ...]
    doubts: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    kept: tuple[tuple[Moved, int], ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the two states are the same in rows, analyses and claims."""
        return not (self.claims or self.rows or self.analyses)


def _rows(old: Sequence[Cells], new: Sequence[Cells]) -> Iterator[tuple[str, str, str]]:
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


def _same(a: float | None, b: float | None) -> bool:
    return a == b if a is None or b is None else math.isclose(a, b, rel_tol=_CLOSE, abs_tol=1e-12)


_MOVES = attrgetter("estimate", "ci_low", "ci_high", "tau2", "trials", "participants")


def _moved(before: PooledResult, after: PooledResult) -> bool:
    return not all(map(_same, _MOVES(before), _MOVES(after)))


def _units(config: Mapping[str, Any] | None) -> Mapping[str, str]:
    """The unit of mean differences by outcome, empty for points; without a config none is known."""
    return {} if config is None else {o.outcome: o.own_unit("MD") for o in load_settings(config).outcomes}


def _words(row: PooledResult | None, unit: str) -> str:
    if row is None:
        return "none"
    effect = wording.fit_to_print(row.measure, *row.effect, unit=unit) + wording.in_unit(row.measure, unit)
    return f"{effect}, {wording.count(row.trials, 'trial')}"


def finding_of(row: Certainty) -> str:
    """What a result says, in the words of pages and documents; a verdict of another version in its own."""
    known = row.verdict in wording.FINDINGS and row.certainty in wording.CERTAINTIES
    return wording.finding(row.verdict, row.certainty) if known else row.verdict.replace("_", " ")


def _verdict(old: Certainty | None, new: Certainty | None) -> str:
    """How verdict and certainty moved, and which domains of certainty; empty where they did not."""
    if old is None or new is None:  # an analysis that is new, or gone
        now = f'says "{finding_of(new)}", certainty {new.certainty}' if new else ""
        return now or (f'said "{finding_of(old)}"' if old else "")
    parts = []
    if old.verdict != new.verdict:
        parts.append(f'says "{finding_of(new)}", before "{finding_of(old)}"')
    if old.certainty != new.certainty:
        parts.append(f"certainty {old.certainty} to {new.certainty}".replace("_", " "))
    moved = [d for d in DOMAINS if old.rating(d) != new.rating(d)]
    parts += [f"{d.replace('_', ' ')} {old.rating(d)} to {new.rating(d)}" for d in moved]
    return ", ".join(parts)


def _shift(a: PooledResult | None, b: PooledResult | None) -> float:
    """How far the estimate moved, in its former standard errors; infinite when the analysis is new or gone."""
    if a is None or b is None:
        return math.inf
    was, now = (scales.linear(a.measure, row.estimate) for row in (a, b))
    return abs(now - was) / a.se if a.se > 0 else math.inf


def _tau2(row: PooledResult | None) -> float:
    """The variance between the trials of an analysis; NaN where there is none."""
    return math.nan if row is None else number_of(row.tau2)


def _behind(trials: Iterable[AnalysisTrial], changed: frozenset[str]) -> dict[Key, set[str]]:
    found: dict[Key, set[str]] = {}
    for trial in trials:
        hit = changed.intersection(trial.row_ids)
        if hit:
            found.setdefault(trial.key, set()).update(hit)
    return found


def _grouped(trials: Iterable[AnalysisTrial]) -> dict[Key, list[AnalysisTrial]]:
    found: dict[Key, list[AnalysisTrial]] = {}
    for trial in trials:
        found.setdefault(trial.key, []).append(trial)
    return found


def _analyses(old: State, new: State, changed: frozenset[str], config: Mapping[str, Any] | None) -> list[Moved]:
    before, after = by_key(old.pooled), by_key(new.pooled)
    judged = [by_key(s.certainty) for s in (old, new)]
    rows = [_behind(s.trials, changed) for s in (old, new)]
    verdicts = {key: _verdict(judged[0].get(key), judged[1].get(key)) for key in before.keys() | after.keys()}
    keys = [
        key
        for key in sorted(verdicts)
        if verdicts[key] or key not in before or key not in after or _moved(before[key], after[key])
    ]
    judge = Judge(old, new, config) if config is not None and keys else None
    model = judge.settings.model if judge is not None else None
    why = causes(_grouped(old.trials), _grouped(new.trials), keys, judge, model)
    units, found = _units(config), before | after
    of = {key: units.get(found[key].outcome, wording.UNKNOWN_UNIT) for key in keys}
    moved = [
        Moved(
            *key,
            _words(before.get(key), of[key]),
            _words(after.get(key), of[key]),
            _shift(before.get(key), after.get(key)),
            verdicts[key],
            tuple(sorted(rows[0].get(key, set()) | rows[1].get(key, set()))),
            why.get(key, ()),
            tau2_old=_tau2(before.get(key)),
            tau2_new=_tau2(after.get(key)),
            unit=of[key],
        )
        for key in keys
    ]
    return sorted(moved, key=lambda m: (not m.verdict, -m.shift, m.analysis_id))


def _told(claim: JudgedClaim) -> str:
    """The verdict on a statement, with its certainty."""
    return f"{claim.verdict_words} ({claim.certainty} certainty)" if claim.certainty else claim.verdict_words


def _claims(old: Sequence[JudgedClaim], new: Sequence[JudgedClaim]) -> list[tuple[str, str, str, str]]:
    """Statements whose verdict or certainty differs: id, statement, before and now."""
    before, after = ({c.claim: c for c in rows} for rows in (old, new))
    found = []
    for name in dict.fromkeys([*after, *before]):
        was, now = (_told(rows[name]) if name in rows else "not there" for rows in (before, after))
        if was != now:
            found.append((name, (after.get(name) or before[name]).statement, was, now))
    return found


def compare(old: State, new: State, config: Mapping[str, Any] | None = None) -> Changes:
    """Compare two states of the results; with a config each change alone is judged, too (verdict and certainty)."""
    rows = tuple(_rows(old.rows, new.rows))
    analyses = _analyses(old, new, frozenset(r[0] for r in rows), config)
    claims = _claims(old.claims, new.claims)
    changed = new_rows(old.rows, new.rows)
    known = set(doubts_about(old.audit, changed))
    doubts = [words for words in doubts_about(new.audit, changed) if words not in known]
    kept = folded(analyses, Nesting.of(config))
    words = Naming(new, old, config)
    entered = [row for row in rows if row[0] in changed or row[1] == "removed"]
    shown = headlines(kept, config) if config is not None else []
    return Changes(
        *(tuple(claims), rows, tuple(analyses), tuple(doubts), tuple(unused(new.accounts, changed))),
        trials=tuple(trial_sentences(entered, old, new, [m for m, _ in kept], words)),
        headlines=tuple(words.sentence(m) for m in shown),
        kept=tuple(kept),
    )
