"""How a run left its results, so that the next one sees what somebody changed by hand."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from evidence_synthesis.storage.files import write_table
from evidence_synthesis.storage.manifest import is_result

_COLUMNS = ("path", "bytes", "changed", "sha256")


@dataclass(frozen=True, slots=True)
class _State:
    size: int
    changed: int  # nanoseconds since 1970
    digest: str


def _files(results: Path) -> dict[str, Path]:
    """Results by their path; of those made on request, which the next run may remove, nothing is said."""
    paths = filter(is_result, sorted(results.rglob("*")))
    named = {p.relative_to(results).as_posix(): p for p in paths}
    return {name: p for name, p in named.items() if not name.startswith("downloads/")}


def _read(memory: Path) -> dict[str, _State]:
    try:
        with memory.open(encoding="utf-8", newline="") as stream:
            return {r["path"]: _State(int(r["bytes"]), int(r["changed"]), r["sha256"]) for r in csv.DictReader(stream)}
    except (OSError, KeyError, TypeError, ValueError):
        return {}


def _state(path: Path, known: _State | None) -> _State:
    """A file as it is; what is in it is read only where its size or time is not the known one."""
    stat = path.stat()
    if known is not None and (known.size, known.changed) == (stat.st_size, stat.st_mtime_ns):
        return known
    return _State(stat.st_size, stat.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())


def remember(results: Path, memory: Path) -> None:
    """Write down how the results are; ``memory`` is a file outside of them."""
    known = _read(memory)
    states = {name: _state(path, known.get(name)) for name, path in _files(results).items()}
    rows = ({"path": n, "bytes": s.size, "changed": s.changed, "sha256": s.digest} for n, s in states.items())
    write_table(memory, _COLUMNS, rows)


def edited(results: Path, memory: Path) -> list[str]:
    """Results whose content is no longer what the last run left; nothing where no run left word of it."""
    known = _read(memory)
    there = _files(results)
    return [name for name, state in known.items() if name in there and _state(there[name], state).digest != state.digest]
