"""A question's trials, pooled: what a part of a statement is held against, with the certainty of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from evidence_synthesis.conclusions.bodies import TrialEvidence, TurnedResult, body_of, risk_beside
from evidence_synthesis.conclusions.claims.material import Material
from evidence_synthesis.conclusions.grade import Body, Rating, rate, unpoolable_trials
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.selection.claim_questions import Question, eligible, entries_of
from evidence_synthesis.selection.multiarm import Entry, people, people_of
from evidence_synthesis.stats.batch import Array, make_batch
from evidence_synthesis.stats.bayes import chances_below
from evidence_synthesis.stats.pooling import pool, weights
from evidence_synthesis.synthesis.regions import CUTS, Region, chance_of, inside, judge_region, outside
from evidence_synthesis.synthesis.spread import prior_of, sd_of_entry, typical_sd_of
from evidence_synthesis.synthesis.verdicts import bound, sign


@dataclass(frozen=True)
class PooledEvidence:
    """Entries of trials, pooled on one measure, with negative favouring the treatment; ``smallest`` is a distance."""

    question: Question
    entries: Sequence[Entry]
    measure: str
    yi: Array
    vi: Array
    values: Mapping[str, float]
    smallest: float

    @property
    def turn(self) -> float:
        """The factor that makes negative effects favour the treatment."""
        return sign(self.question.outcome)

    @property
    def trials(self) -> int:
        """How many trials."""
        return len({e.trial_id for e in self.entries})

    @property
    def people(self) -> float:
        """The people that are known."""
        return people(self.entries)[0]

    @property
    def uncounted(self) -> int:
        """Entries whose number of people is not known."""
        return people(self.entries)[1]

    @property
    def limits(self) -> tuple[float, float]:
        """The 95% interval."""
        return self.values["ci_low"], self.values["ci_high"]

    def i2_limits(self, material: Material) -> tuple[float, float]:
        """The 95% interval of I2, which takes as long as the rest of pooling and few rules ask for; NaN with one trial."""
        whole = pool(make_batch([(self.yi, self.vi)]), *material.settings.model).at(0)
        return whole["i2_low"], whole["i2_high"]

    def enough(self, material: Material) -> bool:
        """Whether there are trials and people enough to judge; people of unknown number are not counted."""
        return self.trials >= material.rules.least_trials and self.people >= material.rules.least_participants

    def chance(self, region: Region, material: Material) -> float:
        """The probability of a region; NaN where the measure has no prior."""
        prior = prior_of(material.priors, self.question.outcome, self.measure, partial(typical_sd_of, self.entries))
        if prior is None:
            return math.nan
        cuts = tuple((self.smallest * np.array(CUTS)).tolist())
        below = _chances_once(self.yi.tobytes(), self.vi.tobytes(), prior, cuts)
        return float(chance_of(region, below))

    def inside(self, region: Region) -> bool:
        """Whether the interval lies wholly in a region."""
        low, high = map(np.array, self.limits)
        return bool(inside(low, high, np.array(self.smallest), region))

    def outside(self, region: Region) -> bool:
        """Whether the interval has nothing of a region."""
        low, high = map(np.array, self.limits)
        return bool(outside(low, high, np.array(self.smallest), region))

    def judged(self, region: Region, material: Material) -> str:
        """The verdict on a region by interval and probability, whatever the certainty."""
        settled = self.inside(region) or self.outside(region)
        chance = math.nan if settled else self.chance(region, material)
        low, high = map(np.array, self.limits)
        enough, leaning = np.array(self.enough(material)), material.statement_rules.leaning
        return str(judge_region(low, high, np.array(self.smallest), region, np.array(chance), enough, leaning))


@lru_cache(maxsize=2048)
def _pooled_once(yi: bytes, vi: bytes, model: Model) -> Mapping[str, float]:
    """The pooled result of one set of effects. Parts of statements ask for the same sets again and again, year after year."""
    (values,) = pool(make_batch([(np.frombuffer(yi), np.frombuffer(vi))]), *model, limits=False).rows()
    return values


@lru_cache(maxsize=2048)
def _chances_once(yi: bytes, vi: bytes, prior: tuple[str, float], cuts: tuple[float, ...]) -> Array:
    """The chances that the mean of one set of effects lies below some cuts."""
    return chances_below(np.frombuffer(yi), np.frombuffer(vi), *prior, np.array(cuts))


def _evidence(question: Question, sets: Sequence[Sequence[Entry]], measure: str, material: Material) -> list[PooledEvidence]:
    """Several sets of entries of one question, each pooled."""
    turn, smallest = sign(question.outcome), bound(question.outcome, measure)
    effects = [
        (turn * np.array([e.estimate.yi for e in entries]), np.array([e.estimate.vi for e in entries])) for entries in sets
    ]
    pooled: Iterable[Mapping[str, float]] = ()
    if len(sets) == 1:
        ((yi, vi),) = effects
        pooled = [_pooled_once(yi.tobytes(), vi.tobytes(), material.settings.model)]
    elif sets:
        pooled = pool(make_batch(effects), *material.settings.model, limits=False).rows()
    return [
        PooledEvidence(question, entries, measure, yi, vi, values, smallest)
        for entries, (yi, vi), values in zip(sets, effects, pooled, strict=True)
    ]


def pooled_on(question: Question, measure: str, material: Material) -> PooledEvidence | None:
    """A question's trials pooled on one measure; None when there are none."""
    trials = eligible(question, material.on(question.outcome.domain), material.settings, material.taxonomy)
    entries = entries_of(trials, question, measure, material.settings)
    return _evidence(question, [entries], measure, material)[0] if entries else None


