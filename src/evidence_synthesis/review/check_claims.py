"""Check a claim file: its structure, and what its parts name in the data and the settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from evidence_synthesis.review.check_settings import Named, own_columns, unknown_data
from evidence_synthesis.review.claims_file import AMOUNT, ANY, UNPROVEN
from evidence_synthesis.review.evidence import evidence_faults
from evidence_synthesis.review.package import DataFaults, Fault, column_words, nearest
from evidence_synthesis.review.schema import TRIALS
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import examine_package
from evidence_synthesis.review.yaml_file import Document, Steps, broken_entries, read_document

FILE, SCHEMA = "claims.yaml", "schemas/claims.schema.json"
_LISTS = ("claims", "not_tested")  # of statements, in the file


def _name_faults(document: Document, steps: Steps, who: Mapping[str, Any], taxonomy: Taxonomy) -> Iterator[Fault]:
    conditions = taxonomy.conditions.values()
    known = {
        "ids": set(taxonomy.conditions),
        "family": {c.family for c in conditions},
        "class": {c.kind for c in conditions},
    }
    for key, names in who.items():
        for name in names if key == "ids" else [names]:
            if name not in known[key]:
                words = f"a {key.removesuffix('s')} of treatments.csv{nearest(str(name), known[key])}"
                yield document.fault((*steps, key), name, words, _place(document.content, steps))


def _listed(document: Document, steps: Steps, value: str, allowed: Iterable[str]) -> Fault:
    """The fault of a word that is none of those which may stand there."""
    words = "one of: " + ", ".join(sorted(allowed)) + nearest(str(value), allowed)
    return document.fault(steps, value, words, _place(document.content, steps))


def _part_faults(
    document: Document,
    steps: Steps,
    part: Mapping[str, Any],
    taxonomy: Taxonomy,
    known: Mapping[str, Set[str]],
    people: Mapping[str, Sequence[str]],
) -> Iterator[Fault]:
    """Faults of what a part names: treatments, groups of comparators, outcomes, terms, people."""
    comparator = part.get("comparator", "")
    for key in ("treatment", "comparator"):
        if isinstance(part.get(key), dict):
            yield from _name_faults(document, (*steps, key), part[key], taxonomy)
    for key, allowed in known.items():
        if key in part and isinstance(part[key], str) and part[key] not in allowed:
            yield _listed(document, (*steps, key), part[key], allowed)
    for key, value in part.get("population", {}).items():
        if people[key] and value not in people[key]:
            yield _listed(document, (*steps, "population", key), value, people[key])
    if isinstance(comparator, dict) and comparator == part["treatment"] and part["kind"] not in (AMOUNT, UNPROVEN):
        words = "another treatment than the one that is judged: nothing is better or worse than itself"
        yield document.fault((*steps, "comparator"), json.dumps(comparator), words, _place(document.content, steps))


def _cross_faults(
    document: Document,
    unsound: Set[Steps],
    taxonomy: Taxonomy,
    names: Mapping[str, Iterable[str]],
    people: Mapping[str, Sequence[str]],
) -> Iterator[Fault]:
    """Faults of the entries of sound structure: what they name does not exist, or an id stands twice.

    ``people`` are the words by which trials describe theirs, for each part of a population; none where any will do.
    """
    content = document.content
    known = {key: {*values, ANY} if key == "term" else set(values) for key, values in names.items()}
    sound = {
        (name, index): entry
        for name in _LISTS
        for index, entry in enumerate(content.get(name, ()))
        if (name, index) not in unsound
    }
    claims = {steps: entry for steps, entry in sound.items() if steps[0] == "claims"}
    for steps, entry in sound.items():
        if entry["document"] not in content["documents"]:
            yield _listed(document, (*steps, "document"), entry["document"], content["documents"])
    seen: set[str] = set()
    for steps, claim in claims.items():
        if claim["id"] in seen:
            yield document.fault((*steps, "id"), claim["id"], "each id once: give one of the two another", claim["id"])
        seen.add(claim["id"])
        for number, part in enumerate(claim["parts"]):
            yield from _part_faults(document, (*steps, "parts", number), part, taxonomy, known, people)


def _place(content: Any, steps: Steps) -> str:
    """Where in the file a fault lies, by the claim's id."""
    words = [str(s) for s in steps]
    if len(steps) >= 2 and steps[0] == "not_tested" and isinstance(steps[1], int):
        words[:2] = [f"not_tested {steps[1] + 1}"]
    if len(steps) >= 2 and steps[0] == "claims" and isinstance(steps[1], int):
        claim = content["claims"][steps[1]]
        words[:2] = [str(claim.get("id", f"claim {steps[1] + 1}")) if isinstance(claim, dict) else f"claim {steps[1] + 1}"]
        if len(steps) >= 4 and steps[2] == "parts" and isinstance(steps[3], int):
            words[1:3] = [f"part {steps[3] + 1}"]
    return ", ".join(words)


def _document(directory: Path) -> tuple[Document | None, list[Fault], set[Steps]]:
    """A claim file as far as it can be judged further, the faults of its structure, and the entries that have any."""
    document, faults = read_document(directory / FILE, FILE)
    try:
        schema = json.loads((directory / SCHEMA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return None, [*faults, Fault(SCHEMA, 0, "", "", f"the JSON schema of {FILE} ({error})")], set()
    if document is None:
        return None, faults, set()
    content = document.content
    broken = broken_entries(document, schema, lambda steps: _place(content, steps))
    faults += [b.fault for b in broken]
    inside = [b.steps[:2] for b in broken if len(b.steps) > 1 and b.steps[0] in _LISTS]
    return document if len(inside) == len(broken) else None, faults, set(inside)


def check_claims(directory: Path, taxonomy: Taxonomy, names: Mapping[str, Iterable[str]]) -> Mapping[str, Any]:
    """The content of a package's claim file; an empty one when the package has none.

    ``names`` are the ids of the settings that parts may use: of a ``comparator``, an ``outcome``, a ``term``.
    Raises DataFaults with every fault, each naming the claim.
    """
    if not (directory / FILE).exists():
        return {"documents": {}, "claims": []}
    document, faults, unsound = _document(directory)
    if document is not None:
        people = {key: column_words(directory, TRIALS, key) for key in ("region", "chronicity")}
        faults += _cross_faults(document, unsound, taxonomy, names, people)
    if faults or document is None:
        raise DataFaults(faults)
    return document.content  # type: ignore[no-any-return]


def check_review(
    directory: Path, names: Mapping[str, Iterable[str]], named: Iterable[Named] = ()
) -> tuple[dict[str, list[dict[str, str]]], Mapping[str, Any]]:
    """The checked tables of a data package and its claims; ``names`` as in ``check_claims``.

    ``named`` is what the settings name of the data. Raises DataFaults with every fault of all three, and of the
    version of the evidence. Claims are judged
    unless the treatments that they name have faults, settings unless the table does that they name.
    """
    named = list(named)
    tables, faults = examine_package(directory, own_columns(named))
    claims: Mapping[str, Any] = {}
    unsound = {f.file for f in faults}
    if tables and "treatments.csv" not in unsound:
        try:
            claims = check_claims(directory, Taxonomy(tables["treatments"]), names)
        except DataFaults as found:
            faults += found.faults
    if tables:
        faults += unknown_data(directory, tables, [n for n in named if n.table == TRIALS or f"{n.table}.csv" not in unsound])
    faults += evidence_faults(directory)
    if faults:
        raise DataFaults(faults)
    return tables, claims
