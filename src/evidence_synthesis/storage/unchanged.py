"""Whether anything changed since a run ended: if not, there is nothing to do, and no workflow engine needs to say so.

A run is remembered by size, times and place on the disk of every file that it read and of every file that it left. The time
that the system keeps of a change (ctime) cannot be set by hand. Any difference, also one without meaning, sends the next run
the whole way, which looks into the files.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence_synthesis.storage.files import write_text

_NO_SOURCE = "__pycache__"  # what Python makes of source files, at any time
_SURE = 50_000_000  # nanoseconds after which another change of a file has another time


def _files(place: Path) -> Iterator[tuple[str, os.stat_result | None]]:
    """Every file in a folder and below, also behind links, with its state; a file itself alone; nothing where there is none.

    Folders stand among them without a state: theirs changes with what others put there for a moment.
    """
    if place.is_file():
        yield str(place), place.stat()
    known = set()
    for folder, inside, names in os.walk(place, followlinks=True):
        own = os.stat(folder)
        if (own.st_dev, own.st_ino) in known:
            inside.clear()
            continue
        known.add((own.st_dev, own.st_ino))
        inside[:] = sorted(name for name in inside if name != _NO_SOURCE)
        yield folder, None
        for name in sorted(names):
            path = os.path.join(folder, name)
            yield path, os.stat(path) if os.path.exists(path) else os.lstat(path)


def state_of(places: Sequence[Path], facts: Sequence[str] = ()) -> str:
    """A digest of the state of files and folders, and of other facts; it waits until the last change is past.

    A file that changes while this works, or right after, has another time when it is looked at again.
    """
    digest, newest = hashlib.sha256("\0".join(facts).encode()), 0
    for place in places:
        for path, s in _files(place):
            if s is None:
                digest.update(f"{path}/\n".encode("utf-8", "surrogateescape"))
                continue
            digest.update(f"{path}\0{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino}\n".encode("utf-8", "surrogateescape"))
            newest = max(newest, s.st_ctime_ns)
    if 0 <= time.time_ns() - newest < _SURE:
        time.sleep(_SURE / 1e9)
        return state_of(places, facts)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class RunInputs:
    """What a run reads: files and folders, and ``facts`` such as its options; ``state`` is theirs before it begins."""

    places: tuple[Path, ...]
    facts: tuple[str, ...]
    state: str

    @classmethod
    def now(cls, places: Iterable[Path], facts: Iterable[str]) -> RunInputs:
        """What is there now."""
        places, facts = tuple(places), tuple(facts)
        return cls(places, facts, state_of(places, facts))


def remember(memory: Path, name: str, read: RunInputs, left: Path) -> None:
    """Write down what a run of this ``name`` read, and how it left a folder of results."""
    entry = {"read": [*map(str, read.places)], "before": read.state, "left": str(left), "after": state_of([left])}
    write_text(memory, json.dumps({**_known(memory), name: entry}))


def unchanged(memory: Path, name: str, facts: Sequence[str]) -> Path | None:
    """The results of the last run of this ``name``, where neither what it read nor they have changed; else None."""
    entry = _known(memory).get(name)
    try:
        if not isinstance(entry, dict) or state_of([*map(Path, entry["read"])], facts) != entry["before"]:
            return None
        left = Path(entry["left"])
        return left if state_of([left]) == entry["after"] else None
    except (KeyError, TypeError, OSError):
        return None


def forget(memory: Path) -> None:
    """Know nothing of former runs: one that begins may be ended in the middle."""
    memory.unlink(missing_ok=True)


def _known(memory: Path) -> dict[str, object]:
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
