"""A state of the results: a folder, or what a git revision holds of it."""

from __future__ import annotations

import csv
import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.synthesis.trials_in_analyses import BROUGHT, MEMBERS, join

TABLES = (
    *(f"checked/{n}.csv" for n in ("trials", "treatments", "unusable_results")),
    *(f"tables/{n}.csv" for n in ("pooled", "certainty", "claims", "subgroups")),
    MEMBERS,
)


class NoState(EvidenceError, LookupError):
    """Neither a results folder nor a revision that holds one; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class State:
    """The tables of a state by name; ``label`` is how it was asked for."""

    label: str
    tables: dict[str, list[dict[str, str]]]

    def table(self, name: str) -> list[dict[str, str]]:
        """A table of the results, as ``checked/trials.csv``."""
        return self.tables[name]

    def trials(self) -> list[dict[str, str]]:
        """The trials of all analyses, each with its effect and its weight."""
        if BROUGHT not in self.tables:  # results of before November 2026 held both in one table
            return self.tables[MEMBERS]
        return join(self.tables[MEMBERS], self.tables[BROUGHT])


def _parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def from_folder(folder: Path) -> State:
    """The results in a folder. Raises NoState when a table is missing."""
    missing = [name for name in TABLES if not (folder / name).exists()]
    if missing:
        raise NoState(f"{folder / missing[0]} is missing: is {folder} a results folder?")
    present = [n for n in (*TABLES, BROUGHT) if (folder / n).exists()]
    return State(str(folder), {n: _parsed((folder / n).read_text(encoding="utf-8")) for n in present})


def _git(*arguments: str, cwd: Path) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, check=False)
    if done.returncode:
        raise NoState(done.stderr.decode(errors="replace").strip() or f"git {arguments[0]} failed")
    return done.stdout


def from_revision(revision: str, results: Path) -> State:
    """The results that a git revision holds; ``results`` is their folder in the working tree. Raises NoState."""
    if revision.startswith("-"):
        raise NoState(f"{revision} is no revision")
    inside = results.resolve()
    where = next((p for p in (inside, *inside.parents) if p.is_dir()), Path.cwd())
    try:
        top = Path(_git("rev-parse", "--show-toplevel", cwd=where).decode().strip())
        folder = inside.relative_to(top.resolve()).as_posix()
        there = _git("ls-tree", "--name-only", "--end-of-options", revision, "--", f"{folder}/{BROUGHT}", cwd=top)
        names = (*TABLES, BROUGHT) if there else TABLES
        found = {n: _parsed(_git("show", f"{revision}:{folder}/{n}", cwd=top).decode("utf-8")) for n in names}
    except (OSError, ValueError) as error:
        raise NoState(f"{results} is in no git repository ({error})") from error
    return State(revision, found)


def state_of(name: str, results: Path) -> State:
    """A state by the name of a folder or of a git revision. Raises NoState when it is neither."""
    if Path(name).is_dir():
        return from_folder(Path(name))
    try:
        return from_revision(name, results)
    except NoState as error:
        raise NoState(f"{name} is neither a results folder nor a git revision with {results} ({error})") from error
