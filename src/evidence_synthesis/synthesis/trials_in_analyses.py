"""Which trial is in which analysis with what weight, and what it brings: published as two tables, read as one.

A trial brings the same effect to many analyses (of its treatment, its family and its class; of all people and of the
chronic ones), so the effect is written once, and its membership of analyses apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from pathlib import Path

import numpy as np

from evidence_synthesis.stats.batch import Array
from evidence_synthesis.storage.remembered import remembered
from evidence_synthesis.storage.table_row import check_names
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Membership, TrialEffect


def numbered(effects: Sequence[TrialEffect]) -> tuple[list[str], list[TrialEffect]]:
    """An id for each effect, its trial's with a number, and the effects that differ in any cell, in the order of their table."""
    content = [tuple(effect.cells()[1:]) for effect in effects]
    some = dict(zip(content, effects, strict=True))
    by_trial: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for cells in sorted(some):
        by_trial[some[cells].trial_id].append(cells)
    ids = {cells: f"{trial}.{i}" for trial, several in by_trial.items() for i, cells in enumerate(several, 1)}
    return [ids[cells] for cells in content], [replace(some[cells], effect_id=name) for cells, name in ids.items()]


def join(members: Sequence[Membership], brought: Iterable[TrialEffect], where: str = Membership.FILE) -> list[AnalysisTrial]:
    """The trials of analyses from their two tables, each with its effect and its weight.

    Raises BrokenTable where a membership, in the file ``where``, names an effect that there is not.
    """
    effects = {row.effect_id: row for row in brought}
    check_names(members, "effect_id", effects, where, f"effect of {TrialEffect.FILE}")
    theirs = [effects[m.effect_id] for m in members]
    shared = [list(map(attrgetter(f.name), theirs)) for f in fields(TrialEffect)]
    return AnalysisTrial.of_columns([*shared, [m.analysis_id for m in members], [m.weight for m in members]])


def read_trials(members: Path, brought: Path) -> list[AnalysisTrial]:
    """The trials of analyses from the files of their two tables. Raises BrokenTable."""
    return remembered(
        AnalysisTrial, lambda: join(Membership.read(members), TrialEffect.read(brought), str(members)), members, brought
    )


def trials_of(results: Path) -> list[AnalysisTrial]:
    """The trials of all analyses in a folder of results. Raises BrokenTable."""
    return read_trials(results / Membership.FILE, results / TrialEffect.FILE)


def effects_of(trials: Sequence[TrialEffect]) -> tuple[Array, Array]:
    """Effects and variances of trials as they are pooled: ratios as logarithms."""
    return np.array([t.yi for t in trials]), np.array([t.vi for t in trials])
