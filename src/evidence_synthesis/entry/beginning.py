"""The files of a new review from a short description: treatments, comparators, outcomes, windows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evidence_synthesis.review.package import DataFaults, Fault
from evidence_synthesis.review.schema import CONTROL_CLASS, EVENTS, OPTIONAL_COLUMNS, PERSON_TIME, RATIOS
from evidence_synthesis.review.yaml_file import Document, broken_entries, read_document, read_yaml
from evidence_synthesis.storage.files import csv_text

Entry = Mapping[str, Any]
DESCRIPTION = "review.yaml"  # in the folder of the review, as it was given
_HEAD = "# The review's settings, begun from review.yaml. Every key is described in the documentation; a typo is an error.\n"
_FIRST_YEAR = 1747  # James Lind's trial of scurvy
_ALWAYS = 1500  # weeks, the last that a result may have
POINTS = "points of 100"  # the unit to which values of scales are brought
_PEOPLE, _STAGE = "all", "not stated"
_TABLES = ("certainty_overrides", "corrections", "instruments", "published_estimates", "risk_of_bias", "sources", "trials")


def _entry(told: str | Entry) -> dict[str, Any]:
    return {"label": told} if isinstance(told, str) else dict(told)


def described(path: Path, schema: Path) -> dict[str, Any]:
    """The content of a description. Raises DataFaults with every fault, OSError for a file that cannot be read."""
    document, faults = read_document(path, path.name)
    if document is None:
        raise DataFaults(faults)
    faults = sorted({*faults, *(b.fault for b in broken_entries(document, read_yaml(schema)))})
    if not faults:
        faults = list(_cross(document))
    if faults:
        raise DataFaults(faults)
    return dict(document.content)


def _cross(document: Document) -> Iterator[Fault]:
    """What a schema cannot say: ids in both lists, directions that do not fit their measure, windows out of order."""
    content = document.content
    for name in content["treatments"].keys() & content["comparators"].keys():
        yield document.fault(("comparators", name), name, "another id than that of a treatment")
    for name, entry in content["outcomes"].items():
        event, better = entry["measure"] in EVENTS, entry["better"]
        if event != (better in ("fewer", "more")):
            words = "fewer or more: of people with an event" if event else "lower or higher: of a value"
            yield document.fault(("outcomes", name, "better"), better, words)
        elif entry["measure"] in RATIOS and (entry["worthwhile"] > 1) != (better == "more"):
            words = f"a ratio {'above' if better == 'more' else 'below'} 1, because {better} is better"
            yield document.fault(("outcomes", name, "worthwhile"), entry["worthwhile"], words)
        yield from _cross_values(document, name, entry)
    after = -1.0
    for name, entry in content.get("windows", {}).items():
        if entry["up_to"] <= after:
            yield document.fault(
                ("windows", name, "up_to"), entry["up_to"], f"more than {after:g} weeks, where the one before ends"
            )
        elif "target" in entry and not after < entry["target"] <= entry["up_to"]:
            words = f"a week inside the window: after {after:g}, up to {entry['up_to']:g}"
            yield document.fault(("windows", name, "target"), entry["target"], words)
        after = entry["up_to"]


def _cross_values(document: Document, name: str, entry: Entry) -> Iterator[Fault]:
    """What an outcome says that its measure has no use for; a mean difference in points of 100 needs the trials' scale."""
    event = entry["measure"] in EVENTS
    for key, wanted, words in (
        ("sd", False, "an outcome with MD or SMD"),
        ("assumed_risk", True, "an outcome with RR, OR, RD, HR or IRR"),
    ):
        if key in entry and event != wanted:
            yield document.fault(("outcomes", name, key), entry[key], words)
    if entry["measure"] == "MD" and entry.get("unit", POINTS) == POINTS and "scale" not in entry:
        words = f"the unit in which trials print it (mmHg, kg, hours), or for {POINTS} the scale: [lowest, highest]"
        yield document.fault(("outcomes", name, "unit"), entry.get("unit", ""), words)
    low, high = entry.get("scale", (0, 1))
    if not low < high:
        yield document.fault(("outcomes", name, "scale"), f"{low:g}, {high:g}", "the lowest value, then the highest")


def _windows(told: Entry) -> dict[str, dict[str, Any]]:
    after, found = -1.0, {}
    for name, entry in (told.get("windows") or {"any_time": {"label": "Any time", "up_to": _ALWAYS, "target": _ALWAYS}}).items():
        label = entry.get("label", name.replace("_", " ").capitalize())
        says = "at any time" if entry["up_to"] == _ALWAYS else f"within {entry['up_to']:g} weeks"
        found[name] = {"label": label, "says": says, "after": after, "up_to": entry["up_to"]}
        found[name]["target"] = entry.get("target", entry["up_to"])
        after = entry["up_to"]
    return found


def _outcome(entry: Entry) -> dict[str, Any]:
    noun, good = entry["label"][:1].lower() + entry["label"][1:], entry["better"] in ("more", "higher")
    up, down = ("leads to more people with", "leads to fewer people with") if entry["measure"] in EVENTS else ("raises", "lowers")
    if entry["measure"] == "IRR":  # of events, which a person may have more than once
        up, down = "leads to more", "leads to fewer"
    says = {"noun": noun, "better": f"{up if good else down} {noun}", "worse": f"{down if good else up} {noun}"}
    made: dict[str, Any] = {"label": entry["label"], "says": says, "measures": [entry["measure"]]}
    if entry["measure"] == "MD":
        made["unit"] = entry.get("unit", POINTS)
    if entry["measure"] in EVENTS:
        made["event_is_good"] = entry["better"] == "more"
    elif good:
        made["higher_is_better"] = True  # effects keep the direction in which trials print them
    made |= {key: entry[key] for key in ("sd", "assumed_risk") if key in entry}
    return made | {"thresholds": {entry["measure"]: entry["worthwhile"]}}


