"""The faults of a review's settings: structure, names that stand nowhere, and choices that contradict each other.

The structure stands in a JSON Schema; this module adds what a schema cannot say: what one setting names must exist in
another, or in the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from evidence_synthesis.review.as_of import NoDate, day_of
from evidence_synthesis.review.judgements import LEVELS
from evidence_synthesis.review.package import Fault, column_words, nearest
from evidence_synthesis.review.schema import CONTINUOUS, EVENTS, RATIOS, RESULTS, TRIALS
from evidence_synthesis.review.settings import FOREST_COLUMNS, POINTS_UNIT
from evidence_synthesis.review.yaml_file import Broken, Document, Steps, broken_entries, read_document, read_yaml

FILE = "config/config.yaml"

# Settings that name other settings: the place (* is any name), and what it names.
_WITHIN = (
    ("windows.use", "preset"),
    ("multiverse.windows", "preset"),
    ("figures.terms", "term"),
    ("figures.overview.terms", "term"),
    ("networks.terms", "term"),
    ("figures.populations", "population"),
    ("figures.overview.population", "population"),
    ("networks.populations", "population"),
    ("figures.overview.outcomes", "outcome"),
    ("networks.outcomes", "outcome"),
    ("figures.comparators", "comparator"),
    ("figures.overview.comparator", "comparator"),
    ("multiverse.comparators", "comparator"),
    ("multiverse.comparators.*", "comparator"),
    ("central_message.population", "population"),
    ("central_message.outcomes", "outcome"),
    ("central_message.comparisons.*.comparator", "comparator"),
)
# Settings that name what the data hold: the place, the table and its column.
_IN_DATA = (
    ("comparators.*.ids", "treatments", "treatment_id"),
    ("comparators.*.families", "treatments", "family"),
    ("comparators.*.classes", "treatments", "class"),
    ("comparators.*.added_to", "treatments", "class"),
    ("figures.overview.classes", "treatments", "class"),
    ("central_message.comparisons.*.treatment.class", "treatments", "class"),
    ("central_message.comparisons.*.treatment.family", "treatments", "family"),
    ("outcomes.*.instruments", "instruments", "instrument_id"),
    ("outcomes.*.domain", RESULTS, "outcome"),
    ("populations.*.regions", TRIALS, "region"),
    ("populations.*.chronicities", TRIALS, "chronicity"),
    ("selection.avoid_flags", RESULTS, "flags"),
    ("selection.exclude_flags", RESULTS, "flags"),
    ("multiverse.imputed.flags", RESULTS, "flags"),
    ("statements.doubtful_flags", RESULTS, "flags"),
)
_WIDTHS = "scale_min, scale_max"  # of an outcome in a unit of its own: not a word of a column
_OWN = ("a text of the review's own", "a number of the review's own")
_MISTYPED = 0.9  # letters that a flag shares with one in the data from which it is taken for that one, mistyped


class Named(NamedTuple):
    """A value of the settings that must stand in a column of the data, as the fault that it is where it does not."""

    table: str
    column: str
    fault: Fault


def _found(content: Any, path: str) -> Iterator[tuple[Steps, str]]:
    """The texts at a place of the settings: those of a list, or the names of entries; none where it is absent."""
    places: list[tuple[Steps, Any]] = [((), content)]
    for name in path.split("."):
        inside = [(steps, dict(enumerate(entry)) if isinstance(entry, list) else entry) for steps, entry in places]
        entries = [(steps, entry) for steps, entry in inside if isinstance(entry, dict)]
        places = [((*steps, key), entry[key]) for steps, entry in entries for key in entry if name in ("*", key)]
    for steps, entry in places:
        several = (
            enumerate(entry) if isinstance(entry, list) else ((name, name) for name in entry) if isinstance(entry, dict) else ()
        )
        listed = [((*steps, key), value) for key, value in several] or [(steps, entry)]
        yield from ((place, value) for place, value in listed if isinstance(value, str))


def _known(content: Any) -> dict[str, list[str]]:
    """The names that settings may use of each other. Terms are those of any preset, so that one word changes the preset."""

    def names(entry: Any) -> list[str]:
        return list(entry) if isinstance(entry, dict) else []

    windows = content.get("windows") if isinstance(content, dict) else None
    presets = windows.get("presets") if isinstance(windows, dict) else None
    sections = {kind: names(content.get(f"{kind}s")) for kind in ("population", "outcome", "comparator")}
    terms = {term for preset in presets.values() for term in names(preset)} if isinstance(presets, dict) else set()
    return {**sections, "preset": names(presets), "term": sorted(terms)}


def _unknown_names(document: Document) -> Iterator[Fault]:
    known = _known(document.content)
    for path, kind in _WITHIN:
        for steps, value in _found(document.content, path):
            if known[kind] and value not in known[kind]:
                words = f"a {kind} of these settings: {', '.join(known[kind])}{nearest(value, known[kind])}"
                yield document.fault(steps, value, words)


def _windows(document: Document) -> Iterator[Fault]:
    for name, preset in document.content["windows"]["presets"].items():
        for term, window in preset.items():
            place = ("windows", "presets", name, term)
            if window["after"] >= window["up_to"]:
                yield document.fault(
                    (*place, "up_to"), window["up_to"], f"a week after {window['after']:g}, where the window begins"
                )
            elif not window["after"] < window["target"] <= window["up_to"]:
                words = f"a week inside the window: after {window['after']:g}, up to {window['up_to']:g}"
                yield document.fault((*place, "target"), window["target"], words)


def _terms(document: Document) -> Iterator[Fault]:
    """What is drawn needs a window in force."""
    windows, figures = document.content["windows"], document.content["figures"]
    force = windows["presets"].get(windows["use"], {})
    for steps, terms in (
        (("figures", "terms"), figures["terms"]),
        (("figures", "overview", "terms"), figures["overview"]["terms"]),
    ):
        if force and not force.keys() & set(terms):
            yield document.fault(steps, ", ".join(terms), f"a term of the preset {windows['use']}: {', '.join(force)}")


def _outcomes(document: Document) -> Iterator[Fault]:
    direction: dict[str, bool] = {}
    for name, entry in document.content["outcomes"].items():
        place, good = ("outcomes", name), entry.get("event_is_good")
        if "higher_is_better" in entry and not set(entry["measures"]) & set(CONTINUOUS):
            yield document.fault((*place, "higher_is_better"), entry["higher_is_better"], "an outcome with MD or SMD")
        if good is None and (counted := [m for m in entry["measures"] if m in EVENTS]):
            words = f"true or false: {counted[0]} needs to know whether the event is good for the patient"
            yield document.fault((*place, "event_is_good"), "", words)
        if good is not None and direction.setdefault(entry.get("domain", name), good) != good:
            words = f"{str(not good).lower()}, as for the other outcome of the domain {entry.get('domain', name)}"
            yield document.fault((*place, "event_is_good"), good, words)
        yield from _thresholds(document, name, entry)
    yield from _units(document)


def _units(document: Document) -> Iterator[Fault]:
    """Outcomes of one domain share their converted rows, so they have one unit and one direction."""
    first: dict[str, tuple[str, Any]] = {}
    for name, entry in document.content["outcomes"].items():
        if not set(entry["measures"]) & set(CONTINUOUS):
            continue
        domain, better = entry.get("domain", name), entry.get("higher_is_better", False)
        before, way = first.setdefault(domain, (name, better))
        if better != way:
            words = f"{str(way).lower()}, as for {before}, the other outcome of the domain {domain}"
            yield document.fault(("outcomes", name, "higher_is_better"), better, words)
    units: dict[str, str] = {}
    for name, entry in document.content["outcomes"].items():
        unit, domain = entry.get("unit", ""), entry.get("domain", name)
        if "MD" in entry["measures"] and units.setdefault(domain, unit) != unit:
            yield document.fault(("outcomes", name, "unit"), unit, f"{units[domain]}, the unit of the domain {domain}")


def _thresholds(document: Document, name: str, entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Verdicts and certainty compare each measure with its smallest worthwhile effect, which is a good one."""
    place, thresholds, good = ("outcomes", name), entry.get("thresholds", {}), entry.get("event_is_good")
    for measure in entry["measures"]:
        if measure not in thresholds:
            yield document.fault((*place, "thresholds", measure), "", "the smallest worthwhile effect on this measure")
    for measure, value in thresholds.items():
        if measure not in entry["measures"]:
            words = f"one of its measures: {', '.join(entry['measures'])}"
            yield document.fault((*place, "thresholds", measure), measure, words)
        elif measure in RATIOS and good is not None and (value == 1 or (value > 1) != good):
            words = f"a ratio {'above' if good else 'below'} 1, because the event is {'good' if good else 'bad'} for the patient"
            yield document.fault((*place, "thresholds", measure), value, words)


