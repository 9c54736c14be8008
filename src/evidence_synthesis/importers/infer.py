"""Which measure and which model an analysis used: whichever reproduces what its source printed.

Every measure that a study's numbers allow is worked out by RevMan's own conventions (Deeks & Higgins 2010, Statistical
algorithms in Review Manager 5) and compared with the printed effects and intervals; then the weights of each model
are compared with the printed weights. Nothing is taken on trust: what does not reproduce is reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence_synthesis.effects import events, formulas, scales
from evidence_synthesis.effects.conversions import LEAST_VARIANCE
from evidence_synthesis.effects.formulas import Estimate, NotEstimable
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.stats.batch import NORMAL, Array

_RELATIVE = 2e-4  # of the larger of effect and limits: inputs and outputs of a table are rounded apart
_WEIGHT = 0.6  # per cent points by which printed weights may differ from a model's
MODELS = ("fixed, IV", "fixed, MH", "fixed, Peto", "random, IV", "random, MH")


def _of_arms(formula: Callable[[formulas.ArmSummary, formulas.ArmSummary], Estimate]) -> Callable[[StudyRow], Estimate]:
    def effect(row: StudyRow) -> Estimate:
        arms = row.arms
        if arms is None:
            raise NotEstimable("nobody is counted")
        return formula(*arms)

    return effect


def peto(row: StudyRow) -> Estimate:
    """Peto's log odds ratio from the counts, or from O - E and its variance (Handbook 10.4.2)."""
    if row.o_e is not None and row.variance:
        return Estimate(row.o_e / row.variance, 1 / row.variance)
    arms = row.arms
    if arms is None or arms[0].events is None or arms[1].events is None:
        raise NotEstimable("no events are counted")
    (n, a), (m, c) = (arms[0].n, arms[0].events), (arms[1].n, arms[1].events)
    if not 0 < a + c < n + m:
        raise NotEstimable("nobody or everybody had the event")
    return Estimate(*events.peto_log_odds_ratio(a, n - a, c, m - c))


def _given(row: StudyRow) -> Estimate:
    if row.given is None or not row.given_se:
        raise NotEstimable("no effect with a standard error is given")
    return Estimate(row.given, row.given_se**2)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure that an analysis may have used: how a study's effect follows, and what it is for our own tables."""

    name: str
    effect: Callable[[StudyRow], Estimate]
    is_ratio: bool
    possible: Callable[[StudyRow], bool]
    pooled_as: str


MEASURES = (
    Measure("MD", _of_arms(formulas.mean_difference), False, lambda r: r.has_means, "MD"),
    Measure("SMD", _of_arms(formulas.standardised_mean_difference_revman), False, lambda r: r.has_means, "SMD"),
    Measure("RR", _of_arms(formulas.risk_ratio), True, lambda r: r.has_events, "RR"),
    Measure("OR", _of_arms(formulas.odds_ratio), True, lambda r: r.has_events, "OR"),
    Measure("RD", _of_arms(formulas.risk_difference), False, lambda r: r.has_events, "RD"),
    Measure("Peto OR", peto, True, lambda r: r.has_events or bool(r.variance), "OR"),
    Measure("generic", _given, False, lambda r: bool(r.given_se), "generic"),
    Measure("generic ratio", _given, True, lambda r: bool(r.given_se), "HR"),
)
BY_NAME = {m.name: m for m in MEASURES}


@dataclass(frozen=True, slots=True)
class Inferred:
    """An analysis with the measure and model that reproduce it.

    ``estimates`` holds the effect of each row (None where none follows, with the reason in ``reasons``), ``same`` whether
    the printed effect and interval follow (None where nothing is printed). ``model`` is empty where the weights fit none.
    """

    rows: Sequence[StudyRow]
    measure: Measure
    estimates: Sequence[Estimate | None]
    reasons: Sequence[str]
    same: Sequence[bool | None]
    model: str

    @property
    def reproduced(self) -> tuple[int, int]:
        """How many printed studies follow from their numbers, and how many are printed."""
        printed = [s for s in self.same if s is not None]
        return printed.count(True), len(printed)

    @property
    def usable(self) -> list[tuple[StudyRow, Estimate]]:
        """The studies that can be pooled."""
        return [(r, e) for r, e in zip(self.rows, self.estimates, strict=True) if e is not None]


def _decimals(value: float) -> float:
    """Half a unit of the last printed digit (numbers come as floats: the shortest text that gives them)."""
    text = repr(value)
    return 0.5 * 10.0 ** -len(text.partition(".")[2]) if "e" not in text else 0.0


def agrees(row: StudyRow, measure: Measure, estimate: Estimate) -> bool | None:
    """Whether a study's printed effect and interval are those of a measure; None when nothing is printed."""
    if row.effect is None:
        return None
    half = NORMAL * math.sqrt(estimate.vi)
    values = [estimate.yi, estimate.yi - half, estimate.yi + half]
    shown = [scales.natural(RATIOS[0], v) for v in values] if measure.is_ratio else values
    printed = [row.effect, row.ci_low, row.ci_high]
    size = max(abs(v) for v in printed if v is not None)
    return all(
        p is None or abs(s - p) <= 1.01 * _decimals(p) + _RELATIVE * (abs(p) if measure.is_ratio else size)
        for s, p in zip(shown, printed, strict=True)
    )


