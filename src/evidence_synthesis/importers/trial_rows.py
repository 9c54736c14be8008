"""Imported studies as trials and results of a data package, by what each analysis is about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.effects import scales
from evidence_synthesis.importers.identity import slug, trial_ids
from evidence_synthesis.importers.measures import normal
from evidence_synthesis.importers.other_tools import tool_and_domain
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.package import DataFaults, Fault
from evidence_synthesis.review.risk_of_bias import JUDGED
from evidence_synthesis.review.schema import FACTS, PERSON_TIME
from evidence_synthesis.review.split import Parted, split

# What must be known of an analysis beyond its numbers, and what may be.
NEEDED = ("treatment", "comparator", "outcome", "region", "chronicity")
OPTIONAL = (
    *("instrument", "scale_min", "scale_max", "higher_is_worse", "weeks", "weeks_from", "term_as_printed", "value_kind"),
    *("design", "measured_as", "population_note", "measure"),
)
MEASURES = ("MD", "SMD", "RR", "OR", "HR", "RD", "IRR")


def _about_subgroup(analysis: str, subgroup: str) -> str:
    """The key of a subgroup's entry."""
    return f"{analysis}, {subgroup}"


def skeleton(rows: Iterable[StudyRow]) -> dict[str, Any]:
    """What a person has to fill in for each analysis before its studies can enter a package; for subgroups what differs there.

    What the rows tell is filled in: names of treatments, and weeks that a subgroup is called by.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        told = {"name": row.name, **dict.fromkeys(NEEDED, ""), "weeks": ""}
        told |= {"treatment": row.treatment, "comparator": row.comparator} if row.comparator else {}
        entry = found.setdefault(row.analysis, told)
        if row.subgroup:
            weeks = re.search(r"(\d+(?:\.\d+)?)[ -]*weeks?\b", row.subgroup, re.IGNORECASE)
            entry.setdefault("subgroups", {})[row.subgroup] = {"weeks": weeks[1] if weeks else ""}
    return found


def check_about(
    about: object, rows: Sequence[StudyRow], file: str, words: Mapping[str, Sequence[str]] | None = None
) -> dict[str, dict[str, str]]:
    """What each analysis is about, as a file holds it, subgroups under ``analysis, subgroup``. Raises DataFaults.

    ``words`` are those that a review has for what must be said; a fault names them. Analyses that are not named stay out; so
    do subgroups of an analysis that names others of them.
    """
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
            inside = {r.subgroup for r in rows if r.analysis == name and r.subgroup}
            for key, told in _entries(name, entry, inside, file, faults).items():
                faults += _entry_faults(key, told, file, words or {})
                found[key] = {str(k): str(v) for k, v in told.items() if v is not None}
    if faults:
        raise DataFaults(faults)
    return found


def _entries(name: str, entry: Mapping[Any, Any], inside: set[str], file: str, faults: list[Fault]) -> dict[str, dict[Any, Any]]:
    """An analysis's entry, or that of each of its subgroups: what the analysis says, and over it what the subgroup says."""
    shared = {k: v for k, v in entry.items() if k != "subgroups"}
    groups = entry.get("subgroups")
    if groups is None:
        return {name: shared}
    if not isinstance(groups, dict):
        faults.append(Fault(file, 0, f"{name}.subgroups", str(groups), "subgroups by their names, each with what differs"))
        return {}
    found = {}
    for group, told in groups.items():
        if str(group) not in inside:
            faults.append(Fault(file, 0, f"{name}.subgroups", str(group), f"a subgroup of {name} ({', '.join(sorted(inside))})"))
        elif told is not None and not isinstance(told, dict):
            faults.append(Fault(file, 0, f"{name}.{group}", str(told), "a list of what differs in the subgroup"))
        else:
            own = {k: v for k, v in (told or {}).items() if v not in (None, "")}
            found[_about_subgroup(name, str(group))] = shared | own
    return found


