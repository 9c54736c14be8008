"""Moved analyses without those that only repeat another: wider comparators, a part of the people, the other measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence_synthesis.compare.moved import Moved
from evidence_synthesis.selection.keys import AnalysisKey

_LEAST_SHIFT = 0.05  # standard errors from which a move is worth a sentence
_MOST = 12  # sentences


@dataclass(frozen=True, slots=True)
class Nesting:
    """Which comparators and which people are part of which, by the settings."""

    wider: Mapping[str, frozenset[str]]  # comparators that hold those of each
    within: Mapping[str, frozenset[str]]  # wider populations of each

    @classmethod
    def of(cls, config: Mapping[str, Any] | None) -> Nesting:
        """From the settings of a review; without them only the measures are known."""
        comparators, populations = ((config or {}).get(name, {}) for name in ("comparators", "populations"))
        return cls(
            {c: frozenset(d for d in comparators if _held(comparators[c], comparators[d])) for c in comparators},
            {p: frozenset(q for q in populations if _part(populations[p], populations[q])) for p in populations},
        )

    def width(self, comparator: str) -> int:
        """How many groups of comparators are part of one."""
        return sum(comparator in outer for outer in self.wider.values())


def _held(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    """Whether one group of comparators is part of another, which has more."""
    kinds = ("ids", "families", "classes")
    if inner == outer or inner.get("everything"):
        return False
    named = any(inner.get(k) for k in kinds) and not inner.get("added_to")
    return bool(outer.get("everything")) or (named and all(set(inner.get(k, ())) <= set(outer.get(k, ())) for k in kinds))


def _part(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    """Whether the people of one population are part of those of another, which has more."""
    kinds = ("regions", "chronicities")
    inside = all(not outer.get(k) or (inner.get(k) and set(inner[k]) <= set(outer[k])) for k in kinds)
    return inside and any(inner.get(k) != outer.get(k) for k in kinds)


def _repeats(m: Moved, other: Moved, nesting: Nesting) -> bool:
    """Whether an analysis only repeats another: the same group, outcome and term, moved by no other row, no other verdict."""
    a, b = AnalysisKey.parse(m.analysis_id), AnalysisKey.parse(other.analysis_id)
    same = (a.group, a.outcome, a.term) == (b.group, b.outcome, b.term) and set(m.rows) <= set(other.rows)
    measures = m.measure == other.measure or (m.measure, other.measure) == ("SMD", "MD")
    comparators = a.comparator == b.comparator or a.comparator in nesting.wider.get(b.comparator, ())
    people = a.population == b.population or b.population in nesting.within.get(a.population, ())
    return same and measures and comparators and people and m.verdict in ("", other.verdict)


def folded(moved: Iterable[Moved], nesting: Nesting) -> list[tuple[Moved, int]]:
    """The moved analyses, in their order, that repeat no other, each with how many repeat it."""

    def rank(m: Moved) -> tuple[bool, int, int]:
        asks = AnalysisKey.parse(m.analysis_id)
        return m.measure == "SMD", nesting.width(asks.comparator), len(nesting.within.get(asks.population, ()))

    listed = list(moved)
    kept: dict[tuple[str, str], int] = {}
    by_key = {(m.analysis_id, m.measure): m for m in listed}
    groups: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for m in sorted(listed, key=rank):
        asks = AnalysisKey.parse(m.analysis_id)
        alike = groups.setdefault((asks.group, asks.outcome, asks.term), [])
        first = next((key for key in alike if _repeats(m, by_key[key], nesting)), None) if m.rows else None
        if first is not None:
            kept[first] += 1
        else:
            kept[m.analysis_id, m.measure] = 0
            alike.append((m.analysis_id, m.measure))
    return [(m, kept[m.analysis_id, m.measure]) for m in listed if (m.analysis_id, m.measure) in kept]


def is_headline(m: Moved, config: Mapping[str, Any]) -> bool:
    """Whether the review draws an analysis (``figures`` of the settings), and it moved by more than a hair."""
    asks, drawn = AnalysisKey.parse(m.analysis_id), config["figures"]
    shown = asks.comparator in drawn["comparators"] and asks.population in drawn["populations"] and asks.term in drawn["terms"]
    return shown and asks.outcome in drawn["overview"]["outcomes"] and (bool(m.verdict) or m.shift >= _LEAST_SHIFT)


def headlines(kept: Iterable[tuple[Moved, int]], config: Mapping[str, Any]) -> list[Moved]:
    """The moved analyses that the review draws: those whose verdict changed first, then the largest moves."""
    return [m for m, _ in kept if is_headline(m, config)][:_MOST]
