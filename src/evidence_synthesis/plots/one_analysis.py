"""Charts of one analysis: funnel, Baujat, leave-one-out, cumulative, all subsets, year, and L'Abbe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence_synthesis import wording
from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.plots.drawing.chart import Axis, Chart, Curve, Dot, shade, span, vertical
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats import influence, small_study
from evidence_synthesis.stats.batch import NORMAL, Array, make_batch
from evidence_synthesis.stats.pooling import Pooled, pool
from evidence_synthesis.stats.regression import meta_regression
from evidence_synthesis.synthesis.rows.analyses import TrialEffect
from evidence_synthesis.synthesis.trials_in_analyses import effects_of

_Z = {0.1: 1.6448536269514722, 0.05: NORMAL, 0.01: 2.5758293035489004}
_FUNNEL_SHADES = ((0.01, "#e3e3e3"), (0.05, "#efefef"), (0.1, "#f8f8f8"))
_MOST_SUBSETS = 4000  # dots of a cloud; the numbers come from all subsets


class NotDrawn(EvidenceError, ValueError):
    """The analysis has too little for the figure that was asked."""


@dataclass(frozen=True)
class AnalysisData:
    """One analysis with its trials, oldest first, and the model that pools them; effects on the scale of pooling."""

    title: str
    measure: str
    trials: Sequence[TrialEffect]
    model: Model

    @property
    def yi(self) -> Array:
        """Effects."""
        return effects_of(self.trials)[0]

    @property
    def vi(self) -> Array:
        """Variances."""
        return effects_of(self.trials)[1]

    def pooled(self) -> Pooled:
        """The pooled result."""
        return pool(make_batch([(self.yi, self.vi)]), *self.model)

    def need(self, least: int) -> None:
        """Raise NotDrawn with fewer trials than a figure needs."""
        if len(self.trials) < least:
            raise NotDrawn(f"{self.title}: this figure needs {least} trials; there are {len(self.trials)}")

    def axis(self, values: Sequence[float]) -> Axis:
        """The effect axis that holds values."""
        return Axis(wording.MEASURES.get(self.measure, self.measure), *span(values), self.measure)


def funnel(analysis: AnalysisData) -> Chart:
    """Effects by standard error with contours of significance (Peters 2008, doi:10.1016/j.jclinepi.2007.11.010).

    From ten trials on with Egger's line and the trials that trim-and-fill adds.
    """
    analysis.need(3)
    yi, vi = analysis.yi, analysis.vi
    se = np.sqrt(vi)
    top = float(se.max()) * 1.08
    mean = analysis.pooled().estimate[0].item()
    dots = [Dot(y, s, t.study) for y, s, t in zip(yi.tolist(), se.tolist(), analysis.trials, strict=True)]
    curves, notes = [], []
    if len(analysis.trials) >= small_study.MINIMUM:
        line, filled = small_study.egger(yi, vi), small_study.trim_and_fill(yi, vi)
        said = "All trials are equally precise: no test of asymmetry."
        if not math.isnan(line.slope):
            curves.append(Curve("Egger's line", ((line.intercept, 0.0), (line.intercept + line.slope * top, top)), "dashed"))
            said = f"Dashed: Egger's line, p {wording.p_value(line.slope_p)}."
        added = zip(filled.yi.tolist(), filled.vi.tolist(), strict=True)
        dots += [Dot(y, math.sqrt(v), "filled in", "filled") for y, v in added]
        notes.append(f"{said} Open: {wording.count(filled.missing, 'trial')} filled in.")
    else:
        notes.append(f"Fewer than {small_study.MINIMUM} trials: no test of asymmetry is offered.")
    x = analysis.axis([*(d.x for d in dots), mean, -_Z[0.01] * top, _Z[0.01] * top])
    y = Axis("Standard error", top, 0.0)
    shades = [
        shade(f"p < {p}", ((0.0, 0.0), (-z * top, top), (z * top, top)), c)
        for (p, c), z in zip(_FUNNEL_SHADES, (_Z[p] for p, _ in _FUNNEL_SHADES), strict=True)
    ]
    contours = (*shades, vertical("no effect", 0.0, y, "dotted"), vertical("pooled", mean, y))
    notes.append("Shaded, from the middle: p above 0.1, 0.05 to 0.1, 0.01 to 0.05.")
    return Chart(f"{analysis.title}: funnel", "", x, y, tuple(dots), (*contours, *curves), tuple(notes))


def baujat(analysis: AnalysisData) -> Chart:
    """Each trial's part of the heterogeneity and its influence on the estimate (Baujat 2002, doi:10.1002/sim.1221)."""
    analysis.need(3)
    found = influence.diagnostics(analysis.yi, analysis.vi, analysis.model.estimator)
    order = np.argsort(-(found.baujat_x / max(found.baujat_x.max(), 1e-300) + found.baujat_y / max(found.baujat_y.max(), 1e-300)))
    named = set(order[:4].tolist())
    dots = tuple(
        Dot(x, y, t.study, "marked" if i in named else "trial", named=i in named)
        for i, (x, y, t) in enumerate(zip(found.baujat_x.tolist(), found.baujat_y.tolist(), analysis.trials, strict=True))
    )
    x = Axis("Part of the heterogeneity (squared Pearson residual)", 0.0, span(found.baujat_x.tolist())[1])
    y = Axis("Influence on the estimate", 0.0, span(found.baujat_y.tolist())[1])
    return Chart(f"{analysis.title}: Baujat plot", "", x, y, dots)


