"""Published pooled estimates on the question of a part of a statement, each read against what the part claims."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evidence_synthesis.conclusions.published import about, their_values, unit_of
from evidence_synthesis.effects import scales
from evidence_synthesis.effects.scales import NO_EFFECT
from evidence_synthesis.review.claims_file import ANY_RELIEF, AT_MOST_WORTHWHILE, HARMFUL, ONLY_SHORT, UNPROVEN, StatementPart
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import POOLING, Question, question_of
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.regions import CONTRADICTED, OPEN, REGIONS, SUPPORTED, Region, inside, outside
from evidence_synthesis.synthesis.rows.other_reviews import ReviewEstimate
from evidence_synthesis.synthesis.rows.statements import JudgedPart
from evidence_synthesis.synthesis.verdicts import bound, sign

NOT_STATED = "not stated"  # of a follow-up


def asked(part: StatementPart, settings: Settings) -> Question | None:
    """The question of a part that an effect pooled by others answers, at the last term for what does not last; else None.

    Whether trials contradict each other, how many there are, a share and a rate of harms are not told by a pooled effect.
    """
    if part.kind == ONLY_SHORT:
        return question_of(part, settings, term=settings.terms[-1].term)
    return question_of(part, settings) if part.kind in POOLING else None


def usable(row: Cells, question: Question) -> bool:
    """Whether a published estimate has numbers that can be brought to the unit in which a question's outcome is pooled."""
    return row["measure"] in NO_EFFECT and their_values(row, question.outcome) is not None


def on(question: Question, published: Sequence[Cells], taxonomy: Taxonomy) -> tuple[list[Cells], int]:
    """The published estimates on a question, and how many more would be if they told their follow-up."""
    outcome, times = question.outcome.outcome, (question.term, NOT_STATED)
    rows = [row for row in published if row["outcome"] == outcome and row["term"] in times and about(row, question, taxonomy)]
    told = [row for row in rows if usable(row, question)]
    same = [row for row in told if row["term"] == question.term]
    return same, len(told) - len(same)


def reading(part: StatementPart, question: Question, measure: str, low: float, high: float) -> str:
    """What an interval says of a part: it bears it out (supported), contradicts it, or leaves it open.

    An effect holds or fails by its region. What is called unproven is contradicted by an interval on the side of the treatment
    (between two treatments: on either side), else it stands; what does not last is contradicted by an effect at the last
    term and borne out where that excludes a worthwhile one. Empty where a region ends at a threshold that the measure has not.
    """
    smallest, turn = bound(question.outcome, measure), sign(question.outcome)
    ends = sorted(turn * scales.linear(measure, value) for value in (low, high))

    def limits(name: str) -> tuple[Any, Any, Any, Region]:
        whole = 1.0 if math.isnan(smallest) else smallest  # regions that end at no effect only are alike for all
        return np.array(ends[0]), np.array(ends[1]), np.array(whole), REGIONS[name]

    relief = bool(inside(*limits(ANY_RELIEF)))
    if part.kind == UNPROVEN:
        other = part.versus is not None and bool(inside(*limits(HARMFUL)))
        return CONTRADICTED if relief or other else SUPPORTED
    region = AT_MOST_WORTHWHILE if part.kind == ONLY_SHORT else part.region
    if math.isnan(smallest) and any(math.isfinite(end) and end for end in (REGIONS[region].low, REGIONS[region].high)):
        return ""
    if part.kind == ONLY_SHORT and relief:
        return CONTRADICTED
    if inside(*limits(region)):
        return SUPPORTED
    return CONTRADICTED if part.kind != ONLY_SHORT and outside(*limits(region)) else OPEN


def _differs(row: Cells, question: Question, ours: JudgedPart) -> str:
    """What may explain a difference: treatment, measure, number of trials, comparator, window, people, and how it was read."""
    trials, group = row["k_trials"], question.comparator
    weeks = [row[end] for end in ("weeks_low", "weeks_high") if row[end]]
    people = row["chronicity"] not in (question.population.chronicities or {row["chronicity"]})
    whole = len(question.subject) == 1 or row["treatment"] not in question.subject
    found = [
        (not whole, f"{row['treatment'].replace('_', ' ')} only"),
        (row["measure"] != ours.measure and bool(ours.measure), f"measure {row['measure']}, ours {ours.measure}"),
        (not trials, "their number of trials is not printed"),
        (bool(trials) and trials != str(ours.trials), f"their trials {trials}, ours {ours.trials}"),
        (row["comparator"] != group.comparator, f"comparator {row['comparator'].replace('_', ' ')}"),
        (bool(weeks), f"window {' to '.join(weeks)} weeks"),
        (people, f"people {row['chronicity']}"),
        (row["trust"] == "secondary", "read in an overview"),
        ("network" in row["flags"], "from a network"),
    ]
    return "; ".join(words for holds, words in found if holds)


def estimate_rows(
    claim: str, part: StatementPart, ours: JudgedPart, question: Question, published: Sequence[Cells]
) -> Iterator[ReviewEstimate]:
    """A line for each published estimate on a part's question, the newest first."""
    none = 1.0 if ours.measure in RATIOS else 0.0
    for row in sorted(published, key=lambda r: (r["year"], r["estimate_id"]), reverse=True):
        theirs, measure = their_values(row, question.outcome), row["measure"]
        if theirs is None:
            continue
        own = (ours.estimate, ours.ci_low, ours.ci_high)
        comparable = measure == ours.measure and ours.estimate is not None
        overlap = side = None
        if comparable and ours.estimate is not None and ours.ci_low is not None and ours.ci_high is not None:
            overlap = theirs[1] <= ours.ci_high and ours.ci_low <= theirs[2]
            side = (theirs[0] - none) * (ours.estimate - none) > 0
        yield ReviewEstimate(
            claim, ours.part, row["estimate_id"], row["review"], int(row["year"]) if row["year"] else None, measure,
            unit_of(question.outcome, measure), *theirs,
            int(float(row["k_trials"])) if row["k_trials"] else None, row["certainty"],
            reading(part, question, measure, theirs[1], theirs[2]), *(own if comparable else (None, None, None)),
            ours.trials, side, overlap, _differs(row, question, ours),
        )  # fmt: skip
