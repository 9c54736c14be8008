"""The page of the documents' statements through time: each judged twice, and the trials that made the difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis import wording
from evidence_synthesis.report.links import anchor
from evidence_synthesis.report.shelf import ReportTables
from evidence_synthesis.report.views.pages import Figures, Named, PageView
from evidence_synthesis.synthesis.rows.through_time import (
    AHEAD,
    HELD_AND_HOLDS,
    NEVER_TESTED,
    NO_DATE,
    NO_LONGER,
    InformationMissing,
    JudgedTwice,
    VerdictMoved,
)


@dataclass(frozen=True, slots=True)
class MovedView:
    """A change of the verdict on a part, in words: when, from what to what, and the trials of that year which did it alone."""

    year: int
    change: str
    alone: str
    others: int


@dataclass(frozen=True, slots=True)
class PartTwiceView:
    """A part of a statement, judged twice; ``why`` names the trials that explain the difference, in words."""

    says: str
    secondary: bool
    then: str
    now: str
    judgement: str
    why: str
    moved: Sequence[MovedView]


@dataclass(frozen=True, slots=True)
class TwiceView:
    """A statement, judged twice, with its parts."""

    anchor: str
    place: str
    statement: str
    document: str
    then: str
    now: str
    judgement: str
    since: str
    parts: Sequence[PartTwiceView]


@dataclass(frozen=True, slots=True)
class DocumentTwiceView:
    """A document with its date, and how many of its statements have which judgement."""

    title: str
    published: str
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class JudgementView:
    """A judgement and the statements that have it, each with its place on the page."""

    words: str
    statements: Sequence[Named]


@dataclass(frozen=True, slots=True)
class ApartView:
    """A part on which the trials of two documents' times differ, in words."""

    family: str
    earlier: str
    later: str
    says: str
    said_by: str
    change: str
    why: str


@dataclass(frozen=True, slots=True)
class PairView:
    """Two documents on a family of treatments: whose reading trials bear out, and why, in words."""

    family: str
    earlier: str
    later: str
    opposed: bool
    answer: str
    words: str


@dataclass(frozen=True, slots=True)
class InformationView:
    """What is still missing to decide a part, in words and per cent."""

    place: str
    says: str
    verdict: str
    people: str
    required: str
    information: str
    sequential: str
    needed: str
    flips: Sequence[str]


