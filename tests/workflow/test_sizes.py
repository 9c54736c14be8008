"""Nothing optional takes a run down: reviews of every size and of every kind of emptiness, from the data to the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Rows, read_csv
from reviews import EVENTS, command, effect, outcome, pooled, run, write_review

RATIO = {"reply": outcome("RR", event_is_good=True)}


def counts(number: int) -> Rows:
    """Trials of forty people in each arm, whose events go up and down without a pattern that any analysis could like."""
    return [
        EVENTS
        | {"trial_id": f"t{i:03d}", "n_t": "40", "n_c": "40", "year": str(1980 + i % 40)}
        | {"events_t": str(8 + 7 * i % 15), "events_c": str(6 + 5 * i % 11)}
        for i in range(number)
    ]


@pytest.mark.parametrize("number", [1, 2, 9, 10, 62, 63, 500])
def test_a_review_of_any_number_of_trials_runs(number: int, tmp_path: Path) -> None:
    results = run(write_review(tmp_path / "r", RATIO, counts(number)))
    row = pooled(results, "RR", "reply")
    assert row["trials"] == str(number)
    low, estimate, high = sorted(effect(row))
    assert 0 < low < estimate < high
    small = read_csv(results / "tables/small_study_effects.csv")
    assert {bool(r["note"]) for r in small} == ({number < 10} if number > 2 else set())
    subsets = read_csv(results / "tables/gosh.csv")
    assert bool(subsets) == (number >= 5)
    assert len(read_csv(results / "tables/certainty.csv")) > 0


def test_all_rows_but_one_may_be_left_out(tmp_path: Path) -> None:
    rows = counts(12)
    for row in rows[1:]:
        row["flags"] = "subgroup"
    results = run(write_review(tmp_path / "r", RATIO, rows))
    assert pooled(results, "RR", "reply")["trials"] == "1"
    left_out = [r["reason"] for r in read_csv(results / "tables/row_accounting.csv") if r["status"] == "excluded"]
    assert left_out == ["flagged by the extractor: subgroup"] * 11


def test_one_trial_with_events_among_double_zeros(tmp_path: Path) -> None:
    rows = [row | {"events_t": "0", "events_c": "0"} for row in counts(6)] + counts(7)[6:]
    results = run(write_review(tmp_path / "r", RATIO, rows))
    assert pooled(results, "RR", "reply")["trials"] == "1"


def test_no_event_in_any_arm(tmp_path: Path) -> None:
    """Ratios say nothing then: the run ends, and says why nothing is pooled; risk differences are all 0 and can be pooled."""
    rows = [row | {"events_t": "0", "events_c": "0"} for row in counts(6)]
    made = command("run", "--directory", str(write_review(tmp_path / "r", RATIO, rows)))
    assert made.exit_code == 0, made.output
    assert read_csv(tmp_path / "r/results/tables/pooled.csv") == []
    assert len(read_csv(tmp_path / "r/results/tables/row_accounting.csv")) == 6
    assert "6: no effect: no event in either arm says nothing about a ratio" in made.output
    results = run(write_review(tmp_path / "d", {"reply": outcome("RD", event_is_good=True)}, rows))
    row = pooled(results, "RD", "reply")
    assert (row["trials"], float(row["estimate"])) == ("6", 0.0)


def test_forty_treatments(tmp_path: Path) -> None:
    rows = [row | {"treatment": f"drug_{i // 2:02d}"} for i, row in enumerate(counts(80))]
    results = run(write_review(tmp_path / "r", RATIO, rows))
    groups = {r["group"] for r in read_csv(results / "tables/pooled.csv") if r["level"] == "treatment"}
    assert len(groups) == 40
    networks = read_csv(results / "tables/networks.csv")
    assert max(int(r["treatments"]) for r in networks) == 41  # and the placebo
