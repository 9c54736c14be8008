"""Verdict and certainty of an analysis as it would be with one change alone, by the rules of the review."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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
from evidence_synthesis.synthesis.trials_in_analyses import effects_of
from evidence_synthesis.synthesis.verdicts import Rules

Row = Mapping[str, str]
Key = tuple[str, str]


class Judge:
    """Judges variants of the analyses of two states by a config; both states' rows are known to it.

    Treatments, results without numbers and explained heterogeneity are those of the newer state. What a person overruled
    is left aside: it was said of the analysis as it is.
    """

    def __init__(self, old: State, new: State, config: Mapping[str, Any]) -> None:
        self.settings, self.taxonomy = load_settings(config), Taxonomy(new.table("checked/treatments.csv"))
        self.rules, self.limits = Rules.of(config["verdicts"]), Limits.of(config["certainty"])
        self.unusable = new.table("checked/unusable_results.csv")
        self.explained = certainty.explanations(new.table("tables/subgroups.csv"))
        rows = [r for state in (old, new) for r in state.table("checked/trials.csv")]
        self.results = {r["row_id"]: parse_result(r) for r in rows}
        self.pooled = {_key(r): r for state in (old, new) for r in state.table("tables/pooled.csv")}
        self.rated = {_key(r) for state in (old, new) for r in state.table("tables/certainty.csv")}

    def __call__(self, key: Key, trials: Sequence[Row], result: Mapping[str, float]) -> str:
        """Verdict and certainty in words; empty for analyses that are not rated."""
        if key not in self.rated:
            return ""
        batch = make_batch([effects_of(trials)])
        shares = weights(batch, np.array([result["tau2"]])).tolist()
        weighted = [{**t, "weight": cell(w)} for t, w in zip(trials, shares, strict=True)]
        row = {**self.pooled[key], **_pooled_cells(key[1], weighted, result)}
        rated = certainty.certainty_rows(
            [row],
            {key: weighted},
            self.results,
            self.unusable,
            {},
            self.explained,
            self.settings,
            self.taxonomy,
            self.rules,
            self.limits,
        )
        judged = next(iter(rated))
        return f"{str(judged['verdict']).replace('_', ' ')}, certainty {judged['certainty']}"


def _key(row: Row) -> Key:
    return row["analysis_id"], row["measure"]


def _pooled_cells(measure: str, trials: Sequence[Row], result: Mapping[str, float]) -> dict[str, str]:
    """The cells of a pooled row that a change of trials touches."""
    natural = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    known = [float(t["n_t"]) + float(t["n_c"]) for t in trials if t["n_t"] and t["n_c"]]
    numbers = {n: cell(scales.natural(measure, result[n])) for n in natural} | {"i2": cell(result["i2"])}
    counts = {"trials": str(len({t["trial_id"] for t in trials})), "trials_without_n": str(len(trials) - len(known))}
    return numbers | counts | {"participants": cell(math.fsum(known)) if known else ""}
