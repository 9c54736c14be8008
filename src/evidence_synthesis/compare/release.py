"""The entry of a new version of the evidence: what differs from the state before, in words, made by the comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.compare.changes import Changes
from evidence_synthesis.compare.folding import is_headline
from evidence_synthesis.compare.news import new_rows
from evidence_synthesis.compare.states import State
from evidence_synthesis.review.evidence import EvidenceChange
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import Cells

ADDED, CHANGED, REMOVED = "added", "changed", "taken out"
_DONE = (ADDED, CHANGED, REMOVED)
Told = tuple[str, str]  # heading and words


def results_by_change(old: State, new: State) -> dict[str, list[Cells]]:
    """The results that were added, changed or taken out, by what people entered (not by what settings make of it)."""
    found = new_rows(old.rows, new.rows)
    there = {row["row_id"] for row in new.rows}
    return {
        ADDED: [row for row in new.rows if found.get(row["row_id"]) == "added"],
        CHANGED: [row for row in new.rows if found.get(row["row_id"]) == "changed"],
        REMOVED: [row for row in old.rows if row["row_id"] not in there],
    }


def trials_by_change(old: State, new: State, results: Mapping[str, Sequence[Cells]]) -> dict[str, list[str]]:
    """The names of the trials that were added, have other results, or were taken out."""
    before, after = ({row["trial_id"] for row in state.rows} for state in (old, new))
    touched = {row["trial_id"]: row["study"] for rows in results.values() for row in rows}

    def names(trials: Iterable[str]) -> list[str]:
        return sorted((touched[t] for t in trials), key=str.casefold)

    return {
        ADDED: names(touched.keys() & (after - before)),
        CHANGED: names(touched.keys() & before & after),
        REMOVED: names(touched.keys() & (before - after)),
    }


def _counted(numbers: Mapping[str, int]) -> str:
    """``2 added, 1 taken out``; empty where nothing was done."""
    return ", ".join(f"{numbers[what]} {what}" for what in _DONE if numbers.get(what))


def _lead(since: str, changes: Changes, trials: Mapping[str, Sequence[str]], results: Mapping[str, Sequence[Cells]]) -> str:
    parts = []
    for name, found in (("trials", trials), ("results", results)):
        told = _counted({what: len(some) for what, some in found.items()})
        parts.append(f"{name}: {told or 'the same'}")
    moved = wording.count(len(changes.claims), "verdict on a statement", "verdicts on statements")
    analyses = wording.count(len(changes.analyses), "analysis", "analyses")
    return f"Compared with {since}. {'; '.join(parts).capitalize()}. {moved} moved, and {analyses}."


def _trials(trials: Mapping[str, Sequence[str]]) -> Iterator[Told]:
    heads = {ADDED: "Added", CHANGED: "With other results", REMOVED: "Taken out"}
    for what, names in trials.items():
        if names:
            yield "Trials", f"{heads[what]} ({len(names)}): {'; '.join(names)}."


def _results(results: Mapping[str, Sequence[Cells]], taxonomy: Taxonomy) -> Iterator[Told]:
    """How many results of each treatment were added, changed or taken out."""
    counts = {what: Counter(row["treatment"] for row in rows) for what, rows in results.items()}
    known = taxonomy.conditions
    names = {t: taxonomy.label(t) if t in known else t for some in counts.values() for t in some}
    for treatment, label in sorted(names.items(), key=lambda item: item[1].casefold()):
        yield "Results", f"{label}: {_counted({what: some[treatment] for what, some in counts.items()})}."


def _rows(old: Sequence[Cells], new: Sequence[Cells]) -> str:
    """How many rows two forms of a table do not share; columns that only one of them has are left aside."""
    if not old or not new:
        return _counted({ADDED: len(new), REMOVED: len(old)})
    columns = sorted(old[0].keys() & new[0].keys())
    before, after = (Counter(tuple(row[c] for c in columns) for row in rows) for rows in (old, new))
    return _counted({ADDED: (after - before).total(), REMOVED: (before - after).total()})


def _other_tables(old: State, new: State) -> Iterator[Told]:
    before = {**old.others, "treatments": old.treatments, "unusable_results": old.unusable}
    after = {**new.others, "treatments": new.treatments, "unusable_results": new.unusable}
    for name in sorted(before.keys() & after.keys()):
        if told := _rows(before[name], after[name]):
            yield "Other tables", f"{name}.csv, rows: {told} (a row with another cell is both)."


def _statements(changes: Changes) -> Iterator[Told]:
    for name, statement, was, now in changes.claims:
        yield "Statements that moved", f"{name}, \u201c{statement}\u201d: was {was}, is {now}."


def _analyses(changes: Changes, config: Mapping[str, Any]) -> Iterator[Told]:
    heading = "Analyses that the review draws"
    for sentence in changes.headlines:
        yield heading, sentence
    more = len([m for m, _ in changes.kept if is_headline(m, config)]) - len(changes.headlines)
    if more > 0:
        yield heading, f"{more} more moved, by less."


def first_entry(version: str, day: str, state: State) -> list[EvidenceChange]:
    """The entry of a first version that is compared with nothing: how much it holds."""
    trials = len({row["trial_id"] for row in state.rows})
    results, claims = wording.count(len(state.rows), "result"), wording.count(len(state.claims), "statement")
    words = f"The first version: {results} of {wording.count(trials, 'trial')}; {claims} judged."
    return [EvidenceChange(version, day, "", words)]


def entry(
    version: str, day: str, since: str, states: tuple[State, State], changes: Changes, config: Mapping[str, Any]
) -> list[EvidenceChange]:
    """The entry of a version, from the comparison of two ``states`` (old and new); ``since`` names the old one in words.

    Statements first, then the analyses that the review draws, trials by name, results by treatment, other tables by rows. It
    tells of everything that moved, also by settings or method; such moves name no trial.
    """
    old, new = states
    results = results_by_change(old, new)
    trials = trials_by_change(old, new, results)
    told: list[Told] = [("", _lead(since, changes, trials, results)), *_statements(changes), *_analyses(changes, config)]
    told += [*_trials(trials), *_results(results, Taxonomy(new.treatments)), *_other_tables(old, new)]
    return [EvidenceChange(version, day, heading, words) for heading, words in told]
