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
_NO_VERDICT = "; ranks are no verdict there"


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


def _disagrees(network: NetworkSummary) -> bool:
    """Whether direct and indirect comparisons of a network clearly disagree."""
    return network.inconsistency_p is not None and network.inconsistency_p < _CLEAR


def _view(network: NetworkSummary, shelf: Shelf, with_page: Container[str]) -> NetworkView:
    p = network.inconsistency_p
    rows = [r for ranked in shelf.ranking.values() for r in ranked if r.network == network.network and r.part == 1]
    rows.sort(key=lambda r: (-r.p_score, r.label))
    return NetworkView(
        anchor=_anchor(network),
        title=_asked(network, shelf),
        size=f"{network.treatments} treatments, {wording.count(network.studies, 'trial')}",
        inconsistency="cannot be tested" if p is None else f"p {wording.p_value(p)}{_NO_VERDICT if _disagrees(network) else ''}",
        ranks=[RankView(r.label, page_of(r.treatment) if r.treatment in with_page else "", f"{r.p_score:.2f}") for r in rows],
    )


def _lead(networks: Sequence[NetworkSummary]) -> str:
    """What the networks amount to, in a sentence or two."""
    if not networks:
        return "No network of treatments could be made of these trials."
    tested = [n for n in networks if n.inconsistency_p is not None]
    clear = len([n for n in networks if _disagrees(n)])
    told = f"{wording.count(len(networks), 'network')} of treatments. "
    if not tested:
        return told + "Whether direct and indirect comparisons agree can be tested in none."
    of = f"In {clear or 'none'} of the {len(tested)} that can be tested"
    return told + f"{of}, direct and indirect comparisons clearly disagree (p below {_CLEAR:g}){_NO_VERDICT if clear else ''}."


def networks_page(shelf: Shelf, with_page: Container[str], site: str) -> NetworksPage:
    """The page; ``with_page`` are the groups that have one, ``site`` is the title of the report."""
    networks = [n for n in shelf.networks.values() if n.level == _LEVEL]
    return NetworksPage(site=site, lead=_lead(networks), networks=[_view(n, shelf, with_page) for n in networks])
