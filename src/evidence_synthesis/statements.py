"""The documents' statements: who is compared with whom, what is asked, and which answers agree; read and checked.

The file ``claims.yaml`` of a data package fixes what would count as agreement before any result is known. Its structure
is described by ``schemas/claims.schema.json``; what it names must exist in the taxonomy and in the settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.package import DataFaults, Fault, column_words, nearest
from evidence_synthesis.schema import TRIALS
from evidence_synthesis.settings import ComparatorGroup, Population
from evidence_synthesis.settings_check import Named, unknown_data
from evidence_synthesis.structure import Document, Steps, broken_entries, read_document
from evidence_synthesis.trials import examine_package

FILE, SCHEMA = "claims.yaml", "schemas/claims.schema.json"
ANY = "any"
EFFECT, COMPARE, RISK, EVIDENCE_BASE, SERIOUS_HARMS = "effect", "compare", "risk", "evidence_base", "serious_harms"


@dataclass(frozen=True, slots=True)
class Who:
    """A set of treatments: an id list, a family or a class. ``level`` and ``node`` name it in a network, if it has one."""

    members: frozenset[str]
    label: str
    level: str
    node: str

    @property
    def as_comparators(self) -> ComparatorGroup:
        """The same treatments as a group of comparators."""
        families = frozenset({self.node}) if self.level == "family" else frozenset()
        classes = frozenset({self.node}) if self.level == "class" else frozenset()
        ids = self.members if self.level == "treatment" else frozenset()
        return ComparatorGroup(self.node or self.label, self.label, ids, families, classes, False, None)


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a claim. ``agree`` and ``partly`` are the answers (or limits) of the claim file, as written there."""

    kind: str
    treatment: Who
    versus: Who | None
    comparator: str
    outcome: str
    term: str
    measure: str
    agree: Any
    partly: Any
    at_most_per_1000: float | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A document's statement with its tests. ``population`` is the set of people that it is about."""

    claim_id: str
    document: str
    section: str
    statement: str
    population: Population
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """All statements, and for each document its title, publisher and date."""

    documents: Mapping[str, Mapping[str, str]]
    claims: tuple[Claim, ...]


def _who(entry: Mapping[str, Any], taxonomy: Taxonomy) -> Who:
    if "ids" in entry:
        ids = list(entry["ids"])
        label = " or ".join(taxonomy[i].label for i in ids)
        return Who(frozenset(ids), label, "treatment", ids[0] if len(ids) == 1 else "")
    level, name = next((level, str(entry[level])) for level in ("family", "class") if level in entry)
    group = f"{level}-{name}"
    return Who(frozenset(taxonomy.members(group)), taxonomy.label(group), level, name)


def _population(entry: Mapping[str, str] | None) -> Population:
    """The people of a claim, as its file says: without an entry, everybody."""
    if not entry:
        return Population("everyone", "all trials", None, None)
    region, chronicity = entry.get("region"), entry.get("chronicity")
    name = "_".join(filter(None, (region, chronicity))).replace(" ", "_")
    label = ", ".join(filter(None, (region, chronicity)))
    return Population(name, label, frozenset({region}) if region else None, frozenset({chronicity}) if chronicity else None)


def _test(entry: Mapping[str, Any], taxonomy: Taxonomy) -> Test:
    compare = entry["kind"] == COMPARE
    return Test(
        kind=entry["kind"],
        treatment=_who(entry["a"] if compare else entry["treatment"], taxonomy),
        versus=_who(entry["b"], taxonomy) if compare else None,
        comparator=entry.get("comparator", ANY),
        outcome=entry.get("outcome", "adverse_event"),
        term=entry.get("term", ANY),
        measure=entry.get("measure", ""),
        agree=entry.get("agree", []),
        partly=entry.get("partly", []),
        at_most_per_1000=entry.get("at_most_per_1000"),
    )


