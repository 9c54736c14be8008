"""The front door: what goes in, what comes out, what is refused, and that it costs nothing until it is used."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from matplotlib.figure import Figure

import evidence_synthesis as es
from evidence_synthesis.effects.measures import MEASURES
from evidence_synthesis.errors import EvidenceError, NotEnough, UnknownName, UnusableInput
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool

REFERENCE = json.loads((ROOT / "tests/reference/effects.json").read_text(encoding="utf-8"))
NORMAND = {k: v for k, v in REFERENCE["sets"]["SMD_normand"].items() if k != "measure"}
BCG = {k: v for k, v in REFERENCE["sets"]["OR_bcg"].items() if k in ("events_t", "n_t", "events_c", "n_c")}
BCG |= {
    "study": list("ABCDEFGHIJKLM"),
    "latitude": [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33],
    "kind": list("rrrrasrsraass"),
}
MODULES = sorted(p.stem for p in (ROOT / "src/evidence_synthesis/front").glob("*.py") if p.stem != "__init__")


@pytest.fixture(scope="module")
def bcg() -> es.MetaAnalysis:
    return es.meta_analysis(BCG, measure="RR", title="BCG vaccine")


@pytest.mark.parametrize("module", ["errors", *(f"front.{name}" for name in MODULES)])
def test_examples_of_docstrings(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"evidence_synthesis.{module}"), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0


def test_every_public_function_has_an_example() -> None:
    for name in ("meta_analysis", "effect_sizes", "pool_many", "network"):
        assert ">>> " in (getattr(es, name).__doc__ or ""), name
    for name in ("leave_one_out", "cumulative", "subgroups", "regress", "small_study", "bayes", "predict", "sequential"):
        assert ">>> " in (getattr(es.MetaAnalysis, name).__doc__ or ""), name


def loaded(code: str) -> set[str]:
    """The modules that are there after running a line."""
    path = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True, env=path).stdout.split())


def test_importing_the_package_imports_nothing() -> None:
    found = loaded("import evidence_synthesis")
    assert [m for m in found if m.startswith("evidence_synthesis")] == ["evidence_synthesis"]
    assert not {"numpy", "pandas", "tomllib", "importlib.metadata"} & found


def test_a_fit_needs_neither_matplotlib_nor_statsmodels() -> None:
    found = loaded("import evidence_synthesis as es; es.meta_analysis(yi=[0.1, 0.4, 0.3], vi=[0.1, 0.2, 0.1]).summary()")
    assert not {"matplotlib.figure", "statsmodels", "patsy", "scipy.stats", "scipy.optimize", "yaml"} & found


def test_names_are_those_that_are_listed() -> None:
    assert set(es.__all__) <= set(dir(es))
    assert all(hasattr(es, name) for name in es.__all__)
    with pytest.raises(AttributeError, match="no attribute 'metaanalysis'"):
        es.metaanalysis  # noqa: B018


def test_the_version_is_the_projects() -> None:
    assert f'version = "{es.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"\nversion: {es.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    for name in ("Dockerfile", "profiles/kubernetes/config.yaml"):
        tags = re.findall(r"evidence-synthesis:([0-9.]+)", (ROOT / name).read_text(encoding="utf-8"))
        assert set(tags) == {es.__version__}, name
    assert f"\n## {es.__version__} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# --- what goes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [list, np.array, pd.Series, tuple])
def test_arrays_lists_and_series_give_what_a_table_gives(make: Callable[[object], object]) -> None:
    told = {"yi": make([-0.9, -0.4, 0.1]), "vi": make([0.04, 0.03, 0.05])}
    ma = es.meta_analysis(**told)
    assert ma.to_frame().equals(es.meta_analysis(pd.DataFrame(told)).to_frame())
    expected = pool(make_batch([([-0.9, -0.4, 0.1], [0.04, 0.03, 0.05])])).at(0)
    assert (ma.estimate, *ma.ci, ma.tau2) == tuple(expected[n] for n in ("estimate", "ci_low", "ci_high", "tau2"))


def test_columns_by_the_names_of_other_software() -> None:
    ours = es.meta_analysis(BCG, measure="OR")
    metafors = pd.DataFrame({"ai": BCG["events_t"], "n1i": BCG["n_t"], "ci": BCG["events_c"], "n2i": BCG["n_c"]})
    metas = metafors.set_axis(["event.e", "n.e", "event.c", "n.c"], axis=1).rename(columns={"n.c": "n2"})
    for table in (metafors, metas):
        assert es.meta_analysis(table, measure="OR").estimate == ours.estimate
    named = es.meta_analysis(metafors.set_axis(list("wxyz"), axis=1), measure="OR", events_t="w", n_t="x", events_c="y", n_c="z")
    assert named.estimate == ours.estimate


def test_means_from_whatever_is_printed() -> None:
    whole = es.effect_sizes(n_t=[30], mean_t=[12.0], sd_t=[4.0], n_c=[28], mean_c=[10.0], sd_c=[5.0], measure="SMD")
    se = [4 / np.sqrt(30)]
    by_se = es.effect_sizes(n_t=[30], mean_t=[12.0], se_t=se, n_c=[28], mean_c=[10.0], sd_c=[5.0], measure="SMD")
    assert by_se["yi"][0] == pytest.approx(whole["yi"][0], rel=1e-12)
    assert by_se["steps"][0] == "SD from the standard error"
    pooled = np.sqrt((29 * 16 + 27 * 25) / 56)
    t = 2 / (pooled * np.sqrt(1 / 30 + 1 / 28))
    for told in ({"t": [t]}, {"f": [t**2], "effect": [1]}, {"f": [t**2], "mean_t": [12.0], "mean_c": [10.0]}):
        found = es.effect_sizes(n_t=[30], n_c=[28], measure="SMD", **told)
        assert (found["yi"][0], found["vi"][0]) == pytest.approx((whole["yi"][0], whole["vi"][0]), rel=1e-12), told


def test_a_p_value_gives_back_its_difference() -> None:
    from scipy.stats import ttest_ind_from_stats

    p = ttest_ind_from_stats(12.0, 4.0, 30, 10.0, 5.0, 28).pvalue
    whole = es.effect_sizes(n_t=[30], mean_t=[12.0], sd_t=[4.0], n_c=[28], mean_c=[10.0], sd_c=[5.0], measure="SMD")
    found = es.effect_sizes(n_t=[30], mean_t=[12.0], n_c=[28], mean_c=[10.0], p=[p], measure="SMD")
    assert found["yi"][0] == pytest.approx(whole["yi"][0], rel=1e-9)
    difference = es.effect_sizes(n_t=[30], mean_t=[12.0], n_c=[28], mean_c=[10.0], p=[p], measure="MD")
    sd2 = (29 * 16 + 27 * 25) / 56
    assert difference["vi"][0] == pytest.approx(sd2 * (1 / 30 + 1 / 28), rel=1e-9)


def test_printed_ratios_by_interval_and_p() -> None:
    found = es.effect_sizes(effect=[0.5, 0.5], ci_low=[0.25, None], ci_high=[1.0, None], p=[None, 0.05], measure="HR")
    assert found["yi"].tolist() == pytest.approx([np.log(0.5)] * 2)
    assert np.sqrt(found["vi"]).tolist() == pytest.approx([np.log(4) / 2 / 1.959963984540054, np.log(2) / 1.959963984540054])


def test_rows_go_by_what_they_have_and_say_why_not() -> None:
    table = pd.DataFrame(
        {
            "study": ["given", "arms", "printed", "silent", "short", "wrong"],
            "yi": [-0.2, np.nan, np.nan, np.nan, np.nan, np.nan],
            "vi": [0.04, np.nan, np.nan, np.nan, np.nan, np.nan],
            "events_t": [np.nan, 5, np.nan, 0, 4, 30],
            "n_t": [np.nan, 50, np.nan, 20, 40, 20],
            "events_c": [np.nan, 9, np.nan, 0, np.nan, 3],
            "n_c": [np.nan, 51, np.nan, 20, 41, 22],
            "effect": [np.nan, np.nan, 0.8, np.nan, np.nan, np.nan],
            "ci_low": [np.nan, np.nan, 0.6, np.nan, np.nan, np.nan],
            "ci_high": [np.nan, np.nan, 1.07, np.nan, np.nan, np.nan],
        },
        index=list("abcdef"),
    )
    ma = es.meta_analysis(table, measure="RR")
    assert ma.studies["study"].tolist() == ["given", "arms", "printed"]
    assert ma.studies["steps"].tolist() == ["", "", "effect as printed, standard error from the interval"]
    assert ma.excluded["reason"].to_dict() == {
        "d": "no event in either arm says nothing about a ratio",
        "e": "missing: events_c",
        "f": "more events than people (events_t, n_t)",
    }
    assert "3 rows are left out" in repr(ma)


# --- what comes out --------------------------------------------------------------------------------------------------


def test_nothing_changes(bcg: es.MetaAnalysis) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        bcg.fit = None  # type: ignore[misc]
    before = bcg.studies
    before.loc[:, "yi"] = 0.0
    assert bcg.studies["yi"].abs().max() > 0.1


def test_an_analysis_stays_what_it_was_when_its_table_changes() -> None:
    yi, vi, table = np.array([0.1, 0.3, 0.2]), np.array([0.1, 0.2, 0.1]), pd.DataFrame(BCG)
    arrays, of_table = es.meta_analysis(yi=yi, vi=vi), es.meta_analysis(table, measure="RR")
    yi[0], table["latitude"], table.loc[0, "events_t"] = 9.0, 0, 100
    assert arrays.studies["yi"].tolist() == [0.1, 0.3, 0.2]
    assert arrays.to_frame()["tau2_high"][0] == es.meta_analysis(yi=[0.1, 0.3, 0.2], vi=vi).tau2_ci[1]
    assert of_table.moderators["latitude"].tolist() == BCG["latitude"]
    for array in (of_table.fit.yi, of_table.fit.vi, of_table.fit.pooled.estimate):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_the_table_holds_what_is_printed(bcg: es.MetaAnalysis) -> None:
    row = bcg.to_frame().iloc[0]
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (bcg.estimate, *bcg.ci)
    assert f"{bcg.estimate:.2f} ({bcg.ci[0]:.2f} to {bcg.ci[1]:.2f})" in repr(bcg)
    assert bcg.studies["weight"].to_numpy().sum() == pytest.approx(100)
    assert np.log(row["estimate"]) == pytest.approx(bcg.fit.numbers["estimate"])


def test_single_studies(bcg: es.MetaAnalysis) -> None:
    without = bcg.leave_one_out()
    assert without.index.tolist() == list(BCG["study"])
    rest = {k: v[1:] for k, v in BCG.items()}
    assert without["estimate"].iloc[0] == pytest.approx(es.meta_analysis(rest, measure="RR").estimate, rel=1e-12)
    assert bcg.cumulative("latitude")["estimate"].iloc[-1] == pytest.approx(bcg.estimate)
    assert bcg.influence().shape == (13, 9)
    subsets = bcg.gosh()
    assert len(subsets) == 2**13 - 1
    assert subsets["A"].to_numpy().sum() == 2**12


def test_small_studies(bcg: es.MetaAnalysis) -> None:
    found = bcg.small_study()
    assert found.peters is None
    ratios = es.meta_analysis(BCG, measure="OR").small_study()
    assert ratios.peters is not None
    assert ratios.harbord is not None
    assert {"Egger", "Begg", "Peters", "Harbord", "Trim-and-fill", "PET", "PEESE", "Limit", "Selection"} == set(
        ratios.to_frame().index
    )
    assert "Small-study effects of 13 studies" in str(found)


def test_subgroups(bcg: es.MetaAnalysis) -> None:
    found = bcg.subgroups("kind")
    frame = found.to_frame()
    assert frame["studies"].tolist() == [3, 6, 4]
    only = {k: [x for x, kind in zip(v, BCG["kind"], strict=True) if kind == "a"] for k, v in BCG.items()}
    assert frame.loc["a", "estimate"] == pytest.approx(es.meta_analysis(only, measure="RR").estimate, rel=1e-12)
    assert found.p == pytest.approx(bcg.regress("~ C(kind)").p, rel=1e-9)
    assert bcg.subgroups("kind", common_tau2=False).p != found.p


@pytest.mark.parametrize(
    ("estimator", "interval", "kind"), [("DL", "hksj", "F "), ("DL", "wald", "Chi2 "), ("FE", "hksj", "Chi2 ")]
)
def test_subgroups_are_tested_by_the_model_of_the_analysis(estimator: str, interval: str, kind: str) -> None:
    ma = es.meta_analysis(BCG, measure="RR", estimator=estimator, interval=interval)
    found = ma.subgroups("kind")
    assert found.p == pytest.approx(ma.regress("~ C(kind)").p, rel=1e-9)
    assert kind in str(found)
    if estimator == "FE":  # the Q of all studies is that within subgroups and that between them
        within = found.to_frame()["q"].to_numpy().sum()
        assert found.test.statistic == pytest.approx(ma.fit.numbers["q"] - within, rel=1e-9)


@pytest.mark.parametrize(("estimator", "interval"), [("REML", "hksj_floor"), ("PM", "hksj"), ("DL", "wald"), ("FE", "wald")])
def test_statsmodels_gives_the_regression_again(estimator: str, interval: str) -> None:
    found = es.meta_analysis(BCG, measure="RR", estimator=estimator, interval=interval).regress("~ latitude + C(kind)")
    frame, theirs = found.to_frame(), found.wls
    limits = theirs.conf_int().to_numpy().T
    for ours, other in zip(
        ("estimate", "se", "p", "ci_low", "ci_high"), (theirs.params, theirs.bse, theirs.pvalues, *limits), strict=True
    ):
        assert frame[ours].tolist() == pytest.approx(list(other), rel=1e-9), ours
    contrast = theirs.t_test("C(kind)[T.r] = C(kind)[T.s]")
    assert float(contrast.effect[0]) == pytest.approx(
        frame.loc["C(kind)[T.r]", "estimate"] - frame.loc["C(kind)[T.s]", "estimate"]
    )


def test_a_regression_tells_the_estimator_that_it_took(bcg: es.MetaAnalysis) -> None:
    assert "(ML, Knapp-Hartung" in str(bcg.regress("~ latitude", estimator="ML"))
    assert np.isnan(bcg.regress("~ latitude", estimator="FE").r2)


def test_a_regression_predicts_its_own_line(bcg: es.MetaAnalysis) -> None:
    found = bcg.regress("~ latitude")
    beta = found.to_frame()["estimate"]
    expected = np.exp(beta["Intercept"] + 30 * beta["latitude"])
    predicted = found.predict({"latitude": [30]}).iloc[0]
    assert predicted["estimate"] == pytest.approx(expected)
    assert predicted["prediction_low"] < predicted["ci_low"] < expected < predicted["ci_high"] < predicted["prediction_high"]
    assert found.terms().loc["latitude", "p"] == pytest.approx(found.p)
    gap = {**BCG, "latitude": [None, *BCG["latitude"][1:]]}
    assert es.meta_analysis(gap, measure="RR").regress("~ latitude").left_out == ("A",)


def test_bayes_and_thresholds(bcg: es.MetaAnalysis) -> None:
    found = bcg.bayes(thresholds=[1.0, 0.8])
    assert found.below[0] > found.below[1] > 0.5
    assert found.chances().index.tolist() == [1.0, 0.8]
    row = found.to_frame().iloc[0]
    assert row["ci_low"] < np.exp(found.posterior.mean) == row["estimate"] < row["ci_high"]
    assert f"{100 * found.below[1]:.1f}% for the mean" in repr(found)
    chances = bcg.predict([1.0, 0.8])
    assert chances.index.tolist() == [1.0, 0.8]
    assert (chances["below_new"].diff().dropna() < 0).all()
    assert list(bcg.predict().columns)[-1] == "prediction_high"


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_figures_are_matplotlibs_and_the_same_bytes(bcg: es.MetaAnalysis, tmp_path: Path, ending: str) -> None:
    for draw in (bcg.forest, bcg.funnel):
        first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
        figure = draw(first)
        assert isinstance(figure, Figure)
        figure.axes[0].set_xlabel("styled further")
        draw(second)
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_size > 5000


def test_a_forest_plot_shows_every_study(bcg: es.MetaAnalysis) -> None:
    texts = [t.get_text() for t in bcg.forest().axes[0].texts]
    assert set(BCG["study"]) <= set(texts)
    assert "Prediction interval" in texts
    assert any(t.startswith(f"{bcg.estimate:.2f} (") for t in texts)
    assert bcg.forest()._repr_svg_().startswith("<svg")


def test_one_study_and_two_are_told_as_such() -> None:
    one = es.meta_analysis(effect=[-4.0], ci_low=[-8.0], ci_high=[0.0], measure="MD")
    assert "One study: its own interval" in repr(one)
    assert one.ci == pytest.approx((-8.0, 0.0))
    one.forest()
    assert "Two studies: the Wald interval is" in repr(es.meta_analysis(yi=[0.1, 0.5], vi=[0.04, 0.05]))


@pytest.mark.parametrize("layout", ["revman", "bmj", "jama"])
def test_a_forest_plot_in_a_journals_layout(bcg: es.MetaAnalysis, layout: str, tmp_path: Path) -> None:
    from evidence_synthesis.plots.journals import LAYOUTS

    out = tmp_path / "f.svg"
    figure = bcg.forest(out, "", layout=layout, width=180 / 25.4)
    assert figure.get_size_inches()[0] == pytest.approx(180 / 25.4)
    text = out.read_text(encoding="utf-8")
    assert LAYOUTS[layout].effect("RR", bcg.estimate, *bcg.ci) in text
    for study, effect, low, high in bcg.studies[["study", "effect", "ci_low", "ci_high"]].itertuples(index=False):
        assert f">{study}</text>" in text
        assert LAYOUTS[layout].effect("RR", effect, low, high) in text
    total = sum(BCG["n_t"])
    assert (f"{total:,}" in text) == (layout != "bmj")  # events of people stand together there, without totals
    assert "BCG vaccine" not in text
    assert "Arial" in text


def test_revman_names_the_method(bcg: es.MetaAnalysis, tmp_path: Path) -> None:
    for estimator, words in (("REML", "IV, Random"), ("FE", "IV, Fixed"), ("MH", "M-H, Fixed")):
        out = tmp_path / f"{estimator}.svg"
        es.meta_analysis(BCG, measure="RR", estimator=estimator).forest(out, layout="revman")
        text = out.read_text(encoding="utf-8")
        assert f">{words}, 95% CI</text>" in text
        assert ("Tau\u00b2" in text) == (estimator == "REML")
        assert (">Test for overall effect: Z = " in text) == (estimator != "REML")


def test_what_no_journals_layout_prints_is_refused(bcg: es.MetaAnalysis) -> None:
    with pytest.raises(UnknownName, match="house, revman, bmj, jama"):
        bcg.forest(layout="lancet")
    with pytest.raises(UnusableInput, match="95% intervals"):
        es.meta_analysis(BCG, measure="RR", level=90).forest(layout="bmj")
    with pytest.raises(UnusableInput, match="MD, SMD"):
        es.meta_analysis(yi=YI, vi=VI).forest(layout="bmj")
    with pytest.raises(UnusableInput, match="no width"):
        bcg.forest(layout="bmj", width=0.1)


def test_a_notebook_shows_the_result_with_its_forest_plot(bcg: es.MetaAnalysis) -> None:
    page = bcg._repr_html_()
    assert "<svg" in page
    assert "risk ratio" in page


def test_names_of_studies_are_no_markup() -> None:
    ma = es.meta_analysis(study=["<script>x</script>", "b"], yi=[0.1, 0.2], vi=[0.1, 0.1])
    assert "<script>" not in ma._repr_html_()


def test_methods_in_words(bcg: es.MetaAnalysis) -> None:
    text = bcg.methods_text()
    for part in (
        "risk ratio [RR]",
        "REML",
        "doi:10.3102/10769986030003261",
        "doi:10.1186/s12874-015-0091-1",
        es.__version__,
        "NumPy",
    ):
        assert part in text, part
    assert "random" not in es.meta_analysis(BCG, measure="RR", estimator="FE").methods_text()


@pytest.mark.parametrize("name", MEASURES)
def test_methods_can_be_pasted(name: str) -> None:
    """What computes an effect is told with where it is published, in words that no reader of a paper stumbles over."""
    text = es.meta_analysis(yi=[0.3, 0.5, 0.2], vi=[0.04, 0.02, 0.03], measure=name).methods_text()
    assert not re.search(r"``|NaN|\bsee\b|\(" + name + r"\b", text), text
    if MEASURES[name].formula is not None and name not in ("MN", "PR", "PLO"):
        told = text.split("They were pooled")[0]
        assert re.search(r"doi:10\.\d{4}/|Handbook \d|Fisher 1921", told), told


# --- many, networks, published reviews -------------------------------------------------------------------------------


def test_many_at_once_give_what_each_gives_alone() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"a": rng.integers(0, 40, 600), "yi": rng.normal(size=600), "vi": rng.uniform(0.05, 0.5, 600)})
    table.loc[::50, "vi"] = np.nan
    many = es.pool_many(table, by="a")
    assert many["excluded"].to_numpy().sum() == 12
    for name in many.index[:10]:
        alone = es.meta_analysis(table[table["a"] == name]).to_frame().iloc[0]
        for column in ("studies", "estimate", "ci_low", "ci_high", "tau2", "tau2_low", "i2_high", "prediction_low"):
            assert many.loc[name, column] == pytest.approx(alone[column], rel=1e-9, abs=1e-12), column


@pytest.mark.parametrize(("measure", "estimator"), [("RR", "MH"), ("PFT", "REML")])
def test_many_at_once_pool_counts_and_shares_as_each_alone(measure: str, estimator: str) -> None:
    table = (
        pd.DataFrame(BCG) if measure == "RR" else pd.DataFrame({"events": BCG["events_t"], "n": BCG["n_t"], "kind": BCG["kind"]})
    )
    many = es.pool_many(table, by="kind", measure=measure, estimator=estimator)
    for name, rows in table.groupby("kind"):
        alone = es.meta_analysis(rows, measure=measure, estimator=estimator).to_frame().iloc[0]
        assert np.isfinite(alone["estimate"])
        for column in ("studies", "estimate", "ci_low", "ci_high", "se", "q"):
            assert many.loc[name, column] == pytest.approx(alone[column], rel=1e-9), (name, column)


def test_an_analysis_without_any_study_stays_in_the_table() -> None:
    many = es.pool_many(by=list("aab"), yi=[0.1, 0.2, None], vi=[0.1, 0.1, None])
    assert many["studies"].tolist() == [2, 0]
    assert np.isnan(many.loc["b", "estimate"])


def test_a_network_of_arms_is_one_of_its_contrasts() -> None:
    rows = [
        (s, t, n, m, sd)
        for s, t, n, m, sd in zip(
            "aabbccc", "xyyzxyz", (30, 32, 40, 41, 20, 22, 21), (5, 7, 6, 9, 4, 6, 9), (2, 2, 3, 3, 2, 3, 2), strict=True
        )
    ]
    arms = pd.DataFrame(rows, columns=["study", "treatment", "n", "mean", "sd"])
    pairs = arms.merge(arms, on="study")
    pairs = pairs[pairs["treatment_x"] < pairs["treatment_y"]]
    contrasts = pd.DataFrame(
        {
            "study": pairs["study"],
            "treatment": pairs["treatment_x"],
            "comparator": pairs["treatment_y"],
            "yi": pairs["mean_x"] - pairs["mean_y"],
            "vi": pairs["sd_x"] ** 2 / pairs["n_x"] + pairs["sd_y"] ** 2 / pairs["n_y"],
        }
    )
    one, other = es.network(arms, measure="MD"), es.network(contrasts, measure="MD")
    pd.testing.assert_frame_equal(one.league(), other.league())
    assert one.ranking().index[0] == "x"
    assert "Network meta-analysis of 3 treatments in 3 studies" in repr(one)
    with pytest.raises(UnusableInput, match="every one of its 3 contrasts"):
        es.network(contrasts.iloc[:-1], measure="MD")


def test_a_network_is_drawn_and_told(tmp_path: Path) -> None:
    rows = [("s1", "a", "b", -0.4, 0.04), ("s2", "a", "c", -0.9, 0.05), ("s3", "b", "c", -0.4, 0.03)]
    table = pd.DataFrame(rows, columns=["study", "treatment", "comparator", "yi", "vi"])
    net = es.network(table, measure="OR", level=90)
    texts = [t.get_text() for t in net.forest(tmp_path / "n.svg").axes[0].texts]
    row = net.against("c").loc["a"]
    assert {"a", "b", "Against c", f"{row['estimate']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})"} <= set(texts)
    assert "Against b" in [t.get_text() for t in net.forest(reference="b").axes[0].texts]
    assert (tmp_path / "n.svg").stat().st_size > 5000
    assert "<svg" in net._repr_html_()
    for words in ("odds ratio [OR]", "90%", "doi:10.1002/jrsm.1044", "logarithms", es.__version__):
        assert words in net.methods_text(), words
    assert net.summary().startswith(repr(net))
    splits = net.splits
    splits["p"] = 0.0
    assert net.splits["p"].tolist() != splits["p"].tolist()
    with pytest.raises(UnknownName, match="known are a, b, c"):
        net.forest(reference="z")


def test_a_published_analysis_is_what_was_published() -> None:
    review = es.load_review(ROOT)
    row = review.pooled[(review.pooled["level"] == "family") & (review.pooled["trials"] > 5)].iloc[0]
    asked = {name: row[name] for name in ("outcome", "term", "comparator", "population", "measure")}
    ma = review.analysis(row["group"], **asked)
    assert ma.estimate == pytest.approx(row["estimate"], rel=1e-9)
    assert ma.ci == pytest.approx((row["ci_low"], row["ci_high"]), rel=1e-6)
    assert row["group_label"] in ma.title
    assert {"year", "risk_of_bias"} <= set(ma.moderators)


# --- what is refused -------------------------------------------------------------------------------------------------

YI, VI = [0.1, 0.4, 0.3], [0.1, 0.2, 0.1]
REFUSED: dict[str, tuple[Callable[[], object], type[EvidenceError], str]] = {
    "measure": (lambda: es.meta_analysis(yi=YI, vi=VI, measure="XX"), UnknownName, "known are MD"),
    "estimator": (lambda: es.meta_analysis(yi=YI, vi=VI, estimator="REM"), UnknownName, "known are FE, DL"),
    "interval": (lambda: es.meta_analysis(yi=YI, vi=VI, interval="knha"), UnknownName, "hksj_floor"),
    "field": (lambda: es.meta_analysis(yi=YI, vi=VI, weigth=VI), UnknownName, "unknown field 'weigth'"),
    "column": (lambda: es.meta_analysis({"a": YI}, yi="b"), UnknownName, "known are a"),
    "level": (lambda: es.meta_analysis(yi=YI, vi=VI, level=0.95), UnusableInput, "per cent"),
    "length": (lambda: es.meta_analysis(yi=YI, vi=VI[:2]), UnusableInput, "yi has 3, vi has 2"),
    "words": (lambda: es.meta_analysis(yi=["a", 1, 2], vi=VI), UnusableInput, "'a' in row 0"),
    "nothing": (lambda: es.meta_analysis(), UnusableInput, "nothing is given"),
    "no columns": (lambda: es.meta_analysis({"colour": ["red"]}), UnusableInput, "no columns that give an effect"),
    "no study": (lambda: es.meta_analysis(yi=[None], vi=[None]), UnusableInput, "no study has an effect"),
    "two": (lambda: es.meta_analysis(yi=YI[:1], vi=VI[:1]).leave_one_out(), NotEnough, "needs 2 studies; there is 1"),
    "formula": (lambda: es.meta_analysis(yi=YI, vi=VI).regress("~ age"), UnknownName, "unknown variable of the formula 'age'"),
    "figure": (lambda: es.meta_analysis(yi=YI, vi=VI).forest("a.gif"), UnknownName, ".svg, .pdf, .png"),
    "scale": (lambda: es.meta_analysis(yi=YI, vi=VI).bayes(), UnusableInput, "scale of the prior"),
    "treatment": (lambda: es.load_review(ROOT).analysis("wishing"), UnknownName, "acupuncture"),
    "no table": (lambda: es.meta_analysis("studies.csv"), UnusableInput, "pd.read_csv"),
    "level as text": (lambda: es.meta_analysis(yi=YI, vi=VI, level="high"), UnusableInput, "per cent"),  # type: ignore[arg-type]
    "level of many": (lambda: es.pool_many(by=[1, 1, 2], yi=YI, vi=VI, level=0.95), UnusableInput, "per cent"),
    "nothing known": (
        lambda: es.meta_analysis({"yi": YI, "vi": VI, "age": [None, None, None]}).regress("~ age"),
        UnusableInput,
        "no study has a value of age",
    ),
    "by": (lambda: es.pool_many({"yi": YI, "vi": VI}, by="c"), UnknownName, "known are yi, vi"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_is_known(case: str) -> None:
    attempt, kind, words = REFUSED[case]
    with pytest.raises(kind) as caught:
        attempt()
    assert words in str(caught.value)


def test_errors_travel_between_processes_with_what_they_are_about() -> None:
    for error in (UnknownName("measure", "XX", ["MD"]), UnusableInput("vi", "no"), NotEnough("this", 3, 2)):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.about) == (type(error), str(error), error.about)


def test_a_folder_without_a_review_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="holds no review with results"):
        es.load_review(tmp_path)


def test_shares_of_studies_are_read_by_their_own_people() -> None:
    ma = es.meta_analysis(events=[3, 8, 2], n=[40, 600, 55], measure="PFT")
    assert ma.studies["effect"].to_numpy() == pytest.approx([3 / 40, 8 / 600, 2 / 55], rel=1e-9)
    assert 0 <= ma.ci[0] < ma.estimate < ma.ci[1] < 1
