"""Every formula's source stands on the page of methods, as the code names it."""

from __future__ import annotations

import html
import re

from conftest import ROOT

from evidence_synthesis.report.formulas import doi_of, formulas


def test_a_doi_is_cut_out_of_its_sentence() -> None:
    assert doi_of("10.1002/sim.1186).") == "10.1002/sim.1186"
    assert doi_of("10.1016/S0033-0620(85)80003-7),") == "10.1016/S0033-0620(85)80003-7"
    assert doi_of("10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A).") == (
        "10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A"
    )


def test_the_words_are_whole_sentences_without_dois() -> None:
    found = {f.where: f for f in formulas()}
    assert found["stats.tau2.tau2_reml"].what == "Restricted maximum likelihood (Viechtbauer 2005)."
    assert found["stats.tau2.tau2_interval"].what == "Q-profile interval of tau2 (Viechtbauer 2007); NaN for a single trial."
    for entry in found.values():
        words = entry.what
        assert "doi" not in words
        assert words.count("(") == words.count(")"), words


def test_every_source_named_in_the_code_is_on_the_page() -> None:
    page = html.unescape((ROOT / "results/report/methods.html").read_text(encoding="utf-8"))
    apart = {"cli", "compare", "exports", "front", "importers", "plots", "report"}
    library = ROOT / "src/evidence_synthesis"
    named = set()
    for path in library.rglob("*.py"):
        if path.relative_to(library).parts[0] not in apart:
            named |= {doi_of(d) for d in re.findall(r"doi:(10\.\S+)", path.read_text(encoding="utf-8"))}
    assert len(named) > 50
    missing = {doi for doi in named if f">doi:{doi}<" not in page}
    assert not missing
