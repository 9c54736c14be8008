"""Rows about the results that were read: the effect of each, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow


@dataclass(frozen=True, slots=True)
class ResultEffect(TableRow):
    """The effect of a result on one measure, or the problem that leaves it without; ``points``: on the scale of 0 to 100."""

    FILE: ClassVar[str] = "tables/effects.csv"

    row_id: str
    trial_id: str
    study: str
    treatment: str
    comparator: str
    outcome: str
    term: str
    weeks: float | None
    time_note: str
    measure: str
    yi: float | None
    vi: float | None
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    n_t: float | None
    mean_t: float | None
    sd_t: float | None
    events_t: float | None
    n_c: float | None
    mean_c: float | None
    sd_c: float | None
    events_c: float | None
    points: bool
    steps: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class RowAccount(TableRow):
    """What became of a result: used, merged, split or excluded, in how many analyses, and why not."""

    FILE: ClassVar[str] = "tables/row_accounting.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"status": ("used", "merged", "split", "excluded")}

    row_id: str
    trial_id: str
    treatment: str
    status: str
    analyses: int
    reason: str
    in_favour_of: str
