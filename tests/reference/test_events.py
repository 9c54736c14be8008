"""Mantel-Haenszel and Peto against metafor's rma.mh and rma.peto (event_counts.json, made by make_events.R)."""

import json
from pathlib import Path

import numpy as np
import pytest

from evidence_synthesis.stats import event_counts

REFERENCE = json.loads((Path(__file__).parent / "events.json").read_text(encoding="utf-8"))
METHODS = {
    "OR": event_counts.mantel_haenszel_or,
    "RR": event_counts.mantel_haenszel_rr,
    "RD": event_counts.mantel_haenszel_rd,
    "peto": event_counts.peto,
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", REFERENCE)
def test_pooled_events(name: str, method: str) -> None:
    entry = REFERENCE[name]
    counts = (np.array(entry[c], dtype=float) for c in ("e1", "n1", "e2", "n2"))
    found = METHODS[method](*counts)
    assert (found.estimate, found.se) == pytest.approx(tuple(entry[method]), rel=1e-6, abs=1e-9)


def test_trials_without_events_are_counted_out() -> None:
    counts = tuple(np.array(x, dtype=float) for x in ([0, 3, 0], [10, 10, 10], [0, 1, 2], [10, 10, 10]))
    assert event_counts.mantel_haenszel_or(*counts).trials == 2
    assert event_counts.peto(*counts).trials == 2
    assert event_counts.mantel_haenszel_rd(*counts).trials == 3


@pytest.mark.parametrize("method", ["OR", "RR", "peto"])
def test_no_events_at_all_are_refused(method: str) -> None:
    nothing = tuple(np.array(x, dtype=float) for x in ([0, 0], [10, 10], [0, 0], [10, 10]))
    with pytest.raises(ValueError, match=r"not defined|no trial"):
        METHODS[method](*nothing)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0"):
        event_counts.peto(*(np.array(x, dtype=float) for x in ([11], [10], [0], [10])))
