"""What a run changed is told from the tables of before, which stay as they are while others take their place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, read_csv, write_csv

from evidence_synthesis.cli.news import News

FILES = ("checked", "tables")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copytree(ROOT / "results" / name, tmp_path / "results" / name)
    return tmp_path / "results"


def put(path: Path, name: str) -> None:
    """Another file in the place of a table, as a run puts it there."""
    rows = read_csv(path)
    rows[0]["estimate"] = name
    write_csv(path.with_suffix(".new"), list(rows[0]), rows)
    os.replace(path.with_suffix(".new"), path)


@pytest.mark.parametrize("linked", [True, False])
def test_tables_of_before_stay_until_the_change_is_told(
    results: Path, config: dict, linked: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not linked:

        def refuse(*_: object) -> None:
            raise OSError("no links here")

        monkeypatch.setattr(os, "link", refuse)
    news = News(results.parent / "former", results, config, lambda _: None)
    put(results / "tables/pooled.csv", "99")
    news.begun("figures")
    news.begun("site")
    news.tell()
    news.close()
    assert "1 analysis moved" in capsys.readouterr().out
    assert not (results.parent / "former").exists()


def test_nothing_is_told_where_there_were_no_results(tmp_path: Path, config: dict, capsys: pytest.CaptureFixture[str]) -> None:
    news = News(tmp_path / "former", tmp_path / "results", config, lambda _: None)
    shutil.copytree(ROOT / "results/tables", tmp_path / "results/tables")
    news.tell()
    news.close()
    assert capsys.readouterr().out == ""


def test_the_process_that_has_the_library_loaded_is_asked_first(results: Path, config: dict) -> None:
    asked: list[object] = []

    def done(work: object) -> int:
        asked.append(work)
        (results.parent / "former/changes.txt").write_text("told\n", encoding="utf-8")
        return 0

    news = News(results.parent / "former", results, config, done)
    news.tell()
    news.close()
    assert len(asked) == 1
