"""What an analysis, a network and a question ask, each as one word: the only place where such ids are written and read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import ClassVar, Self

from evidence_synthesis.errors import EvidenceError

_BETWEEN = "__"


class NoId(EvidenceError, ValueError):
    """A word that is no id of its kind."""


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """A key whose parts, in the order of its fields, make its id."""

    __match_args__: ClassVar[tuple[str, ...]] = ()  # the names of the fields, as dataclasses give them

    @property
    def name(self) -> str:
        """The key as one word."""
        return _BETWEEN.join(_parts_of(self.__match_args__)(self))

    @classmethod
    def parse(cls, name: str) -> Self:
        """The key that one word stands for. Raises NoId where it is none."""
        parts, wanted = name.split(_BETWEEN), cls.__match_args__
        if len(parts) != len(wanted) or not all(parts):
            raise NoId(f"{name!r} is no id: {_BETWEEN.join(wanted)}")
        return cls(*parts)


@cache
def _parts_of(names: tuple[str, ...]) -> attrgetter[tuple[str, ...]]:
    return attrgetter(*names)


@dataclass(frozen=True, slots=True, order=True)
class QuestionKey(_Key):
    """What the analyses of all terms ask together."""

    group: str
    comparator: str
    outcome: str
    population: str

    @property
    def within_population(self) -> str:
        """The key as one word without its population, which names a file where all are about one."""
        return self.name.rpartition(_BETWEEN)[0]

    @property
    def within_group(self) -> str:
        """The key as one word without its group, which names a file in the group's own folder."""
        return self.name.partition(_BETWEEN)[2]

    def at(self, term: str) -> AnalysisKey:
        """What is asked at one term."""
        return AnalysisKey(self.group, self.comparator, self.outcome, term, self.population)


def question_in(group: str, name: str) -> QuestionKey | None:
    """The question of which a name is ``within_group``; None where it is that of something else."""
    whole = f"{group}{_BETWEEN}{name}"
    return QuestionKey.parse(whole) if is_question(whole) else None


def is_question(name: str) -> bool:
    """Whether a word is the id of a question, which has no term."""
    return len(name.split(_BETWEEN)) == len(QuestionKey.__match_args__)


@dataclass(frozen=True, slots=True, order=True)
class AnalysisKey(_Key):
    """What one analysis asks."""

    group: str
    comparator: str
    outcome: str
    term: str
    population: str

    @property
    def analysis_id(self) -> str:
        """The key as one word."""
        return self.name

    @property
    def within_group(self) -> str:
        """The key as one word without its group, which names a file in the group's own folder."""
        return self.name.partition(_BETWEEN)[2]

    @property
    def question(self) -> QuestionKey:
        """What is asked, at any term."""
        return QuestionKey(self.group, self.comparator, self.outcome, self.population)


@dataclass(frozen=True, slots=True, order=True)
class NetworkKey(_Key):
    """What one network asks; nodes are of one ``level`` of the taxonomy."""

    outcome: str
    term: str
    level: str
    population: str


@dataclass(frozen=True, slots=True, order=True)
class StatementPartKey(_Key):
    """One part of a statement: its question in the multiverse."""

    claim: str
    number: str
