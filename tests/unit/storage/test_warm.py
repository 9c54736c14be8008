"""Work that is handed to a process that waits with the library loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from evidence_synthesis.storage.warm import ADDRESS, AVAILABLE, hand_over, kept

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="needs fork as Linux has it")

KEEPER = """
import os, sys, time
from pathlib import Path
from evidence_synthesis.storage.warm import keep

LOADED = []

def load():
    LOADED.append("first")
    while not Path(sys.argv[0]).with_name("go").exists():
        time.sleep(0.01)
        yield
    LOADED.append("rest")

def work(request):
    word = request["word"]
    if word == "fail":
        raise ValueError("a fault of the work")
    if word == "wait":
        Path(request["file"]).write_text(str(os.getpid()))
        time.sleep(60)
    if word == "die":
        os.kill(os.getpid(), 9)
    print(word, os.getcwd(), os.environ["WORD"], LOADED, sys.stdin.read(), end="")
    print("aside", file=sys.stderr)
    return request["code"]

keep(int(sys.argv[1]), load, work)
"""
ASKER = """
import sys
from evidence_synthesis.storage.warm import hand_over
code = hand_over({"word": sys.argv[1], "code": 7, "file": sys.argv[2]})
sys.exit(99 if code is None else code if code >= 0 else 50 - code)
"""


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[dict[str, str]]:
    script = tmp_path / "keeper.py"
    script.write_text(KEEPER, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "WORD": "of the keeper"}
    with kept([sys.executable, str(script)], environment) as found:
        yield found


def ask(environment: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ASKER, *words, "unused"]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=30, check=False)


def gone(process: int) -> bool:
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_work_is_done_as_its_asker_would_with_what_is_loaded_by_then(asked: dict[str, str], tmp_path: Path) -> None:
    for word, loaded in (("early", ["first"]), ("late", ["first", "rest"])):
        done = ask({**asked, "WORD": "of the asker"}, tmp_path, word)
        assert done.returncode == 7
        assert done.stdout == f"{word} {tmp_path} of the asker {loaded} "
        assert done.stderr == "aside\n"
        (tmp_path / "go").touch()


def test_a_fault_of_the_work_stands_in_the_askers_output_and_the_next_work_is_done(asked: dict[str, str], tmp_path: Path) -> None:
    done = ask(asked, tmp_path, "fail")
    assert done.returncode == 1
    assert "ValueError: a fault of the work" in done.stderr
    assert ask(asked, tmp_path, "next").returncode == 7


def test_work_that_is_killed_gives_its_signal(asked: dict[str, str], tmp_path: Path) -> None:
    assert ask(asked, tmp_path, "die").returncode == 50 + signal.SIGKILL


def test_work_ends_when_its_asker_goes_away(asked: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "process"
    asker = subprocess.Popen([sys.executable, "-c", ASKER, "wait", str(file)], env=asked)
    for _ in range(200):
        if file.exists() and file.read_text():
            break
        time.sleep(0.05)
    asker.kill()
    asker.wait()
    assert gone(int(file.read_text()))
    assert ask(asked, tmp_path, "next").returncode == 7


def test_what_waits_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script, started = tmp_path / "keeper.py", tmp_path / "started"
    script.write_text(KEEPER.replace("LOADED = []", f"LOADED = []; Path({str(started)!r}).write_text(str(os.getpid()))"), "utf-8")
    code = "import os, sys, time; from evidence_synthesis.storage.warm import kept\n"
    code += "with kept([sys.executable, sys.argv[1]], dict(os.environ)): time.sleep(60)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    parent = subprocess.Popen([sys.executable, "-c", code, str(script)], env=environment)
    for _ in range(200):
        if started.exists() and started.read_text():
            break
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    assert gone(int(started.read_text()))


@pytest.mark.parametrize("address", ["", "/nowhere/warm\n{prefix}", "{real}\n/another/python"])
def test_without_such_a_process_whoever_asks_does_the_work(
    asked: dict[str, str], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    real = asked[ADDRESS].partition("\n")[0]
    monkeypatch.setenv(ADDRESS, address.format(prefix=sys.prefix, real=real))
    assert hand_over({"word": "x", "code": 7}) is None
