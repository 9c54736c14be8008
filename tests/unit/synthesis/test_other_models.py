"""What is asked of larger analyses: which are asked, where the limits lie, and which way each number points."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import DATA, read_csv, row_of, trial_row
from statsmodels.stats.contingency_tables import StratifiedTable

from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import likelihood_interval, pool, prediction_riley
from evidence_synthesis.stats.tau2 import tau2_interval, tau2_likelihood_interval
from evidence_synthesis.synthesis import analyses, moderators, other_models, robustness
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult
from evidence_synthesis.synthesis.rows.further import SubgroupResult

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
KEY = "yoga__inactive__pain__short__low_back"
Groups = dict[tuple[str, str], list[AnalysisTrial]]


def group(yi: list[float], vi: float | list[float] = 1.0, key: str = KEY, measure: str = "MD", **columns: list[str]) -> Groups:
    """One analysis, a trial for each effect."""
    each = vi if isinstance(vi, list) else [vi] * len(yi)
    rows = [
        {"trial_id": f"t{i}", "study": f"T{i}", "year": str(2000 + i), "yi": repr(y), "vi": repr(v)}
        | {name: values[i] for name, values in columns.items()}
        for i, (y, v) in enumerate(zip(yi, each, strict=True))
    ]
    return {(key, measure): [row_of(AnalysisTrial, analysis_id=key, measure=measure, **row) for row in rows]}


def subgroups(**columns: list[str]) -> list[SubgroupResult]:
    levels = {name: ["x"] * 6 for name in moderators.MODERATORS} | columns
    grouped = {
        key: [moderators.GroupedTrial(t, {name: values[i] for name, values in levels.items()}) for i, t in enumerate(trials)]
        for key, trials in group([-9, -7, -5, 1, 2, 4]).items()
    }
    return list(moderators.subgroup_rows(grouped, 99, seed=1, model=Model()))


@pytest.mark.parametrize(
    ("levels", "trials"),
    [
        ("aaabbb", [3, 3]),
        ("aaaabb", [4, 2]),
        ("aaaaab", []),  # a level of one trial is none
        ("aabbcc", [2, 2, 2]),
        ("aabbbc", [2, 3]),
        ("aabcde", []),
        ("aaaaaa", []),
    ],
)
def test_a_subgroup_has_two_trials_and_another_beside_it(levels: str, trials: list[int]) -> None:
    rows = subgroups(region=list(levels))
    assert [r.trials for r in rows] == trials
    assert {r.moderator for r in rows} <= {"region"}


def test_each_level_is_pooled_on_its_own() -> None:
    low, high = subgroups(source=list("aaabbb"))
    for row, yi in ((low, [-9, -7, -5]), (high, [1, 2, 4])):
        alone = pool(make_batch([(yi, [1.0] * 3)]))
        assert [row.estimate, row.ci_low, row.ci_high] == pytest.approx([alone.estimate[0], alone.ci_low[0], alone.ci_high[0]])
    assert low.p_common_tau2 == high.p_common_tau2 < 0.05


def test_what_a_trial_is_grouped_by() -> None:
    cells = {"decision": "", "decision_reason": ""}
    plain = parse_result(trial_row("a", chronicity="", rob2_overall="") | cells)
    assert moderators.moderators(plain, "usual_care") == {
        "comparator": "usual_care",
        "risk_of_bias": "not assessed",
        "source": "full report or table",
        "chronicity": "not stated",
        "region": "low back",
    }
    known = parse_result(trial_row("a", chronicity="acute", rob2_overall="high", source_kind="abstract") | cells)
    found = moderators.moderators(known, "massage")
    assert (found["risk_of_bias"], found["source"], found["chronicity"]) == ("high", "abstract", "acute")


def test_comparators_are_grouped_by_family_and_inactive_ones_apart() -> None:
    labels = {c.treatment_id: c.label for c in TAXONOMY.conditions.values()}
    versus = [labels[name] for name in ("usual_care", "waiting_list", "massage_classic")]
    groups = group([0.0, 0.0, 0.0], row_ids=["a", "a", "a"], versus=versus)
    results = {"a": parse_result(trial_row("a") | {"decision": "", "decision_reason": ""})}
    found = moderators.with_moderators(groups, results, TAXONOMY)[KEY, "MD"]
    assert [g.levels["comparator"] for g in found] == ["usual_care", "waiting_list", TAXONOMY["massage_classic"].family]


def test_the_change_in_ten_years() -> None:
    """Effects on a line: 0.4 a year are 4 in ten years; logarithms of ratios become a ratio."""
    yi = [0.4 * i for i in range(6)]
    row = next(moderators.regression_rows(group(yi), 99, seed=1))
    assert row.per_decade == pytest.approx(4.0)
    assert row.trials == 6
    ratio = next(moderators.regression_rows(group([y / 100 for y in yi], measure="RR"), 99, seed=1))
    assert ratio.per_decade == pytest.approx(np.exp(0.04))


@pytest.mark.parametrize(
    ("years", "asked"),
    [
        (["2000", "2001", "2002", "2003"], 1),
        (["2000", "2001", "2002", ""], 0),
        (["2000"] * 4, 0),
        (["2000", "2000", "2000", "2001"], 1),
    ],
)
def test_the_year_is_asked_of_four_trials_of_different_years(years: list[str], asked: int) -> None:
    rows = list(moderators.regression_rows(group([1.0, 2.0, 4.0, 3.0], year=years), 99, seed=1))
    assert len(rows) == asked


def test_subsets_are_on_the_treatments_side() -> None:
    """Three of four trials below zero: 8 of the 15 subsets' means are, by hand."""
    yi = [-1.0, -1.0, -1.0, 2.5]
    subsets = [[yi[i] for i in range(4) if bits >> i & 1] for bits in range(1, 16)]
    below = sum(float(np.mean(s)) < 0 for s in subsets) / 15
    assert 0 < below < 1
    groups = group(yi)
    bad = next(robustness.gosh_rows(groups, lambda outcome: outcome != "pain", seed=1))
    good = next(robustness.gosh_rows(groups, lambda outcome: outcome == "pain", seed=1))
    assert bad.favours_treatment == pytest.approx(below)
    assert good.favours_treatment == pytest.approx(1 - below)
    assert bad.i2_low <= bad.i2_median < bad.i2_high
    assert bad.estimate_low < bad.estimate_median < bad.estimate_high
    assert bad.splitting_trial == "T3"
    assert bad.split > 0


