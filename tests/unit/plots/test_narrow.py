"""Figures for a phone: the same content as the wide ones, in print that can be read, and nothing beyond the page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import ROOT, outside

from evidence_synthesis.exports.archive import published_summaries
from evidence_synthesis.plots.narrow import NarrowReviews, NarrowStrips
from evidence_synthesis.plots.publish import Pictures
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.synthesis.rows.figures import NARROW

PHONE = 361 / 96  # inches that a page of 390 pixels has between its margins
SMALLEST = 10.0  # pixels of the smallest print on a phone


@pytest.fixture(scope="module")
def pictures(config: dict) -> dict[str, Pictures]:
    return published_summaries(ROOT / "results", config)


FORMS = [("through_time", "statements", NarrowStrips), ("other_reviews", "questions", NarrowReviews)]


@pytest.mark.parametrize(("group", "name", "kind"), FORMS)
def test_a_narrow_figure_has_what_the_wide_one_has(pictures: dict[str, Pictures], group: str, name: str, kind: type) -> None:
    wide, narrow = pictures[group][name], pictures[group][name + NARROW]
    assert isinstance(narrow, kind)
    assert (narrow.title, narrow.size(), narrow.describe()) == (wide.title, wide.size(), wide.describe())
    assert list(narrow.drawn()) == list(wide.drawn())
    ((page, height),) = narrow.lay_out()
    assert outside(page) == []
    assert max(label.y for label in page.texts) < height
    scale = PHONE / page.width
    assert 0.9 < scale < 1.2
    assert min(label.size for label in page.texts) / 72 * 96 * scale >= SMALLEST
    words = " ".join(label.text for label in page.texts)
    rows = list(narrow.drawn())
    assert len(rows) > 50
    labels = {str(row["label"]) for row in rows} | {str(row["section"]) for row in rows if name == "questions"}
    assert all(label in words for label in labels)


@pytest.mark.parametrize(("group", "name", "kind"), FORMS)
def test_marks_stand_below_one_another(pictures: dict[str, Pictures], group: str, name: str, kind: type) -> None:
    """As many marks as in the wide form: none is lost, and none lies beside the page."""
    wide, narrow = (pictures[group][form].lay_out()[0][0] for form in (name, name + NARROW))
    for page in (wide, narrow):
        points = [p for found in page.shapes.values() for polygon in found for p in polygon]
        assert all(0 <= x <= page.width for x, _ in points)
    assert sum(map(len, narrow.shapes.values())) >= sum(map(len, wide.shapes.values())) - 2 * wide.width  # fewer arrow heads


def test_pages_offer_the_narrow_form_to_narrow_screens(site: Site, config: dict) -> None:
    row = next(f for f in site.tables.summaries if (f.group, f.outcome) == ("through_time", "statements"))
    narrow = replace(row, outcome=row.outcome + NARROW, kind="narrowstrips", file=row.file + NARROW, width=336, height=5000)
    summaries = [f for f in site.tables.summaries if not f.outcome.endswith(NARROW)]
    for figures, offered in ((summaries, False), ([*summaries, narrow], True)):
        other = Site(config, site.shelf.taxonomy, replace(site.tables, summaries=figures), site.libraries)
        page = render(dict(other.views())["through_time.html"])
        assert page.count("<img ") == 1
        assert (f'srcset="../{narrow.file}.svg" width="336" height="5000"' in page) == offered
        assert ('<figure class="fits">' in page) == offered
