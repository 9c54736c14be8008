"""What the template of the page of network meta-analyses receives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evidence_synthesis.report.views.pages import PageView


@dataclass(frozen=True, slots=True)
class RankView:
    """A treatment's place in a network, with its page (empty: it has none)."""

    label: str
    page: str
    score: str


@dataclass(frozen=True, slots=True)
class NetworkView:
    """A network: what it asks, how large it is, p of its inconsistency, and its treatments from the first rank on."""

    anchor: str
    title: str
    size: str
    inconsistency: str
    ranks: Sequence[RankView]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworksPage(PageView):
    """Every network of treatments with its ranks."""

    TEMPLATE: ClassVar[str] = "site/networks.html.j2"

    lead: str
    networks: Sequence[NetworkView]
