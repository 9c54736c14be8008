"""All defensible choices at once: every combination of them answers the same question, a universe each.

Specification curves and multiverse analysis: Steegen 2016 (doi:10.1177/1745691616658637), Simonsohn 2020
(doi:10.1038/s41562-020-0912-z), for meta-analysis Voracek 2019 (doi:10.1027/2151-2604/a000357). A universe is a choice
of trials and values (a *selection*) together with an estimator, an interval and a threshold. Selections that end in
the same effects share one set of them, which is pooled once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence_synthesis.batch import Array, around, make_batch, settled
from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.conversions import Converted
from evidence_synthesis.multiarm import Entry, people
from evidence_synthesis.pooling import pool
from evidence_synthesis.questions import Question, concerned, eligible
from evidence_synthesis.selection import Candidate, contribute
from evidence_synthesis.settings import Settings, load_settings
from evidence_synthesis.verdicts import INSUFFICIENT, NO_DATA, VERDICTS, Judged, Rules, bound, judge, sides, sign

Record = dict[str, object]
CORRECTED, PRINTED = "corrected", "printed"
REVIEW = "review"
_PLAIN_AXES = 5  # window, comparator, measure, arms, values; the ways to leave results out follow
INTERVALS = ("wald", "hksj", "hksj_floor")
_JUDGEMENTS = tuple(word for word in VERDICTS if word not in (INSUFFICIENT, NO_DATA))
HIGH_RISK, IMPUTED, ABSTRACT, DOUBTFUL = "high_risk", "imputed", "abstract", "doubtful"


@dataclass(frozen=True)
class Choices:
    """The axes of the multiverse, each with its levels; the review's own choice is the level named in ``own``."""

    windows: Mapping[str, Settings]
    comparators: Mapping[str, tuple[str, ...]]
    multi_arm: tuple[str, ...]
    values: tuple[str, ...]
    without: tuple[str, ...]
    estimators: tuple[str, ...]
    intervals: tuple[str, ...]
    thresholds: Mapping[str, Mapping[str, float]]
    imputed_flags: frozenset[str]
    imputed_steps: frozenset[str]
    own_window: str
    own_estimator: str
    own_interval: str


def load_choices(config: Mapping[str, Any]) -> Choices:
    """The choices of a config that its schema has accepted, with the review's own among them."""
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
        estimators=with_own(entry["estimators"], model.estimator),
        intervals=with_own(entry["intervals"], own_interval),
        thresholds={REVIEW: {}, **entry["thresholds"]},
        imputed_flags=frozenset(entry["imputed"]["flags"]),
        imputed_steps=frozenset(entry["imputed"]["steps"]),
        own_window=windows["use"],
        own_estimator=model.estimator,
        own_interval=own_interval,
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


