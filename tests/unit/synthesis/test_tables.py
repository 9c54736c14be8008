"""The published tables, worked out again from one another by formulas written here."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from conftest import ROOT, Rows, read_csv, read_members
from scipy.stats import norm, t

from evidence_synthesis import wording
from evidence_synthesis.review.settings import Model
from evidence_synthesis.synthesis.pooled import _note

TABLES = ROOT / "results/tables"
RATIOS = ("RR", "OR", "HR")
Z = norm.ppf(0.975)


def values(row: dict[str, str], *names: str) -> list[float]:
    return [float(row[n]) if row[n] else math.nan for n in names]


def logs(measure: str, row: dict[str, str], *names: str) -> list[float]:
    """Values of a row on the scale on which they are pooled."""
    return [math.log(v) if measure in RATIOS else v for v in values(row, *names)]


@pytest.fixture(scope="module")
def pooled() -> Rows:
    return read_csv(TABLES / "pooled.csv")


@pytest.fixture(scope="module")
def members() -> dict[tuple[str, str], Rows]:
    found: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in read_members(ROOT / "results"):
        found[row["analysis_id"], row["measure"]].append(row)
    return found


def test_effects_follow_from_the_arms_beside_them() -> None:
    seen: dict[str, int] = defaultdict(int)
    formats = {r["row_id"]: r["format"] for r in read_csv(ROOT / "results/checked/trials.csv")}
    for row in read_csv(TABLES / "effects.csv"):
        if not row["measure"]:
            assert row["problem"]
            continue
        yi, vi = values(row, "yi", "vi")
        half = Z * math.sqrt(vi)
        assert logs(row["measure"], row, "effect", "ci_low", "ci_high") == pytest.approx(
            [yi, yi - half, yi + half], rel=1e-8, abs=1e-8
        )
        n_t, mean_t, events_t, n_c, mean_c, events_c = values(row, "n_t", "mean_t", "events_t", "n_c", "mean_c", "events_c")
        if formats[row["row_id"]] == "contrast":
            continue
        if row["measure"] == "MD":
            assert yi == pytest.approx(mean_t - mean_c, abs=1e-7), row["row_id"]
            seen["MD"] += 1
        if row["measure"] == "RR" and min(events_t, events_c) > 0 and events_t < n_t and events_c < n_c:
            assert yi == pytest.approx(math.log(events_t / n_t) - math.log(events_c / n_c), abs=1e-8), row["row_id"]
            seen["RR"] += 1
    assert min(seen["MD"], seen["RR"]) > 60


def test_pooled_results_follow_from_their_trials(pooled: Rows, members: dict[tuple[str, str], Rows]) -> None:
    for row in pooled:
        key, measure = (row["analysis_id"], row["measure"]), row["measure"]
        inside = members[key]
        yi, vi = (np.array([float(r[n]) for r in inside]) for n in ("yi", "vi"))
        k = yi.size
        tau2 = float(row["tau2"]) if row["tau2"] else 0.0
        w = 1 / (vi + tau2)
        mean, wald = (w @ yi) / w.sum(), 1 / math.sqrt(w.sum())
        factor = (w @ (yi - mean) ** 2) / max(k - 1, 1)
        se = wald * math.sqrt(max(factor, 1)) if k > 1 else wald
        half = (t.ppf(0.975, k - 1) if k > 1 else Z) * se
        shown = logs(measure, row, "estimate", "ci_low", "ci_high", "wald_low", "wald_high")
        near = {"rel": 1e-7, "abs": 1e-7}
        assert shown == pytest.approx([mean, mean - half, mean + half, mean - Z * wald, mean + Z * wald], **near), key
        assert float(row["se"]) == pytest.approx(se, **near)
        assert [float(r["weight"]) for r in inside] == pytest.approx(list(100 * w / w.sum()), **near)
        if k > 1:
            spread = t.ppf(0.975, k - 1) * math.sqrt(tau2 + se**2)
            assert logs(measure, row, "prediction_low", "prediction_high") == pytest.approx(
                [mean - spread, mean + spread], **near
            )
            fixed = 1 / vi
            typical = (k - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
            assert float(row["i2"]) == pytest.approx(100 * tau2 / (tau2 + typical), **near)
            q = fixed @ (yi - (fixed @ yi) / fixed.sum()) ** 2
            assert values(row, "q", "h2", "hksj_factor") == pytest.approx([q, (tau2 + typical) / typical, factor], **near)


def test_people_trials_and_words_of_a_pooled_result(pooled: Rows, members: dict[tuple[str, str], Rows]) -> None:
    sides = set()
    designs = {r["trial_id"]: r["design"] for r in read_csv(ROOT / "results/checked/trials.csv")}
    for row in pooled:
        inside = members[row["analysis_id"], row["measure"]]
        assert int(row["trials"]) == len({r["trial_id"] for r in inside})
        arms = [(designs[r["trial_id"]], float(r["n_t"]), float(r["n_c"])) for r in inside if r["n_t"] and r["n_c"]]
        known = [max(n_t, n_c) if design == "crossover" else n_t + n_c for design, n_t, n_c in arms]  # the same people twice
        assert int(row["trials_without_n"]) == len(inside) - len(known), row["analysis_id"]
        assert row["participants"] == (f"{sum(known):.10g}" if known else ""), row["analysis_id"]
        assert row["analysis_id"] == "__".join(row[c] for c in ("group", "comparator", "outcome", "term", "population"))
        low, high, none = *values(row, "ci_low", "ci_high"), 1.0 if row["measure"] in RATIOS else 0.0
        good = row["outcome"] not in ("recurrence", "adverse_event") and row["measure"] in RATIOS
        side = "neither" if low <= none <= high else "treatment" if (low > none) == good else "comparator"
        assert row["favours"] == side, row["analysis_id"]
        sides.add((row["measure"], side))
        if len(inside) == 1:
            assert row["note"] == "one trial, not pooled"
            assert row["q"] == row["i2"] == row["prediction_low"] == ""
        else:
            assert ("two trials" in row["note"]) == (len(inside) == 2)
            assert ("floor applied" in row["note"]) == (float(row["hksj_factor"]) < 1 - 1e-6)
    assert len(sides) > 8


def test_other_models_have_their_own_tau2(members: dict[tuple[str, str], Rows]) -> None:
    seen = defaultdict(int)
    for row in read_csv(TABLES / "pooled_models.csv"):
        yi, vi = (np.array([float(r[n]) for r in members[row["analysis_id"], row["measure"]]]) for n in ("yi", "vi"))
        fixed = 1 / vi
        q = fixed @ (yi - (fixed @ yi) / fixed.sum()) ** 2
        dl = max(0.0, (q - (yi.size - 1)) / (fixed.sum() - (fixed**2).sum() / fixed.sum()))
        tau2 = float(row["tau2"])
        if row["model"] in ("FE", "DL"):
            assert tau2 == pytest.approx({"FE": 0.0, "DL": dl}[row["model"]], rel=1e-7, abs=1e-9)
        w = 1 / (vi + tau2)
        mean, half = (w @ yi) / w.sum(), Z / math.sqrt(w.sum())
        shown = logs(row["measure"], row, "estimate", "wald_low", "wald_high")
        assert shown == pytest.approx([mean, mean - half, mean + half], rel=1e-7, abs=1e-7)
        assert bool(row["hksj_low"]) == (row["model"] != "FE")
        seen[row["model"]] += 1
    assert min(seen["FE"], seen["DL"]) > 1000
    assert "REML" not in seen


def test_the_summary_says_what_the_pooled_table_says(pooled: Rows) -> None:
    lines = {
        tuple(r[c] for c in ("group_label", "level", "comparator", "outcome", "measure", "population")): r
        for r in read_csv(TABLES / "summary.csv")
    }
    told = 0
    for row in pooled:
        line = lines[tuple(row[c] for c in ("group_label", "level", "comparator", "outcome", "measure", "population"))]
        term, measure = row["term"], row["measure"]
        assert line[f"{term}_trials"] == row["trials"]
        assert line[f"{term}_participants"] == row["participants"]
        assert line[f"{term}_effect"] == wording.fit_to_print(measure, *values(row, "estimate", "ci_low", "ci_high"))
        assert line[f"{term}_prediction"] == wording.limits_to_print(measure, *values(row, "prediction_low", "prediction_high"))
        assert line[f"{term}_i2"] == (f"{float(row['i2']):.0f}" if row["i2"] else "")
        told += 1
    cells = sum(bool(v) for r in lines.values() for c, v in r.items() if c.endswith("_trials"))
    assert told == cells


def test_a_result_without_one_trial_is_that_of_the_others(members: dict[tuple[str, str], Rows], pooled: Rows) -> None:
    whole = {(r["analysis_id"], r["measure"]): r for r in pooled}
    turned = 0
    for row in read_csv(TABLES / "influence.csv"):
        key, measure = (row["analysis_id"], row["measure"]), row["measure"]
        rest = [r for r in members[key] if r["trial_id"] != row["trial_id"]]
        yi, vi = (np.array([float(r[n]) for r in rest]) for n in ("yi", "vi"))
        w = 1 / (vi + (float(row["tau2_without"]) if row["tau2_without"] else 0.0))
        mean, k = (w @ yi) / w.sum(), yi.size
        factor = (w @ (yi - mean) ** 2) / max(k - 1, 1)
        half = (t.ppf(0.975, k - 1) * math.sqrt(max(factor, 1)) if k > 1 else Z) / math.sqrt(w.sum())
        shown = logs(measure, row, "estimate_without", "ci_low_without", "ci_high_without")
        assert shown == pytest.approx([mean, mean - half, mean + half], rel=1e-7, abs=1e-7), key
        clear = whole[key]["favours"] != "neither"
        assert (row["turns"] == "yes") == ((abs(mean) > half) != clear), key
        turned += row["turns"] == "yes"
    assert turned > 50


@pytest.mark.parametrize(
    ("trials", "effects", "factor", "narrower", "model", "note"),
    [
        (1, 1, math.nan, False, Model(), "one trial, not pooled"),
        (2, 2, 3.0, False, Model(), "two trials: see the Wald interval beside"),
        (1, 2, 3.0, False, Model(), "two comparisons of one trial: see the Wald interval beside"),
        (3, 3, 3.0, False, Model(), ""),
        (3, 3, 0.5, False, Model(), "HKSJ floor applied"),
        (3, 3, 1 - 1e-9, False, Model(), ""),
        (3, 3, 0.5, False, Model(floor=False), ""),
        (4, 4, 0.1, True, Model(), "HKSJ without floor would be narrower than Wald; HKSJ floor applied"),
        (4, 4, 0.1, True, Model(floor=False), "HKSJ narrower than Wald"),
        (2, 2, 0.1, True, Model("FE"), ""),
        (1, 1, math.nan, False, Model("FE"), "one trial, not pooled"),
    ],
)
def test_what_a_reader_must_know_of_an_interval(
    trials: int, effects: int, factor: float, narrower: bool, model: Model, note: str
) -> None:
    assert _note(trials, effects, factor, narrower, model) == note
