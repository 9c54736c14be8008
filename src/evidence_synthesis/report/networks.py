"""The page of network meta-analyses: every treatment among all others.

A trial of any two treatments moves the ranks of all, so ranks stand on a page of their own, and not on each treatment's.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from evidence_synthesis import wording
from evidence_synthesis.report.links import anchor, page_of
from evidence_synthesis.report.shelf import Shelf
from evidence_synthesis.report.views.networks import NetworksPage, NetworkView, RankView
from evidence_synthesis.report.views.pages import Named
from evidence_synthesis.synthesis.rows.networks import NetworkSummary

PAGE = "networks.html"
_LEVEL = "treatment"  # families and classes are in the tables
_CLEAR = 0.05  # p of inconsistency below which ranks are said to be no verdict


def _asked(network: NetworkSummary, shelf: Shelf) -> str:
    """What a network asks, in words."""
    words = "{outcome}, {term}, {population}".format(**wording.asked(network, shelf.settings))
    return words[:1].upper() + words[1:]


def _anchor(network: NetworkSummary) -> str:
    return f"n-{anchor(network.network)}"


def networks_of(group: str, shelf: Shelf) -> list[Named]:
    """The networks that rank a group, in words, and their places from the report's folder."""
    ranked = {row.network for row in shelf.ranking.get(group, ()) if row.part == 1}
    found = (n for n in shelf.networks.values() if n.network in ranked and n.level == _LEVEL)
    return [(_asked(network, shelf), f"{PAGE}#{_anchor(network)}") for network in found]


def _view(network: NetworkSummary, shelf: Shelf, with_page: Container[str]) -> NetworkView:
    p = network.inconsistency_p
    rows = [r for ranked in shelf.ranking.values() for r in ranked if r.network == network.network and r.part == 1]
    rows.sort(key=lambda r: (-r.p_score, r.label))
    return NetworkView(
        anchor=_anchor(network),
        title=_asked(network, shelf),
        size=f"{network.treatments} treatments, {wording.count(network.studies, 'trial')}",
        inconsistency="cannot be tested" if p is None else f"p {wording.p_value(p)}",
        ranks=[RankView(r.label, page_of(r.treatment) if r.treatment in with_page else "", f"{r.p_score:.2f}") for r in rows],
    )


def _lead(networks: Sequence[NetworkSummary]) -> str:
    """What the networks amount to, in a sentence or two."""
    tested = [n.inconsistency_p for n in networks if n.inconsistency_p is not None]
    clear = sum(p < _CLEAR for p in tested)
    if not networks:
        return "No network of treatments could be made of these trials."
    told = f"{wording.count(len(networks), 'network')} of treatments. Where direct and indirect comparisons clearly disagree "
    told += f"(p below {_CLEAR:g}), ranks are no verdict: "
    return told + (f"{clear} of the {len(tested)} that can be tested." if tested else "none can be tested.")


def networks_page(shelf: Shelf, with_page: Container[str], site: str) -> NetworksPage:
    """The page; ``with_page`` are the groups that have one, ``site`` is the title of the report."""
    networks = [n for n in shelf.networks.values() if n.level == _LEVEL]
    return NetworksPage(site=site, lead=_lead(networks), networks=[_view(n, shelf, with_page) for n in networks])
