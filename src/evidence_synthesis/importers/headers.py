"""The columns of a table with what their names say together: which arm each is of, also where only the others tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from evidence_synthesis.importers.comparators import controls_among
from evidence_synthesis.importers.mapping import ARM_FIELDS
from evidence_synthesis.importers.names import NAMES, Meaning, meaning_of, plain

Rest = tuple[str, ...]
_WHOLE = ({"events", "n"}, {"mean", "sd", "n"}, {"mean", "se", "n"}, {"median", "q1", "q3", "n"})  # at least, of an arm


@dataclass(frozen=True)
class Header:
    """A table's columns with what their names say. ``reference`` is the comparator's name where a person says it."""

    names: tuple[str, ...]
    reference: str = ""

    @cached_property
    def plain(self) -> dict[str, str]:
        """Columns by their plain names; of two alike the first."""
        return {plain(h): h for h in reversed(self.names) if plain(h)}

    @cached_property
    def meanings(self) -> list[Meaning]:
        """What each column's name says, in the order of the table."""
        told = _small_n(_zero_is_control(_x_is_a_mean([meaning_of(h) for h in self.names])))
        return _of_two_groups(_named_treatment(_twice(told)), self.groups(told), self.reference)

    def named(self, field: str) -> str | None:
        """The column whose whole name is known for a field."""
        return next((self.plain[n] for n in NAMES[field] if n in self.plain), None)

    def groups(self, meanings: Iterable[Meaning] | None = None) -> list[str]:
        """The two groups by whose own names the columns of arms go, where none is called a treatment or a control."""
        told = list(meanings if meanings is not None else (meaning_of(h) for h in self.names))
        of_arms = [m for m in told if m.quantity in ARM_FIELDS and not m.measure]
        by_word: dict[str, set[str]] = {}
        for m in of_arms:
            by_word.setdefault(" ".join(m.rest) if not m.side else "", set()).add(m.quantity)
        if any(m.side for m in of_arms):
            return []
        groups = [w for w, quantities in by_word.items() if w and any(whole <= quantities for whole in _WHOLE)]
        return groups if len(groups) == 2 and by_word[groups[0]] == by_word[groups[1]] else []

    @property
    def twice(self) -> bool:
        """Whether columns of one name stand twice, for the treatment and for the comparator."""
        told = [meaning_of(h) for h in self.names]
        return _twice(told) is not told

    @property
    def tied(self) -> list[str]:
        """The groups of which neither is known to be the comparator."""
        groups = self.groups()
        return groups if groups and _comparator(groups, self.reference) is None else []


def _comparator(groups: list[str], reference: str) -> str | None:
    named = [g for g in groups if reference and g == " ".join(meaning_of(reference).rest or (reference.lower(),))]
    found = named or controls_among(groups)
    return found[0] if len(found) == 1 else None


def _of_two_groups(meanings: list[Meaning], groups: list[str], reference: str) -> list[Meaning]:
    """Columns that go by the names of two groups: surgery n, conservative care n. On a tie the second is the comparator."""
    if not groups:
        return meanings
    control = _comparator(groups, reference) or groups[1]
    return [
        replace(m, side="c" if " ".join(m.rest) == control else "t", rest=())
        if not m.side and m.quantity in ARM_FIELDS and " ".join(m.rest) in groups
        else m
        for m in meanings
    ]


def _x_is_a_mean(meanings: list[Meaning]) -> list[Meaning]:
    """``x1`` is a count, but a mean beside the standard deviations of the arms where no other column is one."""
    spread = any(m.quantity in ("sd", "se") and m.side for m in meanings)
    if not spread or any(m.quantity == "mean" for m in meanings):
        return meanings
    lone = [m.quantity == "events" and bool(m.side) and plain(m.header).startswith("x") for m in meanings]
    return [replace(m, quantity="mean") if is_x else m for m, is_x in zip(meanings, lone, strict=True)]


def _zero_is_control(meanings: list[Meaning]) -> list[Meaning]:
    """``n0`` beside ``n1`` is the control."""
    sides = {m.side for m in meanings if m.quantity in ARM_FIELDS}
    if not {"0", "t"} <= sides or "c" in sides:
        return meanings
    return [replace(m, side="c") if m.side == "0" else m for m in meanings]


def _small_n(meanings: list[Meaning]) -> list[Meaning]:
    """``n`` beside ``N`` of the same arm counts the people with the event."""
    small = {(m.side, m.rest) for m in meanings if m.quantity == "n" and "n" in m.header.split() and m.side}
    large = {(m.side, m.rest) for m in meanings if m.quantity == "n" and "N" in m.header.split() and m.side}
    if any(m.quantity in ("events", "mean", "median") for m in meanings):
        return meanings
    return [
        replace(m, quantity="events")
        if m.quantity == "n" and "n" in m.header.split() and (m.side, m.rest) in small & large
        else m
        for m in meanings
    ]


def _twice(meanings: list[Meaning]) -> list[Meaning]:
    """Columns of one name that stand twice, each of the two once in the same order: the first are the treatment's."""
    lone = [m for m in meanings if m.quantity in ARM_FIELDS and not (m.side or m.measure or m.rest or m.time)]
    quantities = [m.quantity for m in lone]
    half = len(quantities) // 2
    if (
        half < 2
        or not {"mean", "events", "median"} & set(quantities)
        or quantities[:half] != quantities[half:]
        or len(set(quantities)) != half
    ):
        return meanings
    sides = {m.header: "t" if i < half else "c" for i, m in enumerate(lone)}
    return [replace(m, side=sides[m.header]) if m.header in sides else m for m in meanings]


def _named_treatment(meanings: list[Meaning]) -> list[Meaning]:
    """Columns that a treatment's own name marks, where others of the same quantities are the control's: n_yoga, n_control."""
    control = {m.quantity for m in meanings if m.side == "c" and m.quantity in ARM_FIELDS and not m.rest}
    if not control or any(m.side == "t" and m.quantity in control for m in meanings):
        return meanings
    by_word: dict[Rest, set[str]] = {}
    for m in meanings:
        if not m.side and m.rest and m.quantity in control:
            by_word.setdefault(m.rest, set()).add(m.quantity)
    whole = [word for word, quantities in by_word.items() if quantities == control]
    return [replace(m, side="t", rest=()) if len(whole) == 1 and m.rest == whole[0] and not m.side else m for m in meanings]
