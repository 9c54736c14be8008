"""Work in a second process that sees what this one has in memory, while this one goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from evidence_synthesis.storage.processors import cores
from evidence_synthesis.storage.warm import AVAILABLE

_T = TypeVar("_T")
_given: list[Callable[[], Any]] = []


@contextmanager
def beside(work: Callable[[], _T]) -> Iterator[Callable[[], _T]]:
    """Begin ``work`` in a forked process; gives a function that waits for what it returns, which must be picklable.

    What ``work`` changes stays in its process. With one processor, or without ``fork``, that function does the work itself.
    """
    if not AVAILABLE or cores() < 2:
        yield work
        return
    with ProcessPoolExecutor(1, get_context("fork"), _given.append, (work,)) as pool:
        yield pool.submit(_do).result


def _do() -> Any:
    return _given[-1]()
