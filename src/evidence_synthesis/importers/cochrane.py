"""The table of data rows that the Cochrane Library offers for download with a review (CSV), and RevMan 5's own export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evidence_synthesis.importers.cells import Cells
from evidence_synthesis.importers.names import plain
from evidence_synthesis.importers.rows import StudyRow, by_analysis
from evidence_synthesis.importers.spreadsheet import csv_grid, table_of
from evidence_synthesis.review.package import DataFaults, Fault

COLUMNS = {
    **{"analysis_group": "group", "analysis_number": "number", "analysis_name": "name", "subgroup": "subgroup"},
    **{"study": "study", "study_year": "year", "footnotes": "footnote", "applicability": "applicability"},
    **{"giv_mean": "given", "giv_se": "given_se", "o_e": "o_e", "variance": "variance", "weight": "weight"},
    **{"experimental_mean": "mean_t", "experimental_sd": "sd_t", "experimental_cases": "events_t", "experimental_n": "n_t"},
    **{"control_mean": "mean_c", "control_sd": "sd_c", "control_cases": "events_c", "control_n": "n_c"},
    **{"mean": "effect", "ci_start": "ci_low", "ci_end": "ci_high"},
}
NEEDED = ("group", "number", "study")
HEADERS = {  # as the Cochrane Library writes them, for export
    **{"group": "Analysis group", "number": "Analysis number", "name": "Analysis name", "subgroup": "Subgroup"},
    **{"study": "Study", "given": "GIV Mean", "given_se": "GIV SE"},
    **{"mean_t": "Experimental mean", "sd_t": "Experimental SD", "events_t": "Experimental cases", "n_t": "Experimental N"},
    **{"mean_c": "Control mean", "sd_c": "Control SD", "events_c": "Control cases", "n_c": "Control N"},
    **{"o_e": "O-E", "variance": "Variance", "weight": "Weight", "effect": "Mean"},
    **{"ci_low": "CI start", "ci_high": "CI end", "footnote": "Footnotes"},
}
# What the Cochrane Library's and RevMan's exports call the settings of an analysis.
_MEASURES = {
    **{"risk ratio": "RR", "rr": "RR", "odds ratio": "OR", "or": "OR", "risk difference": "RD", "rd": "RD"},
    **{"mean difference": "MD", "md": "MD", "std mean difference": "SMD", "smd": "SMD", "standardised mean difference": "SMD"},
    **{"peto odds ratio": "Peto OR", "peto or": "Peto OR", "peto_or": "Peto OR", "standardized mean difference": "SMD"},
    **{"hazard ratio": "HR", "hr": "HR", "rate ratio": "IRR", "rate_ratio": "IRR", "wmd": "MD"},
}
_RATIOS = re.compile(r"\b(ratio|rr|or|hr|irr|odds|hazards?)\b")


def measure_stated(words: str, kind: str) -> str:
    """The measure that a review states, by whole words; ``kind`` is RevMan's kind of data (IV, IPD ...)."""
    said = re.sub(r"[^a-z]+", " ", words.lower()).strip()
    if kind == "IV":
        return "generic ratio" if _RATIOS.search(said) else "generic"
    if kind == "IPD":
        return _MEASURES.get(said) or ("Peto OR" if re.search(r"\b(or|odds)\b", said) else "HR")
    return _MEASURES.get(said, "")


def model_stated(method: str, model: str, estimator: str = "") -> str:
    """The model that a review states, in this project's words (``models.MODELS``)."""
    way = {"MH": "MH", "MANTEL-HAENSZEL": "MH", "M-H": "MH", "PETO": "Peto"}.get(method.upper().strip(), "IV")
    if not model.lower().startswith("random"):
        return f"fixed, {way}"
    return (
        "random, IV, REML"
        if "REML" in estimator.upper() or "restricted" in estimator.lower()
        else f"random, {'MH' if way == 'MH' else 'IV'}"
    )


