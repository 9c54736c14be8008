"""The specification curve of one question: every set of effects that the choices lead to, and which choices lead there."""

from __future__ import annotations

from collections.abc import Sequence

from evidence_synthesis import wording
from evidence_synthesis.effects.scales import NO_EFFECT
from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.plots.drawing.chart import Axis, Chart, Curve, Dot, span
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.multiverse import PooledSet


def specification(question: str, words: str, sets: Sequence[PooledSet], measure: str, estimator: str, interval: str) -> Chart:
    """Estimates and intervals of all sets on one measure, from the most to the least favourable (Simonsohn 2020).

    ``sets`` are rows of the table of sets, ``words`` say what is asked. Raises ValueError when there is none.
    """
    rows = [r for r in sets if (r.question, r.measure, r.estimator) == (question, measure, estimator)]
    if not rows:
        raise UnusableInput("", f"{question}: no set of effects on {measure} by {estimator}")
    rows.sort(key=lambda r: (r.estimate, str(r.set)))
    values = [(r.estimate, *map(number_of, r.limits(interval))) for r in rows]
    limit = 3 * max(abs(v[0]) for v in values) + 1e-9
    x = Axis("Sets of effects, from the most to the least favourable", 0.5, len(rows) + 0.5)
    low, high = span([max(-limit, min(limit, v)) for three in values for v in three] + [0.0])
    y = Axis(measure, low, high)
    curves = [Curve(f"set {r.set}", ((i, v[1]), (i, v[2]))) for i, (r, v) in enumerate(zip(rows, values, strict=True), 1)]
    zero = Curve("no effect", ((x.low, 0.0), (x.high, 0.0)), "dotted")
    none = NO_EFFECT[measure]
    dots = tuple(
        Dot(
            float(i),
            v[0],
            f"{r.trials} trials, {wording.statement_verdict(r.verdict(interval))}",
            "open" if v[1] <= none <= v[2] else "trial",
        )
        for i, (r, v) in enumerate(zip(rows, values, strict=True), 1)
    )
    note = f"{len(rows)} sets by {estimator}, {wording.INTERVALS[interval]}. Full marks: the interval excludes no effect."
    return Chart(f"{words}: specification curve", "", x, y, dots, (zero, *curves), (note,))
