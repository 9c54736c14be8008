"""Tables of judgements by tools without columns in the checked copy: ROBINS-I, Newcastle-Ottawa, PEDro, or one that is named.

Their judgements enter a package in the tool's own words; what these count for stands in the settings (``risk_of_bias``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.names import STUDY_NAMES, plain
from evidence_synthesis.review.package import DataFaults, Fault

Rows = Sequence[tuple[int, Mapping[str, Any]]]
Judgements = tuple[tuple[str, str], ...]
ROBINS, NOS, PEDRO = "ROBINS-I", "Newcastle-Ottawa", "PEDro"
KNOWN = (ROBINS, NOS, PEDRO)
_BETWEEN = ": "  # a tool and its domain, in the place of a column
_ROBINS_DOMAINS = (  # Sterne 2016 (doi:10.1136/bmj.i4919), by words of their names
    ("confounding", r"confound"),
    ("selection of participants", r"selection of (the )?(participant|patient|people)|participant selection"),
    ("classification of interventions", r"classification"),
    ("deviations from the intended interventions", r"deviation|intended"),
    ("missing data", r"missing|incomplete"),
    ("measurement of outcomes", r"measure"),
    ("selection of the reported result", r"report"),
)
_ROBINS_WORDS = {
    **{word: word for word in ("low", "moderate", "serious", "critical", "no information")},
    **{"l": "low", "m": "moderate", "s": "serious", "c": "critical", "ni": "no information", "no info": "no information"},
    **{"+": "low", "-": "moderate", "x": "serious", "!": "critical", "?": "no information"},
}
_ONLY_ROBINS = frozenset(("moderate", "serious", "critical"))
_NOS_ITEMS = r"comparab|representat|ascertain|selection|exposure|outcome|follow|adequa|non.?respon|definition"
_PEDRO_ITEM = re.compile(r"(?:pedro|item|criterion)[ _.]*(1[01]|[1-9])")
_OTHERS = (  # names of tools in a header, and what they are
    (r"quadas", "QUADAS-2, of studies of diagnostic accuracy"),
    (r"jadad", "Jadad"),
    (r"minors", "MINORS"),
    (r"amstar", "AMSTAR, of reviews"),
    (r"(jbi|appraisal|^q_?\d+$)", "a checklist such as JBI's"),
)


def key(tool: str, domain: str) -> str:
    """A tool and one of its domains in the place of a column."""
    return f"{tool}{_BETWEEN}{domain}"


def tool_and_domain(column: str) -> tuple[str, str] | None:
    """Tool and domain where a judgement is of a tool without columns of its own."""
    tool, between, domain = column.partition(_BETWEEN)
    return (tool, domain) if between else None


def pivoted(header: Sequence[str], rows: Rows) -> tuple[list[str], Rows]:
    """A table with one row a judgement (study, domain, judgement) as one with a column for each domain; others as they are."""
    names = {plain(h): h for h in reversed(header)}
    study = next((names[n] for n in STUDY_NAMES if n in names), None)
    domain = next(
        (names[n] for n in ("domain", "item", "criterion", "bias", "domain_name", "risk_of_bias_domain") if n in names), None
    )
    told = next((names[n] for n in ("judgement", "judgment", "rating", "risk", "risk_of_bias", "assessment") if n in names), None)
    if study is None or domain is None or told is None:
        return list(header), rows
    domains = list(dict.fromkeys(d for _, row in rows if (d := cleaned(row.get(domain)))))
    made: dict[str, tuple[int, dict[str, Any]]] = {}
    for line, row in rows:
        cells = made.setdefault(cleaned(row.get(study)), (line, {study: row.get(study)}))[1]
        cells[cleaned(row.get(domain))] = row.get(told)
    return [study, *domains], list(made.values())


def tool_of(header: Sequence[str], rows: Rows = ()) -> str:
    """Which of ``KNOWN`` a table of judgements is of; empty where it is of none of them."""
    names = [plain(h).replace("_", " ") for h in header]
    if len([d for d, words in _ROBINS_DOMAINS if any(re.search(words, n) for n in names)]) >= 6 and "confound" in " ".join(names):
        return ROBINS
    if any("comparab" in n for n in names) and len([n for n in names if re.search(_NOS_ITEMS, n)]) >= 3:
        return NOS
    if len({found[1] for n in names if (found := _PEDRO_ITEM.fullmatch(n))}) >= 10 or any(n.startswith("pedro") for n in names):
        return PEDRO
    said = {cleaned(row.get(h)).lower().removesuffix(" risk").removesuffix(" risk of bias") for _, row in rows for h in header}
    return ROBINS if len(_numbered(header)) == 7 and said & _ONLY_ROBINS else ""


def other_tool(header: Iterable[str]) -> str:
    """What is said of a table of judgements by a tool that must be named; empty where it looks like none."""
    names = [plain(h) for h in header]
    for words, what in _OTHERS:
        found = [n for n in names if re.search(words, n)]
        if found and (not words.startswith("(jbi") or len(found) >= 5 or any(re.search("jbi|appraisal", n) for n in found)):
            return what
    return ""


def _numbered(header: Iterable[str]) -> dict[str, int]:
    return {h: int(found[1]) for h in header if (found := re.fullmatch(r"(?:d|domain|dom)_?(\d)(?:_.*)?", plain(h)))}


def _robins_columns(header: Sequence[str]) -> dict[str, str]:
    columns = {h: _ROBINS_DOMAINS[number - 1][0] for h, number in _numbered(header).items() if 1 <= number <= 7}
    for domain, words in _ROBINS_DOMAINS if not columns else ():
        for h in header:
            if h not in columns and re.search(words, plain(h).replace("_", " ")):
                columns[h] = domain
                break
    return columns | {h: "overall" for h in header if plain(h).startswith("overall")}


def _domain(header: str) -> str:
    """The domain that a column's name tells: itself, without the number before it."""
    return re.sub(r"^\s*\d+\s*[.):]\s*", "", header).strip().lower()


