"""Verdict and certainty of the published analyses, and what they are without the rows in doubt; from the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from evidence_synthesis.conclusions.bodies import TrialEvidence, TurnedResult, body_of, risk_beside
from evidence_synthesis.conclusions.grade import (
    WORDS,
    Body,
    Concern,
    Limits,
    Rating,
    rate,
    unpoolable_trials,
)
from evidence_synthesis.effects import scales
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.effects.scales import natural
from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.review.schema import RATIOS, Result
from evidence_synthesis.review.settings import Model, Outcome, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import Analysis, select_only
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import Pooled, pool
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.analyses import Trials
from evidence_synthesis.synthesis.moderators import MODERATORS
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult
from evidence_synthesis.synthesis.rows.conclusions import Certainty, WithoutDoubtful
from evidence_synthesis.synthesis.rows.further import SubgroupResult
from evidence_synthesis.synthesis.spread import sd_within
from evidence_synthesis.synthesis.trials_in_analyses import effects_of
from evidence_synthesis.synthesis.verdicts import Judged, Rules, bound, judge, sides, sign
from evidence_synthesis.wording import p_value

_CLEAR_P, _HALF = 0.01, 50.0


class UnknownAnalysis(EvidenceError):
    """An overruled certainty names an analysis that does not exist."""


@dataclass(frozen=True)
class Grounds:
    """What analyses are rated by, beside their trials.

    ``results`` are by row id, ``unusable`` the results known without poolable numbers, ``overruled`` what persons decided by
    analysis and domain, ``explained`` the moderators that explain heterogeneity.
    """

    settings: Settings
    taxonomy: Taxonomy
    rules: Rules
    limits: Limits
    results: Mapping[str, Result]
    unusable: Sequence[Cells]
    explained: Mapping[Key, str]
    overruled: Mapping[str, Mapping[str, Concern]]
    _counted: dict[tuple[str, str, str], int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def unpoolable(self, group: str, outcome: Outcome, population: str) -> int:
        """Trials of a group's treatments known without a poolable result; counted once for all analyses that ask."""
        asked = group, outcome.domain, population
        if asked not in self._counted:
            regions = next(p.regions for p in self.settings.populations if p.population == population)
            members = frozenset(self.taxonomy.members(group))
            self._counted[asked] = unpoolable_trials(self.unusable, members, outcome.domain, regions)
        return self._counted[asked]

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """The ids of treatments by their labels."""
        return {c.label: name for name, c in self.taxonomy.conditions.items()}


def _turned(row: PooledResult, outcome: Outcome) -> TurnedResult:
    """A pooled result as it is judged: on the scale of pooling, negative favouring the treatment."""
    turn = sign(outcome)
    values = (*row.effect, number_of(row.prediction_low), number_of(row.prediction_high))
    estimate, *ends = (turn * scales.linear(row.measure, value) for value in values)
    (low, high), prediction = sorted(ends[:2]), ends[2:]
    return TurnedResult(estimate, low, high, min(prediction), max(prediction), number_of(row.i2))


