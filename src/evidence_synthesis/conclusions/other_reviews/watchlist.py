"""The searches to repeat: those of the search log by the day of their last run, and the reviews whose trials are not here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.synthesis.rows.other_reviews import Coverage

LOGGED, LISTED = "search log", "reference list"


@dataclass(frozen=True, slots=True)
class SearchToRepeat(TableRow):
    """A search: its words, where, when it was run last (empty: never), how often, and how many results it has given so far.

    For the reference list of a review ``missing`` counts the trials that it has beyond ours on its widest question.
    """

    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"kind": (LOGGED, LISTED)}

    kind: str
    query: str
    place: str
    last: str
    times: int
    taken: int
    missing: int


def watchlist(searches: Iterable[Cells], coverage: Iterable[Coverage]) -> Iterator[SearchToRepeat]:
    """Searches never run first (reviews with most missing trials foremost), then the oldest, those that gave most foremost."""
    runs: dict[tuple[str, str], list[Cells]] = {}
    for row in searches:
        runs.setdefault((row["query"], row["place"]), []).append(row)
    found = [
        SearchToRepeat(
            LOGGED,
            query,
            place,
            max(row["date"] for row in rows),
            len(rows),
            int(max(float(row["taken"] or 0) for row in rows)),
            0,
        )
        for (query, place), rows in runs.items()
    ]
    missing: dict[str, int] = {}
    for question in coverage:
        if question.missing:
            missing[question.review] = max(missing.get(question.review, 0), question.missing)
    found += [SearchToRepeat(LISTED, f"trials of {review}", "the review itself", "", 0, 0, n) for review, n in missing.items()]
    yield from sorted(found, key=lambda s: (s.last, -s.missing, -s.taken, s.query, s.place))
