"""What single trials do to a pooled result: leaving one out, adding one at a time, diagnostics, and all subsets (GOSH)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evidence_synthesis.errors import NotEnough, one_of
from evidence_synthesis.stats.batch import Array, make_batch
from evidence_synthesis.stats.pooling import Pooled, pool
from evidence_synthesis.stats.tau2 import tau2_reml

EVERY_SUBSET_UP_TO = 20
_BITS = 62  # trials up to which a subset is drawn as the bits of one integer
_CHUNK = 1 << 15
_STEPS = 25  # of scoring
_CLOSE = 1e-12
_GRID = 32


def leave_one_out(yi: Array, vi: Array, model: str = "REML", hksj: bool = True, floor: bool = True) -> Pooled:
    """Pooled results without each trial in turn, in the order of the trials. Needs two trials."""
    if yi.size < 2:
        raise NotEnough("leaving one out", 2, yi.size)
    return pool(make_batch([(np.delete(yi, i), np.delete(vi, i)) for i in range(yi.size)]), model, hksj, floor)


def cumulative(yi: Array, vi: Array, model: str = "REML", hksj: bool = True, floor: bool = True) -> Pooled:
    """Pooled results of the first trial, the first two, and so on (sort by year before)."""
    return pool(make_batch([(yi[: i + 1], vi[: i + 1]) for i in range(yi.size)]), model, hksj, floor)


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """For each trial: studentised deleted residual, DFFITS, Cook's distance, covariance ratio, tau2 and Q without it,
    hat value, and the axes of the Baujat plot (contribution to Q, influence on the estimate).

    Viechtbauer & Cheung 2010 (doi:10.1002/jrsm.11); Baujat 2002 (doi:10.1002/sim.1221).
    """

    residual: Array
    dffits: Array
    cook: Array
    covariance_ratio: Array
    tau2_without: Array
    q_without: Array
    hat: Array
    baujat_x: Array
    baujat_y: Array


def _diagnose(yi: Array, vi: Array, full: Mapping[str, float], without: Mapping[str, Array]) -> Diagnostics:
    tau2, estimate, se = np.nan_to_num(full["tau2"]), full["estimate"], full["wald_se"]
    tau2_without, wald_se = np.nan_to_num(without["tau2"]), without["wald_se"]
    w = 1 / (vi + tau2)
    hat = w / w.sum()
    shift = estimate - without["estimate"]
    return Diagnostics(
        residual=(yi - without["estimate"]) / np.sqrt(vi + tau2_without + wald_se**2),
        dffits=shift / np.sqrt(hat * (vi + tau2_without)),
        cook=shift**2 / se**2,
        covariance_ratio=wald_se**2 / se**2,
        tau2_without=tau2_without,
        q_without=np.nan_to_num(without["q"]),
        hat=hat,
        baujat_x=(yi - estimate) ** 2 / (vi + tau2),
        baujat_y=shift**2 / wald_se**2,
    )


def diagnose_all(
    analyses: Sequence[tuple[Array, Array]], model: str = "REML", hksj: bool = True, floor: bool = True
) -> list[tuple[dict[str, float], dict[str, Array], Diagnostics]]:
    """For each analysis (two trials or more): its pooled result, the results without each trial, and the diagnostics.

    All analyses are pooled in two calls. The parameters are those of ``pool``; the diagnostics use Wald variances,
    as metafor's ``influence()`` does. The limits of tau2, I2 and H2 are left out.
    """
    full = pool(make_batch(analyses), model, hksj, floor, limits=False)
    left = [(np.delete(yi, i), np.delete(vi, i)) for yi, vi in analyses for i in range(yi.size)]
    reduced = pool(make_batch(left), model, hksj, floor, limits=False)
    columns = {f.name: getattr(reduced, f.name) for f in fields(Pooled)}
    found, start = [], 0
    for i, (yi, vi) in enumerate(analyses):
        span = slice(start, start + yi.size)
        start = span.stop
        without = {name: values[span] for name, values in columns.items()}
        at = full.at(i)
        found.append((at, without, _diagnose(yi, vi, at, without)))
    return found


def diagnostics(yi: Array, vi: Array, model: str = "REML") -> Diagnostics:
    """Influence diagnostics of one analysis; see ``diagnose_all``."""
    return diagnose_all([(yi, vi)], model)[0][2]


@dataclass(frozen=True, slots=True)
class Gosh:
    """Estimate, tau2, I2 (per cent) and trials of many subsets; ``members`` has a line a subset and a column a trial."""

    members: NDArray[np.bool_]
    estimate: Array
    tau2: Array
    i2: Array


def _bits(codes: NDArray[np.int64], k: int) -> NDArray[np.bool_]:
    """Subsets from integers: a trial is in where its bit is set, the first trial's being the lowest."""
    return ((codes[:, None] >> np.arange(k)) & 1).astype(bool)


def _subsets(k: int, most: int, seed: int, every_up_to: int) -> Iterator[NDArray[np.bool_]]:
    """All subsets of k trials in chunks, or beyond ``every_up_to`` trials a seeded sample of ``most`` of them."""
    if k <= every_up_to:
        for start in range(1, 1 << k, _CHUNK):
            yield _bits(np.arange(start, min(start + _CHUNK, 1 << k), dtype=np.int64), k)
        return
    rng = np.random.default_rng(seed)
    for start in range(0, most, _CHUNK):
        size = min(_CHUNK, most - start)
        if k <= _BITS:
            yield _bits(rng.integers(1, 1 << k, size=size, dtype=np.int64), k)
        else:  # of so many trials none is in a subset once in 10^18
            yield rng.random((size, k)) < 0.5


