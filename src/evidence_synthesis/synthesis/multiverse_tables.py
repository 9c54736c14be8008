"""The multiverse as tables: a line for each question, choice, selection, set of effects and universe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import combinations
from typing import Any

import numpy as np

from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import Question, by_outcome, concerned
from evidence_synthesis.stats.batch import Array, settled
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.multiverse import _PLAIN_AXES, Choices, Collection, Multiverse, multiverse
from evidence_synthesis.synthesis.regions import NOT_LOOKED_AT, REGION_VERDICTS
from evidence_synthesis.synthesis.rows.multiverse import ChoiceThatMoves, PooledSet, QuestionInUniverses
from evidence_synthesis.synthesis.verdicts import Rules, bound, sign


def choice_rows(found: Multiverse) -> Iterator[ChoiceThatMoves]:
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
        yield ChoiceThatMoves(
            found.universes.question.name,
            name,
            tuple(levels),
            verdict_changes=float(np.mean(changes)),
            estimate_moves=float(np.nanmean(moves)) if moves and np.isfinite(moves).any() else None,
        )


def _estimates(found: Multiverse) -> Array | None:
    """Estimates in smallest worthwhile effects, with an axis for each selection choice and the estimator."""
    if found.answers is None:
        return None
    smallest = np.array([bound(found.universes.question.outcome, m) for m in found.universes.measures])
    scaled = found.answers.estimate / smallest[:, None]
    picked = scaled[np.maximum(found.universes.place, 0)]
    empty = found.universes.place.reshape(*found.universes.place.shape, 1) < 0
    return np.asarray(np.where(empty, np.nan, picked), dtype=np.float64)


def summary_row(found: Multiverse, natural: Callable[[str, float], float]) -> QuestionInUniverses:
    """One line about a question: the review's verdict, the share of universes with data in each, and the spread of estimates.

    The estimates are those on the outcome's first measure, over all universes; low and high are the 2.5 and 97.5 per cent
    points. ``natural`` turns a value of a measure into the one that is read.
    """
    question = found.universes.question
    shares: dict[str, Any] = {v: found.shares.get(v) for v in REGION_VERDICTS if v != NOT_LOOKED_AT}
    most = max(choice_rows(found), key=lambda c: (c.verdict_changes, c.choice))
    row = QuestionInUniverses(
        question=question.name,
        claimed=found.region,
        universes=found.words.size,
        sets=len(found.universes.sets),
        with_data=found.with_data / found.words.size,
        verdict=found.verdict,
        same_verdict=found.shares.get(found.verdict),
        **shares,
        moves_most=most.choice,
        moves_most_share=most.verdict_changes,
    )
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
    spread: dict[str, Any] = {"estimate_median": middle, "estimate_low": low, "estimate_high": high}
    return replace(row, measure=measure, **spread, trials_least=int(trials.min()), trials_most=int(trials.max()))


def selection_columns(choices: Choices) -> list[str]:
    """Columns of the table of selections: the choices, then one for each set of results left out."""
    return ["question", "window", "comparator", "measure", "multi_arm", "values", *_drop_names(choices)]


def _drop_names(choices: Choices) -> list[str]:
    """Names of the combinations of reasons to leave results out, in the order of the last axes: ``without_a+b``."""
    return [f"without_{'+'.join(way)}" if way else "with_all" for way in choices.ways_to_leave_out]


def selection_rows(found: Multiverse, choices: Choices) -> Iterator[dict[str, object]]:
    """The number of the set of effects of every selection (empty: no trial is left); a column for each way to leave out."""
    axes = dict(list(found.universes.axes.items())[:_PLAIN_AXES])
    names = _drop_names(choices)
    flat = found.universes.place.reshape(*found.universes.place.shape[:_PLAIN_AXES], len(names))
    for place in np.ndindex(*flat.shape[:_PLAIN_AXES]):
        row = {name: levels[i] for (name, levels), i in zip(axes.items(), place, strict=True)}
        sets = {name: index.item() + 1 if index >= 0 else None for name, index in zip(names, flat[place], strict=True)}
        yield {"question": found.universes.question.name, **row, **sets}


def set_rows(found: Multiverse, choices: Choices, natural: Callable[[str, float], float]) -> Iterator[PooledSet]:
    """The pooled results of every set of effects, with the verdict of each interval at the review's threshold."""
    answers = found.answers
    if answers is None:
        return
    turn = sign(found.universes.question.outcome)
    for s, measure in enumerate(found.universes.measures):
        for e, estimator in enumerate(choices.estimators):
            shown: dict[str, Any] = {}
            for i, interval in enumerate(choices.intervals):
                limits = sorted((turn * answers.low[s, e, i].item(), turn * answers.high[s, e, i].item()))
                shown[f"{interval}_low"], shown[f"{interval}_high"] = (known(_short(natural(measure, v))) for v in limits)
                shown[f"{interval}_verdict"] = REGION_VERDICTS[answers.words[s, e, i, 0]]
            yield PooledSet(
                found.universes.question.name,
                s + 1,
                measure,
                answers.trials[s].item(),
                answers.participants[s].item(),
                estimator,
                known(round(answers.i2[s, e].item(), 1)),
                _short(natural(measure, turn * answers.estimate[s, e].item())),
                **shown,
            )


