"""The results of a review with what their trials and the judgements about them say: one row a result, as all else reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evidence_synthesis.review.judgements import Judgements, Mapped, by_trial, domain_cells, held, rating
from evidence_synthesis.review.package import Fault, Row
from evidence_synthesis.review.risk_of_bias import JUDGED
from evidence_synthesis.review.schema import FACTS, RATING_COLUMNS, joined_columns

STATUSES = ("retracted", "expression of concern")  # what somebody must have said somewhere


def join(results: Sequence[Row], trials: Sequence[Row], judgements: Sequence[Row], columns: Sequence[str]) -> list[Row]:
    """Each result with its trial's facts and its judgements, in the order of ``columns``.

    A row keeps the place of the result. What it says of its own people goes before what its trial says; a result of an
    unknown trial has no facts. Decisions and ratings are empty.
    """
    known = {row.cells["trial_id"]: row.cells for row in trials}
    told = by_trial(row.cells for row in judgements)
    empty = dict.fromkeys((*columns, *JUDGED), "")
    facts = (known.get(row.cells["trial_id"], {}) for row in results)
    return [
        Row(row.file, row.line, {**empty, **_cells(row.cells, trial, told)}) for row, trial in zip(results, facts, strict=True)
    ]


def _cells(result: Mapping[str, str], trial: Mapping[str, str], judgements: Judgements) -> dict[str, str]:
    facts = {name: result.get(name) or trial.get(column, "") for name, column in FACTS.items()}
    rest = {name: cell for name, cell in trial.items() if name not in {*FACTS.values(), *result}}
    return {**result, **rest, **facts, **dict(domain_cells(held(result, judgements)))}


def columns_of(results: Sequence[str], trials: Sequence[str]) -> list[str]:
    """The columns of the checked copy from those of the results and of the trials."""
    return joined_columns(results, trials, JUDGED)


def rate(
    rows: Iterable[dict[str, str]],
    judgements: Iterable[Mapping[str, str]],
    tools: Mapping[str, Mapped],
    otherwise: Mapping[str, Mapped],
) -> None:
    """Fill in each joined row's level of risk of bias by the settings' ``tools``, whose judgement it rests on, and its level
    by the other mapping of the tools (``otherwise``).
    """
    told = by_trial(judgements)
    for row in rows:
        holding = held(row, told)
        row.update(zip(RATING_COLUMNS, (*rating(holding, tools), rating(holding, otherwise)[0]), strict=True))


def trial_faults(trials: Sequence[Row]) -> Iterator[Fault]:
    """Faults of trials of a doubtful status that nobody is named for."""
    for row in trials:
        if row.cells["status"] in STATUSES and not row.cells["status_source"]:
            yield row.fault("status_source", f"who says so: the trial is marked {row.cells['status']}")
