"""What changed between two results folders: rows, the analyses that they moved, certainty and claims."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, read_csv

from evidence_synthesis.cli import main
from evidence_synthesis.compare import compare, markdown

NEEDED = ("checked/trials.csv", *(f"tables/{n}.csv" for n in ("pooled", "certainty", "analysis_trials", "claims")))


@pytest.fixture
def states(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of the committed results."""
    for name in ("old", "new"):
        for file in NEEDED:
            target = tmp_path / name / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "results" / file, target)
    return tmp_path / "old", tmp_path / "new"


def change(path: Path, key: str, value: str, **cells: str) -> None:
    rows = read_csv(path)
    for row in rows:
        if row[key] == value:
            row |= cells
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_same_state_has_no_changes(states: tuple[Path, Path]) -> None:
    changes = compare(*states)
    assert changes.nothing
    assert "Nothing" in markdown(changes)


def test_a_changed_row_is_named_as_the_cause(states: tuple[Path, Path]) -> None:
    old, new = states
    trial = next(t for t in read_csv(old / "tables/analysis_trials.csv") if t["measure"] == "MD")
    row_id = trial["row_ids"].split(";")[0]
    change(new / "checked/trials.csv", "row_id", row_id, mean_t="12345")
    change(new / "tables/pooled.csv", "analysis_id", trial["analysis_id"], estimate="-1.5")
    changes = compare(old, new)
    assert changes.rows[0][:2] == (row_id, "changed")
    assert "mean_t" in changes.rows[0][2]
    moved = next(m for m in changes.analyses if m.measure == "MD")
    assert row_id in moved.rows
    assert moved.shift > 0
    assert row_id in markdown(changes)


def test_flipped_claims_come_first(states: tuple[Path, Path]) -> None:
    old, new = states
    claim = read_csv(old / "tables/claims.csv")[0]
    change(new / "tables/claims.csv", "claim", claim["claim"], opinion="disagrees")
    change(new / "tables/certainty.csv", "analysis_id", "yoga__inactive__pain__short__low_back", certainty="high")
    text = markdown(compare(old, new))
    assert text.index("Claims whose verdict flipped") < text.index("## Analyses")
    assert f"| {claim['opinion']} | **disagrees** |" in text
    assert "certainty very low to high" in text or "certainty low to high" in text


def test_added_and_removed_rows_and_analyses(states: tuple[Path, Path]) -> None:
    old, new = states
    for file in ("checked/trials.csv", "tables/pooled.csv"):
        lines = (new / file).read_text(encoding="utf-8").splitlines(keepends=True)
        (new / file).write_text("".join([*lines[:5], *lines[6:]]), encoding="utf-8")
    gone = compare(old, new)
    assert [r[1] for r in gone.rows] == ["removed"]
    assert any(m.new == "none" for m in gone.analyses)
    back = compare(new, old)
    assert [r[1] for r in back.rows] == ["added"]


def test_the_command(states: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = states
    change(new / "tables/claims.csv", "claim", read_csv(old / "tables/claims.csv")[0]["claim"], opinion="disagrees")
    out = tmp_path / "changes.md"
    made = CliRunner().invoke(main, ["diff", str(old), str(new), "--out", str(out), "--fail-on-change"])
    assert made.exit_code == 2
    assert "1 claim flipped" in out.read_text(encoding="utf-8")
    assert CliRunner().invoke(main, ["diff", str(old), str(old), "--fail-on-change"]).exit_code == 0
    wrong = CliRunner().invoke(main, ["diff", str(tmp_path), str(new)])
    assert wrong.exit_code == 1
    assert "results folder" in wrong.output