def _comparators(document: Document) -> Iterator[Fault]:
    for name, entry in document.content["comparators"].items():
        if not any(entry.get(key) for key in ("ids", "families", "classes", "everything", "added_to")):
            words = "who belongs to it: ids, families, classes, everything or added_to"
            yield document.fault(("comparators", name), "", words)


def _substitutes(document: Document) -> Iterator[Fault]:
    """In the multiverse a group of comparators comes first among those that may stand in its place."""
    for name, groups in document.content["multiverse"]["comparators"].items():
        place = ("multiverse", "comparators", name)
        if groups[:1] != [name]:
            yield document.fault(place, ", ".join(groups), f"{name} itself first")


def _certainty(document: Document) -> Iterator[Fault]:
    limits = document.content["certainty"]
    if limits["i2_very"] < limits["i2"]:
        yield document.fault(("certainty", "i2_very"), limits["i2_very"], f"{limits['i2']:g} (i2) or more")


def _tools(document: Document) -> Iterator[Fault]:
    """A mapping of judgements names what is judged, and better levels of a score stand above worse ones."""
    section = document.content.get("risk_of_bias", {"tools": {}})
    for name in section.get("otherwise", {}):
        if name not in section["tools"]:
            known = f"one of the tools: {', '.join(section['tools'])}"
            yield document.fault(("risk_of_bias", "otherwise", name), name, known)
    entries = [(part, name, entry) for part in ("tools", "otherwise") for name, entry in section.get(part, {}).items()]
    for part, name, entry in entries:
        place, scores = ("risk_of_bias", part, name), entry.get("scores", {})
        if (entry.get("words") or scores) and not (entry.get("domains") or entry.get("worst_of")):
            yield document.fault(place, name, "the domains whose words these are: domains or worst_of")
        given = [scores[level] for level in LEVELS if level in scores]
        if given != sorted(given, reverse=True):
            yield document.fault((*place, "scores"), str(scores), "a higher score for a lower risk of bias")


