"""Versions of the evidence, apart from those of the code: which state the data are in, and what each version changed.

``VERSION`` beside the tables has one line: a version, its day and the digest of the data that were released under it
(``2026.11 2026-11-30 sha256:...``). ``CHANGELOG.md`` has what changed, newest first. Both are written by the command
``release`` and are optional; the digest tells whether the data are still those of the version.
"""

from __future__ import annotations

import hashlib
import html
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from typing import ClassVar

from evidence_synthesis.review.package import UNPRINTABLE, Fault, table_files
from evidence_synthesis.storage.table_row import TableRow

VERSION, HISTORY = "VERSION", "CHANGELOG.md"
NUMBER = re.compile(r"\d{4}\.(?:[1-9]|1[0-2])(?:\.[1-9]\d{0,2})?")  # year, month, and a number within the month
_CLAIMS = "claims.yaml"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HEADING = re.compile(r"## (\S+) \((\S+)\)")
_WIDE = 120  # characters of a line
_SHOWN = 12  # of a digest
_INTRODUCTION = """# Versions of the evidence

What each version of the data changed, newest first. `evidence-synthesis release` writes an entry by comparing two states of
the results, and the report shows it; the version itself stands in `VERSION`, with the digest of the data. The code has
versions of its own.
"""


@dataclass(frozen=True, slots=True)
class EvidenceState(TableRow):
    """The state of the data: the last version with its day (empty: none yet), and whether the data are still those of it."""

    FILE: ClassVar[str] = "checked/evidence_version.csv"

    version: str
    date: str
    released: bool
    digest: str

    @property
    def words(self) -> str:
        """The state in a few words: ``2026.11 (2026-11-30)``; empty where there is no version."""
        if not self.version:
            return ""
        return f"{self.version} ({self.date})" + ("" if self.released else ", with changes since then that have no version yet")

    @property
    def short_digest(self) -> str:
        """The beginning of the digest, enough to tell states apart."""
        return self.digest[: len("sha256:") + _SHOWN]


@dataclass(frozen=True, slots=True)
class EvidenceChange(TableRow):
    """One thing that a version changed, in words; ``heading`` is empty for what is said of the version as a whole."""

    FILE: ClassVar[str] = "checked/evidence_changes.csv"

    version: str
    date: str
    heading: str
    words: str


def evidence_digest(directory: Path) -> str:
    """The SHA-256 of what people enter: names and bytes of all tables and of the statements; ``sha256:`` and 64 digits.

    Schemas, the descriptor and the version itself are left out: they say nothing about trials.
    """
    digest = hashlib.sha256()
    names = [name for name, _ in table_files(directory)]
    for name in sorted([*names, *([_CLAIMS] if (directory / _CLAIMS).is_file() else [])]):
        content = (directory / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"sha256:{digest.hexdigest()}"


def order(number: str) -> tuple[int, ...]:
    """What versions are sorted by: 2026.9 is before 2026.11."""
    return tuple(map(int, number.split(".")))


def is_day(text: str) -> bool:
    """Whether a text is a day such as 2026-11-30."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def read_state(directory: Path) -> tuple[EvidenceState, list[Fault]]:
    """The state of the data, and the faults of ``VERSION``; without that file, or with faults, there is no version."""
    digest = evidence_digest(directory)
    none = EvidenceState("", "", released=False, digest=digest)
    path = directory / VERSION
    if not path.exists():
        return none, []
    expected = "one line with a version, its day and the digest of its data: 2026.11 2026-11-30 sha256:... (`release` writes it)"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return none, [Fault(VERSION, 0, "", "", expected)]
    cells = text.split()
    if len(cells) != 3 or not NUMBER.fullmatch(cells[0]) or not is_day(cells[1]) or not _DIGEST.fullmatch(cells[2]):
        return none, [Fault(VERSION, 0, "", " ".join(cells), expected)]
    return EvidenceState(cells[0], cells[1], released=cells[2] == digest, digest=digest), []


def read_history(directory: Path) -> tuple[list[EvidenceChange], list[Fault]]:
    """What the versions changed, newest first, and the faults of ``CHANGELOG.md``; nothing where there is no such file."""
    path = directory / HISTORY
    if not path.exists():
        return [], []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [], [Fault(HISTORY, 0, "", "", "text in UTF-8")]
    changes, faults = _entries(lines)
    versions = [version for version, _ in groupby(changes, lambda c: c.version)]
    for newer, older in pairwise(versions):
        if order(newer) <= order(older):
            faults.append(Fault(HISTORY, 0, "", older, f"a version before {newer}: the newest stands first, each once"))
    return changes, faults


def _entries(lines: Sequence[str]) -> tuple[list[EvidenceChange], list[Fault]]:
    """The entries in the lines of a changelog; what stands before the first version introduces the file."""
    changes: list[EvidenceChange] = []
    faults: list[Fault] = []
    version, heading, paragraph = ("", ""), "", list[str]()

    def close() -> None:
        if paragraph and version[0]:
            changes.append(EvidenceChange(*version, heading, html.unescape(" ".join(paragraph))))
        paragraph.clear()

    for number, line in enumerate(lines, 1):
        if UNPRINTABLE.search(line):
            faults.append(Fault(HISTORY, number, "", line, "text without control characters or marks that turn its direction"))
        elif line.startswith("## "):
            close()
            found = _HEADING.fullmatch(line.rstrip())
            if found and NUMBER.fullmatch(found[1]) and is_day(found[2]):
                version, heading = (found[1], found[2]), ""
            else:
                faults.append(Fault(HISTORY, number, "", line, "a version and its day: ## 2026.11 (2026-11-30)"))
                version = "", ""
        elif line.startswith("### "):
            close()
            heading = line.removeprefix("### ").strip()
        elif not line.strip():
            close()
        else:
            if line.startswith("- "):
                close()
            paragraph.append(line.removeprefix("- ").strip())
    close()
    return changes, faults


def _wrapped(changes: Sequence[EvidenceChange]) -> Iterator[str]:
    """The lines of one version."""
    yield f"## {changes[0].version} ({changes[0].date})"
    for heading, inside in groupby(changes, lambda c: c.heading):
        yield from ["", f"### {heading}", ""] if heading else [""]
        for change in inside:
            lead = "- " if heading else ""
            words = html.escape(" ".join(change.words.split()), quote=False)  # no markup to a page that shows the file
            lines = textwrap.TextWrapper(_WIDE, lead, " " * len(lead), break_long_words=False, break_on_hyphens=False)
            yield from lines.wrap(words)


def history_text(changes: Sequence[EvidenceChange]) -> str:
    """The text of ``CHANGELOG.md``; ``changes`` are those of all versions, newest first. ``read_history`` reads it again."""
    blocks = ["\n".join(_wrapped(list(inside))) + "\n" for _, inside in groupby(changes, lambda c: c.version)]
    return "\n".join([_INTRODUCTION, *blocks])


def version_text(version: str, day: str, digest: str) -> str:
    """The text of ``VERSION``."""
    return f"{version} {day} {digest}\n"


def evidence_faults(directory: Path) -> list[Fault]:
    """The faults of both files, and of their being out of step: the newest entry is that of the version."""
    state, faults = read_state(directory)
    changes, more = read_history(directory)
    newest = changes[0].version if changes else ""
    if not faults and not more and newest != state.version:
        wanted = f"{newest or 'no version'}, the newest of {HISTORY}; `release` writes both"
        return [Fault(VERSION, 0, "", state.version, wanted)]
    return faults + more
