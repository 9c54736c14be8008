"""One question outside the review's own grid of analyses: any set of treatments, comparators, people and times.

The trials of a question are found by the same rules as those of an analysis, so that a question which is also an
analysis has the same trials and the same numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.claims_file import ANY, COMPARE, POOLING, Claim, Claims, Test
from evidence_synthesis.review.settings import ComparatorGroup, Outcome, Population, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import Candidate, contribute, gate
from evidence_synthesis.selection.contrasts import belongs, contrasts
from evidence_synthesis.selection.follow_up import Timed, weeks_from_randomisation, window_of
from evidence_synthesis.selection.keys import AnalysisKey, ClaimTestKey
from evidence_synthesis.selection.multiarm import Entry

Trials = Mapping[str, Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``subject`` (treatment ids) against a group of comparators, for an outcome, term and population."""

    name: str
    subject: frozenset[str]
    comparator: ComparatorGroup
    outcome: Outcome
    term: str
    population: Population


def question_of(claim: Claim, number: int, test: Test, settings: Settings) -> Question:
    """The question that a test of a claim asks; the second side of a comparison stands as its comparator."""
    if test.kind == COMPARE and test.versus is not None:
        comparator = test.versus.as_comparators
    else:
        comparator = next(g for g in settings.comparators if g.comparator == test.comparator)
    name = ClaimTestKey(claim.claim_id, str(number)).name
    return Question(name, test.treatment.members, comparator, settings.outcome(test.outcome), test.term, claim.population)


def questions_of(claims: Claims, settings: Settings) -> list[Question]:
    """Every pooled question that the claims ask, in their order."""
    return [
        question_of(claim, number, test, settings)
        for claim in claims.claims
        for number, test in enumerate(claim.tests, 1)
        if test.kind in POOLING
    ]


def population_of(claim: Claim, settings: Settings) -> str | None:
    """The population of the review whose people are those of a claim; None where it has none."""
    asked = claim.population.regions, claim.population.chronicities
    return next((p.population for p in settings.populations if (p.regions, p.chronicities) == asked), None)


def analysis_of(claim: Claim, test: Test, settings: Settings) -> str:
    """The id that the test's question has among the review's analyses; empty where those cannot ask it."""
    groups, comparator, population = test.treatment.groups, test.comparator, population_of(claim, settings)
    if test.versus is not None:
        side = test.versus.as_comparators
        alike = (g for g in settings.comparators if g == replace(side, comparator=g.comparator, label=g.label))
        comparator = next((g.comparator for g in alike), "")
    if test.kind not in POOLING or not comparator or population is None or len(groups) > 1:
        return ""
    return AnalysisKey(groups[0], comparator, test.outcome, test.term, population).analysis_id


def _timed(item: Converted, question: Question, settings: Settings) -> Timed | None:
    """When a result counts for a question; at any term the latest result of a trial comes first."""
    if question.term != ANY:
        timed = window_of(item.result, settings.windows)
        return timed if timed and timed.term == question.term else None
    return Timed(ANY, -(weeks_from_randomisation(item.result) or 0.0))


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
