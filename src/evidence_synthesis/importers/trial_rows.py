"""Imported studies as trials and results of a data package, by what each analysis is about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidence_synthesis.effects import scales
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.package import DataFaults, Fault
from evidence_synthesis.review.schema import FACTS
from evidence_synthesis.review.split import Parted, split
from evidence_synthesis.stats.batch import NORMAL

# What must be known of an analysis beyond its numbers, and what may be.
NEEDED = ("treatment", "comparator", "outcome", "region", "chronicity")
OPTIONAL = (
    *("instrument", "scale_min", "scale_max", "higher_is_worse", "weeks", "weeks_from", "term_as_printed", "value_kind"),
    *("design", "measured_as", "population_note", "measure"),
)
MEASURES = ("MD", "SMD", "RR", "OR", "HR", "RD")


def slug(text: str) -> str:
    """A name as an identifier: lower case, plain letters and digits, joined by dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)) or "study"


def skeleton(rows: Iterable[StudyRow]) -> dict[str, Any]:
    """What a person has to fill in for each analysis before its studies can enter a package."""
    names = {r.analysis: r.name for r in rows}
    return {number: {"name": name, **dict.fromkeys(NEEDED, ""), "weeks": ""} for number, name in names.items()}


def check_about(about: object, rows: Sequence[StudyRow], file: str) -> dict[str, dict[str, str]]:
    """What each analysis is about, as a file holds it; analyses that are not named stay out. Raises DataFaults."""
    if not isinstance(about, dict):
        raise DataFaults([Fault(file, 0, "", "", "analyses by their numbers, each with what it is about")])
    known = {r.analysis for r in rows}
    faults, found = [], {}
    for number, entry in about.items():
        name = str(number)
        if isinstance(number, float) and f"{name}0" in known:
            faults.append(Fault(file, 0, name, name, f"the number in quotes: YAML reads {name}0 without them as {name}"))
        elif name not in known:
            faults.append(Fault(file, 0, name, name, f"a number of an analysis ({', '.join(sorted(known)[:12])} ...)"))
        elif not isinstance(entry, dict):
            faults.append(Fault(file, 0, name, str(entry), "a list of what the analysis is about"))
        else:
            allowed = {*NEEDED, *OPTIONAL, "name"}
            faults += [
                Fault(file, 0, f"{name}.{k}", str(k), f"one of {', '.join(sorted(allowed))}") for k in entry if k not in allowed
            ]
            faults += [Fault(file, 0, f"{name}.{k}", "", "a value") for k in NEEDED if not entry.get(k)]
            found[name] = {str(k): str(v) for k, v in entry.items() if v is not None}
    if faults:
        raise DataFaults(faults)
    return found


def _trial_ids(names: Iterable[str]) -> dict[str, str]:
    """An identifier for each name: its slug, numbered where another name has the same one (letters that a slug drops)."""
    found: dict[str, str] = {}
    taken: dict[str, int] = {}
    for name in dict.fromkeys(names):
        base = slug(name)
        taken[base] = taken.get(base, 0) + 1
        found[name] = base if taken[base] == 1 else f"{base}-{taken[base]}"
    return found


def package_rows(
    rows: Iterable[StudyRow], about: Mapping[str, Mapping[str, str]], source_id: str, columns: Sequence[str], file: str
) -> Parted:
    """Studies as rows of trials.csv and of results (with their ``columns``), see ``trial_rows``; ``file`` holds ``about``.

    Raises DataFaults where analyses say different things of one trial and results have no column for it.
    """
    made = split(trial_rows(rows, about, source_id, {*columns, *FACTS}))
    faults = [
        Fault(file, 0, fact, trial, f"one {fact.replace('_', ' ')} in all analyses that this trial is in")
        for trial, facts in made.disputed.items()
        for fact in facts
        if fact not in columns
    ]
    if faults:
        raise DataFaults(faults)
    return made


def trial_rows(
    rows: Iterable[StudyRow], about: Mapping[str, Mapping[str, str]], source_id: str, columns: Collection[str]
) -> Iterator[dict[str, str]]:
    """Results with what their trial says (all ``columns``): printed arms, or the printed effect where no arms are known.

    ``source_id`` is the review that was read; each study is its own trial.
    """
    rows, used = list(rows), dict[str, int]()
    ids = _trial_ids(row.study for row in rows)
    for row in rows:
        entry = about.get(row.analysis)
        if entry is None:
            continue
        trial = ids[row.study]
        base = f"{trial}_{slug(entry['treatment'])}_vs_{slug(entry['comparator'])}_{slug(entry['outcome'])}_{row.analysis}"
        used[base] = used.get(base, 0) + 1
        told = {
            **dict.fromkeys(columns, ""),
            **{k: v for k, v in entry.items() if k in columns},
            "row_id": base if used[base] == 1 else f"{base}-{used[base]}",
            "trial_id": trial,
            "source_id": source_id,
            "study": row.study,
            "year": row.year or "".join(re.findall(r"(?:19|20)\d\d", row.study)[-1:]),
            "design": entry.get("design", "parallel"),
            "weeks_from": entry.get("weeks_from", "not stated"),
            "source_kind": "review table",
            "source_location": f"analysis {row.analysis}" + (f", {row.subgroup}" if row.subgroup else ""),
            "population_note": entry.get("population_note", ""),
        }
        yield {k: v for k, v in {**told, **_numbers(row, entry)}.items() if k in told}


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _numbers(row: StudyRow, entry: Mapping[str, str]) -> dict[str, str]:
    if row.has_means or row.has_events:
        fields = ("n", "mean", "sd") if row.has_means else ("n", "events")
        numbers = {f"{f}_{side}": _text(getattr(row, f"{f}_{side}")) for f in fields for side in ("t", "c")}
        kind = entry.get("value_kind", "final") if row.has_means else ""
        return {**numbers, "format": "arm_means" if row.has_means else "arm_events", "value_kind": kind}
    measure = entry.get("measure") or (row.measure if row.measure in MEASURES else "")
    effect, low, high = _printed(row, measure)
    return {
        **{"format": "contrast", "effect_measure": measure, "ci_level": "95", "value_kind": entry.get("value_kind", "")},
        **{"effect": _text(effect), "effect_ci_low": _text(low), "effect_ci_high": _text(high)},
    }


def _printed(row: StudyRow, measure: str) -> tuple[float | None, float | None, float | None]:
    """The effect with its interval: as printed, else from the effect and standard error that were entered."""
    if row.effect is not None or row.given is None or not row.given_se:
        return row.effect, row.ci_low, row.ci_high
    effect, low, high = (scales.natural(measure, row.given + side * NORMAL * row.given_se) for side in (0, -1, 1))
    return effect, low, high
