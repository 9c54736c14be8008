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


class News:
    """The state before a run and the one after it, each read where the run leaves a processor free.

    A thread does the reading, of what was there when this was made and of what is there when ``after`` is called.
    """

    def __init__(self, results: Path) -> None:
        self.results, self.pool = results, ThreadPoolExecutor(1, initializer=_stand_back)
        self.texts = _texts(results)
        self.former: Future[State | None] | None = None
        self.current: Future[State | None] | None = None

    def before(self) -> None:
        """Begin to read the state before."""
        self.former = self.pool.submit(_state, self.results, self.texts)

    def after(self) -> None:
        """Begin to read the state after."""
        self.current = self.pool.submit(lambda: _state(self.results, _texts(self.results)))

    def tell(self, config: dict[str, Any]) -> None:
        """Say what differs from the state before; nothing where there was none."""
        from evidence_synthesis.compare.changes import compare
        from evidence_synthesis.compare.text import terminal

        if self.former is None:  # nothing was made
            self.before()
        if self.current is None:
            self.after()
        former, current = (found.result() for found in (self.former, self.current) if found is not None)
        if former is not None and current is not None:
            for line in terminal(compare(former, current, config)):
                click.echo(line)


def _stand_back() -> None:
    """Let this thread take what processors have to spare: until the end nobody waits for it."""
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
