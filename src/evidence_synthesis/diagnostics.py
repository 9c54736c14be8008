"""Tables of what else is asked of a pooled analysis: small-study effects, influence of single trials, a Bayesian check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evidence_synthesis import bias, influence, wording
from evidence_synthesis.batch import make_batch
from evidence_synthesis.bayes import posterior
from evidence_synthesis.membership import effects_of
from evidence_synthesis.pooling import pool, share_beyond
from evidence_synthesis.settings import Model, Settings
from evidence_synthesis.verdicts import bound, sign

Record = dict[str, object]
Trials = Mapping[tuple[str, str], Sequence[Mapping[str, str]]]

SMALL_COLUMNS = (
    *("analysis_id", "measure", "trials", "note", "egger_p", "begg_p", "filled", "filled_side", "filled_estimate", "filled_low"),
    *(
        "filled_high",
        "pet_peese",
        "adjusted_estimate",
        "adjusted_low",
        "adjusted_high",
        "limit_estimate",
        "limit_low",
        "limit_high",
        "selection_estimate",
        "selection_p",
    ),
)
INFLUENCE_COLUMNS = (
    *("analysis_id", "measure", "trial_id", "study", "estimate_without", "ci_low_without", "ci_high_without", "tau2_without"),
    *("residual", "cook", "dffits", "hat", "turns", "cumulative_estimate", "cumulative_low", "cumulative_high"),
)
BAYES_COLUMNS = (
    *("analysis_id", "measure", "prior", "estimate", "ci_low", "ci_high", "tau", "benefit", "worthwhile", "worthwhile_new"),
    *("share_worthwhile", "worthwhile_new_t"),
)


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


def small_study_rows(groups: Trials) -> Iterator[Record]:
    """Tests and adjusted estimates of each analysis; below ten trials a line that says so."""
    for (analysis_id, measure), trials in groups.items():
        row: Record = {"analysis_id": analysis_id, "measure": measure, "trials": len(trials)}
        yi, vi = effects_of(trials)
        if len(trials) < bias.MINIMUM:
            yield {**row, "note": f"not offered below {bias.MINIMUM} trials"}
            continue
        limit = bias.limit_meta_analysis(yi, vi)
        filled, (_, _, adjusted) = bias.trim_and_fill(yi, vi), bias.pet_peese(yi, vi)
        selected = bias.selection_model(yi, vi, negative=bool(np.median(yi) < 0))

        def natural(value: float, measure: str = measure) -> float:
            return wording.natural(measure, value)

        yield {
            **row,
            "egger_p": bias.egger(yi, vi).slope_p,
            "begg_p": bias.begg(yi, vi)[1],
            "filled": filled.missing,
            "filled_side": filled.side if filled.missing else "",
            "filled_estimate": natural(filled.estimate),
            "filled_low": natural(filled.ci_low),
            "filled_high": natural(filled.ci_high),
            "pet_peese": adjusted.method,
            "adjusted_estimate": natural(adjusted.estimate),
            "adjusted_low": natural(adjusted.ci_low),
            "adjusted_high": natural(adjusted.ci_high),
            "limit_estimate": natural(limit.estimate),
            "limit_low": natural(limit.ci_low),
            "limit_high": natural(limit.ci_high),
            "selection_estimate": natural(selected.estimate),
            "selection_p": selected.lr_p,
        }


def influence_rows(groups: Trials, model: Model) -> Iterator[Record]:
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
            yield {
                "analysis_id": analysis_id,
                "measure": measure,
                "trial_id": trial["trial_id"],
                "study": trial["study"],
                "estimate_without": wording.natural(measure, estimate),
                "ci_low_without": wording.natural(measure, low),
                "ci_high_without": wording.natural(measure, high),
                "tau2_without": tau2,
                "residual": single.residual[i].item(),
                "cook": single.cook[i].item(),
                "dffits": single.dffits[i].item(),
                "hat": single.hat[i].item(),
                "turns": (low > 0 or high < 0) != clear,
                **{
                    f"cumulative_{n.removeprefix('ci_')}": wording.natural(measure, at[n])
                    for n in ("estimate", "ci_low", "ci_high")
                },
            }


def bayes_rows(groups: Trials, settings: Settings, priors: Mapping[str, Any]) -> Iterator[Record]:
    """The posterior of each analysis whose measure has a prior, and the chances of any and of a worthwhile benefit.

    Effects are turned so that negative is good, and turned back in what is shown. ``share_worthwhile`` and
    ``worthwhile_new_t`` are the share of true effects beyond the threshold and the chance of a new setting's effect
    beyond it without a prior (``pooling.share_beyond``).
    """
    groups = {key: trials for key, trials in groups.items() if key[1] in priors}
    outcomes = {key: settings.outcome(key[0].split("__")[2]) for key in groups}
    signs = {key: sign(outcome) for key, outcome in outcomes.items()}
    turned = {key: (signs[key] * yi, vi) for key, (yi, vi) in ((k, effects_of(t)) for k, t in groups.items())}
    cuts = {key: -bound(outcome, key[1]) for key, outcome in outcomes.items()}
    if not turned:
        return
    new, share = share_beyond(
        pool(make_batch(list(turned.values())), *settings.model, limits=False), np.array(list(cuts.values()))
    )
    for i, ((analysis_id, measure), (yi, vi)) in enumerate(turned.items()):
        turn, prior, cut = signs[analysis_id, measure], priors[measure], cuts[analysis_id, measure]
        found = posterior(yi, vi, prior["family"], float(prior["scale"]), (0.0, cut))
        limits = sorted((turn * found.ci_low, turn * found.ci_high))
        yield {
            "analysis_id": analysis_id,
            "measure": measure,
            "prior": f"{prior['family']} {prior['scale']:g}",
            "estimate": wording.natural(measure, turn * found.mean),
            "ci_low": wording.natural(measure, limits[0]),
            "ci_high": wording.natural(measure, limits[1]),
            "tau": found.tau_median,
            "benefit": found.below[0],
            "worthwhile": found.below[1],
            "worthwhile_new": found.below_new[1],
            "share_worthwhile": float(share[i]),
            "worthwhile_new_t": float(new[i]),
        }
