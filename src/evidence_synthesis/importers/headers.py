"""The columns of a table with what their names say together: which arm each is of, also where only the others tell it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from evidence_synthesis.importers.comparators import controls_among
from evidence_synthesis.importers.mapping import ARM_FIELDS
from evidence_synthesis.importers.names import NAMES, Meaning, meaning_of, plain

Rest = tuple[str, ...]
_WHOLE = (  # at least, of an arm
    *(
        {"events", "n"},
        {"events", "none"},
        {"events", "time"},
        {"mean", "sd", "n"},
        {"mean", "se", "n"},
        {"mean", "variance", "n"},
    ),
    *({"mean", "var", "n"}, {"median", "q1", "q3", "n"}, {"median", "iqr", "n"}),
)
_LETTER = re.compile(r"([AaBbXxYy])[ _.-]+(.+)|(.+?)[ _.-]+([AaBbXxYy])|([a-z]+|[NMRX]|SD|SE)([ABXY])")
_LETTERS = (("a", "b"), ("x", "y"))  # of two groups
GROUP = "group"  # before the letter of a group
_POINT = re.compile(r"(?<![A-Za-z])[Tt]-?(\d)(?![0-9A-Za-z])")
POINTS = tuple(f"point{n}" for n in ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))
_TIMES = frozenset(
    ("week", "weeks", "wk", "month", "months", "day", "days", "year", "years", "time", "visit", "point", "w", "m", "d")
)


@dataclass(frozen=True)
class Header:
    """A table's columns with what their names say. A person may say the comparator's name, ``reference``, and the outcome.

    ``remarks`` are texts around the table.
    """

    names: tuple[str, ...]
    reference: str = ""
    outcome: str = ""
    remarks: tuple[str, ...] = ()

    @cached_property
    def plain(self) -> dict[str, str]:
        """Columns by their plain names; of two alike the first."""
        return {plain(h): h for h in reversed(self.names) if plain(h)}

    @cached_property
    def _told(self) -> list[Meaning]:
        """What each name says by itself, with the letters of groups and the points of time that the names share."""
        lettered = _letters(self.names)
        timed = _points_of_time([lettered.get(h, h) for h in self.names])
        told = [replace(meaning_of(name), header=h) for h, name in zip(self.names, timed, strict=True)]
        return _shares(_without_digits(_numbered_letters(_evt(_yes_and_no(told)))))

    @cached_property
    def meanings(self) -> list[Meaning]:
        """What each column's name says, in the order of the table."""
        told = _variances(_small_n(_zero_is_control(_x_is_a_mean(_at_zero(self._told)))))
        return _of_two_groups(_named_treatment(_twice(told)), self.groups(told), self.reference)

    def named(self, field: str) -> str | None:
        """The column whose whole name is known for a field."""
        return next((self.plain[n] for n in NAMES[field] if n in self.plain), None)

    def beside_effects(self) -> dict[str, str]:
        """The columns of printed weights and of measures; a weight may stand below the name of the group to its left."""
        found = {f: c for f in ("weight", "effect_measure") if (c := self.named(f))}
        below = [m.header for m in self._told if m.rest == ("weight",) and m.side and not m.quantity]
        return found | ({"weight": below[0]} if "weight" not in found and len(below) == 1 else {})

    def groups(self, meanings: Iterable[Meaning] | None = None) -> list[str]:
        """The two groups by whose own names the columns of arms go, where none is called a treatment or a control."""
        told = list(meanings if meanings is not None else self._told)
        of_arms = [m for m in told if m.quantity in ARM_FIELDS and not m.measure]
        by_word: dict[str, set[str]] = {}
        for m in of_arms:
            by_word.setdefault(" ".join(m.rest) if not m.side else "", set()).add(m.quantity)
        if any(m.side for m in of_arms):
            return []
        groups = [w for w, quantities in by_word.items() if w and any(whole <= quantities for whole in _WHOLE)]
        if len(groups) != 2:  # infections coated, days coated, infections standard, days standard
            groups = [w for w, quantities in by_word.items() if w and quantities <= {"n", "time"}]
            groups = groups if len(groups) == 2 and _of_both(told, groups) else []
        return groups if len(groups) == 2 and by_word[groups[0]] == by_word[groups[1]] else []

    @property
    def twice(self) -> bool:
        """Whether columns of one name stand twice, for the treatment and for the comparator."""
        return _twice(self._told) is not self._told

    @property
    def tied(self) -> list[str]:
        """The groups of which neither is known to be the comparator."""
        groups = self.groups()
        shown = [g.removeprefix(GROUP).upper() if g in _LETTERED else g for g in groups]
        return shown if groups and _comparator(groups, self.reference) is None else []


