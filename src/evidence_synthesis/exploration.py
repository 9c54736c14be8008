"""What else is asked of larger analyses: subgroups, meta-regression, all subsets, dependent effects, tau2's intervals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from evidence_synthesis import events
from evidence_synthesis.batch import make_batch
from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.dependence import multilevel, robust
from evidence_synthesis.generalised_q import tau2_generalised_interval
from evidence_synthesis.influence import cluster_effect, gosh
from evidence_synthesis.membership import effects_of
from evidence_synthesis.pooling import likelihood_interval, pool, prediction_riley
from evidence_synthesis.regression import dummies, meta_regression, permutation_p, subgroup_test
from evidence_synthesis.schema import RATIOS, Result
from evidence_synthesis.settings import Model
from evidence_synthesis.tau2 import tau2_interval, tau2_likelihood_interval
from evidence_synthesis.wording import natural

Record = dict[str, object]
Row = Mapping[str, str]
Groups = Mapping[tuple[str, str], Sequence[Row]]

SUBGROUP_COLUMNS = (
    *("analysis_id", "measure", "moderator", "level", "trials", "estimate", "ci_low", "ci_high"),
    *("p_common_tau2", "p_permutation", "p_separate_tau2", "r2"),
)
REGRESSION_COLUMNS = (
    *("analysis_id", "measure", "moderator", "trials", "per_decade", "ci_low", "ci_high", "p", "p_permutation"),
    *("tau2_left", "r2"),
)
GOSH_COLUMNS = (
    *("analysis_id", "measure", "trials", "subsets", "every_subset", "estimate_low", "estimate_median", "estimate_high"),
    *("i2_low", "i2_median", "i2_high", "favours_treatment", "splitting_trial", "split"),
)
DEPENDENT_COLUMNS = (
    *("question", "measure", "trials", "effects", "estimate", "se", "tau2_between", "tau2_within", "robust_estimate"),
    *("robust_low", "robust_high", "robust_df", "last_minus_first", "last_low", "last_high", "last_p", "last_df"),
)
INTERVAL_COLUMNS = (
    *("analysis_id", "measure", "trials", "tau2", "q_profile_low", "q_profile_high", "likelihood_low", "likelihood_high"),
    *("generalised_q_low", "generalised_q_high", "mean_likelihood_low", "mean_likelihood_high"),
    *("prediction_k2_low", "prediction_k2_high"),
)
EVERY_SUBSET_UP_TO = 12  # trials up to which the table's GOSH takes every subset
SAMPLED_SUBSETS = 5000
EVENT_COLUMNS = (
    *("analysis_id", "measure", "method", "trials", "with_counts", "informative", "estimate", "ci_low", "ci_high", "note"),
)
EVENT_METHODS = {  # name -> whether it pools logarithms, and the function
    "Mantel-Haenszel RR": (True, events.mantel_haenszel_rr),
    "Mantel-Haenszel OR": (True, events.mantel_haenszel_or),
    "Mantel-Haenszel RD": (False, events.mantel_haenszel_rd),
    "Peto OR": (True, events.peto),
}
_COUNTS = ("events_t", "n_t", "events_c", "n_c")
_LEAST_IN_LEVEL = 2
MODERATORS = ("comparator", "risk_of_bias", "source", "chronicity", "region")


def moderators(result: Result, versus_family: str) -> dict[str, str]:
    """What a trial may be grouped by; what is not known is a level of its own."""
    return {
        "comparator": versus_family,
        "risk_of_bias": result.rob2_overall or "not assessed",
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


def with_moderators(groups: Groups, results: Mapping[str, Result], taxonomy: Taxonomy) -> Groups:
    """The trials with what each may be grouped by."""
    families = _families(taxonomy)
    return {
        key: [{**t, **moderators(results[t["row_ids"].split(";")[0]], families[t["versus"]])} for t in trials]
        for key, trials in groups.items()
    }


def subgroup_rows(groups: Groups, rounds: int, seed: int, model: Model) -> Iterator[Record]:
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


def regression_rows(groups: Groups, rounds: int, seed: int) -> Iterator[Record]:
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


def gosh_rows(groups: Groups, good_events: Callable[[str], bool], seed: int) -> Iterator[Record]:
    """All subsets (DL): spread of estimates and I2, the share on the treatment's side, and the trial that splits the cloud.

    Every subset up to twelve trials, a seeded sample of 5,000 beyond. ``good_events`` tells of an outcome whether its
    event is good.
    """
    for (analysis_id, measure), trials in groups.items():
        yi, vi = effects_of(trials)
        found = gosh(yi, vi, most=SAMPLED_SUBSETS, seed=seed, every_up_to=EVERY_SUBSET_UP_TO)
        low, middle, high = (natural(measure, float(q)) for q in np.quantile(found.estimate, (0.025, 0.5, 0.975)))
        i2 = np.quantile(found.i2, (0.025, 0.5, 0.975))
        turn = -1.0 if good_events(analysis_id.split("__")[2]) else 1.0
        split = cluster_effect(found, yi.size)
        most = int(np.nanargmax(np.abs(split)))
        yield {
            **{"analysis_id": analysis_id, "measure": measure, "trials": yi.size, "subsets": found.members.size},
            "every_subset": yi.size <= EVERY_SUBSET_UP_TO,
            **{"estimate_low": low, "estimate_median": middle, "estimate_high": high},
            **{"i2_low": float(i2[0]), "i2_median": float(i2[1]), "i2_high": float(i2[2])},
            "favours_treatment": float(np.mean(turn * found.estimate < 0)),
            "splitting_trial": trials[most]["study"],
            "split": float(split[most]),
        }


def questions(groups: Groups) -> Groups:
    """The effects of all terms of a question together, by question and measure."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for (analysis_id, measure), trials in groups.items():
        group, comparator, outcome, term, population = analysis_id.split("__")
        key = ("__".join((group, comparator, outcome, population)), measure)
        found[key] += [{**t, "term": term} for t in trials]
    return dict(sorted(found.items()))


