from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from evidence_synthesis.storage.left import edited, remember
from evidence_synthesis.storage.manifest import ListedFile, compare, read_manifest, survey, write_manifest


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/pooled.csv").write_text("a,b\n", encoding="utf-8")
    (folder / "index.html").write_text("x", encoding="utf-8")
    (folder / "changes.md").write_text("of the last commit", encoding="utf-8")
    return folder


def test_the_list_has_every_result_with_its_digest(results: Path) -> None:
    write_manifest(results)
    listed = read_manifest(results)
    assert listed == survey(results)
    assert list(listed) == ["index.html", "tables/pooled.csv"]
    assert listed["tables/pooled.csv"] == ListedFile(4, hashlib.sha256(b"a,b\n").hexdigest())


def test_a_comparison_counts_what_is_the_same_and_names_the_rest(results: Path) -> None:
    before = survey(results)
    (results / "index.html").write_text("y", encoding="utf-8")
    (results / "new.csv").write_text("", encoding="utf-8")
    found = compare(before, survey(results))
    assert (found.same, found.lines) == (1, ("only in a fresh run: new.csv", "differs: index.html"))
    assert compare(survey(results), before).lines == ("only there: new.csv", "differs: index.html")


@pytest.mark.parametrize("text", ["path,bytes\nindex.html,1\n", "path,bytes,sha256\nindex.html,one,0\n"])
def test_a_broken_list_says_what_to_do(results: Path, text: str) -> None:
    assert read_manifest(results) == {}
    (results / "manifest.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"manifest\.csv is no list of results; remove it and run again"):
        read_manifest(results)


def test_what_somebody_edited_is_found(results: Path, tmp_path: Path) -> None:
    memory = tmp_path / "left.csv"
    assert edited(results, memory) == []
    remember(results, memory)
    assert edited(results, memory) == []
    table = results / "tables/pooled.csv"
    table.write_text("a;b\n", encoding="utf-8")
    (results / "index.html").unlink()  # the workflow sees by itself that it is gone
    (results / "changes.md").write_text("other", encoding="utf-8")
    assert edited(results, memory) == ["tables/pooled.csv"]
    table.write_text("a,b\n", encoding="utf-8")  # a later time, but the same again
    assert edited(results, memory) == []
    memory.write_text("path\nx\n", encoding="utf-8")
    assert edited(results, memory) == []
