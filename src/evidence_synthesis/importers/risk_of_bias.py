"""Risk-of-bias judgements of other people's files: RevMan 5's tables, and the tables of robvis (RoB 2 and RoB 1).

RoB 2: Sterne 2019, doi:10.1136/bmj.l4898; the first Cochrane tool: Higgins 2011, doi:10.1136/bmj.d5928; robvis: McGuinness &
Higgins 2021, doi:10.1002/jrsm.1411.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from evidence_synthesis.importers import other_tools
from evidence_synthesis.importers.cells import cleaned, is_missing
from evidence_synthesis.importers.names import STUDY_NAMES, plain
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.review.package import DataFaults, Fault
from evidence_synthesis.review.risk_of_bias import ROB1, ROB2

Judgements = tuple[tuple[str, str], ...]  # pairs of a column of the trial files and its rating
_DOMAINS = (  # the first Cochrane tool's domains, by words of RevMan's and robvis' names
    ("rob1_sequence", r"sequence|randomi[sz]ation process"),
    ("rob1_allocation", r"allocation|concealment"),
    ("rob1_blinding_participants", r"blinding.*(participant|personnel|performance)|performance bias"),
    ("rob1_blinding_outcome", r"blinding.*(outcome|assess|detection)|detection bias"),
    ("rob1_incomplete", r"incomplete|attrition"),
    ("rob1_selective", r"selective|reporting"),
    ("rob1_other", r"other"),
)
_ROB2_DOMAINS: tuple[tuple[str, str], ...] = tuple(  # those of RoB 2, by words of their names
    zip(
        ROB2.domains,
        (r"randomi[sz]ation", r"deviation|intended", r"missing|incomplete", r"measure", r"selecti(on|ve).*report|reported"),
        strict=True,
    )
)
_NUMBER = re.compile(r"(?:d|domain|dom)_?(\d)[ab]?(?:_.*)?")
_BLINDING = ("rob1_blinding_participants", "rob1_blinding_outcome")
_REVMAN = {"YES": "low", "NO": "high", "UNKNOWN": "unclear", "LOW": "low", "HIGH": "high", "UNCLEAR": "unclear"}
_WORST = ("low", "unclear", "some concerns", "high")
_RATINGS = {
    **{"low": "low", "low risk": "low", "l": "low", "+": "low", "yes": "low", "y": "low"},
    **{"high": "high", "high risk": "high", "h": "high", "x": "high", "no": "high", "n": "high"},
    **{"unclear": "unclear", "unclear risk": "unclear", "u": "unclear"},
    **{f"{word} risk of bias": word for word in ("low", "high", "unclear")},
    **{"green": "low", "red": "high", "低": "low", "低风险": "low", "高": "high", "高风险": "high"},
    **{"不清楚": "unclear", "不明确": "unclear", "有些担忧": "some concerns", "有一定担忧": "some concerns"},
    **{"some concerns": "some concerns", "some concern": "some concerns", "some": "some concerns", "s": "some concerns"},
}
_NOTHING_SAID = ("no information", "ni", "no info", "not applicable")


def domains_of(name: str) -> tuple[str, ...]:
    """The domains of the first Cochrane tool that an item's name means; one item on blinding may mean both."""
    words = name.lower()
    found = tuple(column for column, pattern in _DOMAINS if re.search(pattern, words))
    if not found and "blind" in words:
        return _BLINDING
    return found if set(found) <= set(_BLINDING) else found[:1]


def _worse(one: str, other: str) -> str:
    return max(one, other, key=_WORST.index) if one else other


def from_revman(root: Element) -> dict[str, Judgements]:
    """Judgements of a RevMan 5 file by the id of the study: YES is low, NO high, UNKNOWN unclear risk.

    Where several items or outcomes judge one domain of a study, the worst holds.
    """
    found: dict[str, dict[str, str]] = {}
    for item in root.iter("QUALITY_ITEM"):
        title = item.find("NAME")
        columns = domains_of("".join(title.itertext()) if title is not None else "")
        for entry in item.iter("QUALITY_ITEM_DATA_ENTRY"):
            rating = _REVMAN.get(entry.get("RESULT", "").upper())
            study = found.setdefault(entry.get("STUDY_ID", ""), {})
            if rating:
                study |= {column: _worse(study.get(column, ""), rating) for column in columns}
    order = list(ROB1.domains)
    return {study: tuple(sorted(told.items(), key=lambda j: order.index(j[0]))) for study, told in found.items() if told}


def is_table(header: Iterable[str]) -> bool:
    """Whether a table is one of judgements: D1 to D5 or D7, or the domains of a tool that is known by name."""
    listed = list(header)
    names = {plain(h) for h in listed}
    one_a_row = len(listed) <= 6 and {"domain", "item"} & names and {"judgement", "judgment", "rating"} & names
    if other_tools.tool_of(listed) or one_a_row:
        return True
    first = len([h for h in listed if domains_of(plain(h).replace("_", " "))]) >= 4
    return set(_numbered(listed)) >= set(range(1, 6)) or first or len(_by_words(listed)) >= 4


def _numbered(header: Iterable[str]) -> dict[int, list[str]]:
    """Columns of numbered domains: D1, Domain 2, D3: Missing outcome data; of cluster trials D1a and D1b are one."""
    found: dict[int, list[str]] = {}
    for name in header:
        if number := _NUMBER.fullmatch(plain(name)):
            found.setdefault(int(number[1]), []).append(name)
    return dict(sorted(found.items()))


