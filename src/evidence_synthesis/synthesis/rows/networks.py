"""Rows about network meta-analyses; ``network`` is the key in one word, ``part`` a connected part, from the largest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.selection.keys import NetworkKey
from evidence_synthesis.storage.table_row import TableRow


@dataclass(frozen=True, slots=True)
class NetworkRow(TableRow):
    """A row about one part of a network."""

    network: str
    part: int

    @property
    def asks(self) -> NetworkKey:
        """What the network asks."""
        return NetworkKey.parse(self.network)


@dataclass(frozen=True, slots=True)
class NetworkSummary(TableRow):
    """Heterogeneity and inconsistency of one part."""

    FILE: ClassVar[str] = "tables/networks.csv"

    network: str
    outcome: str
    term: str
    level: str
    population: str
    part: int
    measure: str
    treatments: int
    studies: int
    contrasts: int
    tau2: float
    q: float
    q_df: int
    q_p: float | None
    q_within: float
    q_within_df: int
    q_between: float
    q_between_df: int
    inconsistency: float | None
    inconsistency_df: int
    inconsistency_p: float | None
    note: str


@dataclass(frozen=True, slots=True)
class LeagueLine(NetworkRow):
    """A treatment against another one."""

    FILE: ClassVar[str] = "tables/network_league.csv"

    treatment: str
    versus: str
    estimate: float
    ci_low: float
    ci_high: float

    @property
    def effect(self) -> tuple[float, float, float]:
        """Estimate and limits of its interval."""
        return self.estimate, self.ci_low, self.ci_high


@dataclass(frozen=True, slots=True)
class RankedTreatment(NetworkRow):
    """A treatment's P-score."""

    FILE: ClassVar[str] = "tables/network_ranking.csv"

    treatment: str
    label: str
    p_score: float


@dataclass(frozen=True, slots=True)
class SplitNode(NetworkRow):
    """Direct against indirect evidence for a compared pair; standard errors on the scale of pooling."""

    FILE: ClassVar[str] = "tables/network_splits.csv"

    treatment: str
    versus: str
    studies: int
    direct: float
    direct_se: float
    indirect: float | None
    indirect_se: float | None
    difference: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class HeatCell(NetworkRow):
    """How Q of a design changes when another design is detached."""

    FILE: ClassVar[str] = "tables/network_heat.csv"

    design: str
    detached: str
    q_before: float
    q_after: float