def _entry_faults(name: str, entry: Mapping[Any, Any], file: str, words: Mapping[str, Sequence[str]]) -> list[Fault]:
    allowed = {*NEEDED, *OPTIONAL, "name"}
    faults = [Fault(file, 0, f"{name}.{k}", str(k), f"one of {', '.join(sorted(allowed))}") for k in entry if k not in allowed]
    for key in (k for k in NEEDED if not entry.get(k)):
        line = f"'{name}': {{{key}: {words.get(key, ('...',))[0]}}}"
        told = f"one of {', '.join(words[key])}: a file for --about says which, such as {line}" if key in words else "a value"
        faults.append(Fault(file, 0, f"{name}.{key}", "", told))
    return faults


def package_rows(
    rows: Iterable[StudyRow], about: Mapping[str, Mapping[str, str]], source_id: str, columns: Sequence[str], file: str
) -> Parted:
    """Studies as rows of trials.csv, of results (with their ``columns``) and of risk_of_bias.csv, see ``trial_rows``.

    Raises DataFaults where the analyses of ``about``, which ``file`` holds, say different things of one trial and results
    have no column for it.
    """
    rows = list(rows)
    made = split(trial_rows(rows, about, source_id, {*columns, *FACTS, *JUDGED}))
    faults = _measures_not_held(rows, about, file) + [
        Fault(file, 0, fact, trial, f"one {fact.replace('_', ' ')} in all analyses that this trial is in")
        for trial, facts in made.disputed.items()
        for fact in facts
        if fact not in columns
    ]
    if faults:
        raise DataFaults(faults)
    judgements = [*made.judgements, *_by_other_tools(rows, {row["trial_id"] for row in made.trials})]
    return made._replace(judgements=[{**j, "source_id": source_id} for j in judgements])


def _by_other_tools(rows: Iterable[StudyRow], trials: Collection[str]) -> Iterator[dict[str, str]]:
    """The judgements of trials by tools that have no columns in the checked copy, each once."""
    listed = list(rows)
    ids = trial_ids(r.study for r in listed)
    told = dict.fromkeys((ids[r.study], *j) for r in listed for j in r.judgements if ids[r.study] in trials)
    for trial, column, judgement in told:
        if (by := tool_and_domain(column)) is not None:
            scope = {"trial_id": trial, "row_id": "", "outcome": ""}
            yield {**scope, "tool": by[0], "domain": by[1], "judgement": judgement}


def _measures_not_held(rows: Iterable[StudyRow], about: Mapping[str, Mapping[str, str]], file: str) -> list[Fault]:
    """Effects whose measure a data package has no word for, where the entry of their analysis says no other."""
    found = {}
    for row in rows:
        key = _about_subgroup(row.analysis, row.subgroup)
        entry = about.get(key) or about.get(row.analysis)
        if entry is not None and row.measure in _NOT_HELD and not entry.get("measure"):
            told = "RR, OR, HR, IRR, RD, MD or SMD, as which these effects are pooled in a review (import and pool know more)"
            found[row.analysis] = Fault(file, 0, f"{row.analysis}.measure", row.measure, told)
    return list(found.values())


def trial_rows(
    rows: Iterable[StudyRow], about: Mapping[str, Mapping[str, str]], source_id: str, columns: Collection[str]
) -> Iterator[dict[str, str]]:
    """Results with what their trial says (all ``columns``): printed arms, or the printed effect where no arms are known.

    ``source_id`` is the review that was read; each study is its own trial, different names are different trials.
    """
    listed = list(rows)
    ids = trial_ids(r.study for r in listed)
    used: dict[str, int] = {}
    for row in listed:
        entry = about.get(_about_subgroup(row.analysis, row.subgroup)) or about.get(row.analysis)
        if entry is None:
            continue
        trial = ids[row.study]
        number = re.sub(r"[^a-z0-9._]+", "-", row.analysis.lower()).strip("-")
        base = f"{trial}_{slug(entry['treatment'])}_vs_{slug(entry['comparator'])}_{slug(entry['outcome'])}_{number}"
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
            "subgroup": row.subgroup,
        }
        yield {
            k: v
            for k, v in {
                **told,
                **{k: v for k, v in row.facts if not entry.get(k)},
                **_numbers(row, entry, columns),
                **dict(row.judgements),
            }.items()
            if k in columns
        }