def _fits(names: Sequence[str]) -> float:
    return float(len([n for n in names if plain(n) in COLUMNS]))


def read_cochrane(path: Path, settings: Path | None = None) -> list[StudyRow]:
    """The study rows of a table of data rows. Raises DataFaults where columns are missing or nothing can be read.

    ``settings`` is the table of overall estimates and settings that comes with the download: the measure, the model and
    what is pooled are then known and need no inference.
    """
    table, _ = table_of(csv_grid(path), _fits, None, path.name)
    names = {COLUMNS[plain(h)]: h for h in reversed(table.header) if plain(h) in COLUMNS}
    missing = [HEADERS[n] for n in NEEDED if n not in names]
    if missing:
        raise DataFaults([Fault(path.name, 1, m, "", "this column of the Cochrane Library's data rows") for m in missing])
    cells = Cells(path.name, table.decimal_comma)
    told = _settings(settings) if settings else {}
    rows = []
    counted = names.get("applicability")
    for line, row in table.rows:
        number = f"{str(row[names['group']] or '').strip()}.{str(row[names['number']] or '').strip()}"
        made = cells.row({**row, "analysis": number}, line, {**names, "analysis": "analysis"})
        if not made.study:
            cells.refuse(line, names["study"], "", "the name of the study")
            made = replace(made, study=f"(row {line})", fault="the row names no study")
        applies = str(row[counted] or "").upper() if counted else ""
        if applies and "OVERALL" not in applies:
            made = replace(made, in_total=False)
        rows.append(replace(made, **told[number]) if number in told else made)
    return cells.done(_totals_by_weights(rows) if "weight" in names else rows)


def _totals_by_weights(rows: Sequence[StudyRow]) -> list[StudyRow]:
    """Rows of analyses that print effects of several studies but no weights pool nothing."""
    nothing = {
        number
        for number, group in by_analysis(rows).items()
        if not group[0].totals and len([r for r in group if r.effect is not None]) > 1 and not any(r.weight for r in group)
    }
    return [replace(r, totals="NO") if r.analysis in nothing else r for r in rows]


def _settings(path: Path) -> dict[str, dict[str, Any]]:
    """What the table of overall estimates and settings says of each analysis."""
    known = ("analysis_group", "analysis_number", "effect_measure", "analysis_model", "statistical_method")
    table, _ = table_of(csv_grid(path), lambda names: float(len([n for n in names if plain(n) in known])), None, path.name)
    names = {plain(h): h for h in reversed(table.header)}
    missing = [n for n in known if n not in names]
    if missing:
        raise DataFaults([Fault(path.name, 1, m, "", "this column of overall estimates and settings") for m in missing])
    found = {}
    for _, row in table.rows:
        said = {n: str(row[h] or "").strip() for n, h in names.items()}
        found[f"{said['analysis_group']}.{said['analysis_number']}"] = stated_settings(said)
    return found


def stated_settings(said: Mapping[str, str]) -> dict[str, Any]:
    """An analysis's settings, as the exports' columns (by plain names) state them, as fields of a study row."""
    kind = said.get("data_type", "").upper()
    kind = (
        "IPD"
        if kind.startswith(("O-E", "IPD", "P"))
        else "IV"
        if kind.startswith(("CONTRAST", "GENERIC", "GIV", "IV", "I"))
        else ""
    )
    told: dict[str, Any] = {
        "model": model_stated(
            said.get("statistical_method", ""), said.get("analysis_model", ""), said.get("heterogeneity_estimator", "")
        )
    }
    if measure := measure_stated(said.get("effect_measure", ""), kind):
        told["measure"] = "generic ratio" if kind == "IV" and _yes(said.get("log_scale_data", "")) else measure
    level = re.match(r"\d+(?:\.\d+)?", said.get("study_ci", "") or said.get("study_confidence_interval", ""))
    if level:
        told["level"] = float(level[0])
    if said.get("overall_estimates"):
        told["totals"] = "YES" if _yes(said["overall_estimates"]) else "SUB" if _yes(said.get("subgroup_estimates", "")) else "NO"
    elif said.get("totals"):
        told["totals"] = {"yes": "YES", "sub": "SUB", "no": "NO"}.get(said["totals"].lower()[:3].strip(), "")
    if said.get("swap_event_and_non_event"):
        told["swapped"] = _yes(said["swap_event_and_non_event"])
    return told


