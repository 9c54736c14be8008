"""RevMan 5 review files (``.rm5``, XML): the studies of every analysis with their numbers and what RevMan made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from evidence_synthesis.importers.rows import Cells, StudyRow
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
    "IPD": ("o_e", "variance"),
}
PRINTED = ("weight", "effect", "ci_low", "ci_high")
MEASURES = {"PETO_OR": "Peto OR", "IV": "generic", "RATE_RATIO": "generic ratio"}
MOST_BYTES = 200_000_000


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


def _studies(root: Element) -> dict[str, tuple[str, str]]:
    return {s.get("ID", ""): (s.get("NAME", ""), s.get("YEAR", "")) for s in root.iter("STUDY")}


def _data(outcome: Element, kind: str) -> Iterator[tuple[str, Element]]:
    """The studies of an outcome with the name of their subgroup."""
    for child in outcome:
        if child.tag == f"{kind}_DATA":
            yield "", child
        elif child.tag == f"{kind}_SUBGROUP":
            name = _text(child, "NAME")
            yield from ((name, data) for data in child.findall(f"{kind}_DATA"))


def _measure(outcome: Element, kind: str) -> str:
    """The effect measure in force; generic inverse variance keeps its scale (``SCALE``/the measure's name tell a ratio)."""
    printed = outcome.get("EFFECT_MEASURE", "")
    if kind == "IV":
        ratio = any(word in printed.upper() for word in ("RATIO", "RR", "OR", "HR"))
        return "generic ratio" if ratio else "generic"
    if kind == "IPD":
        return "Peto OR" if "OR" in printed.upper() else "generic ratio"
    return MEASURES.get(printed, printed)


def _model(outcome: Element) -> str:
    if outcome.get("RANDOM") == "YES":
        return "random, " + ("MH" if outcome.get("METHOD") == "MH" else "IV")
    return "fixed, " + {"MH": "MH", "PETO": "Peto"}.get(outcome.get("METHOD", ""), "IV")


def read_revman(path: Path) -> list[StudyRow]:
    """The study rows of a RevMan 5 file. Raises DataFaults with every fault."""
    root = _root(path)
    studies, cells = _studies(root), Cells(path.name)
    rows = []
    for comparison in root.iter("COMPARISON"):
        for kind in KINDS:
            for outcome in comparison.findall(f"{kind}_OUTCOME"):
                number = f"{comparison.get('NO', '')}.{outcome.get('NO', '')}"
                shared = {"analysis": number, "name": _text(outcome, "NAME")}
                shared |= {"measure": _measure(outcome, kind), "model": _model(outcome)}
                for subgroup, data in _data(outcome, kind):
                    rows.append(_row(cells, data, kind, subgroup, shared, studies))
    return cells.done(rows)


def _row(
    cells: Cells, data: Element, kind: str, subgroup: str, shared: dict[str, str], studies: dict[str, tuple[str, str]]
) -> StudyRow:
    study, year = studies.get(data.get("STUDY_ID", ""), (data.get("STUDY_ID", ""), ""))
    held = HELD[kind] + (PRINTED if data.get("ESTIMABLE") != "NO" else ())
    values = {name: data.get(ATTRIBUTES[name]) for name in held}
    told = {**shared, **values, "subgroup": subgroup, "study": study, "year": year}
    where = {name: f"{ATTRIBUTES.get(name, name)} of {study} in analysis {shared['analysis']}" for name in told}
    return cells.row({where[name]: value for name, value in told.items()}, 0, where)
