"""Which analyses are asked further, and the trials behind each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from evidence_synthesis.review.settings import Settings

Trials = Mapping[tuple[str, str], Sequence[Mapping[str, str]]]  # the trials of each analysis: by its id and measure


def by_analysis(trials: Iterable[Mapping[str, str]], wanted: set[tuple[str, str]]) -> Trials:
    """The trials of the wanted analyses (id and measure), oldest first."""
    groups: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for trial in trials:
        key = (trial["analysis_id"], trial["measure"])
        if key in wanted:
            groups[key].append(trial)
    return {key: sorted(groups[key], key=lambda t: (t["year"], t["study"])) for key in sorted(groups)}


def wanted_analyses(pooled: Iterable[Mapping[str, str]], settings: Settings, least: int) -> set[tuple[str, str]]:
    """Analyses on an outcome's first measure with ``least`` trials, in the populations and against the comparators drawn."""
    shown = settings.figures
    return {
        (row["analysis_id"], row["measure"])
        for row in pooled
        if int(row["trials"]) >= least
        and row["measure"] == settings.outcome(row["outcome"]).measures[0]
        and row["population"] in shown["populations"]
        and row["comparator"] in shown["comparators"]
    }
