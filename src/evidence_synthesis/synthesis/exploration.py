"""What the larger analyses are asked further: subgroups, and regression, subsets, dependence, counts, intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import moderators, other_models, robustness
from evidence_synthesis.synthesis.analyses import Trials, by_analysis, wanted_analyses
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult
from evidence_synthesis.synthesis.rows.further import (
    DependentEffects,
    EventMethod,
    FurtherIntervals,
    ModeratorRegression,
    SubgroupResult,
    YearRegression,
)
from evidence_synthesis.synthesis.rows.robustness import AllSubsets


@dataclass(frozen=True, slots=True)
class Exploration:
    """The tables of what the larger analyses are asked further; ``analyses`` counts these."""

    regression: list[YearRegression]
    own: list[ModeratorRegression]
    gosh: list[AllSubsets]
    dependent: list[DependentEffects]
    events: list[EventMethod]
    intervals: list[FurtherIntervals]
    analyses: int


def subgroups_of(
    pooled: Iterable[PooledResult],
    trials: Iterable[AnalysisTrial],
    results: Mapping[str, Result],
    settings: Settings,
    taxonomy: Taxonomy,
    choice: Mapping[str, Any],
    memo: Memo,
) -> list[SubgroupResult]:
    """The subgroups of analyses with ``choice["least"]`` trials or more; the other arguments are those of ``explore_further``."""
    groups = _larger(by_analysis(trials, wanted_analyses(pooled, settings, least=1)), choice)
    told = moderators.with_moderators(groups, results, taxonomy, settings.columns)
    by_level = partial(moderators.subgroup_rows, rounds=choice["permutations"], seed=choice["seed"], model=settings.model)
    return memo.rows(SubgroupResult, told, by_level)


def _larger(every: Trials, choice: Mapping[str, Any]) -> Trials:
    return {key: rows for key, rows in every.items() if len(rows) >= choice["least"]}


def explore_further(
    pooled: Iterable[PooledResult],
    trials: Iterable[AnalysisTrial],
    results: Mapping[str, Result],
    settings: Settings,
    taxonomy: Taxonomy,
    choice: Mapping[str, Any],
    memo: Memo,
) -> Exploration:
    """Everything further that is asked of analyses with ``choice["least"]`` trials or more, beside their subgroups.

    ``choice`` also has the ``permutations`` and the ``seed``; ``results`` are by their row ids. What ``memo`` knows is taken
    over.
    """
    every = by_analysis(trials, wanted_analyses(pooled, settings, least=1))
    groups = _larger(every, choice)
    good = {o.outcome: bool(o.event_is_good) for o in settings.outcomes}
    drawn = {"rounds": choice["permutations"], "seed": choice["seed"]}
    told = moderators.with_moderators(groups, results, taxonomy, settings.columns)
    by_number = partial(moderators.own_regression_rows, columns=settings.columns, **drawn)
    subsets = partial(robustness.gosh_rows, good_events=good.__getitem__, seed=choice["seed"])
    terms = [w.term for w in settings.terms]
    return Exploration(
        memo.rows(YearRegression, groups, partial(moderators.regression_rows, **drawn)),
        memo.rows(ModeratorRegression, told, by_number),
        memo.rows(AllSubsets, groups, subsets),
        memo.rows(DependentEffects, other_models.question_groups(every), partial(other_models.dependent_rows, terms=terms)),
        list(other_models.event_rows(every)),
        memo.rows(FurtherIntervals, groups, partial(other_models.interval_rows, model=settings.model)),
        len(groups),
    )
