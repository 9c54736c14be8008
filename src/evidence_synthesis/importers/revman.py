"""RevMan 5 review files (``.rm5``, XML): the studies of every analysis with their numbers and what RevMan made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from evidence_synthesis.importers.cells import Cells
from evidence_synthesis.importers.cochrane import measure_stated, model_stated
from evidence_synthesis.importers.risk_of_bias import Judgements, from_revman
from evidence_synthesis.importers.rows import TOTALS, StudyRow
from evidence_synthesis.review.package import DataFaults, Fault

KINDS = ("DICH", "CONT", "IV", "IPD")
ATTRIBUTES = {
    **{"n_t": "TOTAL_1", "mean_t": "MEAN_1", "sd_t": "SD_1", "events_t": "EVENTS_1"},
    **{"n_c": "TOTAL_2", "mean_c": "MEAN_2", "sd_c": "SD_2", "events_c": "EVENTS_2"},
    **{"given": "ESTIMATE", "given_se": "SE", "o_e": "O_E", "variance": "VAR", "weight": "WEIGHT"},
    **{"effect": "EFFECT_SIZE", "ci_low": "CI_START", "ci_high": "CI_END"},
}
# What each kind of data holds; RevMan fills the other attributes with zeros.
HELD = {
    "DICH": ("n_t", "events_t", "n_c", "events_c"),
    "CONT": ("n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"),
    "IV": ("given", "given_se"),
    "IPD": ("o_e", "variance", "n_t", "events_t", "n_c", "events_c"),
}
PRINTED = ("weight", "effect", "ci_low", "ci_high")
MOST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class _Study:
    """A study of the file: its name, year and risk of bias."""

    name: str
    year: str
    judgements: Judgements


def _text(parent: Element, tag: str) -> str:
    found = parent.find(tag)
    return "".join(found.itertext()).strip() if found is not None else ""


def _root(path: Path) -> Element:
    raw = path.read_bytes()
    if len(raw) > MOST_BYTES:
        raise DataFaults([Fault(path.name, 0, "", f"{len(raw)} bytes", f"a file of {MOST_BYTES} bytes at most")])
    if b"<!ENTITY" in raw or b"<!DOCTYPE" in raw:
        raise DataFaults([Fault(path.name, 0, "", "a document type with entities", "a RevMan file as RevMan saves it")])
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, ValueError) as error:
        raise DataFaults([Fault(path.name, 0, "", "", f"well-formed XML ({error})")]) from error
    if root.tag != "COCHRANE_REVIEW":
        raise DataFaults([Fault(path.name, 0, "", root.tag, "COCHRANE_REVIEW, the root of a RevMan 5 file")])
    return root


def _studies(root: Element) -> dict[str, _Study]:
    judged = from_revman(root)
    ids = [(s.get("ID", ""), s) for s in root.iter("STUDY")]
    return {i: _Study(s.get("NAME", "") or i, s.get("YEAR", ""), judged.get(i, ())) for i, s in ids}


def _data(outcome: Element, kind: str) -> Iterator[tuple[str, Element]]:
    """The studies of an outcome with the name of their subgroup."""
    for child in outcome:
        if child.tag == f"{kind}_DATA":
            yield "", child
        elif child.tag == f"{kind}_SUBGROUP":
            name = _text(child, "NAME") or f"subgroup {child.get('NO', '')}".strip()
            yield from ((name, data) for data in child.findall(f"{kind}_DATA"))


def _stated(outcome: Element, kind: str) -> dict[str, Any]:
    """What RevMan states of an analysis: measure, model, what is pooled, the level of its intervals, swapped events."""
    model = "random" if outcome.get("RANDOM") == "YES" else "fixed"
    told: dict[str, Any] = {
        "measure": measure_stated(outcome.get("EFFECT_MEASURE", ""), kind),
        "model": model_stated(outcome.get("METHOD", ""), model),
    }
    if outcome.get("TOTALS") in TOTALS:
        told["totals"] = outcome.get("TOTALS")
    try:
        level = float(outcome.get("CI_STUDY") or "")
    except ValueError:
        level = 0.0
    if 50 <= level < 100:
        told["level"] = level
    if kind == "DICH" and outcome.get("SWAP_EVENTS"):
        told["swapped"] = outcome.get("SWAP_EVENTS") == "YES"
    return told


def read_revman(path: Path) -> list[StudyRow]:
    """The study rows of a RevMan 5 file, with the risk of bias of each study. Raises DataFaults where nothing can be read."""
    root = _root(path)
    studies, cells = _studies(root), Cells(path.name)
    rows = []
    for comparison in root.iter("COMPARISON"):
        for kind in KINDS:
            for outcome in comparison.findall(f"{kind}_OUTCOME"):
                number = f"{comparison.get('NO', '')}.{outcome.get('NO', '')}"
                shared = {"analysis": number, "name": _text(outcome, "NAME")}
                stated = _stated(outcome, kind)
                rows += [
                    replace(_row(cells, data, kind, subgroup, shared, studies), **stated)
                    for subgroup, data in _data(outcome, kind)
                ]
    return cells.done(rows)


def _row(
    cells: Cells, data: Element, kind: str, subgroup: str, shared: Mapping[str, str], studies: Mapping[str, _Study]
) -> StudyRow:
    key = data.get("STUDY_ID", "")
    study = studies.get(key, _Study(key, "", ()))
    held = HELD[kind] + (PRINTED if data.get("ESTIMABLE") != "NO" else ())
    values = {name: data.get(ATTRIBUTES[name]) for name in held}
    told = {**shared, **values, "subgroup": subgroup, "study": study.name, "year": study.year}
    where = {name: f"{ATTRIBUTES.get(name, name)} of {study.name} in analysis {shared['analysis']}" for name in told}
    made = cells.row({where[name]: value for name, value in told.items()}, 0, where)
    return replace(made, judgements=study.judgements) if study.judgements else made
