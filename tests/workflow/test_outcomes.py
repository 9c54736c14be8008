"""Reviews of any outcome, from the data to the page: units of their own, crossover trials, absolute effects, own columns."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import read_csv
from reviews import MEANS, command, effect, outcome, pooled, run, write_review

OFF_TIME = """A1,40,3.1,2.7,41,4.4,3.1
A2,37,2.1,2.7,38,2.6,2.5
A3,63,2.6,3.4,58,3.3,3.1
A4,29,2.0,3.2,28,3.7,3.4"""
NAMES = ("trial_id", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c")


def off_time(**cells: str) -> list[dict[str, str]]:
    found = (dict(zip(NAMES, line, strict=True)) for line in csv.reader(OFF_TIME.splitlines()))
    return [MEANS | row | {"trial_id": row["trial_id"].lower()} | cells for row in found]


@pytest.mark.parametrize("scale", [{}, {"scale_min": "0", "scale_max": "24"}], ids=["no scale", "possible hours"])
def test_hours_stay_hours(tmp_path: Path, scale: dict[str, str]) -> None:
    """metafor 3.8, rma(REML, test="adhoc"): MD -0.934837 (-1.976401 to 0.106726); Handbook 6.5.1.1."""
    folder = write_review(tmp_path / "r", {"off_time": outcome("MD", unit="hours a day")}, off_time(**scale))
    results = run(folder)
    row = pooled(results, "MD", "off_time")
    assert effect(row) == pytest.approx([-0.934837, -1.976401, 0.106726], rel=1e-5)
    figure = (results / "figures/st_johns_wort/placebo__off_time__depression.svg").read_text(encoding="utf-8")
    assert "Mean difference, hours a day" in figure
    assert "\u22120.93 (\u22121.98 to 0.11)" in figure
    assert "3.1 (2.7)" in figure
    (line,) = {(r["effect"], r["unit"]) for r in read_csv(results / "tables/summary_of_findings.csv")}
    assert line == ("\u22120.93 (\u22121.98 to 0.11)", "hours a day")
    assert "hours a day" in (results / "sof/st_johns_wort/sof.html").read_text(encoding="utf-8")
    assert "\u22120.93 (\u22121.98 to 0.11) hours a day" in (results / "report/treatments/st_johns_wort.html").read_text("utf-8")
    certainty = read_csv(results / "tables/certainty.csv")[0]
    # 2 * 7.849 * (2.9 / 1)^2 people in each arm: the SD is that of the trials, not the 1 of the settings for points
    sds = [2.909, 2.601, 3.261, 3.300]
    middle = sum(sorted(sds)[1:3]) / 2
    (size,) = re.findall(r"information size is (\d+) with the trials' SD", certainty["imprecision_why"])
    assert float(size) == pytest.approx(2 * 2 * 7.8489 * middle**2, rel=0.01)


def test_more_metres_walked_are_better_and_stay_metres(tmp_path: Path) -> None:
    """The sign of the unit is kept where the settings say that more is better."""
    more = outcome("MD", unit="m", higher_is_better=True) | {"thresholds": {"MD": 0.5}}
    rows = off_time(higher_is_worse="no")
    swapped = [r | {f"{v}_{a}": r[f"{v}_{b}"] for v in ("n", "mean", "sd") for a, b in ("tc", "ct")} for r in rows]
    results = run(write_review(tmp_path / "r", {"walk": more}, swapped))
    row = pooled(results, "MD", "walk")
    assert effect(row) == pytest.approx([0.934837, -0.106726, 1.976401], rel=1e-5)
    (trial,) = (r for r in read_csv(results / "tables/trial_effects.csv") if r["trial_id"] == "a1")
    assert (trial["mean_t"], trial["mean_c"]) == ("4.4", "3.1")
    notes = (results / "sof/st_johns_wort/sof.html").read_text(encoding="utf-8")
    assert "one above zero" in notes
    assert "A mean difference (m) below zero favours" in (results / "report/treatments/st_johns_wort.html").read_text("utf-8")


def test_scales_of_different_widths_share_no_unit(tmp_path: Path) -> None:
    rows = off_time(scale_min="0", scale_max="10")
    rows[0] |= {"scale_max": "100"}
    folder = write_review(tmp_path / "r", {"off_time": outcome("MD", unit="hours a day")}, rows)
    made = command("run", "--directory", str(folder))
    assert made.exit_code == 1
    assert "outcomes.off_time.unit: found 'hours a day'; expected points of 100, since results are on scales" in made.output
    path = folder / "config/config.yaml"
    path.write_text(path.read_text().replace("unit: hours a day", "unit: points of 100"))
    assert abs(float(pooled(run(folder), "MD", "off_time")["estimate"])) < 30


def test_a_crossover_trial_is_paired_beside_a_parallel_one(tmp_path: Path) -> None:
    """SE 0.448 and SMD 0.347 (SE 0.199) with r 0.7 (Handbook 23.2.7); what is assumed is counted, and can be left out."""
    both = {"n_t": "16", "mean_t": "6.4", "sd_t": "2.2", "n_c": "16", "mean_c": "5.6", "sd_c": "2.4"}
    paired = MEANS | both | {"trial_id": "x2", "design": "crossover", "period_correlation": "0.7"}
    alone = MEANS | both | {"trial_id": "x3", "design": "crossover, first period"}
    unknown = MEANS | both | {"trial_id": "x4", "design": "crossover"}
    folder = write_review(
        tmp_path / "r",
        {"sleep": outcome("MD", "SMD", unit="hours")},
        [paired, alone, unknown],
        columns={"results": ["period_correlation"]},
    )
    results = run(folder)
    found = {(r["trial_id"], r["measure"]): r for r in read_csv(results / "tables/trial_effects.csv")}
    assert float(found["x2", "MD"]["vi"]) ** 0.5 == pytest.approx(0.447772, rel=1e-5)
    assert (float(found["x2", "SMD"]["yi"]), float(found["x2", "SMD"]["vi"]) ** 0.5) == pytest.approx(
        (0.347498, 0.1994095), rel=1e-5
    )
    assert float(found["x4", "MD"]["vi"]) == float(found["x3", "MD"]["vi"]) == pytest.approx((2.2**2 + 2.4**2) / 16)
    assert [found[t, "MD"]["handling"] for t in ("x2", "x3", "x4")] == [
        "periods paired",
        "as printed",
        "periods as parallel groups",
    ]
    assert pooled(results, "MD", "sleep")["participants"] == "64"  # people of x2 and x4 are in both arms
    figure = (results / "figures/st_johns_wort/placebo__sleep__depression.svg").read_text(encoding="utf-8")
    assert "Crossover trials, periods paired: x2; periods as parallel groups: x4." in figure


def test_ratios_have_absolute_effects_and_own_columns_are_asked(tmp_path: Path) -> None:
    """Handbook 15.4.4; 1 - (1 - 0.211)^1.07 is 224 per 1,000. A column of one's own makes subgroups, a line and a column."""
    event = {"higher_is_worse": "yes", "format": "contrast", "effect_measure": "HR", "outcome": "death"}
    limits = [
        ("0.7", "0.5", "0.98"),
        ("1.2", "0.9", "1.6"),
        ("0.8", "0.6", "1.0667"),
        ("1.0", "0.8", "1.25"),
        ("0.9", "0.6", "1.35"),
    ]
    names = ("effect", "effect_ci_low", "effect_ci_high")
    rows = [
        event
        | dict(zip(names, limit, strict=True))
        | {"trial_id": f"h{i}", "dose": dose, "place": place, "n_t": "100", "n_c": "100"}
        for i, (limit, dose, place) in enumerate(zip(limits, ("10", "20", "40", "80", "90"), "aabbb", strict=True))
    ]
    rows[0] |= {"events_t": "30", "events_c": "41"}
    odds = {"format": "arm_events", "higher_is_worse": "yes", "outcome": "harm", "trial_id": "o1"}
    rows += [odds | {"events_t": "20", "n_t": "100", "events_c": "10", "n_c": "100", "weeks": "6"}]
    bad = {"event_is_good": False}

    def change(config: dict[str, Any]) -> None:
        config["columns"] = {"dose": {"label": "Dose (mg)", "number": True, "per": 10}, "place": {"label": "Place"}}
        config["figures"]["forest_columns"] = ["dose", "place"]

    outcomes = {"death": outcome("HR", **bad), "harm": outcome("OR", assumed_risk=0.2, **bad)}
    results = run(write_review(tmp_path / "r", outcomes, rows, change, {"trials": ["place"], "results": ["dose"]}))
    found = {r["outcome"]: r for r in read_csv(results / "tables/summary_of_findings.csv")}
    hazard, risk = effect(pooled(results, "HR", "death")), 0.41
    ours = [round(1000 * (1 - (1 - risk) ** hr)) - 410 for hr in hazard]
    words = [f"{abs(n)} {'more' if n > 0 else 'fewer'}" for n in ours]
    assert found["death"]["baseline_risk"] == "410 per 1,000"
    assert found["death"]["absolute"] == f"{words[0]} per 1,000 ({words[1]} to {words[2]})"
    assert found["harm"]["baseline_risk"] == "200 per 1,000 (assumed)"
    assert found["harm"]["absolute"].startswith("160 more per 1,000")  # odds ratio 2.25: 0.2 becomes 0.36
    levels = {(r["level"], r["trials"]) for r in read_csv(results / "tables/subgroups.csv") if r["moderator"] == "place"}
    assert levels == {("a", "2"), ("b", "3")}
    lines = [r for r in read_csv(results / "tables/moderator_regression.csv") if r["moderator"] == "dose"]
    assert lines
    assert {(r["trials"], r["per"]) for r in lines} == {("5", "10")}
    figure = (results / "figures/st_johns_wort/placebo__death__depression.svg").read_text(encoding="utf-8")
    assert "Dose (mg)" in figure
    assert ">80<" in figure