def settings(told: Entry, example: Entry, schema: Entry) -> dict[str, Any]:
    """The settings of a review from its description; what it does not say is as in the ``example``."""
    windows, outcomes = _windows(told), {name: _outcome(entry) for name, entry in told["outcomes"].items()}
    people = {"label": told.get("people", "All people"), "regions": [told.get("people", _PEOPLE)]}
    groups: dict[str, Any] = {
        name: {"label": entry["label"][:1].lower() + entry["label"][1:], "ids": [name]}
        for name, entry in ((n, _entry(e)) for n, e in told["comparators"].items())
    }
    classes = list(dict.fromkeys(row["class"] for row in treatments(told) if row["class"] != CONTROL_CLASS))
    groups |= {
        "active": {"label": "another treatment", "classes": classes},
        "any": {"label": "any comparator", "everything": True},
    }
    terms, first, shown = list(windows), next(iter(groups)), [name for name in groups if name != "any"]
    measures = {entry["measure"] for entry in told["outcomes"].values()}
    certainty = {k: v for k, v in example["certainty"].items() if k in schema["properties"]["certainty"]["required"]}
    comparisons = [
        {"treatment": {"class": c}, "comparator": first, "says": f"{c.replace('_', ' ').capitalize()}"} for c in classes
    ]
    overview = {
        "outcomes": list(outcomes)[:2],
        "classes": classes,
        "terms": terms[:2],
        "comparator": first,
        "population": "people",
    }
    return {
        **example,
        "title": told["title"],
        "windows": {"use": "described", "presets": {"described": windows}},
        "populations": {"people": people},
        "outcomes": outcomes,
        "comparators": groups,
        "bayes": {m: prior for m, prior in example["bayes"].items() if m in measures},
        "networks": {"outcomes": list(outcomes), "terms": terms, "levels": ["treatment"], "populations": ["people"]},
        "central_message": {"population": "people", "outcomes": list(outcomes)[:2], "comparisons": comparisons},
        "certainty": certainty,
        "multiverse": {
            **example["multiverse"],
            "windows": ["described"],
            "comparators": {first: [first, "any"]},
            "thresholds": {},
        },
        "figures": {
            **example["figures"],
            **{"populations": ["people"], "comparators": shown, "terms": terms, "overview": overview},
        },
    }


def treatments(told: Entry) -> list[dict[str, str]]:
    """The rows of treatments.csv."""
    found = []
    for table, kind in (("treatments", "treatment"), ("comparators", CONTROL_CLASS)):
        for name, entry in ((n, _entry(e)) for n, e in told[table].items()):
            family = entry.get("family", name if kind != CONTROL_CLASS else "controls")
            found.append({"treatment_id": name, "label": entry["label"], "class": entry.get("class", kind), "family": family})
    return found


def _worded(schema: dict[str, Any], words: Mapping[str, list[str]]) -> str:
    """A Table Schema with other vocabularies, as JSON text; years from the first trials on."""
    for column in schema["fields"]:
        if column["name"] == "year":
            column["constraints"] = {**column.get("constraints", {}), "minimum": _FIRST_YEAR}
        if column["name"] in words:
            column.setdefault("constraints", {})["enum"] = words[column["name"]]
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def files(told: Entry, example: Path, schema: Entry) -> dict[str, str]:
    """Every file of the review but its descriptor, by its place in the folder; ``example`` is the folder of the skeleton's."""
    import yaml

    config = read_yaml(example / "config/config.yaml")
    made = {
        "config/config.yaml": _HEAD
        + yaml.safe_dump(settings(told, config, schema), allow_unicode=True, sort_keys=False, width=120)
    }
    rows = treatments(told)
    words = {
        "region": [told.get("people", _PEOPLE)],
        "chronicity": [*told.get("stages", ()), _STAGE],
        "outcome": list(told["outcomes"]),
        "term_as_printed": list(_windows(told)),
        "class": list(dict.fromkeys(row["class"] for row in rows)),
    }
    for path in sorted((example / "data/schemas").glob("*.json")):
        read = json.loads(path.read_text(encoding="utf-8"))
        made[f"data/schemas/{path.name}"] = _worded(read, words) if "fields" in read else path.read_text(encoding="utf-8")
    if any(entry["measure"] == "IRR" for entry in told["outcomes"].values()):
        results = json.loads(made["data/schemas/results.json"])
        results["fields"] += [{"name": name, **OPTIONAL_COLUMNS[name]} for name in PERSON_TIME]
        made["data/schemas/results.json"] = json.dumps(results, ensure_ascii=False, indent=2) + "\n"
    for table in (*_TABLES, "unusable_results"):
        columns = [f["name"] for f in json.loads((example / f"data/schemas/{table}.json").read_text(encoding="utf-8"))["fields"]]
        made[f"data/{table}.csv"] = csv_text(columns, [])
    made["data/treatments.csv"] = csv_text(["treatment_id", "label", "class", "family", "components"], rows)
    return made