def _intervals(analysis: AnalysisData, found: Pooled, rows: Sequence[str], title: str, note: str) -> Chart:
    """One interval a line, first line on top."""
    count = len(rows)
    values = [*found.ci_low.tolist(), *found.ci_high.tolist(), 0.0]
    inside = [v for v in values if abs(v) < 4 * float(np.abs(analysis.yi).max()) + 1e-9]
    x, y = analysis.axis(inside), Axis("", count - 0.5, -0.5)
    curves = [
        Curve(row, ((low, float(i)), (high, float(i))))
        for i, (row, low, high) in enumerate(zip(rows, found.ci_low.tolist(), found.ci_high.tolist(), strict=True))
    ]
    whole = analysis.pooled().estimate[0].item()
    curves += [vertical("no effect", 0.0, y, "dotted"), vertical("all trials", whole, y, "dashed")]
    dots = tuple(Dot(e, float(i), row) for i, (e, row) in enumerate(zip(found.estimate.tolist(), rows, strict=True)))
    return Chart(title, wording.model_words(analysis.model), x, y, dots, tuple(curves), (note,), tuple(rows))


def leave_one_out(analysis: AnalysisData) -> Chart:
    """The pooled result without each trial."""
    analysis.need(3)
    rows = [f"without {t.study}" for t in analysis.trials]
    found = influence.leave_one_out(analysis.yi, analysis.vi, *analysis.model)
    return _intervals(analysis, found, rows, f"{analysis.title}: one trial left out", "Dashed: all trials.")


def cumulative(analysis: AnalysisData) -> Chart:
    """The pooled result of the first trial, the first two, and so on in order of year."""
    analysis.need(2)
    rows = [f"{'+ ' if i else ''}{t.study}" for i, t in enumerate(analysis.trials)]
    found = influence.cumulative(analysis.yi, analysis.vi, *analysis.model)
    return _intervals(analysis, found, rows, f"{analysis.title}: trial by trial", "In order of year. Dashed: all trials.")


