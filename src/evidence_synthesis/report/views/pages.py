"""What every page receives, and what several kinds of pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

from evidence_synthesis.synthesis.rows.figures import PublishedFigure

Named = tuple[str, str]  # a name with its page, or with another word for it
Figures = Mapping[str, Sequence[PublishedFigure]]  # of all treatments together, by group; those for a phone apart


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """What every page receives: the site's title, and what leads from the page to the report's folder."""

    TEMPLATE: ClassVar[str] = ""

    site: str
    up: str = ""

    def values(self) -> dict[str, object]:
        """The values by the names that the template uses."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source by its reference number: label, identifier, address (empty: none)."""

    ref: str
    label: str
    words: str
    href: str
