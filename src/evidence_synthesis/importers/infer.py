"""Which measure and which model an analysis used: whichever reproduces what its source printed.

Every measure that a study's numbers allow is worked out and compared with the printed effects and intervals; then the
weights of each model are compared with the printed weights. What the source states comes first where the numbers allow it;
nothing is taken on trust: what does not reproduce is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evidence_synthesis.effects.conversions import LEAST_VARIANCE
from evidence_synthesis.effects.formulas import Estimate, NotEstimable
from evidence_synthesis.importers.measures import BY_NAME, LEVELS, MEASURES, Inferred, Measure, agrees
from evidence_synthesis.importers.models import model_of
from evidence_synthesis.importers.rows import StudyRow


def swapped(row: StudyRow) -> StudyRow:
    """The same study with people without the event counted in place of those with it."""
    if not row.has_events:
        return row
    return replace(row, events_t=row.n_t - row.events_t, events_c=row.n_c - row.events_c)  # type: ignore[operator]


def _effect(row: StudyRow, measure: Measure, level: float) -> tuple[Estimate | None, str, bool | None]:
    """The effect of a study on a measure, the reason why there is none, and whether it is the printed one.

    Where numbers may mean several effects, the one that is printed is taken, else the first.
    """
    first: Estimate | None = None
    try:
        for estimate in measure.effects(row):
            if not LEAST_VARIANCE < estimate.vi < 1 / LEAST_VARIANCE:
                continue
            same = agrees(row, measure, estimate, level)
            if same is not False:
                return estimate, "", same
            first = first or estimate
    except NotEstimable as error:
        if first is None:
            return None, row.fault or str(error), None
    if first is None:
        return None, row.fault or "the variance is zero, or on no scale that trials have", None
    return first, "", False


def _worked(rows: Sequence[StudyRow], measure: Measure, level: float, swap: bool = False) -> Inferred:
    """An analysis on one measure, its model still unknown."""
    found = [_effect(swapped(r) if swap else r, measure, level) for r in rows]
    return Inferred(rows, measure, [f[0] for f in found], [f[1] for f in found], [f[2] for f in found], "", level, swap)


def _possible(rows: Sequence[StudyRow]) -> list[Measure]:
    stated = [BY_NAME[r.measure] for r in rows if r.measure in BY_NAME][:1]
    return stated + [m for m in MEASURES if m not in stated and any(m.possible(r) for r in rows)]


def _tried(rows: Sequence[StudyRow]) -> Iterator[Inferred]:
    """An analysis on each measure that its numbers allow: what is stated and usual first, then other levels and non-events."""
    possible = _possible(rows)
    level = next((r.level for r in rows if r.level), None)
    swap = any(r.swapped for r in rows)
    for measure in possible:
        yield _worked(rows, measure, level or LEVELS[0], swap and measure.of_events)
    if any(r.effect is not None for r in rows):
        for other in LEVELS if level else LEVELS[1:]:
            for measure in possible:
                yield _worked(rows, measure, other, swap and measure.of_events)
        for other in (level, *LEVELS) if level else LEVELS:
            for measure in possible:
                if measure.of_events:
                    yield _worked(rows, measure, other, not swap)


def infer(rows: Sequence[StudyRow]) -> Inferred | None:
    """The measure and the model of one analysis; None where no study has numbers that give an effect.

    Of several measures that reproduce equally many studies, the one stated by the source comes first, then the order
    of ``MEASURES``; intervals of 95 per cent come before others, events before non-events. Where the source prints no
    effects, or no other measure gives more than half of them, the stated or first possible one is taken; none where
    nobody had an event, unless a difference is stated.
    """
    stated = {r.measure for r in rows} & BY_NAME.keys()
    printed = sum(r.effect is not None for r in rows)
    told = any(r.has_means or r.given_se or r.variance or r.events_t or r.events_c for r in rows)
    if not printed and not told and not any(not BY_NAME[m].is_ratio for m in stated):
        return None
    best: Inferred | None = None
    as_stated: Inferred | None = None
    for tried in _tried(rows):
        if tried.usable and (best is None or tried.reproduced[0] > best.reproduced[0]):
            best = tried
            as_stated = best if best.measure.name in stated else as_stated
        if best is not None and best.reproduced[0] == printed:
            break
    if best is not None and as_stated is not None and 2 * best.reproduced[0] <= printed:
        best = as_stated
    return None if best is None else replace(best, model=model_of(best))
