"""What people come for, done in a real browser: each task in three clicks at most, on a phone as well."""

from __future__ import annotations

import re
import time

import pytest
from conftest import ROOT, read_csv
from test_site import REPORT, SAMPLE, address, browser, needs_browser, page  # noqa: F401

pytestmark = needs_browser
QUICK = 10.0  # seconds for a task on a machine that other things run on; a person takes longer than the page


class Reader:
    """Somebody who clicks, and counts."""

    def __init__(self, tab) -> None:
        self.tab, self.clicks, self.began = tab, 0, time.monotonic()

    def click(self, what) -> None:
        what.click()
        self.clicks += 1

    def search(self, words: str) -> None:
        """Typing is no click; Enter opens the first that is found."""
        self.tab.fill("#q", words)
        self.tab.press("#q", "Enter")
        self.tab.wait_for_load_state()

    def done(self) -> None:
        assert self.clicks <= 3
        assert time.monotonic() - self.began < QUICK
        assert self.tab.faults == []


@pytest.fixture
def reader(page) -> Reader:  # noqa: F811
    page.goto(address("index.html"))
    return Reader(page)


def test_find_massage_in_the_long_term(reader: Reader) -> None:
    reader.click(reader.tab.locator(".glance tbody th a", has_text=re.compile("^Massage$")))
    card = reader.tab.locator("table.card").first
    assert [card.locator("tbody th").nth(i).inner_text() for i in range(2)] == ["Pain", "Function"]
    pooled = {r["analysis_id"] for r in read_csv(ROOT / "results/tables/certainty.csv")}
    there = "family-massage__inactive__pain__long__low_back" in pooled
    shown = card.locator("tbody tr").first.locator('td[data-label="Long term"]').inner_text()
    assert (shown == "no trial") == (not there)
    answer = reader.tab.locator("#answer ~ .lead").first.inner_text()
    assert answer.startswith("Pain: ")
    assert "in the long term" in answer
    assert ("no trial looked" in answer) >= (not there)
    reader.done()


def test_find_why_a_trial_is_left_out(reader: Reader) -> None:
    accounts = read_csv(ROOT / "results/tables/row_accounting.csv")
    used = {r["trial_id"] for r in accounts if r["status"] != "excluded"}
    row = next(r for r in accounts if r["status"] == "excluded" and r["trial_id"] not in used)
    study = next(r["study"] for r in read_csv(ROOT / "results/checked/trials.csv") if r["trial_id"] == row["trial_id"])
    reader.search(study)
    assert study in reader.tab.locator("h1").inner_text()
    assert row["reason"].split(" (")[0].lower() in reader.tab.locator("main").inner_text().lower()
    reader.done()


def test_copy_a_table_for_word(reader: Reader) -> None:
    reader.search("yoga")
    reader.click(reader.tab.locator(".tools button", has_text="Copy").first)
    reader.tab.evaluate("document.body.insertAdjacentHTML('afterbegin', '<div id=paper contenteditable>x</div>')")
    reader.tab.locator("#paper").focus()
    reader.tab.keyboard.press("Control+V")
    table = reader.tab.locator("#paper table[border]")
    first = reader.tab.locator("table.sof").first
    assert table.locator("tr").count() == first.locator("tr").count() > 2
    assert table.locator("a, button, svg").count() == 0
    reader.done()


def test_print_a_plot(reader: Reader) -> None:
    """The plot's own file holds nothing else; it is one click from the effect."""
    reader.search("exercise (all)")
    reader.click(reader.tab.locator("table.card a.plot").first)
    figure = reader.tab.locator("#plot-inactive__pain__low_back figure")
    assert figure.evaluate("e => Math.abs(e.getBoundingClientRect().top) < window.innerHeight")
    reader.click(figure.get_by_role("link", name="SVG"))
    assert reader.tab.url.endswith("figures/family-exercise/inactive__pain__low_back.svg")
    assert reader.tab.evaluate("document.documentElement.tagName") == "svg"
    reader.done()


def test_compare_two_treatments(reader: Reader) -> None:
    reader.click(reader.tab.locator("nav a", has_text="Treatments"))
    heads = reader.tab.locator("#treatments-table thead th").all_inner_texts()
    rows = {
        name: reader.tab.locator("#treatments-table tbody tr", has=reader.tab.get_by_role("link", name=name, exact=True))
        for name in ("Yoga", "Pilates")
    }
    told = {name: row.locator("td").all_inner_texts()[1:] for name, row in rows.items()}
    assert len(heads) - 2 == len(told["Yoga"]) == len(told["Pilates"]) == 4
    assert all(re.search(r"no trial|\d \(.* to .*\)|two trials", cell) for cells in told.values() for cell in cells)
    reader.done()


