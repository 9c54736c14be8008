"""All defensible choices at once: every combination of them answers the same question, a universe each.

Specification curves and multiverse analysis: Steegen 2016 (doi:10.1177/1745691616658637), Simonsohn 2020
(doi:10.1038/s41562-020-0912-z), for meta-analysis Voracek 2019 (doi:10.1027/2151-2604/a000357). A universe is a choice
of trials and values (a *selection*) together with an estimator, an interval and a threshold. Selections that end in
the same effects share one set of them, which is pooled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.settings import Settings, load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import Candidate, contribute
from evidence_synthesis.selection.claim_questions import Question, concerned, eligible
from evidence_synthesis.selection.multiarm import Entry, people
from evidence_synthesis.stats.batch import Array, interval_about, make_batch
from evidence_synthesis.stats.bayes import chances_below
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.synthesis.regions import CUTS, NOT_LOOKED_AT, REGION_VERDICTS, REGIONS, Region, chance_of, judge_region
from evidence_synthesis.synthesis.spread import prior_of, typical_sd_of
from evidence_synthesis.synthesis.verdicts import Rules, bound, sign

CORRECTED, PRINTED = "corrected", "printed"
REVIEW = "review"
_PLAIN_AXES = 5  # window, comparator, measure, arms, values; the ways to leave results out follow
INTERVALS = ("wald", "hksj", "hksj_floor")
_NO_DATA = REGION_VERDICTS.index(NOT_LOOKED_AT)
HIGH_RISK, IMPUTED, ABSTRACT, DOUBTFUL = "high_risk", "imputed", "abstract", "doubtful"
HIGH_RISK_OTHERWISE = "high_risk_otherwise"  # by the other mapping of the tools' judgements
NO, YES, OTHERWISE = "no", "yes", "otherwise"  # levels of leaving out
RETRACTED, CONCERN = "retracted", "expression of concern"  # as a trial's status


@dataclass(frozen=True)
class Choices:
    """The axes of the multiverse, each with its levels; the review's own choice is the level named in ``own``.

    ``otherwise``: trials at high risk of bias are also left out by the settings' other mapping of the tools' judgements.
    """

    windows: Mapping[str, Settings]
    comparators: Mapping[str, tuple[str, ...]]
    multi_arm: tuple[str, ...]
    values: tuple[str, ...]
    without: tuple[str, ...]
    otherwise: bool
    estimators: tuple[str, ...]
    intervals: tuple[str, ...]
    thresholds: Mapping[str, Mapping[str, float]]
    imputed_flags: frozenset[str]
    imputed_steps: frozenset[str]
    own_window: str
    own_estimator: str
    own_interval: str
    leaning: float
    priors: Mapping[str, Any]

    @property
    def leaving_out(self) -> dict[str, tuple[str, ...]]:
        """The axes of leaving results out, with their levels."""
        high_risk = (NO, YES, OTHERWISE) if self.otherwise else (NO, YES)
        return {f"without_{n}": high_risk if n == HIGH_RISK else (NO, YES) for n in self.without}

    @property
    def ways_to_leave_out(self) -> list[tuple[str, ...]]:
        """Which marks take a result out, for each combination of the levels of these axes, in their order."""
        return [
            tuple(n if level == YES else f"{n}_{level}" for n, level in zip(self.without, levels, strict=True) if level != NO)
            for levels in product(*self.leaving_out.values())
        ]


def load_choices(config: Mapping[str, Any]) -> Choices:
    """The choices of a config that its schema has accepted, with the review's own among them; its priors and its leaning."""
    entry, windows, model = config["multiverse"], config["windows"], load_settings(config).model

    def with_own(levels: Iterable[str], own: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*levels, own)))

    own_interval = "hksj_floor" if model.floor else "hksj"

    def preset(name: str) -> Settings:
        return load_settings({**config, "windows": {**windows, "use": name}})

    return Choices(
        windows={name: preset(name) for name in with_own(entry["windows"], windows["use"])},
        comparators={k: tuple(v) for k, v in entry["comparators"].items()},
        multi_arm=with_own(entry["multi_arm"], config["selection"]["multi_arm"]),
        values=with_own(entry["values"], CORRECTED),
        without=tuple(entry["without"]),
        otherwise="otherwise" in config.get("risk_of_bias", {}),
        estimators=with_own(entry["estimators"], model.estimator),
        intervals=with_own(entry["intervals"], own_interval),
        thresholds={REVIEW: {}, **entry["thresholds"]},
        imputed_flags=frozenset(entry["imputed"]["flags"]),
        imputed_steps=frozenset(entry["imputed"]["steps"]),
        own_window=windows["use"],
        own_estimator=model.estimator,
        own_interval=own_interval,
        leaning=float(config["statements"]["leaning"]),
        priors=config["bayes"],
    )


