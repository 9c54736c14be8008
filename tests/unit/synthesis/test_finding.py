"""Analyses are found by words, and a name that is none is answered with the nearest ids."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from conftest import ROOT

from evidence_synthesis.cli import main


def call(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*arguments, "--results", str(ROOT / "results")])
    return done.exit_code, done.output


def test_the_list_shows_analyses_that_have_all_words() -> None:
    code, told = call("list", "massage", "pain", "short", "MD", "--most", "3")
    lines = told.strip().split("\n")
    assert code == 0
    assert len(lines) == 4
    assert all(w in line for line in lines[:3] for w in ("massage", "pain", "short", "trial"))
    counts = [int(line.split(", ")[-1].split()[0]) for line in lines[:3]]
    assert counts == sorted(counts, reverse=True)
    assert lines[3].endswith("not shown: say more words, or --most")


def test_a_mistyped_word_finds_as_well() -> None:
    assert call("list", "masage", "--most", "2")[1].split("\n")[0] == call("list", "massage", "--most", "2")[1].split("\n")[0]


def test_words_that_nothing_has_are_refused() -> None:
    code, told = call("list", "zzz")
    assert code == 1
    assert "no analysis has all of: zzz" in told


def test_a_figure_of_no_analysis_names_the_nearest(tmp_path: Path) -> None:
    def plot(name: str) -> str:
        code, told = call("plot", "forest", "--analysis", name, "--out", str(tmp_path / "a.svg"))
        assert code == 1
        return told

    told = plot("massage")
    assert "`evidence-synthesis list` shows them; near are" in told
    assert len([line for line in told.split("\n") if line.startswith("  ") and "massage" in line]) == 5
    near = plot("yoga__inactive__pain__short__low-back").split("near are\n")[1].split("\n")[0]
    assert near.strip() == "yoga__inactive__pain__short__low_back"
    assert not list(tmp_path.iterdir())
