"""Do effects differ with what trials are: subgroups and meta-regression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Model
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.regression import dummies, meta_regression, permutation_p, subgroup_test
from evidence_synthesis.synthesis.analyses import Trials
from evidence_synthesis.synthesis.trials_in_analyses import effects_of

Record = dict[str, object]
Row = Mapping[str, str]

SUBGROUP_COLUMNS = (
    *("analysis_id", "measure", "moderator", "level", "trials", "estimate", "ci_low", "ci_high"),
    *("p_common_tau2", "p_permutation", "p_separate_tau2", "r2"),
)


REGRESSION_COLUMNS = (
    *("analysis_id", "measure", "moderator", "trials", "per_decade", "ci_low", "ci_high", "p", "p_permutation"),
    *("tau2_left", "r2"),
)


_LEAST_IN_LEVEL = 2


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
    """Places of the trials whose level has at least two trials, when that leaves two levels or more."""
    counts = Counter(labels)
    kept = [i for i, label in enumerate(labels) if counts[label] >= _LEAST_IN_LEVEL]
    return kept if len({labels[i] for i in kept}) > 1 else []


def with_moderators(groups: Trials, results: Mapping[str, Result], taxonomy: Taxonomy) -> Trials:
    """The trials with what each may be grouped by."""
    families = _families(taxonomy)
    return {
        key: [{**t, **moderators(results[t["row_ids"].split(";")[0]], families[t["versus"]])} for t in trials]
        for key, trials in groups.items()
    }


def subgroup_rows(groups: Trials, rounds: int, seed: int, model: Model) -> Iterator[Record]:
    """Every analysis by each factor with two levels of two trials or more: pooled by level, and tests between levels.

    The trials carry their moderators (``with_moderators``); ``rounds`` and ``seed`` are those of the permutation test.
    Levels are pooled by the model in use, tests between them take tau2 by REML.
    """
    for (analysis_id, measure), trials in groups.items():
        yi, vi = effects_of(trials)
        for moderator in MODERATORS:
            labels = [t[moderator] for t in trials]
            kept = _levels(labels)
            names = [labels[i] for i in kept]
            if not kept:
                continue
            y, v = yi[kept], vi[kept]
            design = dummies(names)[0]
            common = meta_regression(y, v, design)
            separate = subgroup_test(y, v, names, common_tau2=False)
            shared = {"p_common_tau2": common.f_p, "p_separate_tau2": separate.p, "r2": common.r2}
            shared["p_permutation"] = permutation_p(y, v, design, rounds, seed)
            levels = sorted(set(names))
            inside = [np.array([n == level for n in names]) for level in levels]
            pooled = pool(make_batch([(y[i], v[i]) for i in inside]), *model, limits=False)
            for level, at in zip(levels, pooled.rows(), strict=True):
                values = {n: natural(measure, at[n]) for n in ("estimate", "ci_low", "ci_high")}
                where: Record = {"analysis_id": analysis_id, "measure": measure, "moderator": moderator, "level": level}
                yield {**where, "trials": int(at["k"]), **values, **shared}


def regression_rows(groups: Trials, rounds: int, seed: int) -> Iterator[Record]:
    """Every analysis by year of publication: change of the effect in ten years (of the logarithm for ratios: a ratio).

    ``rounds`` and ``seed`` are those of the permutation test.
    """
    for (analysis_id, measure), trials in groups.items():
        yi, vi = effects_of(trials)
        years = np.array([float(t["year"]) if t["year"] else np.nan for t in trials])
        known = np.isfinite(years)
        if known.sum() < 4 or np.ptp(years[known]) == 0:
            continue
        x = np.column_stack([np.ones(known.sum()), (years[known] - years[known].mean()) / 10])
        fit = meta_regression(yi[known], vi[known], x)
        values = {n: natural(measure, getattr(fit, a)[1].item()) for n, a in (("per_decade", "beta"), ("ci_low", "ci_low"))}
        values["ci_high"] = natural(measure, fit.ci_high[1].item())
        where: Record = {"analysis_id": analysis_id, "measure": measure, "moderator": "year", "trials": int(known.sum())}
        permuted = permutation_p(yi[known], vi[known], x, rounds, seed)
        yield {**where, **values, "p": fit.p[1].item(), "p_permutation": permuted, "tau2_left": fit.tau2, "r2": fit.r2}