@dataclass
class Universes:
    """The universes of one question: ``sets`` of effects, and the index of the set of every selection (-1: no trial).

    ``place`` has an axis for each selection choice, in the order of ``axes``.
    """

    question: Question
    axes: dict[str, tuple[str, ...]]
    place: NDArray[np.intp]
    sets: list[tuple[Entry, ...]] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)


def marks_of(item: Converted, choices: Choices, doubtful: frozenset[str]) -> frozenset[str]:
    """Why a careful reader might leave a result out; ``doubtful`` are ids of results that the audit doubts."""
    result = item.result
    imputed = result.flag_set & choices.imputed_flags or choices.imputed_steps & set(item.steps)
    reasons = {
        HIGH_RISK: result.risk_of_bias == "high",
        HIGH_RISK_OTHERWISE: result.risk_of_bias_otherwise == "high",
        IMPUTED: bool(imputed),
        ABSTRACT: result.source_kind == "abstract",
        DOUBTFUL: result.row_id in doubtful,
        RETRACTED: result.status == RETRACTED,
        CONCERN.replace(" ", "_"): result.status == CONCERN,
    }
    return frozenset(name for name, holds in reasons.items() if holds)


def _contributions(
    trials: Mapping[str, Sequence[tuple[Candidate, frozenset[str]]]],
    question: Question,
    measure: str,
    settings: Settings,
    dropped: Sequence[frozenset[str]],
) -> list[tuple[Entry, ...]]:
    """For each set of reasons to drop results: what the trials contribute. Equal remainders are worked out once."""
    found: list[list[Entry]] = [[] for _ in dropped]
    for trial in sorted(trials):
        known: dict[tuple[int, ...], list[Entry]] = {}
        usable = [(c, m) for c, m in trials[trial] if measure in c.converted.estimates]
        for place, reasons in enumerate(dropped):
            left = tuple(i for i, (_, marks) in enumerate(usable) if not marks & reasons)
            if left and left not in known:
                known[left] = contribute([usable[i][0] for i in left], question.outcome, measure, settings)[0]
            found[place] += known.get(left, [])
    return [tuple(entries) for entries in found]


def _signature(entries: Sequence[Entry]) -> tuple[tuple[object, ...], ...]:
    return tuple((e.row_ids, e.estimate.yi, e.estimate.vi) for e in entries)


Collection = Mapping[str, Sequence[Converted]]


