"""Folders of derived files, brought up to date and put in place in one step."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from evidence_synthesis.storage.files import write_bytes, write_text


def _content(folder: Path) -> dict[str, str]:
    """A digest of the files of each name in a folder: of their endings and of what is in them."""
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*")):
        digest = found.setdefault(path.stem, hashlib.sha256())
        digest.update(f"{path.suffix}\0".encode())
        digest.update(path.read_bytes())
    return {name: digest.hexdigest()[:16] for name, digest in found.items()}


def refresh_folder(folder: Path, marks: Mapping[str, str], fill: Callable[[Path, set[str]], None], memory: Path) -> bool:
    """Bring a folder of files up to date and put it in place in one step. Tells whether anything changed.

    ``marks`` has a fingerprint for each name; ``fill(new, names)`` writes the files of the names whose fingerprint is
    not the remembered one, or whose files are no longer as they were left. Files are called after their name; those of
    other names are taken over, or dropped with them. ``memory`` is a file outside the folder, which says of each name
    with what fingerprint and content it was left; without it everything is made.
    """
    try:
        known = {name: rest for name, *rest in map(str.split, memory.read_text(encoding="utf-8").splitlines())}
    except (OSError, ValueError):
        known = {}
    there = _content(folder)
    stale = {name for name, mark in marks.items() if name not in there or known.get(name) != [mark, there[name]]}
    if not stale and there.keys() == marks.keys():
        return False
    new = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for path in folder.glob("*") if folder.exists() else ():
        if path.stem in marks and path.stem not in stale:
            shutil.copy2(path, new)
    fill(new, stale)
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(new, folder)
    left = _content(folder)
    write_text(memory, "".join(f"{name} {mark} {left[name]}\n" for name, mark in sorted(marks.items())))
    return True


def keep_folders(root: Path, names: Iterable[str]) -> bool:
    """Make a folder of folders hold these only. Tells whether any was removed."""
    root.mkdir(parents=True, exist_ok=True)
    kept = set(names)
    removed = [path for path in root.iterdir() if path.is_dir() and path.name not in kept]
    for path in removed:
        shutil.rmtree(path)
    return bool(removed)


def renew_files(root: Path, texts: Mapping[str, str]) -> int:
    """Make a folder hold these text files only (paths from the folder); gives how many were not there like that already."""
    kept = {root / name for name in texts}
    for path in root.rglob("*") if root.exists() else ():
        if path.is_file() and path not in kept and not path.name.startswith("."):
            path.unlink()
    written = 0
    for name, text in texts.items():
        path, content = root / name, text.encode("utf-8")
        if not path.is_file() or path.read_bytes() != content:
            write_bytes(path, content)
            written += 1
    return written
