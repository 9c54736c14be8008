"""Load the trials of a review: check them, apply the recorded decisions, and hand on a checked copy.

The printed values and what was decided about them stay apart: trial files hold what sources printed, the corrections
table holds decisions, each with the printed value that it presumes. Only the checked copy is read further on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evidence_synthesis.review.package import IDENTIFIER, DataFaults, Fault, Place, RawPackage, Row, cell_checks, read_package
from evidence_synthesis.review.schema import (
    CELL_DECISIONS,
    DECISION_COLUMNS,
    OPTIONAL_TABLES,
    RATIOS,
    ROW_DECISIONS,
    TABLES,
    TRIAL_COLUMNS,
    TRIALS,
    Result,
    number,
    parse_result,
)
from evidence_synthesis.storage.files import read_checked

CORRECTED = "corrected_columns"
PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one row: cells replaced, and whether and why the row is excluded or kept."""

    values: Mapping[str, str]
    kind: str
    reason: str


def _value(row: Row, column: str) -> float | None:
    return number(row.cells[column])


def _ordered(row: Row, low: str, high: str, middle: str, words: str) -> list[Fault]:
    """Faults of an interval whose limits are reversed or do not enclose the value that they belong to."""
    lower, upper, value = _value(row, low), _value(row, high), _value(row, middle)
    if lower is not None and upper is not None and lower > upper:
        return [row.fault(low, f"a lower limit not above {high} ({upper:g})")]
    wrong = value is not None and ((lower is not None and value < lower) or (upper is not None and value > upper))
    return [row.fault(middle, f"a value between {low} and {high}: {words}")] if wrong else []


def _positive(row: Row) -> list[Fault]:
    """Standard deviations and errors are above zero (Cochrane Handbook 6.5.2)."""
    columns = ("sd_t", "sd_c", "se_t", "se_c", "effect_se", "baseline_sd_t", "baseline_sd_c")
    return [
        row.fault(c, "a number above zero") for c in columns if c in row.cells and (v := _value(row, c)) is not None and v <= 0
    ]


def _scale(row: Row) -> list[Fault]:
    """A scale has two ends in order, and means and medians lie on it (changes within its width)."""
    low, high = _value(row, "scale_min"), _value(row, "scale_max")
    if low is None and high is None:
        return []
    if low is None or high is None or low >= high:
        return [row.fault("scale_max", f"two ends of the scale, scale_min ({row.cells['scale_min']}) below scale_max")]
    change = row.cells["value_kind"] in ("change", "percent change")
    bottom, top = (low - high, high - low) if change else (low, high)
    columns = ("mean_t", "mean_c", "median_t", "median_c")
    return [
        row.fault(c, f"a value on the row's scale, {bottom:g} to {top:g}")
        for c in columns
        if (v := _value(row, c)) is not None and not bottom <= v <= top
    ]


def _intervals(row: Row) -> list[Fault]:
    """Intervals enclose their estimates; quartiles enclose their medians."""
    faults = _ordered(row, "effect_ci_low", "effect_ci_high", "effect", "the interval must lie around the effect")
    for side in ("t", "c"):
        faults += _ordered(row, f"ci_low_{side}", f"ci_high_{side}", f"mean_{side}", "the interval of the mean")
        faults += _ordered(row, f"q1_{side}", f"q3_{side}", f"median_{side}", "the quartiles of the median")
    return faults


def _events(row: Row) -> list[Fault]:
    """Nobody has the event twice."""
    return [
        row.fault(f"events_{side}", f"not more than n_{side} ({n:g})")
        for side in ("t", "c")
        if (e := _value(row, f"events_{side}")) is not None and (n := _value(row, f"n_{side}")) is not None and e > n
    ]


def _measure(row: Row) -> list[Fault]:
    """A contrast names its measure, and ratios are positive."""
    if row.cells["format"] != "contrast":
        return []
    if not row.cells["effect_measure"]:
        return [row.fault("effect_measure", "the measure of the printed effect")]
    if row.cells["effect_measure"] not in RATIOS:
        return []
    columns = ("effect", "effect_ci_low", "effect_ci_high")
    return [row.fault(c, "a ratio above zero") for c in columns if (v := _value(row, c)) is not None and v <= 0]


