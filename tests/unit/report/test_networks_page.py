"""The page of networks: every rank of the table, where treatments lead to, and no rank on their own pages."""

from __future__ import annotations

import re
from dataclasses import replace

from conftest import ROOT, read_csv

from evidence_synthesis.report.networks import PAGE, networks_page
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.report.views.networks import NetworksPage

RESULTS = ROOT / "results"


def page_of(site: Site) -> NetworksPage:
    view = dict(site.views())[PAGE]
    assert isinstance(view, NetworksPage)
    return view


def test_ranks_are_those_of_the_table(site: Site) -> None:
    networks = {
        r["network"]: r for r in read_csv(RESULTS / "tables/networks.csv") if (r["level"], r["part"]) == ("treatment", "1")
    }
    table = [r for r in read_csv(RESULTS / "tables/network_ranking.csv") if r["network"] in networks and r["part"] == "1"]
    page = page_of(site)
    assert len(page.networks) == len(networks) > 3
    shown = [(n.anchor, r.label, r.score) for n in page.networks for r in n.ranks]
    assert sorted(shown) == sorted((f"n-{r['network']}", r["label"], f"{float(r['p_score']):.2f}") for r in table)
    for network in page.networks:
        scores = [float(r.score) for r in network.ranks]
        assert scores == sorted(scores, reverse=True)
        row = networks[network.anchor.removeprefix("n-")]
        clear = bool(row["inconsistency_p"]) and float(row["inconsistency_p"]) < 0.05
        assert ("no verdict" in network.inconsistency) == clear
        assert network.size == f"{row['treatments']} treatments, {row['studies']} trials"


def test_treatments_lead_to_their_networks_and_show_no_rank(site: Site) -> None:
    files = {path: render(view) for path, view in site.views() if path == PAGE or path.startswith("treatments/")}
    anchors = set(re.findall(r'id="(n-[^"]+)"', files[PAGE]))
    led = {path: re.findall(rf'href="\.\./{PAGE}#([^"]+)"', text) for path, text in files.items() if path != PAGE}
    assert {place for places in led.values() for place in places} == anchors
    ranked = {r["treatment"] for r in read_csv(RESULTS / "tables/network_ranking.csv") if "__treatment__" in r["network"]}
    assert {p.removeprefix("treatments/").removesuffix(".html") for p, places in led.items() if places} == {
        group for group in ranked if f"treatments/{group}.html" in files
    }
    assert not any("P-score" in text for path, text in files.items() if path != PAGE)


def test_the_lead_counts_what_disagrees(site: Site) -> None:
    clear = sum("no verdict" in n.inconsistency for n in page_of(site).networks)
    assert f"In {clear} of the " in page_of(site).lead
    none = replace(site.shelf, networks={})
    assert networks_page(none, (), "x").lead == "No network of treatments could be made of these trials."
    untested = {name: replace(n, inconsistency_p=None) for name, n in site.shelf.networks.items()}
    assert networks_page(replace(site.shelf, networks=untested), (), "x").lead.endswith("can be tested in none.")
    agreeing = {name: replace(n, inconsistency_p=0.5) for name, n in site.shelf.networks.items()}
    assert "In none of the" in networks_page(replace(site.shelf, networks=agreeing), (), "x").lead
