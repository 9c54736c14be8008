"""The front door's Mantel-Haenszel results against metafor's rma.mh (mantel_haenszel.json, made by make_mantel_haenszel.R)."""

import json
from pathlib import Path

import numpy as np
import pytest

import evidence_synthesis as es
from evidence_synthesis.errors import UnusableInput

REFERENCE = json.loads((Path(__file__).parent / "mantel_haenszel.json").read_text(encoding="utf-8"))
CELLS = ("events_t", "n_t", "events_c", "n_c")


def table(name: str) -> dict[str, list[float]]:
    return {cell: REFERENCE[name][cell] for cell in CELLS}


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
@pytest.mark.parametrize("name", REFERENCE)
def test_a_whole_result(name: str, measure: str) -> None:
    told = REFERENCE[name][measure]
    ma = es.meta_analysis(table(name), measure=measure, estimator="MH")
    at = ma.fit.numbers
    found = [at[x] for x in ("estimate", "se", "ci_low", "ci_high", "p", "q", "q_p", "i2", "h2")]
    # rma.mh adds 0.5 to cells of zero for the risk differences about which Q is taken; here a difference stays as it is
    same = slice(0, 5) if measure == "RD" and 0 in REFERENCE[name]["events_t"] + REFERENCE[name]["events_c"] else slice(0, 9)
    assert found[same] == pytest.approx(told["result"][same], rel=1e-6, abs=1e-12)
    assert ma.studies["weight"].tolist() == pytest.approx(told["weights"], rel=1e-6)
    left = ma.leave_one_out()["estimate"].to_numpy()
    assert (left if measure == "RD" else np.log(left)).tolist() == pytest.approx(told["leave_one_out"], rel=1e-6)
    assert ma.cumulative(ma.studies["study"])["estimate"].iloc[-1] == pytest.approx(ma.estimate, rel=1e-12)


def test_what_goes_by_variances_is_refused_and_the_method_is_named() -> None:
    ma = es.meta_analysis(table("bcg"), measure="RR", estimator="MH")
    assert "Mantel-Haenszel" in repr(ma)
    assert all(words in ma.methods_text() for words in ("Mantel and Haenszel", "doi:10.2307/2530643"))
    assert "tau2" not in repr(ma)
    for call in (ma.influence, lambda: ma.subgroups(["a"] * 13), lambda: ma.regress("~ 1")):
        with pytest.raises(UnusableInput, match="inverse variances"):
            call()


@pytest.mark.parametrize(("given", "measure"), [({"yi": [0.1, 0.2], "vi": [0.1, 0.1]}, None), (table("bcg"), "AS")])
def test_only_counts_are_pooled(given: dict, measure: str | None) -> None:
    with pytest.raises(UnusableInput, match="MH"):
        es.meta_analysis(given, measure=measure, estimator="MH")
