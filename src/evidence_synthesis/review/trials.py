"""Load the trials of a review: check them, apply the recorded decisions, and hand on a checked copy.

The printed values and what was decided about them stay apart: results hold what sources printed, the corrections table
holds decisions, each with the printed value that it presumes. Only the checked copy is read further on; it has a row for
each result, with what its trial and the judgements about it say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from evidence_synthesis.review.decisions import Decision, decided, judge_decisions
from evidence_synthesis.review.joined import columns_of, join, trial_faults
from evidence_synthesis.review.judgements import judgement_faults
from evidence_synthesis.review.package import (
    IDENTIFIER,
    DataFaults,
    Fault,
    Place,
    RawPackage,
    Row,
    cell_checks,
    nearest,
    read_package,
)
from evidence_synthesis.review.results import ROW_RULES, result_id_faults
from evidence_synthesis.review.schema import (
    CORRECTED,
    DECISION_COLUMNS,
    FACTS,
    JUDGEMENT_COLUMNS,
    JUDGEMENTS,
    OPTIONAL_TABLES,
    READINGS,
    RESULT_COLUMNS,
    RESULTS,
    REVIEW_TRIALS,
    TABLES,
    TRIAL_COLUMNS,
    TRIALS,
    Result,
    parse_result,
)
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.remembered import remembered

PRINTED = "printed"
_JOINED_ONCE = re.compile("[^_]+(_[^_]+)*")
_NEEDED = {TRIALS: TRIAL_COLUMNS, RESULTS: RESULT_COLUMNS, JUDGEMENTS: JUDGEMENT_COLUMNS}  # columns that the engine reads


def _shape_faults(package: RawPackage) -> list[Fault]:
    """Columns that the engine cannot do without."""
    return [
        Fault(f"schemas/{table}.json", 0, column, "", "this field; the engine reads it")
        for table, columns in _NEEDED.items()
        if table in package.schemas
        for column in columns
        if column not in package.schemas[table].field_names
    ]


def _content_faults(package: RawPackage) -> list[Fault]:
    """Faults of ids: those that stand nowhere, that belong to two trials, or that cannot name a file."""
    tables = package.tables
    faults = package.references(RESULTS, "instrument", "instruments", "instrument_id")
    faults += package.references(RESULTS, "read_in", "sources", "source_id")
    for table, column in ((RESULTS, "components_t"), (RESULTS, "components_c"), ("treatments", "components")):
        faults += package.references(table, column, "treatments", "treatment_id")
    faults += package.references(READINGS, "row_id", RESULTS, "row_id")
    faults += package.references(REVIEW_TRIALS, "trial_id", TRIALS, "trial_id") + list(_list_faults(package))
    named = ((RESULTS, "row_id"), (TRIALS, "trial_id"), ("treatments", "treatment_id"), ("treatments", "family"))
    faults += [
        row.fault(column, "an identifier of letters, digits, dots, dashes and underscores")
        for table, column in named
        for row in tables.get(table, ())
        if not IDENTIFIER.fullmatch(row.cells[column])
    ]
    faults += [
        row.fault(column, "single underscores between letters and digits: two stand between the parts of an analysis id")
        for column in ("treatment_id", "family")
        for row in tables.get("treatments", ())
        if IDENTIFIER.fullmatch(row.cells[column]) and not _JOINED_ONCE.fullmatch(row.cells[column])
    ]
    results, trials = tables[RESULTS], {row.cells["trial_id"] for row in tables[TRIALS]}
    faults += judgement_faults(tables.get(JUDGEMENTS, ()), results, trials, RESULTS in package.whole)
    return faults + list(trial_faults(tables[TRIALS])) + result_id_faults(results)


def _list_faults(package: RawPackage) -> Iterator[Fault]:
    """Faults of lists of reviews' trials: reviews that stand nowhere, a trial twice in a list, a list both whole and in part."""
    named = (("published_estimates", "review"), ("sources", "source_id"))
    known = {row.cells[column]: None for table, column in named for row in package.tables.get(table, ())}
    seen: set[tuple[str, ...]] = set()
    said: dict[tuple[str, ...], str] = {}
    for row in package.tables.get(REVIEW_TRIALS, ()):
        cells = row.cells
        if cells["review"] not in known:
            near = nearest(cells["review"], known)
            yield row.fault("review", f"a review of published_estimates.csv, or a source_id of sources.csv{near}")
        entry = tuple(cells[c] for c in ("review", "trial_id", "trial", "treatment", "outcome"))
        if entry in seen:
            yield row.fault("trial", "a trial that the list of this review does not have yet")
        seen.add(entry)
        first = said.setdefault(tuple(cells[c] for c in ("review", "treatment", "outcome")), cells["complete"])
        if cells["complete"] and first and cells["complete"] != first:
            yield row.fault("complete", f"{first}, as the first row of this list says: a list is whole, or a part")


