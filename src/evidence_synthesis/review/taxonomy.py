"""The conditions of a review: treatments and controls, with their families and classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LEVEL_PREFIX: Mapping[str, str] = {"treatment": "", "family": "family-", "class": "class-"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A treatment or control condition of the taxonomy."""

    treatment_id: str
    label: str
    kind: str
    family: str
    components: tuple[str, ...]


class Taxonomy:
    """The conditions of a review, with what they belong to."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self.conditions = {
            r["treatment_id"]: Condition(
                r["treatment_id"],
                r["label"],
                r["class"],
                r["family"],
                tuple(c for c in r["components"].split(";") if c),
            )
            for r in rows
        }
        self._members: dict[str, list[str]] = {}
        for treatment_id in self.conditions:
            for group in self.groups_of(treatment_id, LEVEL_PREFIX):
                self._members.setdefault(group, []).append(treatment_id)
        self._within: dict[frozenset[str], frozenset[str]] = {}

    def __getitem__(self, treatment_id: str) -> Condition:
        return self.conditions[treatment_id]

    def groups_of(self, treatment_id: str, levels: Iterable[str]) -> list[str]:
        """Ids of the groups to which a condition belongs: itself, ``family-...``, ``class-...``."""
        condition = self[treatment_id]
        names = {"treatment": treatment_id, "family": condition.family, "class": condition.kind}
        return [LEVEL_PREFIX[level] + names[level] for level in levels]

    def members(self, group: str) -> list[str]:
        """The conditions of a group."""
        return self._members.get(group, [])

    def families_within(self, conditions: frozenset[str]) -> frozenset[str]:
        """The names of the families all of whose members are among some conditions."""
        if conditions not in self._within:  # the same few sets stand in thousands of questions
            named = {self[name].family for name in conditions}
            whole = (f for f in named if conditions.issuperset(self.members(LEVEL_PREFIX["family"] + f)))
            self._within[conditions] = frozenset(whole)
        return self._within[conditions]

    def families(self, kind: str) -> list[str]:
        """The groups of a class: its families, or the condition itself where it is the only one of its family."""
        names = {c.treatment_id: LEVEL_PREFIX["family"] + c.family for c in self.conditions.values() if c.kind == kind}
        return list(dict.fromkeys(f if len(self.members(f)) > 1 else treatment for treatment, f in names.items()))

    def label(self, group: str) -> str:
        """The name of a group for readers."""
        if group in self.conditions:
            return self[group].label
        level, _, name = group.partition("-")
        words = name.replace("_", " ")
        kind = "" if words == "treatment" else f"{words} "
        return f"{words.capitalize()} (all)" if level == "family" else f"All {kind}treatments"

    def parts(self, treatment_id: str, coded: str) -> frozenset[str]:
        """What an arm received: as coded in its row, else what its condition consists of."""
        if coded:
            return frozenset(coded.split(";"))
        return frozenset(self[treatment_id].components or (treatment_id,))
