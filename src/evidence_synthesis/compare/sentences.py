"""Changes in sentences: what became of a trial, and how an analysis moved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.compare.moved import Moved
from evidence_synthesis.compare.states import State
from evidence_synthesis.review.settings import Settings, load_settings
from evidence_synthesis.synthesis.rows.analyses import PooledResult

_MOST_TRIALS = 30  # told one by one
_DONE = {"added": "added", "removed": "taken out", "changed": "changed"}


class Naming:
    """Names of analyses for readers, from the settings; without them the ids."""

    def __init__(self, new: State, old: State, config: Mapping[str, Any] | None) -> None:
        self.settings: Settings | None = load_settings(config) if config is not None else None
        self.pooled = {r.key: r for state in (old, new) for r in state.pooled}

    def name(self, m: Moved) -> str:
        """What an analysis asks, in words."""
        row: PooledResult | None = self.pooled.get((m.analysis_id, m.measure))
        if row is None or self.settings is None:
            return f"{m.analysis_id} ({m.measure})"
        words = wording.asked(row, self.settings)
        asked = "{outcome}, {term}, against {comparator} ({population})".format(**words)
        return f"{row.group_label}: {asked}" + (f", {m.measure}" if m.measure == "SMD" else "")

    def sentence(self, m: Moved) -> str:
        """An analysis and how it moved, with the trials behind it."""
        moved = f"was {m.old}, is {m.new}"
        told = f"{self.name(m)}: {moved}" + (f"; {m.verdict}" if m.verdict else "")
        return told + (f" (because of {_studies(m)})" if m.causes else "") + "."


def _studies(m: Moved) -> str:
    names = list(dict.fromkeys(c.study for c in m.causes))
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")


def trial_sentences(
    rows: Sequence[tuple[str, str, str]], old: State, new: State, moved: Sequence[Moved], naming: Naming
) -> Iterator[str]:
    """For each trial with changed rows: what changed, whether it is used, and what it moved most."""
    before, after = ({r["row_id"]: r for r in state.rows} for state in (old, new))
    by_trial: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows:
        cells = after.get(row[0]) or before[row[0]]
        by_trial.setdefault(cells["trial_id"], []).append(row)
    used = {a.row_id: a for a in new.accounts}
    known = {r["trial_id"] for r in old.rows}
    for number, (trial, inside) in enumerate(by_trial.items()):
        if number == _MOST_TRIALS:
            yield f"{len(by_trial) - number} further trials changed."
            return
        cells = after.get(inside[0][0]) or before[inside[0][0]]
        yield " ".join(
            filter(
                None,
                [
                    f"{cells['study']}: {_what(inside, new_trial=trial not in known)}.",
                    _use([used[r] for r, what, _ in inside if what != "removed" and r in used]),
                    _effect(trial, {r for r, _, _ in inside}, moved, naming),
                ],
            )
        )


def _what(rows: Sequence[tuple[str, str, str]], new_trial: bool) -> str:
    """How many results of a trial were added, changed or taken out, and which cells changed."""
    parts = []
    for what, word in _DONE.items():
        some = [cells for _, w, cells in rows if w == what]
        if some:
            columns = sorted({c.partition(":")[0] for cells in some for c in cells.split("; ") if ": " in c})
            parts.append(f"{wording.count(len(some), 'result')} {word}" + (f" ({', '.join(columns)})" if columns else ""))
    return ("a new trial, " if new_trial else "") + ", ".join(parts)


def _use(accounts: Sequence[Any]) -> str:
    """In how many analyses the changed results of a trial are, and why others are not."""
    if not accounts:
        return ""
    left = [a for a in accounts if a.status == "excluded"]
    analyses = max((a.analyses for a in accounts), default=0)
    used = len(accounts) - len(left)
    told = (
        f"{used} of {len(accounts)} used, in up to {wording.count(analyses, 'analysis', 'analyses')}" if used else "None is used"
    )
    reasons = list(dict.fromkeys(a.reason.rstrip(".") for a in left if a.reason))
    return told + (f"; {len(left)} not: {'; '.join(reasons)}" if left and reasons else "") + "."


def _effect(trial: str, rows: set[str], moved: Iterable[Moved], naming: Naming) -> str:
    """Which analysis moved most with a trial, and how many verdicts changed with it."""
    mine = [m for m in moved if rows & set(m.rows) or any(c.trial_id == trial for c in m.causes)]
    if not mine:
        return "Nothing that is pooled moved."
    most = max(mine, key=lambda m: (math.isfinite(m.shift), m.shift))
    verdicts = len([m for m in mine if m.verdict])
    by = f", {most.shift:.2f} standard errors" if math.isfinite(most.shift) else ""
    told = f"It moved most {naming.name(most)}, from {most.old} to {most.new}{by}"
    return told + (
        f"; {wording.count(verdicts, 'analysis has', 'analyses have')} another verdict or certainty." if verdicts else "."
    )
