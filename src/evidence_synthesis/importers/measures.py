"""The measures that an imported analysis may have used, by RevMan's own conventions, and whether they give what is printed.

Deeks & Higgins 2010, Statistical algorithms in Review Manager 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scipy.special import ndtri

from evidence_synthesis.effects import events, formulas, scales
from evidence_synthesis.effects.formulas import ArmSummary, Estimate, NotEstimable
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.schema import RATIOS

_RELATIVE = 2e-4  # of the larger of effect and limits: inputs and outputs of a table are rounded apart
LEVELS = (95.0, 90.0, 99.0)  # of printed intervals, in per cent
_NORMALS = {level: float(ndtri(0.5 + level / 200)) for level in LEVELS}
Effects = Callable[[StudyRow], Iterator[Estimate]]  # the effects that a study's numbers may mean, the usual one first


def normal(level: float) -> float:
    """The normal quantile of an interval of a level in per cent."""
    return _NORMALS.get(level) or float(ndtri(0.5 + level / 200))


def _of_arms(formula: Callable[[ArmSummary, ArmSummary], Estimate]) -> Effects:
    def effects(row: StudyRow) -> Iterator[Estimate]:
        arms = row.arms
        if arms is not None and (arms[0].events is not None or arms[0].mean is not None or row.given is None):
            yield formula(*arms)
        elif row.given is None:
            raise NotEstimable("nobody is counted")
        else:
            yield from _given(row)

    return effects


def _risk_ratio(row: StudyRow) -> Iterator[Estimate]:
    """The log risk ratio as RevMan gives it: 1 where everybody in both arms had the event, its variance with 0.5 added.

    RevMan keeps such a trial with its weight, while the Handbook (10.4.4.1) leaves it out.
    """
    arms = row.arms
    if arms is not None and row.has_events and arms[0].events == arms[0].n and arms[1].events == arms[1].n:
        n, m = arms[0].n + 1, arms[1].n + 1
        yield Estimate(0.0, 1 / (n - 0.5) - 1 / n + 1 / (m - 0.5) - 1 / m)
    else:
        yield from _of_arms(formulas.risk_ratio)(row)


def _peto_of_counts(row: StudyRow) -> Estimate:
    arms = row.arms
    if arms is None or arms[0].events is None or arms[1].events is None:
        raise NotEstimable("no events are counted")
    (n, a), (m, c) = (arms[0].n, arms[0].events), (arms[1].n, arms[1].events)
    if not 0 < a + c < n + m:
        raise NotEstimable("nobody or everybody had the event")
    return Estimate(*events.peto_log_odds_ratio(a, n - a, c, m - c))


def peto_effects(row: StudyRow) -> Iterator[Estimate]:
    """Peto's log odds ratio: from O - E and its variance, else from the counts (Handbook 10.4.2).

    An O - E of zero may be a column that was not filled, so the counts come first then.
    """
    entered = row.o_e is not None and bool(row.variance)
    if entered and row.o_e:
        yield Estimate(row.o_e / row.variance, 1 / row.variance)  # type: ignore[operator]
    if row.has_events:
        try:
            yield _peto_of_counts(row)
        except NotEstimable:
            if not entered:
                raise
    if entered and not row.o_e:
        yield Estimate(0.0, 1 / row.variance)  # type: ignore[operator]
    elif not entered and not row.has_events:
        raise NotEstimable("no events are counted")


def peto(row: StudyRow) -> Estimate:
    """Peto's log odds ratio of a study, by the first of ``peto_effects``."""
    return next(peto_effects(row))


def _given(row: StudyRow) -> Iterator[Estimate]:
    if row.given is None or not row.given_se:
        raise NotEstimable("no effect with a standard error is given")
    yield Estimate(row.given, row.given_se**2)


def _given_or_log_rank(row: StudyRow) -> Iterator[Estimate]:
    """A hazard or rate ratio: as entered, or from O - E and its variance (Handbook 10.4.2)."""
    yield from peto_effects(row) if row.given is None and row.o_e is not None and row.variance else _given(row)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure that an analysis may have used: how a study's effect follows, and when its numbers may be of it."""

    name: str
    effects: Effects
    is_ratio: bool
    possible: Callable[[StudyRow], bool]
    of_events: bool = False


MEASURES = (
    Measure("MD", _of_arms(formulas.mean_difference), False, lambda r: r.has_means),
    Measure("SMD", _of_arms(formulas.standardised_mean_difference_revman), False, lambda r: r.has_means),
    Measure("RR", _risk_ratio, True, lambda r: r.has_events, True),
    Measure("OR", _of_arms(formulas.odds_ratio), True, lambda r: r.has_events, True),
    Measure("RD", _of_arms(formulas.risk_difference), False, lambda r: r.has_events, True),
    Measure("Peto OR", peto_effects, True, lambda r: r.has_events or bool(r.variance), True),
    Measure("generic", _given, False, lambda r: bool(r.given_se)),
    Measure("generic ratio", _given_or_log_rank, True, lambda r: bool(r.given_se)),
    # of these only a source can tell
    Measure("HR", _given_or_log_rank, True, lambda r: False),
    Measure("IRR", _given_or_log_rank, True, lambda r: False),
    Measure("RoM", _given, True, lambda r: False),
)
BY_NAME = {m.name: m for m in MEASURES}


@dataclass(frozen=True, slots=True)
class Inferred:
    """An analysis with the measure and model that reproduce it.

    ``estimates`` holds the effect of each row (None where none follows, with the reason in ``reasons``), ``same`` whether
    the printed effect and interval follow (None where nothing is printed). ``model`` is empty where the weights fit none.
    ``level`` is that of the printed intervals in per cent; ``swapped`` tells that effects are of people without the event.
    """

    rows: Sequence[StudyRow]
    measure: Measure
    estimates: Sequence[Estimate | None]
    reasons: Sequence[str]
    same: Sequence[bool | None]
    model: str
    level: float = 95.0
    swapped: bool = False

    @property
    def reproduced(self) -> tuple[int, int]:
        """How many printed studies follow from their numbers, and how many are printed."""
        printed = [s for s in self.same if s is not None]
        return printed.count(True), len(printed)

    @property
    def usable(self) -> list[tuple[StudyRow, Estimate]]:
        """The studies that can be pooled."""
        return [(r, e) for r, e in zip(self.rows, self.estimates, strict=True) if e is not None]


def decimals(value: float) -> float:
    """Half a unit of the last printed digit (numbers come as floats: the shortest text that gives them)."""
    text, _, exponent = repr(value).partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(text.partition(".")[2]))


def agrees(row: StudyRow, measure: Measure, estimate: Estimate, level: float = 95.0) -> bool | None:
    """Whether a study's printed effect and interval are those of a measure; None when nothing is printed.

    An effect that was taken as it is printed, from limits that may be those of a t test, is the printed one.
    """
    if row.effect is None:
        return None
    if row.derived:
        return True
    half = normal(level) * math.sqrt(estimate.vi)
    printed = (row.effect, row.ci_low, row.ci_high)
    size = max(abs(v) for v in printed if v is not None)
    for value, p in zip((estimate.yi, estimate.yi - half, estimate.yi + half), printed, strict=True):
        if p is not None:
            shown = scales.natural(RATIOS[0], value) if measure.is_ratio else value
            if not abs(shown - p) <= 1.01 * decimals(p) + _RELATIVE * (abs(p) if measure.is_ratio else size):
                return False
    return True
