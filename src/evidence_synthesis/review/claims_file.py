"""The documents' statements: who is compared with whom, what is asked, and which answers agree.

The file ``claims.yaml`` of a data package fixes what would count as agreement before any result is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence_synthesis.review.settings import ComparatorGroup, Population
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX, Taxonomy

ANY = "any"
EFFECT, COMPARE, RISK, EVIDENCE_BASE, SERIOUS_HARMS = "effect", "compare", "risk", "evidence_base", "serious_harms"
POOLING = (EFFECT, COMPARE, RISK)  # kinds of test that pool trials; the others count


@dataclass(frozen=True, slots=True)
class Who:
    """A set of treatments: an id list, a family or a class. ``level`` and ``node`` name it in a network, if it has one."""

    members: frozenset[str]
    label: str
    level: str
    node: str

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the review that these are: a family, a class, or each of the treatments."""
        return tuple(sorted(self.members)) if self.level == "treatment" else (LEVEL_PREFIX[self.level] + self.node,)

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
    """A document's statement with its tests. ``population`` is the set of people that it is about.

    ``rules_of`` is the earlier statement whose rules a later one takes, empty where the rules are its own.
    """

    claim_id: str
    document: str
    section: str
    statement: str
    population: Population
    tests: tuple[Test, ...]
    rules_of: str = ""


@dataclass(frozen=True, slots=True)
class Claims:
    """All statements, and for each document its title, publisher and date.

    ``not_tested`` are statements without a test: document, section, statement and why there is none.
    """

    documents: Mapping[str, Mapping[str, str]]
    claims: tuple[Claim, ...]
    not_tested: tuple[Mapping[str, str], ...] = ()


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
            c.get("rules_of", ""),
        )
        for c in content["claims"]
    )
    return Claims(content["documents"], claims, tuple(content.get("not_tested", ())))