def universe_rows(found: Multiverse, natural: Callable[[str, float], float]) -> Iterator[dict[str, object]]:
    """One row for each universe of a question: its choices, trials, estimate with interval, and verdict.

    The published tables hold the same in less room (selections and sets); 27,000 rows a question are made on demand.
    """
    names, answers = list(found.axes), found.answers
    last = len(names) - 3  # estimator, interval and threshold come after the choices of the selection
    turn = sign(found.universes.question.outcome)
    for place in np.ndindex(*found.words.shape):
        row: dict[str, object] = {name: found.axes[name][i] for name, i in zip(names, place, strict=True)}
        row["verdict"] = REGION_VERDICTS[found.words[place]]
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


@dataclass(frozen=True)
class MultiverseTables:
    """The tables of all questions; ``selections`` are rows by column, since each review has its own ways to leave out."""

    summary: list[QuestionInUniverses] = field(default_factory=list)
    choices: list[ChoiceThatMoves] = field(default_factory=list)
    selections: list[dict[str, object]] = field(default_factory=list)
    sets: list[PooledSet] = field(default_factory=list)
    universes: list[int] = field(default_factory=list)

    @classmethod
    def of_cells(cls, cells: Sequence[Any]) -> MultiverseTables:
        """The tables of what ``_question_cells`` gives. Raises ValueError or TypeError for what is none."""
        summary, choices, selections, sets, universes = cells
        return cls(
            QuestionInUniverses.from_cells(summary, QuestionInUniverses.FILE),
            ChoiceThatMoves.from_cells(choices, ChoiceThatMoves.FILE),
            [dict(row) for row in selections],
            PooledSet.from_cells(sets, PooledSet.FILE),
            [int(universes)],
        )

    def extend(self, other: MultiverseTables) -> None:
        """Add the rows of other tables."""
        for own in fields(self):
            getattr(self, own.name).extend(getattr(other, own.name))


def _question_cells(found: Multiverse, choices: Choices) -> list[Any]:
    """What the tables hold of one question, as texts and numbers."""
    some = bool(found.universes.sets)  # questions that any universe answers
    return [
        [summary_row(found, natural).cells()],
        [row.cells() for row in choice_rows(found)] if some else [],
        list(selection_rows(found, choices)) if some else [],
        [row.cells() for row in set_rows(found, choices, natural)] if some else [],
        found.words.size,
    ]


def multiverse_tables(
    questions: Iterable[tuple[Question, str]],
    converted: Collection,
    choices: Choices,
    settings: Settings,
    taxonomy: Taxonomy,
    doubtful: frozenset[str],
    rules: Rules,
    memo: Memo,
) -> MultiverseTables:
    """Every question, with the region of effects that is claimed, in every universe.

    A question whose results, and doubts about them, are the same as in a former run is not answered again.
    """
    tables = MultiverseTables()
    on = {values: by_outcome(results) for values, results in converted.items()}
    for question, region in questions:
        own = {values: concerned(question, results.get(question.outcome.domain, ())) for values, results in on.items()}
        doubts = frozenset(c.result.row_id for results in own.values() for c in results) & doubtful

        def cells(question: Question = question, region: str = region, own: Collection = own) -> list[Any]:
            found = multiverse(question, region, own, choices, settings, taxonomy, doubtful, rules)
            return _question_cells(found, choices)

        tables.extend(memo.answer((question, region, doubts), own.values(), cells, MultiverseTables.of_cells))
    return tables


def _short(value: float) -> float:
    """Five significant digits: these tables are for counting and drawing."""
    return float(f"{value:.5g}")