def subsets(analysis: AnalysisData) -> Chart:
    """All subsets of the trials by estimate and I2 (GOSH; Olkin 2012, doi:10.1002/jrsm.1053)."""
    analysis.need(4)
    found = influence.gosh(analysis.yi, analysis.vi, most=100_000, every_up_to=16)
    several = np.flatnonzero(found.members.sum(1) > 1)
    step = max(1, several.size // _MOST_SUBSETS)
    split = influence.cluster_effect(found, len(analysis.trials))
    most = int(np.nanargmax(np.abs(split)))
    has = found.members[:, most]
    dots = tuple(
        Dot(found.estimate[i].item(), found.i2[i].item(), "", "marked" if has[i] else "pale", 0.012)
        for i in several[::step].tolist()
    )
    x, y = analysis.axis(found.estimate[several].tolist()), Axis("I2 (%)", 0.0, 100.0)
    name = analysis.trials[most].study
    note = f"{len(found.members):,} subsets (DL), {len(dots):,} drawn. Dark: those with {name}, which splits them most."
    return Chart(f"{analysis.title}: all subsets (GOSH)", "", x, y, dots, (vertical("no effect", 0.0, y, "dotted"),), (note,))


def bubble(analysis: AnalysisData) -> Chart:
    """Effects by year with the line of the meta-regression and its 95 per cent band."""
    known = [t for t in analysis.trials if t.year is not None]
    part = replace(analysis, trials=known)
    part.need(4)
    years = np.array([float(t.year) for t in known if t.year is not None])
    if np.ptp(years) == 0:
        raise NotDrawn(f"{analysis.title}: all trials are of one year")
    centre = float(years.mean())
    fit = meta_regression(part.yi, part.vi, np.column_stack([np.ones(years.size), years - centre]))
    weight = 1 / (part.vi + fit.tau2)
    half = (0.03 + 0.06 * np.sqrt(weight / weight.max())).tolist()
    dots = tuple(Dot(a, y, t.study, "trial", h) for a, y, t, h in zip(years.tolist(), part.yi.tolist(), known, half, strict=True))
    x = Axis("Year", *span(years.tolist()))
    y = part.axis([*part.yi.tolist(), 0.0])
    line = Curve("regression", tuple((a, float(fit.beta[0] + fit.beta[1] * (a - centre))) for a in (x.low, x.high)))
    tested = wording.p_value(fit.p[1].item())
    note = (f"p {tested} for the year; R2 {fit.r2:.0f} %. " if tested else "") + "The larger, the more weight."
    zero = Curve("no effect", ((x.low, 0.0), (x.high, 0.0)), "dotted")
    return Chart(f"{analysis.title}: by year", "", x, Axis(y.label, y.low, y.high, analysis.measure), dots, (zero, line), (note,))


def labbe(analysis: AnalysisData) -> Chart:
    """Share with the event under treatment by the share under the comparator (L'Abbe 1987, doi:10.7326/0003-4819-107-2-224)."""
    arms = [
        (t, t.events_t / t.n_t, t.events_c / t.n_c, t.n_t + t.n_c)
        for t in analysis.trials
        if t.events_t is not None and t.events_c is not None and t.n_t and t.n_c
    ]
    if not arms:
        raise NotDrawn(f"{analysis.title}: no trial with counts of events")
    most = max(people for *_, people in arms)
    dots = tuple(
        Dot(compared, treated, t.study, "trial", 0.03 + 0.07 * math.sqrt(people / most), named=len(arms) <= 12)
        for t, treated, compared, people in arms
    )
    x, y = Axis("Share with the event, comparator", 0.0, 1.0), Axis("Share with the event, treatment", 0.0, 1.0)
    pooled = analysis.pooled().estimate[0].item()
    ratio = Curve("pooled ratio", tuple((p / 50, min(1.0, p / 50 * math.exp(pooled))) for p in range(51)), "dashed")
    equal = Curve("no difference", ((0.0, 0.0), (1.0, 1.0)), "dotted")
    curves = (equal, ratio) if analysis.measure == "RR" else (equal,)
    notes = ["Dotted: no difference." + (" Dashed: the pooled ratio." if len(curves) > 1 else "")]
    if len(arms) < len(analysis.trials):
        notes.append(f"{len(arms)} of {wording.count(len(analysis.trials), 'trial')} with counts of events in both arms.")
    return Chart(f"{analysis.title}: L'Abbe plot", "", x, y, dots, curves, tuple(notes))


KINDS = {
    "funnel": funnel,
    "baujat": baujat,
    "leave-one-out": leave_one_out,
    "cumulative": cumulative,
    "gosh": subsets,
    "bubble": bubble,
    "labbe": labbe,
}
