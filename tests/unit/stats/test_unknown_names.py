"""A name that stands for nothing is an error that lists what is known, never another model in silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evidence_synthesis.errors import EvidenceError, UnknownName
from evidence_synthesis.stats import bayes, influence, pooling, regression, small_study
from evidence_synthesis.stats.batch import make_batch

YI, VI = np.linspace(-1.0, 0.5, 12), np.linspace(0.02, 0.2, 12)
CASES: dict[str, Callable[[], object]] = {
    "pool": lambda: pooling.pool(make_batch([(YI, VI)]), "RELM"),
    "leave one out": lambda: influence.leave_one_out(YI, VI, "reml"),
    "gosh": lambda: influence.gosh(YI, VI, "PM"),
    "meta-regression": lambda: regression.meta_regression(YI, VI, np.column_stack([np.ones(12), VI]), "KR"),
    "trim-and-fill": lambda: small_study.trim_and_fill(YI, VI, "L1"),
    "posterior": lambda: bayes.posterior(YI, VI, "normal"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_unknown_name_lists_what_is_known(case: str) -> None:
    with pytest.raises(UnknownName, match="known are") as caught:
        CASES[case]()
    assert isinstance(caught.value, EvidenceError)
    assert isinstance(caught.value, ValueError)
    assert caught.value.name not in caught.value.known
    assert len(caught.value.known) > 1
