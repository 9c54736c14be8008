"""What a claim is judged by, and what the answer to one of its tests holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evidence_synthesis import wording
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.effects import scales
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.verdicts import NO_DATA, Rules

AGREES, PARTLY, DISAGREES, UNTESTABLE = "agrees", "partly", "disagrees", "cannot be tested"
OPINIONS = (AGREES, PARTLY, DISAGREES, UNTESTABLE)
_WORST_FIRST = (DISAGREES, PARTLY, AGREES)


@dataclass(frozen=True)
class Material:
    """What claims are judged by: results, settings, rules, the network's league table, and what cannot be pooled."""

    converted: Sequence[Converted]
    settings: Settings
    taxonomy: Taxonomy
    rules: Rules
    limits: Limits
    league: Mapping[tuple[str, str, str], tuple[float, float, float]]
    unusable: Sequence[Mapping[str, str]]


@dataclass
class Answer:
    """The answer to one test. Effects are turned so that negative favours the treatment; ``smallest`` is a distance."""

    opinion: str
    verdict: str
    reason: str
    measure: str = ""
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    i2: float = math.nan
    trials: int = 0
    participants: float | None = None
    smallest: float = math.nan
    turn: float = 1.0
    certainty: str = ""
    basis: str = ""
    direct: str = ""
    network: str = ""
    nearest: str = ""
    distance: float = math.nan
    flipped_by: list[str] = field(default_factory=list)
    row_ids: tuple[str, ...] = ()

    def shown(self) -> tuple[float, float, float]:
        """The estimate and its limits as they are read: not turned, ratios as ratios, the lower limit first."""
        values = [scales.natural(self.measure, self.turn * v) for v in (self.estimate, self.low, self.high)]
        return values[0], min(values[1:]), max(values[1:])

    def threshold(self) -> float:
        """The smallest worthwhile effect as it is read: a distance, or a ratio on the good side of 1."""
        return scales.natural(self.measure, -self.turn * self.smallest) if self.measure in RATIOS else self.smallest

    def effect(self) -> str:
        """The estimate and its limits in words."""
        return wording.effect_with_interval(self.measure, *self.shown())


def opinion_of(word: str, agree: Iterable[str], partly: Iterable[str]) -> str:
    """What a verdict means for a statement; a verdict that it does not list disagrees, and no data is no test."""
    if word == NO_DATA:
        return UNTESTABLE
    return AGREES if word in agree else PARTLY if word in partly else DISAGREES


def overall(opinions: Iterable[str]) -> str:
    """The worst of the tests that could be made; a statement without any cannot be tested."""
    made = set(opinions)
    return next((o for o in _WORST_FIRST if o in made), UNTESTABLE)
