"""The same trials by other models: all terms of a question together, counts of events, further intervals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from scipy.special import ndtri

from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Model
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.stats import event_counts
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.dependent_effects import multilevel, robust
from evidence_synthesis.stats.generalised_q import tau2_generalised_interval
from evidence_synthesis.stats.pooling import likelihood_interval, pool, prediction_riley
from evidence_synthesis.stats.tau2 import tau2_interval, tau2_likelihood_interval
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.analyses import Trials
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key
from evidence_synthesis.synthesis.rows.further import DependentEffects, EventMethod, FurtherIntervals
from evidence_synthesis.synthesis.trials_in_analyses import effects_of

EVENT_METHODS = {  # name -> whether it pools logarithms, and the function
    "Mantel-Haenszel RR": (True, event_counts.mantel_haenszel_rr),
    "Mantel-Haenszel OR": (True, event_counts.mantel_haenszel_or),
    "Mantel-Haenszel RD": (False, event_counts.mantel_haenszel_rd),
    "Peto OR": (True, event_counts.peto),
}


def question_groups(groups: Trials) -> Trials:
    """The effects of all terms of a question together, by question and measure."""
    found: dict[Key, list[AnalysisTrial]] = defaultdict(list)
    for (analysis_id, measure), trials in groups.items():
        found[AnalysisKey.parse(analysis_id).question.name, measure] += trials
    return dict(sorted(found.items()))


def dependent_rows(groups: Trials, terms: Sequence[str]) -> Iterator[DependentEffects]:
    """All terms of a question together (``question_groups``): a trial's effects depend on each other.

    A multilevel model, robust variances (CR2), and the difference between the last and the
    first of ``terms`` (those set side by side) by robust regression.
    Questions in which at least two trials have several effects, and at least five have one.
    """
    for (question, measure), effects in groups.items():
        clusters = [e.trial_id for e in effects]
        counts = Counter(clusters)
        if len(counts) < 5 or sum(n > 1 for n in counts.values()) < 2:
            continue
        yi, vi = effects_of(effects)
        together, strong = multilevel(yi, vi, clusters), robust(yi, vi, clusters)
        yield DependentEffects(
            question,
            measure,
            len(counts),
            len(effects),
            estimate=natural(measure, together.estimate),
            se=together.se,
            tau2_between=together.between,
            tau2_within=together.within,
            robust_estimate=natural(measure, strong.beta[0].item()),
            robust_low=known(natural(measure, strong.ci_low[0].item())),
            robust_high=known(natural(measure, strong.ci_high[0].item())),
            robust_df=known(strong.df[0].item()),
            **_last_against_first(effects, measure, terms[0], terms[-1]),
        )


def _last_against_first(effects: Sequence[AnalysisTrial], measure: str, first: str, last: str) -> dict[str, float | None]:
    """How the effect in the last term differs from that in the first; nothing where either has too few trials."""
    terms = [AnalysisKey.parse(e.analysis_id).term for e in effects]
    chosen = [(e, term) for e, term in zip(effects, terms, strict=True) if term in (first, last)]
    by_term = {term: {e.trial_id for e, t in chosen if t == term} for term in (first, last)}
    if first == last or min(len(trials) for trials in by_term.values()) < 3:
        return {}
    yi, vi = effects_of([e for e, _ in chosen])
    x = np.column_stack([np.ones(yi.size), [float(term == last) for _, term in chosen]])
    fit = robust(yi, vi, [e.trial_id for e, _ in chosen], x)
    values = {"last_minus_first": fit.beta, "last_low": fit.ci_low, "last_high": fit.ci_high}
    return {
        **{n: known(natural(measure, v[1].item())) for n, v in values.items()},
        "last_p": known(fit.p[1].item()),
        "last_df": known(fit.df[1].item()),
    }


def event_rows(groups: Trials) -> Iterator[EventMethod]:
    """Mantel-Haenszel and Peto results from the counts of events, of analyses of ratios with two trials that print them.

    Fixed-effect methods beside the model in use: they keep trials without events on one side as they are, and are
    preferred when events are rare (Handbook 10.4.4). Not for rate ratios, whose events are not counted among people.
    ``informative`` counts the trials that carry weight.
    """
    for (analysis_id, measure), trials in groups.items():
        counted = [four for t in trials if None not in (four := (t.events_t, t.n_t, t.events_c, t.n_c))]
        if measure not in RATIOS or measure == "IRR" or len(counted) < 2:
            continue
        counts = [np.array(side, dtype=float) for side in zip(*counted, strict=True)]
        line = partial(EventMethod, analysis_id, measure, trials=len(trials), with_counts=len(counted))
        for method, (ratio, function) in EVENT_METHODS.items():
            try:
                found = function(*counts)
            except ValueError as undefined:
                yield line(method=method, note=str(undefined))
                continue
            half = float(ndtri(0.975)) * found.se
            limits = (found.estimate, found.estimate - half, found.estimate + half)
            low, estimate, high = sorted(float(np.exp(x)) if ratio else x for x in limits)
            yield line(method=method, estimate=estimate, ci_low=low, ci_high=high, informative=found.trials)


def interval_rows(groups: Trials, model: Model) -> Iterator[FurtherIntervals]:
    """Other intervals of tau2, of the mean, and of a new setting's effect, beside the usual ones."""
    if not groups:
        return
    batch = make_batch([effects_of(trials) for trials in groups.values()])
    pooled = pool(batch, *model, limits=False)
    profile, likelihood, mean = tau2_interval(batch), tau2_likelihood_interval(batch), likelihood_interval(batch)
    riley = prediction_riley(pooled)
    for i, ((analysis_id, measure), trials) in enumerate(groups.items()):
        general = tau2_generalised_interval(*effects_of(trials))
        yield FurtherIntervals(
            analysis_id,
            measure,
            len(trials),
            tau2=known(pooled.tau2[i].item()),
            q_profile_low=known(profile[0][i].item()),
            q_profile_high=known(profile[1][i].item()),
            likelihood_low=known(likelihood[0][i].item()),
            likelihood_high=known(likelihood[1][i].item()),
            generalised_q_low=known(general[0]),
            generalised_q_high=known(general[1]),
            mean_likelihood_low=known(natural(measure, mean[0][i].item())),
            mean_likelihood_high=known(natural(measure, mean[1][i].item())),
            prediction_k2_low=known(natural(measure, riley[0][i].item())),
            prediction_k2_high=known(natural(measure, riley[1][i].item())),
        )
