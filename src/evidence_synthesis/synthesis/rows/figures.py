"""Rows of the indexes of figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow

NARROW = "_narrow"  # ends the name of a figure's form for a phone
SUMMARIES = "tables/summaries.csv"  # the figures of all treatments together, in the same columns
NUMBERS = "numbers_drawn.csv"  # the numbers in the figures of one folder
TOGETHER = "summaries"  # folder of the figures of all treatments together, which has one file of numbers


@dataclass(frozen=True, slots=True)
class PublishedFigure(TableRow):
    """A figure: where it is (without its ending, from the folder of results), its size on a page, and what it shows in words."""

    FILE: ClassVar[str] = "tables/figures.csv"

    group: str
    outcome: str
    kind: str
    title: str
    trials: int
    file: str
    width: int
    height: int
    alternative_text: str

    @property
    def numbers(self) -> str:
        """The file with the numbers drawn, those of this figure among others, from the folder of results."""
        root, group, _ = self.file.split("/")
        return f"{root}/{NUMBERS}" if root == TOGETHER else f"{root}/{group}/{NUMBERS}"
