"""Rows on what the trials of each time say of the documents' statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.wording import STATEMENT_WORDS

_VERDICTS = tuple(STATEMENT_WORDS)
HELD_AND_HOLDS, NO_LONGER, AHEAD = "held then and holds", "held then, no longer", "was ahead of the trials"
NEVER_TESTED, NO_DATE = "never tested", "the document has no date"
# How the trials of a time stand to what a document says of a family of treatments.
BORNE_OUT, IN_PART, AGAINST_IT = "borne out", "borne out in part", "spoken against"
LEFT_OPEN, NOT_TESTED = "left open", "not tested"
_STANDS = (BORNE_OUT, IN_PART, AGAINST_IT, LEFT_OPEN, NOT_TESTED)


@dataclass(frozen=True, slots=True)
class VerdictAtYear(TableRow):
    """A statement (``part`` empty: the verdict on its primary readings), or a part of it, on the trials of a time.

    ``year``: what was published by its end; empty: today's evidence, with publications of unknown year. Effects are as they
    are read; ``trials`` of a statement are the most of any of its primary readings.
    """

    FILE: ClassVar[str] = "tables/claims_through_time.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"verdict": _VERDICTS}

    claim: str
    part: int | None
    year: int | None
    verdict: str
    measure: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    certainty: str
    trials: int
    participants: float | None


@dataclass(frozen=True, slots=True)
class JudgedTwice(TableRow):
    """A statement (``part`` empty), or a part of it, on the trials of its document's time and on those of today.

    ``published`` is the document's date (empty: none), ``since`` the year from whose end on the verdict has been today's.
    ``explained_by`` names trials published after the document that bring the former verdict to today's when they alone
    are added (of a part whose verdict changed); ``fewest`` tells whether no smaller set does, else no trial can be left out.
    """

    FILE: ClassVar[str] = "tables/documents_then_and_now.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"then": (*_VERDICTS, ""), "now": _VERDICTS}

    claim: str
    part: int | None
    document: str
    published: str
    says: str
    reading: str
    then: str
    now: str
    judgement: str
    certainty_then: str
    certainty_now: str
    trials_then: int | None
    trials_now: int
    since: int | None
    explained_by: tuple[str, ...]
    fewest: bool | None


@dataclass(frozen=True, slots=True)
class VerdictMoved(TableRow):
    """A trial of a year in which the verdict on a part changed, and what it alone did to the evidence of before.

    ``before`` and ``after`` are the verdicts at the end of the year before and of the year, ``alone`` that on the former evidence
    with this trial and nothing else of the year, with the pooled effect that it gives.
    """

    FILE: ClassVar[str] = "tables/verdicts_moved.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = dict.fromkeys(("before", "alone", "after"), _VERDICTS)

    claim: str
    part: int
    year: int
    trial_id: str
    study: str
    before: str
    alone: str
    after: str
    moves: bool
    measure: str
    estimate_before: float | None
    estimate_alone: float | None
    ci_low_alone: float | None
    ci_high_alone: float | None


@dataclass(frozen=True, slots=True)
class DocumentsApart(TableRow):
    """A part of a statement on which the trials of two documents' times have different verdicts, and what made the difference.

    Only where both documents speak of the same family of treatments. ``explained_by`` and ``fewest`` are as in the judgement of
    the single document, with the trials published between the two; ``between`` counts all of these that could matter.
    """

    FILE: ClassVar[str] = "tables/documents_apart.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = dict.fromkeys(("at_the_earlier", "at_the_later"), _VERDICTS)

    family: str
    earlier: str
    later: str
    claim: str
    part: int
    says: str
    said_by: str
    at_the_earlier: str
    at_the_later: str
    between: int
    explained_by: tuple[str, ...]
    fewest: bool | None


@dataclass(frozen=True, slots=True)
class DocumentPair(TableRow):
    """Two documents on one family of treatments: whose reading the trials of its time bear out, and which changed it.

    The document with the earlier date first; a year is empty where a document has no date (then trials of today count).
    ``opposed`` counts the questions on which the two say the opposite: the rest of the row is about these, or, where there is
    none, about the primary parts of both. ``earlier_then`` is how the earlier document fares on the trials of its own time,
    ``earlier_later`` on those of the later document's; ``later_earlier`` and ``later_then`` the same of the later one.
    ``between`` counts the trials published in between that could matter, ``changed`` the parts whose verdict they changed.
    ``answer`` says whose reading the trials of its time bear out, ``in_words`` why.
    """

    FILE: ClassVar[str] = "tables/document_pairs.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = dict.fromkeys(
        ("earlier_then", "earlier_later", "later_earlier", "later_then"), _STANDS
    )

    family: str
    earlier: str
    later: str
    earlier_year: int | None
    later_year: int | None
    opposed: int
    earlier_then: str
    earlier_later: str
    later_earlier: str
    later_then: str
    between: int | None
    changed: int | None
    changed_by: tuple[str, ...]
    answer: str
    in_words: str


@dataclass(frozen=True, slots=True)
class InformationMissing(TableRow):
    """A trial sequential analysis of a part, and how likely a further trial would change its verdict.

    ``required_plain`` are the people that one trial needs to see the smallest worthwhile effect, ``required`` the same enlarged
    by ``diversity`` (None: all variance is between trials), ``information`` the share of it that is there (people of unknown
    number counted by the precision of their trials), ``people_needed`` what lacks of it (0 where a boundary is crossed),
    ``boundary`` and ``futility`` the ``|z|`` of the last look. ``flips_100`` and the like are the chances that a trial of so many
    people changes the verdict, the certainty staying; None with one trial.
    """

    FILE: ClassVar[str] = "tables/information_missing.csv"
    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {
        "verdict": _VERDICTS,
        "sequential": ("crossed", "futile", "reached", "open", ""),
    }

    claim: str
    part: int
    verdict: str
    measure: str
    trials: int
    looks: int
    people: float
    required_plain: float | None
    diversity: float
    required: float | None
    information: float | None
    z: float
    boundary: float | None
    futility: float | None
    sequential: str
    people_needed: float | None
    flips_100: float | None
    flips_300: float | None
    flips_1000: float | None


@dataclass(frozen=True, slots=True)
class SequentialLook(TableRow):
    """A look of the sequential analysis of a part: the end of a year with a new trial (empty: trials of unknown year, too).

    ``information`` is the share of the required people (``required``, enlarged by diversity) that is there, ``z`` that of the
    pooled effect (negative in favour of the treatment), ``boundary`` and ``futility`` are ``|z|`` (empty: out of reach, nothing
    is given up). A line without ``z`` is the look that full information would be. Looks closer than one per cent of the
    information are one, the later.
    """

    FILE: ClassVar[str] = "tables/sequential_looks.csv"

    claim: str
    part: int
    year: int | None
    trials: int | None
    people: float
    required: float
    information: float
    z: float | None
    boundary: float | None
    futility: float | None
