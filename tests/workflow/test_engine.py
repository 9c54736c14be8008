"""What workflow/rules/engine.smk changes in the engine: backups by links, no timers while jobs wait, params without pandas."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from snakemake.persistence import FileBackupMixin

from evidence_synthesis.storage.files import write_bytes

ENGINE = ROOT / "workflow/rules/engine.smk"
# Three jobs on one core, so that two wait while one works.
WORKFLOW = f"""
include: "{ENGINE}"
rule all:
    input: expand("{{n}}.txt", n=range(3))
rule wait:
    output: "{{n}}.txt"
    params: config["param"]
    shell: "sleep 0.3; touch {{output}}"
"""
COUNTING = """
import runpy, sys, threading
timers = []
class Counted(threading.Timer):
    def __init__(self, *arguments, **named):
        timers.append(self)
        super().__init__(*arguments, **named)
threading.Timer = Counted
try:
    runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
finally:
    print("timers:", len(timers))
    print("pandas:", "yes" if "pandas" in sys.modules else "no")
"""


class Persistence(FileBackupMixin):
    def __init__(self, path: Path) -> None:
        self.path = path


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Persistence:
    """The engine's backups as the workflow changes them, in a folder of results with one figure."""
    monkeypatch.chdir(tmp_path)
    parts: dict[str, Any] = {}
    exec(ENGINE.read_text(encoding="utf-8").partition("onstart:")[0], parts)
    persistence = Persistence(Path(".snakemake"))
    parts["keep_linked"](persistence)
    write_bytes(Path("figures/yoga/pain.svg"), b"before")
    persistence.backup_output(Path("figures"))
    return persistence


def test_a_backup_costs_no_second_copy(linked: Persistence) -> None:
    assert Path(".snakemake/backups/figures/yoga/pain.svg").samefile("figures/yoga/pain.svg")


def test_a_failed_job_leaves_the_folder_as_it_was(linked: Persistence) -> None:
    write_bytes(Path("figures/yoga/pain.svg"), b"after")
    write_bytes(Path("figures/tape/pain.svg"), b"half of the new ones")
    assert linked.restore_output(Path("figures"))
    assert {p.as_posix(): p.read_bytes() for p in Path("figures").rglob("*.svg")} == {"figures/yoga/pain.svg": b"before"}


def test_a_backup_that_a_killed_run_left_is_replaced(linked: Persistence) -> None:
    write_bytes(Path("figures/yoga/pain.svg"), b"after")
    linked.backup_output(Path("figures"))
    assert Path(".snakemake/backups/figures/yoga/pain.svg").read_bytes() == b"after"


def test_single_files_are_copied(linked: Persistence) -> None:
    write_bytes(Path("table.csv"), b"before")
    linked.backup_output(Path("table.csv"))
    Path("table.csv").write_bytes(b"after")
    assert Path(".snakemake/backups/table.csv").read_bytes() == b"before"


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], str]:
    """What the engine prints of itself when it runs the three jobs; ``param`` is one of theirs."""
    (tmp_path / "Snakefile").write_text(WORKFLOW, encoding="utf-8")
    where = ("--cores", "1", "--directory", str(tmp_path), "--snakefile", str(tmp_path / "Snakefile"))

    def once(param: str) -> str:
        command = [sys.executable, "-c", COUNTING, *where, "--config", f"param={param}"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        return made.stdout

    return once


def test_waiting_jobs_keep_no_core_busy(run: Callable[[str], str], tmp_path: Path) -> None:
    assert "timers: 0" in run("1")
    assert len(list(tmp_path.glob("?.txt"))) == 3


def test_params_are_compared_without_pandas(run: Callable[[str], str], tmp_path: Path) -> None:
    run("1")
    first = (tmp_path / "1.txt").stat().st_mtime_ns
    assert "pandas: no" in run("1")
    assert (tmp_path / "1.txt").stat().st_mtime_ns == first
    assert "pandas: no" in run("2")
    assert (tmp_path / "1.txt").stat().st_mtime_ns > first