def _yes(text: str) -> bool:
    return text.strip().lower() in ("yes", "true", "1", "y")


def is_cochrane(header: Iterable[str]) -> bool:
    """Whether a table is the Cochrane Library's table of data rows."""
    return {"analysis_group", "analysis_number", "study"} <= {plain(h) for h in header}


def is_revman_export(header: Iterable[str]) -> bool:
    """Whether a table is RevMan 5's own export of data and analyses."""
    return {"comparison_number", "outcome_number", "subgroup_number", "name"} <= {plain(h) for h in header}


_EXPORTED = {
    **{"events_1": "events_t", "mean_1": "mean_t", "sd_1": "sd_t", "total_1": "n_t", "events_2": "events_c", "mean_2": "mean_c"},
    **{"sd_2": "sd_c", "total_2": "n_c", "effect_estimate": "effect", "ci_start": "ci_low", "ci_end": "ci_high"},
    **{"weight": "weight", "year_of_study": "year", "o_e": "o_e", "variance": "variance", "footnotes": "footnote"},
    **{"std_dev_1": "sd_t", "std_dev_2": "sd_c", "log_estimate": "given", "estimate": "given"},
}
_HELD = {  # what each kind of data holds; the export fills the other columns with zeros
    "D": ("n_t", "events_t", "n_c", "events_c"),
    "C": ("n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"),
    "P": ("o_e", "variance", "n_t", "events_t", "n_c", "events_c"),
    "I": ("given", "given_se"),
}


def read_revman_export(header: Iterable[str], lines: Iterable[tuple[int, Mapping[str, Any]]], file: str) -> list[StudyRow]:
    """The study rows of RevMan 5's export: headings of comparisons, analyses and subgroups stand between the studies."""
    names = {plain(h): h for h in header}
    columns = {f: names[n] for n, f in _EXPORTED.items() if n in names}
    cells, rows = Cells(file), []
    outcome: dict[str, Any] = {}
    subgroup, kind, settings = "", "", False
    for line, row in lines:
        said = {n: str(row[h] if row[h] is not None else "").strip() for n, h in names.items()}
        comparison, number, group = said["comparison_number"], said["outcome_number"], said["subgroup_number"]
        if number in ("", "0"):
            continue
        analysis = f"{comparison}.{number}"
        if said.get("data_type") or outcome.get("analysis") != analysis:
            outcome = {"analysis": analysis, "name": said["name"], **stated_settings(said)}
            kind, subgroup, settings = said.get("data_type", "").upper()[:1], "", True
            kind = "P" if said.get("data_type", "").upper().startswith(("IPD", "O")) else "I" if kind in ("I", "G") else kind
            continue
        if group not in ("", "0") and group != outcome.get("group"):
            outcome["group"], subgroup = group, said["name"]
            continue
        held = {*_HELD.get(kind, ()), "effect", "ci_low", "ci_high", "weight", "year", "footnote"}
        wanted = {f: c for f, c in columns.items() if f in held or not settings}
        if kind == "I" and "given" not in wanted and "effect" in wanted:
            wanted["given"] = wanted["effect"]
        if kind == "I" and "se" in names:
            wanted["given_se"] = names["se"]
        shared = {k: v for k, v in outcome.items() if k not in ("analysis", "name", "group")}
        made = cells.row(
            {**row, "a": analysis, "n": outcome["name"], "s": subgroup, "t": said["name"]},
            line,
            {**wanted, "analysis": "a", "name": "n", "subgroup": "s", "study": "t"},
        )
        rows.append(replace(made, **shared))
    return cells.done(rows)
