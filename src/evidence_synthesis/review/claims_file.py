"""The documents' statements: who is compared with whom, and what each part of a statement claims.

The file ``claims.yaml`` of a data package fixes the claims before the evidence by which they are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence_synthesis.review.settings import ComparatorGroup, Population
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX, Taxonomy

ANY = "any"
EFFECT, UNPROVEN, AMOUNT, CONTRADICTORY = "effect", "unproven", "amount", "contradictory"
ONLY_SHORT, RARE_HARM, SHARE = "only_short", "rare_harm", "share"
KINDS = (EFFECT, UNPROVEN, AMOUNT, CONTRADICTORY, ONLY_SHORT, RARE_HARM, SHARE)
ANY_RELIEF, WORTHWHILE, AT_MOST_WORTHWHILE = "any_relief", "worthwhile", "at_most_worthwhile"  # regions of effects
NO_RELIEF, BETTER, SIMILAR, HARMFUL = "no_relief", "better", "similar", "harm"
PRIMARY, SECONDARY = "primary", "secondary"
LOW_RISK = "low_risk"  # the quality of the trials that an amount counts; else any
# Upper limits of the share of treated people with a serious adverse event, by the words for it: those of the guideline on
# summaries of product characteristics (European Commission 2009) and of CIOMS.
RATES = {"rare": 1 / 1000, "very_rare": 1 / 10_000}


@dataclass(frozen=True, slots=True)
class Who:
    """A set of treatments: an id list, a family or a class. ``level`` and ``node`` name it among the review's groups."""

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
        return ComparatorGroup("-".join(sorted(self.groups)), self.label, ids, families, classes, False, None)


@dataclass(frozen=True, slots=True)
class StatementPart:
    """One thing that a statement says, as its file codes it; what a kind of part has no word for is empty.

    ``versus`` are the treatments that stand as comparator where it is no group of the settings. ``reading`` is empty where
    the sentence can mean nothing else. ``region`` belongs to effects, ``at_most`` and ``quality`` to amounts, ``rate`` to
    harms, ``share`` to shares.
    """

    says: str
    kind: str
    treatment: Who
    comparator: str
    versus: Who | None
    outcome: str
    term: str
    population: Population
    reading: str
    region: str = ""
    at_most: int = 0
    quality: str = ""
    rate: str = ""
    share: float = 0.0

    @property
    def primary(self) -> bool:
        """Whether it is what a guideline author would take first, or the only reading."""
        return self.reading != SECONDARY


@dataclass(frozen=True, slots=True)
class Statement:
    """What a document says, with its parts. ``stated_certainty`` is how sure it sounds."""

    statement_id: str
    document: str
    section: str
    statement: str
    stated_certainty: str
    parts: tuple[StatementPart, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """All statements, and for each document its title, publisher and date.

    ``rules_fixed`` is the day from which no rule changes. ``not_tested`` are statements that are not put to a test:
    document, section, statement and why.
    """

    rules_fixed: str
    documents: Mapping[str, Mapping[str, str]]
    statements: tuple[Statement, ...]
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
    """The people of a part, as its file says: without an entry, everybody."""
    if not entry:
        return Population("everyone", "all trials", None, None)
    region, chronicity = entry.get("region"), entry.get("chronicity")
    name = "_".join(filter(None, (region, chronicity))).replace(" ", "_")
    label = ", ".join(filter(None, (region, chronicity)))
    return Population(name, label, frozenset({region}) if region else None, frozenset({chronicity}) if chronicity else None)


def _part(entry: Mapping[str, Any], taxonomy: Taxonomy) -> StatementPart:
    comparator = entry.get("comparator", ANY)
    named = isinstance(comparator, str)
    return StatementPart(
        says=entry["says"],
        kind=entry["kind"],
        treatment=_who(entry["treatment"], taxonomy),
        comparator=comparator if named else "",
        versus=None if named else _who(comparator, taxonomy),
        outcome=entry.get("outcome", ""),
        term=entry.get("term", ANY),
        population=_population(entry.get("population")),
        reading=entry.get("reading", ""),
        **{key: entry[key] for key in ("region", "at_most", "quality", "rate", "share") if key in entry},
    )


def load_claims(content: Mapping[str, Any], taxonomy: Taxonomy) -> Claims:
    """The statements of a checked claim file."""
    statements = tuple(
        Statement(
            c["id"],
            c["document"],
            c["section"],
            c["statement"],
            c["stated_certainty"],
            tuple(_part(p, taxonomy) for p in c["parts"]),
        )
        for c in content["claims"]
    )
    return Claims(content.get("rules_fixed", ""), content["documents"], statements, tuple(content.get("not_tested", ())))
