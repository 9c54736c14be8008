"""A state of the results: a folder, or what a git revision holds of it."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import BrokenTable, TableRow
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Membership, PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.synthesis.rows.further import SubgroupResult
from evidence_synthesis.synthesis.rows.results import RowAccount
from evidence_synthesis.synthesis.rows.statements import JudgedClaim
from evidence_synthesis.synthesis.trials_in_analyses import join

CHECKED = tuple(f"checked/{n}.csv" for n in ("trials", "treatments", "unusable_results"))
MADE = (PooledResult, Certainty, JudgedClaim, SubgroupResult)
TABLES = (*CHECKED, *(kind.FILE for kind in MADE), Membership.FILE)
BROUGHT = TrialEffect.FILE
OTHERS = (
    *("published_estimates", "risk_of_bias", "sources", "instruments", "corrections", "certainty_overrides", "search_log"),
    *("harms_outside_trials", "review_trials"),
)  # checked tables that are only counted
COUNTED = tuple(f"checked/{n}.csv" for n in OTHERS)
SAID = (AuditLine.FILE, RowAccount.FILE)  # of rows; results of before have them, too, but may lack them


_Row = TypeVar("_Row", bound=TableRow)


class NoState(EvidenceError, LookupError):
    """Neither a results folder nor a revision that holds one; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class State:
    """The tables of a state; ``label`` is how it was asked for. Other versions may have written them, with other columns.

    ``others`` are further checked tables by their names, as far as the state has them.
    """

    label: str
    rows: list[Cells]
    treatments: list[Cells]
    unusable: list[Cells]
    pooled: list[PooledResult]
    certainty: list[Certainty]
    claims: list[JudgedClaim]
    subgroups: list[SubgroupResult]
    trials: list[AnalysisTrial]
    audit: list[AuditLine]
    accounts: list[RowAccount]
    others: Mapping[str, list[Cells]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormerOpinion(TableRow):
    """A statement in results of before December 2026, which had an opinion in the place of its verdict."""

    claim: str
    opinion: str


# Two states that are compared have most tables in common: such a text is read once.


@lru_cache(maxsize=len(MADE) + len(SAID))
def _rows(kind: type[_Row], text: str) -> list[_Row]:
    return kind.parse_former(text, kind.FILE)


@lru_cache(maxsize=len(CHECKED) + len(OTHERS))
def _cells(text: str) -> list[Cells]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@lru_cache(maxsize=1)
def _trials(members: str, brought: str | None) -> list[AnalysisTrial]:
    if brought is None:  # results of before November 2026 held both in one table
        return AnalysisTrial.parse_former(members, Membership.FILE)
    return join(Membership.parse_former(members, Membership.FILE), TrialEffect.parse_former(brought, BROUGHT))


def _claims(text: str) -> list[JudgedClaim]:
    """Statements with their verdicts, or with the opinions of former results. Raises BrokenTable."""
    opinions = (former.opinion for former in FormerOpinion.parse_former(text, JudgedClaim.FILE))
    claims = JudgedClaim.parse_former(text, JudgedClaim.FILE)
    return [replace(c, verdict_words=c.verdict_words or opinion) for c, opinion in zip(claims, opinions, strict=True)]


def from_texts(label: str, texts: Mapping[str, str]) -> State:
    """A state from the texts of its files by name; see ``texts_in``. Raises BrokenTable."""
    try:
        return State(
            label,
            _cells(texts["checked/trials.csv"]),
            _cells(texts["checked/treatments.csv"]),
            _cells(texts["checked/unusable_results.csv"]),
            pooled=_rows(PooledResult, texts[PooledResult.FILE]),
            certainty=_rows(Certainty, texts[Certainty.FILE]),
            claims=_claims(texts[JudgedClaim.FILE]),
            subgroups=_rows(SubgroupResult, texts[SubgroupResult.FILE]),
            trials=_trials(texts[Membership.FILE], texts.get(BROUGHT)),
            audit=_rows(AuditLine, texts[AuditLine.FILE]) if AuditLine.FILE in texts else [],
            accounts=_rows(RowAccount, texts[RowAccount.FILE]) if RowAccount.FILE in texts else [],
            others={n: _cells(texts[file]) for n, file in zip(OTHERS, COUNTED, strict=True) if file in texts},
        )
    except BrokenTable as fault:
        raise BrokenTable(f"{label}, {fault.where}", fault.what) from None


def texts_in(folder: Path) -> dict[str, str]:
    """The texts of the tables in a folder of results, by their names. Raises NoState when a table is missing."""
    missing = [name for name in TABLES if not (folder / name).exists()]
    if missing:
        raise NoState(f"{folder / missing[0]} is missing: is {folder} a results folder?")
    present = [n for n in (*TABLES, BROUGHT, *SAID, *COUNTED) if (folder / n).exists()]
    return {n: (folder / n).read_text(encoding="utf-8") for n in present}


def from_folder(folder: Path) -> State:
    """The results in a folder. Raises NoState when a table is missing, BrokenTable when one cannot be read."""
    return from_texts(str(folder), texts_in(folder))


def _git(*arguments: str, cwd: Path) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, check=False)
    if done.returncode:
        raise NoState(done.stderr.decode(errors="replace").strip() or f"git {arguments[0]} failed")
    return done.stdout


def texts_of_revision(revision: str, results: Path) -> dict[str, str]:
    """The texts of the tables that a git revision holds; ``results`` is their folder in the working tree. Raises NoState."""
    if revision.startswith("-"):
        raise NoState(f"{revision} is no revision")
    inside = results.resolve()
    where = next((p for p in (inside, *inside.parents) if p.is_dir()), Path.cwd())
    try:
        top = Path(_git("rev-parse", "--show-toplevel", cwd=where).decode().strip())
        folder = inside.relative_to(top.resolve()).as_posix()
        wanted = [f"{folder}/{name}" for name in (BROUGHT, *SAID, *COUNTED)]
        there = _git("ls-tree", "--name-only", "--end-of-options", revision, "--", *wanted, cwd=top).decode().splitlines()
        names = (*TABLES, *(name.removeprefix(f"{folder}/") for name in there))
        return {n: _git("show", f"{revision}:{folder}/{n}", cwd=top).decode("utf-8") for n in names}
    except (OSError, ValueError) as error:
        raise NoState(f"{results} is in no git repository ({error})") from error


def from_revision(revision: str, results: Path) -> State:
    """The results that a git revision holds; see ``texts_of_revision``. Raises NoState."""
    try:
        return from_texts(revision, texts_of_revision(revision, results))
    except BrokenTable as error:
        raise NoState(f"{revision} holds results that cannot be read ({error})") from error


def last_change(path: Path) -> str:
    """The commit that changed a file last, by its short id; empty where none did, or where there is no repository."""
    try:
        return _git("log", "-1", "--format=%h", "--", path.name, cwd=path.parent).decode().strip()
    except (NoState, OSError):
        return ""


def state_of(name: str, results: Path) -> State:
    """A state by the name of a folder or of a git revision. Raises NoState when it is neither."""
    if Path(name).is_dir():
        return from_folder(Path(name))
    try:
        return from_revision(name, results)
    except NoState as error:
        raise NoState(f"{name} is neither a results folder nor a git revision with {results} ({error})") from error