def load_claims(content: Mapping[str, Any], taxonomy: Taxonomy) -> Claims:
    """The statements of a checked claim file."""
    claims = tuple(
        Claim(
            c["id"],
            c["document"],
            c["section"],
            c["statement"],
            _population(c.get("population")),
            tuple(_test(t, taxonomy) for t in c["tests"]),
        )
        for c in content["claims"]
    )
    return Claims(content["documents"], claims)


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


def _cross_faults(
    document: Document,
    unsound: Set[int],
    taxonomy: Taxonomy,
    names: Mapping[str, Iterable[str]],
    people: Mapping[str, Sequence[str]],
) -> Iterator[Fault]:
    """Faults of the claims of sound structure: what they name does not exist, or an id stands twice.

    ``people`` are the words by which trials describe theirs, for each part of a population; none where any will do.
    """
    content = document.content
    known = {key: {*values, ANY} if key == "term" else set(values) for key, values in names.items()}
    seen: set[str] = set()

    def listed(steps: Steps, value: str, allowed: Iterable[str]) -> Fault:
        words = "one of: " + ", ".join(sorted(allowed)) + nearest(str(value), allowed)
        return document.fault(steps, value, words, _place(content, steps))

    for index, claim in enumerate(content["claims"]):
        if index in unsound:
            continue
        if claim["id"] in seen:
            yield document.fault(("claims", index, "id"), "id", "each id once", claim["id"])
        seen.add(claim["id"])
        if claim["document"] not in content["documents"]:
            yield listed(("claims", index, "document"), claim["document"], content["documents"])
        for key, value in claim.get("population", {}).items():
            if people[key] and value not in people[key]:
                yield listed(("claims", index, "population", key), value, people[key])
        for number, test in enumerate(claim["tests"]):
            steps = ("claims", index, "tests", number)
            for key in ("treatment", "a", "b"):
                yield from _name_faults(document, (*steps, key), test.get(key, {}), taxonomy)
            for key, allowed in known.items():
                if key in test and test[key] not in allowed:
                    yield listed((*steps, key), test[key], allowed)


def _place(content: Any, steps: Steps) -> str:
    """Where in the file a fault lies, by the claim's id."""
    words = [str(s) for s in steps]
    if len(steps) >= 2 and steps[0] == "claims" and isinstance(steps[1], int):
        claim = content["claims"][steps[1]]
        words[:2] = [str(claim.get("id", f"claim {steps[1] + 1}")) if isinstance(claim, dict) else f"claim {steps[1] + 1}"]
        if len(steps) >= 4 and steps[2] == "tests" and isinstance(steps[3], int):
            words[1:3] = [f"test {steps[3] + 1}"]
    return ", ".join(words)


def _document(directory: Path) -> tuple[Document | None, list[Fault], set[int]]:
    """A claim file as far as it can be judged further, the faults of its structure, and the claims that have any."""
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
    inside = [b.steps[1] for b in broken if len(b.steps) > 1 and b.steps[0] == "claims"]
    return document if len(inside) == len(broken) else None, faults, {i for i in inside if isinstance(i, int)}


def check_claims(directory: Path, taxonomy: Taxonomy, names: Mapping[str, Iterable[str]]) -> Mapping[str, Any]:
    """The content of a package's claim file; an empty one when the package has none.

    ``names`` are the ids of the settings that tests may use: of a ``comparator``, an ``outcome``, a ``term``.
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

    ``named`` is what the settings name of the data. Raises DataFaults with every fault of all three. Claims are judged
    unless the treatments that they name have faults, settings unless the table does that they name.
    """
    tables, faults = examine_package(directory)
    claims: Mapping[str, Any] = {}
    unsound = {f.file for f in faults}
    if tables and "treatments.csv" not in unsound:
        try:
            claims = check_claims(directory, Taxonomy(tables["treatments"]), names)
        except DataFaults as found:
            faults += found.faults
    if tables:
        faults += unknown_data(directory, tables, [n for n in named if f"{n.table}.csv" not in unsound])
    if faults:
        raise DataFaults(faults)
    return tables, claims