def _place(row: Row) -> list[Fault]:
    """A row stands in the file of its treatment."""
    stem = PurePosixPath(row.file).stem
    return [] if row.cells["treatment"] == stem else [row.fault("treatment", f"{stem}, as the file is named")]


ROW_RULES: tuple[Callable[[Row], list[Fault]], ...] = (
    _place,
    _positive,
    _scale,
    _intervals,
    _events,
    _measure,
)


def _result_id_faults(rows: Iterable[Row]) -> list[Fault]:
    trial_of: dict[str, str] = {}
    return [
        row.fault("result_id", f"rows of one trial only (also used by {trial})")
        for row in rows
        if (key := row.cells["result_id"]) and (trial := trial_of.setdefault(key, row.cells["trial_id"])) != row.cells["trial_id"]
    ]


def _correction_fault(entry: Row, rows: Mapping[str, Row], checks: Mapping[str, Callable[[str], str | None]]) -> list[Fault]:
    """Faults of one decision: unknown row or column, a printed value that is no longer there, an impossible new one."""
    kind, column = entry.cells["kind"], entry.cells["column"]
    row = rows.get(entry.cells["row_id"])
    if row is None:
        return [entry.fault("row_id", "the row_id of a row in a trial file")]
    if kind in ROW_DECISIONS:
        cells = ("column", "expected_printed", "value_used")
        return [entry.fault(c, f"nothing: {kind} is about the whole row") for c in cells if entry.cells[c]]
    if column not in checks:
        return [entry.fault("column", "a column of the trial files")]
    if row.cells[column] != entry.cells["expected_printed"]:
        now = row.cells[column]
        return [entry.fault("expected_printed", f"{now!r}, which {row.file}, row {row.line} now prints: decide anew")]
    wrong = checks[column](entry.cells["value_used"])
    return [entry.fault("value_used", wrong)] if wrong else []


def _decisions(entries: Iterable[Row]) -> tuple[dict[str, Decision], list[Fault]]:
    decisions: dict[str, Decision] = {}
    faults = []
    for entry in entries:
        cells = entry.cells
        before = decisions.get(cells["row_id"], Decision({}, "", ""))
        if cells["kind"] in CELL_DECISIONS:
            if cells["column"] in before.values:
                faults.append(entry.fault("column", "one decision for each cell"))
            values = {**before.values, cells["column"]: cells["value_used"]}
            decisions[cells["row_id"]] = Decision(values, before.kind, before.reason)
        else:
            if before.kind:
                faults.append(entry.fault("kind", "one decision for each row"))
            decisions[cells["row_id"]] = Decision(before.values, cells["kind"], cells["reason"])
    return decisions, faults


def _decided(row: Row, decision: Decision) -> Row:
    """The row with the decision applied and recorded."""
    recorded = {
        CORRECTED: ";".join(sorted(decision.values)),
        DECISION_COLUMNS[0]: decision.kind,
        DECISION_COLUMNS[1]: decision.reason,
    }
    return Row(row.file, row.line, {**row.cells, **decision.values, **recorded})


def _shape_faults(package: RawPackage, told: Set[str]) -> list[Fault]:
    """Tables and columns that the engine cannot do without; ``told`` are files of which faults are known already."""
    missing = [t for t in (TRIALS, *TABLES) if t not in package.tables and not told & {"datapackage.json", f"schemas/{t}.json"}]
    faults = [Fault("datapackage.json", 0, "", t, "a resource with the schema of this table") for t in missing]
    schema = package.schemas.get(TRIALS)
    absent = [c for c in TRIAL_COLUMNS if schema is not None and c not in schema.field_names]
    return faults + [Fault("schemas/trials.json", 0, c, "", "this field; the engine reads it") for c in absent]


