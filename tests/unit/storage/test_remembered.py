"""What a process has read is not read again while the files are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence_synthesis.storage import remembered as module
from evidence_synthesis.storage.files import read_checked, write_text
from evidence_synthesis.storage.remembered import remembered, remembering


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_known", {})


def test_a_file_that_is_put_in_place_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "a,b\n1,2\n")
    with remembering():
        first = read_checked(path)
    assert read_checked(path) == first == [{"a": "1", "b": "2"}]
    assert read_checked(path)[0] is first[0]  # not read again
    write_text(path, "a,b\n3,4\n")  # as long, and perhaps within the same tick of the clock
    assert read_checked(path) == [{"a": "3", "b": "4"}]


def test_nothing_is_remembered_unasked_and_every_reader_has_a_list_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "a\n1\n")
    assert read_checked(path)[0] is not read_checked(path)[0]
    with remembering():
        read_checked(path).clear()
    assert read_checked(path) == [{"a": "1"}]


def test_one_file_read_in_two_ways_is_remembered_as_both(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "a\n1\n")
    with remembering():
        assert remembered("one", lambda: [1], path) == [1]
        assert remembered("two", lambda: [2], path) == [2]
    assert remembered("one", lambda: [3], path) == [1]
    assert remembered("other", lambda: [3], path) == [3]


def test_a_file_that_is_not_there_is_the_readers_to_tell_of(tmp_path: Path) -> None:
    with remembering(), pytest.raises(FileNotFoundError, match="table"):
        read_checked(tmp_path / "table.csv")
