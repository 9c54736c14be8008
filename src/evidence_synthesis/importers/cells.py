"""Cells of other people's tables as numbers: missing values, minus signs and decimal commas as they are written there."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.importers.names import plain
from evidence_synthesis.importers.rows import NUMBERS, SPREAD_FIELDS, TEXT, StudyRow
from evidence_synthesis.review.package import LARGEST, SMALLEST, DataFaults, Fault

MISSING = frozenset(
    (
        *("", "na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "empty", "missing", "nr", "n/r", "n.r.", "not reported"),
        *("n.d.", "n/k", "n.k.", "nk", "~", "not known", "not given", "not measured"),
        *("not estimable", "ne", "nd", "not available", "not applicable", "not stated", "ns", "unknown", "unclear"),
        *(".", "..", "...", "-", "--", "?", "*"),
    )
)
_SIGNS = str.maketrans(
    {c: "-" for c in "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"}
    | {"\uff0b": "+", "\u00b7": ".", "\uff0e": ".", "\u066b": ".", "\uff0c": ","}
)
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f\u200b\ufeff]+")
_COMMA = re.compile(r"([-+]?\d+),(\d+)((?:[eE][-+]?\d+)?)")
_SPACED = re.compile(r"[-+] ?\d+(?:\.\d+)?|[-+]?\d{1,3}(?: \d{3})+(?:\.\d+)?")  # - 5.2, 1 030
ERRORS = ("#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "Err:")
UNBOUNDED = frozenset(("effect", "ci_low", "ci_high"))  # printed limits may be of any size
_COUNTS = frozenset(f"{name}_{side}" for name in ("n", "events") for side in ("t", "c"))
_THOUSANDS = re.compile(r"\d{1,3}([,.'\u2019\u066c]\d{3})+")
_MARKED = re.compile(
    r"(.*\d)(?:\s?[*\u2020\u2021\u00a7\u00b6\u00b9\u00b2\u00b3#]+|\s?\^?[a-d]|\s?\([a-d]\)|[\u1d43\u1d47\u1d9c\u1d48]+)"
)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_P_VALUE = re.compile(r"(?:p\s*(?:-?\s*value)?)?\s*[=:]?\s*([-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?)", re.IGNORECASE)
_BOUND = re.compile(
    r"(?:p\s*(?:-?\s*value)?)?\s*(?:<|>|\u2264|\u2265|=<|=>)=?\s*[\d.,]+|n\.?\s?s\.?|non?[- ]sig.*|not sig.*|sig(nificant)?\.?",
    re.IGNORECASE,
)
_OF_A_BOUND = "an exact p; a bound of p gives no standard error (enter interval, SE or exact p{}; Handbook 6.5.2.3)"
_COUNTED = re.compile(r"n\s*=\s*(\d+)", re.IGNORECASE)
_POSITIVE = frozenset(("given_se", "effect_se", "variance"))


def cleaned(cell: object) -> str:
    """A cell as text with one kind of minus and of space."""
    return _SPACES.sub(" ", str(cell if cell is not None else "")).strip().translate(_SIGNS)


def is_missing(cell: object) -> bool:
    """Whether a cell is empty or says in words that there is no value."""
    return cleaned(cell).lower() in MISSING


def without_mark(words: str) -> str:
    """A number without the mark of a footnote behind it (``5*``, ``33b``); other texts as they are."""
    found = _MARKED.fullmatch(words)
    return found[1].strip() if found else words


def as_number(cell: object, decimal_comma: bool = False) -> float:
    """A cell as a number. Raises UnusableInput, whose text says what is expected instead."""
    if type(cell) in (int, float):
        return float(cell)  # type: ignore[arg-type]
    words = cleaned(cell)
    if "_" not in words:  # which Python reads inside numbers
        try:
            return float(words)
        except ValueError:
            pass
    tight = words.replace(" ", "")
    comma = _COMMA.fullmatch(tight)
    if comma:
        if decimal_comma or len(comma[2]) != 3:
            return float(f"{comma[1]}.{comma[2]}{comma[3]}")
        raise UnusableInput("", f"a number without a comma ({comma[1]}.{comma[2]} or {comma[1]}{comma[2]}?)")
    if _SPACED.fullmatch(words):
        return float(tight)
    if words.startswith(ERRORS):
        raise UnusableInput("", "a number; the cell holds a spreadsheet's error")
    if words.startswith("="):
        raise UnusableInput("", "a number; the cell holds a formula without a value (open the file in a spreadsheet and save it)")
    if re.match(r"\d{4}-\d\d-\d\d|\d{1,2}[-/. ][A-Za-z]{3}|[A-Za-z]{3}[-/. ]\d\d$", words):
        raise UnusableInput("", "a number; this looks like a date that a spreadsheet made of it")
    if words.endswith("%"):
        raise UnusableInput("", "a count, or a percentage that a whole number of the people gives")
    if words.startswith(("<", ">")):
        raise UnusableInput("", "an exact number")
    raise UnusableInput("", "a number with a decimal point, or nothing")


class Cells:
    """Cells of a table turned into study rows. A cell that cannot be is passed over, and told with its row and as a fault."""

    def __init__(self, file: str, decimal_comma: bool = False, in_time: bool = False) -> None:
        """``in_time`` tells that events are counted in person-time, of which a person may have several."""
        self.file = file
        self.decimal_comma = decimal_comma
        self.in_time = in_time
        self.faults: list[Fault] = []
        self.marked: list[str] = []

    def number(self, cell: object, line: int, column: str, limit: float = LARGEST, whole: bool = False) -> float | None:
        """A cell as a finite number; empty cells are None, and what is no number is a fault.

        Of a ``whole`` number such as a count of people 1,040 and 1.040 mean one thing. Marks of footnotes are taken off.
        """
        if isinstance(cell, str) and cell and not (_PLAIN.fullmatch(cell) and not (whole and "." in cell)):
            cell = self._bare(cell, column, whole)
        if cell is None or cell == "":
            return None
        try:
            value = float(cell)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            value = math.nan
        if value != value or isinstance(cell, bool):
            if is_missing(cell):
                return None
            try:
                value = as_number(cell, self.decimal_comma)
            except UnusableInput as error:
                self.refuse(line, column, cell, error.problem)
                return None
        size = abs(value)
        if size <= limit:
            return 0.0 if size < SMALLEST and limit <= LARGEST else value  # what a spreadsheet leaves of a - a is nothing
        self.refuse(line, column, cell, f"a number of not more than {LARGEST:g} in size, or nothing")
        return None

    def _bare(self, cell: str, column: str, whole: bool) -> str:
        words = cleaned(cell)
        bare = without_mark(words)
        if bare != words:
            self.marked.append(words)
        if whole:
            counted = _COUNTED.fullmatch(bare)
            bare = counted[1] if counted else bare
            return re.sub(r"\D", "", bare) if _THOUSANDS.fullmatch(bare) else bare
        if "weight" in plain(column).split("_"):
            bare = bare.removesuffix("%").strip()
        return bare if bare != words else cell

    def _p_value(self, cell: object, line: int, column: str) -> float | None:
        """A p value as a number; one that is only bounded (p < 0.001, ns) is a fault that says so."""
        words = without_mark(cleaned(cell))
        if _BOUND.fullmatch(words):
            safe = "; the bound itself errs on the safe side" if "<" in words or "\u2264" in words else ""
            self.refuse(line, column, cell, _OF_A_BOUND.format(safe))
            return None
        found = _P_VALUE.fullmatch(words)
        return self.number(found[1].replace(",", ".") if found else cell, line, column)

    def refuse(self, line: int, column: str, cell: object, expected: str) -> None:
        """Pass a cell over, and tell it."""
        self.faults.append(Fault(self.file, line, column, str(cell).strip(), expected))

    def row(self, cells: Mapping[str, object], line: int, names: Mapping[str, str]) -> StudyRow:
        """A study row from a table's row; ``names`` gives the table's column for each field."""
        before = len(self.faults)
        text = {field: _SPACES.sub(" ", str(cells.get(names[field]) or "")).strip() for field in TEXT if field in names}
        most = 1.7e308
        numbers: dict[str, float | None] = {}
        spread: dict[str, float] = {}
        for field, column in names.items():
            if field in _NUMBERS:
                limit = most if field in UNBOUNDED else LARGEST
                numbers[field] = self.number(cells.get(column), line, column, limit, field in _COUNTS)
            elif field in _SPREAD:
                value = self.number(cells.get(column), line, column) if field != "effect_p" else None
                if value is not None:
                    spread[field] = value
        known = (
            "effect_se" in spread or numbers.get("given_se") is not None or None not in map(numbers.get, ("ci_low", "ci_high"))
        )
        p = self._p_value(cells.get(names["effect_p"]), line, names["effect_p"]) if "effect_p" in names and not known else None
        if p is not None:
            spread["effect_p"] = p
        for side in ("t", "c"):
            self._arm(numbers, spread, side, line, names)
        for field in _POSITIVE & names.keys():
            value = numbers.get(field, spread.get(field))
            if value is not None and value < 0:
                self.refuse(line, names[field], f"{value:g}", "a number above zero")
                numbers.pop(field, None)
                spread.pop(field, None)
        told = {"analysis": "1", "name": "", "subgroup": "", "study": ""} | text
        more: dict[str, object] = {"spread": spread} if spread else {}
        if len(self.faults) > before:
            more["fault"] = "; ".join(f"{f.column}: found {f.value!r}, expected {f.expected}" for f in self.faults[before:])
        return StudyRow(**told, **numbers, **more, line=line)  # type: ignore[arg-type]

    def _arm(
        self, numbers: dict[str, float | None], spread: dict[str, float], side: str, line: int, names: Mapping[str, str]
    ) -> None:
        """Pass over what no arm can have: counts and spreads below zero, more events than people."""
        n, events = numbers.get(f"n_{side}"), numbers.get(f"events_{side}")
        for field in (f"n_{side}", f"events_{side}", f"sd_{side}"):
            value = numbers.get(field)
            if value is not None and value < 0:
                self.refuse(line, names[field], f"{value:g}", "a number not below zero")
                numbers[field] = None
        if spread.get(f"se_{side}", 1.0) < 0:
            self.refuse(line, names[f"se_{side}"], f"{spread.pop(f'se_{side}'):g}", "a number not below zero")
        if n is not None and events is not None and events > n >= 0 and not self.in_time:
            self.refuse(line, names[f"events_{side}"], f"{events:g}", f"not more than {n:g} people")
            numbers[f"events_{side}"] = None

    def done(self, rows: Sequence[StudyRow]) -> list[StudyRow]:
        """The rows. Raises DataFaults with every fault where no row is left that could be used."""
        if not rows and not self.faults:
            self.faults.append(Fault(self.file, 0, "", "", "at least one study with numbers"))
        if self.faults and not any(not r.fault or r.has_means or r.has_events or r.given_se or r.variance for r in rows):
            raise DataFaults(self.faults)
        return list(rows)


_NUMBERS = frozenset(NUMBERS)
_SPREAD = frozenset(SPREAD_FIELDS)
