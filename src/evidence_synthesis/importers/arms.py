"""Columns of arms by their names: two arms in one row, numbered arms, one row for each arm."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidence_synthesis.importers.cells import as_number, cleaned, is_missing
from evidence_synthesis.importers.headers import POINTS, Header
from evidence_synthesis.importers.mapping import ARM_FIELDS
from evidence_synthesis.importers.names import NAMES, STUDY_NAMES, Meaning, meaning_of, plain

Rows = Sequence[tuple[int, Mapping[str, Any]]]
Key = tuple[tuple[str, ...], str]  # the words of an outcome, and the time
SUMMARIES = (
    ("events", "n"),
    ("events", "none"),
    ("events", "time"),
    ("mean", "n", "sd"),
    ("mean", "n", "var"),
    ("mean", "n", "se"),
    ("mean", "n", "ci_low", "ci_high"),
    ("mean", "n", "iqr"),
    ("median", "n", "q1", "q3"),
    ("median", "n", "min", "max"),
    ("median", "n", "iqr"),
)
_ARM_NAMES = tuple(f for f in NAMES if f.endswith(("_t", "_c")) and not f.startswith("time"))
_NO_OUTCOME = frozenset(  # words of columns that describe people and trials
    (
        *(
            "age",
            "ages",
            "sex",
            "gender",
            "male",
            "males",
            "female",
            "females",
            "men",
            "women",
            "bmi",
            "weight",
            "height",
            "dose",
        ),
        *(
            "year",
            "years",
            "week",
            "weeks",
            "month",
            "months",
            "day",
            "days",
            "duration",
            "followup",
            "follow",
            "sessions",
            "visits",
        ),
        *("sites", "centres", "centers", "arms", "id", "page", "ref", "quality", "score", "randomised", "randomized", "screened"),
        *("dose", "mg", "baseline", "smokers", "diabetes", "white", "black", "rank", "order", "number", "screening", "enrolled"),
    )
)
_TOLD = {"late": "the values at the end", "change": "the changes", "": "the values without a time in their names"}
_ORDER = {"late": 0, "": 1, "change": 2}


@dataclass(frozen=True, slots=True)
class Arms:
    """Columns of arms by field, other outcomes that fit as well, whether means are changes, and what was assumed."""

    columns: dict[str, str]
    others: tuple[str, ...] = ()
    value_kind: str = ""
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether both arms in one row give an effect."""
        return any(all(f"{q}_t" in self.columns and f"{q}_c" in self.columns for q in summary) for summary in SUMMARIES)


# --- two arms in one row -----------------------------------------------------------------------------------------------


def of_sides(header: Header) -> Arms:
    """Columns of two arms in one row, and the other outcomes for which the table has such columns, too."""
    exact = {f: c for f in _ARM_NAMES if (c := header.named(f))} | _four_cells(header)
    if any(needed <= exact.keys() for needed in ({"events_t", "n_t"}, {"mean_t", "n_t"}, {"none_t", "events_t"})):
        missing = {f"{q}_{s}" for q in ARM_FIELDS for s in "tc"} - exact.keys()
        more = {f: c for f, c in _matched(header, ((), ""))[0].items() if f in missing and c not in exact.values()}
        return Arms(exact | more)
    measured = [m for m in header.meanings if m.quantity in ("mean", "events", "median") and m.side in ("t", "c")]
    keys = [k for k in dict.fromkeys((m.rest, m.time) for m in measured) if k[1] != "early"] or [((), "")]
    found = [(key, *_matched(header, key)) for key in keys]
    found = sorted([f for f in found if f[2]] or found[:1], key=lambda f: _ORDER.get(f[0][1], 3))
    found = [f for f in found if _asked(header, _in_words(f[0][0]))] or found
    (rest, time), columns, _ = found[0]
    others = [_in_words(f[0][0]) for f in found if f[0][0] != rest]
    return Arms(columns, (_in_words(rest), *others) if others else (), *_at_which_time(measured, (rest, time), columns))


def _asked(header: Header, outcome: str) -> bool:
    """Whether an outcome is the one that a person says; all are where nobody says one."""
    return not header.outcome or outcome.casefold() == " ".join(header.outcome.casefold().replace("_", " ").split())


def _in_words(rest: Sequence[str]) -> str:
    """The words of an outcome as a person reads them."""
    return " ".join(f"T{POINTS.index(w)}" if w in POINTS else w for w in rest) or "the one without a name"


