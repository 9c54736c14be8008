"""Cells that hold several numbers, as in papers: ``5.2 (1.1)``, ``45.2 ± 12.1 [30]``, ``5 (3 to 8)``, ``5/40``, ``5 (12.5%)``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.languages import summaries_in_english
from evidence_synthesis.importers.names import meaning_of
from evidence_synthesis.importers.spreadsheet import Table

_N = r"[-+]?\d+(?:[.,]\d+)?"
_TO = r"\s*(?:to|bis|a|;|,|-|~)\s*"
_PEOPLE = r"(?:n\s*=\s*)?(?P<n>\d+)"
_CENTRE = rf"(?P<mean>{_N})\s*(?:\(\s*(?:SD|DS)?\s*[:=]?\s*|(?:\u00b1|\+/-|\+-)\s*)(?P<sd>{_N})"
_MIDDLE = rf"(?P<median>{_N})\s*[\[(]\s*(?:IQR)?\s*[:=]?\s*"
_SHARE = r"(?:\s*[(\[]\s*\d+(?:[.,]\d+)?\s*%?\s*[)\]])?"
_YEARS = r"(?:person|patient|pt|subject|woman|women)?[ -]?(?:years?|yrs?|months?|days?|py|pys|pyrs?)"
_MEAN_SD = rf"{_CENTRE}\s*\)?"
_WORDS = re.compile(
    r"[(\[]?\s*(?:\u00b1\s*|\+/?-\s*)?"
    r"(?<![^\W\d_])(95\s*%\s*CI|CI|mean|sd|se|sem|median|iqr|quartiles?|range|q1\s*-?\s*q3|q1|q3|events?|total|n\s*/\s*n|n)(?![^\W\d_])\s*[)\]]?",
    re.IGNORECASE,
)


_EVENTS = re.compile(r"(?<![^\W\d_])(?:deaths?|died|responders?|responses?|cases|relapses?)(?![^\W\d_])", re.IGNORECASE)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_ANY = _pattern(r"(?!.*\b(date|year|sex|gender|male|female|men|m\s*/\s*f|f\s*/\s*m)\b)")
_KINDS = tuple(  # what the name must say, and what the cells look like; the groups are the quantities in them
    (_pattern(name), _pattern(cell))
    for name, cell in (
        (_ANY.pattern, rf"{_CENTRE}\s*\)?\s*(?:[,;]\s*|\s+)n\s*=\s*(?P<n>\d+)\s*\)?"),  # 45.2 (12.1), n=30
        (_ANY.pattern, rf"{_CENTRE}\s*[,;]\s*n\s*=\s*(?P<n>\d+)\s*\)"),  # 45.2 (SD 12.1, N = 30)
        (_ANY.pattern, rf"{_CENTRE}\s*\)?\s*[,;]?\s*[\[{{(]\s*{_PEOPLE}\s*[\]}})]"),  # 45.2 ± 12.1 [30]
        (_ANY.pattern, rf"[(\[]?(?:n\s*=\s*(?P<n>\d+)\s*[)\]]?\s*[,;:]?)\s*{_MEAN_SD}"),  # n=30, 45.2 (12.1)
        (_ANY.pattern, rf"(?P<n>\d+)\s*[:;]\s*{_MEAN_SD}"),  # 30: 45.2 (12.1)
        (r"mean.*\bn\b|\bn\b.*mean", rf"{_CENTRE}\s*\)?\s*[,;/]?\s*{_PEOPLE}"),  # 45.2 (12.1) 30, where the name says so
        (r"mean.*\b(se|sem)\b", rf"(?P<mean>{_N})\s*(?:\(|\u00b1|\+/-)\s*(?P<se>{_N})\s*\)?"),
        (r"mean.*\bsd\b|mean\s*(\u00b1|\+)", _MEAN_SD),
        (_ANY.pattern, rf"(?P<mean>{_N})\s*(?:\u00b1|\+/-|\+-)\s*(?P<sd>{_N})"),  # 45.2 ± 12.1, under any name
        (
            r"(?!.*diff)mean.*\bCI\b",
            rf"(?P<mean>{_N})\s*[\[(]\s*(?:95\s*%\s*CI:?\s*)?(?P<ci_low>{_N}){_TO}(?P<ci_high>{_N})\s*[\])]",
        ),
        (r"median.*\b(min|max|range)\b(?<!quartile range)", rf"{_MIDDLE}(?P<min>{_N}){_TO}(?P<max>{_N})\s*[\])]"),
        (r"median", rf"{_MIDDLE}(?P<q1>{_N}){_TO}(?P<q3>{_N})\s*[\])]"),
        (r"median.*(iqr|quartile)", rf"{_MIDDLE}(?P<iqr>{_N})\s*[\])]"),
        (r"\biqr\b|quartile|q1\W*q3|25\D+75", rf"[\[(]?\s*(?P<q1>{_N}){_TO}(?P<q3>{_N})\s*[\])]?"),
        (
            r"(?!.*\b(age|dose|year|date|follow)\b)(.*\brange\b|.*\bmin\W+max)",
            rf"[\[(]?\s*(?P<min>{_N}){_TO}(?P<max>{_N})\s*[\])]?",
        ),
        (_ANY.pattern, rf"(?P<events>\d+)\s*(?:/|in|per)\s*(?P<persontime>\d+(?:[.,]\d+)?)\s*{_YEARS}"),  # 15/100.5 PY
        (r"%|percent|event|death|respon|\bcases|\bn\b", r"(?P<events>\d+)\s*[(\[]\s*\d+(?:[.,]\d+)?\s*%?\s*[)\]]"),
        (_ANY.pattern, rf"(?P<events>\d+){_SHARE}\s*(?:/|of|out of|von|de|из)\s*(?P<total>\d+)(?:\s*\(.*\))?"),
    )
)

_LIMITS = (
    _pattern(r"\bCI\b|interval"),
    _pattern(rf"[\[(]?\s*(?P<ci_low>{_N}){_TO}(?P<ci_high>{_N})\s*[\])]?"),
)  # of an arm's mean


def unpacked(table: Table, kept: Iterable[str] = ()) -> Table:
    """The table with a column for each number of cells that hold several, in the place of theirs; ``kept`` are left."""
    made, left = table, set(kept)
    for header in (h for h in table.header if h not in left):
        kinds = (*_KINDS, _LIMITS) if meaning_of(header).side in ("t", "c") else _KINDS
        told = [text for _, row in table.rows if not is_missing(text := cleaned(row.get(header)))]
        for name, cell in kinds:
            if (
                told
                and name.search(summaries_in_english(header).replace("_", " "))
                and sum(cell.fullmatch(t) is not None for t in told) > len(told) / 2
            ):
                made = _with(made, header, cell)
                break
    return made


def _with(table: Table, header: str, cell: re.Pattern[str]) -> Table:
    quantities = sorted(cell.groupindex, key=cell.groupindex.__getitem__)
    place = re.search(r" \(column [A-Z]+\)$", header)  # of a name that stands twice
    last, header_alone = (place[0], header[: place.start()]) if place else ("", header)
    whose = re.sub(r"[\s/,;:()%]+", " ", _WORDS.sub(" ", summaries_in_english(header_alone).replace("_", " "))).strip(" -=")
    alike = [h for h in table.header if h != header and any(cell.fullmatch(cleaned(r.get(h))) for _, r in table.rows)]
    if quantities == ["events", "total"] and len(alike) < 2:  # deaths/total of one outcome
        whose = " ".join(_EVENTS.sub(" ", whose).split())
    names = [f"{whose} {quantity}".strip() + last for quantity in quantities]
    if set(names) & ({*table.header} - {header}):
        return table
    rows = [(line, {**row, **dict(zip(names, _parts(row, header, cell, quantities), strict=True))}) for line, row in table.rows]
    note = f"cells of {header!r} hold {', '.join(quantities)}"
    listed = [n for h in table.header for n in (names if h == header else [h])]
    return replace(table, header=listed, rows=rows, notes=(*table.notes, note))


def _parts(row: Mapping[str, Any], header: str, cell: re.Pattern[str], quantities: Sequence[str]) -> Iterable[str]:
    """The numbers of a cell; one that looks otherwise stays as it is in the first place, to be named."""
    found = cell.fullmatch(cleaned(row.get(header)))
    return [found[q] for q in quantities] if found else [cleaned(row.get(header)), *[""] * (len(quantities) - 1)]
