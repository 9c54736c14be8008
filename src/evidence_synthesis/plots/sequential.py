"""Trial sequential analysis: z as trials came in, against boundaries over the information that is there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import PALE, VERMILION
from evidence_synthesis.plots.drawing.chart import Axis, Chart, Curve, Dot, shade, vertical
from evidence_synthesis.stats.batch import NORMAL
from evidence_synthesis.stats.sequential import CROSSED, FUTILE, REACHED, UNDECIDED
from evidence_synthesis.synthesis.rows.through_time import SequentialLook

SAID = {
    CROSSED: "boundary crossed",
    FUTILE: "inside the futility wedge",
    REACHED: "information reached, no boundary crossed",
    UNDECIDED: "more is needed",
}
NOTES = (
    "Line with marks: z of the pooled effect at the end of each year with a new trial; below zero it favours the treatment.",
    "Vermilion: O'Brien-Fleming-type boundaries (Lan and DeMets). Dashed: required information, enlarged by diversity.",
    "Grey region: futility, not binding. Dotted: no effect, and 1.96 on either side.",
)
_TOP = 8.0  # |z| beyond which nothing is drawn
_APART = 0.06  # of the axis that lies between two looks whose years are both written
_RISE = 0.11  # inches from a mark to the middle of its year, away from the line of no effect


def _reach(looks: Sequence[SequentialLook]) -> float:
    """How far the axis of z goes to either side."""
    values = [abs(look.z) for look in looks if look.z is not None]
    values += [b for look in looks if (b := look.boundary) is not None]
    return min(_TOP, max([4.0, *values]) * 1.08)


def _boundary(looks: Sequence[SequentialLook], end: float, reach: float, side: float) -> Curve:
    """The boundary of one side: through the looks, off the chart where it is out of reach, level from full information on."""
    heights = [(look.people, reach if look.boundary is None else min(look.boundary, reach)) for look in looks]
    if looks[0].information > 1:
        heights.insert(0, (looks[0].required, heights[0][1]))
    points = [*heights, (end, heights[-1][1])]
    return Curve("boundary", tuple((x, side * height) for x, height in points), colour=VERMILION)


def _wedge(looks: Sequence[SequentialLook]) -> list[Curve]:
    """The region in which an effect that is looked for is given up."""
    inner = [(look.people, look.futility) for look in looks if look.futility is not None and look.information < 1]
    if not inner:
        return []
    end = next((look for look in looks if look.information >= 1 and look.boundary is not None), None)
    upper = [*inner, *([(end.required, end.boundary or 0.0)] if end is not None else [])]
    return [shade("futility", (*upper, *((x, -y) for x, y in reversed(upper))), PALE)]


def sequential_chart(title: str, looks: Sequence[SequentialLook], verdict: str) -> Chart:
    """The figure of one sequential analysis, from its looks in order.

    The line through the marks is z; those in vermilion lie beyond the boundary. Dashed: the required information. Below zero z
    is in favour of the treatment.
    """
    reach, required = _reach(looks), looks[0].required
    seen = [look for look in looks if look.z is not None]
    x = Axis("People", 0.0, max([required, *(look.people for look in looks)]) * 1.05)
    y = Axis("z", -reach, reach)
    dots = _dots(seen, x.high, reach)
    line = Curve("z", ((0.0, 0.0), *((d.x, d.y) for d in dots)))
    usual = [Curve("1.96", ((0.0, side * NORMAL), (x.high, side * NORMAL)), "dotted") for side in (1, -1)]
    zero = Curve("no effect", ((0.0, 0.0), (x.high, 0.0)), "dotted")
    bounds = [_boundary(looks, x.high, reach, side) for side in (1, -1)]
    curves = (*_wedge(looks), *usual, zero, vertical("required information", required, y, "dashed"), *bounds, line)
    return Chart(title, _subtitle(seen, required, verdict), x, y, dots, curves, NOTES)


def _crossed(look: SequentialLook) -> bool:
    return look.boundary is not None and look.z is not None and abs(look.z) >= look.boundary


def _dots(seen: Sequence[SequentialLook], end: float, reach: float) -> tuple[Dot, ...]:
    """A mark for each look; years are written from the last one back, as far as they have room."""
    found: list[Dot] = []
    left = math.inf
    for look in reversed(seen):
        named = left - look.people >= _APART * end
        left = look.people if named else left
        at = max(-reach, min(reach, look.z or 0.0))
        mark, rise = "marked" if _crossed(look) else "trial", _RISE if at >= 0 else -_RISE
        found.append(Dot(look.people, at, str(look.year or "year unknown"), mark, named=named, rise=rise))
    return tuple(reversed(found))


def _subtitle(seen: Sequence[SequentialLook], required: float, verdict: str) -> str:
    """How much is there, and what the analysis says."""
    last, first = seen[-1], next((look for look in seen if _crossed(look)), None)
    said = SAID[verdict]
    if verdict == CROSSED and first is not None and not _crossed(last):
        said += f" by the end of {first.year}" if first.year else " before"
        said += ", and z has come back since"
    there = f"{last.people:,.0f} of {required:,.0f} people ({100 * last.information:.0f} %)"
    return f"{wording.count(last.trials or 0, 'trial')}, {there}: {said}."
