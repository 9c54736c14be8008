"""Which listed trial is which: one trial is cited by reviews under several spellings, with or without its identifiers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis.conclusions.other_reviews.reviews import TRIAL_REPORT, joined
from evidence_synthesis.review.doubts import words_of
from evidence_synthesis.storage.files import Cells

_TRIAL = "trial "


def trial_key(trial_id: str) -> str:
    """What tells a trial of the data from all others."""
    return f"{_TRIAL}{trial_id.lower()}"


def _numbers(row: Cells) -> set[str]:
    """The identifiers that a row prints, each with its kind."""
    return {f"{column} {row[column].lower()}" for column in ("doi", "pmid") if row[column]}


def _name(text: str) -> str:
    """A name as it is compared, without signs, capitals and accents; empty where no year tells the trial from others."""
    words = words_of(text)
    return " ".join(words) if any(re.fullmatch(r"(?:19|20)\d\d[a-z]?", word) for word in words) else ""


@dataclass(frozen=True)
class ListedTrial:
    """A row of a list: the cells, what tells its trial from others (``identity``), its id where the data have it."""

    cells: Cells
    identity: str
    trial_id: str


def _named_here(checked: Iterable[Cells]) -> dict[tuple[str, str], set[str]]:
    """The trials of the data by each name that they have and each treatment that they test."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in checked:
        for name in filter(None, map(_name, (row.get("study", ""), *row.get("aliases", "").split(";")))):
            found[name, row["treatment"]].add(trial_key(row["trial_id"]))
    return found


def _by_numbers(listed: Sequence[Cells], sources: Iterable[Cells], checked: Sequence[Cells]) -> Mapping[str, str]:
    """For each identifier the identity of its trial: that of the data where one is joined to it."""
    trial_of = {row["source_id"]: row["trial_id"] for row in checked if row["source_id"]}
    groups = [_numbers(row) | ({trial_key(row["trial_id"])} if row["trial_id"] else set()) for row in listed]
    reports = [row for row in sources if row["kind"] == TRIAL_REPORT and row["source_id"] in trial_of]
    groups += [_numbers(row) | {trial_key(trial_of[row["source_id"]])} for row in reports]
    roots = joined(groups)
    trials = {root: name for name, root in sorted(roots.items(), reverse=True) if name.startswith(_TRIAL)}
    return {name: trials.get(root, root) for name, root in roots.items()}


def listed_trials(listed: Iterable[Cells], sources: Iterable[Cells], checked: Iterable[Cells]) -> list[ListedTrial]:
    """Each listed trial with what it is.

    That is the trial of the data which the row names, or which its identifiers tell; then its DOI or PubMed number, whichever
    list prints it. A row without either is the one trial that other lists identify under its name and year, or the one of
    that name in the data on the treatment that the list is about; else its name tells it. ``Cox (2010)`` is ``Cox 2010``.
    """
    rows, held = list(listed), list(checked)
    of, here = _by_numbers(rows, sources, held), _named_here(held)
    known = [
        trial_key(row["trial_id"]) if row["trial_id"] else next((of[number] for number in sorted(_numbers(row))), "")
        for row in rows
    ]
    elsewhere: dict[str, set[str]] = defaultdict(set)
    for row, identity in zip(rows, known, strict=True):
        if identity and (name := _name(row["trial"])):
            elsewhere[name].add(identity)
    ids = {trial_key(row["trial_id"]): row["trial_id"] for row in [*held, *rows] if row["trial_id"]}
    found = []
    for row, identity in zip(rows, known, strict=True):
        name = _name(row["trial"])
        alike = elsewhere.get(name, set()) | here.get((name, row["treatment"]), set())
        itself = next(iter(alike)) if len(alike) == 1 else f"name {name or ' '.join(row['trial'].casefold().split())}"
        found.append(ListedTrial(row, identity or itself, row["trial_id"] or ids.get(identity or itself, "")))
    return found
