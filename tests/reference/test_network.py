"""Networks against metafor's rma.mv with consistent multi-arm variances (network.json, made by make_network.R)."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from evidence_synthesis.stats.network import Study, components, fit_network, net_heat, p_scores, split_nodes, study_of_arms

REFERENCE = json.loads((Path(__file__).parent / "network.json").read_text(encoding="utf-8"))


def studies_of(entry: dict) -> list[Study]:
    arms = defaultdict(list)
    for study, treatment, estimate, variance in zip(
        *(entry[c] for c in ("study", "treatment", "estimate", "variance")), strict=True
    ):
        arms[study].append((treatment, estimate, variance))
    return [study_of_arms(name, a) for name, a in arms.items()]


@pytest.mark.parametrize("name", REFERENCE)
def test_a_published_network(name: str) -> None:
    entry = REFERENCE[name]
    network = fit_network(studies_of(entry))
    assert network.treatments == tuple(entry["treatments"])
    assert network.tau2 == pytest.approx(entry["tau2"], rel=1e-5, abs=1e-7)
    assert network.effects[1:, 0] == pytest.approx(np.array(entry["beta"]), rel=1e-5, abs=1e-6)
    assert network.se[1:, 0] == pytest.approx(np.array(entry["se"]), rel=1e-5)
    assert network.q == pytest.approx(entry["q"], rel=1e-6)
    assert network.effects[-1, 1] == pytest.approx(entry["last_first"], rel=1e-5, abs=1e-6)
    assert network.se[-1, 1] == pytest.approx(entry["last_first_se"], rel=1e-5)
    assert network.effects == pytest.approx(-network.effects.T)
    assert network.p_scores.mean() == pytest.approx(0.5)
    assert network.q_within + network.q_between == pytest.approx(network.q)
    assert network.q_within_df + network.q_between_df == network.q_df


def test_senn_decomposition_of_q_as_published() -> None:
    """Krahn 2013 (doi:10.1186/1471-2288-13-35), diabetes data: Q 96.99 on 18 df, 74.46 within designs, 22.53 between."""
    network = fit_network(studies_of(REFERENCE["senn2013"]))
    assert (network.q_df, network.q_within_df, network.q_between_df) == (18, 11, 7)
    assert network.q == pytest.approx(96.99, abs=0.05)
    assert network.q_within == pytest.approx(74.46, abs=0.05)
    assert network.q_between == pytest.approx(22.53, abs=0.05)


def two_arm(name: str, first: str, second: str, effect: float, variance: float) -> Study:
    return Study(name, ((first, second),), np.array([effect]), np.array([[variance]]))


def test_a_triangle_by_hand() -> None:
    """Bucher 1997: indirect a-b is a-c less b-c, and the network mean weights direct and indirect by inverse variances."""
    studies = [two_arm("1", "a", "c", -5, 1), two_arm("2", "b", "c", -2, 2), two_arm("3", "a", "b", -1, 1.5)]
    network = fit_network(studies, tau2=0.0)
    weights = np.array([1 / 1.5, 1 / 3])
    assert network.effects[0, 1] == pytest.approx((weights @ [-1, -3]) / weights.sum())
    split = next(s for s in split_nodes(studies, network) if (s.first, s.second) == ("a", "b"))
    assert (split.direct, split.indirect, split.studies) == (pytest.approx(-1), pytest.approx(-3), 1)
    assert split.indirect_se == pytest.approx(np.sqrt(3))
    assert network.q == pytest.approx(4 / 4.5)
    assert (network.q_between_df, network.q_within_df) == (1, 0)


def test_a_pair_of_treatments_is_a_plain_meta_analysis() -> None:
    from evidence_synthesis.stats.batch import make_batch
    from evidence_synthesis.stats.pooling import pool

    yi, vi = [-1.0, -3.0, 0.5, -2.0], [0.5, 0.4, 0.6, 0.3]
    network = fit_network([two_arm(str(i), "a", "b", y, v) for i, (y, v) in enumerate(zip(yi, vi, strict=True))])
    pooled = pool(make_batch([(yi, vi)]), hksj=False).at(0)
    assert network.tau2 == pytest.approx(pooled["tau2"], rel=1e-6)
    assert network.effects[0, 1] == pytest.approx(pooled["estimate"], rel=1e-6)
    assert network.se[0, 1] == pytest.approx(pooled["wald_se"], rel=1e-6)


def test_the_order_of_arms_does_not_matter() -> None:
    arms = [("a", 1.0, 0.2), ("b", 2.0, 0.3), ("c", 4.0, 0.1)]
    others = [two_arm("2", "a", "b", -0.5, 0.4), two_arm("3", "b", "c", -1.0, 0.4)]
    first = fit_network([study_of_arms("1", arms), *others])
    second = fit_network([study_of_arms("1", arms[::-1]), *others])
    assert first.effects == pytest.approx(second.effects, rel=1e-6)
    assert first.tau2 == pytest.approx(second.tau2, rel=1e-6, abs=1e-9)


def test_a_disconnected_network_is_named_and_refused() -> None:
    studies = [two_arm("1", "a", "b", 1, 1), two_arm("2", "c", "d", 1, 1), two_arm("3", "d", "e", 1, 1)]
    assert components(studies) == [frozenset("cde"), frozenset("ab")]
    with pytest.raises(ValueError, match="2 parts: c, d, e; a, b"):
        fit_network(studies)


def test_better_treatments_score_higher() -> None:
    effects = np.array([[0, -2.0], [2.0, 0]])
    se = np.ones((2, 2))
    assert p_scores(effects, se)[0] > 0.9
    assert p_scores(effects, se, negative_is_better=False)[0] < 0.1


def test_one_arm_is_no_study() -> None:
    with pytest.raises(ValueError, match="two arms"):
        study_of_arms("1", [("a", 1.0, 1.0)])


def test_net_heat_splits_the_inconsistency_of_senn() -> None:
    """The designs' parts add up to the published Q between designs; detaching the worst one leaves what a new fit says."""
    studies = studies_of(REFERENCE["senn2013"])
    cells = net_heat(studies)
    before = {design: q for design, _, q, _ in cells}
    assert sum(before.values()) == pytest.approx(22.53, abs=0.05)
    assert all(after == 0 for design, detached, _, after in cells if design == detached)
    # detaching a two-armed design is leaving its studies out of the consistency model
    for detached in {d for _, d, _, _ in cells if len(d) == 2}:
        left = sum(after for _, d, _, after in cells if d == detached)
        without = fit_network([s for s in studies if s.design != set(detached)])
        assert left == pytest.approx(without.q_between, abs=1e-6)