def _columns(document: Document) -> Iterator[Fault]:
    """Only numbers are cut, in order; forest plots name columns of theirs or of these settings."""
    columns = document.content.get("columns", {})
    for name, entry in columns.items():
        cuts = entry.get("cuts", [])
        if cuts and not entry.get("number"):
            yield document.fault(("columns", name, "cuts"), str(cuts), "number: true, since only numbers have cuts")
        elif cuts != sorted(cuts):
            yield document.fault(("columns", name, "cuts"), str(cuts), "values from the smallest to the largest")
    known = [*FOREST_COLUMNS, *columns]
    for place, name in enumerate(document.content["figures"].get("forest_columns", [])):
        if name not in known:
            words = f"one of {', '.join(FOREST_COLUMNS)}, or a column of the section columns{nearest(name, known)}"
            yield document.fault(("figures", "forest_columns", place), name, words)


def _as_of(document: Document) -> Iterator[Fault]:
    told = document.content.get("as_of")
    try:
        if told:
            day_of(told)
    except NoDate:
        yield document.fault(("as_of",), told, "a date such as 2015-12-02, or a year for its end")


# Each needs the sections of the settings that it reads to be of sound structure.
_RULES: tuple[tuple[Callable[[Document], Iterator[Fault]], tuple[str, ...]], ...] = (
    (_windows, ("windows",)),
    (_terms, ("windows", "figures")),
    (_outcomes, ("outcomes",)),
    (_comparators, ("comparators",)),
    (_substitutes, ("multiverse",)),
    (_certainty, ("certainty",)),
    (_tools, ("risk_of_bias",)),
    (_columns, ("columns", "figures")),
    (_as_of, ("as_of",)),
)


def _sound(document: Document, broken: Iterable[Broken]) -> tuple[Document, set[str]]:
    """The settings without the outcomes and comparators that are broken, and the other sections that are."""
    content, unsound = dict(document.content), set[str]()
    for steps, fault in broken:
        section = fault.column.partition(".")[0]
        if len(steps) > 1 and section in ("outcomes", "comparators"):
            content[section] = {name: entry for name, entry in content[section].items() if name != steps[1]}
        else:
            unsound.add(section)
    return replace(document, content=content), unsound


def setting_faults(document: Document, schema: Mapping[str, Any]) -> list[Fault]:
    """Every fault of the settings in themselves, in the order of the file; ``schema`` is their JSON Schema."""
    broken = broken_entries(document, schema)
    faults = {b.fault for b in broken}
    if isinstance(document.content, dict):
        told = {f.place for f in faults}
        sound, unsound = _sound(document, broken)
        rules = [rule for rule, sections in _RULES if not unsound & set(sections)]
        found = [*_unknown_names(document), *(fault for rule in rules for fault in rule(sound))]
        faults |= {f for f in found if f.place not in told}
    return sorted(faults)


def read_settings(path: Path, schema: Path) -> tuple[Document | None, list[Fault]]:
    """The settings in a file, None where it is no YAML, and every fault of them in themselves.

    Raises OSError for a file that cannot be read.
    """
    document, faults = read_document(path, FILE)
    if document is None:
        return None, faults
    found = setting_faults(document, read_yaml(schema))
    return document, sorted({*faults, *found})


