"""Numbers in words, and files that are written whole."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, read_csv

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.report.site import _settings_lines
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage import code, files, folders


@pytest.mark.parametrize(
    ("measure", "values", "text"),
    [
        ("MD", (-8.94, -13.06, -4.6), "−8.9 (−13.1 to −4.6)"),
        ("MD", (-0.04, -0.3, 0.04), "0.0 (−0.3 to 0.0)"),
        ("SMD", (0.5, 0.204, 0.8), "0.50 (0.20 to 0.80)"),
        ("RR", (0.8, 0.666, 1.0), "0.80 (0.67 to 1.00)"),
    ],
)
def test_effects_in_words(measure: str, values: tuple[float, float, float], text: str) -> None:
    assert wording.effect_with_interval(measure, *values) == text


def test_unknown_numbers_are_empty() -> None:
    assert wording.number(None, 1) == wording.number(math.nan, 1) == ""
    assert wording.interval("MD", math.nan, 1.0) == ""
    assert wording.p_value(math.nan) == ""


@pytest.mark.parametrize("measure", ["MD", "RR"])
def test_what_is_unknown_stays_unknown_on_the_natural_scale(measure: str) -> None:
    """A single trial has no prediction interval; that of a ratio was printed as infinite."""
    assert math.isnan(scales.natural(measure, math.nan))
    for row in read_csv(ROOT / "results/tables/pooled.csv"):
        assert (row["prediction_low"] == "") == (row["trials"] == "1"), row["analysis_id"]


def test_p_values() -> None:
    assert (wording.p_value(0.0004), wording.p_value(0.0419)) == ("< 0.001", "= 0.042")


@pytest.mark.parametrize(
    ("measure", "low", "high", "good", "side"),
    [
        ("MD", -5, -1, None, "treatment"),
        ("MD", 1, 5, None, "comparator"),
        ("MD", -5, 1, None, "neither"),
        ("RR", 1.1, 2, True, "treatment"),
        ("RR", 1.1, 2, False, "comparator"),
        ("RR", 0.5, 0.9, False, "treatment"),
        ("RR", 0.5, 1.0, True, "neither"),
    ],
)
def test_which_side_is_favoured(measure: str, low: float, high: float, good: bool | None, side: str) -> None:
    assert wording.favours(measure, low, high, good) == side


def test_cells() -> None:
    assert [files.cell(x) for x in (None, math.nan, True, 0.1 + 0.2, 30.0, -0.0, "x", 3)] == [
        "",
        "",
        "yes",
        "0.3",
        "30",
        "0",
        "x",
        "3",
    ]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    files.write_text(path, "old")

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        files.write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_a_digest_follows_the_code_and_what_is_behind_it(tmp_path: Path) -> None:
    first, same, other = (tmp_path / f"{name}.py" for name in "abc")
    first.write_text("from evidence_synthesis.tau2 import reml\n")
    same.write_text(first.read_text())
    other.write_text("from evidence_synthesis.bias import egger\n")
    assert code.code_behind(first) == code.code_behind(same)
    assert code.code_behind(first) != code.code_behind(other)
    assert code.code_behind(first) != code.code_behind(first, other)


def test_folders_that_nothing_names_are_removed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert not folders.keep_folders(tmp_path, ["a", "b"])
    assert folders.keep_folders(tmp_path, ["b"])
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_settings_are_shown_in_words() -> None:
    entry = {"a": {"size": None, "floor": True}, "b": [1, 2], "c": 0.05, "d": False}
    shown = [("a.size", "not set"), ("a.floor", "yes"), ("b", "1, 2"), ("c", "0.05"), ("d", "no")]
    assert list(_settings_lines(entry)) == shown


def test_labels_and_verdicts_in_words(settings) -> None:
    row = AnalysisKey("yoga", "inactive", "function", "short", "low_back_chronic")
    words = {"comparator": "no active care", "outcome": "function", "term": "short term", "population": "chronic low back pain"}
    assert wording.asked(row, settings) == words
    assert wording.asked(replace(row, comparator="usual_care"), settings)["comparator"] == "usual care"
    assert wording.running("SF-36 (physical)") == "SF-36"
    assert wording.running("Classic (Swedish) massage") == "classic (Swedish) massage"
    assert wording.verdict("insufficient") == "too little"
    assert wording.statement_verdict("leaning_against") == "leaning against it"
    assert wording.verdict("trials_at_most 1") == "trials at most 1"
