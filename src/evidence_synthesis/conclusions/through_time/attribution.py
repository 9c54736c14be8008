"""Which trials moved the verdict on a part: what each of a year did alone, and how few explain a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from evidence_synthesis.conclusions.claims.judge import judge_part
from evidence_synthesis.conclusions.claims.material import PartAnswer
from evidence_synthesis.conclusions.through_time.years import PartThroughTime

MOST_TRIED = 150  # sets of trials that are tried before the search for the smallest one is given up
_LARGEST = 3  # trials in such a set


@dataclass(frozen=True)
class TrialAlone:
    """A trial of a year in which a verdict changed: the answers of before, of after, and with this trial alone added."""

    year: int
    trial_id: str
    study: str
    before: PartAnswer
    alone: PartAnswer
    after: PartAnswer


@dataclass(frozen=True, slots=True)
class Explained:
    """Later trials that alone bring one verdict to another; ``fewest``: no smaller set does, else none of them can be left out.

    ``between`` counts all trials that were published in between and could matter.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    fewest: bool
    between: int


def moved(found: PartThroughTime) -> Iterator[TrialAlone]:
    """The trials of each year in which the verdict on a part changed, oldest first, each added alone to what was there before."""
    for year, before, after in zip(found.years, found.answers, found.answers[1:], strict=False):
        if before.verdict == after.verdict:
            continue
        for name, label in found.evidence.later(year - 1, year).items():
            alone = judge_part(found.part, found.evidence.with_later(year - 1, year, {name}))
            yield TrialAlone(year, name, label, before, alone, after)


def _small_sets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Sets of names from the smallest on, as many as are tried; a size is tried whole or not at all."""
    left = MOST_TRIED
    for size in range(1, min(_LARGEST, len(names)) + 1):
        sets = list(combinations(names, size))
        if len(sets) > left:
            return
        left -= len(sets)
        yield from sets


def explained(found: PartThroughTime, before: int, until: int | None) -> Explained | None:
    """The fewest later trials that bring the verdict at the end of a year to that of another time; None where both are one.

    All sets of one, two and three are tried as far as ``MOST_TRIED`` goes; else trials are left out one by one, oldest
    first, as long as the verdict stays.
    """
    wanted = found.at(until).verdict
    if found.at(before).verdict == wanted:
        return None
    labels = found.evidence.later(before, until)

    def reaches(names: Sequence[str]) -> bool:
        return judge_part(found.part, found.evidence.with_later(before, until, set(names))).verdict == wanted

    for names in _small_sets(list(labels)):
        if reaches(names):
            return Explained(names, tuple(labels[n] for n in names), True, len(labels))
    kept = list(labels)
    for name in labels:
        rest = [n for n in kept if n != name]
        if rest and reaches(rest):
            kept = rest
    return Explained(tuple(kept), tuple(labels[n] for n in kept), False, len(labels))
