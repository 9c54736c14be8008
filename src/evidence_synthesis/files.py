"""Write results whole or not at all, in the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

DIGITS = 10  # significant digits: beyond them results depend on the processor's rounding


def cell(value: object) -> str:
    """A value as the text of a CSV cell: numbers with ten significant digits, nothing for None and NaN."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value + 0.0:.{DIGITS}g}"
    return str(value)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A table as CSV text with line-feed ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(c)) for c in columns] for row in rows)
    return out.getvalue()


def write_bytes(path: Path, content: bytes) -> None:
    """Put a file in place in one step: a run that is killed leaves the old file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Put a text file (UTF-8) in place in one step."""
    write_bytes(path, text.encode("utf-8"))


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Put a CSV table in place in one step."""
    write_text(path, csv_text(columns, rows))


def _digest(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"\0".join(p.read_bytes() for p in paths)).hexdigest()[:16]


@cache
def library_digest() -> str:
    """Digest of all files of this package."""
    return _digest(sorted(p for p in Path(__file__).parent.rglob("*") if p.is_file() and p.suffix != ".pyc"))


_IMPORT = re.compile(r"^[ \t]*from evidence_synthesis([\w.]*) import (?:\(([^)]*)\)|([^\n]*))", re.MULTILINE)
_TEMPLATE = re.compile(r"""["']([\w./{}]+\.j2)["']""")


@cache
def _imported(path: Path) -> frozenset[Path]:
    """The files of this package that a file imports or names as templates, anywhere in it; ``{name}`` is any template."""
    here, text = Path(__file__).parent, path.read_text(encoding="utf-8")
    named = (re.sub(r"{\w+}", "*", name) for name in _TEMPLATE.findall(text))
    found = {template for name in named for template in (here / "templates").glob(name)}
    for module, *names in _IMPORT.findall(text):
        place = here.joinpath(*module.split("."))
        several = [place / name for name in re.findall(r"\w+", " ".join(names))]
        found |= {p.with_suffix(".py") for p in (place, *several) if p.with_suffix(".py").exists()}
        found |= {folder / "__init__.py" for folder in (place, *several) if folder.is_dir() and folder != here}
    return frozenset(found)


def files_behind(script: Path) -> list[Path]:
    """Every file of this package that a script or module needs: what it imports, what that imports, and so on."""
    waiting, known = {script}, set[Path]()
    while waiting:
        path = waiting.pop()
        new = _imported(path) - known
        known |= new
        waiting |= new
    return sorted(known)


@cache
def code_behind(*paths: Path) -> str:
    """Digest of scripts or modules and of the files behind them: it changes when what they make may change."""
    return _digest(sorted({file for path in paths for file in (path, *files_behind(path))}))


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
