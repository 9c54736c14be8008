"""What pages answer before anything else: counts in the opening sentence are those of the tables, each statement stands once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import unescape

import pytest
from conftest import ROOT, read_csv

from evidence_synthesis.report.claims import claims_page
from evidence_synthesis.report.other_reviews import OtherReviewsPage
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.report.through_time import ThroughTimePage
from evidence_synthesis.report.views.pages import PageView
from evidence_synthesis.report.views.statements import ClaimsPage
from evidence_synthesis.report.views.treatment import TreatmentPage
from evidence_synthesis.wording import STATEMENT_RULES, STATEMENT_WORDS


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, PageView]:
    return dict(site.views())


def test_the_page_of_times_opens_with_how_many_statements_have_which_judgement(pages: dict[str, PageView]) -> None:
    page = pages["through_time.html"]
    assert isinstance(page, ThroughTimePage)
    rows = [r for r in read_csv(ROOT / "results/tables/documents_then_and_now.csv") if not r["part"]]
    counts = Counter(r["judgement"] for r in rows if r["published"])
    assert {a.words: len(a.statements) for a in page.answers} == counts
    assert page.lead.startswith(f"{counts.total()} statements stand in documents with a date.")
    assert all(f"{words}: {n}" in page.lead.lower() for words, n in counts.items())
    assert page.lead.endswith(f"{len(rows) - counts.total()} more stand in documents without one.")
    there = {s.anchor for s in page.statements}
    assert all(place in there for a in page.answers for _, place in a.statements)


def test_the_page_of_other_reviews_opens_with_what_they_say(pages: dict[str, PageView]) -> None:
    page = pages["other_reviews.html"]
    assert isinstance(page, OtherReviewsPage)
    rows = [r for r in read_csv(ROOT / "results/tables/beside_reviews.csv") if int(r["estimates"])]
    said = {"bear it out": "supported", "contradict it": "contradicted", "leave it open": "open"}
    expected = Counter()
    for row in rows:
        found = [words for words, column in said.items() if int(row[column])]
        expected[found[0] if len(found) == 1 else "do not agree" if found else "have no threshold to judge it by"] += 1
    assert {a.words: len(a.parts) for a in page.answers} == expected
    assert f"of {len(rows)} parts" in page.lead
    assert all(f"on {n} they {words}" in page.lead for words, n in expected.items())
    beside = [r for r in rows if int(r["same_side"]) + int(r["other_side"])]
    assert f"on {sum(r['other_side'] == '0' for r in beside)} of {len(beside)} parts" in page.lead


def test_the_page_of_statements_opens_with_how_they_fare(pages: dict[str, PageView]) -> None:
    page = pages["claims.html"]
    assert isinstance(page, ClaimsPage)
    rows = read_csv(ROOT / "results/tables/claims.csv")
    parts = Counter(r["verdict"] for r in read_csv(ROOT / "results/tables/claims_detail.csv"))
    found = Counter(r["verdict"] for r in rows)
    assert {v.verdict: v.statements for v in page.counts} == {v: found[v] for v in STATEMENT_WORDS}
    assert {v.verdict: v.parts for v in page.counts if v.parts is not None} == {
        v: parts[v] for v in STATEMENT_WORDS if v != "mixed"
    }
    assert page.lead.startswith(f"Of {len(rows)} statements in {len({r['document'] for r in rows})} documents, ")
    said = {
        "support {} in full": "supported",
        "contradict {}.": "contradicted",
        "towards {},": "leaning",
        "against {}, and": "leaning_against",
        "leave {} open": "open",
        "{} are mixed": "mixed",
        "looked at {}.": "not_looked_at",
    }
    for words, verdict in said.items():
        assert words.format(found[verdict] or "none") in page.lead
    assert f"{sum(bool(r['firmer']) for r in rows)} are put as certain, although" in page.lead
    assert {c.claim for _, some in page.against for c in some} == {
        r["claim"] for r in rows if r["verdict"] in ("contradicted", "overtaken", "leaning_against")
    }
    text = unescape(render(page))
    answer, statements, rules = (text.index(mark) for mark in ('id="answer"', 'id="statements"', 'id="rules"'))
    assert answer < text.index('class="strip"') < statements < text.index('class="claim"') < rules
    assert all(f'<li><a href="#{c.claim}">' in text[answer:statements] for _, some in page.against for c in some)
    assert all(f"{rule[1:]}." in text[rules:] for rule in STATEMENT_RULES.values())


def test_statements_are_folded_by_document_with_how_they_fare(pages: dict[str, PageView]) -> None:
    page = pages["claims.html"]
    assert isinstance(page, ClaimsPage)
    rows = read_csv(ROOT / "results/tables/claims.csv")
    assert list(page.documents) == list(dict.fromkeys(r["document"] for r in rows))
    text = unescape(render(page))
    folds = text.split('<details class="fold document">')[1:]
    for (document, fare), fold in zip(page.documents.items(), folds, strict=True):
        own = [r for r in rows if r["document"] == document]
        assert fare.startswith(f"{len(own)} statement")
        assert sum(int(n) for n in re.findall(r"(\d+) [a-z]", fare.partition(": ")[2])) == len(own)
        assert all(f'id="{r["claim"]}"' in fold for r in own)


def test_parts_of_statements_tell_how_far_reviews_share_trials(site: Site) -> None:
    told = next(row for row in site.tables.beside if row.reviews > 1)
    lone = next(row for row in site.tables.beside if row.reviews == 1)
    tables = replace(
        site.tables, beside=[replace(told, overlap="at least 2 trials in both"), replace(lone, overlap="one review")]
    )
    page = claims_page(tables, set(), {}, site.figures, site.shelf.settings, "S")
    beside = {c.row.claim: [p.beside for p in c.parts] for c in page.claims}
    assert any(words.endswith("at least 2 trials in both") for words in beside[told.claim])
    assert not any("one review" in words for words in beside[lone.claim])


def test_statements_that_something_is_not_shown_and_none_at_all_are_told(site: Site) -> None:
    claims = [replace(site.tables.claims[0], verdict="overtaken", firmer="")]
    page = claims_page(replace(site.tables, claims=claims), set(), {}, site.figures, site.shelf.settings, "S")
    assert page.lead.startswith("Of 1 statement in 1 document, the trials support none in full and contradict none. ")
    assert page.lead.endswith("1 says that something is unproven, and it has since been shown.")
    assert [words for words, _ in page.against] == [STATEMENT_WORDS["overtaken"]]
    empty = claims_page(replace(site.tables, claims=[]), set(), {}, site.figures, site.shelf.settings, "S")
    assert empty.lead == "No statement of a document is put to a test."
    assert 'class="strip"' not in render(empty)


def test_a_part_that_is_no_analysis_has_the_unit_of_the_results_behind_it(site: Site) -> None:
    tables, settings = site.tables, site.shelf.settings
    part = next(p for p in tables.detail if p.measure == "MD" and p.estimate is not None and p.rows and not p.analysis_id)
    claims = [c for c in tables.claims if c.claim == part.claim]
    in_mmhg = [replace(o, unit="mmHg", thresholds={**o.thresholds, "MD": 5.0}) for o in settings.outcomes]

    def shown(outcomes: list) -> str:
        own = replace(settings, outcomes=tuple(outcomes))
        page = claims_page(replace(tables, claims=claims, detail=[part]), set(), {}, site.figures, own, "S")
        return page.claims[0].parts[0].shown

    assert shown(list(settings.outcomes)).endswith(")")
    assert shown(in_mmhg).endswith(") mmHg")


def test_a_page_of_a_treatment_shows_each_result_once_and_opens_with_one_comparison(pages: dict[str, PageView]) -> None:
    shown = [page for page in pages.values() if isinstance(page, TreatmentPage)]
    assert len(shown) > 50
    for page in shown:
        rows = [*page.firmness, *(row for fold in page.folded for row in fold.rows)]
        assert len({row.anchor for row in rows}) == len(rows)
        assert len({(row.comparator, row.population) for row in page.firmness}) <= 1
        assert sum(table.first for table in page.sof) <= 1
        assert bool(page.card) == bool(page.firmness), page.group
        for fold in page.folded:
            assert len({(row.outcome, row.population) for row in fold.rows}) == 1
