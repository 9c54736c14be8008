"""Which trial moved a pooled result: the former trials with each change alone, pooled again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.batch import make_batch
from evidence_synthesis.pooling import pool

Row = Mapping[str, str]
Key = tuple[str, str]
_CLOSE = 1e-8
MOST_CHANGED = 40  # trials changed in one analysis beyond which single causes tell nothing


@dataclass(frozen=True, slots=True)
class Cause:
    """A trial that was added, removed or changed, and the pooled effect that its change alone would have given.

    ``estimate`` is NaN where nothing would be left to pool.
    """

    trial_id: str
    study: str
    what: str
    estimate: float
    ci_low: float
    ci_high: float


def _entries(trials: Sequence[Row]) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for t in trials:
        found.setdefault(t["trial_id"], []).append((float(t["yi"]), float(t["vi"])))
    return found


def _differ(a: Sequence[tuple[float, float]] | None, b: Sequence[tuple[float, float]] | None) -> bool:
    if a is None or b is None or len(a) != len(b):
        return a is not b
    pairs = zip(sorted(a), sorted(b), strict=True)
    return not all(math.isclose(x, y, rel_tol=_CLOSE, abs_tol=1e-12) for p, q in pairs for x, y in zip(p, q, strict=True))


def _variants(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[str, str, str, list[tuple[float, float]]]]:
    """Trial, study, what happened to it, and the former effects with that change alone."""
    before, after = _entries(old), _entries(new)
    names = {t["trial_id"]: t["study"] for t in (*old, *new)}
    changed = [t for t in sorted(before.keys() | after.keys()) if _differ(before.get(t), after.get(t))]
    for trial in changed if len(changed) <= MOST_CHANGED else ():
        what = "added" if trial not in before else "removed" if trial not in after else "changed"
        rest = [pair for name, pairs in before.items() if name != trial for pair in pairs]
        yield trial, names[trial], what, rest + after.get(trial, [])


def causes(
    old: Mapping[Key, Sequence[Row]], new: Mapping[Key, Sequence[Row]], keys: Sequence[Key]
) -> dict[Key, tuple[Cause, ...]]:
    """The causes of each analysis that moved, strongest first; all variants are pooled at once (REML, HKSJ with floor)."""
    listed = [(key, *variant) for key in keys for variant in _variants(old.get(key, ()), new.get(key, ()))]
    usable = [pairs for *_, pairs in listed if pairs]
    results = pool(make_batch([([y for y, _ in p], [v for _, v in p]) for p in usable])).rows() if usable else iter(())
    former = _former(old, keys)
    found: dict[Key, list[Cause]] = {}
    for key, trial, study, what, pairs in listed:
        row = next(results) if pairs else {}
        values = [wording.natural(key[1], row.get(n, math.nan)) for n in ("estimate", "ci_low", "ci_high")]
        found.setdefault(key, []).append(Cause(trial, study, what, *values))
    return {key: tuple(sorted(some, key=lambda c: (-_distance(c, former.get(key)), c.trial_id))) for key, some in found.items()}


def _former(old: Mapping[Key, Sequence[Row]], keys: Sequence[Key]) -> dict[Key, float]:
    """The pooled effects before any change."""
    known = [k for k in keys if old.get(k)]
    if not known:
        return {}
    batch = make_batch([([float(t["yi"]) for t in old[k]], [float(t["vi"]) for t in old[k]]) for k in known])
    return {k: wording.natural(k[1], float(e)) for k, e in zip(known, pool(batch).estimate, strict=True)}


def _distance(cause: Cause, former: float | None) -> float:
    if former is None or math.isnan(cause.estimate):
        return math.inf
    return abs(cause.estimate - former)
