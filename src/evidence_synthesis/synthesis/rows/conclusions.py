"""Rows on what pooled results mean: certainty, published estimates beside ours, summaries of findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.synthesis.rows.analyses import AnalysisRow
from evidence_synthesis.synthesis.verdicts import VERDICTS

_CERTAINTY = ("very low", "low", "moderate", "high")
_RATINGS = ("not serious", "serious", "very serious")


@dataclass(frozen=True, slots=True)
class Certainty(AnalysisRow):
    """Verdict and certainty of a pooled result, with the rating of each domain by rule and the numbers behind it."""

    FILE: ClassVar[str] = "tables/certainty.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {
        "verdict": VERDICTS,
        **dict.fromkeys(("certainty", "certainty_by_rule"), _CERTAINTY),
        **dict.fromkeys(("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"), _RATINGS),
    }

    trials: int
    verdict: str
    certainty: str
    certainty_by_rule: str
    risk_of_bias: str
    risk_of_bias_why: str
    inconsistency: str
    inconsistency_why: str
    indirectness: str
    indirectness_why: str
    imprecision: str
    imprecision_why: str
    publication_bias: str
    publication_bias_why: str
    overruled: str
    control_risk: float | None
    largest_trial: str
    largest_weight: float

    def rating(self, domain: str) -> str:
        """The rating of a domain by rule."""
        return str(getattr(self, domain))

    def why(self, domain: str) -> str:
        """The numbers behind the rating of a domain."""
        return str(getattr(self, f"{domain}_why"))


@dataclass(frozen=True, slots=True)
class WithoutDoubtful(AnalysisRow):
    """A pooled result that holds results in doubt, and the same analysis without these (None: nothing is left)."""

    FILE: ClassVar[str] = "tables/without_doubtful.csv"

    trials: int
    estimate: float
    ci_low: float
    ci_high: float
    trials_without: int
    estimate_without: float | None
    ci_low_without: float | None
    ci_high_without: float | None
    rows_in_doubt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedComparison(TableRow):
    """A published estimate and ours for the same question, in one unit, or the note that says why they are not compared."""

    FILE: ClassVar[str] = "tables/published_comparison.csv"

    estimate_id: str
    review: str
    year: str
    treatment: str
    comparator: str
    outcome: str
    term: str
    population: str
    measure: str
    their_estimate: float | None
    their_low: float | None
    their_high: float | None
    their_trials: str
    our_estimate: float | None
    our_low: float | None
    our_high: float | None
    our_trials: int | None
    analysis_id: str
    overlap: bool | None
    same_side: bool | None
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class FindingLine(TableRow):
    """One outcome at one term of a summary of findings, in words; ``unit`` is that of effects, empty for those without."""

    FILE: ClassVar[str] = "tables/summary_of_findings.csv"

    group: str
    group_label: str
    comparator: str
    population: str
    outcome: str
    term: str
    trials: int
    participants: str
    measure: str
    unit: str
    effect: str
    smd: str
    prediction: str
    baseline_risk: str
    absolute: str
    nnt: str
    nnh: str
    certainty: str
    downgraded_for: str
    verdict: str
    sentence: str
    analysis_id: str
