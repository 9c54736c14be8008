"""Two documents on one family of treatments: where they part, what the trials of their times say of each, and what moved it.

Two parts are opposed where they ask the same and a reader takes home the opposite: one says that a treatment helps, the other
that it does not, that it is not shown to, or that it does no better than sham; or one that it is worthwhile, the other that it
is not. What each document says is judged on the trials of its own time by the rules of its parts, and on those of the other's.
Opposed parts can both hold by these rules: an effect that is likely need not be shown, nor be a worthwhile one. No document is
called the winner: each is borne out or not by trials that it could know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.judge import asked_by
from evidence_synthesis.conclusions.through_time.attribution import Explained
from evidence_synthesis.conclusions.through_time.judgement import FAILS, HOLDS, STANDS, UNDECIDED, UNTESTED, document_year
from evidence_synthesis.conclusions.through_time.years import PartThroughTime, ThroughTime
from evidence_synthesis.review.claims_file import (
    ANY_RELIEF,
    AT_MOST_WORTHWHILE,
    BETTER,
    EFFECT,
    HARMFUL,
    NO_RELIEF,
    SIMILAR,
    UNPROVEN,
    WORTHWHILE,
    StatementPart,
)
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.rows.through_time import (
    AGAINST_IT,
    BORNE_OUT,
    IN_PART,
    LEFT_OPEN,
    NOT_TESTED,
    DocumentPair,
    DocumentsApart,
)

Explain = Callable[[PartThroughTime, int, int | None], Explained | None]
_HELPS = (ANY_RELIEF, WORTHWHILE, BETTER)
_DOES_NOT = (NO_RELIEF, SIMILAR, HARMFUL, UNPROVEN)
_SAID = {  # of a document, by how trials stand to what it says
    BORNE_OUT: "bear out {}",
    IN_PART: "bear out {} in part",
    AGAINST_IT: "speak against {}",
    LEFT_OPEN: "leave {} open",
    NOT_TESTED: "do not test {}",
}
_COUNTED = (
    (HOLDS, "holds", "hold"),
    (UNDECIDED, "is open", "are open"),
    (FAILS, "does not hold", "do not hold"),
    (UNTESTED, "is not tested", "are not tested"),
)
_MOST_NAMED = 5  # parts, and changes, that are told one by one


@dataclass(frozen=True, slots=True)
class SaidPart:
    """A part of a statement with its place and its answers through time."""

    claim: str
    number: int
    said: StatementPart
    found: PartThroughTime


@dataclass(frozen=True, slots=True)
class Side:
    """One of two documents with what it says of a family; ``year`` is None where it has no date."""

    title: str
    year: int | None
    parts: tuple[SaidPart, ...]

    @property
    def when(self) -> str:
        """Whose trials count: those of the document's time, or all where it has no date."""
        return "today" if self.year is None else f"the end of {self.year}"

    @property
    def named(self) -> str:
        """The document within a sentence."""
        return f"“{self.title}”" if self.year is None else f"the document of {self.year}"


