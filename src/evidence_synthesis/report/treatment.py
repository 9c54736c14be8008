"""The page of one group of treatments: what it does, how firm that is, and the trials behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evidence_synthesis import wording
from evidence_synthesis.conclusions.summary_of_findings import SofCell, SofTable, letter, letters, signs
from evidence_synthesis.report.links import anchor, link, page_of_trial, script_json
from evidence_synthesis.review import risk_of_bias
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy

Record = Mapping[str, str]
View = dict[str, object]
Tables = Mapping[str, Sequence[Record]]


@dataclass(frozen=True)
class Shelf:
    """The published tables, sorted so that a page finds its rows at once."""

    settings: Settings
    taxonomy: Taxonomy
    certainty: Mapping[tuple[str, str], Record]
    pooled: Mapping[str, Sequence[Record]]
    trials: Mapping[tuple[str, str], Sequence[Record]]
    small: Mapping[tuple[str, str], Record]
    turning: Mapping[tuple[str, str], Sequence[str]]
    without: Mapping[tuple[str, str], Record]
    results: Mapping[str, Sequence[Record]]
    findings: Mapping[str, Sequence[Record]]
    ranking: Mapping[str, Sequence[Record]]
    networks: Mapping[str, Record]
    unusable: Mapping[str, Sequence[Record]]
    figures: Mapping[str, Sequence[Record]]
    sources: Mapping[str, Record]
    effects: Mapping[str, Sequence[Record]]
    accounts: Mapping[str, Record]
    corrections: Mapping[str, Sequence[Record]]
    said: Mapping[str, Sequence[Record]]


def _by(rows: Iterable[Record], *names: str) -> dict[tuple[str, ...], list[Record]]:
    found: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for row in rows:
        found[tuple(row[n] for n in names)].append(row)
    return found


def shelve(tables: Tables, settings: Settings, taxonomy: Taxonomy) -> Shelf:
    """Sort the tables by what pages ask for."""

    def single(name: str, *keys: str) -> dict[tuple[str, str], Record]:
        return {(r[keys[0]], r[keys[1]]): r for r in tables[name]}

    def group(name: str, key: str) -> dict[str, list[Record]]:
        return {k[0]: rows for k, rows in _by(tables[name], key).items()}

    turning: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in tables["influence"]:
        if row["turns"] == "yes":
            turning[row["analysis_id"], row["measure"]].append(row["study"])
    said: dict[str, dict[str, Record]] = defaultdict(dict)
    claims = {c["claim"]: c for c in tables["claims"]}
    for test in tables["detail"]:
        for name in test["groups"].split(";"):
            said[name][test["claim"]] = claims[test["claim"]]
    findings: dict[str, list[Record]] = defaultdict(list)
    for finding in tables["audit"]:
        for row_id in finding["rows"].split(";"):
            findings[row_id].append(finding)
    return Shelf(
        settings,
        taxonomy,
        single("certainty", "analysis_id", "measure"),
        group("pooled", "group"),
        {(k[0], k[1]): rows for k, rows in _by(tables["trials"], "analysis_id", "measure").items()},
        single("small", "analysis_id", "measure"),
        turning,
        single("without", "analysis_id", "measure"),
        group("checked", "trial_id"),
        findings,
        group("ranking", "treatment"),
        {r["network"]: r for r in tables["networks"] if r["part"] == "1"},
        group("unusable", "treatment"),
        group("figures", "group"),
        {s["source_id"]: s for s in tables["sources"]},
        group("effects", "row_id"),
        {a["row_id"]: a for a in tables["accounts"]},
        group("corrections", "row_id"),
        {name: list(statements.values()) for name, statements in said.items()},
    )


def cell(finding: SofCell | None, notes: Sequence[str]) -> View | None:
    """One cell of a summary of findings for a page."""
    if finding is None:
        return None
    return {
        "size": finding.size,
        "lines": finding.lines,
        "certainty": f"{signs(finding.certainty)} {finding.certainty}",
        "letters": letters(finding, notes),
        "sentence": finding.sentence,
        "anchor": anchor(finding.analysis_id),
    }


def sof_view(table: SofTable) -> View:
    """A summary of findings for a page."""
    notes = table.notes()
    lines = [{"label": line.label, "cells": [cell(finding, notes) for finding in line.findings.values()]} for line in table.lines]
    return {
        "title": table.title,
        "population": table.population_label,
        "lines": lines,
        "notes": [(letter(i), note) for i, note in enumerate(notes)],
    }


def _firmness(row: Record, shelf: Shelf) -> View:
    """What shakes a pooled result, in words."""
    key, measure = (row["analysis_id"], row["measure"]), row["measure"]
    judged, small, without = shelf.certainty[key], shelf.small.get(key), shelf.without.get(key)
    remarks = []
    turning = shelf.turning.get(key, ())
    if turning:
        remarks.append("the interval takes in no effect, or no longer does, without " + ", ".join(turning))
    if without:
        if without["trials_without"] == "0":
            remarks.append("nothing is left without the rows in doubt")
        else:
            values = [float(without[f"{n}_without"]) for n in ("estimate", "ci_low", "ci_high")]
            words = wording.effect_with_interval(measure, *values)
            remarks.append(f"without the rows in doubt {words}, {wording.count(int(without['trials_without']), 'trial')}")
    if small and small["egger_p"]:
        remarks.append(f"Egger p {wording.p_value(float(small['egger_p']))}, {small['filled']} trials filled in")
    i2 = f"{float(row['i2']):.0f}%" if row["i2"] else ""
    values = [float(row[n]) for n in ("estimate", "ci_low", "ci_high")]
    trials = shelf.trials.get(key, ())
    return {
        "anchor": anchor(row["analysis_id"]),
        **wording.asked(row, shelf.settings),
        "measure": measure,
        "effect": wording.effect_with_interval(measure, *values),
        "sort": row["estimate"],
        "i2": i2,
        "verdict": wording.verdict(judged["verdict"]),
        "certainty": judged["certainty"],
        "remarks": "; ".join(remarks),
        "trials": [{"study": t["study"], "anchor": anchor(t["trial_id"])} for t in trials],
    }


def _trials(group: str, shelf: Shelf) -> list[View]:
    """The trials of a group: their sources, comparisons, outcomes, risk of bias, and what the audit says."""
    members = set(shelf.taxonomy.members(group))
    views = []
    for trial_id, rows in shelf.results.items():
        inside = [r for r in rows if {r["treatment"], r["comparator"]} & members]
        if not inside:
            continue
        findings = {f["finding"]: f["severity"] for r in inside for f in shelf.findings.get(r["row_id"], ())}
        against = {
            shelf.taxonomy[side].label for r in inside for side in (r["treatment"], r["comparator"]) if side not in members
        }
        views.append(
            {
                "anchor": anchor(trial_id),
                "page": page_of_trial(trial_id),
                "study": inside[0]["study"],
                "year": inside[0]["year"],
                "against": "; ".join(sorted(against)),
                "outcomes": ", ".join(sorted({r["outcome"].replace("_", " ") for r in inside})),
                "rows": len(inside),
                "bias": risk_of_bias.overall(inside),
                "sources": source_views(inside, shelf),
                "findings": ", ".join(wording.count(n, s) for s in ("error", "doubt") if (n := list(findings.values()).count(s))),
            }
        )
    return sorted(views, key=lambda v: (str(v["year"]), str(v["study"])))


def source_views(rows: Iterable[Record], shelf: Shelf) -> list[View]:
    """The sources of some results and the reviews that they were read in, by reference number."""
    names = {name for r in rows for name in (r["source_id"], r["read_in"]) if name}
    found = sorted((shelf.sources[name] for name in names), key=lambda s: int(s["ref"]))
    return [{"ref": s["ref"], "label": s["label"], "words": link(s)[0], "href": link(s)[1]} for s in found]


def _network(group: str, shelf: Shelf) -> list[View]:
    views: list[View] = []
    for row in shelf.ranking.get(group, ()):
        network = shelf.networks.get(row["network"])
        if row["part"] != "1" or network is None or "__treatment__" not in row["network"]:
            continue
        p = network["inconsistency_p"]
        words = "{outcome}, {term}, {population}".format(**wording.asked(network, shelf.settings))
        views.append(
            {
                "network": words[:1].upper() + words[1:],
                "score": f"{float(row['p_score']):.2f}",
                "size": f"{network['treatments']} treatments, {network['studies']} trials",
                "inconsistency": wording.p_value(float(p)).removeprefix("= ") if p else "cannot be tested",
            }
        )
    return views


def _explorer(rows: Iterable[Record], shelf: Shelf) -> Markup | str:
    """The trials of each pooled result as data for the page; nothing in it can close its element."""
    analyses = []
    for row in rows:
        trials = shelf.trials.get((row["analysis_id"], row["measure"]), ())
        if len(trials) < 2:
            continue
        entries = [
            {
                "study": t["study"],
                "anchor": anchor(t["trial_id"]),
                "y": float(t["yi"]),
                "v": float(t["vi"]),
                "bias": t["risk_of_bias"],
                "abstract": t["source_kind"] == "abstract",
                "versus": t["versus"],
                "source": t["source_kind"],
            }
            for t in trials
        ]
        label = "against {comparator}: {outcome}, {term}, {population}".format(**wording.asked(row, shelf.settings))
        analyses.append({"label": f"{label} ({len(trials)} trials)", "measure": row["measure"], "trials": entries})
    return Markup(script_json(analyses)) if analyses else ""


def _figures(group: str, kind: str, shelf: Shelf) -> list[View]:
    start = len(shelf.taxonomy.label(group)) + len(": ")
    titled = [(f["title"][start:], f) for f in shelf.figures.get(group, ()) if f["kind"] == kind]
    return [{**f, "title": title[:1].upper() + title[1:]} for title, f in titled]


def shown_rows(group: str, shelf: Shelf) -> list[Record]:
    """The pooled results that the page of a group shows."""
    shown = shelf.settings.figures
    return [
        r
        for r in shelf.pooled.get(group, ())
        if (r["analysis_id"], r["measure"]) in shelf.certainty
        and r["population"] in shown["populations"]
        and r["comparator"] in shown["comparators"]
    ]


def treatment_view(group: str, tables: Sequence[SofTable], shelf: Shelf) -> View:
    """Everything that the page of a group shows."""
    wanted = shown_rows(group, shelf)
    members = shelf.taxonomy.members(group)
    known = [u for m in members for u in shelf.unusable.get(m, ())]
    main = [f for t in tables[:1] for line in t.lines[:2] for f in line.findings.values() if f]
    return {
        "group": group,
        "label": shelf.taxonomy.label(group),
        "members": [(m, shelf.taxonomy.label(m)) for m in members] if members != [group] else [],
        "sentences": [f.sentence for f in main],
        "lacking": f"No result that a summary shows ({', '.join(wording.running(w.label) for w in shelf.settings.terms)}).",
        "sof": [sof_view(t) for t in tables],
        "terms": tables[0].terms if tables else (),
        "figures": _figures(group, "forest", shelf),
        "panels": _figures(group, "panels", shelf),
        "firmness": [_firmness(r, shelf) for r in wanted],
        "explorer": _explorer(wanted, shelf),
        "network": _network(group, shelf),
        "trials": _trials(group, shelf),
        "said": shelf.said.get(group, ()),
        "unusable": [
            {"study": u["study"], "outcome": u["outcome"].replace("_", " ") or "not stated", "known": u["what_is_known"]}
            for u in known
        ],
    }
