"""Whole small reviews for tests that run them: a few outcomes, rows of results, and what the settings say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result
from conftest import Rows, columns_of, read_csv, write_csv

from evidence_synthesis.cli import main

WHO, WHEN = "depression", "late"  # the population and the term that all rows of such a review are of
SAYS = {"noun": "the outcome", "better": "improves the outcome", "worse": "worsens the outcome"}
MEANS = {
    **{"format": "arm_means", "value_kind": "final", "higher_is_worse": "yes"},
    **{"scale_min": "", "scale_max": "", "instrument": ""},
}
EVENTS = {"format": "arm_events", "value_kind": "", "higher_is_worse": "no"}
CONTRAST = {"format": "contrast", "value_kind": "", "higher_is_worse": "yes"}
_TRIAL = ("year", "design", "icc", "cluster_size", "chronicity")  # cells of a row that its trial says


def _places(content: object, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every entry."""
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in entries:
        yield (*steps, key)
        yield from _places(value, (*steps, key))


def spoilt_settings(whole: Any, every: int = 1) -> Iterator[Any]:
    """Settings in which every entry (or each of so many) is replaced in turn by values of other kinds."""
    for steps in list(_places(whole))[::every]:
        for value in (None, 7, "nonsense", [], {}, [None], {"a": {"b": 1}}):
            content = deepcopy(whole)
            inside = content
            for step in steps[:-1]:
                inside = inside[step]
            inside[steps[-1]] = value
            yield content


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def outcome(*measures: str, **more: Any) -> dict[str, Any]:
    """An outcome of the settings."""
    usual = {"MD": 1.0, "SMD": 0.2, "RD": 0.1, "RR": 1.25, "OR": 1.25, "HR": 1.25}
    bad = more.get("event_is_good") is False
    thresholds = {m: 1 / usual[m] if bad and m in ("RR", "OR", "HR") else usual[m] for m in measures}
    return {"label": "The outcome", "says": SAYS, "measures": list(measures), "thresholds": thresholds} | more


def _widened(path: Path, words: Mapping[str, Sequence[str]]) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    for field in schema["fields"]:
        if field["name"] in words:
            field["constraints"]["enum"] = list(words[field["name"]])
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_review(
    folder: Path,
    outcomes: Mapping[str, Mapping[str, Any]],
    rows: Rows,
    change: Callable[[dict[str, Any]], None] = lambda _: None,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """A review of the outcomes in a folder; ``rows`` are cells of results, each with its ``trial_id`` at least.

    What a row does not say is as in the example: a drug against placebo, after six weeks. ``change`` edits the settings,
    ``columns`` are further columns by table, which rows may fill; no schema knows of them.
    """
    made = command("new-review", str(folder))
    assert made.exit_code == 0, made.output
    data, own = folder / "data", columns or {}
    path = data / "results/st_johns_wort.csv"
    empty = dict.fromkeys([*read_csv(path)[0], *own.get("results", ())], "")
    usual = {"source_id": "linde-2005", "treatment": "st_johns_wort", "comparator": "placebo", "weeks": "6"}
    usual |= {"weeks_from": "randomisation", "outcome": next(iter(outcomes)), "source_kind": "full text"}
    filled = [{**empty, **usual, "row_id": f"row-{i}", **row} for i, row in enumerate(rows)]
    path.unlink()
    for treatment in {r["treatment"] for r in filled}:
        inside = [{c: r[c] for c in empty} for r in filled if r["treatment"] == treatment]
        write_csv(data / f"results/{treatment}.csv", list(empty), [r | {c: "" for c in _TRIAL if c in r} for r in inside])
    first = read_csv(data / "trials.csv")[0] | dict.fromkeys(own.get("trials", ()), "")
    trials = {
        r["trial_id"]: dict.fromkeys(first, "")
        | {"year": "2000", "chronicity": "major depression", "design": "parallel", "region": WHO}
        | {c: r[c] for c in (*_TRIAL, *own.get("trials", ())) if r.get(c)}
        | {"trial_id": r["trial_id"], "label": r["trial_id"]}
        for r in filled
    }
    write_csv(data / "trials.csv", list(first), list(trials.values()))
    known = {"st_johns_wort", "placebo"}
    treatments = read_csv(data / "treatments.csv")
    treatments += [
        treatments[0] | {"treatment_id": name, "label": name.capitalize(), "family": f"{name}s"}
        for name in sorted({t for r in filled for t in (r["treatment"], r["comparator"])} - known)
    ]
    write_csv(data / "treatments.csv", list(treatments[0]), treatments)
    for table in ("risk_of_bias", "corrections", "unusable_results", "certainty_overrides"):
        write_csv(data / f"{table}.csv", columns_of(table), [])
    (data / "claims.yaml").write_text("rules_fixed: 2026-11-30\ndocuments: {}\nclaims: []\n", encoding="utf-8")
    domains = [entry.get("domain", name) for name, entry in outcomes.items()]
    for table in ("results", "risk_of_bias"):
        _widened(data / f"schemas/{table}.json", {"outcome": domains})
    path = folder / "config/config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["outcomes"] = {name: dict(entry) for name, entry in outcomes.items()}
    for place in (config["networks"], config["central_message"], config["figures"]["overview"]):
        place["outcomes"] = list(outcomes)
    config["multiverse"]["thresholds"] = {}
    change(config)
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def run(folder: Path) -> Path:
    """Run a review; gives its folder of results."""
    made = command("run", "--directory", str(folder))
    assert made.exit_code == 0, made.output
    return folder / "results"


def pooled(results: Path, measure: str, name: str, group: str = "st_johns_wort") -> dict[str, str]:
    """The pooled row of a group on an outcome and a measure, against placebo."""
    (row,) = (
        r
        for r in read_csv(results / "tables/pooled.csv")
        if (r["measure"], r["outcome"], r["group"], r["comparator"], r["term"]) == (measure, name, group, "placebo", WHEN)
        and r["population"] == WHO
    )
    return row


def effect(row: Mapping[str, str]) -> list[float]:
    """Estimate and limits of a pooled row."""
    return [float(row[c]) for c in ("estimate", "ci_low", "ci_high")]