def dependent_rows(groups: Groups, terms: Sequence[str]) -> Iterator[Record]:
    """All terms of a question together (``questions``): a trial's effects depend on each other.

    A multilevel model, robust variances (CR2), and the difference between the last and the
    first of ``terms`` (those set side by side) by robust regression.
    Questions in which at least two trials have several effects, and at least five have one.
    """
    for (question, measure), effects in groups.items():
        clusters = [e["trial_id"] for e in effects]
        counts = Counter(clusters)
        if len(counts) < 5 or sum(n > 1 for n in counts.values()) < 2:
            continue
        yi, vi = effects_of(effects)
        together, strong = multilevel(yi, vi, clusters), robust(yi, vi, clusters)
        row: Record = {"question": question, "measure": measure, "trials": len(counts), "effects": len(effects)}
        row |= {"estimate": natural(measure, together.estimate), "se": together.se}
        row |= {"tau2_between": together.between, "tau2_within": together.within}
        row |= {"robust_estimate": natural(measure, strong.beta[0].item()), "robust_df": strong.df[0].item()}
        row |= {
            "robust_low": natural(measure, strong.ci_low[0].item()),
            "robust_high": natural(measure, strong.ci_high[0].item()),
        }
        yield row | _last_against_first(effects, measure, terms[0], terms[-1])


def _last_against_first(effects: Sequence[Row], measure: str, first: str, last: str) -> Record:
    """How the effect in the last term differs from that in the first; nothing where either has too few trials."""
    chosen = [e for e in effects if e["term"] in (first, last)]
    by_term = {term: {e["trial_id"] for e in chosen if e["term"] == term} for term in (first, last)}
    if first == last or min(len(trials) for trials in by_term.values()) < 3:
        return {}
    yi, vi = effects_of(chosen)
    x = np.column_stack([np.ones(yi.size), [float(e["term"] == last) for e in chosen]])
    fit = robust(yi, vi, [e["trial_id"] for e in chosen], x)
    values = {"last_minus_first": fit.beta, "last_low": fit.ci_low, "last_high": fit.ci_high}
    return {
        **{n: natural(measure, v[1].item()) for n, v in values.items()},
        "last_p": fit.p[1].item(),
        "last_df": fit.df[1].item(),
    }


def event_rows(groups: Groups) -> Iterator[Record]:
    """Mantel-Haenszel and Peto results from the counts of events, of analyses of ratios with two trials that print them.

    Fixed-effect methods beside the model in use: they keep trials without events on one side as they are, and are
    preferred when events are rare (Handbook 10.4.4). ``informative`` counts the trials that carry weight.
    """
    for (analysis_id, measure), trials in groups.items():
        counted = [t for t in trials if all(t[c] for c in _COUNTS)]
        if measure not in RATIOS or len(counted) < 2:
            continue
        counts = [np.array([float(t[c]) for t in counted]) for c in _COUNTS]
        shared = {"analysis_id": analysis_id, "measure": measure, "trials": len(trials), "with_counts": len(counted)}
        for method, (ratio, function) in EVENT_METHODS.items():
            try:
                found = function(*counts)
            except ValueError as undefined:
                yield {**shared, "method": method, "note": str(undefined)}
                continue
            half = float(ndtri(0.975)) * found.se
            limits = (found.estimate, found.estimate - half, found.estimate + half)
            values = [float(np.exp(x)) if ratio else x for x in limits]
            names = dict(zip(("estimate", "ci_low", "ci_high"), values, strict=True))
            yield {**shared, "method": method, **names, "informative": found.trials}


def interval_rows(groups: Groups, model: Model) -> Iterator[Record]:
    """Other intervals of tau2, of the mean, and of a new setting's effect, beside the usual ones."""
    if not groups:
        return
    batch = make_batch([effects_of(trials) for trials in groups.values()])
    pooled = pool(batch, *model, limits=False)
    profile, likelihood, mean = tau2_interval(batch), tau2_likelihood_interval(batch), likelihood_interval(batch)
    riley = prediction_riley(pooled)
    for i, ((analysis_id, measure), trials) in enumerate(groups.items()):
        general = tau2_generalised_interval(*effects_of(trials))
        yield {
            **{"analysis_id": analysis_id, "measure": measure, "trials": len(trials), "tau2": pooled.tau2[i].item()},
            **{"q_profile_low": profile[0][i].item(), "q_profile_high": profile[1][i].item()},
            **{"likelihood_low": likelihood[0][i].item(), "likelihood_high": likelihood[1][i].item()},
            **{"generalised_q_low": general[0], "generalised_q_high": general[1]},
            "mean_likelihood_low": natural(measure, mean[0][i].item()),
            "mean_likelihood_high": natural(measure, mean[1][i].item()),
            "prediction_k2_low": natural(measure, riley[0][i].item()),
            "prediction_k2_high": natural(measure, riley[1][i].item()),
        }
