"""What pages answer before anything else: counts in the opening sentence are those of the tables, each statement stands once."""

from __future__ import annotations

from collections import Counter

import pytest
from conftest import ROOT, read_csv

from evidence_synthesis.report.other_reviews import OtherReviewsPage
from evidence_synthesis.report.site import Site
from evidence_synthesis.report.through_time import ThroughTimePage
from evidence_synthesis.report.views import PageView, TreatmentPage


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
