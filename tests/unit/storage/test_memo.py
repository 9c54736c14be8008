"""What a former run worked out is taken over where all that it depends on is the same, and only there."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import pytest
from conftest import ROOT

from evidence_synthesis.conclusions.claims.material import PartAnswer
from evidence_synthesis.storage.memo import Memo

ANSWER = PartAnswer("open", "few trials", "MD", -3.25, math.nan, 1 / 3, trials=2, flipped_by=("a", "b"), row_ids=("r1",))


def counted(value: PartAnswer) -> tuple[Callable[[], object], list[int]]:
    made: list[int] = []

    def make() -> object:
        made.append(1)
        return astuple(value)

    return make, made


def test_an_answer_is_taken_over_with_every_digit(tmp_path: Path) -> None:
    make, made = counted(ANSWER)
    for _ in range(2):
        memo = Memo(tmp_path / "m", "settings")
        found = memo.answer(("part", frozenset("ab")), [["row 1"], []], make, PartAnswer.of_cells)
        assert repr(found) == repr(ANSWER)
        memo.save()
    assert len(made) == 1


@pytest.mark.parametrize(
    ("basis", "facts", "objects"),
    [
        ("other", ("part",), [["row 1", "row 2"], []]),
        ("settings", ("other part",), [["row 1", "row 2"], []]),
        ("settings", ("part",), [["row 2", "row 1"], []]),
        ("settings", ("part",), [["row 1"], ["row 2"]]),
    ],
)
def test_what_an_answer_depends_on_makes_it_anew(tmp_path: Path, basis: str, facts: object, objects: list[list[str]]) -> None:
    make, made = counted(ANSWER)
    memo = Memo(tmp_path / "m", "settings")
    memo.answer(("part",), [["row 1", "row 2"], []], make, PartAnswer.of_cells)
    memo.save()
    Memo(tmp_path / "m", basis).answer(facts, objects, make, PartAnswer.of_cells)
    assert len(made) == 2


KEPT = ["{", "[]", *(f'{{"answers": {{"MARK": {held}}}, "behind": {{}}}}' for held in ("3", '["open"]', "null"))]


@pytest.mark.parametrize("kept", KEPT)
def test_a_memo_that_cannot_be_read_is_none(tmp_path: Path, kept: str) -> None:
    make, made = counted(ANSWER)
    memo = Memo(tmp_path / "m", "settings")
    memo.answer("part", [], make, PartAnswer.of_cells)
    memo.save()
    mark = next(iter(json.loads((tmp_path / "m").read_text(encoding="utf-8"))["answers"]))
    (tmp_path / "m").write_text(kept.replace("MARK", mark), encoding="utf-8")
    assert astuple(Memo(tmp_path / "m", "settings").answer("part", [], make, PartAnswer.of_cells))[:2] == ("open", "few trials")
    assert len(made) == 2


def test_answers_that_one_was_made_of_are_kept_with_it(tmp_path: Path) -> None:
    made: list[str] = []

    def asked(memo: Memo, years: tuple[str, ...]) -> list[str]:
        def year(name: str) -> str:
            return memo.answer(name, [], lambda: made.append(name) or name, str)

        return memo.answer(years, [], lambda: [year(name) for name in years], list)

    for years in (("a", "b"), ("a", "b"), ("a", "b", "c")):  # taken over whole, and then but for what is new
        memo = Memo(tmp_path / "m", "settings")
        assert asked(memo, years) == list(years)
        memo.save()
    assert made == ["a", "b", "c"]


def test_every_process_gives_sets_the_same_mark() -> None:
    code = "from evidence_synthesis.storage.memo import _words; print(_words(('x', frozenset({'b', 'a', 'c', 'd'}), {1: 2})))"
    told = set()
    for seed in "123":
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src")}
        told.add(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout)
    assert len(told) == 1