def _sums(inside: Array, yi: Array, vi: Array, tau2: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Weights, their sum, the mean, weighted squares about it, and the sum of squared weights, by subset."""
    w = inside / (vi + tau2[:, None])
    sw = w.sum(1)
    mean = (w @ yi) / sw
    squares = (yi - mean[:, None]) ** 2
    return w, sw, mean, squares, (w * w).sum(1)


def _dl(inside: Array, yi: Array, vi: Array, k: Array) -> Array:
    w, sw, _, squares, sw2 = _sums(inside, yi, vi, np.zeros(k.size))
    scale = sw - sw2 / sw
    q = (w * squares).sum(1)
    return np.where(k > 1, np.maximum(0.0, (q - (k - 1)) / np.where(k > 1, scale, 1.0)), 0.0)


def _with_several_peaks(inside: Array, yi: Array, vi: Array) -> NDArray[np.intp]:
    """The subsets whose restricted likelihood falls and rises again as tau2 grows from 0."""
    y = yi - yi.mean()
    top = max(y.size * float(np.ptp(y)) ** 2, np.finfo(float).tiny)
    rose, again = np.full(len(inside), True), np.full(len(inside), False)
    for tau2 in (0.0, *np.geomspace(min(vi.min() * 1e-3, top * 1e-6), top, _GRID)):
        w = 1 / (vi + tau2)
        sw, swy, sw2, sw2y, sw2yy = (inside @ np.column_stack([w, w * y, w**2, w**2 * y, (w * y) ** 2])).T
        mean = swy / sw
        rises = sw2yy - 2 * mean * sw2y + mean**2 * sw2 - sw + sw2 / sw > 0
        again |= rises & ~rose
        rose = rises
    return np.flatnonzero(again)


def _reml(inside: Array, yi: Array, vi: Array, k: Array) -> Array:
    """REML: by scoring, which is fast, where it ends soon and the likelihood has one peak."""
    tau2, slow = _scored(inside, yi, vi, k)
    others = np.union1d(slow, _with_several_peaks(inside, yi, vi))
    if others.size:
        tau2[others] = tau2_reml(make_batch([(yi[row > 0], vi[row > 0]) for row in inside[others]]))
    return tau2


def _scored(inside: Array, yi: Array, vi: Array, k: Array) -> tuple[Array, NDArray[np.intp]]:
    """Fisher scoring from the DL estimate, kept inside a bracket of the score's root; also the rows that did not settle."""
    tau2 = _dl(inside, yi, vi, k)
    active = np.flatnonzero(k > 1)
    low, high = np.zeros(active.size), np.full(active.size, np.inf)
    for _ in range(_STEPS):
        t = tau2[active]
        w, sw, _, squares, sw2 = _sums(inside[active], yi, vi, t)
        w2 = w * w
        score = (w2 * squares).sum(1) - sw + sw2 / sw
        information = sw2 - 2 * (w2 * w).sum(1) / sw + (sw2 / sw) ** 2
        low, high = np.where(score > 0, t, low), np.where(score <= 0, t, high)
        step = t + score / information
        middle = np.where(np.isfinite(high), (low + high) / 2, 2 * t + 1e-12)
        at_zero = (t == 0) & (score <= 0)
        new = np.where((step >= low) & (step <= high), step, np.where(step < 0, low, middle))
        new = np.where(at_zero, 0.0, new)
        settled = (np.abs(new - t) <= _CLOSE * (t + 1e-9)) | at_zero
        tau2[active] = new
        active, low, high = active[~settled], low[~settled], high[~settled]
        if not active.size:
            break
    return tau2, active


def gosh(
    yi: Array, vi: Array, model: str = "DL", most: int = 1_000_000, seed: int = 0, every_up_to: int = EVERY_SUBSET_UP_TO
) -> Gosh:
    """Pool every non-empty subset of up to ``every_up_to`` trials (a seeded sample of ``most`` beyond), by DL, REML or FE.

    Olkin 2012 (doi:10.1002/jrsm.1053). Single trials have tau2 and I2 of 0.
    """
    k, model = yi.size, one_of("estimator of GOSH", model, ("DL", "REML", "FE"))
    parts = []
    for members in _subsets(k, most, seed, every_up_to):
        inside = members.astype(float)
        count = inside.sum(1)
        tau2 = {"DL": _dl, "REML": _reml}[model](inside, yi, vi, count) if model != "FE" else np.zeros(count.size)
        mean = _sums(inside, yi, vi, tau2)[2]
        _, sw, _, _, sw2 = _sums(inside, yi, vi, np.zeros(count.size))
        with np.errstate(divide="ignore", invalid="ignore"):
            typical = (count - 1) * sw / (sw**2 - sw2)
        i2 = np.where(count > 1, 100 * tau2 / (tau2 + np.where(count > 1, typical, 1.0)), 0.0)
        parts.append((members, mean, tau2, i2))
    members, mean, tau2, i2 = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Gosh(members, mean, tau2, i2)


def cluster_effect(subsets: Gosh, k: int) -> Array:
    """For each trial how far the subsets with it lie from those without it, in standard deviations of all subsets.

    The trials with large values are the ones that split the GOSH cloud into clusters.
    """
    spread = float(subsets.estimate.std()) or 1.0
    found = np.empty(k)
    for trial in range(k):
        has = subsets.members[:, trial]
        found[trial] = (subsets.estimate[has].mean() - subsets.estimate[~has].mean()) / spread if (~has).any() else np.nan
    return found
