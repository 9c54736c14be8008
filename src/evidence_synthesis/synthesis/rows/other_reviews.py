"""Rows on what published reviews say beside our trials, and on how much of what they pool is in the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.wording import STATEMENT_WORDS

BOTH, OURS_ONLY, REVIEWS_ONLY, NOTHING = "our trials and reviews", "our trials only", "reviews only", "nothing"
NOT_POOLED = "no question of a pooled effect"  # how many trials there are, whether they agree, how rare a harm is
_READINGS = ("supported", "contradicted", "open", "")


@dataclass(frozen=True, slots=True)
class ReviewEstimate(TableRow):
    """An estimate that a published review pools on the question of a part, with what it says of the part's claim.

    ``reading``: its interval lies in the claimed region (supported), outside (contradicted), or neither; empty where the measure
    has no threshold. ``same_side`` and ``overlap`` compare it with ours on the same measure, and both are in ``unit``;
    ``differs`` names what may explain a difference.
    """

    FILE: ClassVar[str] = "tables/review_estimates.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"reading": _READINGS}

    claim: str
    part: int
    estimate_id: str
    review: str
    year: int | None
    measure: str
    unit: str
    estimate: float
    ci_low: float
    ci_high: float
    trials: int | None
    certainty: str
    reading: str
    our_estimate: float | None
    our_low: float | None
    our_high: float | None
    our_trials: int
    same_side: bool | None
    overlap: bool | None
    differs: str


@dataclass(frozen=True, slots=True)
class BesideReviews(TableRow):
    """A part of a statement: what our trials say, and beside it what published reviews do.

    ``estimates`` are those on the same question, ``near`` those of which only the follow-up is not told. ``range`` is the span of
    their estimates by measure, in words. ``lists`` counts the reviews whose trials are listed whole, ``covered_area`` is the
    corrected covered area of these lists; None with fewer than two. ``in_common`` are the trials that two or more of the reviews
    are known to include, by lists, judgements and results; ``ours_in_reviews`` our trials that one of them is: at least so many
    where not all lists are whole. ``overlap`` says all this in words. Parts that ask for no pooled effect say so.
    """

    FILE: ClassVar[str] = "tables/beside_reviews.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {
        "verdict": tuple(STATEMENT_WORDS),
        "tested_by": (BOTH, OURS_ONLY, REVIEWS_ONLY, NOTHING, NOT_POOLED),
    }

    claim: str
    part: int
    question: str
    claimed: str
    verdict: str
    our_trials: int
    tested_by: str
    estimates: int
    reviews: int
    near: int
    supported: int
    open: int
    contradicted: int
    same_side: int
    other_side: int
    apart: int
    range: str
    newest: str
    best_rated: str
    why_apart: str
    lists: int
    covered_area: float | None
    in_common: int
    ours_in_reviews: int
    overlap: str
    in_words: str


@dataclass(frozen=True, slots=True)
class ReviewOverlap(TableRow):
    """Two published reviews and the trials that both include.

    ``trials`` and ``other_trials`` are those known of each, ``whole`` and ``other_whole`` whether they have no others. Of two
    whole lists ``covered_area`` is the corrected covered area and ``degree`` its degree; else ``common`` is a least number.
    """

    FILE: ClassVar[str] = "tables/review_overlap.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"degree": ("slight", "moderate", "high", "very high", "")}

    review: str
    other: str
    trials: int
    other_trials: int
    whole: bool
    other_whole: bool
    common: int
    covered_area: float | None
    degree: str
    in_words: str


@dataclass(frozen=True, slots=True)
class ReviewInclusions(TableRow):
    """A published review and its trials, as far as they are known.

    ``listed`` are those that a list names, ``judged`` those whose risk of bias was read in it, ``tabulated`` those whose results
    were. ``known`` are all together, and ``whole`` tells that there are no others. ``most_pooled`` is the largest number of
    trials that one of its estimates in the data pools. ``pooled_here`` counts those of its trials that are in an analysis here.
    """

    FILE: ClassVar[str] = "tables/review_inclusions.csv"

    review: str
    whole: bool
    known: int
    listed: int
    judged: int
    tabulated: int
    most_pooled: int | None
    pooled_here: int
    in_words: str


@dataclass(frozen=True, slots=True)
class Coverage(TableRow):
    """A question that reviews pool: the most trials that any of them has, and ours. ``covered`` is the lesser of the two."""

    FILE: ClassVar[str] = "tables/coverage.csv"

    analysis_id: str
    group: str
    comparator: str
    outcome: str
    term: str
    population: str
    review: str
    theirs: int
    ours: int
    covered: int
    missing: int


@dataclass(frozen=True, slots=True)
class MissingTrial(TableRow):
    """A trial known by name whose results cannot be pooled yet, with the statements that it bears on.

    ``open_parts`` counts the parts that it bears on and that are not settled (open, leaning, unproven, not looked at),
    ``share`` the most that its people would add to those pooled on any of them, in per cent, ``moves`` how many verdicts a trial
    of its size is expected to move (the sum over the parts of the chances that `InformationMissing` simulates); both None where
    its people are not known. The list is sorted by what a trial could change: parts that nothing tests so far, then ``moves``,
    then unsettled parts.
    """

    FILE: ClassVar[str] = "tables/missing_trials.csv"

    study: str
    year: int | None
    trial_id: str
    treatments: tuple[str, ...]
    outcomes: tuple[str, ...]
    people: float | None
    parts: int
    untested_parts: int
    open_parts: int
    moves: float | None
    share: float | None
    identifier: str
    what_is_known: str
    statements: tuple[str, ...]
