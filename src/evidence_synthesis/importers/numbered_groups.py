"""Groups that are called only 1 and 2: which of them is the control, by the words around the table or by a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from evidence_synthesis.importers.arms import Arms, Rows
from evidence_synthesis.importers.cells import cleaned
from evidence_synthesis.importers.comparators import controls_among
from evidence_synthesis.importers.names import plain

_TO_TURN = "--reference 1 turns them"
_BY_CONVENTION = re.compile(r"[a-z]+\d?[12]i")  # n1i, m2i: metafor's, of which the first is the treatment
_GROUP = r"(?:group|grp|arm|treatment|treat|trt|intervention|events|mean|n|g|t|gruppe|groupe|grupo|组|群)"
_ASKED = re.compile(rf"{_GROUP}?[ ._-]*([12])", re.IGNORECASE)
_LEGEND = re.compile(
    rf"(?:\b{_GROUP}[ ._#-]*(1|2|I{{1,2}})\b\s*[:=,–-]?|\b([12])\s*=)\s*(?:is\s+|was\s+)?([^;,.|()\n=:]+)", re.IGNORECASE
)
_CONTROL_IS = re.compile(
    r"\b(?:control|comparator|reference|placebo)(?: group| arm)?\s*(?:[:=]|is|was)\s*(?:group|arm)?\s*(1|2|I{1,2})(?![\w.])",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"([^;,.|()\n:=]+)[(\[]\s*(?:group|grp|arm|gruppe|groupe)?[ ._-]*([12]|I{1,2})\s*[)\]]", re.IGNORECASE)
_AGAINST = re.compile(r"([^;,.|()\n:]+?)\s+(?:vs?\.?|versus|compared (?:with|to)|against|对|和)\s+([^;,.|()\n:]+)", re.IGNORECASE)


def _number(words: str) -> int:
    return len(words) if words.upper() in ("I", "II") else int(words)


def labels_of(header: Iterable[str], rows: Rows) -> list[str]:
    """Columns such as ``control group`` that hold the number of a group alone, as texts."""
    found = []
    for name in header:
        if re.search(r"control|comparator|reference|placebo", name, re.IGNORECASE):
            held = {cleaned(row.get(name)).removesuffix(".0") for _, row in rows} - {""}
            found += [f"{name}: {number}" for number in held if held <= {"1"} or held <= {"2"}]
    return found


def _names(remark: str) -> dict[int, str]:
    """The names that a text gives to group 1 and group 2."""
    told = " ".join(remark.replace("_", " ").split())
    if stated := _CONTROL_IS.search(told):
        return {_number(stated[1]): "control"}
    legend = {_number(m[1] or m[2]): m[3].strip() for m in _LEGEND.finditer(told)}
    behind = {_number(m[2]): m[1].strip() for m in _BEHIND.finditer(told)}
    if found := legend if len(legend) == 2 else behind if len(behind) == 2 else legend or behind:
        return found
    against = _AGAINST.search(told)
    return {1: against[1].strip(), 2: against[2].strip()} if against else {}


def control_told(remarks: Iterable[str]) -> tuple[int, str]:
    """The number of the group that a text around the table calls a control, and the text; 0 where none does."""
    for remark in remarks:
        names = _names(remark)
        controls = controls_among([names.get(1, "group 1"), names.get(2, "group 2")]) if names else []
        if len(controls) == 1:
            return next(n for n in (1, 2) if names.get(n, f"group {n}") == controls[0]), remark
    return 0, ""


def is_number_of_group(reference: str) -> bool:
    """Whether a person names the comparator by its number alone."""
    return _ASKED.fullmatch(reference.strip()) is not None


def only_numbered(columns: Mapping[str, str]) -> bool:
    """Whether the two arms are told apart by the numbers 1 and 2 (or I and II) in the columns' names alone."""
    pairs = [(plain(columns[f]), plain(columns[f"{f[:-2]}_c"])) for f in columns if f.endswith("_t") and f"{f[:-2]}_c" in columns]
    return bool(pairs) and all(_differ_in_number(*pair) for pair in pairs)


def _differ_in_number(one: str, two: str) -> bool:
    if _BY_CONVENTION.fullmatch(one):
        return False
    ones = [m.span() for m in re.finditer(r"1|(?<![a-z])i(?![a-z])", one)]
    return any(f"{one[:a]}{'2' if one[a] == '1' else 'ii'}{one[b:]}" == two for a, b in ones)


def in_order(arms: Arms, reference: str, remarks: Iterable[str], twice: bool) -> tuple[Arms, list[str]]:
    """Two arms with the control as comparator, and what is said of it.

    Of groups that are only numbered (or whose columns stand ``twice`` under one name) the first is taken for the treatment, but
    where a person says another ``reference``, or a text around the table does.
    """
    if not (twice or only_numbered(arms.columns)):
        return arms, []
    asked = _ASKED.fullmatch(reference.strip())
    control, remark = (int(asked[1]), "") if asked else control_told(remarks)
    if control == 1:
        swap = {"t": "c", "c": "t"}
        columns = {f"{f[:-2]}_{swap[f[-1]]}" if f.endswith(("_t", "_c")) else f: c for f, c in arms.columns.items()}
        arms = replace(arms, columns=columns)
    which = ("the first", "the second") if twice else ("group 1", "group 2")
    where = "columns of one name stand twice: " if twice else ""
    if control:
        why = f"{remark!r} tells it" if remark else "as said with --reference"
        return arms, [f"{where}{which[control - 1]} is the comparator, {which[2 - control]} the treatment: {why}"]
    first, second = which
    return arms, [
        f"{where or 'nothing tells which group is the control: '}{first} is taken for the treatment, {second} for the comparator "
        f"({_TO_TURN})"
    ]
