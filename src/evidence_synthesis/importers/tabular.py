"""Tables of any shape (CSV or XLSX): one row for each study, or one for each arm, by a mapping of columns.

Column names of metafor's and meta's data sets are guessed; a guess is shown before it is used.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evidence_synthesis.importers.cochrane import plain
from evidence_synthesis.importers.infer import BY_NAME
from evidence_synthesis.importers.rows import NUMBERS, TEXT, Cells, StudyRow, csv_rows
from evidence_synthesis.review.package import DataFaults, Fault

# Column names by field, in the order of preference: this project's, metafor's (escalc), meta's (metabin, metacont, metagen).
NAMES: dict[str, tuple[str, ...]] = {
    "study": ("study", "studlab", "slab", "author", "trial", "study_id"),
    "year": ("year", "study_year", "publication_year"),
    "analysis": ("analysis", "outcome", "comparison"),
    "subgroup": ("subgroup", "byvar", "group"),
    "n_t": ("n_t", "n1i", "n_e", "n1", "n_treatment", "n_exp"),
    "events_t": ("events_t", "ai", "event_e", "events1", "tpos", "events_treatment"),
    "mean_t": ("mean_t", "m1i", "mean_e", "mean1", "mean_treatment"),
    "sd_t": ("sd_t", "sd1i", "sd_e", "sd1", "sd_treatment"),
    "n_c": ("n_c", "n2i", "n2", "n_control", "n_ctrl"),
    "events_c": ("events_c", "ci", "event_c", "events2", "cpos", "events_control"),
    "mean_c": ("mean_c", "m2i", "mean2", "mean_control"),
    "sd_c": ("sd_c", "sd2i", "sd2", "sd_control"),
    "none_t": ("none_t", "bi", "tneg"),
    "none_c": ("none_c", "di", "cneg"),
    "given": ("yi", "te", "logrr", "logor", "loghr", "estimate"),
    "given_se": ("sei", "sete", "se", "standard_error"),
    "given_variance": ("vi", "variance", "var"),
    "effect": ("effect", "printed"),
    "ci_low": ("ci_low", "ci_lb", "lower", "ci_start"),
    "ci_high": ("ci_high", "ci_ub", "upper", "ci_end"),
    "weight": ("weight",),
    # one row for each arm
    "arm": ("arm", "treatment", "treat", "trt"),
    "n": ("n", "ni", "total"),
    "events": ("events", "xi", "r", "event"),
    "mean": ("mean", "mi", "y"),
    "sd": ("sd", "sdi"),
}
ARM_FIELDS = ("n", "events", "mean", "sd")
EXTRA = ("none_t", "none_c", "given_variance", "arm", *ARM_FIELDS)
FIELDS = (*TEXT, *NUMBERS, *EXTRA)
MOST_UNPACKED = 200_000_000  # bytes that a workbook may unpack to


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column holds what: ``columns`` from field to column; for one row an arm the ``reference`` arm is the comparator.

    ``measure`` is what the effects are (MD, SMD, RR ...), ``ratio`` tells whether given effects are logarithms of ratios.
    """

    shape: str
    columns: Mapping[str, str]
    measure: str = ""
    reference: str = ""
    notes: tuple[str, ...] = ()

    def as_entry(self) -> dict[str, Any]:
        """The mapping as it is written to a file."""
        entry: dict[str, Any] = {"shape": self.shape, "measure": self.measure, "columns": dict(self.columns)}
        return entry | ({"reference": self.reference} if self.shape == "long" else {})