def _emptied(row: Row, faulty: Set[Place]) -> Row:
    """The row without its faulty cells, so that what else is wrong with it is found as well, and nothing twice."""
    if not faulty:
        return row
    wrong = {c for c in row.cells if (row.file, row.line, c) in faulty}
    wrong |= {"scale_min", "scale_max"} if wrong & {"scale_min", "scale_max"} else set()
    return Row(row.file, row.line, {c: "" if c in wrong else v for c, v in row.cells.items()}) if wrong else row


def examine_package(
    directory: Path, own: Mapping[str, Mapping[str, object]] | None = None
) -> tuple[dict[str, list[dict[str, str]]], list[Fault]]:
    """The checked tables of the data package in ``directory`` as far as they can be read, and every fault in them.

    Each fault is told once: what follows from it, in its row or in rows that refer to it, is not told as well. Tables are
    text cells; ``trials`` is the checked copy, a row for each result with decisions applied, ``printed`` holds those of its
    rows that have a decision as their sources print them. Rows that a decision excludes keep their printed values and need
    not obey the rules about values. Risk of bias is rated later, by the settings (``joined.rate``). ``own`` are the columns of
    the review's own that its settings name, as Table Schema fields.
    """
    package, faults = read_package(directory, own)
    shape = _shape_faults(package)
    if shape or not package.tables.keys() >= {TRIALS, RESULTS}:
        return {}, faults + shape
    schemas, faulty = package.schemas, {f.place for f in faults}
    columns = columns_of(schemas[RESULTS].field_names, schemas[TRIALS].field_names)
    rows = join(package.tables[RESULTS], package.tables[TRIALS], package.tables.get(JUDGEMENTS, ()), columns)
    of_trials = cell_checks(schemas[TRIALS])
    checks = {**{name: of_trials[column] for name, column in FACTS.items()}, **cell_checks(schemas[RESULTS])}
    by_id = {row.cells["row_id"]: row for row in rows}
    decisions, wrong, doubtful = judge_decisions(
        package.tables.get("corrections", ()), by_id, RESULTS in package.whole, checks, faulty
    )
    undecided = Decision({}, "", "")
    checked = [decided(row, decisions.get(row.cells["row_id"], undecided)) for row in rows]
    judged = [r for r in checked if r.cells[DECISION_COLUMNS[0]] != "exclude" and r.cells["row_id"] not in doubtful]
    wrong += _content_faults(package)
    wrong += [fault for row in judged for rule in ROW_RULES for fault in rule(_emptied(row, faulty))]
    faults += [fault for fault in wrong if fault.place not in faulty]
    others = {t: [row.cells for row in package.tables.get(t, [])] for t in (*TABLES, *OPTIONAL_TABLES)}
    before = [row.cells for row in rows if row.cells["row_id"] in decisions]
    return {TRIALS: [row.cells for row in checked], PRINTED: before, **others}, faults


def check_package(directory: Path) -> dict[str, list[dict[str, str]]]:
    """The checked tables of the data package in ``directory``, see ``examine_package``.

    Raises DataFaults with every fault when there is any.
    """
    tables, faults = examine_package(directory)
    if faults:
        raise DataFaults(faults)
    return tables


def as_printed(checked: Iterable[Mapping[str, str]], printed: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The checked rows with all decisions taken back: every cell as its source prints it."""
    before = {r["row_id"]: r for r in printed}
    undecided = dict.fromkeys((CORRECTED, *DECISION_COLUMNS), "")
    return [{**row, **before[row["row_id"]], **undecided} if row["row_id"] in before else row for row in checked]


def read_results(path: Path) -> list[Result]:
    """The checked trial rows as typed results, in file order."""
    return remembered("results", lambda: [parse_result(cells) for cells in read_checked(path)], path)
