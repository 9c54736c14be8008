"""Rows of the multiverse; ``question`` is the part of a statement that asks it first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.synthesis.regions import REGION_VERDICTS, REGIONS


@dataclass(frozen=True, slots=True)
class QuestionInUniverses(TableRow):
    """One question and the region of effects that is claimed: the review's verdict, and the spread of the estimates.

    ``with_data`` is the share of the universes in which there is a trial, the others are shares of these; None without any.
    """

    FILE: ClassVar[str] = "tables/multiverse.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"claimed": tuple(REGIONS), "verdict": REGION_VERDICTS}

    question: str
    claimed: str
    universes: int
    sets: int
    with_data: float
    verdict: str
    same_verdict: float | None
    supported: float | None
    leaning: float | None
    open: float | None
    leaning_against: float | None
    contradicted: float | None
    measure: str = ""
    estimate_median: float | None = None
    estimate_low: float | None = None
    estimate_high: float | None = None
    trials_least: int | None = None
    trials_most: int | None = None
    moves_most: str = ""
    moves_most_share: float = 0.0

    def share(self, verdict: str) -> float:
        """The share of the universes with data that have a verdict; none where there are no data."""
        return float(getattr(self, verdict) or 0.0)


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
    participants: float
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