def named_data(document: Document) -> list[Named]:
    """What settings name of the data, as far as they can be read."""
    if not isinstance(document.content, dict):
        return []
    found = [
        Named(table, column, document.fault(steps, value, ""))
        for path, table, column in _IN_DATA
        for steps, value in _found(document.content, path)
    ]
    outcomes = document.content.get("outcomes")
    entries = outcomes.items() if isinstance(outcomes, dict) else ()
    domains = [name for name, entry in entries if isinstance(entry, dict) and "domain" not in entry]
    natural = list(_natural(document, entries))
    columns = document.content.get("columns")
    own = [
        Named(RESULTS, _OWN[bool(entry.get("number"))], document.fault(("columns", name), name, ""))
        for name, entry in (columns.items() if isinstance(columns, dict) else ())
        if isinstance(entry, dict)
    ]
    return [
        *found,
        *natural,
        *own,
        *(Named(RESULTS, "outcome", document.fault(("outcomes", name), name, "")) for name in domains),
    ]


def _natural(document: Document, entries: Iterable[tuple[Any, Any]]) -> Iterator[Named]:
    """The outcomes whose mean differences are pooled in the unit in which they are printed, so that rows must share it."""
    for name, entry in entries:
        measures, unit = (entry.get("measures"), entry.get("unit", "")) if isinstance(entry, dict) else ((), "")
        if isinstance(measures, list) and "MD" in measures and unit != POINTS_UNIT:
            domain = str(entry.get("domain", name))
            yield Named(RESULTS, _WIDTHS, replace(document.fault(("outcomes", name, "unit"), domain, ""), expected=str(unit)))


def own_columns(named: Iterable[Named]) -> dict[str, Mapping[str, object]]:
    """The columns of the review's own that its settings name, as Table Schema fields by their names."""
    kinds = dict(zip(_OWN, ("string", "number"), strict=True))
    return {n.fault.value: {"type": kinds[n.column], "description": "Of the review's own."} for n in named if n.column in kinds}


def _mixed_widths(named: Named, rows: Iterable[Mapping[str, str]]) -> Iterator[Fault]:
    """The fault of a unit that trials cannot share: their results stand on scales of different widths."""
    domain, unit = named.fault.value, named.fault.expected
    widths: dict[float, str] = {}
    for row in rows:
        means = row["format"] in ("arm_means", "arm_medians") or row["effect_measure"] == "MD"
        if row["outcome"] == domain and means and row["scale_min"] and row["scale_max"]:
            widths.setdefault(float(row["scale_max"]) - float(row["scale_min"]), row["row_id"])
    if len(widths) > 1:
        told = " and ".join(f"{width:g} ({row})" for width, row in sorted(widths.items())[:2])
        words = f"{POINTS_UNIT}, since results are on scales of different widths, such as {told}; or no scale_min and scale_max"
        yield replace(named.fault, value=unit, expected=f"{words} where trials do share the unit")


def unknown_data(directory: Path, tables: Mapping[str, list[dict[str, str]]], named: Iterable[Named]) -> Iterator[Fault]:
    """Faults of settings that name what the data package in ``directory`` does not hold.

    A column with a vocabulary in its Table Schema knows those words, another one the words of its ``tables``. Settings may
    name flags that no row has yet: one is a fault only where it looks like one that rows have.
    """
    known: dict[tuple[str, str], list[str]] = {}
    for table, column, fault in named:
        if column == _WIDTHS:
            yield from _mixed_widths(Named(table, column, fault), tables[TRIALS])
            continue
        if column in _OWN:
            if fault.value not in next(iter(tables[TRIALS]), {fault.value: ""}):
                yield replace(fault, expected="a column of trials.csv or of results/*.csv")
            continue
        if (table, column) not in known:
            rows = tables[TRIALS if table == RESULTS else table]  # the checked copy is one table of both
            words = {word for row in rows for word in row[column].split(";")}
            known[table, column] = column_words(directory, table, column) or sorted(words)
        listed, flag = known[table, column], column == "flags"
        perhaps = nearest(fault.value, listed, _MISTYPED) if flag else nearest(fault.value, listed)
        if fault.value not in listed and (perhaps or not flag):
            where = "results/*.csv" if table == RESULTS else f"{table}.csv"
            one = "an id that stands in" if column.endswith("_id") else f"one of {', '.join(listed)}, the column {column} of"
            yield replace(fault, expected=f"{'a flag in' if flag else one} {where}{perhaps}")
