"""Many analyses in one call: a table with a column that tells which analysis each row belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.errors import UnknownName, UnusableInput
from evidence_synthesis.front.columns import as_table, in_order
from evidence_synthesis.front.event_totals import MANTEL_HAENSZEL, counts_of, joined
from evidence_synthesis.front.fit import checked_level, model_of
from evidence_synthesis.front.sizes import Sizes, read_sizes
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats.batch import Batch
from evidence_synthesis.stats.pooling import Pooled, pool

_READ = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
_PLAIN = ("p", "se", "tau2", "i2", "q", "q_p")
_LIMITS = ("tau2_low", "tau2_high", "i2_low", "i2_high")


def _codes(data: object, by: str | Sequence[object], size: int) -> tuple[np.ndarray, pd.Index]:
    """The number of each row's analysis, and the analyses' names in order of appearance."""
    if isinstance(by, str):
        table = pd.DataFrame() if data is None else as_table(data)
        if by not in table:
            raise UnknownName("column for by", by, table.columns)
        values, name = table[by], by
    else:
        values, name = in_order(by, pd.RangeIndex(size) if data is None else as_table(data).index), "analysis"
        if len(values) != size:
            raise UnusableInput("by", f"{len(values)} values for {size} rows; one column, or a value for each row, is expected")
    if values.isna().any():
        raise UnusableInput("by", f"{int(values.isna().sum())} rows belong to no analysis")
    codes, names = pd.factorize(values)
    return codes, pd.Index(names, name=name)


def _pooled(sizes: Sizes, used: NDArray[np.intp], batch: Batch, model: Model, level: float, limits: bool) -> Pooled:
    """The result of each analysis of a batch, whose studies stand at the places ``used`` of the table."""
    if model.estimator != MANTEL_HAENSZEL:
        return pool(batch, *model, level, limits=limits)
    counts = counts_of(sizes.measure.name, sizes.columns.numbers, used)
    parts = np.split(np.arange(used.size), batch.starts[1:])
    return joined([counts.of(part).pooled(batch.yi[part], batch.vi[part], level) for part in parts])


def _harmonic_mean_of_people(sizes: Sizes, used: NDArray[np.intp], batch: Batch) -> Array:
    """For each analysis, by which pooled double arcsines are read; NaN where the people are not known."""
    people = sizes.columns.numbers.get("n")
    return np.full(batch.k.size, np.nan) if people is None else batch.k / batch.total(1 / people[used])


def pool_many(
    data: object = None,
    *,
    by: str | Sequence[object],
    measure: str | None = None,
    estimator: str = "REML",
    interval: str = "hksj_floor",
    level: float = 95.0,
    limits: bool = True,
    **columns: object,
) -> pd.DataFrame:
    """Pool every analysis of a table at once, ten thousand in a fraction of a second.

    ``by`` is the column (or the values) that tells the analysis of each row; everything else is as in ``meta_analysis``, of
    which each row of the result is what it gives for the rows of that analysis. Effects are as they are read. ``excluded``
    counts rows without an effect; an analysis that has none at all has ``studies`` 0. Without ``limits`` those of tau2 and
    I2, which take half the time, are left out.

    >>> import evidence_synthesis as es
    >>> found = es.pool_many(by=["a", "a", "a", "b", "b"], yi=[-1, -0.6, 0.1, 0.3, 0.4], vi=[0.1, 0.2, 0.1, 0.2, 0.3])
    >>> found[["studies", "estimate", "ci_low", "ci_high", "tau2"]].round(3)
              studies  estimate  ci_low  ci_high   tau2
    analysis
    a               3    -0.492  -1.989    1.006  0.236
    b               2     0.340  -4.062    4.742  0.000
    """
    sizes = read_sizes(data, measure, columns)
    model = model_of(estimator, interval)
    checked_level(level)
    codes, names = _codes(data, by, sizes.columns.size)
    used = np.flatnonzero(sizes.usable)
    if (np.diff(codes[used]) < 0).any():
        used = used[np.argsort(codes[used], kind="stable")]
    counts = np.bincount(codes[used], minlength=len(names))
    frame = pd.DataFrame({"studies": counts, "excluded": np.bincount(codes, minlength=len(names)) - counts}, index=names)
    some = counts > 0
    if not some.any():
        return frame.assign(**dict.fromkeys((*_READ, *_PLAIN, *(_LIMITS if limits else ())), np.nan))
    batch = Batch(sizes.yi[used], sizes.vi[used], counts[some])
    pooled = _pooled(sizes, used, batch, model, level, limits)
    harmonic = _harmonic_mean_of_people(sizes, used, batch)
    shown = {n: sizes.measure.read(getattr(pooled, n), harmonic) for n in _READ}
    shown |= {n: getattr(pooled, n) for n in (*_PLAIN, *(_LIMITS if limits else ()))}
    if some.all():
        return frame.assign(**shown)
    return frame.join(pd.DataFrame(shown, index=names[some]))
