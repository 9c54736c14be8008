"""Tables that a process has read, which it and those forked from it need not read again while the files are the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
_Marks = tuple[tuple[int, int, int], ...]

_known: dict[tuple[object, ...], tuple[_Marks, list[Any]]] = {}
_kept: list[bool] = []


@contextmanager
def remembering() -> Iterator[None]:
    """Keep what is read inside, as it is read: rows must not be changed."""
    _kept.append(True)
    try:
        yield
    finally:
        _kept.pop()


def remembered(kind: object, read: Callable[[], list[_T]], *paths: Path) -> list[_T]:
    """The rows that ``read`` gives for files: those that this process or the one it was forked from remembers, if it does.

    ``kind`` tells what the rows are of, since a file can be read in several ways. A file is the same while its place, size and
    time are: results are put in place whole, so that another one is another file.
    """
    if not _kept and not _known:
        return read()
    asked = kind, *map(os.path.abspath, paths)
    marks = tuple(_mark(path) for path in paths) if all(map(os.path.exists, paths)) else ()
    if asked in _known and _known[asked][0] == marks:
        return list(_known[asked][1])
    rows = read()
    if _kept:
        _known[asked] = marks, rows
    return list(rows)


def _mark(path: Path) -> tuple[int, int, int]:
    state = os.stat(path)
    return state.st_ino, state.st_size, state.st_mtime_ns
