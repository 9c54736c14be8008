"""A run with nothing to do is known by what it read and left; whatever touches a file ends that."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_synthesis.storage.unchanged import RunInputs, forget, remember, unchanged

FACTS = ("3.11", "commit")


@pytest.fixture
def review(tmp_path: Path) -> Path:
    """A folder after a run: data, code, results, and what is remembered of them."""
    for name in ("data/results/yoga.csv", "data/trials.csv", "code/stats/pool.py", "results/tables/pooled.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a,1\n")
    run(tmp_path)
    return tmp_path


def run(folder: Path) -> None:
    read = RunInputs.now([folder / "data", folder / "code"], FACTS)
    remember(folder / "unchanged.json", "today", read, folder / "results")


def known(folder: Path, facts: tuple[str, ...] = FACTS, name: str = "today") -> Path | None:
    return unchanged(folder / "unchanged.json", name, facts)


def same_size_and_time(path: Path) -> None:
    """Change a file and hide it: size and time of the last change are as they were."""
    before = path.stat()
    path.write_text("b,1\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def rewritten(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


def test_nothing_changed(review: Path) -> None:
    assert known(review) == review / "results"
    (review / "code/stats/__pycache__").mkdir()
    (review / "code/stats/__pycache__/pool.pyc").write_text("")
    assert known(review) == review / "results"


CHANGES: dict[str, Callable[[Path], None]] = {
    "a number": lambda p: (p / "data/results/yoga.csv").write_text("a,2\n") and None,
    "a number, hidden": lambda p: same_size_and_time(p / "data/results/yoga.csv"),
    "code": lambda p: same_size_and_time(p / "code/stats/pool.py"),
    "a new table": lambda p: (p / "data/results/pilates.csv").write_text("") and None,
    "a removed table": lambda p: (p / "data/results/yoga.csv").unlink(),
    "a renamed table": lambda p: (p / "data/results/yoga.csv").rename(p / "data/results/tai_chi.csv") and None,
    "no data": lambda p: shutil.rmtree(p / "data"),
    "a result by hand": lambda p: same_size_and_time(p / "results/tables/pooled.csv"),
    "a result written again": lambda p: rewritten(p / "results/tables/pooled.csv"),
    "a deleted result": lambda p: (p / "results/tables/pooled.csv").unlink(),
    "a stranger among results": lambda p: (p / "results/tables/mine.csv").write_text("") and None,
    "no results": lambda p: shutil.rmtree(p / "results"),
    "a memory that is none": lambda p: (p / "unchanged.json").write_text("[1]") and None,
    "a broken memory": lambda p: (p / "unchanged.json").write_text('{"today": {"read": 1}}') and None,
    "a forgotten run": lambda p: forget(p / "unchanged.json"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_any_change_is_noticed(review: Path, change: Callable[[Path], None]) -> None:
    change(review)
    assert known(review) is None


def test_other_facts_and_other_runs_are_noticed(review: Path) -> None:
    assert known(review, ("3.12", "commit")) is None
    assert known(review, name="2015") is None


def test_what_lies_behind_a_link_is_read(review: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "massage.csv").write_text("a,1\n")
    (review / "data/more").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(review / "data")
    run(review)
    assert known(review) == review / "results"
    same_size_and_time(elsewhere / "massage.csv")
    assert known(review) is None


def test_an_edit_during_a_run_is_noticed_by_the_next(review: Path) -> None:
    read = RunInputs.now([review / "data", review / "code"], FACTS)
    (review / "data/trials.csv").write_text("a,9\n")
    remember(review / "unchanged.json", "today", read, review / "results")
    assert known(review) is None
