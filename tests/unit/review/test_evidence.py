"""The version of the evidence and its changelog: read as they were written, and every fault is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Package

from evidence_synthesis.review.check_claims import check_review
from evidence_synthesis.review.evidence import (
    HISTORY,
    VERSION,
    EvidenceChange,
    evidence_digest,
    evidence_faults,
    history_text,
    order,
    read_history,
    read_state,
    version_text,
)
from evidence_synthesis.review.package import DataFaults

ENTRY = [
    EvidenceChange("2026.12", "2026-12-05", "", "Compared with version 2026.11. " + "word " * 60 + "end."),
    EvidenceChange("2026.12", "2026-12-05", "Trials", "Added (2): A & B <2001>; C-D 2002."),
    EvidenceChange("2026.12", "2026-12-05", "Trials", "Taken out (1): E 2003."),
    EvidenceChange("2026.12", "2026-12-05", "Results", "Yoga: 2 added."),
]
FIRST = [EvidenceChange("2026.11", "2026-11-30", "", "The first version.")]


def release(folder: Path, version: str = "2026.12", day: str = "2026-12-05") -> None:
    (folder / VERSION).write_text(version_text(version, day, evidence_digest(folder)), encoding="utf-8")
    (folder / HISTORY).write_text(history_text([*ENTRY, *FIRST]), encoding="utf-8")


def test_a_changelog_is_read_as_it_was_written(package: Package) -> None:
    release(package.folder)
    text = (package.folder / HISTORY).read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 130
    assert "<2001>" not in text  # no markup to a page that shows the file
    changes, faults = read_history(package.folder)
    assert (changes, faults) == ([*ENTRY, *FIRST], [])
    assert history_text(changes) == text


def test_data_that_changed_are_no_longer_those_of_their_version(package: Package) -> None:
    assert read_state(package.folder)[0].words == ""
    release(package.folder)
    state, faults = read_state(package.folder)
    assert (state.words, state.released, faults) == ("2026.12 (2026-12-05)", True, [])
    (package.folder / "schemas/trials.json").write_text("{}", encoding="utf-8")
    assert read_state(package.folder)[0].released  # a schema says nothing about trials
    package.raw(lambda content: content + b"\n")
    state, faults = read_state(package.folder)
    assert (state.released, faults) == (False, [])
    assert state.words == "2026.12 (2026-12-05), with changes since then that have no version yet"


def test_the_digest_is_of_names_and_bytes(tmp_path: Path) -> None:
    digests = set()
    for number, (name, content) in enumerate([("a.csv", "x"), ("b.csv", "x"), ("a.csv", "y"), ("claims.yaml", "x")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_text(content, encoding="utf-8")
        digests.add(evidence_digest(folder))
    assert len(digests) == 4


def test_versions_are_ordered_by_number() -> None:
    assert sorted(["2026.11.1", "2026.9", "2026.11", "2027.1", "2026.11.10", "2026.11.2"], key=order) == [
        *("2026.9", "2026.11", "2026.11.1", "2026.11.2", "2026.11.10", "2027.1")
    ]


@pytest.mark.parametrize(
    "text",
    ["", "2026.11", "2026.13 2026-11-30 sha256:" + "0" * 64, "2026.11 30.11.2026 sha256:" + "0" * 64, "2026.11 2026-11-30 x"],
)
def test_a_version_file_that_nobody_can_use_is_a_fault(package: Package, text: str) -> None:
    release(package.folder)
    (package.folder / VERSION).write_text(text, encoding="utf-8")
    (fault,) = evidence_faults(package.folder)
    assert (fault.file, fault.value) == (VERSION, text)


def test_faults_of_the_changelog_name_their_lines(package: Package) -> None:
    release(package.folder)
    (package.folder / HISTORY).write_text("# Title\n\n## 2026.11 (soon)\n\nWords \u202e turned.\n", encoding="utf-8")
    assert [(f.file, f.row) for f in evidence_faults(package.folder)] == [(HISTORY, 3), (HISTORY, 5)]
    (package.folder / HISTORY).write_text(history_text([*FIRST, *ENTRY]), encoding="utf-8")
    (fault,) = evidence_faults(package.folder)
    assert (fault.value, "before 2026.11" in fault.expected) == ("2026.12", True)


def test_version_and_changelog_go_together_and_faults_stop_the_check(package: Package) -> None:
    release(package.folder, version="2026.11")
    with pytest.raises(DataFaults, match=r"VERSION: found '2026\.11'; expected 2026\.12"):
        check_review(package.folder, {})
    release(package.folder)
    check_review(package.folder, {})