def pooled_on_first(question: Question, material: Material) -> PooledEvidence | None:
    """A question's trials pooled on the outcome's first measure that any has; None when there are none."""
    trials = eligible(question, material.on(question.outcome.domain), material.settings, material.taxonomy)
    for measure in question.outcome.measures:
        entries = entries_of(trials, question, measure, material.settings)
        if entries:
            return _evidence(question, [entries], measure, material)[0]
    return None


def names_of(entries: Iterable[Entry]) -> dict[str, str]:
    """The trials' labels by their ids; with the id where two have the same label, and the id where one has none."""
    studies = {e.trial_id: e.result.study or e.trial_id for e in entries}
    several = Counter(studies.values())
    return {trial: label if several[label] == 1 else f"{label} ({trial})" for trial, label in studies.items()}


def without_each(found: PooledEvidence, material: Material) -> dict[str, PooledEvidence]:
    """The evidence without each trial, by its label; nothing where there is one trial only."""
    names = names_of(found.entries)
    if len(names) < 2:
        return {}
    left = [[e for e in found.entries if e.trial_id != trial] for trial in names]
    return dict(zip(names.values(), _evidence(found.question, left, found.measure, material), strict=True))


def doubtful_in(entries: Iterable[Entry], material: Material) -> list[Entry]:
    """The entries of trials whose identity or date the source does not tell: marked so, or without a year."""
    flags = material.statement_rules.doubtful_flags
    return [e for e in entries if e.result.flag_set & flags or e.result.year is None]


def without(found: PooledEvidence, dropped: Sequence[Entry], material: Material) -> PooledEvidence | None:
    """The evidence without some entries; None when nothing is left."""
    gone = {e.trial_id for e in dropped}
    left = [e for e in found.entries if e.trial_id not in gone]
    return _evidence(found.question, [left], found.measure, material)[0] if left else None


def known_without_numbers(question: Question, material: Material) -> int:
    """Trials of the treatments known without usable results for the outcome, whatever their comparator and time."""
    return unpoolable_trials(material.unusable, question.subject, question.outcome.domain, question.population.regions)


def _control_risk(entry: Entry, measure: str, settings: Settings) -> float | None:
    if entry.arm_c is not None and entry.arm_c.events is not None:
        return entry.arm_c.events / entry.arm_c.n
    versus = entry.result.treatment if entry.turned else entry.result.comparator
    return risk_beside(entry.result, versus, settings) if measure in RATIOS else None


def graded(found: PooledEvidence, material: Material) -> Body:
    """A pooled question with all that its certainty depends on."""
    entries, values = found.entries, found.values
    shares = weights(make_batch([(found.yi, found.vi)]), np.array([values["tau2"]]))
    trials = [
        TrialEvidence(
            e.result,
            share.item(),
            e.result.treatment if e.turned else e.result.comparator,
            yi,
            e.estimate.vi,
            people_of(e),
            _control_risk(e, found.measure, material.settings),
            sd_of_entry(e) if found.measure == "MD" else None,
        )
        for e, yi, share in zip(entries, found.yi.tolist(), shares, strict=True)
    ]
    turned = TurnedResult(*(values[n] for n in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "i2")))
    outcome, unpoolable = found.question.outcome, known_without_numbers(found.question, material)
    return body_of(trials, found.measure, turned, found.people, outcome, unpoolable)


def rating_of(found: PooledEvidence, material: Material) -> Rating:
    """The certainty of a pooled question by the rules."""
    return rate(graded(found, material), material.limits, material.taxonomy)


def pooled_again(found: PooledEvidence, sets: Sequence[Sequence[Entry]], material: Material) -> list[PooledEvidence]:
    """Other sets of entries of the same question on the same measure, each pooled; no set is empty."""
    return _evidence(found.question, sets, found.measure, material)
