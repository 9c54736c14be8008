"""A statement as the sum of its parts, in words: no part decides for the others, and none is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.material import PartAnswer
from evidence_synthesis.conclusions.grade import LEVELS
from evidence_synthesis.review.claims_file import (
    AMOUNT,
    ANY,
    CONTRADICTORY,
    EFFECT,
    ONLY_SHORT,
    RARE_HARM,
    SHARE,
    Statement,
    StatementPart,
)
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.synthesis.rows.statements import MIXED

_KIND_WORDS = {CONTRADICTORY: "trials contradict each other", ONLY_SHORT: "does not last", SHARE: "share"}


def against(part: StatementPart, settings: Settings) -> str:
    """What a part compares with, in words within a sentence."""
    if part.versus is not None:
        return wording.running(part.versus.label)
    return wording.running(next(g.label for g in settings.comparators if g.comparator == part.comparator))


def _term(term: str) -> str:
    return "any time" if term == ANY else f"{term} term" if term != "immediate" else "right after"


def question_words(part: StatementPart, settings: Settings) -> str:
    """What a part asks, in words."""
    people = part.population.label
    if part.kind == RARE_HARM:
        return f"Serious adverse events of {part.treatment.label}: {part.rate.replace('_', ' ')}"
    outcome = settings.outcome(part.outcome).label.lower() if part.outcome else "any outcome"
    if part.kind == ONLY_SHORT:
        return f"{part.treatment.label} against {against(part, settings)}: {outcome}, first and last term ({people})"
    asked = f"{outcome}, {_term(part.term)} ({people})"
    if part.kind == AMOUNT:
        return f"Trials of {part.treatment.label} against {against(part, settings)}: {asked}"
    return f"{part.treatment.label} against {against(part, settings)}: {asked}"


def _subject(part: StatementPart, told: tuple[bool, bool], settings: Settings) -> str:
    """What tells a part from the others of its statement; treatment and people where these are about several (``told``)."""
    names = [wording.running(part.treatment.label)] if told[0] else []
    names += [part.population.label] if told[1] else []
    if part.kind == RARE_HARM:
        return ", ".join([*names, "serious harms"])
    if part.outcome:
        names.append(wording.running(settings.outcome(part.outcome).label))
    if part.kind == AMOUNT:
        names.append("low-risk trials" if part.quality == "low_risk" else "number of trials")
    if part.kind in _KIND_WORDS:
        names.append(_KIND_WORDS[part.kind])
    if part.kind == EFFECT and part.region not in ("any_relief", "better"):
        names.append(part.region.replace("_", " "))
    if part.kind != ONLY_SHORT and part.term != ANY:
        names.append(_term(part.term))
    return ", ".join([*names, f"against {against(part, settings)}"])


def part_words(part: StatementPart, answer: PartAnswer, told: tuple[bool, bool], settings: Settings) -> str:
    """A part and its verdict in words: what, against what, the verdict, and on how much."""
    facts = [f"{answer.certainty} certainty"] if answer.certainty else []
    facts += [wording.count(answer.trials, "trial")] if answer.trials else []
    if part.kind in (AMOUNT, RARE_HARM, CONTRADICTORY):
        facts = [answer.reason]
    words = wording.statement_verdict(answer.verdict)
    inside = f" ({', '.join(facts)})" if facts else ""
    return f"{_subject(part, told, settings)}: {words}{inside}"


def summed(statement: Statement, answers: Sequence[PartAnswer], settings: Settings) -> str:
    """All parts of a statement in words, primary readings first."""
    told = tuple(
        len(found) > 1 for found in ({p.treatment.members for p in statement.parts}, {p.population for p in statement.parts})
    )
    pairs = list(zip(statement.parts, answers, strict=True))
    said = {
        primary: "; ".join(part_words(p, a, (told[0], told[1]), settings) for p, a in pairs if p.primary == primary)
        for primary in (True, False)
    }
    first = said[True][:1].upper() + said[True][1:]
    return f"{first}. Other readings: {said[False]}" if said[False] and first else first or said[False]


def taken_first(statement: Statement, answers: Sequence[PartAnswer]) -> list[PartAnswer]:
    """The answers to the primary readings; to all where none is primary."""
    first = [a for p, a in zip(statement.parts, answers, strict=True) if p.primary]
    return first or list(answers)


def badge(verdicts: Iterable[str]) -> str:
    """The verdict of the primary readings where they have the same one, else mixed."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else MIXED


def badge_words(verdicts: Sequence[str]) -> str:
    """A badge in words; what is mixed is told part by part."""
    counted = Counter(verdicts)
    if len(counted) == 1:
        return wording.statement_verdict(verdicts[0])
    parts = [f"{counted[v]} {words}" for v, words in wording.STATEMENT_WORDS.items() if v in counted]
    return f"{wording.statement_verdict(MIXED)}: {', '.join(parts)}"


def certainties(answers: Iterable[PartAnswer]) -> str:
    """The certainties behind some answers, lowest first."""
    found = {a.certainty for a in answers if a.certainty}
    return " to ".join(dict.fromkeys(ends)) if (ends := _ends([c for c in LEVELS if c in found])) else ""


def _ends(levels: Sequence[str]) -> list[str]:
    return [levels[0], levels[-1]] if levels else []


def firmer(statement: Statement, answers: Sequence[PartAnswer]) -> str:
    """Whether a document says something flatly that trials show, if at all, at very low certainty only."""
    shaky = [
        a
        for p, a in zip(statement.parts, answers, strict=True)
        if p.primary and p.kind in (EFFECT, ONLY_SHORT, SHARE) and a.certainty == LEVELS[0] and a.pooled
    ]
    return "firmer than the trials" if statement.stated_certainty == "certain" and shaky else ""
