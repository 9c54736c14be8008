"""Numbers of an arm that follow from others beside them: people, SDs from variances and quartile ranges, rates of events."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from evidence_synthesis.effects.formulas import ArmSummary, NotEstimable, rate_ratio, sd_from_quartiles
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.schema import PERSON_TIME

DERIVED = ("none", "var", "iqr", "time")  # fields of an arm that a study row has no place for
Cell = Callable[[str, str], float | None]  # the number of a field and side
Refuse = Callable[[str, str, float, str], None]  # of a field and side with its value, and what is expected
FLAG = ("flags", "sd_from_iqr_width")
NOTES = {
    "var": "of variances of arms the square root is taken for the SD",
    "iqr": "interquartile ranges of one number give the SD (Wan 2014); the median stands for the mean, as the two sides of the "
    "range are not told apart",
}


def completed(made: StudyRow, cell: Cell, refuse: Refuse, measure: str) -> tuple[StudyRow, tuple[str, ...]]:
    """A study with what follows from people without the event, variances, quartile ranges and person-time; and notes on it.

    SD of the quartile range by Wan 2014 (doi:10.1186/1471-2288-14-135), the log rate ratio by Handbook 6.7.1 where
    ``measure`` is none or IRR.
    """
    told: dict[str, None] = {}
    for side in ("t", "c"):
        made = _people(made, cell, side)
        made = _from_variance(made, cell, refuse, side, told)
        made = _from_range(made, cell, refuse, side, told)
    return (_rate_ratio(made, cell, refuse) if measure in ("", "IRR") else made), tuple(NOTES[k] for k in told)


def _with(made: StudyRow, **changes: Any) -> StudyRow:
    return replace(made, **changes)


def _people(made: StudyRow, cell: Cell, side: str) -> StudyRow:
    events = getattr(made, f"events_{side}")
    if getattr(made, f"n_{side}") is not None or events is None or (none := cell("none", side)) is None:
        return made
    return _with(made, **{f"n_{side}": events + none})


def _from_variance(made: StudyRow, cell: Cell, refuse: Refuse, side: str, told: dict[str, None]) -> StudyRow:
    if getattr(made, f"sd_{side}") is not None or (variance := cell("var", side)) is None:
        return made
    if variance < 0:
        refuse("var", side, variance, "a variance, not below zero")
        return made
    told["var"] = None
    return _with(made, **{f"sd_{side}": math.sqrt(variance)})


def _from_range(made: StudyRow, cell: Cell, refuse: Refuse, side: str, told: dict[str, None]) -> StudyRow:
    n = getattr(made, f"n_{side}")
    middle = getattr(made, f"mean_{side}")
    middle = made.spread.get(f"median_{side}") if middle is None else middle
    known = {f"{q}_{side}" for q in ("se", "q1", "ci_low")} & made.spread.keys()
    if getattr(made, f"sd_{side}") is not None or known or (width := cell("iqr", side)) is None:
        return made
    if not width > 0:
        refuse("iqr", side, width, "the upper minus the lower quartile, above zero")
    if not width > 0 or middle is None or not n:
        return made
    told["iqr"] = None
    spread = {k: v for k, v in made.spread.items() if k != f"median_{side}"}
    facts = made.facts if FLAG in made.facts else (*made.facts, FLAG)  # a package tells by it that these are no printed values
    return _with(
        made, spread=spread, facts=facts, **{f"mean_{side}": middle, f"sd_{side}": float(sd_from_quartiles(0.0, width, n))}
    )


def _rate_ratio(made: StudyRow, cell: Cell, refuse: Refuse) -> StudyRow:
    times = {side: cell("time", side) for side in ("t", "c")}
    for side, time in times.items():
        if time is not None and not time > 0:
            refuse("time", side, time, "person-time above zero")
            return made
    if made.given is not None or None in (*times.values(), made.events_t, made.events_c):
        return made
    arms = [ArmSummary(0.0, events=getattr(made, f"events_{side}"), time=time) for side, time in times.items()]
    try:
        ratio = rate_ratio(*arms)
    except NotEstimable as why:
        return _with(made, measure="IRR", fault="; ".join(filter(None, (made.fault, str(why)))))
    told = tuple(zip(PERSON_TIME, (f"{time:.12g}" for time in times.values()), strict=True))
    return _with(made, measure="IRR", given=ratio.yi, given_se=math.sqrt(ratio.vi), facts=(*made.facts, *told))
