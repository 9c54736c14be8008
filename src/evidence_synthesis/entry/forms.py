"""The sheets of the workbook in which trials are entered, and which columns each has: from the schemas of the review."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_synthesis.errors import one_of
from evidence_synthesis.review.package import column_words
from evidence_synthesis.review.schema import JUDGEMENTS, OPTIONAL_COLUMNS, RESULTS, TRIALS

SOURCES = "sources"
TITLES = {TRIALS: "Trials", RESULTS: "Results", JUDGEMENTS: "Risk of bias", SOURCES: "Sources"}  # the sheets, in this order
NUMBERS = {  # the columns of numbers that each kind of result fills
    "arm_means": ("value_kind", *(f"{name}_{side}" for side in ("t", "c") for name in ("n", "mean", "sd"))),
    "arm_medians": tuple(f"{name}_{side}" for side in ("t", "c") for name in ("n", "median", "q1", "q3")),
    "arm_events": ("n_t", "events_t", "person_time_t", "n_c", "events_c", "person_time_c"),
    "contrast": ("n_t", "n_c", "effect_measure", "effect", "effect_ci_low", "effect_ci_high", "effect_se", "effect_p"),
}
_SCORED = ("instrument", "scale_min", "scale_max")  # of what has a scale
_PLAIN = {
    TRIALS: ("trial_id", "label", "year", "region", "chronicity", "design", "icc", "cluster_size", "registry"),
    RESULTS: (
        *("trial_id", "source_id", "treatment", "treatment_detail", "comparator", "comparator_detail", "outcome", "instrument"),
        *("measured_as", "scale_min", "scale_max", "higher_is_worse", "weeks", "weeks_from", "course_weeks", "format"),
        *("source_kind", "read_in", "source_location"),
    ),
    JUDGEMENTS: ("trial_id", "outcome", "tool", "domain", "judgement", "source_id", "note"),
    SOURCES: ("source_id", "kind", "label", "first_author", "year", "journal", "title", "pmid", "doi", "registry", "url"),
}
GIVEN = {TRIALS: ("trial_id",), RESULTS: ("row_id", "source_id", "format"), SOURCES: ("source_id", "ref")}  # where empty
_SAID = {  # of cells that may be left empty, after what the schema says
    (TRIALS, "trial_id"): "Leave it empty: it is made from the label.",
    (RESULTS, "row_id"): "Leave it empty: it is made from the row.",
    (RESULTS, "trial_id"): "The label of the trial in the sheet Trials does as well.",
    (RESULTS, "source_id"): "The source's label does as well. Empty: the report with the trial's label, or the only source here.",
    (RESULTS, "format"): "Empty: told by the numbers in the row.",
    (RESULTS, "scale_min"): "Both ends empty: those of the instrument.",
    (RESULTS, "scale_max"): "Both ends empty: those of the instrument.",
    (RESULTS, "higher_is_worse"): "Empty: as the instrument has it.",
    (JUDGEMENTS, "trial_id"): "The label of the trial in the sheet Trials does as well.",
    (SOURCES, "source_id"): "Leave it empty: it is made from the label.",
    (SOURCES, "ref"): "Leave it empty: the next free number.",
}
_FROM_TABLES = {  # columns whose words are ids of another table
    **{(RESULTS, column): ("treatments", "treatment_id") for column in ("treatment", "comparator")},
    (RESULTS, "instrument"): ("instruments", "instrument_id"),
}
_KINDS = {"integer": "a whole number", "number": "a number", "string": "text"}


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column of a sheet: its name, what stands there, whether it must be filled, the words or numbers that it takes."""

    name: str
    note: str
    needed: bool
    words: tuple[str, ...]
    kind: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Form:
    """A sheet for a table of the data package."""

    table: str
    columns: tuple[FormColumn, ...]

    @property
    def title(self) -> str:
        """The name of the sheet."""
        return TITLES[self.table]


