"""Folders of derived files hold what a run gives, and only what differs is written again."""

from __future__ import annotations

from pathlib import Path

from evidence_synthesis.storage.folders import renew_files


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    assert renew_files(tmp_path, {"a.html": "one", "sub/b.html": "two \u2212"}) == 2
    before = (tmp_path / "a.html").stat()
    (tmp_path / "sub/b.html").write_text("by hand", encoding="utf-8")
    (tmp_path / ".stamp").touch()
    (tmp_path / "old.html").touch()
    assert renew_files(tmp_path, {"a.html": "one", "sub/b.html": "two \u2212"}) == 1
    assert (tmp_path / "a.html").stat().st_ino == before.st_ino
    assert (tmp_path / "sub/b.html").read_bytes() == "two \u2212".encode()
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [".stamp", "a.html", "b.html"]
