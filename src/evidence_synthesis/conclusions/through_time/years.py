"""Every part of every statement at the end of each year: judged by the functions that judge it today, on what was there.

An answer changes only where something was published that it can depend on, so a part is judged anew in those years alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from evidence_synthesis.conclusions.claims.judge import Judged_statements, asked_by, judge_part
from evidence_synthesis.conclusions.claims.material import PartAnswer
from evidence_synthesis.conclusions.through_time.dated import Dated, about
from evidence_synthesis.review.claims_file import Claims, Statement, StatementPart


@dataclass(frozen=True)
class PartThroughTime:
    """The answers to a part: ``answers[0]`` before its first publication, then at the end of each of ``years``, and today's.

    Today's counts publications of unknown year as well. ``evidence`` is what the answers depend on.
    """

    part: StatementPart
    evidence: Dated
    years: Sequence[int]
    answers: Sequence[PartAnswer]
    today: PartAnswer

    def at(self, year: int | None) -> PartAnswer:
        """The answer at the end of a year; today's for None."""
        return self.today if year is None else self.answers[bisect_right(self.years, year)]


def part_through_time(part: StatementPart, whole: Dated) -> PartThroughTime:
    """A part judged at the end of each year in which something was published that its answer can depend on."""
    own = about(part, whole)
    years = own.moments
    before = (years[0] if years else 0) - 1

    def judged() -> list[PartAnswer]:
        return [*(judge_part(part, own.by(year)) for year in (before, *years)), judge_part(part, own.material)]

    memo = own.material.memo
    if memo is None:
        *answers, today = judged()
    else:
        data = (own.material.converted, own.material.unusable, own.material.outside)
        asked = ("through time", asked_by(part), own.years, own.retracted)
        *answers, today = memo.answer(asked, data, lambda: list(map(astuple, judged())), _read, own.material.judged_by)
    return PartThroughTime(part, own, years, answers, today)


def _read(cells: Iterable[Sequence[Any]]) -> list[PartAnswer]:
    return list(map(PartAnswer.of_cells, cells))


@dataclass(frozen=True)
class ThroughTime:
    """All statements through time: ``years`` from that of the first publication on, and each statement's parts."""

    years: Sequence[int]
    parts: Mapping[str, Sequence[PartThroughTime]]
    claims: Claims

    def at(self, year: int | None) -> Judged_statements:
        """The statements with the answers at the end of a year; with today's for None."""
        return [(s, [p.at(year) for p in self.parts[s.statement_id]]) for s in self.claims.statements]

    def of(self, statement: Statement, year: int | None) -> list[PartAnswer]:
        """The answers to the parts of one statement at the end of a year."""
        return [p.at(year) for p in self.parts[statement.statement_id]]


def through_time(claims: Claims, whole: Dated) -> ThroughTime:
    """Every statement at the end of each year; parts that ask the same are judged once."""
    known: dict[object, PartThroughTime] = {}
    for statement in claims.statements:
        for part in statement.parts:
            asked = asked_by(part)
            if asked not in known:
                known[asked] = part_through_time(part, whole)
    moments = whole.moments
    years = list(range(moments[0], moments[-1] + 1)) if moments else []
    parts = {s.statement_id: [known[asked_by(p)] for p in s.parts] for s in claims.statements}
    return ThroughTime(years, parts, claims)
