"""Which trial is in which analysis with what weight, and what it brings: published as two tables, read as one.

A trial brings the same effect to many analyses (of its treatment, its family and its class; of all people and of the
chronic ones), so the effect is written once, and its membership of analyses apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from evidence_synthesis.stats.batch import Array
from evidence_synthesis.storage.files import cell, read_checked

ARM_COLUMNS = ("n_t", "mean_t", "sd_t", "events_t", "n_c", "mean_c", "sd_c", "events_c")
MEMBER_COLUMNS = ("analysis_id", "measure", "effect_id", "weight")
BROUGHT_COLUMNS = (
    *("effect_id", "measure", "trial_id", "study", "year", "row_ids", "refs", "versus", "weeks", "time_note"),
    *(*ARM_COLUMNS, "yi", "vi", "effect", "ci_low", "ci_high", "handling", "source_kind", "risk_of_bias"),
)
MEMBERS, BROUGHT = "tables/analysis_trials.csv", "tables/trial_effects.csv"  # from the folder of results

Record = Mapping[str, object]
Row = Mapping[str, str]


def split(rows: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """The trials of analyses as their two tables: members, and effects brought; an effect's id is its trial's with a number."""
    raw = [tuple(map(row.get, BROUGHT_COLUMNS[1:])) for row in rows]
    known = {values: tuple(map(cell, values)) for values in set(raw)}
    content = [known[values] for values in raw]
    by_trial: dict[str, list[tuple[str, ...]]] = {}
    where = BROUGHT_COLUMNS.index("trial_id") - 1
    for effect in sorted(set(content)):
        by_trial.setdefault(effect[where], []).append(effect)
    ids = {effect: f"{trial}.{i}" for trial, effects in by_trial.items() for i, effect in enumerate(effects, 1)}
    members: list[Record] = [{**row, "effect_id": ids[effect]} for row, effect in zip(rows, content, strict=True)]
    brought = {str(member["effect_id"]): member for member in members}
    ordered = [ids[effect] for effects in by_trial.values() for effect in effects]
    return members, [brought[name] for name in ordered]


def join(members: Iterable[Row], brought: Iterable[Row]) -> list[dict[str, str]]:
    """The trials of analyses from their two tables, each with its effect and its weight."""
    effects = {row["effect_id"]: row for row in brought}
    return [{**member, **effects[member["effect_id"]], "weight": member["weight"]} for member in members]


def effects_of(trials: Sequence[Row]) -> tuple[Array, Array]:
    """Effects and variances of trials as they are pooled: ratios as logarithms."""
    return np.array([float(t["yi"]) for t in trials]), np.array([float(t["vi"]) for t in trials])


def read_members(results: Path) -> list[dict[str, str]]:
    """The trials of all analyses in a folder of results."""
    return join(read_checked(results / MEMBERS), read_checked(results / BROUGHT))
