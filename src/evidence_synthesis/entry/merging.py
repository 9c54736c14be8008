"""Imported trials, results and judgements into a data package: ids of their own, a source with its reference number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence_synthesis.entry.forms import SOURCES
from evidence_synthesis.entry.lines import CsvLines
from evidence_synthesis.entry.plan import free_id
from evidence_synthesis.importers.identity import same_name
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.importers.trial_rows import MEASURES, skeleton
from evidence_synthesis.review.package import table_columns
from evidence_synthesis.review.schema import EVENTS, JUDGEMENTS, RESULTS, TRIALS
from evidence_synthesis.review.split import Parted

Entry = Mapping[str, Any]


_COUNTED, _MEANS = ("RR", "OR", "RD"), ("MD", "SMD")  # measures that counts of people and that means give


def vocabulary(told: Entry) -> dict[str, list[str]]:
    """The ids that a description has for what must be known of an analysis."""
    return {fact: list(told[f"{fact}s"]) for fact in ("treatment", "comparator", "outcome")}


def _id_of(name: str, told: Entry) -> str:
    """The id in a description that a name in a table means: the id or its label, or the only one there is."""
    for key, entry in told.items():
        label = entry if isinstance(entry, str) else entry["label"]
        if same_name(name, str(key)) or same_name(name, label):
            return str(key)
    return str(next(iter(told))) if len(told) == 1 else ""


def _outcome_of(names: Sequence[str], told: Entry, rows: Sequence[StudyRow]) -> str:
    """The outcome in a description that an analysis is about: by its names, else the only one whose measure its rows give."""
    if named := next((o for n in names if (o := _id_of(n, told))), ""):
        return named
    wanted = {r.measure for r in rows if r.measure in MEASURES}
    if not wanted:
        wanted |= {*_COUNTED} if any(r.events_t is not None for r in rows) else set()
        wanted |= {*_MEANS} if any(r.mean_t is not None for r in rows) else set()
    fitting = [o for o, facts in told.items() if facts["measure"] in wanted]
    return str(fitting[0]) if len(fitting) == 1 else ""


def about_by(told: Entry, rows: Sequence[StudyRow]) -> dict[str, dict[str, Any]]:
    """What each analysis of a table is about as far as a review's description says it, in the shape of an ``--about`` file.

    Ratios of no stated kind are of the outcome's measure; others keep their own.
    """
    windows, found = list(told.get("windows") or ["any_time"]), {}
    for analysis, entry in skeleton(rows).items():
        outcome = _outcome_of((analysis, entry["name"]), told["outcomes"], [r for r in rows if r.analysis == analysis])
        facts = told["outcomes"].get(outcome, {})
        made = {
            "treatment": _id_of(entry["treatment"] or analysis, told["treatments"]),
            "comparator": _id_of(
                entry["comparator"], {**told["comparators"], **(told["treatments"] if entry["comparator"] else {})}
            )
            or _id_of("", told["comparators"]),
            "outcome": outcome,
            "region": told.get("people", "all"),
            "chronicity": "not stated",
        }
        made |= {"term_as_printed": windows[0]} if len(windows) == 1 else {}
        if facts:
            bad = facts["better"] in ("lower", "fewer")
            made |= {"higher_is_worse": "yes" if bad else "no"}
            stated = {r.measure for r in rows if r.analysis == analysis} & {*MEASURES}
            made |= {"measure": facts["measure"]} if facts["measure"] in EVENTS and stated <= {facts["measure"]} else {}
            made |= dict(zip(("scale_min", "scale_max"), facts.get("scale", ()), strict=False))
        found[analysis] = made | ({"subgroups": entry["subgroups"]} if "subgroups" in entry else {})
    return found


def merged(directory: Path, parted: Parted, source: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The files of a package with imported rows, and what is said of it. Nothing is written.

    ``source`` has the id, label and title of what was imported; where the package has that source it stays as it is. A trial
    whose id and label are in the package is that trial; another of the same id gets a new one. Results that are there
    already in the same words are passed over.
    """
    files = {
        t: CsvLines[str](directory / f"{t}.csv", f"{t}.csv", table_columns(directory, t)) for t in (TRIALS, SOURCES, JUDGEMENTS)
    }
    said: list[str] = []
    sources = {row["source_id"]: row for row in files[SOURCES].rows}
    if source["source_id"] not in sources:
        number = 1 + max((int(row["ref"]) for row in sources.values()), default=0)
        files[SOURCES].add({"kind": "review", **source, "ref": str(number)}, "", "source_id")
        said.append(f"sources.csv: + {source['source_id']}, reference {number}")
    names = _trials(files[TRIALS], parted.trials)
    results, rows = _results(directory, parted.results, names)
    known = {tuple(row.values()) for row in files[JUDGEMENTS].rows}
    for judgement in parted.judgements:
        cells = {**dict.fromkeys(files[JUDGEMENTS].columns, ""), **judgement, "trial_id": names[judgement["trial_id"]]}
        cells["row_id"] = rows.get(cells["row_id"], cells["row_id"])
        if tuple(cells[c] for c in files[JUDGEMENTS].columns) not in known:
            files[JUDGEMENTS].add(cells, "")
    changed = [f for f in (*files.values(), *results) if f.changed]
    said += [f"{f.name}: {len([1 for *_, origin in f.lines if origin is not None])} rows added" for f in changed]
    return {f.name: f.text() for f in changed}, said


def _filled(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in cells.items() if value}


def _trials(file: CsvLines[str], trials: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Add the trials that are not there; the ids of all in the package."""
    known, names = {row["trial_id"]: row for row in file.rows}, dict[str, str]()
    for trial in trials:
        name = trial["trial_id"]
        before = known.get(name)
        if before is not None and before["label"].casefold() == trial["label"].casefold():
            names[name] = name
            continue
        names[name] = free_id(name, known)
        known[names[name]] = {**trial}
        file.add({**trial, "trial_id": names[name]}, "", "trial_id")
    return names


def _results(
    directory: Path, results: Sequence[Mapping[str, str]], names: Mapping[str, str]
) -> tuple[list[CsvLines[str]], dict[str, str]]:
    """Add the results to the files of their treatments; the files, and the new id of each that had to get one.

    Columns beside those of the schema (a subgroup, the review's own) are added to the files whose results fill them.
    """
    columns = table_columns(directory, RESULTS)
    more = list(dict.fromkeys(c for result in results for c, value in result.items() if value and c not in columns))
    files: dict[str, CsvLines[str]] = {
        path.stem: CsvLines(path, f"{RESULTS}/{path.name}", columns) for path in (directory / RESULTS).glob("*.csv")
    }
    known = {row["row_id"]: row for file in files.values() for row in file.rows}
    renamed: dict[str, str] = {}
    for result in results:
        cells = {**dict.fromkeys([*columns, *more], ""), **result, "trial_id": names[result["trial_id"]]}
        if _filled(known.get(cells["row_id"], {})) == _filled(cells):
            continue
        made = free_id(cells["row_id"], known)
        renamed[cells["row_id"]] = made
        cells["row_id"] = made
        name = f"{RESULTS}/{cells['treatment']}.csv"
        file = files.setdefault(cells["treatment"], CsvLines(directory / name, name, columns))
        file.widen(c for c in more if cells[c])
        known[made] = cells
        file.add(cells, "")
    return list(files.values()), renamed
