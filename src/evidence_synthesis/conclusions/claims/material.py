"""What statements are judged by, the rules of it, and what the answer to one of their parts holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.conclusions.grade import LEVELS, Limits
from evidence_synthesis.effects import scales
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import by_outcome
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.regions import LEANING, SUPPORTED, capped
from evidence_synthesis.synthesis.verdicts import Rules

STILL_UNPROVEN, OVERTAKEN = "still_unproven", "overtaken"  # verdicts on what a document calls unproven


@dataclass(frozen=True, slots=True)
class StatementRules:
    """When trials lean, from which certainty an effect is shown, when trials agree, and how follow-ups are correlated."""

    leaning: float
    least_certainty: str
    agreeing_i2: float
    follow_up_correlation: float
    other_correlations: tuple[float, ...]
    doubtful_flags: frozenset[str]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> StatementRules:
        """The rules of a config."""
        return cls(
            float(entry["leaning"]),
            entry["least_certainty"],
            float(entry["agreeing_i2"]),
            float(entry["follow_up_correlation"]),
            tuple(map(float, entry["other_correlations"])),
            frozenset(entry["doubtful_flags"]),
        )

    def enough(self, certainty: str) -> bool:
        """Whether evidence of this certainty can show something."""
        return LEVELS.index(certainty) >= LEVELS.index(self.least_certainty)

    def settle(self, verdict: str, certainty: str) -> str:
        """A verdict by the interval, after the certainty of the evidence had its say: below the least it leans, no more."""
        return verdict if self.enough(certainty) else capped(verdict)


@dataclass(frozen=True)
class Material:
    """What statements are judged by: results, settings, rules, priors, and what is known beside the pooled trials.

    ``unusable`` are results known without numbers that can be pooled, ``published`` estimates of published reviews,
    ``outside`` counts of harms outside trials. ``beside_each`` tells whether answers say what they are without single trials,
    and what else is known; verdicts do not depend on it. ``memo`` has answers of a former run to the same questions.
    """

    converted: Sequence[Converted]
    settings: Settings
    taxonomy: Taxonomy
    rules: Rules
    statement_rules: StatementRules
    limits: Limits
    priors: Mapping[str, Any]
    unusable: Sequence[Mapping[str, str]] = ()
    published: Sequence[Mapping[str, str]] = ()
    outside: Sequence[Mapping[str, str]] = ()
    beside_each: bool = True
    memo: Memo | None = None

    @cached_property
    def _by_outcome(self) -> Mapping[str, list[Converted]]:
        return by_outcome(self.converted)

    def on(self, outcome: str) -> Sequence[Converted]:
        """The results on one outcome as they are entered (domain), in order: looked up once, asked for by every part."""
        return self._by_outcome.get(outcome, ())

    @property
    def judged_by(self) -> tuple[object, ...]:
        """What an answer depends on beside the data: settings, rules, limits and priors (the treatments never change)."""
        return self.settings, self.rules, self.statement_rules, self.limits, self.priors


def material_of(
    converted: Sequence[Converted],
    config: Mapping[str, Any],
    settings: Settings,
    taxonomy: Taxonomy,
    unusable: Sequence[Mapping[str, str]],
    published: Sequence[Mapping[str, str]] = (),
    outside: Sequence[Mapping[str, str]] = (),
    memo: Memo | None = None,
) -> Material:
    """What statements are judged by, with the rules of a config."""
    rules, stated, limits = Rules.of(config["verdicts"]), StatementRules.of(config["statements"]), Limits.of(config["certainty"])
    beside = (unusable, published, outside)
    return Material(converted, settings, taxonomy, rules, stated, limits, config["bayes"], *beside, memo=memo)


@dataclass(frozen=True)
class PartAnswer:
    """What trials say of one part. Effects are turned so that negative favours the treatment; ``smallest`` is a distance.

    ``participants`` counts the people that are known, ``uncounted`` the trials that print no number. ``chance`` is the
    probability of what is claimed, ``nearest`` and ``distance`` tell which limit lies nearest to an end of the claimed region.
    ``flipped_by`` names trials without any one of which the verdict is another, ``without_doubtful`` says what it is without
    the trials of doubtful identity or date, where that differs. ``beside`` holds what stands beside the trials of the answer,
    ``unit`` is that of mean differences which are not on 0 to 100 points.
    """

    verdict: str
    reason: str
    measure: str = ""
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    i2: float = math.nan
    trials: int = 0
    participants: float | None = None
    uncounted: int = 0
    smallest: float = math.nan
    turn: float = 1.0
    certainty: str = ""
    chance: float = math.nan
    nearest: str = ""
    distance: float = math.nan
    flipped_by: tuple[str, ...] = ()
    without_doubtful: str = ""
    beside: str = ""
    row_ids: tuple[str, ...] = field(default=())
    unit: str = ""

    @classmethod
    def of_cells(cls, cells: Sequence[Any]) -> PartAnswer:
        """The answer of its values in order, lists for tuples. Raises TypeError for too many."""
        values: list[Any] = [tuple(value) if isinstance(value, (list, tuple)) else value for value in cells]
        return cls(*values)

    def shown(self) -> tuple[float, float, float]:
        """The estimate and its limits as they are read: not turned, ratios as ratios, the lower limit first."""
        values = [scales.natural(self.measure, self.turn * v) for v in (self.estimate, self.low, self.high)]
        return values[0], min(values[1:]), max(values[1:])

    def threshold(self) -> float:
        """The smallest worthwhile effect as it is read: a distance, or a ratio on the good side of 1."""
        return scales.natural(self.measure, -self.turn * self.smallest) if self.measure in RATIOS else self.smallest

    def effect(self) -> str:
        """The estimate and its limits in words."""
        shown = wording.fit_to_print(self.measure, *self.shown(), unit=self.unit)
        return f"{self.measure} {shown}" + (f" {self.unit}" if self.unit else "")

    @property
    def pooled(self) -> bool:
        """Whether an effect stands behind the answer."""
        return not math.isnan(self.estimate)

    @property
    def holds(self) -> bool:
        """Whether what the document says is borne out, with or without reserve."""
        return self.verdict in (SUPPORTED, LEANING)