def _shares(told: list[Meaning]) -> list[Meaning]:
    """``% T`` and ``% C`` as people with the event, where the table holds nothing else than the people of each arm."""
    sides = [(m.side, m.quantity) for m in told if m.side in ("t", "c") and m.quantity]
    bare = [m for m in told if m.side and "%" in m.header and not (m.quantity or m.rest or m.time or m.measure)]
    if sorted(sides) != [("c", "n"), ("t", "n")] or sorted(m.side for m in bare) != ["c", "t"]:
        return told
    return [replace(m, quantity="events") if m in bare else m for m in told]


def _comparator(groups: list[str], reference: str) -> str | None:
    said = {" ".join(meaning_of(reference).rest), reference.lower(), GROUP + reference.lower()} if reference else set()
    named = [g for g in groups if g in said]
    found = named or controls_among(groups)
    return found[0] if len(found) == 1 else None


def _of_two_groups(meanings: list[Meaning], groups: list[str], reference: str) -> list[Meaning]:
    """Columns that go by the names of two groups: surgery n, conservative care n. On a tie the second is the comparator."""
    if not groups:
        return meanings
    control = _comparator(groups, reference) or groups[1]
    ends = {tuple(w.split()): "c" if w == control else "t" for w in groups}

    def told(m: Meaning) -> Meaning:
        word = next((e for e in ends if m.rest[-len(e) :] == e), None)
        if m.side or word is None or (m.quantity not in ARM_FIELDS if m.rest == word else m.quantity):
            return m
        return replace(m, side=ends[word], rest=m.rest[: -len(word)])

    return list(map(told, meanings))


def _of_both(meanings: Iterable[Meaning], groups: Iterable[str]) -> bool:
    """Whether columns of unknown names stand for each of two groups in the same words."""
    bare = [m.rest for m in meanings if not (m.quantity or m.side or m.measure)]
    before = [{r[: -len(w)] for r in bare if len(r) > len(w) and r[-len(w) :] == w} for g in groups for w in (tuple(g.split()),)]
    return bool(set.intersection(*before))


