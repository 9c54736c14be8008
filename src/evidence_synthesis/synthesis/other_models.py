"""The same trials by other models: all terms of a question together, counts of events, further intervals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats import event_counts
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.dependent_effects import multilevel, robust
from evidence_synthesis.stats.generalised_q import tau2_generalised_interval
from evidence_synthesis.stats.pooling import likelihood_interval, pool, prediction_riley
from evidence_synthesis.stats.tau2 import tau2_interval, tau2_likelihood_interval
from evidence_synthesis.synthesis.analyses import Trials
from evidence_synthesis.synthesis.trials_in_analyses import effects_of

Record = dict[str, object]
Row = Mapping[str, str]

DEPENDENT_COLUMNS = (
    *("question", "measure", "trials", "effects", "estimate", "se", "tau2_between", "tau2_within", "robust_estimate"),
    *("robust_low", "robust_high", "robust_df", "last_minus_first", "last_low", "last_high", "last_p", "last_df"),
)
INTERVAL_COLUMNS = (
    *("analysis_id", "measure", "trials", "tau2", "q_profile_low", "q_profile_high", "likelihood_low", "likelihood_high"),
    *("generalised_q_low", "generalised_q_high", "mean_likelihood_low", "mean_likelihood_high"),
    *("prediction_k2_low", "prediction_k2_high"),
)
EVENT_COLUMNS = (
    *("analysis_id", "measure", "method", "trials", "with_counts", "informative", "estimate", "ci_low", "ci_high", "note"),
)
EVENT_METHODS = {  # name -> whether it pools logarithms, and the function
    "Mantel-Haenszel RR": (True, event_counts.mantel_haenszel_rr),
    "Mantel-Haenszel OR": (True, event_counts.mantel_haenszel_or),
    "Mantel-Haenszel RD": (False, event_counts.mantel_haenszel_rd),
    "Peto OR": (True, event_counts.peto),
}
_COUNTS = ("events_t", "n_t", "events_c", "n_c")


def question_groups(groups: Trials) -> Trials:
    """The effects of all terms of a question together, by question and measure."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for (analysis_id, measure), trials in groups.items():
        group, comparator, outcome, term, population = analysis_id.split("__")
        key = ("__".join((group, comparator, outcome, population)), measure)
        found[key] += [{**t, "term": term} for t in trials]
    return dict(sorted(found.items()))


def dependent_rows(groups: Trials, terms: Sequence[str]) -> Iterator[Record]:
    """All terms of a question together (``question_groups``): a trial's effects depend on each other.

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


def event_rows(groups: Trials) -> Iterator[Record]:
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


def interval_rows(groups: Trials, model: Model) -> Iterator[Record]:
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
