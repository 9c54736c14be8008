"""One trial, several comparisons in one analysis: combine the arms, or split the arm that they share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence_synthesis.effects.formulas import (
    ArmSummary,
    Estimate,
    NotEstimable,
    combine_arms,
    composite,
    divide_arm,
    effect_of_arms,
)
from evidence_synthesis.review.schema import CROSSOVER, Result


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison of a trial in the direction of the analysis: its effect, its arms and their names.

    ``pairing`` says how the periods of a crossover trial were taken (empty: parallel groups).
    """

    result: Result
    estimate: Estimate
    arm_t: ArmSummary | None
    arm_c: ArmSummary | None
    name_t: str
    name_c: str
    turned: bool
    pairing: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a trial contributes to an analysis: one effect, from one row or several."""

    trial_id: str
    row_ids: tuple[str, ...]
    estimate: Estimate
    arm_t: ArmSummary | None
    arm_c: ArmSummary | None
    handling: str
    turned: bool
    result: Result


def _close(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1.0))


def _same_arm(a: ArmSummary, b: ArmSummary) -> bool:
    """Whether two printed arms of one name are one arm, whole or in parts: equal means and SDs, or event rates."""
    if a.events is not None and b.events is not None:
        return abs(a.events * b.n - b.events * a.n) <= max(a.n, b.n)  # rates within one person of the smaller one
    return _close(a.mean, b.mean) and _close(a.sd, b.sd)


def _source_split(parts: Sequence[Part]) -> bool:
    """Whether the source has divided a shared arm among the comparisons of one table, as Cochrane reviews do."""
    return (
        len({(p.result.read_in, p.result.source_location) for p in parts}) == 1
        and bool(parts[0].result.read_in)
        and all(p.result.shared_control == "yes" for p in parts)
    )


def _distinct(arms: Sequence[tuple[str, ArmSummary]], divided: bool) -> list[ArmSummary]:
    """The arms behind several comparisons, each once; parts of a divided arm are put together again."""
    groups: list[tuple[str, list[ArmSummary]]] = []
    for name, arm in arms:
        for known, members in groups:
            if known == name and _same_arm(members[0], arm):
                members.append(arm)
                break
        else:
            groups.append((name, [arm]))
    whole = []
    for _, members in groups:
        if divided:
            n = math.fsum(a.n for a in members)
            events = None if members[0].events is None else math.fsum(a.events or 0.0 for a in members)
            whole.append(ArmSummary(n, members[0].mean, members[0].sd, events))
        else:
            whole.append(max(members, key=lambda a: a.n))
    return whole


def _entry(parts: Sequence[Part], estimate: Estimate, arms: tuple[ArmSummary | None, ArmSummary | None], handling: str) -> Entry:
    first = parts[0]
    ids = tuple(p.result.row_id for p in parts)
    return Entry(first.result.trial_id, ids, estimate, arms[0], arms[1], handling, first.turned, first.result)


def _combined(parts: Sequence[Part], measure: str) -> Entry:
    """All arms of each side as one (Handbook 6.5.2.10). Raises NotEstimable when a row has no arms."""
    sides: tuple[list[tuple[str, ArmSummary]], list[tuple[str, ArmSummary]]] = ([], [])
    for part in parts:
        if part.arm_t is None or part.arm_c is None or part.result.format == "contrast" or part.result.design == CROSSOVER:
            raise NotEstimable("only effects are printed, or the same people are in both arms")
        sides[0].append((part.name_t, part.arm_t))
        sides[1].append((part.name_c, part.arm_c))
    divided = _source_split(parts)
    arm_t, arm_c = (combine_arms(_distinct(side, divided)) for side in sides)
    return _entry(parts, effect_of_arms(measure, arm_t, arm_c), (arm_t, arm_c), "arms combined")


def _averaged(parts: Sequence[Part], correlation: float) -> Entry:
    """The mean of the printed effects, those that share an arm being correlated (Borenstein 2009, chapter 25)."""
    shared = [[a.name_t == b.name_t or a.name_c == b.name_c for b in parts] for a in parts]
    estimate = composite([p.estimate for p in parts], shared, correlation)
    return _entry(parts, estimate, (None, None), "effects averaged")


def _split(parts: Sequence[Part], measure: str) -> list[Entry]:
    """Every comparison on its own, arms that several share divided among them (Handbook 23.3.4)."""
    entries = []
    divided = _source_split(parts)
    for part in parts:
        if part.arm_t is None or part.arm_c is None or part.result.format == "contrast" or part.result.design == CROSSOVER:
            raise NotEstimable("only effects are printed, or the same people are in both arms")
        uses_t = 1 if divided else sum(p.name_t == part.name_t for p in parts)
        uses_c = 1 if divided else sum(p.name_c == part.name_c for p in parts)
        arms = (divide_arm(part.arm_t, uses_t), divide_arm(part.arm_c, uses_c))
        entries.append(_entry([part], effect_of_arms(measure, *arms), arms, "shared arm split"))
    return entries


def merge(parts: Sequence[Part], measure: str, how: str, correlation: float) -> list[Entry]:
    """The contribution of a trial: one entry, or with ``how="split"`` one for each comparison.

    Effects without arms can be neither combined nor split; they are averaged, with ``correlation`` between effects
    that share an arm.
    """
    if len(parts) == 1:
        part = parts[0]
        return [_entry(parts, part.estimate, (part.arm_t, part.arm_c), part.pairing or "as printed")]
    try:
        return _split(parts, measure) if how == "split" else [_combined(parts, measure)]
    except NotEstimable:
        return [_averaged(parts, correlation)]


def people_of(entry: Entry) -> float | None:
    """People in the arms of an entry, those of a crossover trial once; None where the number is not known."""
    n_t = entry.arm_t.n if entry.arm_t else entry.result.arm_t.n
    n_c = entry.arm_c.n if entry.arm_c else entry.result.arm_c.n
    if n_t is None or n_c is None or (entry.arm_t is None and len(entry.row_ids) > 1):
        return None
    return max(n_t, n_c) if entry.result.design == CROSSOVER else n_t + n_c


def people(entries: Iterable[Entry]) -> tuple[float, int]:
    """People in the arms of the entries, and entries whose numbers are not known."""
    counts = [people_of(entry) for entry in entries]
    return math.fsum(n for n in counts if n is not None), counts.count(None)