_SEQUENTIAL = {
    "crossed": "boundary crossed",
    "futile": "inside the futility wedge",
    "reached": "information reached, no boundary crossed",
    "open": "more is needed",
    "": "not to be told",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughTimePage(PageView):
    """The documents' statements through time.

    ``lead`` is the answer in a sentence or two, ``answers`` has the statements by judgement, those that held or hold first.
    """

    TEMPLATE: ClassVar[str] = "site/through_time.html.j2"

    lead: str
    answers: Sequence[JudgementView]
    statements: Sequence[TwiceView]
    dated: Sequence[DocumentTwiceView]
    pairs: Sequence[PairView]
    apart: Sequence[ApartView]
    information: Sequence[InformationView]
    judgements: Sequence[str]
    figures: Figures


def _verdict(name: str, certainty: str = "", trials: int | None = None) -> str:
    """A verdict in words, with what it stands on."""
    if not name:
        return ""
    return wording.verdict_on(wording.statement_verdict(name), certainty, trials)


def _why(labels: Sequence[str], fewest: bool | None) -> str:
    """The trials that explain a difference, in words; empty where there is none."""
    if fewest is None:
        return ""
    if not labels:
        return "by the trials together, no set of single ones"
    enough = "is enough" if len(labels) == 1 else "are enough together"
    end = "no smaller set is" if fewest and len(labels) > 1 else "" if fewest else "none of them can be left out"
    return f"{', '.join(labels)} {enough}" + (f"; {end}" if end else "")


def _changes(rows: Sequence[VerdictMoved]) -> list[MovedView]:
    """The changes of one part, oldest first."""
    by_year: dict[int, list[VerdictMoved]] = {}
    for row in rows:
        by_year.setdefault(row.year, []).append(row)
    found = []
    for year, some in by_year.items():
        change = f"{wording.statement_verdict(some[0].before)}, then {wording.statement_verdict(some[0].after)}"
        alone = [f"{r.study} ({wording.statement_verdict(r.alone)})" for r in some if r.moves]
        found.append(MovedView(year, change, ", ".join(alone), len(some) - len(alone)))
    return found


def _statement(row: JudgedTwice, parts: Sequence[JudgedTwice], moved: Sequence[VerdictMoved]) -> TwiceView:
    return TwiceView(
        anchor=anchor(row.claim),
        place=f"claims.html#{anchor(row.claim)}",
        statement=row.says,
        document=f"{row.document}, {row.published or 'no date'}",
        then=_verdict(row.then, row.certainty_then, row.trials_then),
        now=_verdict(row.now, row.certainty_now, row.trials_now),
        judgement=row.judgement,
        since=str(row.since or ""),
        parts=[
            PartTwiceView(
                p.says,
                p.reading == "secondary",
                _verdict(p.then, p.certainty_then, p.trials_then),
                _verdict(p.now, p.certainty_now, p.trials_now),
                p.judgement,
                _why(p.explained_by, p.fewest),
                _changes([m for m in moved if m.part == p.part]),
            )
            for p in parts
        ],
    )


def _information(row: InformationMissing, says: Mapping[tuple[str, int], str]) -> InformationView:
    def whole(value: float | None) -> str:
        return "" if value is None else f"{value:,.0f}"

    chances = (row.flips_100, row.flips_300, row.flips_1000)
    return InformationView(
        place=f"claims.html#{anchor(row.claim)}",
        says=says[row.claim, row.part],
        verdict=_verdict(row.verdict, "", row.trials),
        people=whole(row.people),
        required=whole(row.required) or "more than can be",
        information="" if row.information is None else f"{100 * row.information:.0f}",
        sequential=_SEQUENTIAL[row.sequential],
        needed=whole(row.people_needed),
        flips=["" if chance is None else f"{100 * chance:.0f}" for chance in chances],
    )


def _documents(rows: Sequence[JudgedTwice]) -> list[DocumentTwiceView]:
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        found.setdefault((row.document, row.published), Counter())[row.judgement] += 1
    return [
        DocumentTwiceView(title, published, sorted(counts.items(), key=lambda c: (-c[1], c[0])))
        for (title, published), counts in found.items()
        if published
    ]


def _answers(wholes: Sequence[JudgedTwice]) -> list[JudgementView]:
    """The statements of dated documents by judgement: those that held or hold first, those that nothing tests last."""
    found: dict[str, list[Named]] = {}
    for row in wholes:
        if row.judgement != NO_DATE:
            found.setdefault(row.judgement, []).append((row.says, anchor(row.claim)))
    first = (HELD_AND_HOLDS, NO_LONGER, AHEAD)

    def place(words: str) -> tuple[int, int]:
        return first.index(words) if words in first else len(first) + (words == NEVER_TESTED), -len(found[words])

    return [JudgementView(words, found[words]) for words in sorted(found, key=place)]


def _lead(answers: Sequence[JudgementView], undated: int) -> str:
    """How many statements have which judgement, the three that the page asks for by name also where there is none."""
    if not answers:
        return "No document has a date, so that nothing can be said of its time."
    counts = dict.fromkeys((HELD_AND_HOLDS, NO_LONGER, AHEAD), 0) | {a.words: len(a.statements) for a in answers}
    told = "; ".join(f"{words}: {n or 'none'}" for words, n in counts.items())
    total = wording.count(sum(len(a.statements) for a in answers), "statement stands", "statements stand")
    lead = f"{total} in documents with a date. {told[:1].upper()}{told[1:]}."
    return lead + (f" {wording.count(undated, 'more stands', 'more stand')} in documents without one." if undated else "")


def _dated(title: str, year: int | None) -> str:
    return f"{title} ({year or 'no date'})"


def through_time_page(tables: ReportTables, figures: Figures, site: str) -> ThroughTimePage:
    """The page of all statements through time."""
    parts: dict[str, list[JudgedTwice]] = {}
    for row in tables.twice:
        if row.part is not None:
            parts.setdefault(row.claim, []).append(row)
    moved: dict[str, list[VerdictMoved]] = {}
    for change in tables.moved:
        moved.setdefault(change.claim, []).append(change)
    wholes = [row for row in tables.twice if row.part is None]
    says = {(part.claim, part.part): part.says for part in tables.detail}
    answers = _answers(wholes)
    return ThroughTimePage(
        site=site,
        lead=_lead(answers, sum(row.judgement == NO_DATE for row in wholes)),
        answers=answers,
        statements=[_statement(row, parts.get(row.claim, ()), moved.get(row.claim, ())) for row in wholes],
        dated=_documents(wholes),
        pairs=[
            PairView(
                r.family, _dated(r.earlier, r.earlier_year), _dated(r.later, r.later_year), r.opposed > 0, r.answer, r.in_words
            )
            for r in tables.pairs
        ],
        apart=[
            ApartView(
                row.family,
                row.earlier,
                row.later,
                row.says,
                row.said_by,
                f"{wording.statement_verdict(row.at_the_earlier)}, then {wording.statement_verdict(row.at_the_later)}",
                f"{_why(row.explained_by, row.fewest)} (of {wording.count(row.between, 'trial')} in between)",
            )
            for row in tables.apart
        ],
        information=[_information(row, says) for row in tables.information],
        judgements=sorted({row.judgement for row in wholes} - {NO_DATE}),
        figures=figures,
    )
