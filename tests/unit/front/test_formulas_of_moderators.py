"""Formulas know a table's columns and some functions, and nothing else of Python."""

from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evidence_synthesis as es
from evidence_synthesis.errors import UnknownName, UnusableInput

TABLE = pd.DataFrame(
    {
        "yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7, 0.2, 0.3],
        "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06, 0.03, 0.05],
        "year": [1990, 1995, 2010, 1998, 2005, 1992, 2001, 2003],
        "kind": list("abababba"),
        "dose": [1.0, 2, 3, 4, 5, 6, 7, 8],
        "of ten": [0, 1, 2, 3, 4, 5, 6, 7],
    }
)

# the same design by hand, for each form of term that the language has
SAME = {
    "~ np.log(dose)": {"x": np.log(TABLE["dose"])},
    "~ log(dose)": {"x": np.log(TABLE["dose"])},
    "~ I(dose**2)": {"x": TABLE["dose"] ** 2},
    "~ center(year)": {"x": TABLE["year"] - TABLE["year"].mean()},
    "~ I(year > 2000)": {"x": (TABLE["year"] > 2000).astype(float)},
    "year > 2000": {"x": (TABLE["year"] > 2000).astype(float)},
    '~ Q("of ten")': {"x": TABLE["of ten"]},
    "~ C(kind, Treatment(reference='b'))": {"x": (TABLE["kind"] == "a").astype(float)},
    "~ C(kind, levels=['b', 'a'])": {"x": (TABLE["kind"] == "a").astype(float)},
    "~ maximum(year, 2000)": {"x": TABLE["year"].clip(lower=2000)},
    "~ year:dose": {"x": TABLE["year"] * TABLE["dose"]},
    "~ year * dose": {"x": TABLE["year"], "y": TABLE["dose"], "z": TABLE["year"] * TABLE["dose"]},
}


@pytest.mark.parametrize("formula", SAME)
def test_terms_give_the_columns_that_they_say(formula: str) -> None:
    by_hand = es.meta_analysis(TABLE[["yi", "vi"]].assign(**SAME[formula])).regress("~ " + " + ".join(SAME[formula]))
    found = es.meta_analysis(TABLE).regress(formula).to_frame()
    assert found["estimate"].tolist() == pytest.approx(by_hand.to_frame()["estimate"].tolist(), rel=1e-6)


CODE = (
    "~ __import__('pathlib').Path({path!r}).write_text('run')",
    "~ open({path!r}, 'w')",
    "~ I(eval({path!r}))",
    "~ I(exec('open({path!r}, chr(119))'))",
    "~ np.save({path!r}, year)",
    "~ np.lib.npyio",
    "~ year.to_csv({path!r})",
    "~ year.__class__",
    "~ C(open({path!r}, 'w'))",
    "~ center(year, x=open({path!r}, 'w'))",
    "~ Q('__builtins__')",
    "~ Q(open({path!r}, 'w'))",
    "~ [open({path!r}, 'w') for x in (1, 2)]",
    "~ I((lambda: open({path!r}, 'w'))())",
    "~ f'{{year}}'",
    "~ dose[open({path!r}, 'w')]",
    "~ print",
    "open({path!r}, 'w') ~ year",
)


@pytest.mark.parametrize("formula", CODE)
def test_nothing_of_python_can_be_called(formula: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "made"
    monkeypatch.setattr(builtins, "print", lambda *_: path.write_text("printed"))
    with pytest.raises((UnknownName, UnusableInput)):
        es.meta_analysis(TABLE).regress(formula.format(path=str(path)))
    assert not path.exists()


def test_a_column_may_have_the_name_of_anything() -> None:
    table = TABLE.rename(columns={"year": "open", "dose": "log"})
    found = es.meta_analysis(table).regress("~ open + log").to_frame()["estimate"].tolist()
    assert found == pytest.approx(es.meta_analysis(TABLE).regress("~ year + dose").to_frame()["estimate"].tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("formula", "words"),
    {
        "~ yeer": "unknown variable of the formula 'yeer' (year?)",
        "~ factor(kind)": "unknown function of the formula 'factor'; known are C, Q",
        "~ np.load(year)": "unknown function of the formula 'load'; known are abs",
        "yi ~ year": "begin with ~",
        "~ log(Q('of ten'))": "an infinite value",
        "~ year +": "the expression ended",
        "~ exp": "unknown variable of the formula 'exp'",
    }.items(),
)
def test_what_is_no_formula_is_told(formula: str, words: str) -> None:
    with pytest.raises((UnknownName, UnusableInput)) as caught:
        es.meta_analysis(TABLE).regress(formula)
    assert words in str(caught.value)


def test_studies_without_a_logarithm_are_left_out_and_named() -> None:
    found = es.meta_analysis(TABLE).regress("~ log(dose - 2.5)")
    assert found.left_out == ("Study 1", "Study 2")


def test_rows_to_predict_need_their_values() -> None:
    found = es.meta_analysis(TABLE).regress("~ log(dose) + C(kind)")
    wrong = {
        "no column kind": {"dose": [1]},
        "does not match": {"dose": [1], "kind": ["c"]},
        "missing or infinite": {"dose": [0], "kind": ["a"]},
    }
    for words, rows in wrong.items():
        with pytest.raises(UnusableInput, match=words):
            found.predict(rows)
