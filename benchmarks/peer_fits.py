"""One REML fit with a Hartung-Knapp interval by each Python peer, over the analyses of a CSV file; run by front_door.py.

Runs in the peers' own environment (requirements-peers.txt). Prints JSON: milliseconds a fit, and the first estimate, by peer.
"""

from __future__ import annotations

import csv
import json
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

warnings.filterwarnings("ignore")


def pimeta(y: Any, v: Any) -> float:
    import pimeta as peer

    return float(peer.rma(yi=y, vi=v, method="REML", test="knha").b[0])


def pymetaanalysis(y: Any, v: Any) -> float:
    import meta_analyze as peer

    made = peer.meta_analysis(effect=y, variance=v, tau2_method="REML", ci_method="hksj")
    return float(made.estimate)


def pymare(y: Any, v: Any) -> float:
    from pymare import Dataset
    from pymare.estimators import VarianceBasedLikelihoodEstimator

    fitted = VarianceBasedLikelihoodEstimator(method="REML").fit_dataset(Dataset(y[:, None], v[:, None])).summary()
    fitted.get_fe_stats()
    return float(fitted.fe_params.item())


PEERS: dict[str, Callable[[Any, Any], float]] = {"pimeta": pimeta, "PyMetaAnalysis": pymetaanalysis, "PyMARE": pymare}


def main() -> None:
    sets: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with open(sys.argv[1], encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            sets[row["analysis_id"]].append((float(row["yi"]), float(row["vi"])))
    arrays = [tuple(np.array(rows).T.copy()) for rows in sets.values()]
    found = {}
    for name, fit in PEERS.items():
        first = fit(*arrays[0])  # imports
        start, done = time.perf_counter(), 0
        for y, v in arrays:
            try:
                fit(y, v)
            except Exception:  # some do not converge for some sets; the time counts all the same
                done -= 1
            done += 1
        found[name] = {"ms": (time.perf_counter() - start) / len(arrays) * 1e3, "first": first, "fitted": done}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
