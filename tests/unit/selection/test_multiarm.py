"""What a trial of several arms brings to one analysis, against the numbers of whole arms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import EVENTS, trial_row

from evidence_synthesis.effects.formulas import ArmSummary, Estimate, composite, mean_difference
from evidence_synthesis.review.schema import DECISION_COLUMNS, Result, parse_result
from evidence_synthesis.selection.multiarm import Part, merge, people

LOW, HIGH = ArmSummary(30, 40, 20), ArmSummary(20, 44, 18)
CONTROL = ArmSummary(40, 50, 21)


def parse(name: str, **cells: str) -> Result:
    return parse_result(dict.fromkeys(DECISION_COLUMNS, "") | trial_row(name, **cells))


def part(name: str, arm: ArmSummary | None, control: ArmSummary | None, versus: str = "usual care", **cells: str) -> Part:
    estimate = Estimate(-10, 4) if arm is None or control is None else mean_difference(arm, control)
    return Part(parse(name, **cells), estimate, arm, control, name, versus, False)


def whole(*arms: np.ndarray) -> ArmSummary:
    values = np.concatenate(arms)
    return ArmSummary(values.size, values.mean(), values.std(ddof=1))


def test_one_comparison_is_as_printed() -> None:
    (entry,) = merge([part("low", LOW, CONTROL)], "MD", "combine", 0.5)
    assert (entry.handling, entry.row_ids, entry.estimate) == ("as printed", ("low",), mean_difference(LOW, CONTROL))


def test_combined_arms_are_everybody_in_them_and_a_shared_control_counts_once() -> None:
    rng = np.random.default_rng(3)
    low, high, control = (rng.normal(m, 10, n) for m, n in ((40, 30), (44, 21), (50, 41)))
    parts = [part(name, whole(arm), whole(control)) for name, arm in (("low", low), ("high", high))]
    (entry,) = merge(parts, "MD", "combine", 0.5)
    together, alone = whole(low, high), whole(control)
    assert entry.estimate.yi == pytest.approx(together.mean - alone.mean, rel=1e-12)
    assert entry.estimate.vi == pytest.approx(together.sd**2 / 51 + alone.sd**2 / 41, rel=1e-12)
    assert (entry.handling, entry.row_ids) == ("arms combined", ("low", "high"))
    assert people([entry]) == (92, 0)


def test_two_controls_are_combined_as_well() -> None:
    parts = [part("low", LOW, CONTROL), part("low", LOW, HIGH, versus="waiting list")]
    (entry,) = merge(parts, "MD", "combine", 0.5)
    assert entry.arm_t == LOW
    assert entry.arm_c is not None
    assert entry.arm_c.n == 60
    assert entry.arm_c.mean == pytest.approx((40 * 50 + 20 * 44) / 60)


def test_arms_of_one_name_with_other_numbers_are_two_arms() -> None:
    parts = [part("low", LOW, CONTROL), part("low", ArmSummary(25, 41, 19), CONTROL)]
    (entry,) = merge(parts, "MD", "combine", 0.5)
    assert entry.arm_t is not None
    assert entry.arm_t.n == 55
    assert entry.arm_c == CONTROL


COCHRANE = {"read_in": "review", "source_location": "table 1", "shared_control": "yes"}


def test_a_control_that_the_source_divided_is_put_together_again() -> None:
    halves = ArmSummary(20, 50, 21)
    parts = [part("low", LOW, halves, **COCHRANE), part("high", HIGH, halves, **COCHRANE)]
    (entry,) = merge(parts, "MD", "combine", 0.5)
    assert entry.arm_c == CONTROL
    first, second = merge(parts, "MD", "split", 0.5)
    assert first.arm_c == second.arm_c == halves
    other = [parts[0], part("high", HIGH, halves, **COCHRANE | {"source_location": "table 2"})]
    (entry,) = merge(other, "MD", "combine", 0.5)
    assert entry.arm_c == halves


@pytest.mark.parametrize(("events", "whole_arm"), [((10, 11), ArmSummary(20, events=10)), ((10, 12), ArmSummary(40, events=22))])
def test_rates_of_one_arm_differ_by_one_person_at_most(events: tuple[int, int], whole_arm: ArmSummary) -> None:
    arms = {"low": ArmSummary(30, events=9), "high": ArmSummary(30, events=12)}
    parts = [
        Part(parse(name, **EVENTS), Estimate(0, 1), arm, ArmSummary(20, events=e), name, "usual care", False)
        for (name, arm), e in zip(arms.items(), events, strict=True)
    ]
    assert merge(parts, "RR", "combine", 0.5)[0].arm_c == whole_arm
    divided = [replace(p, result=parse("x", **EVENTS | COCHRANE)) for p in parts]
    assert merge(divided, "RR", "combine", 0.5)[0].arm_c == ArmSummary(40, events=sum(events))


def test_split_divides_the_arm_that_is_shared_and_no_other() -> None:
    first, second = merge([part("low", LOW, CONTROL), part("high", HIGH, CONTROL)], "MD", "split", 0.5)
    half = ArmSummary(20, 50, 21)
    assert first.estimate == mean_difference(LOW, half)
    assert second.estimate == mean_difference(HIGH, half)
    assert people([first, second]) == (30 + 20 + 40, 0)
    first, second = merge([part("low", LOW, CONTROL), part("low", LOW, HIGH, versus="other")], "MD", "split", 0.5)
    assert (first.arm_t, first.arm_c) == (ArmSummary(15, 40, 20), CONTROL)
    assert second.arm_c == HIGH


@pytest.mark.parametrize("how", ["combine", "split"])
@pytest.mark.parametrize("versus", ["usual care", "waiting list"])
def test_effects_without_arms_are_averaged_and_correlated_where_they_share_one(how: str, versus: str) -> None:
    parts = [part("low", LOW, CONTROL), part("high", None, None, versus=versus)]
    (entry,) = merge(parts, "MD", how, 0.5)
    shared = versus == "usual care"
    known = composite([p.estimate for p in parts], [[True, shared], [shared, True]], 0.5)
    assert entry.estimate == known
    v1, v2 = parts[0].estimate.vi, parts[1].estimate.vi
    assert known.vi == pytest.approx((v1 + v2 + 2 * 0.5 * shared * (v1 * v2) ** 0.5) / 4)
    assert entry.handling == "effects averaged"
    assert people([entry]) == (0, 1)


def test_a_printed_effect_beside_arms_is_not_combined() -> None:
    parts = [part("low", LOW, CONTROL), part("high", HIGH, CONTROL, format="contrast")]
    assert merge(parts, "MD", "combine", 0.5)[0].handling == "effects averaged"
    assert merge(parts, "MD", "split", 0.5)[0].handling == "effects averaged"


def test_people_who_are_not_printed_are_unknown() -> None:
    (entry,) = merge([part("low", None, None, n_c="")], "MD", "combine", 0.5)
    assert people([entry]) == (0, 1)
    (entry,) = merge([part("low", None, None)], "MD", "combine", 0.5)
    assert people([entry]) == (60, 0)
