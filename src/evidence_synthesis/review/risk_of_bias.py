"""The tools by which reviewers rate risk of bias, their domains, and a trial's ratings in words.

RoB 2 (Sterne 2019, doi:10.1136/bmj.l4898), and the first Cochrane tool (Higgins 2011, doi:10.1136/bmj.d5928), which has
no overall rating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis.storage.files import Cells

RATINGS = ("low", "some concerns", "unclear", "high", "")
UNRATED = "not assessed"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool whose domains have columns in the checked copy.

    ``tool`` is its name in risk_of_bias.csv, ``name`` that in a sentence; ``domains`` are column and label of each domain,
    ``overall`` is the column of the whole, if any. ``words`` are the domains' own names by column, as they stand in
    risk_of_bias.csv, ``judgements`` what may be judged, best first.
    """

    tool: str
    name: str
    domains: Mapping[str, str]
    words: Mapping[str, str]
    judgements: tuple[str, ...]
    overall: str = ""

    def used(self, row: Cells) -> bool:
        """Whether somebody rated a domain of a result's trial with it."""
        return any(row[d] for d in self.domains)


ROB2 = Tool(
    "RoB 2",
    "RoB 2",
    {
        "rob2_d1": "Randomisation",
        "rob2_d2": "Deviations",
        "rob2_d3": "Missing data",
        "rob2_d4": "Measurement",
        "rob2_d5": "Reported result",
    },
    {
        "rob2_d1": "randomisation process",
        "rob2_d2": "deviations from the intended interventions",
        "rob2_d3": "missing outcome data",
        "rob2_d4": "measurement of the outcome",
        "rob2_d5": "selection of the reported result",
        "rob2_overall": "overall",
    },
    ("low", "some concerns", "high"),
    "rob2_overall",
)
ROB1 = Tool(
    "RoB 1",
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
    {
        "rob1_sequence": "random sequence generation",
        "rob1_allocation": "allocation concealment",
        "rob1_blinding_participants": "blinding of participants and personnel",
        "rob1_blinding_outcome": "blinding of outcome assessment",
        "rob1_incomplete": "incomplete outcome data",
        "rob1_selective": "selective reporting",
        "rob1_other": "other bias",
    },
    ("low", "unclear", "high"),
)
TOOLS = (ROB2, ROB1)


JUDGED = tuple(column for tool in TOOLS for column in tool.words)  # of the checked copy


def overall(rows: Sequence[Cells]) -> str:
    """The ratings of a trial in words, with the tool where it is not RoB 2, or by which tool domains alone are rated."""
    found = dict.fromkeys(
        row["risk_of_bias"] + (f" ({tool})" if (tool := row["risk_of_bias_tool"]) != ROB2.tool else "")
        for row in rows
        if row["risk_of_bias"]
    )
    used = [tool.name for tool in TOOLS if any(map(tool.used, rows))]
    return "; ".join(found) or (f"domains by {used[0]}" if used else UNRATED)


def in_words(rows: Iterable[Cells]) -> str:
    """The domains of a trial by the first of its rows that is rated: ``RoB 2: low; high; ...``; empty where nobody rated."""
    for row in rows:
        for tool in TOOLS:
            if tool.used(row):
                return f"{tool.name}: " + "; ".join(row[d] or UNRATED for d in tool.domains)
    return ""


def from_words(words: str) -> list[str]:
    """The ratings back from their words."""
    return [r.replace(UNRATED, "") for r in words.partition(": ")[2].split("; ")] if words else []
