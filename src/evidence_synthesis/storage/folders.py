"""Folders of derived files, brought up to date and put in place in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

FINGERPRINT = "fingerprint.txt"


def refresh_folder(folder: Path, marks: Mapping[str, str], fill: Callable[[Path, set[str]], None]) -> bool:
    """Bring a folder of files up to date and put it in place in one step. Tells whether anything changed.

    ``marks`` has a fingerprint for each name; ``fill(new, names)`` writes the files of the names whose fingerprint is
    not the stored one, files are called after their name. Files of other names are taken over, or dropped with them.
    """
    wanted = "".join(f"{name} {mark}\n" for name, mark in sorted(marks.items()))
    try:
        stored = (folder / FINGERPRINT).read_text(encoding="ascii")
    except OSError:
        stored = ""
    if stored == wanted:
        return False
    known = dict(line.split() for line in stored.splitlines() if len(line.split()) == 2)
    stale = {name for name, mark in marks.items() if known.get(name) != mark}
    new = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for path in folder.glob("*") if folder.exists() else ():
        if path.stem in marks and path.stem not in stale:
            shutil.copy2(path, new)
    fill(new, stale)
    (new / FINGERPRINT).write_text(wanted, encoding="ascii")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(new, folder)
    return True


def keep_folders(root: Path, names: Iterable[str]) -> bool:
    """Make a folder of folders hold these only. Tells whether any was removed."""
    root.mkdir(parents=True, exist_ok=True)
    kept = set(names)
    removed = [path for path in root.iterdir() if path.is_dir() and path.name not in kept]
    for path in removed:
        shutil.rmtree(path)
    return bool(removed)


def keep_files(root: Path, names: Iterable[str]) -> None:
    """Remove the files of a folder that are not among these (paths from the folder)."""
    kept = {root / name for name in names}
    for path in root.rglob("*") if root.exists() else ():
        if path.is_file() and path not in kept and not path.name.startswith("."):
            path.unlink()
