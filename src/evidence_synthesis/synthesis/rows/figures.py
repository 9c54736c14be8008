"""Rows of the indexes of figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.storage.table_row import TableRow

NARROW = "_narrow"  # ends the name of a figure's form for a phone
SUMMARIES = "tables/summaries.csv"  # the figures of all treatments together, in the same columns


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
