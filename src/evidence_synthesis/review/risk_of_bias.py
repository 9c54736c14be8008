"""The tools by which reviewers rate risk of bias, their domains, and a trial's ratings in words.

RoB 2 (Sterne 2019, doi:10.1136/bmj.l4898), and the first Cochrane tool (Higgins 2011, doi:10.1136/bmj.d5928), which has
no overall rating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str]

RATINGS = ("low", "some concerns", "unclear", "high", "")
_UNRATED = "not assessed"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: its name in a sentence, and column and label of each domain; ``overall`` is the column of the whole, if any."""

    name: str
    domains: Mapping[str, str]
    overall: str = ""

    def used(self, row: Row) -> bool:
        """Whether somebody rated a domain of a result's trial with it."""
        return any(row[d] for d in self.domains)


ROB2 = Tool(
    "RoB 2",
    {
        "rob2_d1": "Randomisation",
        "rob2_d2": "Deviations",
        "rob2_d3": "Missing data",
        "rob2_d4": "Measurement",
        "rob2_d5": "Reported result",
    },
    "rob2_overall",
)
ROB1 = Tool(
    "the first Cochrane tool",
    {
        "rob1_sequence": "Sequence",
        "rob1_allocation": "Allocation",
        "rob1_blinding_participants": "Blinding of people",
        "rob1_blinding_outcome": "Blinding of outcome",
        "rob1_incomplete": "Incomplete data",
        "rob1_selective": "Selective reporting",
        "rob1_other": "Other bias",
    },
)
TOOLS = (ROB2, ROB1)


def overall(rows: Sequence[Row]) -> str:
    """The overall ratings of a trial in words, or by which tool it is rated domain by domain only."""
    found = dict.fromkeys(row[tool.overall] for row in rows for tool in TOOLS if tool.overall and row[tool.overall])
    used = [tool.name for tool in TOOLS if any(map(tool.used, rows))]
    return "; ".join(found) or (f"domains by {used[0]}" if used else _UNRATED)


def in_words(rows: Iterable[Row]) -> str:
    """The domains of a trial by the first of its rows that is rated: ``RoB 2: low; high; ...``; empty where nobody rated."""
    for row in rows:
        for tool in TOOLS:
            if tool.used(row):
                return f"{tool.name}: " + "; ".join(row[d] or _UNRATED for d in tool.domains)
    return ""


def from_words(words: str) -> list[str]:
    """The ratings back from their words."""
    return [r.replace(_UNRATED, "") for r in words.partition(": ")[2].split("; ")] if words else []