_NOT_HELD = ("RoM",)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _numbers(row: StudyRow, entry: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """The printed numbers under the trial files' names: arms with whatever spread they have, or the effect."""
    people = {f"n_{side}": _text(getattr(row, f"n_{side}")) for side in ("t", "c")}
    spread, kind = {name: _text(value) for name, value in row.spread.items()}, dict(row.facts).get("value_kind", "")
    if row.has_means:
        row, flags = _of_ranges(row)
        numbers = {f"{f}_{side}": _text(getattr(row, f"{f}_{side}")) for f in ("mean", "sd") for side in ("t", "c")} | flags
        form = "arm_means" if row.mean_t is not None and row.mean_c is not None else "arm_medians"
        return {**people, **numbers, **spread, "format": form, "value_kind": entry.get("value_kind") or kind or "final"}
    timed = PERSON_TIME[0] in dict(row.facts) and PERSON_TIME[0] in columns and entry.get("measure", "IRR") == "IRR"
    if timed or (row.has_events and (row.measure != "IRR" or entry.get("measure", "IRR") != "IRR")):
        numbers = {f"events_{side}": _text(getattr(row, f"events_{side}")) for side in ("t", "c")}
        return {**people, **numbers, "format": "arm_events", "value_kind": ""}
    if row.given is None and row.o_e is not None and row.variance:  # Handbook 10.4.2
        row = replace(row, given=row.o_e / row.variance, given_se=row.variance**-0.5)
    known = "OR" if row.measure == "Peto OR" else row.measure
    measure = entry.get("measure") or (known if known in MEASURES else "")
    effect, low, high = _printed(row, measure)
    printed_so = row.derived and row.effect is not None and (row.ci_low is not None or {"effect_p", "effect_se"} & spread.keys())
    if row.given is not None and not printed_so:
        spread["effect_se"] = _text(row.given_se)  # as entered; the interval alone might be read as that of a t test
    other = {"flags": f"printed_as_{row.measure.lower()}"} if known in (*MEASURES, *_NOT_HELD) and measure != known else {}
    return {
        **other,
        **{
            "format": "contrast",
            "effect_measure": measure,
            "ci_level": f"{row.level or 95:g}",
            "value_kind": entry.get("value_kind") or kind,
        },
        **{"effect": _text(effect), "effect_ci_low": _text(low), "effect_ci_high": _text(high), **people, **spread},
    }


def _of_ranges(row: StudyRow) -> tuple[StudyRow, dict[str, str]]:
    """A study with mean and SD in the place of medians with ranges, for which a package has no columns; and a flag."""
    arms = dict(zip(("t", "c"), row.arms or (), strict=False))
    told: dict[str, Any] = {}
    for side, arm in arms.items():
        known = {f"{name}_{side}" for name in ("q1", "se", "ci_low")} & row.spread.keys()
        if f"min_{side}" in row.spread and not known and getattr(row, f"sd_{side}") is None and arm.sd is not None:
            told |= {f"mean_{side}": arm.mean, f"sd_{side}": arm.sd}
    return (replace(row, **told), {"flags": "sd_from_range"}) if told else (row, {})


def _printed(row: StudyRow, measure: str) -> tuple[float | None, float | None, float | None]:
    """The effect with its interval: as printed, else from the effect and standard error that were entered."""
    if row.effect is not None or row.given is None or not row.given_se:
        return row.effect, row.ci_low, row.ci_high
    half = normal(row.level or 95.0) * row.given_se
    effect, low, high = (scales.natural(measure, row.given + side * half) for side in (0, -1, 1))
    return effect, low, high
