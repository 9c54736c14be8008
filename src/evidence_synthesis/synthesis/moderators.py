"""Do effects differ with what trials are: subgroups and meta-regression, by what every review knows and by its own columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Model, OwnColumn
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.regression import dummies, meta_regression, permutation_p, subgroup_test
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.analyses import Trials
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial
from evidence_synthesis.synthesis.rows.further import ModeratorRegression, SubgroupResult, YearRegression
from evidence_synthesis.synthesis.trials_in_analyses import effects_of

_LEAST_IN_LEVEL = 2
_LEAST_ON_A_LINE = 4


MODERATORS = ("comparator", "risk_of_bias", "source", "chronicity", "region")


def moderators(result: Result, versus_family: str) -> dict[str, str]:
    """What a trial may be grouped by; what is not known is a level of its own."""
    return {
        "comparator": versus_family,
        "risk_of_bias": result.risk_of_bias or "not assessed",
        "source": "abstract" if result.source_kind == "abstract" else "full report or table",
        "chronicity": result.chronicity or "not stated",
        "region": result.region,
    }


def _families(taxonomy: Taxonomy) -> dict[str, str]:
    return {c.label: c.treatment_id if c.family == "inactive" else c.family for c in taxonomy.conditions.values()}


def _levels(labels: Sequence[str]) -> list[int]:
    """Places of the trials whose level has at least two trials, when that leaves two levels or more; empty is no level."""
    counts = Counter(labels)
    kept = [i for i, label in enumerate(labels) if label and counts[label] >= _LEAST_IN_LEVEL]
    return kept if len({labels[i] for i in kept}) > 1 else []


@dataclass(frozen=True, slots=True)
class GroupedTrial:
    """A trial in an analysis, with its level of every moderator and the numbers that effects are regressed on."""

    trial: AnalysisTrial
    levels: Mapping[str, str]
    numbers: Mapping[str, float] = field(default_factory=dict)


def with_moderators(
    groups: Trials, results: Mapping[str, Result], taxonomy: Taxonomy, columns: Sequence[OwnColumn] = ()
) -> dict[tuple[str, str], list[GroupedTrial]]:
    """The trials with what each may be grouped by, and the numbers of the review's own ``columns``."""
    families = _families(taxonomy)

    def told(trial: AnalysisTrial) -> GroupedTrial:
        result = results[trial.row_ids[0]]
        cells = {c.name: result.own.get(c.name) or _plain(result, c.name) for c in columns}
        own = {c.name: c.level(cells[c.name]) for c in columns if not c.number or c.cuts}
        numbers = {c.name: float(cells[c.name]) for c in columns if c.number and not c.cuts and cells[c.name]}
        return GroupedTrial(trial, moderators(result, families[trial.versus]) | own, numbers)

    return {key: [told(t) for t in trials] for key, trials in groups.items()}


def _plain(result: Result, name: str) -> str:
    """The cell of a column that the engine reads for other ends (weeks of a course, co-ordinates of a trial)."""
    value = getattr(result, name, None)
    return "" if value is None else str(value)


def subgroup_rows(
    groups: Mapping[tuple[str, str], Sequence[GroupedTrial]], rounds: int, seed: int, model: Model
) -> Iterator[SubgroupResult]:
    """Every analysis by each factor with two levels of two trials or more: pooled by level, and tests between levels.

    The trials carry their moderators (``with_moderators``); ``rounds`` and ``seed`` are those of the permutation test.
    Levels are pooled by the model in use, tests between them take tau2 by REML.
    """
    for (analysis_id, measure), grouped in groups.items():
        yi, vi = effects_of([g.trial for g in grouped])
        for moderator in grouped[0].levels:
            labels = [g.levels[moderator] for g in grouped]
            kept = _levels(labels)
            names = [labels[i] for i in kept]
            if not kept:
                continue
            y, v = yi[kept], vi[kept]
            design = dummies(names)[0]
            common = meta_regression(y, v, design)
            separate = subgroup_test(y, v, names, common_tau2=False)
            permuted = permutation_p(y, v, design, rounds, seed)
            levels = sorted(set(names))
            inside = [np.array([n == level for n in names]) for level in levels]
            pooled = pool(make_batch([(y[i], v[i]) for i in inside]), *model, limits=False)
            for level, at in zip(levels, pooled.rows(), strict=True):
                yield SubgroupResult(
                    analysis_id,
                    measure,
                    moderator,
                    level,
                    int(at["k"]),
                    estimate=natural(measure, at["estimate"]),
                    ci_low=natural(measure, at["ci_low"]),
                    ci_high=natural(measure, at["ci_high"]),
                    p_common_tau2=known(common.f_p),
                    p_permutation=known(permuted),
                    p_separate_tau2=known(separate.p),
                    r2=known(common.r2),
                )


def regression_rows(groups: Trials, rounds: int, seed: int) -> Iterator[YearRegression]:
    """Every analysis by year of publication: change of the effect in ten years (of the logarithm for ratios: a ratio).

    ``rounds`` and ``seed`` are those of the permutation test.
    """
    for (analysis_id, measure), trials in groups.items():
        yi, vi = effects_of(trials)
        years = np.array([np.nan if t.year is None else float(t.year) for t in trials])
        dated = np.isfinite(years)
        if dated.sum() < 4 or np.ptp(years[dated]) == 0:
            continue
        x = np.column_stack([np.ones(dated.sum()), (years[dated] - years[dated].mean()) / 10])
        fit = meta_regression(yi[dated], vi[dated], x)
        yield YearRegression(
            analysis_id,
            measure,
            "year",
            int(dated.sum()),
            per_decade=natural(measure, fit.beta[1].item()),
            ci_low=known(natural(measure, fit.ci_low[1].item())),
            ci_high=known(natural(measure, fit.ci_high[1].item())),
            p=known(fit.p[1].item()),
            p_permutation=known(permutation_p(yi[dated], vi[dated], x, rounds, seed)),
            tau2_left=fit.tau2,
            r2=known(fit.r2),
        )


def own_regression_rows(
    groups: Mapping[tuple[str, str], Sequence[GroupedTrial]], columns: Sequence[OwnColumn], rounds: int, seed: int
) -> Iterator[ModeratorRegression]:
    """Every analysis by each number of the review's own, where four trials or more tell it and it differs between them.

    One number at a time (REML, Knapp-Hartung): the effect in a trial with the mean of the number, and its change for ``per``
    of it (for ratios a ratio). ``rounds`` and ``seed`` are those of the permutation test.
    """
    for (analysis_id, measure), grouped in groups.items():
        for column in (c for c in columns if c.number and not c.cuts):
            told = [g for g in grouped if column.name in g.numbers]
            values = np.array([g.numbers[column.name] for g in told])
            if len(told) < _LEAST_ON_A_LINE or np.ptp(values) == 0:
                continue
            yi, vi = effects_of([g.trial for g in told])
            x = np.column_stack([np.ones(values.size), (values - values.mean()) / column.per])
            fit = meta_regression(yi, vi, x)
            yield ModeratorRegression(
                analysis_id,
                measure,
                column.name,
                len(told),
                per=column.per,
                change=natural(measure, fit.beta[1].item()),
                ci_low=known(natural(measure, fit.ci_low[1].item())),
                ci_high=known(natural(measure, fit.ci_high[1].item())),
                p=known(fit.p[1].item()),
                p_permutation=known(permutation_p(yi, vi, x, rounds, seed)),
                tau2_left=fit.tau2,
                r2=known(fit.r2),
            )
