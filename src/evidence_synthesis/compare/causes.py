"""Which trial moved a pooled result: the former trials with each change alone, pooled again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis.effects import scales
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key
from evidence_synthesis.synthesis.trials_in_analyses import effects_of

_CLOSE = 1e-8
MOST_CHANGED = 40  # trials changed in one analysis beyond which single causes tell nothing


@dataclass(frozen=True, slots=True)
class Cause:
    """A trial that was added, removed or changed, and the pooled effect that its change alone would have given.

    ``estimate`` is NaN where nothing would be left to pool. ``judged`` is what verdict and certainty would have been.
    """

    trial_id: str
    study: str
    what: str
    estimate: float
    ci_low: float
    ci_high: float
    tau2: float
    judged: str


def _entries(trials: Sequence[AnalysisTrial]) -> dict[str, list[AnalysisTrial]]:
    found: dict[str, list[AnalysisTrial]] = {}
    for trial in trials:
        found.setdefault(trial.trial_id, []).append(trial)
    return found


def _differ(a: Sequence[AnalysisTrial] | None, b: Sequence[AnalysisTrial] | None) -> bool:
    if a is None or b is None or len(a) != len(b):
        return a is not b
    pairs = zip(*(sorted(zip(*effects_of(trials), strict=True)) for trials in (a, b)), strict=True)
    return not all(math.isclose(x, y, rel_tol=_CLOSE, abs_tol=1e-12) for p, q in pairs for x, y in zip(p, q, strict=True))


def _variants(old: Sequence[AnalysisTrial], new: Sequence[AnalysisTrial]) -> Iterator[tuple[str, str, str, list[AnalysisTrial]]]:
    """Trial, study, what happened to it, and the former trials with that change alone."""
    before, after = _entries(old), _entries(new)
    names = {t.trial_id: t.study for t in (*old, *new)}
    changed = [t for t in sorted(before.keys() | after.keys()) if _differ(before.get(t), after.get(t))]
    for trial in changed if len(changed) <= MOST_CHANGED else ():
        what = "added" if trial not in before else "removed" if trial not in after else "changed"
        rest = [t for name, trials in before.items() if name != trial for t in trials]
        yield trial, names[trial], what, rest + after.get(trial, [])


def causes(
    old: Mapping[Key, Sequence[AnalysisTrial]],
    new: Mapping[Key, Sequence[AnalysisTrial]],
    keys: Sequence[Key],
    judge: Callable[[Key, Sequence[AnalysisTrial], Mapping[str, float]], str] | None = None,
    model: Model | None = None,
) -> dict[Key, tuple[Cause, ...]]:
    """The causes of each analysis that moved, strongest first; all variants are pooled at once by ``model``.

    ``judge`` gives verdict and certainty in words of an analysis, from its trials and their pooled result on the scale of
    pooling.
    """
    model = model or Model()
    listed = [(key, *variant) for key in keys for variant in _variants(old.get(key, ()), new.get(key, ()))]
    usable = [effects_of(trials) for *_, trials in listed if trials]
    batch = make_batch(usable) if usable else None
    results = pool(batch, *model, limits=False).rows() if batch else iter(())
    former = _former(old, keys, model)
    found: dict[Key, list[Cause]] = {}
    for key, trial, study, what, trials in listed:
        row = next(results) if trials else {}
        values = {n: scales.natural(key[1], row.get(n, math.nan)) for n in ("estimate", "ci_low", "ci_high")}
        words = judge(key, trials, row) if judge is not None and trials else ""
        found.setdefault(key, []).append(Cause(trial, study, what, **values, tau2=row.get("tau2", math.nan), judged=words))
    return {key: tuple(sorted(some, key=lambda c: (-_distance(c, former.get(key)), c.trial_id))) for key, some in found.items()}


def _former(old: Mapping[Key, Sequence[AnalysisTrial]], keys: Sequence[Key], model: Model) -> dict[Key, float]:
    """The pooled effects before any change."""
    known = [k for k in keys if old.get(k)]
    if not known:
        return {}
    batch = make_batch([effects_of(old[k]) for k in known])
    return {k: scales.natural(k[1], float(e)) for k, e in zip(known, pool(batch, *model, limits=False).estimate, strict=True)}


def _distance(cause: Cause, former: float | None) -> float:
    if former is None or math.isnan(cause.estimate):
        return math.inf
    return abs(cause.estimate - former)