def _marks(candidate: Candidate, choices: Choices, doubtful: frozenset[str]) -> frozenset[str]:
    """Why a careful reader might leave a result out."""
    result = candidate.result
    imputed = result.flag_set & choices.imputed_flags or choices.imputed_steps & set(candidate.converted.steps)
    reasons = {
        HIGH_RISK: result.rob2_overall == "high",
        IMPUTED: bool(imputed),
        ABSTRACT: result.source_kind == "abstract",
        DOUBTFUL: result.row_id in doubtful,
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
    drops = [
        frozenset(n for n, on in zip(choices.without, pattern, strict=True) if on)
        for pattern in product((False, True), repeat=len(choices.without))
    ]
    axes: dict[str, tuple[str, ...]] = {
        "window": tuple(choices.windows),
        "comparator": tuple(comparators),
        "measure": question.outcome.measures,
        "multi_arm": choices.multi_arm,
        "values": choices.values,
        **{f"without_{n}": ("no", "yes") for n in choices.without},
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
            trial: [(x, _marks(x, choices, doubtful)) for x in candidates]
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

    Negative favours the treatment. ``words`` are codes of ``VERDICTS`` (sets, estimators, intervals, thresholds).
    """

    estimate: Array
    low: Array
    high: Array
    i2: Array
    trials: NDArray[np.intp]
    participants: Array
    words: NDArray[np.intp]


def _facts(universes: Universes) -> tuple[list[tuple[Array, Array]], NDArray[np.intp], Array, NDArray[np.bool_]]:
    """Effects turned so that negative is good, trials, people (unlimited where some are unknown), and clear single trials."""
    turn = sign(universes.question.outcome)
    effects, trials, persons, clear = [], [], [], []
    for entries in universes.sets:
        yi = turn * np.array([e.estimate.yi for e in entries])
        vi = np.array([e.estimate.vi for e in entries])
        total, unknown = people(entries)
        effects.append((yi, vi))
        trials.append(len({e.trial_id for e in entries}))
        persons.append(np.inf if unknown else total)
        clear.append(sides(yi.tolist(), vi.tolist()))
    return effects, np.array(trials, dtype=np.intp), np.array(persons), np.array(clear, dtype=bool).reshape(-1, 2)


def answer_all(universes: Universes, choices: Choices, rules: Rules, level: float = 95.0) -> Answers:
    """Pool every set of a question by every estimator, with every interval, and judge it at every threshold."""
    effects, trials, persons, clear = _facts(universes)
    shape = (len(effects), len(choices.estimators))
    estimate, i2 = np.empty(shape), np.empty(shape)
    low, high = np.empty((*shape, len(INTERVALS))), np.empty((*shape, len(INTERVALS)))
    batch = make_batch(effects)
    for e, estimator in enumerate(choices.estimators):
        floored = pool(batch, estimator, level=level, limits=False)
        half = floored.ci_high - floored.estimate
        if estimator != "FE":  # which has no HKSJ, so no factor that was kept above one
            half = half * np.sqrt(np.minimum(np.nan_to_num(floored.hksj_factor, nan=1.0), 1.0))
        bare = around(floored.estimate, half)
        estimate[:, e], i2[:, e] = floored.estimate, floored.i2
        pairs = ((floored.wald_low, floored.wald_high), bare, (floored.ci_low, floored.ci_high))  # as in INTERVALS
        for i, (a, b) in enumerate(pairs):
            low[:, e, i], high[:, e, i] = a, b
    chosen = [INTERVALS.index(name) for name in choices.intervals]
    low, high = low[:, :, chosen], high[:, :, chosen]
    outcome = universes.question.outcome
    words = np.empty((*low.shape, len(choices.thresholds)), dtype=np.intp)
    for t, threshold in enumerate(choices.thresholds.values()):
        smallest = np.array([bound(outcome, m, threshold.get(m)) for m in universes.measures])
        words[..., t] = _codes(estimate, low, high, i2, trials, persons, clear, smallest, rules)
    return Answers(estimate, low, high, i2, trials, persons, words)


def _codes(
    estimate: Array,
    low: Array,
    high: Array,
    i2: Array,
    trials: NDArray[np.intp],
    persons: Array,
    clear: NDArray[np.bool_],
    smallest: Array,
    rules: Rules,
) -> NDArray[np.intp]:
    """Verdicts as places in ``VERDICTS``."""
    shape = low.shape

    def spread(values: Any) -> Any:
        return np.broadcast_to(values.reshape(values.shape + (1,) * (3 - values.ndim)), shape)

    judged = Judged(
        *(spread(estimate), low, high, spread(i2), spread(trials), spread(persons)), *(spread(clear[:, i]) for i in (0, 1))
    )
    words = judge(judged, spread(smallest), rules)
    order = np.argsort(VERDICTS)
    return order[np.searchsorted(np.array(VERDICTS)[order], words)].astype(np.intp)


@dataclass(frozen=True)
class Multiverse:
    """One question in all universes: verdict codes with an axis for each choice, and where the review's own choice lies."""

    universes: Universes
    answers: Answers | None
    axes: Mapping[str, tuple[str, ...]]
    words: NDArray[np.intp]
    own: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """The verdict of the review's own choice."""
        return VERDICTS[self.words[self.own]]

    def count(self, *words: str) -> int:
        """The number of universes with one of these verdicts."""
        return int(np.isin(self.words, [VERDICTS.index(word) for word in words]).sum())

    @property
    def shares(self) -> dict[str, float]:
        """The share of the universes in each verdict."""
        return {word: self.count(word) / self.words.size for word in VERDICTS}

    @property
    def judged(self) -> float:
        """The share of the universes that have enough evidence to judge."""
        return self.count(*_JUDGEMENTS) / self.words.size

    @property
    def same_when_judged(self) -> float | None:
        """Of the universes with enough evidence, the share with the review's verdict; None where that is no judgement."""
        return self.count(self.verdict) / self.count(*_JUDGEMENTS) if self.verdict in _JUDGEMENTS else None


def multiverse(
    question: Question,
    converted: Collection,
    choices: Choices,
    settings: Settings,
    taxonomy: Taxonomy,
    doubtful: frozenset[str],
    rules: Rules,
) -> Multiverse:
    """Answer one question in every universe."""
    universes = explore(question, converted, choices, taxonomy, doubtful, settings)
    axes = {
        **universes.axes,
        "estimator": choices.estimators,
        "interval": choices.intervals,
        "threshold": tuple(choices.thresholds),
    }
    shape = tuple(len(levels) for levels in axes.values())
    answers = answer_all(universes, choices, rules) if universes.sets else None
    if answers is None:
        words = np.full(shape, VERDICTS.index(NO_DATA), dtype=np.intp)
    else:
        some = answers.words[np.maximum(universes.place, 0)]
        empty = universes.place.reshape(*universes.place.shape, 1, 1, 1) < 0
        words = np.where(empty, VERDICTS.index(NO_DATA), some)
    own = {
        "window": choices.own_window,
        "multi_arm": settings.multi_arm,
        "values": CORRECTED,
        "estimator": choices.own_estimator,
        "interval": choices.own_interval,
        "threshold": REVIEW,
    }
    places = tuple(levels.index(own.get(name, levels[0])) for name, levels in axes.items())
    return Multiverse(universes, answers, axes, words, places)


SUMMARY_COLUMNS = (
    *(
        "question",
        "universes",
        "sets",
        "verdict",
        "same_verdict",
        "judged",
        "same_when_judged",
        *VERDICTS[:-1],
        NO_DATA,
        "measure",
        "estimate_median",
    ),
    *("estimate_low", "estimate_high", "trials_least", "trials_most", "moves_most", "moves_most_share"),
)
CHOICE_COLUMNS = ("question", "choice", "levels", "verdict_changes", "estimate_moves")
SET_COLUMNS = (
    *("question", "set", "measure", "trials", "participants", "estimator", "i2", "estimate"),
    *(f"{interval}_{name}" for interval in INTERVALS for name in ("low", "high", "verdict")),
)


def choice_rows(found: Multiverse) -> Iterator[Record]:
    """For each choice: in what share of pairs of universes that differ in it alone the verdict differs, and how far the
    estimate moves on average, in smallest worthwhile effects of the review (not for the measure, whose scales differ).
    """
    estimates = _estimates(found)
    for axis, (name, levels) in enumerate(found.axes.items()):
        if len(levels) < 2:
            continue
        changes, moves = [], []
        for a, b in combinations(range(len(levels)), 2):
            changes.append(np.mean(found.words.take(a, axis) != found.words.take(b, axis)))
            if estimates is not None and axis < estimates.ndim and name != "measure":
                gap = np.abs(estimates.take(a, axis) - estimates.take(b, axis))
                moves.append(float(settled(np.nanmean(gap))) if np.isfinite(gap).any() else np.nan)
        yield {
            "question": found.universes.question.name,
            "choice": name,
            "levels": ";".join(levels),
            "verdict_changes": float(np.mean(changes)),
            "estimate_moves": float(np.nanmean(moves)) if moves and np.isfinite(moves).any() else None,
        }


def _estimates(found: Multiverse) -> Array | None:
    """Estimates in smallest worthwhile effects, with an axis for each selection choice and the estimator."""
    if found.answers is None:
        return None
    smallest = np.array([bound(found.universes.question.outcome, m) for m in found.universes.measures])
    scaled = found.answers.estimate / smallest[:, None]
    picked = scaled[np.maximum(found.universes.place, 0)]
    empty = found.universes.place.reshape(*found.universes.place.shape, 1) < 0
    return np.asarray(np.where(empty, np.nan, picked), dtype=np.float64)


def summary_row(found: Multiverse, natural: Callable[[str, float], float]) -> Record:
    """One line about a question: the review's verdict, the share of universes with it, and the spread of the estimates.

    The estimates are those on the outcome's first measure, over all universes; low and high are the 2.5 and 97.5 per cent
    points. ``natural`` turns a value of a measure into the one that is read.
    """
    question = found.universes.question
    row: Record = {"question": question.name, "universes": found.words.size, "sets": len(found.universes.sets)}
    row |= {"verdict": found.verdict, "same_verdict": found.shares[found.verdict], **found.shares}
    row |= {"judged": found.judged, "same_when_judged": found.same_when_judged}
    choices = list(choice_rows(found))
    most = max(choices, key=lambda c: (float(str(c["verdict_changes"])), str(c["choice"])))
    row |= {"moves_most": most["choice"], "moves_most_share": most["verdict_changes"]}
    if found.answers is None:
        return row
    measure = question.outcome.measures[0]
    place = found.universes.place.take(0, list(found.axes).index("measure")).ravel()
    place = place[place >= 0]
    if not place.size:
        return row
    values = sign(question.outcome) * found.answers.estimate[place].ravel()
    low, middle, high = (natural(measure, float(v)) for v in np.quantile(values, (0.025, 0.5, 0.975)))
    trials = found.answers.trials[place]
    row |= {"measure": measure, "estimate_median": middle, "estimate_low": low, "estimate_high": high}
    return row | {"trials_least": int(trials.min()), "trials_most": int(trials.max())}


def selection_columns(choices: Choices) -> list[str]:
    """Columns of the table of selections: the choices, then one for each set of results left out."""
    return ["question", "window", "comparator", "measure", "multi_arm", "values", *_drop_names(choices.without)]


def _drop_names(without: Sequence[str]) -> list[str]:
    """Names of the combinations of reasons to leave results out, in the order of the last axes: ``without_a+b``."""
    patterns = product((False, True), repeat=len(without))
    names = ["+".join(n for n, on in zip(without, pattern, strict=True) if on) for pattern in patterns]
    return ["with_all" if not name else f"without_{name}" for name in names]


def selection_rows(found: Multiverse, choices: Choices) -> Iterator[Record]:
    """The number of the set of effects of every selection (empty: no trial is left); a column for each way to leave out."""
    axes = dict(list(found.universes.axes.items())[:_PLAIN_AXES])
    names = _drop_names(choices.without)
    flat = found.universes.place.reshape(*found.universes.place.shape[:_PLAIN_AXES], len(names))
    for place in np.ndindex(*flat.shape[:_PLAIN_AXES]):
        row: Record = {name: levels[i] for (name, levels), i in zip(axes.items(), place, strict=True)}
        sets = {name: index.item() + 1 if index >= 0 else None for name, index in zip(names, flat[place], strict=True)}
        yield {"question": found.universes.question.name, **row, **sets}


def set_rows(found: Multiverse, choices: Choices, natural: Callable[[str, float], float]) -> Iterator[Record]:
    """The pooled results of every set of effects, with the verdict of each interval at the review's threshold."""
    answers = found.answers
    if answers is None:
        return
    turn = sign(found.universes.question.outcome)
    for s, measure in enumerate(found.universes.measures):
        for e, estimator in enumerate(choices.estimators):
            row: Record = {
                "question": found.universes.question.name,
                "set": s + 1,
                "measure": measure,
                "trials": answers.trials[s].item(),
                "participants": answers.participants[s].item() if np.isfinite(answers.participants[s]) else None,
                "estimator": estimator,
                "i2": round(answers.i2[s, e].item(), 1),
                "estimate": _short(natural(measure, turn * answers.estimate[s, e].item())),
            }
            for i, interval in enumerate(choices.intervals):
                limits = sorted((turn * answers.low[s, e, i].item(), turn * answers.high[s, e, i].item()))
                row[f"{interval}_low"], row[f"{interval}_high"] = (_short(natural(measure, v)) for v in limits)
                row[f"{interval}_verdict"] = VERDICTS[answers.words[s, e, i, 0]]
            yield row


def universe_rows(found: Multiverse, natural: Callable[[str, float], float]) -> Iterator[Record]:
    """One row for each universe of a question: its choices, trials, estimate with interval, and verdict.

    The published tables hold the same in less room (selections and sets); 27,000 rows a question are made on demand.
    """
    names, answers = list(found.axes), found.answers
    last = len(names) - 3  # estimator, interval and threshold come after the choices of the selection
    turn = sign(found.universes.question.outcome)
    for place in np.ndindex(*found.words.shape):
        row: Record = {name: found.axes[name][i] for name, i in zip(names, place, strict=True)}
        row["verdict"] = VERDICTS[found.words[place]]
        index = int(found.universes.place[place[:last]])
        if answers is not None and index >= 0:
            e, i = place[last], place[last + 1]
            measure = found.universes.measures[index]
            limits = sorted((turn * answers.low[index, e, i].item(), turn * answers.high[index, e, i].item()))
            row |= {
                "trials": answers.trials[index].item(),
                "estimate": natural(measure, turn * answers.estimate[index, e].item()),
            }
            row |= {"ci_low": natural(measure, limits[0]), "ci_high": natural(measure, limits[1])}
        yield row


def _short(value: float) -> float:
    """Five significant digits: these tables are for counting and drawing."""
    return float(f"{value:.5g}")