def explore(
    question: Question, converted: Collection, choices: Choices, taxonomy: Taxonomy, doubtful: frozenset[str], settings: Settings
) -> Universes:
    """Every selection of one question. ``converted`` has the results as corrected and as printed."""
    groups = {g.comparator: g for g in settings.comparators}
    names = choices.comparators.get(question.comparator.comparator, (question.comparator.comparator,))
    comparators = {n: groups.get(n, question.comparator) for n in names}
    drops = [frozenset(way) for way in choices.ways_to_leave_out]
    axes: dict[str, tuple[str, ...]] = {
        "window": tuple(choices.windows),
        "comparator": tuple(comparators),
        "measure": question.outcome.measures,
        "multi_arm": choices.multi_arm,
        "values": choices.values,
        **choices.leaving_out,
    }
    relevant = {values: concerned(question, results) for values, results in converted.items()}
    found = Universes(question, axes, np.full([len(levels) for levels in axes.values()], -1, dtype=np.intp))
    known: dict[object, int] = {}
    flat = found.place.reshape(*found.place.shape[:_PLAIN_AXES], len(drops))
    for (w, window), (v, values), (c, comparator) in product(
        enumerate(choices.windows), enumerate(choices.values), enumerate(comparators.values())
    ):
        base = choices.windows[window]
        asked = replace(question, comparator=comparator)
        trials = {
            trial: [(x, marks_of(x.converted, choices, doubtful)) for x in candidates]
            for trial, candidates in eligible(asked, relevant[values], base, taxonomy).items()
        }
        for (m, measure), (a, arms) in product(enumerate(question.outcome.measures), enumerate(choices.multi_arm)):
            sets = _contributions(trials, asked, measure, replace(base, multi_arm=arms), drops)
            for d, entries in enumerate(sets):
                if entries:
                    key = (measure, _signature(entries))
                    if key not in known:
                        known[key] = len(found.sets)
                        found.sets.append(entries)
                        found.measures.append(measure)
                    flat[w, c, m, a, v, d] = known[key]
    return found


@dataclass(frozen=True)
class Answers:
    """Pooled results of every set of one question: arrays (sets, estimators) and for limits (sets, estimators, intervals).

    Negative favours the treatment. ``words`` are codes of ``REGION_VERDICTS`` (sets, estimators, intervals, thresholds).
    """

    estimate: Array
    low: Array
    high: Array
    i2: Array
    trials: NDArray[np.intp]
    participants: Array
    words: NDArray[np.intp]


def _facts(universes: Universes) -> tuple[list[tuple[Array, Array]], NDArray[np.intp], Array]:
    """Effects turned so that negative is good, the trials, and the people that are known, of each set."""
    turn = sign(universes.question.outcome)
    effects, trials, persons = [], [], []
    for entries in universes.sets:
        yi = turn * np.array([e.estimate.yi for e in entries])
        vi = np.array([e.estimate.vi for e in entries])
        effects.append((yi, vi))
        trials.append(len({e.trial_id for e in entries}))
        persons.append(people(entries)[0])
    return effects, np.array(trials, dtype=np.intp), np.array(persons, dtype=np.float64)


def _chances(
    universes: Universes, effects: Sequence[tuple[Array, Array]], bounds: Array, region: Region, choices: Choices
) -> Array:
    """The probability of the region for each set and threshold (``bounds``); NaN where the measure has no prior.

    It follows from the effects and the prior of tau alone, whatever the estimator and the interval.
    """
    found = np.full(bounds.shape, np.nan)
    for s, ((yi, vi), measure) in enumerate(zip(effects, universes.measures, strict=True)):
        prior = prior_of(choices.priors, universes.question.outcome, measure, partial(typical_sd_of, universes.sets[s]))
        if prior is None:
            continue
        cuts = np.outer(np.array(CUTS), bounds[s])
        below = chances_below(yi, vi, *prior, cuts.ravel()).reshape(cuts.shape)
        found[s] = chance_of(region, below)
    return found