def verdicts_of(rows: Sequence[PooledResult], trials: Trials, settings: Settings, rules: Rules) -> list[str]:
    """The verdict of each pooled row on its own measure."""
    if not rows:
        return []
    outcomes = [settings.outcome(row.outcome) for row in rows]
    turned = [_turned(row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    clear = []
    for row, outcome in zip(rows, outcomes, strict=True):
        yi, vi = effects_of(trials[row.key])
        clear.append(sides((sign(outcome) * yi).tolist(), vi.tolist()))
    smallest = np.array([bound(outcome, row.measure) for row, outcome in zip(rows, outcomes, strict=True)])
    people = [row.participants or 0.0 for row in rows]
    judged = Judged(
        estimate=np.array([t.estimate for t in turned]),
        low=np.array([t.low for t in turned]),
        high=np.array([t.high for t in turned]),
        i2=np.array([t.i2 for t in turned]),
        trials=np.array([row.trials for row in rows]),
        participants=np.array(people),
        for_it=np.array([for_it for for_it, _ in clear]),
        against=np.array([against for _, against in clear]),
    )
    return [str(word) for word in judge(judged, smallest, rules)]


def _evidence(trial: AnalysisTrial, ids: Mapping[str, str], grounds: Grounds) -> TrialEvidence:
    result = grounds.results[trial.row_ids[0]]
    if trial.events_c is None or not trial.n_c:
        risk = risk_beside(result, ids[trial.versus], grounds.settings) if trial.measure in RATIOS else None
    else:
        risk = trial.events_c / trial.n_c
    sd = sd_within(trial.n_t, trial.sd_t, trial.n_c, trial.sd_c, trial.vi) if trial.measure == "MD" else None
    return TrialEvidence(result, trial.weight, ids[trial.versus], trial.yi, trial.vi, trial.people, risk, sd)


def pooled_body(row: PooledResult, trials: Sequence[AnalysisTrial], grounds: Grounds) -> Body:
    """A pooled row with all that its certainty depends on."""
    outcome = grounds.settings.outcome(row.outcome)
    known = grounds.unpoolable(row.group, outcome, row.population)
    evidence = [_evidence(trial, grounds.ids, grounds) for trial in trials]
    why = grounds.explained.get(row.key, "")
    return body_of(evidence, row.measure, _turned(row, outcome), row.participants or 0.0, outcome, known, why)


def explanations(subgroups: Iterable[SubgroupResult]) -> dict[Key, str]:
    """For each analysis the moderator that explains most of its heterogeneity, where that is clear.

    Half or more of tau2 explained, and p below 0.01 for a difference between subgroups (several moderators are tried). Columns
    of the review's own explore, they do not explain: which of many is tried is not fixed before.
    """
    found: dict[Key, tuple[float, str]] = {}
    for row in subgroups:
        if (
            row.moderator not in MODERATORS or row.p_common_tau2 is None or row.r2 is None
        ):  # effects that lie on the line exactly have no test
            continue
        if row.p_common_tau2 < _CLEAR_P and row.r2 >= _HALF and row.r2 > found.get(row.key, (0.0, ""))[0]:
            words = f"{row.moderator.replace('_', ' ')} explains {row.r2:.0f} % of tau2 (p {p_value(row.p_common_tau2)})"
            found[row.key] = (row.r2, words)
    return {key: words for key, (_, words) in found.items()}


def _overruled_words(rating: Rating) -> str:
    return "; ".join(f"{domain.replace('_', ' ')}: {WORDS[c.levels]} ({c.why})" for domain, c in rating.overruled.items())


def certainty_rows(rows: Sequence[PooledResult], trials: Trials, grounds: Grounds) -> Iterator[Certainty]:
    """Verdict and certainty of each pooled row, with every domain's rating and reason.

    Raises UnknownAnalysis when an overruling names an analysis that is not among the rows.
    """
    unknown = sorted(set(grounds.overruled) - {r.analysis_id for r in rows})
    if unknown:
        raise UnknownAnalysis(f"certainty_overrides.csv: no analysis {', '.join(unknown)}")
    for row, verdict in zip(rows, verdicts_of(rows, trials, grounds.settings, grounds.rules), strict=True):
        body = pooled_body(row, trials[row.key], grounds)
        rating = rate(body, grounds.limits, grounds.taxonomy, grounds.overruled.get(row.analysis_id))
        rated = {domain: WORDS[concern.levels] for domain, concern in rating.concerns.items()}
        why = {f"{domain}_why": concern.why for domain, concern in rating.concerns.items()}
        largest = max(trials[row.key], key=lambda t: t.weight)
        yield Certainty(
            row.analysis_id,
            row.measure,
            row.trials,
            verdict,
            rating.certainty,
            rating.by_rule,
            **rated,
            **why,
            overruled=_overruled_words(rating),
            control_risk=body.control_risk,
            largest_trial=largest.study,
            largest_weight=largest.weight,
        )


def _pooled_by_key(analyses: Sequence[Analysis], model: Model) -> tuple[Pooled | None, dict[Key, int]]:
    """All analyses pooled, and where each stands; nothing where there is none."""
    if not analyses:
        return None, {}
    batch = make_batch([([e.estimate.yi for e in a.entries], [e.estimate.vi for e in a.entries]) for a in analyses])
    places = {(a.key.analysis_id, a.measure): i for i, a in enumerate(analyses)}
    return pool(batch, *model, limits=False), places


def without_rows(
    rows: Sequence[PooledResult],
    trials: Trials,
    converted: Sequence[Converted],
    doubtful: frozenset[str],
    settings: Settings,
    taxonomy: Taxonomy,
) -> Iterator[WithoutDoubtful]:
    """Pooled rows that hold a doubtful row, beside the same analysis without all of those.

    A trial whose doubtful result falls away comes in with another result of it, where there is one.
    """
    doubted = {row.key: tuple(i for t in trials[row.key] for i in t.row_ids if i in doubtful) for row in rows}
    asked = frozenset((row.asks, row.measure) for row in rows if doubted[row.key])
    left = select_only([c for c in converted if c.result.row_id not in doubtful], settings, taxonomy, asked)
    pooled, places = _pooled_by_key(left, settings.model)
    for row in rows:
        if not doubted[row.key]:
            continue
        count = 0
        effect: tuple[float | None, float | None, float | None] = (None, None, None)
        if pooled is not None and row.key in places:
            at = pooled.at(places[row.key])
            count = len({e.trial_id for e in left[places[row.key]].entries})
            effect = (
                natural(row.measure, at["estimate"]),
                natural(row.measure, at["ci_low"]),
                natural(row.measure, at["ci_high"]),
            )
        yield WithoutDoubtful(
            row.analysis_id, row.measure, row.trials, *row.effect, count, *effect, rows_in_doubt=doubted[row.key]
        )