def read_any(path: Path, sheet: str | None = None) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    """Header and numbered rows of a CSV file or of a sheet of a workbook. Raises DataFaults."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _workbook(path, sheet)
    header, lines = csv_rows(path)
    return header, list(lines)


def _workbook(path: Path, sheet: str | None) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(i.file_size for i in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise DataFaults(
                [Fault(path.name, 0, "", f"{unpacked} bytes unpacked", f"a workbook of {MOST_UNPACKED} bytes at most")]
            )
        book = load_workbook(path, read_only=True, data_only=True)
        if sheet is not None and sheet not in book.sheetnames:
            raise DataFaults([Fault(path.name, 0, "", sheet, "one of the sheets " + ", ".join(book.sheetnames))])
        page = book[sheet] if sheet else book.worksheets[0]
        lines = list(page.iter_rows(values_only=True))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, EOFError) as error:
        raise DataFaults([Fault(path.name, 0, "", "", f"a workbook that opens ({error})")]) from error
    filled = [(i, line) for i, line in enumerate(lines, 1) if any(c is not None and str(c).strip() for c in line)]
    if len(filled) < 2:
        raise DataFaults([Fault(path.name, 0, "", "", "a header and at least one row")])
    header = [str(c if c is not None else "").strip() for c in filled[0][1]]
    doubled = sorted({h for h in header if h and header.count(h) > 1})
    if doubled:
        raise DataFaults([Fault(path.name, 1, h, h, "each column once") for h in doubled])
    return header, [(i, dict(zip(header, line, strict=False))) for i, line in filled[1:]]


def guess(header: Iterable[str], rows: Sequence[tuple[int, Mapping[str, Any]]] = ()) -> ColumnMap:
    """A mapping by the columns' names; ``notes`` says what was assumed. Raises DataFaults where nothing fits."""
    by_name = {plain(h): h for h in header}
    found = {field: next((by_name[n] for n in names if n in by_name), None) for field, names in NAMES.items()}
    columns = {field: column for field, column in found.items() if column is not None}
    wide = {"n_t", "n_c", "none_t", "given", "effect"} & columns.keys()
    long = "arm" in columns and {"mean", "events"} & columns.keys() and "n" in columns
    notes = []
    if wide:
        columns = {k: v for k, v in columns.items() if k not in ("arm", *ARM_FIELDS)}
        shape, reference = "wide", ""
    elif long:
        columns = {k: v for k, v in columns.items() if k in ("study", "year", "analysis", "subgroup", "arm", *ARM_FIELDS)}
        arms = [str(r[columns["arm"]]) for _, r in rows]
        shape, reference = "long", max(sorted(set(arms)), key=arms.count) if arms else ""
        notes.append(f"the arm {reference!r}, the most frequent one, is taken for the comparator")
    else:
        known = ", ".join(sorted({n for names in NAMES.values() for n in names}))
        raise DataFaults([Fault("columns", 1, "", ", ".join(by_name.values()), f"some columns of these names: {known}")])
    measure = _measure(columns, shape)
    if measure and "effect" not in columns:
        notes.append(f"the measure {measure} is assumed: nothing printed tells it")
    return ColumnMap(shape, columns, measure, reference, tuple(notes))


def _measure(columns: Mapping[str, str], shape: str) -> str:
    """The measure that is taken when nothing else tells: means differ, events have a ratio, given effects stand as they are."""
    if "given" in columns:
        return "generic ratio" if plain(columns["given"]) in ("logrr", "logor", "loghr") else "generic"
    if "mean_t" in columns or (shape == "long" and "mean" in columns):
        return "MD"
    return "RR" if {"events_t", "events"} & columns.keys() else ""