def answer_all(universes: Universes, region: Region, choices: Choices, rules: Rules, level: float = 95.0) -> Answers:
    """Pool every set of a question by every estimator, with every interval, and judge it at every threshold."""
    effects, trials, persons = _facts(universes)
    shape = (len(effects), len(choices.estimators))
    estimate, i2 = np.empty(shape), np.empty(shape)
    low, high = np.empty((*shape, len(INTERVALS))), np.empty((*shape, len(INTERVALS)))
    batch = make_batch(effects)
    for e, estimator in enumerate(choices.estimators):
        floored = pool(batch, estimator, level=level, limits=False)
        half = floored.ci_high - floored.estimate
        if estimator != "FE":  # which has no HKSJ, so no factor that was kept above one
            half = half * np.sqrt(np.minimum(np.nan_to_num(floored.hksj_factor, nan=1.0), 1.0))
        bare = interval_about(floored.estimate, half)
        estimate[:, e], i2[:, e] = floored.estimate, floored.i2
        pairs = ((floored.wald_low, floored.wald_high), bare, (floored.ci_low, floored.ci_high))  # as in INTERVALS
        for i, (a, b) in enumerate(pairs):
            low[:, e, i], high[:, e, i] = a, b
    chosen = [INTERVALS.index(name) for name in choices.intervals]
    low, high = low[:, :, chosen], high[:, :, chosen]
    outcome = universes.question.outcome
    others = [{} if outcome.natural else t for t in choices.thresholds.values()]  # stated in points of 100
    bounds = np.array([[bound(outcome, m, t.get(m)) for t in others] for m in universes.measures])
    chance = _chances(universes, effects, bounds, region, choices)
    enough = (trials >= rules.least_trials) & (persons >= rules.least_participants)
    words = judge_region(
        low[..., None],
        high[..., None],
        bounds[:, None, None, :],
        region,
        chance[:, None, None, :],
        enough[:, None, None, None],
        choices.leaning,
    )
    return Answers(estimate, low, high, i2, trials, persons, _codes(words))


def _codes(words: NDArray[np.str_]) -> NDArray[np.intp]:
    """Verdicts as places in ``REGION_VERDICTS``."""
    order = np.argsort(REGION_VERDICTS)
    return order[np.searchsorted(np.array(REGION_VERDICTS)[order], words)].astype(np.intp)


@dataclass(frozen=True)
class Multiverse:
    """One question in all universes: verdict codes with an axis for each choice, and where the review's own choice lies."""

    universes: Universes
    region: str
    answers: Answers | None
    axes: Mapping[str, tuple[str, ...]]
    words: NDArray[np.intp]
    own: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """The verdict of the review's own choice, by interval and probability, whatever the certainty."""
        return REGION_VERDICTS[self.words[self.own]]

    @property
    def with_data(self) -> int:
        """The number of universes in which there is a trial."""
        return int((self.words != _NO_DATA).sum())

    @property
    def shares(self) -> dict[str, float]:
        """The share of the universes with data in each verdict; none where no universe has any."""
        counts = {word: int((self.words == i).sum()) for i, word in enumerate(REGION_VERDICTS) if i != _NO_DATA}
        return {word: n / self.with_data for word, n in counts.items()} if self.with_data else {}


def multiverse(
    question: Question,
    region: str,
    converted: Collection,
    choices: Choices,
    settings: Settings,
    taxonomy: Taxonomy,
    doubtful: frozenset[str],
    rules: Rules,
) -> Multiverse:
    """Answer one question in every universe: what its trials say of a region of effects (a name of ``REGIONS``)."""
    universes = explore(question, converted, choices, taxonomy, doubtful, settings)
    axes = {
        **universes.axes,
        "estimator": choices.estimators,
        "interval": choices.intervals,
        "threshold": tuple(choices.thresholds),
    }
    shape = tuple(len(levels) for levels in axes.values())
    answers = answer_all(universes, REGIONS[region], choices, rules) if universes.sets else None
    if answers is None:
        words = np.full(shape, _NO_DATA, dtype=np.intp)
    else:
        some = answers.words[np.maximum(universes.place, 0)]
        empty = universes.place.reshape(*universes.place.shape, 1, 1, 1) < 0
        words = np.where(empty, _NO_DATA, some)
    own = {
        "window": choices.own_window,
        "multi_arm": settings.multi_arm,
        "values": CORRECTED,
        "estimator": choices.own_estimator,
        "interval": choices.own_interval,
        "threshold": REVIEW,
    }
    places = tuple(levels.index(own.get(name, levels[0])) for name, levels in axes.items())
    return Multiverse(universes, region, answers, axes, words, places)