@pytest.mark.parametrize(("trials", "every", "subsets"), [(12, True, 2**12 - 1), (13, False, robustness.SAMPLED_SUBSETS)])
def test_every_subset_is_taken_up_to_twelve_trials(trials: int, every: bool, subsets: int) -> None:
    row = next(robustness.gosh_rows(group([float(i % 5) for i in range(trials)]), lambda outcome: False, seed=1))
    assert (row.every_subset, row.subsets) == (every, subsets)


def together(several: int, trials: int, shift: float = 0.0) -> analyses.Trials:
    """Short-term effects of all trials, long-term ones of the first ``several``, larger by ``shift``."""
    yi = [float(i % 3) for i in range(trials)]
    short = group(yi)
    long = group([y + shift for y in yi[:several]], key=KEY.replace("short", "long"))
    return other_models.question_groups({**short, **long})


@pytest.mark.parametrize(("several", "trials", "asked"), [(2, 5, 1), (1, 5, 0), (2, 4, 0), (4, 4, 0)])
def test_dependent_effects_need_five_trials_two_of_them_with_several(several: int, trials: int, asked: int) -> None:
    assert len(list(other_models.dependent_rows(together(several, trials), ("short", "long")))) == asked


@pytest.mark.parametrize("first", ["short", "long"])
def test_the_last_term_against_the_first(first: str) -> None:
    terms = ("short", "intermediate", "long") if first == "short" else ("long", "short")
    row = next(other_models.dependent_rows(together(6, 6, shift=-2.5), terms))
    assert row.last_minus_first == pytest.approx(-2.5 if first == "short" else 2.5)
    assert row.last_low <= row.last_minus_first <= row.last_high


@pytest.mark.parametrize(
    ("several", "terms", "given"), [(3, ("short", "long"), True), (2, ("short", "long"), False), (6, ("short", "short"), False)]
)
def test_terms_are_compared_with_three_trials_in_each(several: int, terms: tuple[str, str], given: bool) -> None:
    row = next(other_models.dependent_rows(together(several, 6), terms))
    assert (row.last_minus_first is not None) == given