def _nested(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is None or other is None or one <= other or other <= one


def _same_question(one: StatementPart, other: StatementPart) -> bool:
    """Whether two parts ask the same of the same treatments, in the same people or in some of them."""
    versus = tuple(p.versus and p.versus.members for p in (one, other))
    return (
        (one.comparator, one.outcome, one.term) == (other.comparator, other.outcome, other.term)
        and versus[0] == versus[1]
        and one.treatment.members == other.treatment.members
        and _nested(one.population.regions, other.population.regions)
        and _nested(one.population.chronicities, other.population.chronicities)
    )


def _claimed(part: StatementPart) -> str:
    return UNPROVEN if part.kind == UNPROVEN else part.region if part.kind == EFFECT else ""


def opposed(one: StatementPart, other: StatementPart) -> bool:
    """Whether two parts ask the same and say the opposite of it; see the module."""
    if not _same_question(one, other):
        return False
    said = _claimed(one), _claimed(other)
    return any((a in _HELPS and b in _DOES_NOT) or (a, b) == (WORTHWHILE, AT_MOST_WORTHWHILE) for a, b in (said, said[::-1]))


def stand_together(verdicts: Iterable[str]) -> str:
    """How trials stand to what a document says, from the verdicts on its parts.

    >>> stand_together(["leaning", "supported"]), stand_together(["leaning", "open"]), stand_together(["open", "contradicted"])
    ('borne out', 'borne out in part', 'spoken against')
    """
    counts = Counter(STANDS[verdict] for verdict in verdicts)
    if counts[HOLDS]:
        return BORNE_OUT if counts[HOLDS] == counts.total() else IN_PART
    return AGAINST_IT if counts[FAILS] else LEFT_OPEN if counts[UNDECIDED] else NOT_TESTED


def said_of(found: ThroughTime, taxonomy: Taxonomy) -> dict[str, list[Side]]:
    """By family of treatments the documents that speak of it, dated ones first by their date, with their parts about it alone."""
    claims = found.claims
    parts: dict[str, dict[str, list[SaidPart]]] = {}
    for statement in claims.statements:
        for number, part in enumerate(statement.parts, 1):
            families = {taxonomy[m].family for m in part.treatment.members}
            if part.treatment.level != "class" and len(families) == 1:
                own = SaidPart(statement.statement_id, number, part, found.parts[statement.statement_id][number - 1])
                parts.setdefault(families.pop(), {}).setdefault(statement.document, []).append(own)

    def date(document: str) -> tuple[bool, str, str]:
        day = str(claims.documents[document].get("updated") or "")
        return (not day, day, document if day else "")

    return {
        family: [
            Side(claims.documents[d]["title"], document_year(claims.documents[d]), tuple(said[d])) for d in sorted(said, key=date)
        ]
        for family, said in sorted(parts.items())
    }


def apart_rows(found: ThroughTime, taxonomy: Taxonomy, explain: Explain) -> Iterator[DocumentsApart]:
    """A line for every part on which the trials of two documents' times have different verdicts, by family of treatments."""
    for family, sides in said_of(found, taxonomy).items():
        for one, other in combinations(sides, 2):
            if one.year is None or other.year is None or one.year == other.year:
                continue
            for side in (one, other):
                for part in side.parts:
                    why = explain(part.found, one.year, other.year)
                    if why is not None:
                        yield DocumentsApart(
                            taxonomy.label(f"family-{family}"), one.title, other.title, part.claim, part.number, part.said.says,
                            side.title, part.found.at(one.year).verdict, part.found.at(other.year).verdict,
                            why.between, why.labels, why.fewest,
                        )  # fmt: skip


def _first_of_a_kind(parts: Iterable[SaidPart]) -> list[SaidPart]:
    """Parts that ask different things; statements of one document repeat each other."""
    return list({asked_by(part.said): part for part in reversed(list(parts))}.values())[::-1]


def _opposites(one: Side, other: Side) -> list[tuple[SaidPart, SaidPart]]:
    """The parts of two documents that are opposed, each once: those of primary readings, else those of other readings."""
    sides = [_first_of_a_kind(side.parts) for side in (one, other)]
    pairs = [(a, b) for a in sides[0] for b in sides[1] if opposed(a.said, b.said)]
    return [(a, b) for a, b in pairs if a.said.primary and b.said.primary] or pairs


def _verdict(part: SaidPart, side: Side) -> str:
    answer = part.found.at(side.year)
    return wording.verdict_on(wording.statement_verdict(answer.verdict), answer.certainty, answer.trials)


def _told(part: SaidPart, sides: Sequence[Side]) -> str:
    """What a part says, with its verdict at some times; one that stays is told once."""
    verdicts: dict[str, list[str]] = {}
    for side in sides:
        verdicts.setdefault(_verdict(part, side), []).append(f"by {side.when}")
    told = (f"{verdict} {' and '.join(dict.fromkeys(times))}" for verdict, times in verdicts.items())
    return f"“{part.said.says}”: {', '.join(told)}"


def _opposite_words(pair: tuple[SaidPart, SaidPart], sides: tuple[Side, Side]) -> str:
    """Two opposed parts, each on the trials of both times, and how both can hold where they do."""
    words = "; ".join(f"{side.named} says {_told(part, sides)}" for side, part in zip(sides, pair, strict=True))
    both = [s for s in sides if all(STANDS[part.found.at(s.year).verdict] == HOLDS for part in pair)]
    end = ""
    if both:
        unproven = UNPROVEN in (part.said.kind for part in pair)
        why = "an effect is likely, but it is not shown" if unproven else "an effect is likely, and so is that it is a small one"
        end = f" Both hold by {' and by '.join(dict.fromkeys(s.when for s in both))}: {why}."
    return f"{words[:1].upper()}{words[1:]}.{end}"


def _parts_words(parts: Sequence[SaidPart], side: Side) -> str:
    """How the parts of a document fare on the trials of its time: each where they are few, else how many do how."""
    if not parts:
        return f"{side.named} speaks of it in other readings only"
    if len(parts) <= _MOST_NAMED:
        return f"{side.named} says " + "; ".join(_told(part, [side]) for part in parts)
    counts = Counter(STANDS[part.found.at(side.year).verdict] for part in parts)
    told = [f"{counts[s]} {one if counts[s] == 1 else more}" for s, one, more in _COUNTED if counts[s]]
    return f"of {len(parts)} parts of what {side.named} says, {', '.join(told)} by {side.when}"


@dataclass(frozen=True, slots=True)
class _Between:
    """What the trials between two times did to some parts: all that could matter, and what explains each change."""

    trials: int
    changes: tuple[tuple[SaidPart, Explained], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(label for _, why in self.changes for label in why.labels))


def _between(parts: Sequence[SaidPart], sides: tuple[Side, Side], explain: Explain) -> _Between | None:
    """None where the earlier time is not known, or both are one."""
    first, last = (side.year for side in sides)
    if first is None or first == last:
        return None
    trials = {name for part in parts for name in part.found.evidence.later(first, last)}
    found = ((part, explain(part.found, first, last)) for part in parts)
    return _Between(len(trials), tuple((part, why) for part, why in found if why is not None))


def _changes_words(between: _Between, sides: tuple[Side, Side]) -> str:
    """Which trials between two times changed which verdicts, in a sentence or two."""
    published = f"{wording.count(between.trials, 'trial')} that could matter {'was' if between.trials == 1 else 'were'}"
    if not between.trials:
        return "No trial that could matter was published in between."
    opening = f"In between {published} published"
    if not between.changes:
        return f"{opening}; {'it' if between.trials == 1 else 'none'} changed {'no' if between.trials == 1 else 'a'} verdict."
    told: dict[str, list[str]] = {}
    for part, why in between.changes:
        names = " with ".join(why.labels) or "all of them together"
        words = [wording.statement_verdict(part.found.at(side.year).verdict) for side in sides]
        told.setdefault(names, []).append(f"“{part.said.says}” from {words[0]} to {words[1]}")
    shown = [f"{names} moved {'; '.join(moved)}" for names, moved in told.items()]
    return ". ".join([opening, *shown]) + "."


def _pair(family: str, sides: tuple[Side, Side], explain: Explain) -> DocumentPair | None:
    """What is to be said of two documents on a family; None where one has no date and nothing is opposed."""
    opposites = _opposites(*sides)
    if not opposites and None in (side.year for side in sides):
        return None
    own = [_first_of_a_kind(part for part in side.parts if part.said.primary) for side in sides]
    judged = [_first_of_a_kind(pair[i] for pair in opposites) for i in (0, 1)] if opposites else own
    between = _between(_first_of_a_kind(part for parts in judged for part in parts), sides, explain)
    stands = [
        [stand_together(part.found.at(at.year).verdict for part in parts) for at in sides] if parts else [NOT_TESTED] * 2
        for parts in judged
    ]
    words = [_opposite_words(pair, sides) for pair in opposites]
    if not opposites:
        told = "; ".join(_parts_words(parts, side) for side, parts in zip(sides, own, strict=True))
        words = [f"Neither says here what the other excludes. {told[:1].upper()}{told[1:]}."]
    words += [_changes_words(between, sides)] if between else []
    return DocumentPair(
        family, sides[0].title, sides[1].title, sides[0].year, sides[1].year, len(opposites),
        stands[0][0], stands[0][1], stands[1][0], stands[1][1],
        None if between is None else between.trials, None if between is None else len(between.changes),
        () if between is None else between.labels, _answer(sides, (stands[0][0], stands[1][1])), " ".join(words),
    )  # fmt: skip


def _answer(sides: tuple[Side, Side], stands: tuple[str, str]) -> str:
    """Whose reading the trials of its time bear out."""
    told = [f"by {side.when} trials {_SAID[how].format(side.named)}" for side, how in zip(sides, stands, strict=True)]
    words = f"{', '.join(told)}."
    undated = [side.named for side in sides if side.year is None]
    if undated:
        has = "has" if len(undated) == 1 else "have"
        words += f" {' and '.join(undated)} {has} no date, so that no trials are those of its time."
    return words[:1].upper() + words[1:]


def pair_rows(found: ThroughTime, taxonomy: Taxonomy, explain: Explain) -> Iterator[DocumentPair]:
    """A line for each two documents on one family of treatments; of documents without a date only where they are opposed."""
    for family, sides in said_of(found, taxonomy).items():
        for one, other in combinations(sides, 2):
            row = _pair(taxonomy.label(f"family-{family}"), (one, other), explain)
            if row is not None:
                yield row
