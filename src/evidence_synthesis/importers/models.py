"""Which model an analysis used: the one whose weights are nearest the printed ones; and whether its source forms totals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from evidence_synthesis.effects import scales
from evidence_synthesis.effects.formulas import Estimate
from evidence_synthesis.importers.measures import Inferred, Measure, decimals
from evidence_synthesis.importers.rows import StudyRow, twice
from evidence_synthesis.stats import event_counts
from evidence_synthesis.stats.batch import Array, make_batch
from evidence_synthesis.stats.tau2 import tau2_reml

_WEIGHT = 0.6  # per cent points by which printed weights may differ from a model's
REML = "random, IV, REML"
MODELS = ("fixed, IV", "fixed, MH", "fixed, Peto", "random, IV", "random, MH", REML)
_ALIKE = 1e-4  # per cent points: the order of models decides between those that are no farther apart
_FULL = 1.0  # per cent points by which weights of a total may miss 100
MANTEL_HAENSZEL = {
    "OR": event_counts.mantel_haenszel_or,
    "RR": event_counts.mantel_haenszel_rr,
    "RD": event_counts.mantel_haenszel_rd,
}


def counts(rows: Sequence[StudyRow], swapped: bool) -> tuple[Array, Array, Array, Array]:
    """Events and people of both arms, of non-events where these are what is pooled."""
    a, n, c, m = (np.array([getattr(r, f) for r in rows], dtype=float) for f in ("events_t", "n_t", "events_c", "n_c"))
    return (n - a, n, m - c, m) if swapped else (a, n, c, m)


def _mantel_haenszel(rows: Sequence[StudyRow], measure: Measure, swapped: bool) -> Array | None:
    """Mantel-Haenszel weights; None where a row has no counts or the measure has none."""
    if measure.name not in MANTEL_HAENSZEL or not all(r.has_events for r in rows):
        return None
    a, n, c, m = counts(rows, swapped)
    if measure.name == "RD":
        return np.asarray(n * m / (n + m), dtype=np.float64)
    extra = np.where((a == 0) | (c == 0) | (a == n) | (c == m), 0.5, 0.0)  # to each cell of a study with an empty one
    a, c, n, m = a + extra, c + extra, n + 2 * extra, m + 2 * extra
    return np.asarray((n - a) * c / (n + m) if measure.name == "OR" else c * n / (n + m), dtype=np.float64)


def _random(yi: Array, vi: Array, about: float) -> Array:
    """DerSimonian-Laird weights with Q about a centre (the inverse-variance mean, or the Mantel-Haenszel one)."""
    w = 1 / vi
    spare = float(w.sum() - (w**2).sum() / w.sum())
    q = float((w * (yi - about) ** 2).sum())
    tau2 = max(0.0, (q - (yi.size - 1)) / spare) if spare > 0 else 0.0
    return 1 / (vi + tau2)


def model_weights(
    rows: Sequence[StudyRow], measure: Measure, estimates: Sequence[Estimate], swapped: bool = False
) -> dict[str, Array]:
    """The weights that each model gives the studies of an analysis (not normalised)."""
    yi, vi = np.array([e.yi for e in estimates]), np.array([e.vi for e in estimates])
    inverse = 1 / vi
    found = {("fixed, Peto" if measure.name == "Peto OR" else "fixed, IV"): inverse}
    mh = _mantel_haenszel(rows, measure, swapped)
    if mh is not None and mh.sum() > 0:
        found["fixed, MH"] = mh
    found["random, IV"] = _random(yi, vi, float(inverse @ yi / inverse.sum()))
    if mh is not None and mh.sum() > 0:
        ratio = np.exp(yi) if measure.is_ratio else yi
        centre = float(mh @ ratio / mh.sum())
        found["random, MH"] = _random(yi, vi, math.log(centre) if measure.is_ratio else centre)
    return found


def reml_weights(estimates: Sequence[Estimate]) -> Array:
    """Inverse-variance weights with the restricted maximum likelihood estimate of the variance between studies."""
    yi, vi = [e.yi for e in estimates], [e.vi for e in estimates]
    tau2 = float(tau2_reml(make_batch([(yi, vi)]))[0]) if len(yi) > 1 else 0.0
    return np.asarray(1 / (np.array(vi) + tau2), dtype=np.float64)


def _shares(weights: Array, blocks: Iterable[Sequence[int]]) -> Array:
    shares = np.zeros_like(weights)
    for block in blocks:
        at = list(block)
        shares[at] = 100 * weights[at] / weights[at].sum() if weights[at].sum() > 0 else np.nan
    return shares


def _weighed(found: Inferred) -> list[int]:
    return [i for i, e in enumerate(found.estimates) if e is not None and found.rows[i].weight]


def _inside(rows: Sequence[StudyRow]) -> list[list[int]]:
    """The places of the rows of each subgroup."""
    at: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        at.setdefault(row.subgroup, []).append(i)
    return list(at.values())


def model_of(found: Inferred) -> str:
    """The model whose weights are the printed ones: over the whole analysis, or within each of its subgroups.

    The nearest wins, the stated one where it is as near as the printed digits can tell; of models equally near the first of
    ``MODELS``. Empty where none comes near; the stated one where weights cannot tell, as with one study.
    """
    stated = found.rows[0].model
    at = _weighed(found)
    chosen, known = [found.rows[i] for i in at], [e for i in at if (e := found.estimates[i]) is not None]
    inside = _inside(chosen)
    if len(at) < 2:
        return stated
    printed = np.array([r.weight for r in chosen], dtype=float)
    rounding = max(2 * min(map(decimals, printed.tolist())), 2e-6)
    distances: dict[str, float] = {}
    for blocks in ([range(len(chosen))], inside) if len(inside) > 1 else ([range(len(chosen))],):
        if all(len(b) == 1 for b in blocks):
            continue
        target = _shares(printed, blocks)
        by_block = [model_weights([chosen[i] for i in b], found.measure, [known[i] for i in b], found.swapped) for b in blocks]
        _measure_distances(distances, by_block, blocks, target)
        if min(distances.values(), default=math.inf) > rounding and found.measure.name != "Peto OR":
            by_block = [{REML: reml_weights([known[i] for i in b])} for b in blocks]
            _measure_distances(distances, by_block, blocks, target)
    if not distances:
        return stated
    nearest = min(distances.values())
    if not nearest < _WEIGHT:
        return ""
    equal = [m for m in MODELS if distances.get(m, math.inf) <= nearest + min(rounding, _ALIKE)]
    return stated if distances.get(stated, math.inf) <= nearest + rounding else equal[0]


def _measure_distances(
    distances: dict[str, float], by_block: Sequence[Mapping[str, Array]], blocks: Iterable[Sequence[int]], target: Array
) -> None:
    """Note how far the weights of each model are from the printed ones, where that is nearer than before."""
    blocks = list(blocks)
    for name in MODELS:
        if all(name in found for found in by_block):
            weights = np.zeros(target.size)
            for block, found in zip(blocks, by_block, strict=True):
                weights[list(block)] = found[name]
            distance = float(np.nanmax(np.abs(_shares(weights, blocks) - target)))
            distances[name] = min(distance, distances.get(name, math.inf))


def own_estimate(found: Inferred) -> float | None:
    """The pooled effect by the model that the review itself used (natural scale); None where that is not known."""
    rows, known = [r for r, _ in found.usable], [e for _, e in found.usable]
    scale = "OR" if found.measure.is_ratio else "MD"
    weights = (
        reml_weights(known) if found.model == REML else model_weights(rows, found.measure, known, found.swapped).get(found.model)
    )
    if weights is None:
        return None
    if found.model == "fixed, MH":
        try:
            return scales.natural(scale, MANTEL_HAENSZEL[found.measure.name](*counts(rows, found.swapped)).estimate)
        except ValueError:  # no event on one side in any study
            return None
    yi = np.array([e.yi for e in known])
    return scales.natural(scale, float(weights @ yi / weights.sum()))


def no_total(rows: Sequence[StudyRow]) -> str:
    """Why an analysis has no total; empty where it has one. What the source states comes first, then its weights."""
    stated = rows[0].totals
    if stated == "SUB":
        return "the review pools subgroups only"
    if stated == "NO":
        return "the review pools nothing here"
    doubled = twice(r for r in rows if r.in_total)
    if doubled:
        return f"the same people would count twice: {', '.join(doubled[:5])}" + (" ..." if len(doubled) > 5 else "")
    inside = _inside(rows)
    sums = [math.fsum(rows[i].weight or 0 for i in block) for block in inside]
    if (
        not stated
        and len(inside) > 1
        and max(sums) > 0
        and all(s == 0 or abs(s - 100) < _FULL for s in sums)
        and len([s for s in sums if s > 0]) > 1
    ):
        return "the weights add up to 100 within each subgroup: the review pools subgroups only"
    return ""
