"""The front door's trial sequential analysis, against a whole analysis of RTSA and what can be reckoned by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import evidence_synthesis as es
from evidence_synthesis.errors import NotEnough, UnusableInput

# perioOxy, which RTSA 0.2.2 brings along: wound infections with more and with less oxygen, in 15 trials.
OXYGEN = [
    *((17, 69, 10, 74), (13, 250, 28, 250), (131, 685, 141, 701), (77, 997, 106, 1015), (10, 77, 12, 83)),
    *((22, 147, 35, 149), (6, 107, 14, 103), (34, 416, 34, 415), (0, 30, 1, 30), (4, 19, 6, 19)),
    *((20, 80, 9, 80), (5, 86, 11, 85), (35, 288, 26, 297), (14, 119, 19, 114), (15, 226, 15, 208)),
]
# What RTSA prints for it: z of the random-effects mean (DL) after each trial; at the looks that count shares and boundaries.
Z = [
    *(1.660516836830, -0.135853461651, -0.281165947447, -0.872928780615, -0.980796487380, -1.474324767670, -1.802000125879),
    *(-1.756790109888, -1.837149945615, -1.987208173777, -1.218777676817, -1.472390323936, -1.093055583656, -1.291156743758),
    -1.328242332820,
]
SHARES = {2: 0.13654104979812, 3: 0.27193808882907, 7: 0.37267833109017, 10: 0.39004037685061, 14: 0.48580080753701}
RTSA_TIMES = [
    *(0.13654104979812, 0.27193808882907, 0.28270524899058, 0.30262449528937, 0.31675639300135, 0.37267833109017),
    *(0.39004037685061, 0.40154777927322, 0.44091520861373, 0.45659488559892, 0.48580080753701),
]
RTSA_BOUNDS = [
    *(5.95342231762, 4.14193245333, 4.10644253793, 3.95741865505, 3.87836904875, 3.51846174530),
    *(3.47461612256, 3.44117642488, 3.24162354290, 3.21330995863, 3.09751701672, 1.96785114672),
]


@pytest.fixture(scope="module")
def oxygen() -> es.MetaAnalysis:
    table = pd.DataFrame(OXYGEN, columns=["events_t", "n_t", "events_c", "n_c"])
    table["study"] = [f"T{i}" for i in range(len(table))]
    return es.meta_analysis(table.assign(order=range(len(table))), measure="RR", estimator="DL", interval="wald")


def test_a_whole_analysis_of_another_program(oxygen: es.MetaAnalysis) -> None:
    found = oxygen.sequential(required=5454, by="order", power=0.9)
    assert found.diversity == pytest.approx(0.632957469436, rel=1e-9)
    assert math.ceil(found.required) == 14860
    assert found.unit == "people"
    assert found.looks["z"].to_numpy() == pytest.approx([Z[int(i)] for i in found.looks.index], rel=1e-9)
    told = {i: found.looks["information"][i] for i in SHARES if i in found.looks.index}
    assert told == pytest.approx({i: SHARES[i] for i in told}, rel=1e-4)  # RTSA rounds the required people up
    assert len(told) >= 4
    assert found.verdict == "open"
    assert found.still_needed == pytest.approx(14860 - 7219, abs=2)


def test_boundaries_of_the_looks_that_it_takes() -> None:
    """Of looks close together RTSA keeps the first, this library the last; at the same looks the boundaries are the same.

    To RTSA's own tolerance: with looks so close to each other it integrates more coarsely.
    """
    from evidence_synthesis.stats.sequential import efficacy_bounds, obrien_fleming_spent

    times = [*RTSA_TIMES, 1.0]
    assert efficacy_bounds(times, obrien_fleming_spent(times)) == pytest.approx(RTSA_BOUNDS, rel=5e-5)


def alike(k: int, effect: float = -6.0, vi: float = 5.0, apart: float = 0.0) -> es.MetaAnalysis:
    shifts = np.resize([apart, -apart], k)
    table = pd.DataFrame({"study": [f"S{i}" for i in range(k)], "yi": effect + shifts, "vi": vi, "year": range(2001, 2001 + k)})
    return es.meta_analysis(table, measure="MD")


def test_the_information_of_variances_by_hand() -> None:
    """An effect of 4 at a power of 0.8 asks for ((1.959964 + 0.841621) / 4)^2; five alike studies bring 1 / 5 each."""
    found = alike(5, effect=-1).sequential(4)
    asked = ((1.959963984540054 + 0.8416212335729143) / 4) ** 2
    assert (found.plain, found.required, found.diversity) == pytest.approx((asked, asked, 0))
    assert found.looks.index.tolist()[0] == 2001
    assert found.looks["information"].tolist()[0] == pytest.approx(0.2 / asked)
    assert found.looks["z"].to_numpy() == pytest.approx(-np.sqrt(found.looks["studies"] / 5))


def test_verdicts_and_words() -> None:
    crossed = alike(5).sequential(4)
    assert crossed.verdict == "crossed"
    assert crossed.still_needed == 0
    assert "however often one looked" in repr(crossed)
    assert alike(2, effect=-0.5).sequential(1.5).verdict == "open"
    apart = alike(6, effect=-1, apart=8).sequential(4)
    assert apart.diversity > 0.5
    assert apart.required == pytest.approx(apart.plain / (1 - apart.diversity))


def test_it_draws_itself(tmp_path) -> None:
    found = alike(3, effect=-2).sequential(2)
    figure = found.plot(tmp_path / "z.svg", "Three studies")
    assert isinstance(figure, Figure)
    found.plot(tmp_path / "again.svg", "Three studies")
    assert (tmp_path / "z.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()
    (axes,) = figure.axes
    (z,) = [line for line in axes.lines if line.get_label() == "z"]
    assert z.get_ydata()[1:].tolist() == found.looks["z"].tolist()
    labels = {text.get_text() for text in axes.get_legend().get_texts()}
    assert {"z", "boundary", "required information"} <= labels


def test_what_cannot_be_looked_for() -> None:
    studies = alike(3)
    for arguments, words in (
        ({}, "state either"),
        ({"worthwhile": 4, "required": 100}, "state either"),
        ({"worthwhile": 0}, "no effect"),
        ({"required": 100}, "people of some studies"),
        ({"worthwhile": 4, "power": 1.0}, "no probability"),
        ({"worthwhile": 4, "by": [2001, None, 2003]}, "needs its order"),
    ):
        with pytest.raises(UnusableInput, match=words):
            studies.sequential(**arguments)
    with pytest.raises(NotEnough):
        alike(2, apart=1e9, vi=1e-9).sequential(4)
