"""What a run changed, told when it ends: doubts about new rows first, then what moved."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from evidence_synthesis.compare.states import State

_LAST = "site"  # the rule that begins when all tables are there


class News:
    """What a run changes, worked out beside it by a thread: from the tables of before, and those that the report is of."""

    def __init__(self, results: Path, config: dict[str, Any]) -> None:
        self.results, self.config = results, config
        self.texts = _texts(results)
        self.pool = ThreadPoolExecutor(1, initializer=_stand_back)
        self.former: Future[State | None] | None = None
        self.lines: Future[list[str]] | None = None

    def begun(self, rule: str) -> None:
        """Go on with it as far as the rule tells that begins: first the tables of before, and all of it once tables are there."""
        if self.former is None:
            self.former = self.pool.submit(_state, self.results, self.texts)
        if rule == _LAST:
            self.lines = self.pool.submit(self._worked_out)

    def tell(self) -> None:
        """Say what differs from the state before; nothing where there was none."""
        if self.lines is None:  # the report was not made again
            self.begun(_LAST)
        for line in self.lines.result() if self.lines is not None else ():
            click.echo(line)

    def _worked_out(self) -> list[str]:
        from evidence_synthesis.compare.changes import compare
        from evidence_synthesis.compare.text import terminal

        former = self.former.result() if self.former is not None else None
        current = _state(self.results, _texts(self.results)) if former is not None else None
        return list(terminal(compare(former, current, self.config))) if former is not None and current is not None else []


def _stand_back() -> None:
    """Let this thread take what processors have to spare: until the end of the run nobody waits for it."""
    if sys.platform == "linux":  # elsewhere the whole process would stand back
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def _texts(results: Path) -> Mapping[str, str] | None:
    """The texts of the tables of results as they are; None where they are not all there."""
    from evidence_synthesis.compare.states import NoState, texts_in

    try:
        return texts_in(results)
    except (NoState, OSError, ValueError):
        return None


def _state(results: Path, tables: Mapping[str, str] | None) -> State | None:
    """The results whose tables have these texts; None where there are none, or none that can be read."""
    from evidence_synthesis.compare import changes, text  # noqa: F401  (the comparison needs them: loaded while others work)
    from evidence_synthesis.compare.states import from_texts

    try:
        return from_texts(str(results), tables) if tables is not None else None
    except (ValueError, KeyError):
        return None
