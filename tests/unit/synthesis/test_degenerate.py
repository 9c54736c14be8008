"""Effects that leave nothing to estimate: every table and chart says so, none fails, and no number is made up."""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import astuple

import numpy as np
import pytest
from conftest import row_of

from evidence_synthesis.plots.one_analysis import KINDS, AnalysisData, NotDrawn
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.stats import small_study
from evidence_synthesis.stats.regression import meta_regression, permutation_p
from evidence_synthesis.synthesis import moderators, other_models, robustness
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial

Effects = tuple[np.ndarray, np.ndarray]
KEY = ("yoga__inactive__pain__short__low_back", "MD")
SIZES = (2, 3, 4, 5, 10, 12, 20)


def _effects(name: str, k: int) -> Effects:
    rng = np.random.default_rng(3)
    y, v = rng.normal(-5, 8, k), rng.uniform(1, 40, k)
    return {
        "one variance": (y, np.full(k, 9.0)),
        "one effect": (np.full(k, -5.0), v),
        "nothing differs": (np.full(k, -5.0), np.full(k, 9.0)),
        "no effect at all": (np.zeros(k), np.full(k, 9.0)),
        "tiny variances": (y, v * 1e-11),
        "huge variances": (y, v * 1e10),
        "one outlier": (np.append(y[1:], 1e6), v),
        "one exact trial": (y, np.append(v[1:], 1e-12)),
        "two camps": (np.where(np.arange(k) % 2, 10.0, -10.0), np.full(k, 9.0)),
    }[name]


NAMES = (
    *("one variance", "one effect", "nothing differs", "no effect at all", "tiny variances", "huge variances"),
    *("one outlier", "one exact trial", "two camps"),
)


def _trials(effects: Effects) -> list[AnalysisTrial]:
    shared = {"analysis_id": KEY[0], "measure": KEY[1], "n_t": "10", "n_c": "10"}
    each = ({"trial_id": f"t{i}", "study": f"S {i}", "year": str(2000 + i)} for i in itertools.count())
    return [
        row_of(AnalysisTrial, **shared, **next(each), yi=repr(float(y)), vi=repr(float(v))) for y, v in zip(*effects, strict=True)
    ]


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_tables_of_an_analysis_are_made(name: str, k: int, settings: Settings, config: dict) -> None:
    groups = {KEY: _trials(_effects(name, k))}
    rows = list(robustness.bayes_rows(groups, settings, config["bayes"]))
    if k > 2:
        rows += [*robustness.small_study_rows(groups), *robustness.influence_rows(groups, Model())]
    if k > 3:
        rows += [
            *moderators.regression_rows(groups, 19, 1),
            *robustness.gosh_rows(groups, lambda _: False, 1),
            *other_models.interval_rows(groups, Model()),
        ]
    assert rows
    for row in rows:  # what is written can be read
        assert [r.cells() for r in type(row).parse(type(row).text([row]), "table")] == [row.cells()]
    assert all(not isinstance(v, complex) for row in rows for v in astuple(row))


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_charts_of_an_analysis_are_drawn_or_refused(name: str, k: int) -> None:
    trials = _trials(_effects(name, k))
    for draw in KINDS.values():
        try:
            ((page, height),) = draw(AnalysisData("few", "MD", trials, Model())).lay_out()
        except NotDrawn:
            continue
        assert math.isfinite(height)
        places = [
            p for some in (page.lines, page.regions, page.shapes) for paths in some.values() for path in paths for p in path
        ]
        assert np.isfinite(np.array(places)).all(), draw


@pytest.mark.parametrize("name", ["one variance", "nothing differs", "two camps"])
def test_nothing_is_tested_by_precision_where_it_does_not_differ(name: str) -> None:
    """Solving for a slope anyway gave limits of hundreds of millions."""
    yi, vi = _effects(name, 12)
    row = next(robustness.small_study_rows({KEY: _trials((yi, vi))}))
    for column in ("egger_p", "begg_p", "adjusted_estimate", "adjusted_low", "limit_estimate", "limit_high"):
        assert getattr(row, column) is None, column


@pytest.mark.parametrize("effect", [-9.0, 0.5])
def test_selection_is_not_estimated_from_trials_of_one_side(effect: float) -> None:
    """metafor refuses as well: no trial beyond the step, or none within it."""
    rng = np.random.default_rng(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = small_study.selection_model(rng.normal(effect, 0.2, 12), rng.uniform(1, 2, 12))
    assert math.isnan(found.estimate)
    assert math.isnan(found.lr_p)


def test_effects_on_a_line_leave_no_test_of_it() -> None:
    x = np.column_stack([np.ones(6), np.arange(6.0) - 2.5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = meta_regression(np.zeros(6), np.ones(6), x)
        assert math.isnan(permutation_p(np.zeros(6), np.ones(6), x, 99, 1))
    assert math.isnan(fit.f)
    assert fit.beta.tolist() == [0.0, 0.0]