def _numbered_columns(header: Iterable[str], domains: Sequence[str]) -> dict[str, str]:
    """Numbered columns with their domains; none where there are more or fewer numbers than domains."""
    found = _numbered(header)
    if list(found) != list(range(1, len(domains) + 1)):
        return {}
    return {name: domain for names, domain in zip(found.values(), domains, strict=True) for name in names}


def _signs(second: bool, said: Collection[str]) -> dict[str, str]:
    """What signs mean: the first tool's in RevMan; of RoB 2 a dash is high beside ``!`` (its own tool), else robvis' concern.

    A dash beside neither ``!`` nor another sign or word for high risk may be both, and is no rating.
    """
    if not second:
        return {"-": "high", "?": "unclear"}
    if "!" in said:
        return {"!": "some concerns", "-": "high"}
    return {"-": "some concerns"} if {"x", "high", "high risk"} & set(said) else {}


def _by_words(header: Iterable[str]) -> dict[str, str]:
    """Columns of RoB 2's domains by their names; none where they are those of the first tool."""
    names = [h for h in header if "sequence" not in h.lower() and "allocation" not in h.lower() and "blinding" not in h.lower()]
    found: dict[str, str] = {}
    for domain, words in _ROB2_DOMAINS:
        name = next((h for h in names if re.search(words, h.lower()) and h not in found), None)
        if name is not None:
            found[name] = domain
    return found if len(found) == len(ROB2.domains) else {}


def judged_columns(header: Sequence[str], study: str = "") -> dict[str, str]:
    """The columns of a table with judgements by RoB 2 or the first Cochrane tool, and the domain of each."""
    if columns := _by_words(header) or _numbered_columns(header, list(ROB2.domains)):
        overall = next((h for h in header if plain(h).startswith("overall")), None)
        return columns | ({overall: ROB2.overall} if overall else {})
    named = {h: found[0] for h in header if h != study and (found := domains_of(plain(h).replace("_", " ")))}
    return _numbered_columns(header, list(ROB1.domains)) or named


def from_table(
    header: Sequence[str], rows: Iterable[tuple[int, Mapping[str, Any]]], file: str, tool: str = ""
) -> dict[str, Judgements]:
    """Judgements of a robvis table by the name of the study. Raises DataFaults for words that are no judgement.

    Five domains are RoB 2, seven the first Cochrane tool or ROBINS-I, by their names or words; of these two no information is no
    judgement. ``tool`` names another tool, whose columns are its domains.
    """
    header, rows = other_tools.pivoted(header, list(rows))
    if not tool.upper().startswith("ROB ") and (other := tool or other_tools.tool_of(header, rows)):
        return other_tools.from_other(header, rows, file, other)
    names = {plain(h): h for h in reversed(header)}
    study = next((names[n] for n in STUDY_NAMES if n in names), None)
    if study is None:
        raise DataFaults([Fault(file, 1, "", ", ".join(header), "a column that names the studies")])
    columns = judged_columns(header, study)
    if not columns:
        wanted = "domains by number (D1 to D5 of RoB 2, D1 to D7 of the first tool) or by name, or the name of the tool (--tool)"
        raise DataFaults([Fault(file, 1, "", ", ".join(header), wanted)])
    return _rated(columns, study, list(rows), file)


def _rated(
    columns: Mapping[str, str], study: str, rows: Sequence[tuple[int, Mapping[str, Any]]], file: str
) -> dict[str, Judgements]:
    """The judgements of each study; where a study or a domain stands twice, the worst holds. Raises DataFaults."""
    second = not set(columns.values()) <= set(ROB1.domains)
    allowed = ("low", "some concerns", "high") if second else ("low", "unclear", "high")
    cells = [(line, cleaned(row.get(study)), h, cleaned(row.get(h)).lower()) for line, row in rows for h in columns]
    said = {words for *_, words in cells}
    signs = _signs(second, said)
    judged: dict[str, dict[str, str]] = {}
    faults = []
    for line, name, header_name, words in cells:
        told_of = judged.setdefault(name, {})
        known = words in signs or words in _RATINGS
        if not known and words != "-" and (is_missing(words) or words in _NOTHING_SAID):
            continue
        rating = signs.get(words) or _RATINGS.get(words, "")
        rating = {"yellow": allowed[1]}.get(words, rating)
        if rating not in allowed:
            wanted = f"one of {', '.join(allowed)}, or no information"
            wanted += " (a dash is some concerns in robvis, high risk in the tool's own sheet)" if words == "-" else ""
            faults.append(Fault(file, line, header_name, words, wanted))
        else:
            column = columns[header_name]
            told_of[column] = _worse(told_of.get(column, ""), rating)
    if faults:
        raise DataFaults(faults)
    order = list(dict.fromkeys(columns.values()))
    return {n: tuple((c, told[c]) for c in order if c in told) for n, told in judged.items() if n}


def joined(rows: Iterable[StudyRow], judged: Mapping[str, Judgements]) -> tuple[list[StudyRow], list[str]]:
    """Study rows with the judgements of their study, and what did not match by name."""
    keys = {plain_name(name): told for name, told in judged.items()}
    made = [replace(r, judgements=keys.get(plain_name(r.study), r.judgements)) for r in rows]
    studies = {plain_name(r.study): r.study for r in made}
    notes = [f"risk of bias: no study is called {name!r}" for name in judged if plain_name(name) not in studies]
    notes += [f"risk of bias: nothing is said of {name!r}" for key, name in studies.items() if key not in keys]
    return made, notes


def plain_name(name: str) -> str:
    """A study's name for comparison: without case, commas, brackets and more than one space."""
    return " ".join(re.sub(r"[(),.]+", " ", name.casefold()).split())
