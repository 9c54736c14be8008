"""Watching: each save is acted on once, and the report is served to this machine alone."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from evidence_synthesis.cli import main
from evidence_synthesis.cli import watching as module
from evidence_synthesis.cli.serving import LOOPBACK, Pages
from evidence_synthesis.cli.watching import changes_of, stamp, watching


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    folder = tmp_path / "results"
    (folder / "report").mkdir(parents=True)
    (folder / "index.html").write_text("<html><body>hello</body></html>")
    (folder / "report/a.html").write_text("<html><body>a</body></html>")
    (folder / "a.csv").write_text("x\n")
    (tmp_path / "secret.txt").write_text("no")
    made = Pages(folder, 0)
    made.begin()
    yield made
    made.shutdown()
    made.server_close()


def ask(pages: Pages, path: str, host: str = "", method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(*pages.server_address[:2], timeout=5)
    connection.request(method, path, headers={"Host": host or f"{LOOPBACK}:{pages.server_address[1]}"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_pages_have_a_script_and_other_files_are_as_they_are(pages: Pages) -> None:
    for path in ("/", "/index.html", "/report/a.html", "/index.html?q=1"):
        status, text = ask(pages, path)
        assert status == 200
        assert text.endswith('<script src="/-/reload.js"></script></body></html>')
    assert ask(pages, "/a.csv") == (200, "x\n")
    assert "location.reload" in ask(pages, "/-/reload.js")[1]


def test_the_state_changes_with_each_run(pages: Pages) -> None:
    assert ask(pages, "/-/state") == (200, "0")
    pages.renewed()
    assert ask(pages, "/-/state") == (200, "1")


def test_nobody_else_is_served(pages: Pages) -> None:
    assert pages.server_address[0] == LOOPBACK
    assert ask(pages, "/", host="example.org")[0] == 403
    assert ask(pages, "/", host="localhost:1")[0] == 200
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/report", "/report/", "/nothing"):
        status, text = ask(pages, path)
        assert status in (301, 404), path
        assert text != "no"
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        assert ask(pages, "/", method=method)[0] in (405, 501)


def test_a_save_is_acted_on_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").write_text("1")
    acted: list[list[str]] = []
    end = threading.Event()
    thread = threading.Thread(
        target=watching, args=(tmp_path, lambda names: acted.append(names), lambda: not end.is_set(), 0.05), daemon=True
    )
    thread.start()
    time.sleep(0.15)
    for content in ("22", "333", "4444"):  # one save in several writes
        (tmp_path / "data/a.csv").write_text(content)
        time.sleep(0.02)
    (tmp_path / "data/.~lock.a.csv#").write_text("x")
    (tmp_path / "data/~$a.xlsx").write_text("x")
    deadline = time.monotonic() + 5
    while not acted and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    end.set()
    thread.join(5)
    assert acted == [["data/a.csv"]]


def test_what_changed_between_two_looks(tmp_path: Path) -> None:
    for folder in ("config", "data"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_text("1")
    before = stamp(tmp_path)
    (tmp_path / "config/a").unlink()
    (tmp_path / "data/b").write_text("1")
    os.utime(tmp_path / "data/a", ns=(1, 1))
    assert changes_of(before, stamp(tmp_path)) == ["config/a", "data/a", "data/b"]
    assert changes_of(before, before) == []


def test_the_command_runs_first_and_then_on_each_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = CliRunner().invoke(main, ["watch", "--directory", str(tmp_path)])
    assert refused.exit_code == 1
    assert "is it the folder of a review?" in refused.output
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text("title: x\n")
    calls: list[tuple[str, ...]] = []
    codes = iter([0, 0, 1])

    def command(*arguments: str) -> int:
        calls.append(arguments)
        return next(codes)

    def saves(directory: Path, act: object, going_on: object) -> None:
        act(["data/trials.csv"])  # type: ignore[operator]
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_command", command)
    monkeypatch.setattr(module, "watching", saves)
    done = CliRunner().invoke(main, ["watch", "--directory", str(tmp_path), "--port", "0"])
    assert done.exit_code == 0, done.output
    assert [c[0] for c in calls] == ["check", "run", "check"]  # no run after faults
    assert "is up to date" in done.output
    assert "saved: data/trials.csv" in done.output
    assert "The report is as it was" in done.output
    assert done.output.rstrip().endswith("Ended.")
