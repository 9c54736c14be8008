"""Statements through time as tables: every year, each document judged twice, what moved verdicts, and documents apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence_synthesis.conclusions.claims.judge import asked_by
from evidence_synthesis.conclusions.claims.material import PartAnswer
from evidence_synthesis.conclusions.claims.summary import badge, certainties, taken_first
from evidence_synthesis.conclusions.through_time.attribution import Explained, TrialAlone, explained, moved
from evidence_synthesis.conclusions.through_time.documents import Explain, apart_rows, pair_rows
from evidence_synthesis.conclusions.through_time.judgement import document_year, judged_twice, since
from evidence_synthesis.conclusions.through_time.years import PartThroughTime, ThroughTime
from evidence_synthesis.review.claims_file import Statement
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.rows.through_time import DocumentPair, DocumentsApart, JudgedTwice, VerdictAtYear, VerdictMoved


@dataclass(frozen=True, slots=True)
class TimeTables:
    """The tables of statements through time."""

    years: list[VerdictAtYear]
    twice: list[JudgedTwice]
    moved: list[VerdictMoved]
    apart: list[DocumentsApart]
    pairs: list[DocumentPair]


def _part_row(claim: str, number: int, year: int | None, found: PartAnswer) -> VerdictAtYear:
    estimate, low, high = found.shown() if found.pooled else (None, None, None)
    effect = (found.measure, estimate, low, high)
    return VerdictAtYear(claim, number, year, found.verdict, *effect, found.certainty, found.trials, found.participants)


def _whole_row(statement: Statement, year: int | None, answers: list[PartAnswer]) -> VerdictAtYear:
    first = taken_first(statement, answers)
    verdict, most = badge(a.verdict for a in first), max(a.trials for a in first)
    nothing = ("", None, None, None)
    return VerdictAtYear(statement.statement_id, None, year, verdict, *nothing, certainties(first), most, None)


def year_rows(found: ThroughTime) -> Iterator[VerdictAtYear]:
    """A line for every statement and each of its parts, for the end of every year and for today."""
    for statement in found.claims.statements:
        moments = (*found.years, None)
        answers = [(year, found.of(statement, year)) for year in moments]
        yield from (_whole_row(statement, year, some) for year, some in answers)
        for number in range(len(statement.parts)):
            yield from (_part_row(statement.statement_id, number + 1, year, some[number]) for year, some in answers)


def _explaining() -> Explain:
    """``explained`` that remembers parts which ask the same."""
    done: dict[object, Explained | None] = {}

    def explain(found: PartThroughTime, before: int, until: int | None) -> Explained | None:
        asked = (asked_by(found.part), before, until)
        if asked not in done:
            done[asked] = explained(found, before, until)
        return done[asked]

    return explain


def twice_rows(found: ThroughTime, explain: Explain) -> Iterator[JudgedTwice]:
    """A line for every statement and each of its parts: the verdict at the time of its document, and that of today."""
    for statement in found.claims.statements:
        document = found.claims.documents[statement.document]
        own, parts = document_year(document), found.parts[statement.statement_id]
        where = (document["title"], str(document.get("updated") or ""))
        now = taken_first(statement, found.of(statement, None))
        then = None if own is None else taken_first(statement, found.of(statement, own))
        words, former = badge(a.verdict for a in now), None if then is None else badge(a.verdict for a in then)
        history = [(y, badge(a.verdict for a in taken_first(statement, found.of(statement, y)))) for y in found.years]
        yield JudgedTwice(
            statement.statement_id, None, *where, statement.statement, "", former or "", words, judged_twice(former, words),
            certainties(then or ()), certainties(now), None if then is None else max(a.trials for a in then),
            max(a.trials for a in now), since(history, words), (), None,
        )  # fmt: skip
        for number, part in enumerate(parts, 1):
            yield _twice(statement, number, where, part, own, found, explain)


def _twice(
    statement: Statement,
    number: int,
    where: tuple[str, str],
    part: PartThroughTime,
    own: int | None,
    found: ThroughTime,
    explain: Explain,
) -> JudgedTwice:
    said = statement.parts[number - 1]  # of parts that ask the same each has its own words
    now, then = part.today, None if own is None else part.at(own)
    former = None if then is None else then.verdict
    why = None if own is None else explain(part, own, None)
    history = [(year, part.at(year).verdict) for year in found.years]
    return JudgedTwice(
        statement.statement_id, number, *where, said.says, said.reading, former or "", now.verdict,
        judged_twice(former, now.verdict), "" if then is None else then.certainty, now.certainty,
        None if then is None else then.trials, now.trials, since(history, now.verdict),
        () if why is None else why.labels, None if why is None else why.fewest,
    )  # fmt: skip


def moved_rows(found: ThroughTime) -> Iterator[VerdictMoved]:
    """A line for every trial of a year in which the verdict on a part changed."""
    done: dict[object, list[TrialAlone]] = {}
    for statement in found.claims.statements:
        for number, part in enumerate(found.parts[statement.statement_id], 1):
            for one in done.setdefault(asked_by(part.part), list(moved(part)) if asked_by(part.part) not in done else []):
                before, alone = one.before, one.alone
                shown = alone.shown() if alone.pooled else (None, None, None)
                yield VerdictMoved(
                    statement.statement_id, number, one.year, one.trial_id, one.study, before.verdict, alone.verdict,
                    one.after.verdict, alone.verdict != before.verdict, alone.measure,
                    known(before.shown()[0]) if before.pooled else None, *shown,
                )  # fmt: skip


def time_tables(found: ThroughTime, taxonomy: Taxonomy) -> TimeTables:
    """All tables of statements through time."""
    explain = _explaining()
    return TimeTables(
        list(year_rows(found)),
        list(twice_rows(found, explain)),
        list(moved_rows(found)),
        list(apart_rows(found, taxonomy, explain)),
        list(pair_rows(found, taxonomy, explain)),
    )
