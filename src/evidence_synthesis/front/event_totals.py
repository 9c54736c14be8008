"""Pooling the counts themselves: the Mantel-Haenszel method as an estimator of the front door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.stats import event_counts
from evidence_synthesis.stats.batch import Batch, interval_about
from evidence_synthesis.stats.pooling import Pooled, pool

MANTEL_HAENSZEL = "MH"
METHODS = {
    "OR": event_counts.mantel_haenszel_or,
    "RR": event_counts.mantel_haenszel_rr,
    "RD": event_counts.mantel_haenszel_rd,
}
_CELLS = ("events_t", "n_t", "events_c", "n_c")


@dataclass(frozen=True, eq=False)
class ArmCounts:
    """Events and people of each study by arm, pooled by Mantel and Haenszel with one of ``METHODS`` (``measure``).

    ``cells`` are events and people of the treatment arms, then of the comparator arms.
    """

    measure: str
    cells: tuple[Array, Array, Array, Array]

    def of(self, chosen: NDArray[np.intp]) -> ArmCounts:
        """The studies at these places."""
        a, b, c, d = (cell[chosen] for cell in self.cells)
        return ArmCounts(self.measure, (a, b, c, d))

    def weights(self) -> Array:
        """Each study's weight in per cent: that of its own effect in the pooled one (as metafor's ``weights()``)."""
        e1, n1, e2, n2 = self.cells
        by_measure = {"OR": (n1 - e1) * e2, "RR": n1 * e2, "RD": n1 * n2}
        found = by_measure[self.measure] / (n1 + n2)
        return np.asarray(100 * found / found.sum(), dtype=np.float64)

    def pooled(self, yi: Array, vi: Array, level: float) -> Pooled:
        """The pooled effect with Wald's interval, and Q and I2 of the studies' own effects about it (as metafor's ``rma.mh``).

        Raises UnusableInput where the counts determine no effect.
        """
        found = METHODS[self.measure](*self.cells)
        batch, mean, se = Batch(yi, vi, np.array([yi.size])), np.array([found.estimate]), np.array([found.se])
        low, high = interval_about(mean, float(ndtri(0.5 + level / 200)) * se)
        df = yi.size - 1
        q = np.array([np.add.reduce((yi - found.estimate) ** 2 / vi)]) if df else np.array([np.nan])
        h2 = q / df if df else q
        return replace(
            pool(batch, "FE", level=level, limits=False),
            estimate=mean,
            se=se,
            wald_se=se,
            ci_low=low,
            ci_high=high,
            wald_low=low,
            wald_high=high,
            p=2 * ndtr(-np.abs(mean / se)),
            q=q,
            q_p=chdtrc(df, q) if df else q,
            h2=h2,
            i2=100 * (1 - 1 / np.maximum(h2, 1.0)),
        )


def counts_of(measure: str, numbers: Mapping[str, Array], used: NDArray[np.intp]) -> ArmCounts:
    """The counts of the studies that are pooled. Raises UnusableInput where the table holds none, or for other measures."""
    if measure not in METHODS:
        raise UnusableInput("estimator", f"MH (Mantel-Haenszel) pools {', '.join(METHODS)}, not {measure}")
    if not set(_CELLS) <= numbers.keys():
        raise UnusableInput("estimator", f"MH (Mantel-Haenszel) pools counts: {', '.join(_CELLS)}")
    a, b, c, d = (numbers[name][used] for name in _CELLS)
    if not all(np.isfinite(cell).all() for cell in (a, b, c, d)):
        raise UnusableInput("estimator", "MH (Mantel-Haenszel) pools counts, and a study has an effect without them")
    return ArmCounts(measure, (a, b, c, d))


def joined(results: list[Pooled]) -> Pooled:
    """Several results as one."""
    return Pooled(**{f.name: np.concatenate([getattr(r, f.name) for r in results]) for f in fields(Pooled)})
