"""Networks of events: ratios stand as ratios, and what is good in the outcome ranks first."""

from __future__ import annotations

import math

import pytest
from conftest import DATA, EVENTS, read_csv, trial_row

from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.plots.network import heat_of
from evidence_synthesis.review.schema import DECISION_COLUMNS, parse_result
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.keys import NetworkKey
from evidence_synthesis.synthesis.networks import NetworkTables, network_tables

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
RECOVERY = NetworkKey("recovery", "short", "treatment", "low_back")


@pytest.fixture
def tables(settings: Settings) -> NetworkTables:
    """Of 100 people 80 recover with yoga, 50 with massage and 40 with usual care, but 60 where both are compared directly."""
    arms = [("yoga", "usual_care", 80, 40), ("massage_classic", "usual_care", 50, 40), ("yoga", "massage_classic", 80, 60)]
    rows = [
        trial_row(f"r{i}", treatment, f"t{i}", **EVENTS | {"n_t": "100", "n_c": "100"})
        | {"comparator": comparator, "events_t": str(t), "events_c": str(c)}
        for i, (treatment, comparator, t, c) in enumerate(arms * 2)
    ]
    converted = [convert(parse_result(dict.fromkeys(DECISION_COLUMNS, "") | row), settings) for row in rows]
    return network_tables(converted, [RECOVERY], settings, TAXONOMY)


def test_more_recoveries_rank_first(tables: NetworkTables) -> None:
    assert [r.treatment for r in tables.ranking] == ["yoga", "massage_classic", "usual_care"]
    assert [r.measure for r in tables.summary] == ["RR"]


def test_league_and_splits_hold_ratios(tables: NetworkTables) -> None:
    league = {(r.treatment, r.versus): r for r in tables.league}
    low, estimate, high = (getattr(league["usual_care", "yoga"], c) for c in ("ci_low", "estimate", "ci_high"))
    assert 0 < low < estimate < high < 1
    assert estimate == pytest.approx(0.5, abs=0.06)
    (split,) = [r for r in tables.splits if {r.treatment, r.versus} == {"yoga", "massage_classic"}]
    direct, indirect = split.direct, split.indirect
    assert direct == pytest.approx(60 / 80, rel=1e-6)
    assert indirect == pytest.approx((50 / 40) / (80 / 40), rel=1e-6)
    assert split.difference == pytest.approx(direct / indirect, rel=1e-6)
    z = math.log(direct / indirect) / math.hypot(split.direct_se, split.indirect_se)
    assert split.p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-6)


def test_the_league_as_a_picture_turns_ratios(tables: NetworkTables) -> None:
    heat = heat_of(tables.summary[0], "Recovery", -1.0, tables.league, tables.ranking)
    shown = {(r["block"], r["label"]): (r["effect"], r["ci_low"], r["ci_high"]) for r in heat.drawn()}
    best, worst = heat.names[0], heat.names[-1]
    there, back = shown[best, worst], shown[worst, best]
    assert there == pytest.approx([1 / back[0], 1 / back[2], 1 / back[1]])
    assert there[0] > 1
    clear = sum(r.ci_low > 1 or r.ci_high < 1 for r in tables.league)
    assert f"in {clear} comparisons the interval favours the treatment of the row" in heat.describe()
    cells = [label.text for label in heat.lay_out()[0][0].texts]
    assert f"{there[0]:.1f}" in cells