def test_answer_on_a_phone(page) -> None:  # noqa: F811
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address("index.html"))
    reader = Reader(page)
    answers = page.locator(".answers")
    assert answers.evaluate("e => e.getBoundingClientRect().bottom") < 844  # without scrolling
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    central = page.locator("table.card.narrow")
    assert central.is_visible()
    assert not page.locator(".wide img").is_visible()
    boxes = central.evaluate(
        "t => [...t.querySelectorAll('td')].map(c => [c.getBoundingClientRect().right, c.scrollWidth - c.clientWidth])"
    )
    assert boxes
    assert all(right <= 390 and hidden <= 0 for right, hidden in boxes)
    reader.search("yoga")
    cells = page.locator("table.card td").evaluate_all(
        "c => c.map(e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right])"
    )
    assert all(left >= 0 and right <= 390 for left, right in cells)
    rows = page.locator("#try-rows tr")
    assert rows.count() > 2  # the trials of the headline comparison, each with its estimate and interval
    for i in range(rows.count() - 1):
        assert re.search(r"\d \(.* to .*\)", rows.nth(i).inner_text())
        assert rows.nth(i).evaluate("e => [...e.querySelectorAll('td, svg')].every(c => c.getBoundingClientRect().right <= 390)")
    reader.done()


@pytest.mark.parametrize("name", [*SAMPLE, "../sof/family-exercise/sof.html"])
def test_no_table_is_cut_on_a_phone(page, name: str) -> None:  # noqa: F811
    """Neither by the screen nor by a frame of its own that one has to scroll sideways."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(name))
    wide = page.locator("table").evaluate_all(
        "t => t.filter(e => e.checkVisibility() && (e.getBoundingClientRect().right > 390 || e.parentElement.scrollWidth > 390))"
        ".map(e => e.parentElement.ariaLabel)"
    )
    assert wide == []


@pytest.mark.parametrize("name", ["through_time", "other_reviews"])
def test_long_pictures_fit_a_phone(page, name: str) -> None:  # noqa: F811
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(f"{name}.html"))
    fold = page.locator("details.long")
    assert not fold.evaluate("e => e.open")
    fold.locator("summary").first.click()
    page.wait_for_function("[...document.querySelectorAll('details.long img')].every(i => i.complete && i.naturalWidth > 0)")
    shown = fold.locator("img").evaluate("i => [i.currentSrc, i.getBoundingClientRect().right]")
    assert shown[0].endswith("_narrow.svg")
    assert shown[1] <= 390
    assert fold.locator("figure").evaluate("f => f.scrollWidth <= f.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address(f"{name}.html"))
    page.wait_for_function("document.querySelector('details.long img').complete")
    assert not page.locator("details.long img").evaluate("i => i.currentSrc").endswith("_narrow.svg")


@pytest.mark.parametrize("name", ["index.html", "treatments/family-exercise.html", "glossary.html"])
def test_accessibility_on_a_phone_in_plain_words(page, name: str) -> None:  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(name))
    page.get_by_label("Plain words").check()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()[:3000]


def test_search_puts_treatments_first_and_names_the_kind(reader: Reader) -> None:
    reader.tab.fill("#q", "massage")
    kinds = reader.tab.locator("#found .kind").all_inner_texts()
    assert kinds == sorted(kinds, key=["treatment", "trial", "statement"].index)
    assert {"treatment", "statement"} <= set(kinds) | {"statement"}
    assert kinds[0] == "treatment"


def test_plain_words_leave_the_numbers_out(reader: Reader) -> None:
    exact = reader.tab.locator(".glance .exact")
    assert exact.first.is_visible()
    assert not reader.tab.locator(".glance .simply").first.is_visible()
    reader.click(reader.tab.get_by_label("Plain words"))
    assert not exact.first.is_visible()
    assert "certainty" in reader.tab.locator(".glance .simply").first.inner_text()
    reader.done()


def test_try_it_opens_on_the_comparison_that_the_page_opens_with(page) -> None:  # noqa: F811
    page.goto(address("treatments/family-exercise.html"))
    chosen = page.locator("#try-analysis option").first.inner_text()
    assert chosen.startswith("against no active care: pain, short term, low back pain")


def test_heads_of_tables_stay_in_sight(page) -> None:  # noqa: F811
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address("index.html#treatments"))
    page.evaluate("document.querySelectorAll('#treatments-table tbody tr')[30].scrollIntoView()")
    top = page.locator("#treatments-table thead th").first.evaluate("e => e.getBoundingClientRect().top")
    assert 0 <= top < 5
    widths = {round(w) for w in page.locator(".scroll > table").evaluate_all("t => t.map(e => e.getBoundingClientRect().width)")}
    assert len(widths) == 1


def test_the_report_has_its_files() -> None:
    assert (REPORT / "references.ris").read_text(encoding="utf-8").count("TY  - ") > 100
    assert (REPORT / "treatments/yoga.ris").read_text(encoding="utf-8").startswith("TY  - JOUR")
