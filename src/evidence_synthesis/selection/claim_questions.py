"""One question outside the review's own grid of analyses: any set of treatments, comparators, people and times.

The trials of a question are found by the same rules as those of an analysis, so that a question which is also an
analysis has the same trials and the same numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.claims_file import (
    ANY,
    ANY_RELIEF,
    CONTRADICTORY,
    EFFECT,
    SHARE,
    UNPROVEN,
    Claims,
    StatementPart,
)
from evidence_synthesis.review.settings import ComparatorGroup, Outcome, Population, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import Candidate, contribute, gate
from evidence_synthesis.selection.contrasts import belongs, contrasts
from evidence_synthesis.selection.follow_up import Timed, weeks_from_randomisation, window_of
from evidence_synthesis.selection.keys import AnalysisKey, StatementPartKey
from evidence_synthesis.selection.multiarm import Entry

Trials = Mapping[str, Sequence[Candidate]]
POOLING = (EFFECT, UNPROVEN)  # kinds of part that hold one pooled interval against a region
ANALYSED = (*POOLING, CONTRADICTORY, SHARE)  # kinds of part that ask what an analysis asks


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``subject`` (treatment ids) against a group of comparators, for an outcome, term and population."""

    name: str
    subject: frozenset[str]
    comparator: ComparatorGroup
    outcome: Outcome
    term: str
    population: Population


def compared_with(part: StatementPart, settings: Settings) -> ComparatorGroup:
    """The comparators of a part: a group of the settings, or the treatments that it names."""
    if part.versus is not None:
        return part.versus.as_comparators
    return next(g for g in settings.comparators if g.comparator == part.comparator)


def question_of(part: StatementPart, settings: Settings, term: str = "", name: str = "") -> Question:
    """The question that a part asks, at its own term or another; the part names an outcome."""
    comparator, outcome = compared_with(part, settings), settings.outcome(part.outcome)
    return Question(name, part.treatment.members, comparator, outcome, term or part.term, part.population)


def questions_of(claims: Claims, settings: Settings) -> dict[str, tuple[Question, str]]:
    """Every pooled question that parts ask, with the region that is claimed, by name; each once, in the order of the parts.

    A question has the name of the first part that asks it (``names_of_questions``).
    """
    names = names_of_questions(claims)
    found: dict[str, tuple[Question, str]] = {}
    for statement in claims.statements:
        for number, part in enumerate(statement.parts, 1):
            name = names.get((statement.statement_id, number), "")
            if name and name not in found:
                found[name] = (question_of(part, settings, name=name), part.region or ANY_RELIEF)
    return found


def names_of_questions(claims: Claims) -> dict[tuple[str, int], str]:
    """For each part that pools trials at one term (statement and number): the name of its question."""
    names: dict[tuple[str, int], str] = {}
    first: dict[object, str] = {}
    for statement in claims.statements:
        for number, part in enumerate(statement.parts, 1):
            if part.kind in POOLING:
                versus = part.comparator if part.versus is None else part.versus.members
                asked = (part.treatment.members, versus, part.outcome, part.term, part.population, part.region or ANY_RELIEF)
                own = StatementPartKey(statement.statement_id, str(number))
                names[statement.statement_id, number] = first.setdefault(asked, own.name)
    return names


def population_of(part: StatementPart, settings: Settings) -> str | None:
    """The population of the review whose people are those of a part; None where it has none."""
    asked = part.population.regions, part.population.chronicities
    return next((p.population for p in settings.populations if (p.regions, p.chronicities) == asked), None)


def analysis_of(part: StatementPart, settings: Settings) -> str:
    """The id that the part's question has among the review's analyses; empty where those cannot ask it."""
    groups, comparator, population = part.treatment.groups, part.comparator, population_of(part, settings)
    if part.versus is not None:
        side = part.versus.as_comparators
        alike = (g for g in settings.comparators if g == replace(side, comparator=g.comparator, label=g.label))
        comparator = next((g.comparator for g in alike), "")
    if part.kind not in ANALYSED or not comparator or population is None or len(groups) > 1:
        return ""
    return AnalysisKey(groups[0], comparator, part.outcome, part.term, population).analysis_id


def _timed(item: Converted, question: Question, settings: Settings) -> Timed | None:
    """When a result counts for a question; at any term the latest result of a trial comes first."""
    if question.term != ANY:
        timed = window_of(item.result, settings.windows)
        return timed if timed and timed.term == question.term else None
    return Timed(ANY, -(weeks_from_randomisation(item.result) or 0.0))


def by_outcome(converted: Iterable[Converted]) -> dict[str, list[Converted]]:
    """Results by their outcome, in order."""
    found: dict[str, list[Converted]] = defaultdict(list)
    for item in converted:
        found[item.result.outcome].append(item)
    return dict(found)


def concerned(question: Question, converted: Iterable[Converted]) -> list[Converted]:
    """The results on a question's outcome, in its people and of its treatments, whatever their time and comparator."""
    outcome, subject, population = question.outcome.domain, question.subject, question.population
    return [
        item
        for item in converted
        if item.result.outcome == outcome
        and (item.result.treatment in subject or item.result.comparator in subject)
        and population.holds(item.result.region, item.result.chronicity)
    ]


def eligible(question: Question, converted: Iterable[Converted], settings: Settings, taxonomy: Taxonomy) -> Trials:
    """The results that a question may use, by trial, whatever measure they give."""
    trials: dict[str, list[Candidate]] = defaultdict(list)
    for order, item in enumerate(concerned(question, converted)):
        result = item.result
        if gate(result, settings, populations=False):
            continue
        timed = _timed(item, question, settings)
        if timed is None:
            continue
        for contrast in contrasts(result, taxonomy):
            inside = contrast.subject in question.subject and contrast.versus not in question.subject
            if inside and belongs(contrast, question.comparator, taxonomy):
                trials[result.trial_id].append(Candidate(item, contrast, timed, order))
    return trials


def entries_of(trials: Trials, question: Question, measure: str, settings: Settings) -> list[Entry]:
    """What each trial contributes to the answer on one measure, trials in order of their ids."""
    found: list[Entry] = []
    for trial in sorted(trials):
        candidates = [c for c in trials[trial] if measure in c.converted.estimates]
        if candidates:
            found += contribute(candidates, question.outcome, measure, settings)[0]
    return found
