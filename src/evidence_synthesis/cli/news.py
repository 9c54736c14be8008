"""What a run changed, told when it ends: doubts about new rows first, then what moved."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import click

_LAST = "site"  # the rule that begins when all tables are there
_TABLES = ("checked", "tables")  # folders of results


class News:
    """What a run changes, worked out beside it: from the tables of before, and those that the report is of.

    ``former`` is where the tables of before stay until then. ``ask`` has a piece of work done by a process that has the
    library loaded, and gives its exit code; None where there is none, and it is done here.
    """

    def __init__(self, former: Path, results: Path, config: dict[str, Any], ask: Callable[[object], int | None]) -> None:
        self.former, self.results, self.config, self.ask = former, results, config, ask
        self.pool = ThreadPoolExecutor(1, initializer=_stand_back)
        self.lines: Future[list[str]] | None = None
        _hold(results, former)

    def begun(self, rule: str) -> None:
        """Work it out once the rule begins for which all tables are there."""
        if rule == _LAST:
            self.lines = self.pool.submit(self._worked_out)

    def tell(self) -> None:
        """Say what differs from the state before; nothing where there was none."""
        if self.lines is None:  # the report was not made again
            self.begun(_LAST)
        for line in self.lines.result() if self.lines is not None else ():
            click.echo(line)

    def close(self) -> None:
        """Let go of the tables of before."""
        self.pool.shutdown()
        shutil.rmtree(self.former, ignore_errors=True)

    def _worked_out(self) -> list[str]:
        told = self.former / "changes.txt"
        work = partial(_compared, self.former, self.results, self.config, told)
        if self.ask(partial(_aside, work)) != 0:
            work()
        return told.read_text(encoding="utf-8").splitlines()


def _hold(results: Path, former: Path) -> None:
    """Keep the tables of results as they are: a run puts other files in their place, and never writes into one."""
    shutil.rmtree(former, ignore_errors=True)  # of a run that was killed
    for folder in _TABLES:
        (former / folder).mkdir(parents=True)
        for path in (results / folder).glob("*.csv"):
            try:
                os.link(path, former / folder / path.name)
            except OSError:  # a file system without links
                shutil.copyfile(path, former / folder / path.name)


def _compared(former: Path, results: Path, config: dict[str, Any], told: Path) -> None:
    """Write what differs between the tables of before and those of now: nothing where one of them cannot be read."""
    from evidence_synthesis.compare.apart import apart
    from evidence_synthesis.compare.changes import compare
    from evidence_synthesis.compare.states import NoState, from_texts, texts_in
    from evidence_synthesis.compare.text import terminal

    lines: list[str] = []
    with contextlib.suppress(NoState, OSError, ValueError, KeyError):
        before, now = map(from_texts, ("before", "now"), apart(texts_in(former), texts_in(results)))
        lines = list(terminal(compare(before, now, config)))
    told.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _aside(work: Callable[[], object]) -> None:
    """Do it in this process with what processors have to spare: until the end of the run nobody waits for it."""
    if sys.platform != "win32":
        os.nice(10)
    work()


def _stand_back() -> None:
    """The same for this thread alone."""
    if sys.platform == "linux":  # elsewhere the whole process would stand back
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