COUNTS = [(12, 40, 7, 38), (9, 31, 10, 29), (20, 60, 9, 61)]


def test_mantel_haenszel_in_the_table_is_that_of_statsmodels() -> None:
    names = ("events_t", "n_t", "events_c", "n_c")
    columns = {name: [str(row[i]) for row in COUNTS] for i, name in enumerate(names)}
    groups = group([0.1, 0.2, 0.3], key=KEY.replace("pain", "recovery"), measure="RR", **columns)
    found = {r.method: r for r in other_models.event_rows(groups)}
    tables = [np.array([[a, n - a], [c, m - c]], dtype=float) for a, n, c, m in COUNTS]
    known = StratifiedTable(tables)
    row = found["Mantel-Haenszel OR"]
    low, high = known.oddsratio_pooled_confint()
    assert [row.estimate, row.ci_low, row.ci_high] == pytest.approx([known.oddsratio_pooled, low, high], rel=1e-9)
    assert found["Mantel-Haenszel RR"].estimate == pytest.approx(known.riskratio_pooled, rel=1e-9)
    assert found["Mantel-Haenszel RD"].ci_low < 0.15 < found["Mantel-Haenszel RD"].ci_high


def test_counts_of_one_trial_or_of_differences_are_not_pooled() -> None:
    names = ("events_t", "n_t", "events_c", "n_c")
    columns = {name: [str(COUNTS[0][i]), ""] for i, name in enumerate(names)}
    assert list(other_models.event_rows(group([0.1, 0.2], measure="RR", **columns))) == []
    whole = {name: [str(row[i]) for row in COUNTS] for i, name in enumerate(names)}
    assert list(other_models.event_rows(group([0.1, 0.2, 0.3], measure="MD", **whole))) == []


def test_each_interval_stands_in_its_column() -> None:
    yi, vi = [-9.0, -2.0, 1.0, -14.0, -6.0], [1.0, 2.0, 1.5, 3.0, 0.8]
    other = group([-0.4, 0.3, -0.9], [0.02, 0.05, 0.03], key=KEY.replace("pain", "recovery"), measure="RR")
    first, second = other_models.interval_rows({**group(yi, vi), **other}, Model())
    batch = make_batch([(yi, vi), ([-0.4, 0.3, -0.9], [0.02, 0.05, 0.03])])
    kinds = {
        "q_profile": tau2_interval(batch),
        "likelihood": tau2_likelihood_interval(batch),
        "mean_likelihood": likelihood_interval(batch),
        "prediction_k2": prediction_riley(pool(batch)),
    }
    for name, (low, high) in kinds.items():
        ratio = np.exp if name in ("mean_likelihood", "prediction_k2") else np.positive
        ends = [[getattr(row, f"{name}_{end}") for end in ("low", "high")] for row in (first, second)]
        assert ends[0] == pytest.approx([low[0], high[0]]), name
        assert ends[1] == pytest.approx(list(ratio([low[1], high[1]]))), name
        assert low[0] < high[0]


def pooled_row(settings: Settings, **cells: str) -> PooledResult:
    drawn = settings.figures
    where = {"population": str(drawn["populations"][0]), "comparator": str(drawn["comparators"][0])}
    return row_of(PooledResult, **{"analysis_id": KEY, "measure": "MD", "trials": "10", "outcome": "pain"} | where | cells)


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ({}, True),
        ({"trials": "9"}, False),
        ({"trials": "11"}, True),
        ({"measure": "SMD"}, False),
        ({"population": "nobody"}, False),
        ({"comparator": "nothing"}, False),
    ],
)
def test_which_analyses_are_looked_into(settings: Settings, cells: dict[str, str], wanted: bool) -> None:
    row = pooled_row(settings, **cells)
    assert analyses.wanted_analyses([row], settings, 10) == ({(KEY, row.measure)} if wanted else set())


