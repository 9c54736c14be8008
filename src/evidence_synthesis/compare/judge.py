"""Verdict and certainty of an analysis as it would be with one change alone, by the rules of the review."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evidence_synthesis import wording
from evidence_synthesis.compare.states import State
from evidence_synthesis.conclusions import certainty
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.effects import scales
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import weights
from evidence_synthesis.storage.files import cell
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult
from evidence_synthesis.synthesis.trials_in_analyses import effects_of
from evidence_synthesis.synthesis.verdicts import Rules


class Judge:
    """Judges variants of the analyses of two states by a config; both states' rows are known to it.

    Treatments, results without numbers and explained heterogeneity are those of the newer state. What a person overruled
    is left aside: it was said of the analysis as it is.
    """

    def __init__(self, old: State, new: State, config: Mapping[str, Any]) -> None:
        self.settings, self.taxonomy = load_settings(config), Taxonomy(new.treatments)
        results = {r["row_id"]: parse_result(r) for state in (old, new) for r in state.rows}
        rules, limits = Rules.of(config["verdicts"]), Limits.of(config["certainty"])
        explained = certainty.explanations(new.subgroups)
        self.grounds = certainty.Grounds(
            self.settings, self.taxonomy, rules, limits, results, new.unusable, explained, overruled={}
        )
        self.pooled = {r.key: r for state in (old, new) for r in state.pooled}
        self.rated = {r.key for state in (old, new) for r in state.certainty}

    def __call__(self, key: Key, trials: Sequence[AnalysisTrial], result: Mapping[str, float]) -> str:
        """What the result says and its certainty, in words; empty for analyses that are not rated."""
        if key not in self.rated:
            return ""
        batch = make_batch([effects_of(trials)])
        shares = weights(batch, np.array([result["tau2"]])).tolist()
        weighted = [replace(t, weight=w) for t, w in zip(trials, shares, strict=True)]
        judged = next(certainty.certainty_rows([_repooled(self.pooled[key], weighted, result)], {key: weighted}, self.grounds))
        return f'"{wording.finding(judged.verdict, judged.certainty)}", certainty {judged.certainty}'


def _repooled(row: PooledResult, trials: Sequence[AnalysisTrial], result: Mapping[str, float]) -> PooledResult:
    """A pooled row with what a change of trials touches, each number as the table holds it."""

    def held(value: float) -> float | None:
        return None if math.isnan(value) else float(cell(value))

    names = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    natural: dict[str, Any] = {n: held(scales.natural(row.measure, result[n])) for n in names}
    people = [t.people for t in trials if t.people is not None]
    return replace(
        row,
        **natural,
        i2=held(result["i2"]),
        trials=len({t.trial_id for t in trials}),
        trials_without_n=len(trials) - len(people),
        participants=math.fsum(people) if people else None,
    )
