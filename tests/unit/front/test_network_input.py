"""What a network is made from: tables by any usual names, Series, arrays, lists; what cannot be is refused by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import evidence_synthesis as es
from evidence_synthesis.errors import UnknownName, UnusableInput

NAMES = ["study", "treatment", "comparator", "yi", "vi"]
ROWS = [("s1", "A", "B", -0.4, 0.04), ("s2", "A", "C", -0.9, 0.05), ("s3", "B", "C", -0.4, 0.03), ("s4", "A", "B", -0.2, 0.06)]
TABLE = pd.DataFrame(ROWS, columns=NAMES)
LISTS = TABLE.to_dict("list")
ERRORS = TABLE.assign(seTE=np.sqrt(TABLE["vi"])).drop(columns="vi")
ABROAD = {"study": "studlab", "treatment": "treat1", "comparator": "treat2", "yi": "TE"}

TAKEN: dict[str, Callable[[], object]] = {
    "lists": lambda: es.network(measure="MD", **LISTS),
    "arrays": lambda: es.network(measure="MD", **{name: np.array(values) for name, values in LISTS.items()}),
    "Series": lambda: es.network(measure="MD", **{name: TABLE[name] for name in NAMES}),
    "iterators": lambda: es.network(measure="MD", **{name: iter(values) for name, values in LISTS.items()}),
    "Series in another order": lambda: es.network(
        measure="MD", **{name: TABLE[name] for name in NAMES} | {"yi": TABLE["yi"][::-1]}
    ),
    "values beside a table": lambda: es.network(TABLE[NAMES[:3]], measure="MD", yi=TABLE["yi"], vi=LISTS["vi"]),
    "standard errors": lambda: es.network(ERRORS, measure="MD", sei="seTE"),
    "netmeta's names": lambda: es.network(ERRORS.rename(columns=ABROAD), measure="MD"),
    "names of pairs": lambda: es.network(TABLE.rename(columns={"treatment": "t1", "comparator": "t2"}), measure="MD"),
    "categories": lambda: es.network(TABLE.astype({"treatment": "category"}), measure="MD"),
    "names of one's own": lambda: es.network(TABLE.rename(columns={"comparator": "control"}), measure="MD", comparator="control"),
}


@pytest.mark.parametrize("how", TAKEN)
def test_contrasts_are_taken_as_they_are_meant(how: str) -> None:
    found = TAKEN[how]()
    assert isinstance(found, type(es.network(TABLE, measure="MD")))
    pd.testing.assert_frame_equal(found.league(), es.network(TABLE, measure="MD").league(), rtol=1e-12)


ARMS = {"study": list("aabbcc"), "treatment": list("xyxyxz"), "n": [30] * 6, "events": [3, 6, 4, 9, 5, 9]}
MEANS = ARMS | {"mean": [1, 2, 3, 4, 5, 6], "sd": [1, 2, 1, 2, 1, 2]}


def test_arms_are_taken_by_keyword_too() -> None:
    table = es.network(MEANS, measure="SMD")
    pd.testing.assert_frame_equal(es.network(measure="SMD", **MEANS).league(), table.league())
    beside = es.network(MEANS | {"t2": [4, 8] * 3}, measure="SMD")  # a column of weeks makes no contrasts
    pd.testing.assert_frame_equal(beside.league(), table.league())


def test_studies_that_say_nothing_are_named() -> None:
    net = es.network(ARMS | {"events": [0, 0, 4, 9, 5, 9]}, measure="OR")
    assert net.excluded.to_dict("records") == [
        {"study": "a", "reason": "no event, or events only, in every arm says nothing about a ratio"}
    ]
    assert "1 study left out" in repr(net)
    assert "Left out: 1 study (no event" in net.methods_text()
    without = es.network({name: values[2:] for name, values in ARMS.items()}, measure="OR")
    pd.testing.assert_frame_equal(net.league(), without.league())
    assert without.excluded.empty
    assert es.network(ARMS | {"events": [0, 0, 4, 9, 5, 9]}, measure="RD").excluded.empty  # a difference of none is one


THREE = {"study": ["a"] * 3, "treatment": list("AAB"), "comparator": list("BCC"), "yi": [1, 2, 1], "vi": [0.1, 0.1, 0.1]}
REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "nothing": (lambda: es.network(measure="MD"), UnusableInput, "nothing is given"),
    "no variances": (lambda: es.network(TABLE[NAMES[:4]], measure="MD"), UnknownName, "column for vi"),
    "no variances by keyword": (
        lambda: es.network(measure="MD", **{n: TABLE[n] for n in NAMES[:4]}),
        UnusableInput,
        "vi: is needed",
    ),
    "a variance of zero": (lambda: es.network(TABLE.assign(vi=0), measure="MD"), UnusableInput, "vi: numbers are above zero"),
    "no treatment": (lambda: es.network(TABLE, measure="MD", treatment="arm"), UnknownName, "column for treatment 'arm'"),
    "a missing name": (lambda: es.network(TABLE.assign(study=["a", pd.NA, "b", "c"]), measure="MD"), UnusableInput, "in row 1"),
    "itself": (lambda: es.network(TABLE.assign(comparator="A"), measure="MD"), UnusableInput, "row 0, 1, 3 compares"),
    "twice": (lambda: es.network(pd.concat([TABLE, TABLE.iloc[:1]]), measure="MD"), UnusableInput, "s1 has a contrast twice"),
    "more events than people": (lambda: es.network(ARMS | {"events": [31] * 6}, measure="RR"), UnusableInput, "more events"),
    "events below zero": (lambda: es.network(ARMS | {"events": [-1] * 6}, measure="RR"), UnusableInput, "0 or more"),
    "an SD of zero": (lambda: es.network(MEANS | {"sd": [0] * 6}, measure="MD"), UnusableInput, "sd: numbers are above zero"),
    "an SD of one person": (lambda: es.network(MEANS | {"n": [1] * 6}, measure="SMD"), UnusableInput, "n: numbers are 2 or more"),
    "a level": (lambda: es.network(TABLE, measure="MD", level=5), UnusableInput, "level"),
    "a word": (lambda: es.network(TABLE, measure="MD", weight=[1]), UnknownName, "unknown field 'weight'"),
    "contrasts that contradict": (
        lambda: es.network(THREE | {"yi": [1, 2, -1]}, measure="MD"),
        UnusableInput,
        "A against B is 1, by those against C 3",
    ),
    "variances of no study": (lambda: es.network(THREE | {"vi": [0.1, 5, 0.1]}, measure="MD"), UnusableInput, "no covariance"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused(case: str) -> None:
    attempt, kind, words = REFUSED[case]
    with pytest.raises(kind) as caught:
        attempt()
    assert isinstance(caught.value, es.EvidenceError)
    assert words in str(caught.value)
