"""The report in a real browser: every page, its links, search, filters, tables, the interactive forest, print, accessibility."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import docx
import openpyxl
import pytest
from conftest import ROOT, read_csv
from html_pages import broken_links

from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.stats.tau2 import ESTIMATORS
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial
from evidence_synthesis.synthesis.trials_in_analyses import trials_of

REPORT = ROOT / "results/report"
PAGES = sorted(p.relative_to(REPORT).as_posix() for p in REPORT.rglob("*.html"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SAMPLE = ["index.html", "claims.html", "published.html", "audit.html", "methods.html", "glossary.html", "downloads.html"]
SAMPLE += ["through_time.html", "other_reviews.html", "networks.html"]
SAMPLE += ["treatments/family-massage.html", "treatments/yoga.html", "treatments/class-active.html", "trials/uk-beam-2004.html"]

NAMES = (("estimate", "estimate"), ("low", "ci_low"), ("high", "ci_high"), ("tau2", "tau2"))  # in the page, and in tables
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser):
    context = browser.new_context()
    tab = context.new_page()
    tab.faults = []
    tab.on("console", lambda m: tab.faults.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda e: tab.faults.append(str(e)))
    # a picture still loading when the test moves on is aborted, not missing
    tab.on("requestfailed", lambda r: tab.faults.append(r.url) if r.failure != "net::ERR_ABORTED" else None)
    yield tab
    context.close()


def address(name: str) -> str:
    path, _, place = name.partition("#")
    return (REPORT / path).as_uri() + (f"#{place}" if place else "")


@needs_browser
def test_every_page_loads_without_errors_and_from_disk_only(page) -> None:
    asked = []
    page.on("request", lambda r: asked.append(r.url))
    for name in PAGES:
        page.goto(address(name))
        assert page.title().endswith("| Treatments for back pain, passive and active"), name
        assert page.locator("h1").count() == 1, name
    assert page.faults == []
    assert {urlparse(u).scheme for u in asked} == {"file"}


def test_every_link_resolves() -> None:
    missing = [target for _, target in broken_links(REPORT)]
    assert all(
        re.match(r"(\.\./)+downloads/(archives|tables|figures|summaries|all_comparisons|sof)/", target) for target in missing
    )  # made on request


def test_the_report_is_small() -> None:
    assert sum(p.stat().st_size for p in REPORT.rglob("*") if p.is_file()) <= 25_000_000
    first = sum((REPORT / name).stat().st_size for name in ("index.html", "style.css", "report.js", "take.js", "search.js"))
    assert first <= 300_000


def test_every_figure_is_told_in_words_to_the_end() -> None:
    pages = {p.stem: html.unescape(p.read_text(encoding="utf-8")) for p in (REPORT / "treatments").glob("*.html")}
    rows = read_csv(ROOT / "results/tables/figures.csv")
    assert max(len(row["alternative_text"]) for row in rows) > 400
    for row in rows:
        assert f"<p>{row['alternative_text']}</p></details>" in pages[row["group"]], row["file"]
    short = [alt for text in pages.values() for alt in re.findall(r'<img [^>]*alt="([^"]*)"', text)]
    assert len(short) >= len(rows)
    assert all(alt.endswith("in words below)") and len(alt) < 150 for alt in short)


@needs_browser
def test_what_a_deep_link_leads_to_stays_in_place_while_pictures_load(page) -> None:
    target = "a-family-exercise__active__pain__short__low_back"
    page.goto(address("treatments/family-exercise.html"))
    place = f"document.getElementById('{target}').getBoundingClientRect().top + window.scrollY"
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    before = page.evaluate(place)
    page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager' })")
    page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert abs(page.evaluate(place) - before) < 2
    shapes = page.evaluate("[...document.images].map(i => [i.naturalWidth / i.naturalHeight, i.clientWidth / i.clientHeight])")
    assert all(abs(natural / shown - 1) < 0.02 for natural, shown in shapes)


@needs_browser
def test_search_finds_treatments_trials_and_statements(page) -> None:
    page.goto(address("treatments/yoga.html"))
    for words, part in (
        ("thai massage", "massage_thai.html"),
        ("cherkin 2011", "trials/cherkin-2011.html"),
        ("reflexology seems not", "claims.html#"),
    ):
        page.fill("#q", words)
        hrefs = page.locator("#found a").evaluate_all("links => links.map(a => a.href)")
        assert any(part in h for h in hrefs), (words, hrefs)
    page.locator("#found a").first.click()
    assert "claims.html#" in page.url
    assert page.faults == []


@needs_browser
def test_tables_sort_and_filter(page) -> None:
    page.goto(address("audit.html"))
    rows = page.locator("#audit-table tbody tr")
    everything = rows.count()
    page.fill("#f-audit-table", "tavares scale")
    shown = page.locator("#audit-table tbody tr:visible")
    assert 0 < shown.count() < everything
    assert f"{shown.count()} of {everything}" in page.locator("[data-count=audit-table]").inner_text()
    page.fill("#f-audit-table", "")
    page.goto(address("index.html#treatments"))
    page.get_by_role("button", name="Trials", exact=True).click()
    numbers = [int(t) for t in page.locator("#treatments-table tbody td:nth-child(2)").all_inner_texts()]
    assert numbers == sorted(numbers)
    page.get_by_role("button", name="Trials", exact=True).click()
    numbers = [int(t) for t in page.locator("#treatments-table tbody td:nth-child(2)").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)


@needs_browser
def test_tables_are_copied_and_saved_as_they_are_shown(page) -> None:
    page.goto(address("audit.html"))
    page.fill("#f-audit-table", "tavares scale")
    shown = page.locator("#audit-table tbody tr:visible")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as CSV: Findings").click()
    assert waiting.value.suggested_filename == "data_audit_findings.csv"
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header == page.locator("#audit-table thead th").all_inner_texts()
    assert len(rows) == shown.count() > 0
    assert [r[0] for r in rows] == page.locator("#audit-table tbody tr:visible > :first-child").all_inner_texts()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save for Excel: Findings").click()
    assert waiting.value.suggested_filename == "data_audit_findings.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).active
    assert [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()] == [header, *rows]

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save for Word: Findings").click()
    assert waiting.value.suggested_filename == "data_audit_findings.docx"
    document = docx.Document(waiting.value.path())
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [header, *rows]
    everything = page.locator("#audit-table tbody tr").count()
    assert document.paragraphs[0].style.name == "Heading 1"
    assert document.paragraphs[-1].text == f"{len(rows)} of {everything} rows, as they were filtered on the page."

    page.get_by_role("button", name="Copy for Word or a spreadsheet: Findings").click()
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<div id=paper contenteditable>x</div>')")
    page.locator("#paper").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#paper table[border]").count() == 1
    assert page.locator("#paper tbody tr").count() == len(rows)
    assert page.locator("#paper a, #paper button").count() == 0
    page.goto(address("treatments/yoga.html"))
    assert page.locator(".tools").count() == page.locator(".scroll > table:not(.claim table)").count()
    assert page.faults == []


@needs_browser
def test_numbers_are_numbers_in_excel_with_the_decimals_that_are_shown(page) -> None:
    page.goto(address("treatments/yoga.html"))
    cells = ["12", "-3.50", "\u22120.25", "007", "1.2345678", "2 (1 to 3)", "=1+1", "a < b & c"]
    page.evaluate(
        "cells => { const row = document.querySelector('#firm tbody').insertRow(0); "
        "cells.forEach(text => { row.insertCell().textContent = text }) }",
        cells,
    )
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save for Excel: How firm each result is").click()
    row = list(openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).active.iter_rows())[1]
    assert [cell.value for cell in row[: len(cells)]] == [12, -3.5, -0.25, "007", "1.2345678", "2 (1 to 3)", "=1+1", "a < b & c"]
    assert [cell.number_format for cell in row[:3]] == ["0", "0.00", "0.00"]
    assert all(cell.data_type == "s" for cell in row[3 : len(cells)])


@needs_browser
def test_cells_that_span_others_do_so_in_excel_and_word(page) -> None:
    page.goto(address("treatments/yoga.html"))
    page.evaluate(
        "document.querySelector('#firm').innerHTML = '<thead><tr><th rowspan=2>Outcome</th><th colspan=2>Short</th></tr>"
        "<tr><th>MD</th><th>Trials</th></tr></thead><tbody><tr><th>Pain</th><td>−1.5</td><td>4</td></tr>"
        "<tr><th>Function</th><td colspan=2>no trial</td></tr></tbody>'"
    )
    saved = {}
    for kind in ("Excel", "Word"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Save for {kind}: How firm each result is").click()
        saved[kind] = io.BytesIO(Path(waiting.value.path()).read_bytes())
    sheet = openpyxl.load_workbook(saved["Excel"]).active
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:A2", "B1:C1", "B4:C4"}
    assert sheet.freeze_panes == "A3"
    assert [cell.value for cell in sheet[3]] == ["Pain", -1.5, 4]
    rows = docx.Document(saved["Word"]).tables[0].rows
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["Outcome", "Short", "Short"],
        ["Outcome", "MD", "Trials"],
        ["Pain", "−1.5", "4"],
        ["Function", "no trial", "no trial"],
    ]
    assert [bool(row._tr.xpath("w:trPr/w:tblHeader")) for row in rows] == [True, True, False, False]


@needs_browser
def test_claims_are_chosen_by_document_and_verdict(page) -> None:
    claims = read_csv(ROOT / "results/tables/claims.csv")
    page.goto(address("claims.html"))
    page.select_option("#f-verdict", "mixed")
    expected = sum(c["verdict"] == "mixed" for c in claims)
    assert page.locator(".claim:visible").count() == expected
    document = claims[0]["document"]
    page.select_option("#f-document", label=document)
    expected = sum(c["verdict"] == "mixed" and c["document"] == document for c in claims)
    assert page.locator(".claim:visible").count() == expected
    assert f"{expected} of {len(claims)}" in page.locator("#claims-count").inner_text()
    page.click('[data-pick="open"]')
    expected = sum(c["verdict"] == "open" for c in claims)
    assert page.locator(".claim:visible").count() == expected
    against = next(c["claim"] for c in claims if c["verdict"] == "contradicted")
    assert not page.locator(f"#{against}").is_visible()
    page.click(f'.opening a[href="#{against}"]')  # leads to it, whatever is chosen
    assert page.locator(f"#{against}").is_visible()
    page.click('a[href="#rules"]')
    assert page.locator("#rules dl").is_visible()


@needs_browser
@pytest.mark.parametrize("model", ["REML", "ML", "DL", "PM"])
def test_the_page_pools_trials_of_one_effect(page, model: str) -> None:
    """Two trials that both found -5: no variance between them, the Wald interval by t with one degree of freedom."""
    page.goto("about:blank")
    page.add_script_tag(path=str(ROOT / "src/evidence_synthesis/templates/site/forest.js"))
    yi, vi = [-5.0, -5.0], [43.42315126, 20.81336804]
    found = page.evaluate("([y, v, model]) => window.evidence.pool(y, v, model, true)", [yi, vi, model])
    half = 12.706204736174694 * (1 / vi[0] + 1 / vi[1]) ** -0.5
    assert found["tau2"] == 0
    assert found["estimate"] == -5
    assert found["high"] == pytest.approx(-5 + half, rel=1e-6)


@needs_browser
def test_the_page_pools_like_the_library(page) -> None:
    """The interactive forest against the published table, to 1e-6."""
    page.goto(address("treatments/family-massage.html"))
    trials = trials_of(ROOT / "results")
    pooled = [r for r in read_csv(ROOT / "results/tables/pooled.csv") if r["measure"] == "MD" and int(r["trials"]) > 1]
    groups: dict[str, list[AnalysisTrial]] = {}
    for trial in trials:
        if trial.measure == "MD":
            groups.setdefault(trial.analysis_id, []).append(trial)
    asked = "([y, v, model, floor]) => window.evidence.pool(y, v, model, floor)"
    for number, row in enumerate(pooled[::25]):
        inside = groups[row["analysis_id"]]
        yi, vi = [t.yi for t in inside], [t.vi for t in inside]
        found = page.evaluate(asked, [yi, vi, "REML", True])
        for ours, theirs in NAMES:
            assert found[ours] == pytest.approx(float(row[theirs]), rel=1e-6, abs=1e-6), row["analysis_id"]
        estimator, floor = list(ESTIMATORS)[number % 5], bool(number % 2)
        at = pool(make_batch([(yi, vi)]), estimator, floor=floor).at(0)
        found = page.evaluate(asked, [yi, vi, estimator, floor])
        for ours, theirs in NAMES:
            assert found[ours] == pytest.approx(at[theirs], rel=1e-6, abs=1e-6), (row["analysis_id"], estimator)


@needs_browser
def test_dropping_trials_moves_the_diamond(page) -> None:
    page.goto(address("treatments/family-manual_therapy.html"))
    before = page.locator("#try-result").inner_text()
    boxes = page.locator("#try-rows input[type=checkbox]")
    count = boxes.count()
    boxes.first.uncheck()
    after = page.locator("#try-result").inner_text()
    assert before != after
    assert f"{count - 1} of {count} trials" in after
    page.get_by_label("not assessed").check()
    assert page.locator("#try-result").inner_text() != after
    data = json.loads(page.locator("#try-data").text_content())
    assert len(data) == page.locator("#try-analysis option").count()
    assert page.faults == []


@needs_browser
@pytest.mark.parametrize("name", SAMPLE)
def test_accessibility(page, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.goto(address(name))
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=options)
    assert found.violations_count == 0, found.generate_report()[:3000]


@needs_browser
@pytest.mark.parametrize("width", [400, 900, 1400])
def test_nothing_is_wider_than_the_screen(page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for name in SAMPLE:
        page.goto(address(name))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@needs_browser
def test_pages_print(page, tmp_path: Path) -> None:
    page.goto(address("treatments/yoga.html"))
    content = page.pdf(path=tmp_path / "yoga.pdf")
    assert content.startswith(b"%PDF")
    assert len(content) > 20_000


@needs_browser
@pytest.mark.parametrize(
    "name", ["index.html", "claims.html", "treatments/yoga.html", "treatments/class-passive.html", "audit.html"]
)
def test_a_printed_page_holds_its_tables(page, name: str) -> None:
    page.set_viewport_size({"width": 680, "height": 960})  # A4 within the style sheet's margins
    page.emulate_media(media="print")
    page.goto(address(name))
    right = page.evaluate("Math.max(...[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right))")
    assert right <= 680
    assert not page.locator("form:visible, [data-filter]:visible").count()
    hidden = page.evaluate("[...document.querySelectorAll('details td')].filter(e => !e.checkVisibility()).length")
    assert hidden == 0


@needs_browser
def test_a_link_opens_the_fold_that_it_leads_to(page) -> None:
    """From another page, from the card, and a second time after the reader has closed the fold again."""
    page.goto(address("treatments/family-exercise.html"))
    assert page.evaluate("document.documentElement.scrollHeight") < 20 * page.viewport_size["height"]
    analysis, plot = "a-family-exercise__active__pain__short__low_back", "plot-inactive__function__low_back"
    kinds = {analysis: "tr", plot: "div", "trial-table": "table"}
    for target, kind in kinds.items():
        assert not page.locator(f"{kind}#{target}").is_visible()
    for target in kinds:
        page.goto("about:blank")
        page.goto(f"{address('treatments/family-exercise.html')}#{target}")
        page.wait_for_load_state()
        assert page.locator(f"#{target}").is_visible()
        seen = page.locator(f"#{target}").evaluate("e => e.getBoundingClientRect().top")
        assert 0 <= seen < page.viewport_size["height"]
    for _ in range(2):
        page.locator(f'table.card a.plot[href="#{plot}"]').first.click()
        assert page.locator(f"#{plot}").is_visible()
        page.locator(f"details:has(> #{plot}) > summary").click()
        assert not page.locator(f"#{plot}").is_visible()
    assert page.faults == []


@needs_browser
def test_folds_open_where_the_filter_finds_something(page) -> None:
    page.goto(address("treatments/family-exercise.html"))
    rows = page.locator("#firm-all tbody tr")
    everything = rows.count()
    page.fill("#f-firm-all", "neck pain recovery")
    found = page.locator("#firm-all tbody tr:visible")
    assert 0 < found.count() < everything
    assert all("neck pain" in words and "recovery" in words for words in found.all_inner_texts())
    assert f"{found.count()} of {everything}" in page.locator("[data-count=firm-all]").inner_text()
    page.fill("#f-firm-all", "")
    assert page.locator("#firm-all .fold[open]").count() == 0
    assert page.locator("#firm-all .fold:visible").count() > 2


@needs_browser
def test_paper_has_no_folds(page) -> None:
    page.goto(address("treatments/family-exercise.html"))
    shut = page.locator("details:not([open])").count()
    assert shut > 10
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == shut


@needs_browser
def test_the_first_page_is_quick(page) -> None:
    page.goto(address("index.html"))
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert loaded < 3000  # a second on an idle machine; CI shares its cores
