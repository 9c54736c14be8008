"""Which analyses are asked further, and the trials behind each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from evidence_synthesis.review.settings import Settings
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult

Trials = Mapping[Key, Sequence[AnalysisTrial]]  # the trials of each analysis: by its id and measure


def by_analysis(trials: Iterable[AnalysisTrial], wanted: set[Key]) -> Trials:
    """The trials of the wanted analyses (id and measure), oldest first."""
    groups: dict[Key, list[AnalysisTrial]] = defaultdict(list)
    for trial in trials:
        if trial.key in wanted:
            groups[trial.key].append(trial)
    return {key: sorted(groups[key], key=lambda t: t.age) for key in sorted(groups)}


def wanted_analyses(pooled: Iterable[PooledResult], settings: Settings, least: int) -> set[Key]:
    """Analyses on an outcome's first measure with ``least`` trials, in the populations and against the comparators drawn."""
    shown = settings.figures
    return {
        row.key
        for row in pooled
        if row.trials >= least
        and row.measure == settings.outcome(row.outcome).measures[0]
        and row.population in shown["populations"]
        and row.comparator in shown["comparators"]
    }