def _at_which_time(measured: Iterable[Meaning], key: Key, columns: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Whether means are changes, and what is said where an outcome stands at several times."""
    told = [m for m in measured if m.quantity != "events" and (m.rest == key[0] or m.time == "early")]
    other = [m.header for m in told if m.header not in columns.values()]
    kind = "change" if key[1] == "change" else ""
    if not other:
        return kind, ()
    taken = ", ".join(m.header for m in told if m.header in columns.values())
    return kind, (f"{_TOLD[key[1]]} ({taken}) are taken, not {', '.join(other)}",)


def _four_cells(header: Header) -> dict[str, str]:
    """The cells of two by two tables by their letters: a and c had the event, b and d had not, or n1 and n2 are all."""
    cells = {"events_t": "a", "none_t": "b", "events_c": "c", "none_c": "d"}
    found = {field: header.plain[name] for field, name in cells.items() if name in header.plain}
    both = {"events_t", "events_c"} <= found.keys()
    totals = bool(header.named("n_t") and header.named("n_c"))
    if both and ({"none_t", "none_c"} <= found.keys() or totals):
        return {f: c for f, c in found.items() if not totals or f.startswith("events")}
    return {}


def _matched(header: Header, key: Key) -> tuple[dict[str, str], bool]:
    """The columns of both arms that share a key (words that are not known, and time), and whether they give an effect."""
    meanings = [_bare_se(header, m) for m in header.meanings]
    found: dict[str, str] = {}
    for quantity in ARM_FIELDS:
        sides = {}
        for side in "tc":
            fitting = [m for m in meanings if (m.quantity, m.side) == (quantity, side) and not m.measure]
            best = [m for m in fitting if (m.rest, m.time) == key] or [
                m for m in fitting if m.rest in ((), key[0]) and m.time in ("", key[1])
            ]
            if not best and quantity in ("n", "time"):
                best = fitting[:1]
            if best:
                sides[side] = best[0].header
        if len(sides) == 2:
            found |= {f"{quantity}_{side}": column for side, column in sides.items()}
    times = {f: c for f in ("time_t", "time_c") if (c := header.named(f)) and c not in found.values()}
    sure = "n_t" not in found or any(plain(c) == "t1i" for c in times.values())  # beside people, time may be that of each
    if len(times) == 2 and "events_t" in found and sure:
        found |= times
    whole = any(all(f"{q}_t" in found for q in summary) for summary in SUMMARIES)
    return found, whole


def _bare_se(header: Header, meaning: Meaning) -> Meaning:
    """``Se`` beside ``Sc`` is the SD of the experimental arm, no standard error (meta's names in short)."""
    if meaning.header == "Se" and "Sc" in header.names:
        return replace(meaning, quantity="sd", side="t")
    return meaning


def people_told(header: Header, arms: Arms) -> Arms:
    """Arms with the people analysed where those randomised stand beside them: all of them for means, said for events."""
    sides = {
        s: {w: m.header for m in header.meanings if m.side == s and m.quantity == "n" and (w := _whose_people(m))} for s in "tc"
    }
    both = sides["t"].keys() & sides["c"].keys()
    if both != {"randomised", "analysed"} or "n_t" not in arms.columns:
        return arms
    kind = "randomised" if "events_t" in arms.columns else "analysed"
    other = "analysed" if kind == "randomised" else "randomised"
    people = {f"n_{s}": sides[s][kind] for s in "tc"}
    note = f"the people {kind} ({', '.join(people.values())}) are taken, not those {other} (turn them with --map)"
    return replace(arms, columns={**arms.columns, **people}, notes=(*arms.notes, note))


def _whose_people(meaning: Meaning) -> str:
    words = {w[:6] for w in plain(meaning.header).split("_")}
    return "randomised" if "random" in words else "analysed" if words & {"analys", "analyz", "comple", "evalua"} else ""


def of_one_spread(header: Header, arms: Arms) -> Arms | None:
    """Means whose arms share one SD, or of whose difference only p is told; None where neither is."""
    if not {"mean_t", "mean_c", "n_t", "n_c"} <= arms.columns.keys():
        return None
    told = [m for m in header.meanings if not (m.side or m.measure) and m.time != "early"]
    shared = [m.header for m in told if m.quantity == "sd" and set(m.rest) <= {"pooled", "common"}]
    if len(shared) == 1:
        note = f"{shared[0]!r} is taken for the SD of both arms"
        return replace(arms, columns={**arms.columns, "sd_t": shared[0], "sd_c": shared[0]}, notes=(*arms.notes, note))
    exact = [m.header for m in told if m.quantity == "p" and not m.rest]
    if len(exact) != 1:
        return None
    note = f"the means have no spread: {exact[0]!r} is taken for the p of their difference, which gives its standard error"
    return replace(arms, columns={**arms.columns, "effect_p": exact[0]}, notes=(*arms.notes, note))


def _counts(column: str, people: str, rows: Rows) -> bool:
    """Whether a column may count people among those of another (or of none): whole numbers, none above these."""
    seen = False
    for _, row in rows:
        if is_missing(row.get(column)) or (people and is_missing(row.get(people))):
            continue
        try:
            value, most = as_number(row.get(column)), as_number(row.get(people)) if people else math.inf
        except ValueError:
            return False
        if value % 1 or not 0 <= value <= most:
            return False
        seen = True
    return seen or not rows


def by_outcome(header: Header, rows: Rows) -> Arms | None:
    """Columns that go by the outcome's own name: stroke_t with n_t or person-time, or HbA1c_t with sd_t and n_t."""
    arms, _ = _matched(header, ((), ""))
    people = next((q for q in ("time", "n") if {f"{q}_t", f"{q}_c"} <= arms.keys()), None)
    if people is None:
        return None
    spread = _SPREADS & arms.keys()
    sides: dict[str, dict[str, str]] = {}
    for words, side, column in _outcomes(header):
        if column not in arms.values() and not _NO_OUTCOME & {*words.split()}:
            sides.setdefault(words, {}).setdefault(side, column)
    pairs = {words: pair for words, pair in sides.items() if len(pair) == 2}
    own = {w: s for w in pairs if not spread and (s := _spread_of(header, w))}
    if own:
        pairs = {w: pairs[w] for w in own}
    elif not spread:
        most = {s: arms[f"{people}_{s}"] if people == "n" else "" for s in "tc"}
        pairs = {w: p for w, p in pairs.items() if all(_counts(p[s], most[s], rows) for s in "tc")}
    if not pairs:
        return None
    pairs = {words: pair for words, pair in pairs.items() if _asked(header, words)} or pairs
    first, *others = pairs
    spread = spread or {*own.get(first, ())}
    field = "mean" if spread else "events"
    what = "means" if spread else "people with the event" if people == "n" else "numbers of events"
    columns = arms | own.get(first, {}) | {f"{field}_{side}": column for side, column in pairs[first].items()}
    note = f"{' and '.join(map(repr, pairs[first].values()))} are taken for {what}, as no column says so"
    return Arms(columns, (first, *others) if others else (), "", (note,))


_SPREADS = {"sd_t", "se_t", "var_t", "iqr_t"}


def _spread_of(header: Header, words: str) -> dict[str, str]:
    """The columns of the spread of an outcome that are called by its name, of both arms."""
    found = _matched(header, (tuple(words.split()), ""))[0]
    return {f: c for f, c in found.items() if f"{f[:-2]}_t" in _SPREADS and words in plain(c).replace("_", " ")}


def _outcomes(header: Header) -> Iterator[tuple[str, str, str]]:
    """Columns whose names tell an arm and words that are not known: these words, the side, the column."""
    for m in header.meanings:
        if m.quantity in ARM_FIELDS or m.measure or m.time == "early":
            continue
        ends = re.fullmatch(r"(.+)[ _.]+([A-Za-z]+)", m.header.strip())
        last = meaning_of(ends[2]) if ends else None
        if ends and last is not None and last.side in ("t", "c") and not (last.quantity or last.rest):
            yield plain(ends[1]).replace("_", " "), last.side, m.header
        elif m.side in ("t", "c") and not m.quantity and (m.rest or not m.measure):
            yield " ".join(m.rest), m.side, m.header


# --- numbered arms -----------------------------------------------------------------------------------------------------


def numbered(header: Header) -> dict[str, str]:
    """Columns of numbered arms: arm.1, n.1, events.1, arm.2 ... where the table names the treatment of each arm."""
    found: dict[str, str] = {}
    for name, stem, number in _with_numbers(header.names):
        if plain(stem) in NAMES["arm"]:
            found.setdefault(f"arm.{number}", name)
            continue
        meaning = meaning_of(stem)
        quantity = {"variance": "var"}.get(meaning.quantity, meaning.quantity)
        if quantity in ARM_FIELDS and not (meaning.side or meaning.measure or meaning.rest or meaning.time == "early"):
            found.setdefault(f"{quantity}.{number}", name)
    arms = {k.partition(".")[2] for k in found if k.startswith("arm.")}
    counted = {k.partition(".")[2] for k in found if k.startswith(("n.", "time."))}
    if len(arms & counted) < 2:
        return {}
    return {k: v for k, v in found.items() if k.partition(".")[2] in arms & counted}


def _with_numbers(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """Columns with a number, or the letter of a group, behind or before their names: name, the rest of it, number."""
    told = []
    for name in names:
        if cut := re.fullmatch(r"(?:arm|group|grp)[ ._-]?(\d)[ ._:-]+(.+)", name.strip(), re.IGNORECASE):  # Arm 1 mean
            told.append((name, "arm" if plain(cut[2]) in ("name", "label") else cut[2], cut[1]))
        elif cut := re.fullmatch(r"(.*?)[ ._-]?(\d)", name.strip()):
            told.append((name, cut[1], cut[2]))
        elif cut := re.fullmatch(r"(.*?)[ ._-]([ABab])|([ABab])[ ._-](.*)", name.strip()):
            told.append((name, cut[1] or cut[4] or "", "1" if (cut[2] or cut[3]).lower() == "a" else "2"))
    return told


# --- one row an arm ----------------------------------------------------------------------------------------------------


def long_table(header: Header, rows: Rows) -> Arms | None:
    """Columns of a table with one row for each arm, and other outcomes that fit; None where there is no such table."""
    study = next((h for n in STUDY_NAMES if (h := header.plain.get(n))), "")
    arm = next((h for n in NAMES["arm"] if (h := header.plain.get(n)) and _is_arm(h, study, rows)), None)
    if arm is None:
        return None
    told = [
        replace(m, quantity={"variance": "var"}.get(m.quantity, m.quantity))
        for m in header.meanings
        if m.header != arm and not (m.side or m.measure)
    ]
    told = [m for m in told if m.quantity in ARM_FIELDS]
    measured = [m for m in told if m.quantity in ("mean", "events", "median")]
    keys = [k for k in dict.fromkeys((m.rest, m.time) for m in measured) if k[1] != "early"]
    found = [(key, columns) for key in keys if _gives_effect(columns := _of_arm(told, key))]
    if not found:
        found, named = _counted_by_outcome(header, arm, told, rows)
    else:
        named = ()
    if not found:
        return None
    found.sort(key=lambda f: (bool(f[0][0]), _ORDER.get(f[0][1], 3)))
    found = [f for f in found if _asked(header, _in_words(f[0][0]))] or found
    (rest, time), columns = found[0]
    others = [_in_words(f[0][0]) for f in found if f[0][0] and f[0][0] != rest] if rest else []
    kind, notes = _at_which_time(measured, (rest, time), columns)
    return Arms({"arm": arm} | columns, (_in_words(rest), *others) if others else (), kind, (*named, *notes))


def _gives_effect(columns: Mapping[str, str]) -> bool:
    return any(all(q in columns for q in summary) for summary in SUMMARIES)


def _of_arm(told: Iterable[Meaning], key: Key) -> dict[str, str]:
    """The columns of an arm that share a key; people may stand without it."""
    found: dict[str, str] = {}
    for m in sorted(told, key=lambda m: (m.rest, m.time) != key):
        if m.time != "early" and ((m.rest, m.time) == key or (m.rest in ((), key[0]) and m.time in ("", key[1]))):
            found.setdefault(m.quantity, m.header)
    if "n" not in found and (people := next((m.header for m in told if m.quantity == "n"), None)):
        found["n"] = people
    return found


def _counted_by_outcome(
    header: Header, arm: str, told: Iterable[Meaning], rows: Rows
) -> tuple[list[tuple[Key, dict[str, str]]], tuple[str, ...]]:
    """Columns that go by the outcome's own name and count people of those in the arm: stroke, total."""
    people = next((m.header for m in told if m.quantity == "n"), None)
    if people is None or not rows:
        return [], ()
    known = {n for f in ("study", "year", "analysis", "subgroup", "design", "weeks") for n in NAMES[f]} | {*STUDY_NAMES}
    columns = [
        m.header
        for m in header.meanings
        if not (m.quantity or m.measure or m.side)
        and m.header not in (arm, people)
        and plain(m.header) not in known
        and not _NO_OUTCOME & {*plain(m.header).split("_")}
        and any(not is_missing(row.get(m.header)) for _, row in rows)
        and _counts(m.header, people, rows)
    ]
    found: list[tuple[Key, dict[str, str]]] = [(((plain(c),), ""), {"events": c, "n": people}) for c in columns]
    note = f"{columns[0]!r} is taken for people with the event: whole numbers not above {people!r}" if columns else ""
    return found, (note,) if note else ()


def _is_arm(column: str, study: str, rows: Rows) -> bool:
    """Whether a column may name arms: words or codes that return, in rows that are looked at, or differ inside studies."""
    values = [cleaned(r.get(column)) for _, r in rows if not is_missing(r.get(column))]
    if not rows:
        return True
    if len(set(values)) < 2:
        return False
    studies = Counter(cleaned(r.get(study)) for _, r in rows) if study else Counter[str]()
    return len(set(values)) <= max(2, 0.7 * len(values)) or (bool(studies) and min(studies.values()) > 1)
