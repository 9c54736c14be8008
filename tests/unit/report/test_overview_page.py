"""The first page: its answer, and the table of what families do: every cell is a rated result, and none is left out."""

from __future__ import annotations

import re

from conftest import DATA, ROOT, read_csv

from evidence_synthesis import wording
from evidence_synthesis.exports.archive import published_summaries
from evidence_synthesis.report.glance import in_sentence, over_time, sureness
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.report.views.glance import ResultCell
from evidence_synthesis.report.views.overview import OverviewPage
from evidence_synthesis.review.taxonomy import Taxonomy


def first_page(site: Site) -> OverviewPage:
    page = dict(site.views())["index.html"]
    assert isinstance(page, OverviewPage)
    return page


def test_the_table_shows_the_published_results(site: Site) -> None:
    glance = first_page(site).glance
    cells = [cell for section in glance.sections for line in section for cell in line.cells if cell]
    pooled = {r.analysis_id: r for r in site.tables.pooled if r.measure == "MD"}
    judged = {r.analysis_id: r for r in site.tables.certainty if r.measure == "MD"}
    shown = set()
    for cell in cells:
        analysis = cell.href.partition("#a-")[2]
        row, judgement = pooled[analysis], judged[analysis]
        shown.add(analysis)
        assert cell.href.startswith(f"treatments/{row.group}.html#")
        assert cell.verdict == judgement.verdict
        assert cell.words == wording.finding(judgement.verdict, judgement.certainty)
        assert (cell.trials, cell.certainty) == (wording.count(row.trials, "trial"), judgement.certainty)
        if row.trials != 2:
            assert cell.effect == wording.fit_to_print("MD", *row.effect) + " points"
    taxonomy = Taxonomy(read_csv(DATA / "treatments.csv"))
    groups = {g for kind in ("passive", "active", "combined") for g in (f"class-{kind}", *taxonomy.families(kind))}
    expected = {
        f"{group}__inactive__{outcome}__{term}__low_back"
        for group in groups
        for outcome in ("pain", "function")
        for term in ("short", "long")
    }
    assert shown == expected & set(judged)
    assert len(cells) > 30


def test_the_answer_is_one_sentence_made_of_the_findings(site: Site) -> None:
    """Each leading comparison with what its pain results are said to show, and the certainties from end to end."""
    page = first_page(site)
    assert page.lead.count(".") == 1
    assert page.lead.startswith("On pain, passive treatment against no or usual care ")
    judged = {r.key: r for r in site.tables.certainty}
    for line in site.tables.central:
        leads = next(e.get("leads") for e in site.shelf.settings.central["comparisons"] if e["says"] == line.comparison)
        if leads and line.outcome == "pain":
            found = judged[line.analysis_id, line.measure]
            said = wording.finding_said(found.verdict, found.certainty)
            assert said.removesuffix(wording.UNCERTAIN) in page.lead
            assert (wording.UNCERTAIN in page.lead) >= said.endswith(wording.UNCERTAIN)
    opening = [(line.comparison, line.term) for line in site.tables.central if line.outcome == "pain"]
    assert [(says, len(cells)) for says, cells in page.answers] == [
        (e["says"], sum(says == e["says"] and term != "change" for says, term in opening))
        for e in site.shelf.settings.central["comparisons"]
        if e.get("leads")
    ]
    assert all(cell.words in wording.FINDINGS[cell.verdict] for _, cells in page.answers for cell in cells if cell)
    assert page.sure in page.lead
    cells: list[ResultCell] = [c for _, _, cells in page.central for c in cells if c]
    assert len(cells) == sum(bool(line.analysis_id) for line in site.tables.central)


def test_the_print_of_the_first_picture_can_be_read(site: Site, config: dict) -> None:
    """At 1440 pixels no letter of it is below 12 pixels, and the fuller picture is a click away."""
    text = render(first_page(site))
    (shown,) = re.findall(r'<div class="wide message"><figure>\s*<a href="../([^"]*)\.svg">', text.replace("\n", ""))
    assert 'href="../summaries/central/central.svg">The picture with the change within trials</a>' in text
    group, _, name = shown.removeprefix("summaries/").partition("/")
    ((page, _),) = published_summaries(ROOT / "results", config)[group][name].lay_out()
    style = (ROOT / "src/evidence_synthesis/templates/site/style.css").read_text(encoding="utf-8")
    widest = 16 * float(re.search(r"\.message img \{ width: (\d+)rem", style)[1])  # type: ignore[index]
    assert widest <= 1440 - 2 * 20
    assert min(label.size for label in page.texts) / 72 / page.width * widest >= 12
    assert len({label.text for label in page.texts}) > 40


def test_terms_that_say_the_same_are_told_together() -> None:
    said = [("may help", "in the short term"), ("unclear", "in the middle"), ("may help", "in the long term")]
    assert over_time(said) == "may help in the short term and in the long term; unclear in the middle"
    three = [("unclear", when) for when in ("at first", "later", "last")]
    assert over_time(three) == "unclear at first, later and last"
    doubted = [("may help, very uncertain", "at first"), ("may help", "later"), ("unclear", "last")]
    assert over_time(doubted) == "may help at first, very uncertain; may help later; unclear last"
    assert in_sentence(doubted) == "may help at first, very uncertain, but may help later; unclear last"
    assert in_sentence(doubted[:2]) == "may help at first, very uncertain, and may help later"
    assert in_sentence(three) == "unclear at first, later and last"
    assert sureness(["low", "very low", "moderate"]) == "very low to moderate certainty"
    assert (sureness(["low", "low"]), sureness([])) == ("low certainty", "")


def test_a_class_has_its_families_and_lone_treatments() -> None:
    rows = [
        {"treatment_id": t, "label": t, "class": c, "family": f, "components": ""}
        for t, c, f in (("a", "passive", "one"), ("b", "passive", "one"), ("c", "passive", "two"), ("d", "active", "three"))
    ]
    taxonomy = Taxonomy(rows)
    assert taxonomy.families("passive") == ["family-one", "c"]
    assert taxonomy.families("active") == ["d"]
