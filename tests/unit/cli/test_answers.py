"""The page of bad input: every kind is refused, doubted or mended, and says where and what to do."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "docs"))
from answers import CASES, Case, answer

TOLD = re.compile(r"found .*; expected |^doubtful: |^mended: |is missing: |left out, and cells passed over", re.MULTILINE)


def test_there_are_thirty_kinds_and_each_stands_once() -> None:
    assert len(CASES) >= 30
    assert len({case.words for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_every_kind_has_an_answer(case: Case) -> None:
    told = answer(case)
    assert TOLD.search(told), told
    assert "Traceback" not in told
    assert "/tmp" not in told
