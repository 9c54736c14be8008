"""Counts, harms, contradictions, shares and what does not last under other choices: every universe against what it should say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

from conftest import Rows
from statements import (
    AMOUNT,
    CONTRADICTORY,
    EFFECT,
    ONLY_SHORT,
    RARE_HARM,
    SHARE,
    claims_of,
    harms,
    material_of,
    recurrences,
    trials,
)

from evidence_synthesis.conclusions.claims.harms import exact_interval
from evidence_synthesis.conclusions.claims.material import Material
from evidence_synthesis.conclusions.claims.other_choices import ChoiceGrounds, all_otherwise, verdicts_otherwise
from evidence_synthesis.conclusions.claims.rows import other_shares
from evidence_synthesis.synthesis.multiverse import load_choices


def grounds(config: dict, *doubtful: str) -> ChoiceGrounds:
    return ChoiceGrounds(load_choices(config), frozenset(doubtful))


def judged(part: dict[str, Any], rows: Rows, config: dict, *doubtful: str, **changes: Any) -> Counter[str]:
    material: Material = material_of(rows, config)
    if changes:
        items = [replace(i, result=replace(i.result, **changes)) for i in material.converted]
        material = replace(material, converted=items)
    return verdicts_otherwise(claims_of(part).statements[0].parts[0], material, grounds(config, *doubtful))


def test_how_many_are_few(config: dict) -> None:
    """Three trials, "at most two": not by the rule and not by half of it, but by twice as many; whatever else is chosen."""
    found = judged(AMOUNT, trials(-6, -6, -6), config)
    assert found == {"contradicted": 8, "supported": 4}
    doubted = judged(AMOUNT, trials(-6, -6, -6), config, "r0")  # two are left where doubtful results are out
    assert doubted == {"contradicted": 6, "supported": 6}
    retracted = judged(AMOUNT, trials(-6, -6, -6), config, status="retracted")
    assert retracted["not_looked_at"] == 6
    assert judged(AMOUNT | {"at_most": 0}, trials(-6), config) == {"contradicted": 4, "supported": 4}


def test_other_mappings_of_risk_of_bias_count_other_trials(config: dict) -> None:
    """Two trials at low risk by the one mapping, at high risk by the other: "at most one at low risk"."""
    part = AMOUNT | {"at_most": 1, "quality": "low_risk"}
    found = judged(part, trials(-6, -6), config, risk_of_bias="low", risk_of_bias_otherwise="high")
    few = (1, 0, 2)
    expected = Counter("contradicted" if low > most else "supported" for low, most in product((2, 0), few) for _ in range(4))
    assert found == expected


def test_harms_by_every_convention(config: dict) -> None:
    """No serious event in 3,000 people who were asked, and none of any kind in 3,000 more."""
    rows = [
        *harms((0, 0), n=3000),
        *[r | {"row_id": "a", "trial_id": "a"} for r in harms((0, 0), n=3000, words="any adverse event")],
    ]
    found = judged(RARE_HARM, rows, config)
    expected = Counter[str]()
    for people, level, rate in product((6000, 3000), (95.0, 90.0), (0.001, 0.01)):
        expected["supported" if exact_interval(0, people, level)[1] <= rate else "open"] += 2
    assert found == expected
    assert found["open"] == 2  # 3,000 people, two-sided, the rule's own word: 3.7 / 3000 is above 1 in 1,000
    assert set(judged(RARE_HARM, [], config)) == {"not_looked_at"}


def test_what_pools_is_judged_by_every_window_and_every_way_to_leave_results_out(config: dict) -> None:
    choices = load_choices(config)
    universes = len(choices.windows) * len(choices.ways_to_leave_out)
    rows = [*trials(-20), *trials(20, first=1, source_kind="abstract")]
    found = judged(CONTRADICTORY, rows, config)
    without = sum("abstract" in way for way in choices.ways_to_leave_out)
    assert found == {"supported": universes - 3 * without, "open": 3 * without}  # one trial contradicts nobody
    long = [*trials(-12, -12, weeks="12"), *trials(-1, 1, weeks="60")]
    assert judged(ONLY_SHORT, long, config).total() == universes
    assert judged(SHARE, recurrences((20, 30), (20, 30)), config).total() == universes


def test_shares_are_those_of_universes_with_data() -> None:
    shares = other_shares(Counter(supported=3, open=1, not_looked_at=4), "supported")
    assert (shares["universes"], shares["universes_supported"], shares["universes_open"], shares["same_verdict"]) == (
        4,
        0.75,
        0.25,
        0.75,
    )
    assert set(other_shares(Counter(not_looked_at=4), "not_looked_at").values()) == {None}
    assert other_shares(Counter(open=2), "contradicted")["same_verdict"] == 0


def test_parts_about_an_effect_are_left_to_the_multiverse(config: dict) -> None:
    found = all_otherwise(claims_of(EFFECT, AMOUNT, AMOUNT), material_of(trials(-6), config), grounds(config))
    assert set(found) == {("c", 2), ("c", 3)}
    assert found["c", 2] is found["c", 3]  # asked once
