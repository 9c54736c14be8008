"""A run as of a date is a run on the data of that date: every table that is worked out of them, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DATA, ROOT
from cut import DATES, cut_by_hand
from folders import contents

RULES = ("synthesise", "explore", "network", "conclude", "through_time")


def tables_of_a_run(folder: Path, data: Path, *options: str) -> dict[str, bytes]:
    """The tables that the workflow makes in a folder of its own."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--configfile", str(ROOT / "config/config.yaml"), "--cores", "2"]
    done = subprocess.run([*command, "--config", f"data={data}", *options, "--", *RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name: content for name, content in contents(folder / "results").items() if name.startswith("tables/")}


@pytest.mark.parametrize("day", DATES)
def test_a_run_as_of_a_date_is_a_run_on_data_cut_by_hand(day: str, tmp_path: Path) -> None:
    then = tables_of_a_run(tmp_path / "then", DATA, f"as_of={day}")
    by_hand = tables_of_a_run(tmp_path / "cut", cut_by_hand(tmp_path / "data", int(day[:4])))
    assert then.keys() == by_hand.keys()
    assert then["tables/pooled.csv"] != (ROOT / "results/tables/pooled.csv").read_bytes()  # that date's, not today's
    assert {name for name in then if then[name] != by_hand[name]} == set()