def _effect(row: StudyRow, measure: Measure) -> tuple[Estimate | None, str]:
    """The effect of a study on a measure, or the reason why there is none."""
    try:
        estimate = measure.effect(row)
    except NotEstimable as error:
        return None, str(error)
    if not LEAST_VARIANCE < estimate.vi < 1 / LEAST_VARIANCE:
        return None, "the variance is zero, or on no scale that trials have"
    return estimate, ""


def _worked(rows: Sequence[StudyRow], measure: Measure) -> Inferred:
    """An analysis on one measure, its model still unknown."""
    effects_of = [_effect(row, measure) for row in rows]
    estimates = [estimate for estimate, _ in effects_of]
    same = [None if e is None else agrees(r, measure, e) for r, e in zip(rows, estimates, strict=True)]
    return Inferred(rows, measure, estimates, [reason for _, reason in effects_of], same, "")


def _possible(rows: Sequence[StudyRow]) -> list[Measure]:
    stated = [BY_NAME[r.measure] for r in rows if r.measure in BY_NAME][:1]
    return stated + [m for m in MEASURES if m not in stated and any(m.possible(r) for r in rows)]


def infer(rows: Sequence[StudyRow]) -> Inferred | None:
    """The measure and the model of one analysis; None where no study has numbers that give an effect.

    Of several measures that reproduce equally many studies, the one stated by the source comes first, then the order
    of ``MEASURES``. Where the source prints no effects, the stated or first possible measure is taken.
    """
    worked = [w for w in (_worked(rows, measure) for measure in _possible(rows)) if w.usable]
    if not worked:
        return None
    best = max(worked, key=lambda w: w.reproduced[0])  # the first of equals
    return replace(best, model=_model(rows, best.measure, best.estimates))


# --- weights ---------------------------------------------------------------------------------------------------------


def _mantel_haenszel(rows: Sequence[StudyRow], measure: Measure) -> Array | None:
    """Mantel-Haenszel weights; None where a row has no counts or the measure has none."""
    if measure.name not in ("RR", "OR", "RD") or not all(r.has_events for r in rows):
        return None
    a, n, c, m = (np.array([getattr(r, f) for r in rows], dtype=float) for f in ("events_t", "n_t", "events_c", "n_c"))
    if measure.name == "RD":
        return np.asarray(n * m / (n + m), dtype=np.float64)
    extra = np.where((a == 0) | (c == 0) | (a == n) | (c == m), 0.5, 0.0)  # to each cell of a study with an empty one
    a, c, n, m = a + extra, c + extra, n + 2 * extra, m + 2 * extra
    return np.asarray((n - a) * c / (n + m) if measure.name == "OR" else c * n / (n + m), dtype=np.float64)


def _random(yi: Array, vi: Array, about: float) -> Array:
    """DerSimonian-Laird weights with Q about a centre (the inverse-variance mean, or the Mantel-Haenszel one)."""
    w = 1 / vi
    q = float((w * (yi - about) ** 2).sum())
    tau2 = max(0.0, (q - (yi.size - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    return 1 / (vi + tau2)


def model_weights(rows: Sequence[StudyRow], measure: Measure, estimates: Sequence[Estimate]) -> dict[str, Array]:
    """The weights that each model gives the studies of an analysis (not normalised)."""
    yi, vi = np.array([e.yi for e in estimates]), np.array([e.vi for e in estimates])
    inverse = 1 / vi
    found = {("fixed, Peto" if measure.name == "Peto OR" else "fixed, IV"): inverse}
    mh = _mantel_haenszel(rows, measure)
    if mh is not None and mh.sum() > 0:
        found["fixed, MH"] = mh
    if yi.size > 1:
        found["random, IV"] = _random(yi, vi, float(inverse @ yi / inverse.sum()))
        if mh is not None and mh.sum() > 0:
            ratio = np.exp(yi) if measure.is_ratio else yi
            centre = float(mh @ ratio / mh.sum())
            found["random, MH"] = _random(yi, vi, math.log(centre) if measure.is_ratio else centre)
    return found


def _shares(weights: Array, blocks: Iterable[Sequence[int]]) -> Array:
    shares = np.zeros_like(weights)
    for block in blocks:
        at = list(block)
        shares[at] = 100 * weights[at] / weights[at].sum() if weights[at].sum() > 0 else np.nan
    return shares


def _model(rows: Sequence[StudyRow], measure: Measure, estimates: Sequence[Estimate | None]) -> str:
    """The model whose weights are the printed ones: over the whole analysis, or within each of its subgroups."""
    at = [i for i, e in enumerate(estimates) if e is not None and rows[i].weight]
    if len(at) < 2:
        return rows[0].model
    chosen, known = [rows[i] for i in at], [e for i in at if (e := estimates[i]) is not None]
    printed = np.array([r.weight for r in chosen], dtype=float)
    names = sorted({r.subgroup for r in chosen})
    inside = [[i for i, r in enumerate(chosen) if r.subgroup == name] for name in names]
    best, model = _WEIGHT, ""
    for blocks in ([range(len(chosen))], inside):
        target = _shares(printed, blocks)
        by_block = [model_weights([chosen[i] for i in b], measure, [known[i] for i in b]) for b in blocks]
        for name in MODELS:
            if not all(name in found for found in by_block):
                continue
            weights = np.zeros(len(chosen))
            for block, found in zip(blocks, by_block, strict=True):
                weights[list(block)] = found[name]
            distance = float(np.nanmax(np.abs(_shares(weights, blocks) - target)))
            if distance < best:
                best, model = distance, name
    return model
