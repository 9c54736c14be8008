"""What people hand in who do not know the library: it is taken as they mean it, or refused with what to do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import evidence_synthesis as es
from evidence_synthesis.errors import UnknownName, UnusableInput

YI, VI = [0.1, 0.4, 0.3], [0.1, 0.2, 0.15]
EXPECTED = es.meta_analysis(yi=YI, vi=VI).estimate
TABLE = pd.DataFrame({"yi": YI, "vi": VI, "year": [2001, 2003, 2002], "kind": ["a", "b", "a"]}, index=["x", "y", "z"])


def test_names_of_the_package_are_those_for_people() -> None:
    assert [name for name in dir(es) if not name.startswith("__")] == sorted(n for n in es.__all__ if not n.startswith("__"))


TAKEN: dict[str, Callable[[], es.MetaAnalysis]] = {
    "numbers as text": lambda: es.meta_analysis(yi=[str(y) for y in YI], vi=[f" {v} " for v in VI]),
    "tuples": lambda: es.meta_analysis(yi=tuple(YI), vi=tuple(VI)),
    "iterators": lambda: es.meta_analysis(yi=iter(YI), vi=(v for v in VI)),
    "a list of records": lambda: es.meta_analysis([{"yi": y, "vi": v} for y, v in zip(YI, VI, strict=True)]),
    "nullable numbers": lambda: es.meta_analysis(
        pd.DataFrame({"yi": pd.array([*YI, None], "Float64"), "vi": pd.array([*VI, 1], "Float64")})
    ),
    "labels of any kind": lambda: es.meta_analysis(TABLE[["yi", "vi"]].set_axis(pd.MultiIndex.from_product([["a"], [2, 2, 3]]))),
    "Series in another order": lambda: es.meta_analysis(
        yi=pd.Series(YI, index=["x", "y", "z"]), vi=pd.Series(VI[::-1], index=["z", "y", "x"])
    ),
    "a Series beside a table": lambda: es.meta_analysis(TABLE[["yi"]], vi=pd.Series(VI[::-1], index=["z", "y", "x"])),
    "Series with labels of their own": lambda: es.meta_analysis(
        yi=pd.Series(YI, index=[7, 8, 9]), vi=pd.Series(VI, index=["p", "q", "r"])
    ),
}


@pytest.mark.parametrize("how", TAKEN)
def test_input_is_taken_as_it_is_meant(how: str) -> None:
    assert TAKEN[how]().estimate == pytest.approx(EXPECTED, rel=1e-12)


def test_one_study_may_be_given_as_numbers() -> None:
    ma = es.meta_analysis(yi=0.1, vi=0.02)
    assert (ma.k, ma.estimate) == (1, pytest.approx(0.1))


def test_values_for_studies_follow_their_labels() -> None:
    ma = es.meta_analysis(TABLE)
    turned = ma.subgroups(pd.Series(["a", "b", "a"], index=["z", "y", "x"])).to_frame()
    pd.testing.assert_frame_equal(turned.rename_axis("kind"), ma.subgroups("kind").to_frame())
    swapped = ma.subgroups(pd.Series(["b", "a", "a"], index=["z", "y", "x"])).to_frame()
    assert swapped.loc["b", "estimate"] == pytest.approx(0.3)
    many = es.pool_many(TABLE, by=pd.Series(["p", "q", "q"], index=["z", "y", "x"]))
    assert many.loc["p", "estimate"] == pytest.approx(0.3)


def test_a_study_without_a_name_gets_its_number() -> None:
    assert list(es.meta_analysis(study=["a", None, ""], yi=YI, vi=VI).studies["study"]) == ["a", "Study 2", "Study 3"]


def test_single_thresholds_may_be_given_as_numbers() -> None:
    ma = es.meta_analysis(yi=YI, vi=VI)
    pd.testing.assert_frame_equal(ma.predict(0.2), ma.predict([0.2]))
    assert ma.bayes(scale=1, thresholds=0.2).below == ma.bayes(scale=1, thresholds=[0.2]).below


def test_reasons_name_the_number() -> None:
    reasons = es.meta_analysis(yi=[np.inf, None, 0.1], vi=[0.1, 0.1, 0.1]).excluded["reason"]
    assert list(reasons) == ["yi is infinite", "missing: yi"]


def test_effects_on_a_line_leave_nothing_to_test_by() -> None:
    found = es.meta_analysis(yi=[0.1, 0.2, 0.3], vi=[0.1, 0.1, 0.1], year=[2001, 2002, 2003]).regress("~ year")
    assert found.to_frame()["estimate"].tolist() == pytest.approx([-200, 0.1], rel=1e-6)
    assert repr(found).startswith("Meta-regression ~ year of 3 studies")


def three() -> es.MetaAnalysis:
    return es.meta_analysis(pd.DataFrame({"yi": YI, "vi": VI, "year": [2001, None, 2002], "rob 2": ["l", "h", "l"]}))


def ratios() -> es.MetaAnalysis:
    return es.meta_analysis(yi=YI, vi=VI, measure="RR")


def twelve() -> es.MetaAnalysis:
    return es.meta_analysis(yi=np.linspace(-1, 1, 12), vi=np.linspace(0.02, 0.3, 12), year=range(2000, 2012))


ARMS = {"study": ["a", "a", "b", "b"], "treatment": ["x", "y", "x", None], "mean": [1, 2, 1, 3], "sd": [1] * 4, "n": [20] * 4}
REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "small letters": (lambda: es.meta_analysis(yi=YI, vi=VI, measure="smd"), UnknownName, "'smd' (SMD?); known are"),
    "a slip": (lambda: es.meta_analysis(yi=YI, vi=VI, estimator="RELM"), UnknownName, "'RELM' (REML?); known are FE, DL"),
    "MH among the known": (lambda: es.meta_analysis(yi=YI, vi=VI, estimator="XX"), UnknownName, "SJ, MH"),
    "another's treatment": (
        lambda: es.network({**ARMS, "treatment": list("xyxz")}, measure="MD").against("Z"),
        UnknownName,
        "z?",
    ),
    "a table of values": (lambda: es.meta_analysis(yi=np.ones((2, 2)), vi=[1, 1]), UnusableInput, "not a table of 2 x 2"),
    "two columns of one name": (
        lambda: es.meta_analysis(pd.DataFrame([[1, 0.1, 2]], columns=["yi", "vi", "yi"])),
        UnusableInput,
        "yi: one value for each study",
    ),
    "complex numbers": (lambda: es.meta_analysis(yi=[1j, 2], vi=[1, 1]), UnusableInput, "real numbers"),
    "a level as text": (lambda: es.meta_analysis(yi=YI, vi=VI, level="95"), UnusableInput, "'95'"),  # type: ignore[arg-type]
    "an order that is not known": (lambda: three().cumulative(), UnusableInput, "year: no value for Study 2"),
    "a formula with a space": (lambda: three().regress("~ rob 2"), UnusableInput, 'Q("its name")'),
    "a formula that is none": (lambda: three().regress(["year"]), UnusableInput, "not list"),  # type: ignore[arg-type]
    "a prior below zero": (lambda: three().bayes(scale=-1), UnusableInput, "above zero"),
    "an effect in words": (lambda: three().sequential("a"), UnusableInput, "'a'"),  # type: ignore[arg-type]
    "a treatment without a name": (lambda: es.network(ARMS, measure="MD"), UnusableInput, "treatment: a name is needed"),
    "a title of numbers": (lambda: es.meta_analysis(yi=YI, vi=VI, title=5), UnusableInput, "title: a text"),  # type: ignore[arg-type]
    "dates for effects": (lambda: es.meta_analysis(yi=pd.to_datetime(["2020", "2021"]), vi=[1, 1]), UnusableInput, "not dates"),
    "effects beyond numbers": (lambda: es.meta_analysis(yi=[1e300, -1e300], vi=[1, 1]), UnusableInput, "1e+300 is none"),
    "variances below zero": (lambda: es.meta_analysis(yi=YI, vi=[-1] * 3), UnusableInput, "has an effect: vi is below zero (3)"),
    "subsets of none": (lambda: three().gosh(most=0), UnusableInput, "most: a whole number of 1 or more"),
    "a seed below zero": (lambda: three().gosh(seed=-1), UnusableInput, "seed: a whole number of 0 or more"),
    "an infinite prior": (lambda: three().bayes(scale=np.inf), UnusableInput, "inf is no scale"),
    "a prior in words": (lambda: three().bayes(scale="wide"), UnusableInput, "'wide' is no scale"),  # type: ignore[arg-type]
    "a threshold in words": (lambda: three().predict("low"), UnusableInput, "not 'low'"),  # type: ignore[arg-type]
    "a threshold of nothing": (lambda: three().bayes(scale=1, thresholds=[np.nan]), UnusableInput, "nan is no effect"),
    "a ratio of zero": (lambda: ratios().predict(0), UnusableInput, "thresholds: 0 is no risk ratio"),
    "a ratio below zero": (lambda: ratios().bayes(thresholds=-1), UnusableInput, "thresholds: -1 is no risk ratio"),
    "words among numbers": (lambda: three().cumulative(["a", 1, 2]), UnusableInput, "no order among each other"),
    "a p that is none": (lambda: twelve().small_study(step=2), UnusableInput, "step: 2 is no probability"),
    "a side in words": (lambda: twelve().small_study(negative="left"), UnusableInput, "True or False"),  # type: ignore[arg-type]
    "an error rate in words": (lambda: twelve().sequential(0.3, alpha="5%"), UnusableInput, "alpha: '5%'"),  # type: ignore[arg-type]
    "a figure of no width": (lambda: twelve().forest(width=-1), UnusableInput, "-1 is no width"),
    "a column where there is none": (lambda: es.meta_analysis(yi=YI, vi=VI).regress("~ x"), UnknownName, "'x'; there is none"),
    "two columns for by": (lambda: es.pool_many(TABLE, by=["yi", "vi"]), UnusableInput, "one column"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_to_do(case: str) -> None:
    attempt, kind, words = REFUSED[case]
    with pytest.raises(kind) as caught:
        attempt()
    assert isinstance(caught.value, es.EvidenceError)
    assert words in str(caught.value)


def test_a_network_of_one_study_counts_it() -> None:
    arms = {name: values[:2] for name, values in ARMS.items()}
    assert "2 treatments in 1 study:" in repr(es.network(arms, measure="MD"))


def test_three_people_have_no_standardised_difference() -> None:
    """Hedges' correction is zero on one degree of freedom, so that every effect would be; metafor's is missing, too."""
    found = es.effect_sizes(n_t=[1, 2], mean_t=[5, 5], sd_t=[1, 1], n_c=[2, 2], mean_c=[3, 3], sd_c=[1, 1], measure="SMD")
    assert found["reason"].tolist() == ["these numbers determine no effect (too few people?)", ""]
    assert found["yi"][1] == pytest.approx(2 * 0.5641896, rel=1e-6)  # J(2) = 1 / sqrt(pi), as metafor has it


def test_analyses_without_an_effect_have_the_columns_of_the_others() -> None:
    none, some = (es.pool_many(by=["a"], yi=[1.0], vi=[v]) for v in (-1.0, 1.0))
    assert none.columns.tolist() == some.columns.tolist()
    assert none["excluded"].tolist() == [1]
    assert none["estimate"].isna().all()


def test_a_test_that_cannot_be_made_says_so() -> None:
    told = es.meta_analysis(yi=[0.3] * 5, vi=[0.04] * 5).subgroups(list("ababa"))
    assert np.isnan(told.p)
    assert repr(told).endswith("leave no variance to test by")
