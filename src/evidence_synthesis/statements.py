"""The documents' statements: who is compared with whom, what is asked, and which answers agree; read and checked.

The file ``claims.yaml`` of a data package fixes what would count as agreement before any result is known. Its structure
is described by ``schemas/claims.schema.json``; what it names must exist in the taxonomy and in the settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.package import DataFaults, Fault
from evidence_synthesis.settings import ComparatorGroup, Population
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


def _name_faults(place: str, who: Mapping[str, Any], taxonomy: Taxonomy) -> Iterator[Fault]:
    conditions = taxonomy.conditions.values()
    known = {
        "ids": set(taxonomy.conditions),
        "family": {c.family for c in conditions},
        "class": {c.kind for c in conditions},
    }
    for key, names in who.items():
        for name in names if key == "ids" else [names]:
            if name not in known[key]:
                yield Fault(FILE, 0, place, str(name), f"a {key.removesuffix('s')} of treatments.csv")


def _cross_faults(content: Mapping[str, Any], taxonomy: Taxonomy, names: Mapping[str, Iterable[str]]) -> Iterator[Fault]:
    """Faults of a claim file of sound structure: what it names does not exist, or an id stands twice."""
    known = {key: {*values, ANY} if key == "term" else set(values) for key, values in names.items()}
    seen: set[str] = set()
    for claim in content["claims"]:
        if claim["id"] in seen:
            yield Fault(FILE, 0, claim["id"], "id", "each id once")
        seen.add(claim["id"])
        if claim["document"] not in content["documents"]:
            yield Fault(FILE, 0, f"{claim['id']}, document", claim["document"], "one of: " + ", ".join(content["documents"]))
        for number, test in enumerate(claim["tests"], 1):
            place = f"{claim['id']}, test {number}"
            for key in ("treatment", "a", "b"):
                yield from _name_faults(f"{place}, {key}", test.get(key, {}), taxonomy)
            for key, allowed in known.items():
                if key in test and test[key] not in allowed:
                    yield Fault(FILE, 0, f"{place}, {key}", str(test[key]), "one of: " + ", ".join(sorted(allowed)))


def _place(content: Any, path: list[Any]) -> str:
    """Where in the file a fault lies, by the claim's id."""
    words = [str(p) for p in path]
    if len(path) >= 2 and path[0] == "claims":
        claim = content["claims"][path[1]]
        words[:2] = [str(claim.get("id", f"claim {path[1] + 1}")) if isinstance(claim, dict) else f"claim {path[1] + 1}"]
        if len(path) >= 4 and path[2] == "tests":
            words[1:3] = [f"test {path[3] + 1}"]
    return ", ".join(words)


def _content(directory: Path) -> tuple[Any, list[Fault]]:
    """The content of a claim file and the faults of its structure."""
    import yaml
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # as safe, and ten times as fast where it was built
    try:
        loaded = yaml.load((directory / FILE).read_text(encoding="utf-8"), Loader=loader)
        content = json.loads(json.dumps(loaded, default=str))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, [Fault(FILE, 0, "", "", f"a YAML file ({error})")]
    try:
        schema = json.loads((directory / SCHEMA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return None, [Fault(SCHEMA, 0, "", "", f"the JSON schema of {FILE} ({error})")]
    errors = sorted(Draft202012Validator(schema).iter_errors(content), key=lambda e: [str(p) for p in e.path])
    faults = [Fault(FILE, 0, _place(content, list(e.path)), str(e.instance)[:60], e.message[:200]) for e in errors]
    wrong = {e.path[1] for e in errors if len(e.path) > 1 and e.path[0] == "claims"}
    if any(len(e.path) < 2 or e.path[0] != "claims" for e in errors):
        return None, faults
    return {**content, "claims": [c for i, c in enumerate(content["claims"]) if i not in wrong]}, faults


def check_claims(directory: Path, taxonomy: Taxonomy, names: Mapping[str, Iterable[str]]) -> Mapping[str, Any]:
    """The content of a package's claim file; an empty one when the package has none.

    ``names`` are the ids of the settings that tests may use: of a ``comparator``, an ``outcome``, a ``term``.
    Raises DataFaults with every fault, each naming the claim.
    """
    if not (directory / FILE).exists():
        return {"documents": {}, "claims": []}
    content, faults = _content(directory)
    if content is not None:
        faults += _cross_faults(content, taxonomy, names)
    if faults:
        raise DataFaults(faults)
    return content  # type: ignore[no-any-return]


def check_review(
    directory: Path, names: Mapping[str, Iterable[str]]
) -> tuple[dict[str, list[dict[str, str]]], Mapping[str, Any]]:
    """The checked tables of a data package and its claims; ``names`` as in ``check_claims``.

    Raises DataFaults with every fault of both. Claims are judged unless the treatments that they name have faults.
    """
    tables, faults = examine_package(directory)
    claims: Mapping[str, Any] = {}
    if tables and not any(f.file == "treatments.csv" for f in faults):
        try:
            claims = check_claims(directory, Taxonomy(tables["treatments"]), names)
        except DataFaults as found:
            faults += found.faults
    if faults:
        raise DataFaults(faults)
    return tables, claims
