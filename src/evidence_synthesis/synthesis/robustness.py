"""How firm a pooled result is: small-study effects, influence of single trials, all subsets, a Bayesian check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from evidence_synthesis.effects import scales
from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.stats import influence, small_study
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.bayes import posterior
from evidence_synthesis.stats.influence import cluster_effect, gosh
from evidence_synthesis.stats.pooling import pool, share_beyond
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.analyses import Trials
from evidence_synthesis.synthesis.rows.robustness import AllSubsets, BayesianCheck, SmallStudyEffects, TrialInfluence
from evidence_synthesis.synthesis.spread import prior_of, typical_sd
from evidence_synthesis.synthesis.trials_in_analyses import effects_of
from evidence_synthesis.synthesis.verdicts import bound, sign


def small_study_rows(groups: Trials) -> Iterator[SmallStudyEffects]:
    """Tests and adjusted estimates of each analysis; below ten trials a line that says so."""
    for (analysis_id, measure), trials in groups.items():
        yi, vi = effects_of(trials)
        if len(trials) < small_study.MINIMUM:
            note = f"not offered below {small_study.MINIMUM} trials"
            yield SmallStudyEffects(analysis_id, measure, len(trials), note)
            continue
        limit = small_study.limit_meta_analysis(yi, vi)
        filled, (_, _, adjusted) = small_study.trim_and_fill(yi, vi), small_study.pet_peese(yi, vi)
        selected = small_study.selection_model(yi, vi, negative=bool(np.median(yi) < 0))

        def natural(value: float, measure: str = measure) -> float | None:
            return known(scales.natural(measure, value))

        yield SmallStudyEffects(
            analysis_id,
            measure,
            len(trials),
            note="",
            egger_p=known(small_study.egger(yi, vi).slope_p),
            begg_p=known(small_study.begg(yi, vi)[1]),
            filled=filled.missing,
            filled_side=filled.side if filled.missing else "",
            filled_estimate=natural(filled.estimate),
            filled_low=natural(filled.ci_low),
            filled_high=natural(filled.ci_high),
            pet_peese=adjusted.method,
            adjusted_estimate=natural(adjusted.estimate),
            adjusted_low=natural(adjusted.ci_low),
            adjusted_high=natural(adjusted.ci_high),
            limit_estimate=natural(limit.estimate),
            limit_low=natural(limit.ci_low),
            limit_high=natural(limit.ci_high),
            selection_estimate=natural(selected.estimate),
            selection_p=known(selected.lr_p),
        )


def influence_rows(groups: Trials, model: Model) -> Iterator[TrialInfluence]:
    """Each analysis without each of its trials; ``turns`` where the interval then holds no effect, or no longer does.

    ``cumulative_*`` pools the trial with all older ones (trials are in order of their years).
    """
    pairs = [effects_of(trials) for trials in groups.values()]
    found = influence.diagnose_all(pairs, *model) if groups else []
    parts = [(y[: i + 1], v[: i + 1]) for y, v in pairs for i in range(y.size)]
    grown = pool(make_batch(parts), *model, limits=False).rows() if parts else iter(())
    for ((analysis_id, measure), trials), (full, without, single) in zip(groups.items(), found, strict=True):
        clear = full["ci_low"] > 0 or full["ci_high"] < 0
        for i, trial in enumerate(trials):
            at = next(grown)
            estimate, low, high, tau2 = (without[c][i].item() for c in ("estimate", "ci_low", "ci_high", "tau2"))
            yield TrialInfluence(
                analysis_id,
                measure,
                trial.trial_id,
                trial.study,
                estimate_without=scales.natural(measure, estimate),
                ci_low_without=scales.natural(measure, low),
                ci_high_without=scales.natural(measure, high),
                tau2_without=known(tau2),
                residual=known(single.residual[i].item()),
                cook=known(single.cook[i].item()),
                dffits=known(single.dffits[i].item()),
                hat=known(single.hat[i].item()),
                turns=(low > 0 or high < 0) != clear,
                cumulative_estimate=scales.natural(measure, at["estimate"]),
                cumulative_low=scales.natural(measure, at["ci_low"]),
                cumulative_high=scales.natural(measure, at["ci_high"]),
            )


def bayes_rows(groups: Trials, settings: Settings, priors: Mapping[str, Any]) -> Iterator[BayesianCheck]:
    """The posterior of each analysis that has a prior (``prior_of``), and the chances of any and of a worthwhile benefit.

    Effects are turned so that negative is good, and turned back in what is shown. ``share_worthwhile`` and
    ``worthwhile_new_t`` are the share of true effects beyond the threshold and the chance of a new setting's effect
    beyond it without a prior (``pooling.share_beyond``).
    """
    outcomes = {key: settings.outcome(AnalysisKey.parse(key[0]).outcome) for key in groups}
    known_priors = {key: prior_of(priors, outcomes[key], key[1], partial(typical_sd, trials)) for key, trials in groups.items()}
    chosen = {key: prior for key, prior in known_priors.items() if prior is not None}
    groups, outcomes = {key: groups[key] for key in chosen}, {key: outcomes[key] for key in chosen}
    signs = {key: sign(outcome) for key, outcome in outcomes.items()}
    turned = {key: (signs[key] * yi, vi) for key, (yi, vi) in ((k, effects_of(t)) for k, t in groups.items())}
    cuts = {key: -bound(outcome, key[1]) for key, outcome in outcomes.items()}
    if not turned:
        return
    new, share = share_beyond(
        pool(make_batch(list(turned.values())), *settings.model, limits=False), np.array(list(cuts.values()))
    )
    for i, ((analysis_id, measure), (yi, vi)) in enumerate(turned.items()):
        turn, prior, cut = signs[analysis_id, measure], chosen[analysis_id, measure], cuts[analysis_id, measure]
        found = posterior(yi, vi, *prior, (0.0, cut))
        limits = sorted((turn * found.ci_low, turn * found.ci_high))
        yield BayesianCheck(
            analysis_id,
            measure,
            prior=f"{prior.family} {prior.scale:g}",
            estimate=scales.natural(measure, turn * found.mean),
            ci_low=scales.natural(measure, limits[0]),
            ci_high=scales.natural(measure, limits[1]),
            tau=found.tau_median,
            benefit=found.below[0],
            worthwhile=known(found.below[1]),
            worthwhile_new=known(found.below_new[1]),
            share_worthwhile=known(float(share[i])),
            worthwhile_new_t=known(float(new[i])),
        )


EVERY_SUBSET_UP_TO = 12  # trials up to which the table's GOSH takes every subset


SAMPLED_SUBSETS = 5000


def gosh_rows(groups: Trials, good_events: Callable[[str], bool], seed: int) -> Iterator[AllSubsets]:
    """All subsets (DL): spread of estimates and I2, the share on the treatment's side, and the trial that splits the cloud.

    Every subset up to twelve trials, a seeded sample of 5,000 beyond. ``good_events`` tells of an outcome whether its
    event is good.
    """
    for (analysis_id, measure), trials in groups.items():
        yi, vi = effects_of(trials)
        found = gosh(yi, vi, most=SAMPLED_SUBSETS, seed=seed, every_up_to=EVERY_SUBSET_UP_TO)
        low, middle, high = (natural(measure, float(q)) for q in np.quantile(found.estimate, (0.025, 0.5, 0.975)))
        i2 = np.quantile(found.i2, (0.025, 0.5, 0.975))
        turn = -1.0 if good_events(AnalysisKey.parse(analysis_id).outcome) else 1.0
        split = cluster_effect(found, yi.size)
        most = int(np.nanargmax(np.abs(split)))
        yield AllSubsets(
            analysis_id,
            measure,
            trials=yi.size,
            subsets=len(found.members),
            every_subset=yi.size <= EVERY_SUBSET_UP_TO,
            estimate_low=low,
            estimate_median=middle,
            estimate_high=high,
            i2_low=float(i2[0]),
            i2_median=float(i2[1]),
            i2_high=float(i2[2]),
            favours_treatment=float(np.mean(turn * found.estimate < 0)),
            splitting_trial=trials[most].study,
            split=float(split[most]),
        )