def mapping_of(entry: object, header: Iterable[str], file: str) -> ColumnMap:
    """A mapping as a file holds it, checked against the table's header. Raises DataFaults with every fault."""
    if not isinstance(entry, dict) or not isinstance(entry.get("columns"), dict):
        raise DataFaults([Fault(file, 0, "columns", "", "a list of fields and the columns that hold them")])
    known = set(header)
    faults = [Fault(file, 0, str(k), str(k), f"one of {', '.join(FIELDS)}") for k in entry["columns"] if k not in FIELDS]
    faults += [
        Fault(file, 0, str(k), str(v), f"a column of the table ({', '.join(sorted(known))})")
        for k, v in entry["columns"].items()
        if v not in known
    ]
    shape, measure = str(entry.get("shape", "wide")), str(entry.get("measure") or "")
    if shape not in ("wide", "long"):
        faults.append(Fault(file, 0, "shape", shape, "wide (one row a study) or long (one row an arm)"))
    if measure and measure not in BY_NAME:
        faults.append(Fault(file, 0, "measure", measure, f"one of {', '.join(BY_NAME)}"))
    if "study" not in entry["columns"]:
        faults.append(Fault(file, 0, "study", "", "the column that names the study"))
    if shape == "long" and not (entry.get("reference") and "arm" in entry["columns"]):
        faults.append(Fault(file, 0, "reference", "", "the arm that is the comparator, and the column of the arms"))
    if faults:
        raise DataFaults(faults)
    columns = {str(k): str(v) for k, v in entry["columns"].items()}
    return ColumnMap(shape, columns, measure, str(entry.get("reference") or ""))


def rows_of(lines: Iterable[tuple[int, Mapping[str, Any]]], mapping: ColumnMap, file: str) -> list[StudyRow]:
    """The study rows of a table by a mapping. Raises DataFaults with every fault."""
    cells = Cells(file)
    if mapping.shape == "long":
        return cells.done(list(_paired(list(lines), mapping, cells)))
    names = {k: v for k, v in mapping.columns.items() if k not in EXTRA}
    rows = []
    for line, row in lines:
        made = replace(cells.row(row, line, names), measure=mapping.measure)
        rows.append(_completed(made, row, mapping.columns, cells))
    return cells.done(rows)


def _completed(made: StudyRow, row: Mapping[str, Any], columns: Mapping[str, str], cells: Cells) -> StudyRow:
    """People from events and non-events, and the standard error from a variance."""
    extra: dict[str, Any] = {}
    for side in ("t", "c"):
        events = getattr(made, f"events_{side}")
        if f"none_{side}" in columns and getattr(made, f"n_{side}") is None and events is not None:
            none = cells.number(row.get(columns[f"none_{side}"]), made.line, columns[f"none_{side}"])
            extra[f"n_{side}"] = None if none is None else events + none
    if "given_variance" in columns and made.given_se is None:
        variance = cells.number(row.get(columns["given_variance"]), made.line, columns["given_variance"])
        if variance is not None and variance > 0:
            extra["given_se"] = variance**0.5
    return replace(made, **extra)


def _paired(lines: Sequence[tuple[int, Mapping[str, Any]]], mapping: ColumnMap, cells: Cells) -> Iterator[StudyRow]:
    """Each other arm of a study beside its reference arm; a study without one is a fault."""
    columns = mapping.columns
    groups: dict[tuple[str, ...], list[tuple[int, Mapping[str, Any]]]] = {}
    for line, row in lines:
        key = tuple(str(row.get(columns[f]) or "").strip() if f in columns else "" for f in ("analysis", "subgroup", "study"))
        groups.setdefault(key, []).append((line, row))
    for (analysis, subgroup, study), arms in groups.items():
        names = [str(row.get(columns["arm"]) or "").strip() for _, row in arms]
        if names.count(mapping.reference) != 1:
            first = arms[0][0]
            cells.faults.append(
                Fault(cells.file, first, columns["arm"], ", ".join(names), f"one arm {mapping.reference!r} of {study}")
            )
            continue
        base = arms[names.index(mapping.reference)][1]
        for (line, row), arm in zip(arms, names, strict=True):
            if arm == mapping.reference:
                continue
            told = {f"{f}_t": row.get(columns[f]) for f in ARM_FIELDS if f in columns}
            told |= {f"{f}_c": base.get(columns[f]) for f in ARM_FIELDS if f in columns}
            told |= {"analysis": analysis or arm, "name": arm, "subgroup": subgroup, "study": study, "measure": mapping.measure}
            told["year"] = row.get(columns["year"]) if "year" in columns else ""
            yield cells.row(told, line, {k: k for k in told})