def ids_of(directory: Path, table: str, column: str) -> list[str]:
    """The values of a column of a table of the package, in their order; none where it cannot be read."""
    try:
        with (directory / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
            return [row[column] for row in csv.DictReader(stream)]
    except (OSError, ValueError, KeyError, csv.Error):
        return []


def only_words(directory: Path, table: str) -> dict[str, str]:
    """The columns of a table that must be filled and can hold one word alone in this review, with that word: nobody types it."""
    fields = json.loads((directory / f"schemas/{table}.json").read_text(encoding="utf-8"))["fields"]
    limits = {field["name"]: field.get("constraints", {}) for field in fields}
    return {name: str(c["enum"][0]) for name, c in limits.items() if c.get("required") and len(c.get("enum", ())) == 1}


def formats_in(directory: Path) -> list[str]:
    """The kinds of numbers that the results of a package hold; all kinds where it has none yet, or none of an outcome."""
    found: set[str] = set()
    missing = set(column_words(directory, RESULTS, "outcome"))
    for path in (directory / RESULTS).glob("*.csv"):
        found.update(ids_of(directory, f"{RESULTS}/{path.stem}", "format"))
        missing.difference_update(ids_of(directory, f"{RESULTS}/{path.stem}", "outcome"))
    return list(NUMBERS) if missing else [name for name in NUMBERS if name in found] or list(NUMBERS)


def _wanted(table: str, formats: Collection[str], more: Collection[str]) -> set[str]:
    """The columns of a sheet that are asked for, besides those that the schema requires."""
    numbers = [column for name in formats for column in NUMBERS[name]] if table == RESULTS else []
    plain = [c for c in _PLAIN[table] if c not in _SCORED or set(formats) != {"arm_events"}]
    return {*plain, *numbers, *more}


def _further(directory: Path, table: str, known: Collection[str]) -> list[dict[str, Any]]:
    """The columns that files of trials or results have beside their schema, as fields: the review's own, and optional ones."""
    found: dict[str, None] = {}
    paths = {TRIALS: [directory / f"{TRIALS}.csv"], RESULTS: sorted((directory / RESULTS).glob("*.csv"))}
    for path in paths.get(table, ()):
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                found |= dict.fromkeys(c for c in next(csv.reader(stream), []) if c and c not in known)
        except (OSError, ValueError, csv.Error):
            continue  # told by the check
    plain = {"type": "string", "description": "A column of the review's own."}
    return [{"name": name, **OPTIONAL_COLUMNS.get(name, plain)} for name in found]


def _column(directory: Path, table: str, field: Mapping[str, Any]) -> FormColumn:
    name, limits = field["name"], field.get("constraints", {})
    words = tuple(map(str, limits.get("enum", ())))
    if source := _FROM_TABLES.get((table, name)):
        words = tuple(ids_of(directory, *source))
    required = bool(limits.get("required"))
    needed = required and name not in GIVEN.get(table, ()) and len(limits.get("enum", ())) != 1
    low, high = limits.get("minimum"), limits.get("maximum")
    said = [field.get("description", ""), _SAID.get((table, name), "")]
    told = _KINDS.get(field["type"], field["type"])
    ends = [f"{low:g} or more" if low is not None else "", f"{high:g} or less" if high is not None else ""]
    said.append(f"Empty: {words[0]}, the only word." if required and len(limits.get("enum", ())) == 1 else "")
    said.append("One of the list." if words else f"Holds {', '.join(filter(None, [told, *ends]))}." if told != "text" else "")
    said.append("Must be filled." if needed else "")
    return FormColumn(name, "\n".join(filter(None, said)), needed, words, field["type"], low, high)


def forms(directory: Path, formats: Sequence[str] = (), more: Iterable[str] = (), everything: bool = False) -> tuple[Form, ...]:
    """The sheets for a data package, with the columns that people need to fill.

    ``formats`` are the kinds of numbers that are to be entered (those that the review has, if none is named), ``more`` names
    further columns, ``everything`` takes every column of the schemas. Columns of the review's own are asked for; those that can
    hold one word alone are not (``only_words``). Raises OSError where ``directory`` is no data package, UnknownName for a
    column that no table has.
    """
    schemas = {t: json.loads((directory / f"schemas/{t}.json").read_text(encoding="utf-8"))["fields"] for t in TITLES}
    further = {t: _further(directory, t, {field["name"] for field in fields}) for t, fields in schemas.items()}
    schemas = {t: [*fields, *further[t]] for t, fields in schemas.items()}
    known = {field["name"] for fields in schemas.values() for field in fields}
    added = {one_of("column", name, sorted(known)) for name in more}
    kinds = [one_of("kind of numbers", name, NUMBERS) for name in formats] or formats_in(directory)
    made = []
    for table, fields in schemas.items():
        wanted = _wanted(table, kinds, added) | {field["name"] for field in further[table]}
        alone = only_words(directory, table).keys() - added
        own = (f for f in fields if everything or (f["name"] not in alone and (f["name"] in wanted or _asked(table, f))))
        made.append(Form(table, tuple(_column(directory, table, f) for f in own)))
    return tuple(made)


def _asked(table: str, field: Mapping[str, Any]) -> bool:
    """Whether a schema requires a column that nothing gives."""
    return bool(field.get("constraints", {}).get("required")) and field["name"] not in GIVEN.get(table, ())


def vocabulary(directory: Path, table: str, column: str) -> list[str]:
    """The words that a column takes: those of its schema, or the ids of the table that it refers to."""
    source = _FROM_TABLES.get((table, column))
    return ids_of(directory, *source) if source else column_words(directory, table, column)
