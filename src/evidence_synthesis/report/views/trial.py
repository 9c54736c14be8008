"""What the templates of the pages of trials receive: the list of all, and the page of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.report.trial_findings import ComparisonFound
from evidence_synthesis.report.views.pages import Named, PageView, SourceView


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A trial in the list of all trials; ``taken`` counts the results that enter an analysis."""

    study: str
    page: str
    year: str
    treatments: Sequence[str]
    people: str
    outcomes: Sequence[str]
    results: int
    taken: int
    bias: str
    read: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialsPage(PageView):
    """The list of all trials."""

    TEMPLATE: ClassVar[str] = "site/trials.html.j2"

    trials: Sequence[TrialLine]


@dataclass(frozen=True, slots=True)
class UseView:
    """An analysis that a result counts in, and its place."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class ReadView:
    """Where a result was read."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """A result as printed and as used; arms are label, detail and values."""

    anchor: str
    outcome: str
    measured: str
    time: str
    arms: Sequence[tuple[str, str, str]]
    printed: str
    effects: Sequence[str]
    steps: Sequence[str]
    problems: Sequence[str]
    changes: Sequence[str]
    decision: str
    fate: str
    reason: str
    uses: Sequence[UseView]
    read: ReadView
    findings: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage(PageView):
    """The page of a trial: the answer first. ``bias`` has for each tool the ratings of its domains, ``rated`` all in words.

    ``in_points`` tells whether a difference is told in points of 100. ``others`` counts the results that the answer does not
    tell: those without an effect that is pooled.
    """

    TEMPLATE: ClassVar[str] = "site/trial.html.j2"

    study: str
    lead: str
    people: Sequence[str]
    found: Sequence[ComparisonFound]
    in_points: bool
    others: int
    rated: str
    status: Named
    facts: Sequence[Named]
    groups: Sequence[Named]
    sources: Sequence[SourceView]
    bias: Sequence[tuple[str, Sequence[Named]]]
    results: Sequence[ResultView]