def from_other(header: Sequence[str], rows: Rows, file: str, tool: str) -> dict[str, Judgements]:
    """Judgements by the name of the study, of a tool without columns of its own. Raises DataFaults for words it has not.

    Stars of the Newcastle-Ottawa scale are counted; the words of a tool that is not known are taken as they are printed.
    """
    names = {plain(h): h for h in reversed(header)}
    study = next((names[n] for n in STUDY_NAMES if n in names), header[0])
    columns = _robins_columns(header) if tool == ROBINS else {h: _domain(h) for h in header if h != study and plain(h) != "year"}
    if tool == PEDRO:
        columns = {h: "total" if re.search("total|score|pedro$", plain(h)) else f"item {_domain(h).split()[-1]}" for h in columns}
    if tool == NOS:
        columns = {h: "total" if re.search("total|score|overall|stars", plain(h)) else d for h, d in columns.items()}
    faults, judged = [], dict[str, dict[str, str]]()
    for line, row in rows:
        name = cleaned(row.get(study))
        for column, domain in columns.items():
            words = cleaned(row.get(column))
            if not name or (is_missing(words) and not (tool == NOS and set(words) == {"*"})):
                continue
            told = _told(words, tool)
            if not told:
                faults.append(Fault(file, line, column, words, f"one of {', '.join(dict.fromkeys(_ROBINS_WORDS.values()))}"))
            judged.setdefault(name, {})[key(tool, domain)] = told
    if faults:
        raise DataFaults(faults)
    return {name: tuple(told.items()) for name, told in judged.items()}


def _told(words: str, tool: str) -> str:
    """A judgement in the tool's words: stars as their number, levels of ROBINS-I spelt alike; empty where it is none."""
    if tool == ROBINS:
        return _ROBINS_WORDS.get(re.sub(r" risk( of bias)?$", "", words.lower()), "")
    bare = words.replace("\u2605", "*").replace("\u2606", "").replace(" ", "")
    return str(len(bare)) if bare and set(bare) == {"*"} else words
