"""Judgements of risk of bias: which of them hold for a result, and what they amount to by the review's settings.

Whoever judged printed a tool's own words. Words of different tools are no one scale: how they become low, some concerns or
high stands in the settings, tool by tool with the reason, and what no mapping names stays unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from evidence_synthesis.review.package import Fault, Row, nearest
from evidence_synthesis.review.risk_of_bias import ROB2, TOOLS
from evidence_synthesis.storage.files import Cells

LEVELS = ("low", "some concerns", "high")  # best first
_BY_NAME = {tool.tool: tool for tool in TOOLS}
_SCORE = re.compile(r"\d+(\.\d+)?")
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Mapped:
    """How the judgements of one tool become a level of risk of bias.

    The judgement is that on one of ``domains``, the first that is judged, or with ``worst_of`` the worst of these domains
    once all are judged (one that is high is enough). ``words`` are levels by printed word, ``scores`` the least score of each.
    """

    domains: tuple[str, ...]
    worst_of: tuple[str, ...]
    words: Mapping[str, str]
    scores: Mapping[str, float]

    def level(self, judgement: str) -> str:
        """The level of a printed judgement; empty where the mapping does not name it."""
        word, score = judgement.strip().casefold(), _SCORE.match(judgement.strip())
        if word in self.words or not score:
            return self.words.get(word, "")
        reached = [level for level in LEVELS if level in self.scores and float(score[0]) >= self.scores[level]]
        return reached[0] if reached else ""


# What holds without a setting: RoB 2 already speaks of low, some concerns and high.
DEFAULT: Mapping[str, Any] = {ROB2.tool: {"domains": ["overall"], "words": {level: [level] for level in LEVELS}}}


def load_tools(section: Mapping[str, Any] | None, otherwise: bool = False) -> dict[str, Mapped]:
    """The mappings of a config's section risk_of_bias, in the order in which tools are preferred; without one, RoB 2 as it is.

    With ``otherwise`` the tools that the section also maps in another way are mapped in that way.
    """
    tools = dict(section["tools"]) if section else dict(DEFAULT)
    tools |= section.get("otherwise", {}) if section and otherwise else {}
    return {
        tool: Mapped(
            tuple(entry.get("domains", ())),
            tuple(entry.get("worst_of", ())),
            {word.casefold(): level for level, words in entry.get("words", {}).items() for word in words},
            {level: float(least) for level, least in entry.get("scores", {}).items()},
        )
        for tool, entry in tools.items()
    }


Judgements = Mapping[str, Sequence[Cells]]  # by trial
Held = dict[tuple[str, str], list[str]]  # printed judgements by tool and domain


def by_trial(judgements: Iterable[Cells]) -> dict[str, list[Cells]]:
    """The judgements of each trial, in file order."""
    found: dict[str, list[Cells]] = defaultdict(list)
    for cells in judgements:
        found[cells["trial_id"]].append(cells)
    return found


def _reach(judgement: Cells, result: Cells) -> int:
    """How closely a judgement is about a result: 3 it alone, 2 its outcome, 1 its trial; 0 not at all."""
    if judgement["row_id"]:
        return 3 if judgement["row_id"] == result["row_id"] else 0
    if judgement["outcome"]:
        return 2 if judgement["outcome"] == result["outcome"] else 0
    return 1


def held(result: Cells, judgements: Judgements) -> Held:
    """The judgements that hold for a result: on each domain those that are most closely about it."""
    found: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for judgement in judgements.get(result["trial_id"], ()):
        reach, key = _reach(judgement, result), (judgement["tool"], judgement["domain"])
        before = found.get(key, (1, []))
        if reach > before[0]:
            found[key] = (reach, [judgement["judgement"]])
        elif reach and reach == before[0]:
            found[key] = (reach, [*before[1], judgement["judgement"]])
    return {key: words for key, (_, words) in found.items()}


def domain_cells(holding: Held) -> Iterator[tuple[str, str]]:
    """Column and judgement of each domain that the checked copy shows; of judges who disagree the worst."""
    for tool in TOOLS:
        for column, domain in tool.words.items():
            if words := [w for w in holding.get((tool.tool, domain), ()) if w in tool.judgements]:
                yield column, max(words, key=tool.judgements.index)


def _worst(levels: Iterable[str]) -> str:
    return max(levels, key=LEVELS.index)


def _judged(mapped: Mapped, tool: str, domain: str, holding: Held) -> str:
    levels = [level for word in holding.get((tool, domain), ()) if (level := mapped.level(word))]
    return _worst(levels) if levels else ""


def rating(holding: Held, tools: Mapping[str, Mapped]) -> tuple[str, str]:
    """The level of risk of bias of a result and the tool that it rests on; both empty where it is unknown.

    The first of the ``tools`` counts that gives a level; where judges of one domain disagree, the worst.
    """
    for tool, mapped in tools.items():
        single = next((level for d in mapped.domains if (level := _judged(mapped, tool, d, holding))), "")
        parts = [_judged(mapped, tool, domain, holding) for domain in mapped.worst_of]
        if not single and parts and ("high" in parts or all(parts)):
            single = _worst(filter(None, parts))
        if single:
            return single, tool
    return "", ""


def judgement_faults(rows: Iterable[Row], results: Iterable[Row], trials: Set[str], whole: bool) -> Iterator[Fault]:
    """Faults of the judgements: about no result of their trial, of a tool, domain or word that is mistyped, or doubled.

    ``trials`` are the ids of all trials (one that is unknown is told elsewhere); ``whole``: every result could be read.
    """
    results = list(results)
    trial_of = {row.cells["row_id"]: row.cells["trial_id"] for row in results}
    outcomes = {(row.cells["trial_id"], row.cells["outcome"]) for row in results}
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        cells = row.cells
        key = tuple(cells.get(c, "") for c in ("trial_id", "row_id", "outcome", "tool", "domain", "source_id", "url"))
        if (line := seen.setdefault(key, row.line)) != row.line:
            yield row.fault("domain", f"one judgement of a domain by the same judge (also in row {line})")
        yield from _word_faults(row)
        if not whole or cells["trial_id"] not in trials:
            continue
        if cells["row_id"] and trial_of.get(cells["row_id"]) != cells["trial_id"]:
            words = f"the row_id of a result of {cells['trial_id']}{nearest(cells['row_id'], trial_of)}"
            yield row.fault("row_id", words)
        elif cells["outcome"] and (cells["trial_id"], cells["outcome"]) not in outcomes:
            known = [outcome for trial, outcome in outcomes if trial == cells["trial_id"]]
            yield row.fault("outcome", f"an outcome that {cells['trial_id']} has results on: {', '.join(sorted(known))}")


def _word_faults(row: Row) -> Iterator[Fault]:
    """Faults of the words of a judgement. Tools without columns in the checked copy may have domains of any name."""
    name, domain = row.cells["tool"], row.cells["domain"]
    tool = _BY_NAME.get(name)
    if tool is None:
        if perhaps := nearest(name, _BY_NAME, _ALIKE):
            yield row.fault("tool", "the tool's name as others have it" + perhaps)
    elif domain not in tool.words.values():
        perhaps = nearest(domain, tool.words.values(), _ALIKE)
        if perhaps or tool is ROB2:
            yield row.fault("domain", f"one of: {', '.join(tool.words.values())}{perhaps}")
    elif row.cells["judgement"] not in tool.judgements:
        words = ", ".join(tool.judgements) + nearest(row.cells["judgement"], tool.judgements)
        yield row.fault("judgement", f"one of: {words}")