def _content_faults(package: RawPackage) -> list[Fault]:
    """Faults of ids: those that stand nowhere, that belong to two trials, or that cannot name a file."""
    tables = package.tables
    faults = package.references(TRIALS, "instrument", "instruments", "instrument_id")
    faults += package.references(TRIALS, "read_in", "sources", "source_id")
    for table, column in ((TRIALS, "components_t"), (TRIALS, "components_c"), ("treatments", "components")):
        faults += package.references(table, column, "treatments", "treatment_id")
    named = ((TRIALS, "row_id"), (TRIALS, "trial_id"), ("treatments", "treatment_id"), ("treatments", "family"))
    faults += [
        row.fault(column, "an identifier of letters, digits, dots, dashes and underscores")
        for table, column in named
        for row in tables[table]
        if not IDENTIFIER.fullmatch(row.cells[column])
    ]
    return faults + _result_id_faults(tables[TRIALS])


def _emptied(row: Row, faulty: Set[Place]) -> Row:
    """The row without its faulty cells, so that what else is wrong with it is found as well, and nothing twice."""
    wrong = {c for c in row.cells if (row.file, row.line, c) in faulty}
    wrong |= {"scale_min", "scale_max"} if wrong & {"scale_min", "scale_max"} else set()
    return Row(row.file, row.line, {c: "" if c in wrong else v for c, v in row.cells.items()}) if wrong else row


def _judge_decisions(package: RawPackage, faulty: Set[Place]) -> tuple[dict[str, Decision], list[Fault], set[str]]:
    """The decisions by row, the faults of the decisions table, and the rows about which no sound decision is known."""
    rows = {row.cells["row_id"]: row for row in package.tables[TRIALS]}
    checks = cell_checks(package.schemas[TRIALS])
    faults, sound, doubtful = list[Fault](), list[Row](), set[str]()
    for entry in package.tables["corrections"]:
        row = rows.get(entry.cells["row_id"])
        about = (row.file, row.line, entry.cells["column"]) if row else None
        if row is None and TRIALS not in package.whole:
            continue
        spoilt = about in faulty or any((entry.file, entry.line, c) in faulty for c in entry.cells)
        wrong = [] if spoilt else _correction_fault(entry, rows, checks)
        faults += wrong
        if spoilt or wrong:
            doubtful.add(entry.cells["row_id"])
        else:
            sound.append(entry)
    decisions, doubled = _decisions(sound)
    return decisions, faults + doubled, doubtful


def examine_package(directory: Path) -> tuple[dict[str, list[dict[str, str]]], list[Fault]]:
    """The checked tables of the data package in ``directory`` as far as they can be read, and every fault in them.

    Each fault is told once: what follows from it, in its row or in rows that refer to it, is not told as well. Tables are
    text cells, decisions applied to the trial rows; the table ``printed`` holds the rows with a decision as their sources
    print them. Rows that a decision excludes keep their printed values and need not obey the rules about values.
    """
    package, faults = read_package(directory)
    shape = _shape_faults(package, {f.file for f in faults})
    if shape or not package.tables.keys() >= {TRIALS, *TABLES}:
        return {}, faults + shape
    rows, faulty = package.tables[TRIALS], {f.place for f in faults}
    decisions, wrong, doubtful = _judge_decisions(package, faulty)
    undecided = Decision({}, "", "")
    decided = [_decided(row, decisions.get(row.cells["row_id"], undecided)) for row in rows]
    judged = [r for r in decided if r.cells[DECISION_COLUMNS[0]] != "exclude" and r.cells["row_id"] not in doubtful]
    wrong += _content_faults(package)
    wrong += [fault for row in judged for rule in ROW_RULES for fault in rule(_emptied(row, faulty))]
    faults += [fault for fault in wrong if fault.place not in faulty]
    others = {t: [row.cells for row in package.tables.get(t, [])] for t in (*TABLES, *OPTIONAL_TABLES)}
    before = [row.cells for row in rows if row.cells["row_id"] in decisions]
    return {TRIALS: [row.cells for row in decided], PRINTED: before, **others}, faults


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
    return [{**row, **undecided, **before[row["row_id"]]} if row["row_id"] in before else row for row in checked]


def read_results(path: Path) -> list[Result]:
    """The checked trial rows as typed results, in file order."""
    return [parse_result(cells) for cells in read_checked(path)]