def test_trials_stand_in_the_order_of_their_years() -> None:
    rows = group([1.0, 2.0, 3.0], year=["2010", "1999", "1999"])[KEY, "MD"]
    assert [t.study for t in analyses.by_analysis(rows, {(KEY, "MD")})[KEY, "MD"]] == ["T1", "T2", "T0"]
    assert analyses.by_analysis(rows, {(KEY, "SMD")}) == {}


@pytest.mark.parametrize("size", [1.0, -1.0, 0.05, -0.05])
def test_a_trial_that_turns_the_result(size: float) -> None:
    """Without the outlier the others are clear; without another one they stay unclear. Either side of no effect counts."""
    yi = [size * y for y in (-8.0, -9.0, -8.5, -9.5, 30.0)]
    rows = list(robustness.influence_rows(group(yi, size**2), Model()))
    assert [r.turns for r in rows] == [False, False, False, False, True]
    clear = [size * y for y in (-8.0, -9.0, -8.5)]
    assert [r.turns for r in robustness.influence_rows(group(clear, size**2 / 100), Model())] == [False] * 3


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_adjustments_for_small_studies_look_at_the_side_of_the_effects(side: float) -> None:
    """Small trials show much, large ones little: what is missing, and what selection removed, is on the other side."""
    se = np.linspace(0.1, 1.0, 14)
    wobble = np.tile([0.4, -0.4, 0.1, -0.1, 1.2, -1.2, 0.0], 2) * se
    yi, vi = side * (-0.1 - 1.8 * se + wobble), se**2
    row = next(robustness.small_study_rows(group(yi.tolist(), vi.tolist())))
    mirrored = next(robustness.small_study_rows(group((-yi).tolist(), vi.tolist())))
    plain = float(pool(make_batch([(yi, vi)])).estimate[0])
    assert row.filled > 0
    assert {row.filled_side, mirrored.filled_side} == {"left", "right"}
    for name in ("filled_estimate", "adjusted_estimate", "limit_estimate", "selection_estimate"):
        assert abs(getattr(row, name)) < abs(plain), name
        assert getattr(row, name) == pytest.approx(-getattr(mirrored, name)), name
    pairs = [-0.33, 0.3, -0.21, 0.2, -0.12, 0.1, -0.05, 0.06, -0.44, 0.45, 0.01, -0.02]
    even = next(
        robustness.small_study_rows(group(pairs, [0.04, 0.04, 0.03, 0.03, 0.02, 0.02, 0.01, 0.01, 0.05, 0.05, 0.01, 0.01]))
    )
    assert (even.filled, even.filled_side) == (0, "")


@pytest.mark.parametrize(("measure", "outcome", "side"), [("MD", "pain", -1.0), ("MD", "pain", 1.0), ("RR", "recovery", 1.0)])
def test_chances_of_a_benefit_and_of_a_worthwhile_one(
    settings: Settings, config: dict, measure: str, outcome: str, side: float
) -> None:
    """Effects between no effect and the smallest worthwhile one: surely some benefit, or none, surely not a worthwhile one."""
    size = 5.0 if measure == "MD" else 0.1
    found = group([side * size] * 6, size**2 / 50, key=KEY.replace("pain", outcome), measure=measure)
    row = next(robustness.bayes_rows(found, settings, config["bayes"]))
    good = side < 0 if measure == "MD" else side > 0
    assert row.benefit == pytest.approx(1.0 if good else 0.0, abs=0.02)
    assert row.worthwhile < 0.02
    assert row.worthwhile_new < 0.3
    assert row.ci_low < row.estimate < row.ci_high
    beyond = group([4 * side * size] * 6, size**2 / 50, key=KEY.replace("pain", outcome), measure=measure)
    assert next(robustness.bayes_rows(beyond, settings, config["bayes"])).worthwhile == pytest.approx(
        1.0 if good else 0.0, abs=0.02
    )


@pytest.mark.parametrize(("measure", "outcome"), [("MD", "pain"), ("RR", "recovery")])
def test_no_effect_is_as_likely_a_benefit_as_a_harm(settings: Settings, config: dict, measure: str, outcome: str) -> None:
    found = group([0.001, -0.001] * 3, 1e-4, key=KEY.replace("pain", outcome), measure=measure)
    assert next(robustness.bayes_rows(found, settings, config["bayes"])).benefit == pytest.approx(0.5, abs=1e-6)
