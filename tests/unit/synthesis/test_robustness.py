"""What is published beside the pooled results: small-study effects, influence, the Bayesian check and the networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import CONTRAST, DATA, read_csv, row_of, trial_row

from evidence_synthesis.effects.conversions import Converted, convert
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.keys import NetworkKey
from evidence_synthesis.stats.influence import cumulative, leave_one_out
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import analyses, moderators, networks, other_models, robustness
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial
from evidence_synthesis.synthesis.rows.robustness import BayesianCheck
from evidence_synthesis.synthesis.trials_in_analyses import effects_of

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
RNG = np.random.default_rng(5)


def trials(k: int, measure: str = "MD", outcome: str = "pain", shift: float = -0.5) -> analyses.Trials:
    key = (f"yoga__inactive__{outcome}__short__low_back", measure)
    rows = [
        row_of(
            AnalysisTrial,
            analysis_id=key[0],
            measure=measure,
            trial_id=f"t{i}",
            study=f"T{i}",
            year=str(2000 + i),
            yi=str(RNG.normal(shift, 0.2)),
            vi=str(RNG.uniform(0.02, 0.1)),
        )
        for i in range(k)
    ]
    return analyses.by_analysis(rows, {key})


def test_below_ten_trials_small_study_effects_say_so() -> None:
    row = next(robustness.small_study_rows(trials(9)))
    assert row.note == "not offered below 10 trials"
    assert row.egger_p is None


def test_from_ten_trials_on_they_are_given() -> None:
    row = next(robustness.small_study_rows(trials(10)))
    assert None not in (row.begg_p, row.filled_estimate, row.adjusted_high, row.limit_low, row.selection_p)
    assert row.note == ""
    assert 0 <= row.egger_p <= 1


def test_leaving_a_trial_out() -> None:
    groups = trials(5)
    rows = list(robustness.influence_rows(groups, Model()))
    yi, vi = effects_of(next(iter(groups.values())))
    known = leave_one_out(yi, vi)
    assert [r.estimate_without for r in rows] == pytest.approx(list(known.estimate))
    assert sum(r.hat for r in rows) == pytest.approx(1)
    assert [r.cumulative_estimate for r in rows] == pytest.approx(list(cumulative(yi, vi).estimate))
    assert list(robustness.influence_rows({}, Model())) == []


def test_the_bayesian_check_knows_which_side_is_good(settings: Settings, config: dict) -> None:
    pain = next(robustness.bayes_rows(trials(6, shift=-15), settings, config["bayes"]))
    assert pain.benefit > 0.99
    assert pain.estimate < 0
    recovery = next(robustness.bayes_rows(trials(6, "RR", "recovery", 0.5), settings, config["bayes"]))
    assert recovery.benefit > 0.95
    assert recovery.ci_low < recovery.estimate < recovery.ci_high
    assert recovery.estimate > 1


def item(settings: Settings, row_id: str, treatment: str, **cells: str) -> Converted:
    return convert(parse_result({"decision": "", "decision_reason": ""} | trial_row(row_id, treatment, **cells)), settings)


KEY = NetworkKey("pain", "short", "treatment", "low_back")


def test_a_three_arm_trial_is_one_study_with_three_arms(settings: Settings) -> None:
    rows = [item(settings, "a", "yoga", mean_t="40"), item(settings, "b", "pilates", mean_t="44", n_t="20")]
    studies = networks.gather_studies(rows, KEY, "MD", settings, TAXONOMY)
    assert len(studies) == 1
    assert studies[0].design == {"yoga", "pilates", "usual_care"}
    first, second = studies[0].pairs
    assert first[1] == second[1]
    assert studies[0].covariance[0, 1] == pytest.approx({"usual_care": 400 / 30, "pilates": 400 / 20, "yoga": 400 / 30}[first[1]])


def test_printed_effects_of_one_trial_are_correlated(settings: Settings) -> None:
    rows = [
        item(settings, "a", "yoga", **CONTRAST | {"effect_se": "2"}),
        item(settings, "b", "pilates", **CONTRAST | {"effect_se": "3"}),
    ]
    study = networks.gather_studies(rows, KEY, "MD", settings, TAXONOMY)[0]
    assert study.covariance == pytest.approx(np.array([[4, 3], [3, 9]]))


def test_what_a_network_leaves_out(settings: Settings) -> None:
    added = {"comparator": "exercise_general", "components_t": "acupuncture;exercise_general", "components_c": "exercise_general"}
    rows = [
        item(settings, "a", "acupuncture", **added),
        item(settings, "b", "yoga", comparator="yoga"),
        item(settings, "c", "yoga", weeks="52", trial="other"),
        item(settings, "d", "sham", comparator="usual_care", trial="third"),
    ]
    assert [s.study for s in networks.gather_studies(rows, KEY, "MD", settings, TAXONOMY)] == ["third"]
    classes = NetworkKey("pain", "short", "class", "low_back")
    assert networks.gather_studies(rows, classes, "MD", settings, TAXONOMY) == []


def test_disconnected_parts_are_reported_apart(settings: Settings, tmp_path: Path) -> None:
    rows = [
        item(settings, "a", "yoga"),
        item(settings, "b", "yoga", trial="second", mean_t="43"),
        item(settings, "c", "tens", comparator="sham", trial="third"),
    ]
    tables = networks.network_tables(rows, [KEY], settings, TAXONOMY)
    for _ in range(2):  # once to keep it, once to take it over
        memo = Memo(tmp_path / "m", "settings")
        again = networks.network_tables(rows, [KEY], settings, TAXONOMY, memo)
        memo.save()
        assert again == tables
    assert memo.used.keys() == memo.known.keys() != set()
    assert [(r.part, r.treatments, r.studies) for r in tables.summary] == [(1, 2, 1), (2, 2, 2)]
    assert {(r.part, r.treatment, r.versus) for r in tables.league} == {
        (1, "sham", "tens"),
        (2, "usual_care", "yoga"),
    }
    assert all("no closed loop" in r.note for r in tables.summary)


def explored(k: int) -> tuple[dict, dict]:
    """An analysis of k trials whose abstracts have a larger effect, and the results behind it."""
    groups = trials(k)
    results = {}
    for rows in groups.values():
        for i in range(len(rows)):
            cells = trial_row(f"r{i}", source_kind="abstract" if i % 2 else "full text") | {"decision": "", "decision_reason": ""}
            results[f"r{i}"] = parse_result(cells)
    groups = {
        key: [
            replace(row, row_ids=(f"r{i}",), versus="Usual care", yi=row.yi - (2.0 if i % 2 else 0.0))
            for i, row in enumerate(rows)
        ]
        for key, rows in groups.items()
    }
    return groups, results


def test_subgroups_of_an_analysis() -> None:
    groups, results = explored(8)
    rows = list(moderators.subgroup_rows(moderators.with_moderators(groups, results, TAXONOMY), 99, seed=1, model=Model()))
    assert {r.level for r in rows} == {"abstract", "full report or table"}
    assert {r.moderator for r in rows} == {"source"}
    assert {r.p_permutation for r in rows} == {rows[0].p_permutation}
    assert 0.01 <= rows[0].p_permutation < 0.1
    assert all(r.trials == 4 and r.p_common_tau2 < 0.001 for r in rows)
    assert rows[0].estimate < rows[1].estimate


def test_year_as_a_moderator_and_all_subsets() -> None:
    groups, _ = explored(8)
    row = next(moderators.regression_rows(groups, 99, seed=1))
    assert row.moderator == "year"
    assert row.ci_low < row.per_decade < row.ci_high
    found = next(robustness.gosh_rows(groups, lambda outcome: False, seed=1))
    assert (found.subsets, found.every_subset) == (255, True)
    assert found.favours_treatment == pytest.approx(1.0, abs=0.05)
    sampled = next(robustness.gosh_rows(trials(13), lambda outcome: True, seed=1))
    assert (sampled.subsets, sampled.every_subset) == (robustness.SAMPLED_SUBSETS, False)


def test_counts_are_pooled_directly_where_two_trials_print_them() -> None:
    groups = trials(3, measure="RR", outcome="recovery")
    counts = ((4.0, 40.0, 2.0, 40.0), (0.0, 30.0, 3.0, 30.0), (None,) * 4)
    names = ("events_t", "n_t", "events_c", "n_c")
    groups = {
        key: [replace(row, **dict(zip(names, cells, strict=True))) for row, cells in zip(rows, counts, strict=True)]
        for key, rows in groups.items()
    }
    found = {r.method: r for r in other_models.event_rows(groups)}
    assert set(found) == set(other_models.EVENT_METHODS)
    assert {(r.trials, r.with_counts, r.informative) for r in found.values()} == {(3, 2, 2)}
    assert found["Mantel-Haenszel RR"].estimate == pytest.approx((4 / 2) / (2 / 2 + 3 / 2))
    assert found["Mantel-Haenszel RD"].estimate == pytest.approx((4 / 80 * 40 - 2 / 80 * 40 - 3 / 60 * 30) / 35)
    groups = {key: [replace(r, events_t=r.n_t and 0.0) for r in rows] for key, rows in groups.items()}
    assert next(iter(other_models.event_rows(groups))).note.endswith("not defined for these counts")


def test_dependent_effects_of_all_terms_together() -> None:
    groups = {}
    for term in ("short", "long"):
        for (key, measure), rows in trials(6).items():
            moved = [replace(r, analysis_id=key.replace("short", term)) for r in rows]
            groups[key.replace("short", term), measure] = moved
    row = next(other_models.dependent_rows(other_models.question_groups(groups), ("short", "long")))
    assert (row.trials, row.effects) == (6, 12)
    assert row.question == "yoga__inactive__pain__low_back"
    assert row.robust_low < row.robust_estimate < row.robust_high
    assert row.last_low < row.last_minus_first < row.last_high


def test_further_intervals_hold_the_estimates() -> None:
    row = next(other_models.interval_rows(trials(9), Model()))
    for kind in ("q_profile", "likelihood", "generalised_q"):
        assert getattr(row, f"{kind}_low") <= row.tau2 <= getattr(row, f"{kind}_high")
    assert list(other_models.interval_rows({}, Model())) == []


def test_what_is_known_is_not_worked_out_again(tmp_path) -> None:

    asked: list[int] = []

    def make(groups: dict) -> list[BayesianCheck]:
        asked.append(len(groups))
        return [
            row_of(BayesianCheck, analysis_id=a, measure=m, prior="flat", estimate=str(sum(rows)), **ends)
            for (a, m), rows in groups.items()
        ]

    ends = {"ci_low": "0", "ci_high": "1", "tau": "0", "benefit": "1"}
    groups = {("a", "MD"): [1.5], ("b", "MD"): [2.0, 3.0]}
    path = tmp_path / "x.memo"
    first = Memo(path, "settings")
    made = first.rows(BayesianCheck, groups, make)
    first.save()
    again = Memo(path, "settings").rows(BayesianCheck, groups, make)
    assert made == again
    assert asked == [2]
    changed = {**groups, ("a", "MD"): [9.0]}
    assert Memo(path, "settings").rows(BayesianCheck, changed, make)[0].estimate == 9
    assert Memo(path, "other settings").rows(BayesianCheck, groups, make) == made
    assert asked == [2, 1, 2]
    for spoilt in ("not json", "[1]", path.read_text(encoding="utf-8").replace('"1.5"', '"x"')):
        path.write_text(spoilt, encoding="utf-8")
        assert Memo(path, "settings").rows(BayesianCheck, groups, make) == made
