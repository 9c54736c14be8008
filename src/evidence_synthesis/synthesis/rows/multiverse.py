"""Rows of the multiverse; ``question`` is a test of a claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow


@dataclass(frozen=True, slots=True)
class QuestionInUniverses(TableRow):
    """One question: the review's verdict, the share of universes with each verdict, and the spread of the estimates."""

    FILE: ClassVar[str] = "tables/multiverse.csv"

    question: str
    universes: int
    sets: int
    verdict: str
    same_verdict: float
    judged: float
    same_when_judged: float | None
    benefit: float
    small_benefit: float
    no_relevant_effect: float
    conflicting: float
    not_shown: float
    insufficient: float
    harm: float
    no_data: float
    measure: str = ""
    estimate_median: float | None = None
    estimate_low: float | None = None
    estimate_high: float | None = None
    trials_least: int | None = None
    trials_most: int | None = None
    moves_most: str = ""
    moves_most_share: float = 0.0


@dataclass(frozen=True, slots=True)
class ChoiceThatMoves(TableRow):
    """How often one choice changes the verdict of a question, and how far it moves the estimate."""

    FILE: ClassVar[str] = "tables/multiverse_choices.csv"

    question: str
    choice: str
    levels: tuple[str, ...]
    verdict_changes: float
    estimate_moves: float | None


@dataclass(frozen=True, slots=True)
class PooledSet(TableRow):
    """The pooled result of one set of effects by one estimator, with each interval that is asked for, and its verdict."""

    FILE: ClassVar[str] = "tables/multiverse_sets.csv"

    question: str
    set: int
    measure: str
    trials: int
    participants: float | None
    estimator: str
    i2: float | None
    estimate: float
    wald_low: float | None = None
    wald_high: float | None = None
    wald_verdict: str = ""
    hksj_low: float | None = None
    hksj_high: float | None = None
    hksj_verdict: str = ""
    hksj_floor_low: float | None = None
    hksj_floor_high: float | None = None
    hksj_floor_verdict: str = ""

    def limits(self, interval: str) -> tuple[float | None, float | None]:
        """The limits of one interval."""
        return getattr(self, f"{interval}_low"), getattr(self, f"{interval}_high")

    def verdict(self, interval: str) -> str:
        """The verdict by one interval."""
        return str(getattr(self, f"{interval}_verdict"))