def _letters(names: Iterable[str]) -> dict[str, str]:
    """The names that end or begin with the letter of a group, where both letters of two stand: a_events, b_events; nA, nB."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        if cut := _LETTER.fullmatch(name.strip()):
            letter, base = next((cut[i], cut[j]) for i, j in ((1, 2), (4, 3), (6, 5)) if cut[i])
            found.setdefault(base, {})[letter.lower()] = name
    for pair in _LETTERS:
        both = {base: told for base, told in found.items() if set(pair) <= told.keys()}
        if len(both) > 1:
            return {told[letter]: f"{base} {GROUP}{letter}" for base, told in both.items() for letter in pair}
    return {}


_LETTERED = frozenset(GROUP + letter for pair in _LETTERS for letter in pair)


def _points_of_time(names: list[str]) -> list[str]:
    """Names with T0, T1 as words of time, where T0 is among them or a name tells its arm without them."""
    points = {p for n in names for p in _POINT.findall(n) if _POINT.sub("", n).strip(" _.-")}
    bare = [meaning_of(_POINT.sub(" ", n)) for n in names if _POINT.search(n)]
    if len(points) < 2 or not ("0" in points or all(m.side and m.quantity for m in bare if m.header.strip(" _.-"))):
        return names
    last = points - {"0"} if "0" in points else set()

    def word(point: str) -> str:
        return " baseline " if point == "0" else " final " if last == {point} else f" {POINTS[int(point)]} "

    return [_POINT.sub(lambda found: word(found[1]), n) if _POINT.sub("", n).strip(" _.-") else n for n in names]


def _at_zero(meanings: list[Meaning]) -> list[Meaning]:
    """Week 0 beside week 12 is the beginning, and the other the end where it is the only one."""
    points = {m.rest[-1] for m in meanings if _numbered_time(m)}
    if "0" not in points or len(points) < 2:
        return meanings
    end = (points - {"0"}) if len(points) == 2 else set()
    times = {"0": "early"} | dict.fromkeys(end, "late")
    return [replace(m, time=times[m.rest[-1]], rest=()) if _numbered_time(m) and m.rest[-1] in times else m for m in meanings]


def _numbered_time(m: Meaning) -> bool:
    return bool(m.quantity and m.rest and m.rest[-1].isdigit() and set(m.rest[:-1]) <= _TIMES and not m.measure)


def _numbered_letters(meanings: list[Meaning]) -> list[Meaning]:
    """``e1i`` beside ``c1i`` is a number of the experimental arm, no count of group 1: the digit tells the time or outcome."""
    cuts = {m.header: cut for m in meanings if (cut := re.fullmatch(r"([ect])(\d)i?", plain(m.header)))}
    sides = {letter: {cut[2] for cut in cuts.values() if cut[1] == letter} for letter in "ect"}
    treated = "e" if sides["e"] else "t"
    if not sides["c"] or sides["c"] != sides[treated]:
        return meanings
    letters = {treated: "t", "c": "c"}
    return [
        Meaning(m.header, "", letters[cut[1]], rest=(f"t{cut[2]}",)) if (cut := cuts.get(m.header)) and cut[1] in letters else m
        for m in meanings
    ]


def _yes_and_no(meanings: list[Meaning]) -> list[Meaning]:
    """Columns of people with and without the event that are called yes and no, where both stand in the same words."""
    parts = {m.header: plain(m.header).split("_") for m in meanings}
    bare = {word: {tuple(p for p in words if p != word) for words in parts.values() if word in words} for word in ("yes", "no")}
    both = bare["yes"] & bare["no"]
    negated = {tuple(p for p in words if p != "not") for words in parts.values() if "not" in words}
    made = []
    for m in meanings:
        word = next((w for w in ("yes", "no") if w in parts[m.header]), "")
        if word and tuple(p for p in parts[m.header] if p != word) in both:
            rest = tuple(w for w in m.rest if w not in ("yes", "no"))
            m = replace(m, quantity="events" if word == "yes" else "none", rest=rest)
        elif m.side and negated and (whole := tuple(p for p in parts[m.header] if p != "not")) in negated and not m.measure:
            held = {tuple(p) for p in parts.values()}
            if whole in held:  # improved beside not improved
                rest = tuple(w for w in m.rest if w != "not")
                m = replace(m, quantity="none" if "not" in parts[m.header] else "events", rest=rest)
        made.append(m)
    return made


def _evt(meanings: list[Meaning]) -> list[Meaning]:
    """``evt`` is short for event, but of the treatment beside ``evc``."""
    if not {"evt", "evc"} <= {plain(m.header) for m in meanings}:
        return meanings
    return [replace(m, side="t") if plain(m.header) == "evt" else m for m in meanings]


def _without_digits(meanings: list[Meaning]) -> list[Meaning]:
    """Arms that are told twice, as in n1_treatment and n2_control: the digit says nothing more."""
    ends = {(m.side, m.rest[-1]) for m in meanings if m.side in ("t", "c") and m.rest and m.rest[-1] in ("1", "2")}
    if ends != {("t", "1"), ("c", "2")}:
        return meanings
    return [replace(m, rest=m.rest[:-1]) if m.rest and (m.side, m.rest[-1]) in ends else m for m in meanings]


def _variances(meanings: list[Meaning]) -> list[Meaning]:
    """The variances of two arms, where both have one."""
    sides = {m.side for m in meanings if m.quantity == "variance" and not m.measure}
    if not {"t", "c"} <= sides:
        return meanings
    return [replace(m, quantity="var") if m.quantity == "variance" and m.side and not m.measure else m for m in meanings]


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
    """Columns that a treatment's own name marks beside the control's: n_yoga, n_control; SBP yoga mean, SBP control mean."""
    control = {(m.quantity, m.rest, m.time) for m in meanings if m.side == "c" and m.quantity in ARM_FIELDS}
    if not control or any(m.side == "t" and m.quantity in {q for q, *_ in control} for m in meanings):
        return meanings
    found: dict[Rest, set[tuple[str, Rest, str]]] = {}
    for m in meanings:
        for key in control if not m.side else ():
            if (key[0], key[2]) == (m.quantity, m.time) and (word := _between(m.rest, key[1])):
                found.setdefault(word, set()).add(key)
    whole = [word for word, keys in found.items() if keys == control]
    if len(whole) != 1:
        return meanings
    (word,) = whole

    def told(m: Meaning) -> Meaning:
        if m.side or not set(word) <= set(m.rest):
            return m
        if not m.quantity:  # falls_yoga beside n_yoga
            return replace(m, side="t", rest=m.rest[: -len(word)]) if m.rest[-len(word) :] == word else m
        left = next((r for q, r, t in control if (q, t) == (m.quantity, m.time) and _between(m.rest, r) == word), None)
        return m if left is None else replace(m, side="t", rest=left)

    return list(map(told, meanings))


def _between(whole: Rest, part: Rest) -> Rest | None:
    """The words that stand before, between or behind those of a part; None where the part is not all of the others."""
    for cut in range(len(part) + 1):
        end = len(whole) - (len(part) - cut)
        if end >= cut and whole[:cut] == part[:cut] and whole[end:] == part[cut:]:
            return whole[cut:end]
    return None
