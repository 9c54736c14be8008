"""What adding a filled workbook would do to a data package: ids, references, cells that follow from others, lines of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evidence_synthesis.entry.forms import SOURCES, only_words
from evidence_synthesis.entry.lines import CsvLines
from evidence_synthesis.entry.reading import Entered, FilledBook
from evidence_synthesis.importers.identity import slug
from evidence_synthesis.review.package import Fault, nearest, table_columns
from evidence_synthesis.review.schema import JUDGEMENTS, RESULTS, TRIALS

Cells = dict[str, str]
_KEYS = {TRIALS: "trial_id", SOURCES: "source_id"}
_TELLING = {  # a cell of each that tells the format
    "contrast": ("effect",),
    "arm_medians": ("median_t", "median_c"),
    "arm_events": ("events_t", "events_c"),
    "arm_means": ("mean_t", "mean_c"),
}
_SCALE = {"scale_min": "range_min", "scale_max": "range_max"}


@dataclass
class Plan:
    """The files as they would be, what is said of it, what is new, and the faults that are known without the package's check.

    ``origins`` names the line of the workbook behind a row of a file.
    """

    book: str
    texts: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)  # ids of results that are new or changed
    trials: list[str] = field(default_factory=list)
    same: int = 0
    faults: list[Fault] = field(default_factory=list)
    origins: dict[tuple[str, int], Entered] = field(default_factory=dict)


def free_id(wanted: str, taken: Iterable[str], joint: str = "-") -> str:
    """An id that is not taken: the wanted one, or that with the first free number behind it."""
    known, number, made = set(taken), 2, wanted
    while made in known:
        made, number = f"{wanted}{joint}{number}", number + 1
    return made


def row_id_of(cells: Mapping[str, str]) -> str:
    """The id of a result from what it is about: trial, arms, outcome, what was measured, when.

    >>> row_id_of({"trial_id": "miller-2026", "treatment": "yoga", "comparator": "waiting_list", "outcome": "pain",
    ...            "instrument": "nrs_11", "measured_as": "", "weeks": "12"})
    'miller-2026_yoga_vs_waiting-list_pain_nrs-11_12w'
    """
    measured = cells.get("instrument") or cells.get("measured_as", "")
    parts = [f"{slug(cells['treatment'])}_vs_{slug(cells['comparator'])}", slug(cells["outcome"])]
    parts += [slug(measured)[:40]] if measured else []
    parts += [f"{cells['weeks']}w"] if re.fullmatch(r"\d+(\.\d+)?", cells.get("weeks", "")) else []
    return "_".join([slug(cells["trial_id"]), *parts])


class Planner:
    """Makes the plan, sheet by sheet: sources, trials, results, judgements. ``update`` lets known rows be changed.

    ``directions`` say of outcomes whether higher is worse (``yes``, ``no``), where that is no matter of the instrument.
    """

    def __init__(
        self, directory: Path, filled: FilledBook, update: bool = False, directions: Mapping[str, str] | None = None
    ) -> None:
        self.directory, self.filled, self.update = directory, filled, update
        self.directions = directions or {}
        self.plan = Plan(filled.book, faults=list(filled.faults))
        self.files: dict[str, CsvLines[Entered]] = {}
        self.instruments = {row["instrument_id"]: row for row in self.file("instruments").rows}
        self.trials = {row["trial_id"]: row for row in self.file(TRIALS).rows}
        self.sources = {row["source_id"]: row for row in self.file(SOURCES).rows}
        self.results = {
            row["row_id"]: (path.stem, row)
            for path in sorted((directory / RESULTS).glob("*.csv"))
            for row in self.file(RESULTS, path.stem).rows
        }
        self.given: dict[str, list[str]] = {TRIALS: [], SOURCES: []}  # ids of the workbook's own lines
        self.only = {t: only_words(directory, t) for t in (TRIALS, SOURCES, RESULTS, JUDGEMENTS)}
        self.judged: dict[tuple[str, ...], set[tuple[str, ...]]] = {}  # the judgements that are there, by columns

    def file(self, table: str, treatment: str = "") -> CsvLines[Entered]:
        """A file of the package, read once."""
        name = f"{RESULTS}/{treatment}.csv" if table == RESULTS else f"{table}.csv"
        if name not in self.files:
            self.files[name] = CsvLines(self.directory / name, name, table_columns(self.directory, table))
        return self.files[name]

    def fault(self, entered: Entered, column: str, expected: str, value: str | None = None) -> None:
        """Note a fault of the workbook."""
        self.plan.faults.append(entered.fault(self.filled.book, column, expected, value))

    def make(self) -> Plan:
        """The plan for all lines of the workbook."""
        steps = {SOURCES: self.source, TRIALS: self.trial, RESULTS: self.result, JUDGEMENTS: self.judgement}
        for table, step in steps.items():
            for entered in self.filled.lines:
                if entered.table == table:
                    step(entered)
        for file in self.files.values():
            if file.changed:
                self.plan.texts[file.name] = file.text()
                self.plan.origins |= file.origins()
        return self.plan

    def _only(self, table: str, cells: Cells) -> list[str]:
        """Fill in the cells for which the review has one word alone, and say what that was."""
        empty = {c: word for c, word in self.only[table].items() if c in cells and not cells[c]}
        cells |= empty
        return [f"{c} {word}, the only one" for c, word in empty.items()]

    def _named(self, table: str, entered: Entered, known: Mapping[str, Cells]) -> tuple[str, Cells | None]:
        """The id of a line about a trial or source, and the row of that id or label which is there already."""
        key, label = _KEYS[table], entered.cells.get("label", "")
        given = entered.cells.get(key, "")
        if given:
            return given, known.get(given)
        for name, row in known.items():
            if label and row["label"].casefold() == label.casefold():
                return name, row
        made = free_id(slug(label), known) if label else ""
        return made, None

    def _known(self, entered: Entered, file: CsvLines[Entered], key: str, row: Cells) -> bool:
        """Whether a line says something else than the row that is there; a fault where it may not."""
        name = row[key]
        different = {c: v for c, v in entered.cells.items() if v != row.get(c, "") and (v or entered.cells.get(key))}
        if not different:
            self.plan.same += 1
            return False
        if not self.update:
            for column in different:
                self.fault(
                    entered, column, f"{row.get(column, '')!r}, as {file.name} has it for {name} (--update changes the file)"
                )
            return False
        file.replace(key, name, {**different, key: name}, entered)
        changes = ", ".join(f"{c} {row.get(c, '')!r} to {v!r}" for c, v in different.items())
        self.plan.told.append(f"{file.name}: {name} changed: {changes}")
        row.update(different)
        return True

    def source(self, entered: Entered) -> None:
        """A source: its id from the label, the next free reference number."""
        name, row = self._named(SOURCES, entered, self.sources)
        self.given[SOURCES].append(name)
        file = self.file(SOURCES)
        if row is not None:
            self._known(entered, file, "source_id", row)
            return
        number = 1 + max((int(s["ref"]) for s in self.sources.values() if s["ref"].isdigit()), default=0)
        cells = {c: "" for c in file.columns} | entered.cells | {"source_id": name}
        cells["ref"] = cells["ref"] or str(number)
        self._only(SOURCES, cells)
        if not cells["first_author"] and cells.get("kind") == "trial report":
            cells["first_author"] = re.sub(r"[\s,(]*(?:et al\.?)?[\s,(]*\d{4}.*$", "", cells["label"])
        self.sources[name] = cells
        file.add(cells, entered, "source_id")
        self.plan.told.append(f"sources.csv: + {name}, reference {cells['ref']} ({cells['label']})")

    def trial(self, entered: Entered) -> None:
        """A trial: its id from the label."""
        name, row = self._named(TRIALS, entered, self.trials)
        self.given[TRIALS].append(name)
        file = self.file(TRIALS)
        if row is not None:
            if self._known(entered, file, "trial_id", row):
                self.plan.trials.append(name)
            return
        cells = {c: "" for c in file.columns} | entered.cells | {"trial_id": name}
        said = self._only(TRIALS, cells)
        self.trials[name] = cells
        file.add(cells, entered, "trial_id")
        self.plan.trials.append(name)
        self.plan.told.append(f"trials.csv: + {name} ({cells['label']})" + (f"; {', '.join(said)}" if said else ""))

    def _refers(self, entered: Entered, column: str, known: Mapping[str, Cells], sheet: str) -> str:
        """The id that a cell names by id or by label; the cell and a fault where it names nothing."""
        value = entered.cells.get(column, "")
        if value in known:
            return value
        labels: dict[str, list[str]] = {}
        for name, row in known.items():
            labels.setdefault(row["label"].casefold(), []).append(name)
        found = labels.get(value.casefold(), [])
        if len(found) == 1:
            return found[0]
        words = f"the label or id of a line of the sheet {sheet} or of the review"
        if len(found) > 1:
            words = f"an id: the label is that of {', '.join(found)}"
        self.fault(entered, column, words + nearest(value, [*known, *(row["label"] for row in known.values())]))
        return value

    def _source_of(self, entered: Entered, trial: str) -> str:
        """The source of a result: as named, else the report of the trial's name, else the only source of the workbook."""
        if entered.cells.get("source_id"):
            return self._refers(entered, "source_id", self.sources, "Sources")
        if row := self.results.get(entered.cells.get("row_id", "")):
            return row[1]["source_id"]
        if trial in self.sources:
            return trial
        label = self.trials.get(trial, {}).get("label", "")
        alike = [name for name, row in self.sources.items() if row["label"] == label]
        found = alike if len(alike) == 1 else self.given[SOURCES]
        if len(found) == 1:
            return found[0]
        self.fault(entered, "source_id", "the source in which the result was read: its label or id")
        return ""

    def _completed(self, cells: Cells) -> list[str]:
        """Fill in what follows from other cells of a result, and say what that was."""
        said = self._only(RESULTS, cells)
        if not cells["format"]:
            cells["format"] = next((f for f, c in _TELLING.items() if any(cells.get(name) for name in c)), "")
            said += [f"format {cells['format']}"] if cells["format"] else []
        tool = self.instruments.get(cells["instrument"])
        kind = cells["effect_measure"] if cells["format"] == "contrast" else cells["format"]
        scored = kind in ("arm_means", "arm_medians", "MD") and cells["value_kind"] != "percent change"
        if tool and scored and not cells["scale_min"] and not cells["scale_max"] and tool["range_max"]:
            cells |= {column: tool[end] for column, end in _SCALE.items()}
            said.append(f"scale {tool['range_min']} to {tool['range_max']} ({tool['instrument_id']})")
        if tool and not cells["higher_is_worse"]:
            cells["higher_is_worse"] = tool["higher_is_worse"]
            said.append(f"higher is {'worse' if tool['higher_is_worse'] == 'yes' else 'better'} ({tool['instrument_id']})")
        if scored and not cells["higher_is_worse"] and (way := self.directions.get(cells["outcome"])):
            cells["higher_is_worse"] = way
            said.append(f"higher is {'worse' if way == 'yes' else 'better'} (settings of {cells['outcome']})")
        return said

    def result(self, entered: Entered) -> None:
        """A result: of which trial and source, its id, and the file of its treatment."""
        trial = self._refers(entered, "trial_id", self.trials, "Trials")
        known = self.results.get(entered.cells.get("row_id", ""))
        source = self._source_of(entered, trial)
        entered = Entered(entered.table, entered.line, {**entered.cells, "trial_id": trial, "source_id": source})
        if known is not None:
            if self._known(entered, self.file(RESULTS, known[0]), "row_id", known[1]):
                self.plan.rows.append(known[1]["row_id"])
            return
        if self._there(entered):
            self.plan.same += 1
            return
        treatment = entered.cells.get("treatment", "")
        if not re.fullmatch("[A-Za-z0-9_]+", treatment):
            if treatment or not any(f.column == "treatment" and f.row == entered.line for f in self.plan.faults):
                self.fault(entered, "treatment", "an id of treatments.csv")
            return
        file = self.file(RESULTS, treatment)
        file.widen(c for c, value in entered.cells.items() if value)
        cells = {c: "" for c in file.columns} | entered.cells
        said = self._completed(cells)
        cells["row_id"] = cells["row_id"] or free_id(row_id_of(cells), self.results)
        self.results[cells["row_id"]] = (treatment, cells)
        file.add(cells, entered)
        self.plan.rows.append(cells["row_id"])
        follows = f"; from its other cells: {', '.join(said)}" if said else ""
        self.plan.told.append(f"{file.name}: + {cells['row_id']}{follows}")

    def _there(self, entered: Entered) -> bool:
        """Whether a result without an id says what a row of the review says already."""
        told = {c: v for c, v in entered.cells.items() if v}
        return any(row["trial_id"] == told["trial_id"] and told.items() <= row.items() for _, row in self.results.values())

    def judgement(self, entered: Entered) -> None:
        """A judgement of a trial; one that is there already in the same words is not added again."""
        file = self.file(JUDGEMENTS)
        cells = {c: "" for c in file.columns} | entered.cells
        self._only(JUDGEMENTS, cells)
        cells["trial_id"] = self._refers(entered, "trial_id", self.trials, "Trials")
        if cells["source_id"]:
            cells["source_id"] = self._refers(entered, "source_id", self.sources, "Sources")
        columns = tuple(entered.cells)
        if columns not in self.judged:
            self.judged[columns] = {tuple(row[c] for c in columns) for row in file.rows}
        if tuple(cells[c] for c in columns) in self.judged[columns]:
            self.plan.same += 1
            return
        file.add(cells, entered)
        self.plan.told.append(
            f"risk_of_bias.csv: + {cells['trial_id']}, {cells['tool']}, {cells['domain']}: {cells['judgement']}"
        )
