"""Turn a data package of the earlier layout, whose results repeat what their trial says, into the present one.

Earlier: ``trials/<treatment>.csv``, one wide row a result. Now: ``trials.csv``, ``results/<treatment>.csv`` and
``risk_of_bias.csv``. Every cell is compared before anything is put in place.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evidence_synthesis.review.describe import describe
from evidence_synthesis.review.joined import columns_of, join
from evidence_synthesis.review.package import DataFaults, Fault, Row
from evidence_synthesis.review.risk_of_bias import JUDGED
from evidence_synthesis.review.schema import FACTS, JUDGEMENTS, READINGS, RESULTS, SEARCHES, TRIALS
from evidence_synthesis.review.split import Parted, split
from evidence_synthesis.storage.files import write_table, write_text

Schema = dict[str, Any]
_NEW = (TRIALS, RESULTS, JUDGEMENTS, SEARCHES, READINGS)  # tables whose schemas the present layout brings


class Migrated(NamedTuple):
    """What a migration made: how many rows of each table, and what results say otherwise than their trial."""

    trials: int
    results: int
    judgements: int
    disputed: Mapping[str, Sequence[str]]


def _read(directory: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each trial file of the earlier layout, by the file's stem. Raises DataFaults."""
    found, faults = dict[str, list[dict[str, str]]](), list[Fault]()
    for path in sorted((directory / "trials").glob("*.csv")):
        name = f"trials/{path.name}"
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                rows = list(csv.DictReader(stream, strict=True))
        except (OSError, ValueError, csv.Error) as error:
            faults.append(Fault(name, 0, "", "", f"a readable CSV file ({error})"))
            continue
        for line, row in enumerate(rows, 2):
            if None in row or None in row.values():
                faults.append(Fault(name, line, "", "", "as many cells as the header has"))
            faults += [Fault(name, line, c, "", "a value") for c in ("row_id", "trial_id", "study") if not row.get(c)]
        found[path.stem] = rows
    if not found and not faults:
        words = "trials/*.csv of the earlier layout; there are none, so nothing is to be done"
        faults.append(Fault("trials/", 0, "", "", words))
    if faults:
        raise DataFaults(faults)
    return found


def _schemas(directory: Path, templates: Path, kept: set[str]) -> dict[str, Schema]:
    """The schemas of the present layout with the review's own vocabularies and columns.

    ``kept`` are the facts of trials that some results say otherwise: they get columns of the results.
    """
    old = {f["name"]: f for f in json.loads((directory / "schemas/trials.json").read_text(encoding="utf-8"))["fields"]}
    made = {table: json.loads((templates / f"{table}.json").read_text(encoding="utf-8")) for table in _NEW}
    for schema in made.values():
        for field in schema["fields"]:
            if "enum" in field.get("constraints", {}) and "enum" in old.get(field["name"], {}).get("constraints", {}):
                field["constraints"]["enum"] = old[field["name"]]["constraints"]["enum"]
    there = {f["name"] for table in (TRIALS, RESULTS) for f in made[table]["fields"]}
    own = [f for name, f in old.items() if name not in there | set(FACTS) | set(JUDGED)]
    names = {f["name"] for f in made[RESULTS]["fields"]}
    said = [_otherwise(old[fact]) for fact in FACTS if fact in kept - names]
    made[RESULTS]["fields"] += own + said
    return made


def _otherwise(field: Schema) -> Schema:
    limits = {k: v for k, v in field.get("constraints", {}).items() if k != "required"}
    words = field["description"] + " Where the source of this result says otherwise than the trial; empty: as the trial."
    return {**field, "description": words, "constraints": limits}


def _lost(before: Sequence[Mapping[str, str]], after: Sequence[Row]) -> list[Fault]:
    """The cells that joining the new tables does not give back."""
    return [
        Fault(row.file, row.line, column, cell, f"the cell as it was; {row.cells.get(column, '')!r} came out")
        for old, row in zip(before, after, strict=True)
        for column, cell in old.items()
        if row.cells.get(column, "") != cell
    ]


def _columns(schemas: Mapping[str, Schema], table: str) -> list[str]:
    return [field["name"] for field in schemas[table]["fields"]]


def _joined(made: Parted, schemas: Mapping[str, Schema]) -> list[Row]:
    """The tables joined again, as the check joins them."""

    def rows(table: str, cells: Sequence[Mapping[str, str]]) -> list[Row]:
        empty = dict.fromkeys(_columns(schemas, table), "")
        return [Row(table, line, {**empty, **told}) for line, told in enumerate(cells, 2)]

    columns = columns_of(_columns(schemas, RESULTS), _columns(schemas, TRIALS))
    trials, judgements = rows(TRIALS, made.trials), rows(JUDGEMENTS, made.judgements)
    return join(rows(RESULTS, made.results), trials, judgements, columns)


def migrate(directory: Path, templates: Path) -> Migrated:
    """Turn the package in ``directory`` into the present layout; ``templates`` is a folder of schemas of that layout.

    Raises DataFaults, and leaves everything as it was, where a file cannot be read or a cell would be lost.
    """
    files = _read(directory)
    before = [row for rows in files.values() for row in rows]
    made = split(before)
    schemas = _schemas(directory, templates, {fact for facts in made.disputed.values() for fact in facts})
    lost = _lost(before, _joined(made, schemas))
    if lost:
        raise DataFaults(lost)
    with tempfile.TemporaryDirectory(dir=directory.parent) as name:
        folder = Path(name)
        write_table(folder / f"{TRIALS}.csv", _columns(schemas, TRIALS), made.trials)
        write_table(folder / f"{JUDGEMENTS}.csv", _columns(schemas, JUDGEMENTS), made.judgements)
        rest = iter(made.results)
        for stem, rows in files.items():
            write_table(folder / f"{RESULTS}/{stem}.csv", _columns(schemas, RESULTS), [next(rest) for _ in rows])
        for table, schema in schemas.items():
            write_text(folder / f"schemas/{table}.json", json.dumps(schema, ensure_ascii=False, indent=2) + "\n")
        shutil.copytree(folder, directory, dirs_exist_ok=True)
    shutil.rmtree(directory / "trials")
    describe(directory)
    return Migrated(len(made.trials), len(made.results), len(made.judgements), made.disputed)
