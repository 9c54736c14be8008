"""Rows on the documents' statements and on the review's central message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.synthesis.regions import REGION_VERDICTS
from evidence_synthesis.wording import STATEMENT_WORDS, verdict_on

MIXED = "mixed"
_ON_STATEMENTS = tuple(STATEMENT_WORDS)
_ON_PARTS = tuple(word for word in STATEMENT_WORDS if word != MIXED)


@dataclass(frozen=True, slots=True)
class JudgedPart(TableRow):
    """One part of a statement: what it claims, the verdict, and what that stands on.

    ``reading`` is empty where there is one only; ``threshold``, ``estimate`` and its limits are as they are read,
    ``participants`` counts the people that are known; ``universes_of`` is the question in the multiverse,
    ``universes`` counts those with data, and the share with each verdict follows.
    """

    FILE: ClassVar[str] = "tables/claims_detail.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"reading": ("primary", "secondary", ""), "verdict": _ON_PARTS}

    claim: str
    part: int
    says: str
    reading: str
    kind: str
    question: str
    claimed: str
    verdict: str
    measure: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    i2: float | None
    trials: int
    participants: float | None
    trials_without_n: int | None
    threshold: float | None
    chance: float | None
    certainty: str
    universes_of: str
    universes: int | None
    universes_supported: float | None
    universes_leaning: float | None
    universes_open: float | None
    universes_leaning_against: float | None
    universes_contradicted: float | None
    same_verdict: float | None
    nearest: str
    distance: float | None
    flipped_by: str
    without_doubtful: str
    reason: str
    beside: str
    rows: tuple[str, ...]
    groups: tuple[str, ...]
    analysis_id: str

    def universes_with(self, verdict: str) -> float | None:
        """The share of the universes with data that have a verdict."""
        share: float | None = getattr(self, f"universes_{verdict}")
        return share


@dataclass(frozen=True, slots=True)
class JudgedClaim(TableRow):
    """A statement: the verdict on its primary readings, how many of its parts have which, and all of them in words."""

    FILE: ClassVar[str] = "tables/claims.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"verdict": _ON_STATEMENTS}

    claim: str
    document: str
    section: str
    statement: str
    stated_certainty: str
    verdict: str
    verdict_words: str
    certainty: str
    trials: int
    firmer: str
    parts: int
    supported: int
    leaning: int
    open: int
    leaning_against: int
    contradicted: int
    still_unproven: int
    overtaken: int
    not_looked_at: int
    summary: str
    flipped_by: str
    without_doubtful: str
    rules_fixed: str

    @property
    def in_words(self) -> str:
        """The verdict with the certainty and the trials of its primary readings."""
        return verdict_on(self.verdict_words, self.certainty, self.trials, several=self.verdict == MIXED)


@dataclass(frozen=True, slots=True)
class UntestedStatement(TableRow):
    """A statement that is not put to a test, and why."""

    FILE: ClassVar[str] = "tables/claims_not_tested.csv"

    document: str
    section: str
    statement: str
    why: str


@dataclass(frozen=True, slots=True)
class DocumentReading(TableRow):
    """What a document says of one family of treatments: how many statements have which verdict."""

    FILE: ClassVar[str] = "tables/document_readings.csv"

    family: str
    document: str
    claims: int
    supported: int
    leaning: int
    open: int
    leaning_against: int
    contradicted: int
    still_unproven: int
    overtaken: int
    not_looked_at: int
    mixed: int

    def counted(self, verdict: str) -> int:
        """How many statements have a verdict."""
        return int(getattr(self, verdict))


@dataclass(frozen=True, slots=True)
class CentralLine(TableRow):
    """One term of one comparison and outcome of the central message, whether there are trials or not.

    Effects are as they are read; the change within trials (positive: loss) stands in the line of the last term.
    """

    FILE: ClassVar[str] = "tables/central_message.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {
        "favours": ("treatment", "comparator", "neither", ""),
        **dict.fromkeys(("effect_in_favour", "worthwhile"), REGION_VERDICTS),
    }

    comparison: str
    group: str
    comparator: str
    outcome: str
    term: str
    population: str
    measure: str = ""
    trials: int = 0
    participants: float | None = None
    trials_without_n: int | None = None
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    favours: str = ""
    i2: float | None = None
    prediction_low: float | None = None
    prediction_high: float | None = None
    certainty: str = ""
    effect_in_favour: str = REGION_VERDICTS[-1]
    worthwhile: str = REGION_VERDICTS[-1]
    chance_of_worthwhile: float | None = None
    change_trials: int | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    change_correlation: float | None = None
    change_others: str = ""
    missing: str = ""
    in_words: str = ""
    analysis_id: str = ""
