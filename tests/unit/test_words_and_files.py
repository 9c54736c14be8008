"""Numbers in words, and files that are written whole."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, read_csv

from evidence_synthesis import wording
from evidence_synthesis.conclusions import grade
from evidence_synthesis.effects import scales
from evidence_synthesis.report.site import _settings_lines
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage import code, files, folders
from evidence_synthesis.synthesis.verdicts import VERDICTS


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
    assert wording.fit_to_print(measure, *values) == text


@pytest.mark.parametrize(
    ("measure", "limits", "text"),
    [
        ("MD", (-150.1, 122.1), "off the scale"),
        ("MD", (-150.1, 17.7), "<\u2212100 to 17.7"),
        ("MD", (-100.0, 100.04), "\u2212100.0 to >100"),
        ("RR", (0.0, 3697.97), "off the scale"),
        ("RR", (0.94, 259.15), "0.94 to >100"),
        ("OR", (0.0049, 0.8), "<0.01 to 0.80"),
        ("HR", (0.01, 100.0), "0.01 to 100.00"),
        ("SMD", (-7.95, 6.28), "\u22127.95 to 6.28"),
        ("SMD", (-12.0, 6.28), "<\u221210 to 6.28"),
    ],
)
def test_limits_beyond_the_scale_are_told_as_such(measure: str, limits: tuple[float, float], text: str) -> None:
    assert wording.limits_to_print(measure, *limits) == text
    assert wording.fit_to_print(measure, 1.0, *limits).endswith(f"({text})")


@pytest.mark.parametrize(
    ("measure", "shown", "effects", "text"),
    [
        ("MD", (-4.5, -150.1, 141.0), (8.4, -17.2), "two trials disagree: \u221217 and +8 points"),
        ("MD", (6.9, -80.0, 93.8), (14.0, 0.2), "two trials: 0 and +14 points"),
        ("MD", (-12.1, -41.8, 17.7), (-9.0, -14.0), "\u221212.1 (\u221241.8 to 17.7)"),
        ("MD", (-12.1, -150.0, 125.8), (-9.0, -14.0, -13.0), "\u221212.1 (off the scale)"),
        ("RR", (1.66, 0.0, 3697.97), (0.9, 3.1), "two trials disagree: 0.90 and 3.10 (RR)"),
        ("SMD", (-0.84, -17.95, 16.28), (-1.4, -0.28), "two trials: \u22121.40 and \u22120.28 (SMD)"),
    ],
)
def test_two_trials_whose_interval_says_nothing_are_told_one_by_one(
    measure: str, shown: tuple[float, float, float], effects: tuple[float, ...], text: str
) -> None:
    assert wording.fit_to_print(measure, *shown, trials=effects) == text


@pytest.mark.parametrize(
    ("measure", "value", "unit", "text"),
    [
        ("MD", 236631.1, "", ">10000"),
        ("MD", 1163.62, "points of 100", "1163.6"),
        ("MD", 236631.1, "mmHg", "236631.100"),
        ("SMD", 101.0, "", ">100"),
        ("RR", 202.693, "", ">21"),
        ("OR", 0.16123, "", "0.161"),
        ("RD", 0.5, "", "0.500"),
        ("MD", None, "", ""),
    ],
)
def test_variances_between_trials_end_with_their_scale(measure: str, value: float | None, unit: str, text: str) -> None:
    assert wording.tau2_to_print(measure, value, unit) == text


def test_differences_in_a_unit_of_their_own_have_no_end() -> None:
    assert (
        wording.fit_to_print("MD", -123.4, -250.0, 3.146, unit="m") + wording.in_unit("MD", "m") == "−123.40 (−250.00 to 3.15) m"
    )
    unknown = wording.UNKNOWN_UNIT
    assert wording.fit_to_print("MD", -123.4, -250.0, 3.146, unit=unknown) + wording.in_unit("MD", unknown) == (
        "−123.40 (−250.00 to 3.15)"
    )
    assert wording.in_unit("RR", "m") == wording.in_unit("MD", "points of 100") == ""
    assert wording.fit_to_print("OR", 120.4, 0.0, 5e9, unit="m") == ">100 (off the scale)"
    assert wording.fit_to_print("MD", 3.0, math.nan, math.nan) == "3.0"


def test_every_finding_has_its_words() -> None:
    assert set(wording.FINDINGS) == set(VERDICTS)
    assert tuple(reversed(grade.LEVELS)) == wording.CERTAINTIES
    assert set(wording.FINDING_RULES) == set(VERDICTS) - {"no_data"}
    assert set(wording.STATEMENT_RULES) == set(wording.STATEMENT_WORDS)
    assert wording.finding("benefit", "very low") == "may help, very uncertain"
    assert wording.finding("small_benefit", "moderate") == "probably helps a little"
    assert wording.at_times(wording.finding("harm", "very low"), "soon") == "may do worse soon, very uncertain"
    assert wording.at_times("unclear", "soon") == "unclear soon"
    assert wording.finding_said("insufficient", "low") == "has too little to judge"
    for verdict, words in wording.FINDINGS.items():
        certain = len(set(words)) > 1  # a direction: each certainty has words of its own, and only very low is very uncertain
        assert len(set(words)) == (4 if certain else 1), verdict
        assert [w.endswith(wording.UNCERTAIN) for w in words] == [False] * 3 + [certain]
        for certainty, strength in zip(wording.CERTAINTIES, (4, 3, 2, 1), strict=True):
            assert wording.tone(verdict, certainty).split()[1] == str(strength if certain else 0)


def test_the_methods_show_the_words_in_use() -> None:
    table = {}
    for line in (ROOT / "docs/methods.md").read_text(encoding="utf-8").splitlines():
        name, *words = [cell.strip() for cell in line.strip("|").split("|")]
        if len(words) == 4 and name.startswith("*"):
            table[name.strip("*").replace(" ", "_")] = tuple(words)
    assert table == {v: words for v, words in wording.FINDINGS.items() if v != "no_data"}


def test_unknown_numbers_are_empty() -> None:
    assert wording.number(None, 1) == wording.number(math.nan, 1) == ""
    assert wording.limits_to_print("MD", math.nan, 1.0) == ""
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
    assert wording.running("McKenzie therapy") == "McKenzie therapy"
    assert wording.running("TENS") == "TENS"
    assert wording.statement_verdict("leaning_against") == "leaning against it"
