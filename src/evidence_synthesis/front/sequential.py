"""Trial sequential analysis of one's own studies: whether enough has been seen, and what holds for looking again and again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evidence_synthesis.errors import NotEnough, UnusableInput
from evidence_synthesis.front.fit import Fit
from evidence_synthesis.front.given import above_zero, probability
from evidence_synthesis.front.pages import page
from evidence_synthesis.stats.batch import Array, make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.sequential import (
    CROSSED,
    FUTILE,
    REACHED,
    UNDECIDED,
    SequentialTest,
    adjusted_size,
    diversity,
    sequential_course,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SAID = {
    CROSSED: "z has crossed a boundary: the effect is shown, however often one looked",
    FUTILE: "z is inside the futility wedge: the effect that is looked for is unlikely to be found",
    REACHED: "the required information is there, and no boundary was crossed",
    UNDECIDED: "undecided: more information is needed",
}
PEOPLE, PRECISION = "people", "of precision"  # the latter: the sum of 1 / variance


@dataclass(frozen=True, eq=False, repr=False)
class SequentialAnalysis:
    """A trial sequential analysis. ``looks`` has one row for each look: studies, information, z, boundary, futility (``|z|``).

    ``required`` is the information that is asked for, enlarged by ``diversity``, in ``unit``; ``plain`` that without. A boundary
    is NaN where it is out of reach, ``end`` is the one that full information would have. z has the sign of the effect.
    """

    looks: pd.DataFrame
    required: float
    plain: float
    diversity: float
    unit: str
    end: float
    test: SequentialTest
    title: str = ""

    @property
    def verdict(self) -> str:
        """What the analysis says: crossed, futile, reached or open; see ``stats.sequential.SequentialTest``."""
        return self.test.verdict

    @property
    def asked_for(self) -> str:
        """The required information in words."""
        whole = self.required >= 1000 or self.unit == PEOPLE
        return f"{self.required:,.0f} {self.unit}" if whole else f"{self.required:.4g} {self.unit}"

    @property
    def still_needed(self) -> float:
        """The information that lacks; none once a boundary is crossed."""
        return 0.0 if self.verdict == CROSSED else max(0.0, (1 - self.test.information) * self.required)

    def __repr__(self) -> str:
        opening = [self.title] if self.title else []
        share = f"{100 * self.test.information:.0f} % of the required information ({self.asked_for},"
        parts = [f"Trial sequential analysis: {share} diversity {100 * self.diversity:.0f} %)"]
        bound = "out of reach" if math.isinf(self.test.boundary) else f"{self.test.boundary:.2f}"
        parts.append(f"z {self.test.z:.2f}, boundary {bound}: {_SAID[self.verdict]}")
        return "\n".join([*opening, *parts]).replace("-", "\N{MINUS SIGN}")

    def _repr_html_(self) -> str:
        from evidence_synthesis.front import figures

        return page(repr(self).splitlines(), (), (), picture=figures.as_svg(self.plot(title="")))

    def plot(self, path: str | Path | None = None, title: str | None = None) -> Figure:
        """The line of z against the boundaries over the information, as a matplotlib Figure."""
        from evidence_synthesis.front import figures

        return figures.sequential(self.looks, self.end, self.asked_for, self.title if title is None else title, path)


def _groups(by: pd.Series) -> list[tuple[object, list[int]]]:
    """The places of the studies that are there at each look, in the order of the column's values."""
    values = by.reset_index(drop=True)
    if values.isna().any():
        raise UnusableInput(str(by.name or "by"), f"no value for {int(values.isna().sum())} studies: a look needs its order")
    return [(value, np.flatnonzero((values <= value).to_numpy()).tolist()) for value in sorted(set(values))]


def people_of(numbers: Mapping[str, Array], used: np.ndarray) -> Array | None:
    """The people of each study that is pooled, in both arms; None where the table does not tell them all."""
    arms = [numbers[name][used] for name in ("n_t", "n_c") if name in numbers]
    whole = arms[0] + arms[1] if len(arms) == 2 else numbers["n"][used] if "n" in numbers else None
    return whole if whole is not None and bool(np.isfinite(whole).all()) else None


def _asked_for(
    fit: Fit, people: Array | None, worthwhile: float | None, required: float | None, alpha: float, power: float
) -> tuple[float, Array, str]:
    """The information that one study needs, what each study brings of it, and its unit."""
    if (worthwhile is None) == (required is None):
        raise UnusableInput(
            "worthwhile", "state either the effect that is looked for or the people that one study needs to see it"
        )
    if required is not None:
        if people is None:
            raise UnusableInput("required", "the people of some studies are not known; state the effect (worthwhile) instead")
        return above_zero("required", required, "number of people that see an effect"), people, PEOPLE
    if not isinstance(worthwhile, Real):
        raise UnusableInput("worthwhile", f"an effect is a number, not {worthwhile!r}")
    effect = float(fit.measure.pooling_scale(np.asarray([worthwhile], dtype=np.float64))[0])
    if fit.measure.none is None or effect == 0 or not math.isfinite(effect):
        raise UnusableInput(
            "worthwhile", f"{worthwhile:g} is no effect of the {fit.measure.label.lower()} that could be looked for"
        )
    asked = ((float(ndtri(1 - alpha / 2)) + float(ndtri(power))) / effect) ** 2
    return asked, 1 / fit.vi, PRECISION


def sequential(
    fit: Fit,
    people: Array | None,
    by: pd.Series,
    worthwhile: float | None,
    required: float | None,
    alpha: float,
    power: float,
    title: str,
) -> SequentialAnalysis:
    """A trial sequential analysis of pooled studies with their people (None: not all known); see ``MetaAnalysis.sequential``."""
    fit.need_variances("a sequential analysis")
    for name, value in (("alpha", alpha), ("power", power)):
        probability(name, value)
    plain, brought, unit = _asked_for(fit, people, worthwhile, required, alpha, power)
    looks = _groups(by)
    sets = [(fit.yi[places], fit.vi[places]) for _, places in looks]
    pooled = pool(make_batch(sets), fit.model.estimator, hksj=False, limits=False)
    share = diversity(1 / math.fsum(1 / fit.vi), float(pooled.se[-1]) ** 2)
    enlarged = adjusted_size(plain, share)
    if math.isinf(enlarged):
        raise NotEnough("a sequential analysis", fit.k + 1, fit.k)
    there = [math.fsum(brought[places]) / enlarged for _, places in looks]
    course = sequential_course(there, (pooled.estimate / pooled.se).tolist(), alpha, power)
    index = pd.Index([looks[i][0] for i in course.places], name=str(by.name or "look"))
    table = pd.DataFrame(
        {
            "studies": [len(looks[i][1]) for i in course.places],
            "information": course.information,
            "z": course.z,
            "boundary": np.where(np.isinf(course.boundaries), np.nan, course.boundaries),
            "futility": course.futility,
        },
        index,
    )
    return SequentialAnalysis(table, enlarged, plain, share, unit, course.ends, course.at_the_last_look(), title)
