"""Wide rows, which repeat in every result what its trial and the judgements about it say, as tables that say it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from evidence_synthesis.review.risk_of_bias import JUDGED, TOOLS
from evidence_synthesis.review.schema import FACTS
from evidence_synthesis.storage.files import Cells


class Parted(NamedTuple):
    """The three tables, and the facts of a trial that its results do not agree about (they stay in these results)."""

    trials: list[dict[str, str]]
    results: list[dict[str, str]]
    judgements: list[dict[str, str]]
    disputed: dict[str, list[str]]  # names of the facts by trial


def _shared(rows: Sequence[Cells], fact: str) -> str:
    """What a trial says of a fact: what most of its rows say; nothing where a row says nothing, which could not say so."""
    counted = Counter(row.get(fact, "") for row in rows)
    return "" if "" in counted else counted.most_common(1)[0][0]


def _trial(trial: str, rows: Sequence[Cells]) -> dict[str, str]:
    facts = {column: _shared(rows, fact) for fact, column in FACTS.items()}
    names = dict.fromkeys(row["study"].replace(";", ",") for row in rows if row["study"] != facts["label"])
    return {"trial_id": trial, **facts, "aliases": ";".join(names)}


def _judgement(row: Cells, scope: Mapping[str, str], tool: str, domain: str, judgement: str, judges: set[str]) -> dict[str, str]:
    told = {"trial_id": row["trial_id"], "row_id": "", "outcome": "", **scope, "tool": tool, "domain": domain}
    return {**told, "judgement": judgement, "source_id": judges.pop() if len(judges) == 1 else ""}


def _judgements(rows: Sequence[Cells]) -> Iterator[dict[str, str]]:
    """The judgements of a trial, each about as much as has the same one: the trial, all results on an outcome, a result.

    The judge is the review or data set in which the rated rows were read, where it is one.
    """
    by_outcome: dict[str, list[Cells]] = {}
    for row in rows:
        by_outcome.setdefault(row["outcome"], []).append(row)
    for tool in TOOLS:
        for column, domain in tool.words.items():
            for scope, inside in _scopes(rows, by_outcome, column):
                if judgement := inside[0].get(column, ""):
                    judges = {row["read_in"] for row in inside}
                    yield _judgement(inside[0], scope, tool.tool, domain, judgement, judges)


def _scopes(
    rows: Sequence[Cells], by_outcome: Mapping[str, Sequence[Cells]], column: str
) -> Iterator[tuple[dict[str, str], Sequence[Cells]]]:
    """The largest groups of a trial's rows that agree on a column, and by which cells a judgement is about each."""
    if len({row.get(column, "") for row in rows}) == 1:
        yield {}, rows
        return
    for outcome, inside in by_outcome.items():
        if len({row[column] for row in inside}) == 1:
            yield {"outcome": outcome}, inside
        else:
            yield from (({"row_id": row["row_id"]}, [row]) for row in inside)


def split(rows: Iterable[Cells]) -> Parted:
    """Rows of the checked copy's shape as trials (by id), results (in their order) and judgements; nothing is lost.

    A result keeps a fact where it is another than its trial's, so that joining the tables gives the same rows again.
    """
    rows, results = list(rows), []
    by_trial: dict[str, list[Cells]] = {}
    for row in rows:
        by_trial.setdefault(row["trial_id"], []).append(row)
    trials = {trial: _trial(trial, by_trial[trial]) for trial in sorted(by_trial)}
    disputed: dict[str, list[str]] = {}
    for row in rows:
        trial = trials[row["trial_id"]]
        own = {fact: row[fact] for fact, column in FACTS.items() if row.get(fact, "") != trial[column]}
        disputed.setdefault(row["trial_id"], []).extend(own)
    kept = {fact for facts in disputed.values() for fact in facts}
    for row in rows:
        trial = trials[row["trial_id"]]
        own = {f: row[f] if row[f] != trial[FACTS[f]] else "" for f in kept}
        results.append({**{k: v for k, v in row.items() if k not in {*FACTS, *JUDGED}}, **own})
    judgements = [cells for trial in trials for cells in _judgements(by_trial[trial])]
    named = {trial: list(dict.fromkeys(facts)) for trial, facts in disputed.items() if facts}
    return Parted(list(trials.values()), results, judgements, named)
