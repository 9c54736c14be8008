"""Nothing says two things about the same result: all words of pages, documents and figures, collected by analysis.

They are read from what readers get, pages and documents as they are written and figures as they are drawn, by ``said``, which
knows neither verdicts nor tables of words.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape

import pytest
from conftest import ROOT
from said import Told, cells, clauses, facts, finding, line, page_tables, plain, size, tex_tables, word_tables

from evidence_synthesis import wording
from evidence_synthesis.conclusions.findings_table import FindingsLine, FindingsTable
from evidence_synthesis.conclusions.plain_language import sentence
from evidence_synthesis.exports import sof_documents
from evidence_synthesis.exports.archive import published_figures, published_summaries
from evidence_synthesis.exports.findings import findings_in
from evidence_synthesis.plots import claims, harvest
from evidence_synthesis.plots.forest import Forest
from evidence_synthesis.plots.harvest import Harvest
from evidence_synthesis.plots.message import Message
from evidence_synthesis.plots.overview import Overview
from evidence_synthesis.report.links import anchor
from evidence_synthesis.report.site import Site
from evidence_synthesis.report.views.glance import ResultCell
from evidence_synthesis.report.views.overview import OverviewPage
from evidence_synthesis.report.views.treatment import TreatmentPage
from evidence_synthesis.review.settings import Settings

CELL = re.compile(r'<(td|p) class="t-[^>]*>(?:(?!</\1>).)*?<a class="says" href="[^"#]*#a-([^"]+)">(.*?)</\1>', re.DOTALL)
FIRM = re.compile(r'<tr id="a-([^"]+)">(.*?)</tr>', re.DOTALL)
SOF = re.compile(
    r'<td data-label="[^"]*: trials \(people\)">(.*?)</td><td data-label="[^"]*: effect"><a href="#a-([^"]+)">(.*?)</a>.*?</td>'
    r'<td data-label="[^"]*: certainty">(.*?)</td>'
)
PART = re.compile(r'<td class="n"><a href="[^"#]*#a-([^"]+)">([^<]*)</a></td>(<td class="n">.*?</td>)<td>([^<]*)</td>')
Said = Iterator[tuple[str, str, str]]  # a result, the place that tells it, its words


def plainer(text: str, outcome: object) -> str:
    """A sentence in which an outcome's own verbs are put back into 'helps'."""
    for phrase, plain_words in ((outcome.better, "helps"), (outcome.worse, "does worse")):  # type: ignore[attr-defined]
        verb, _, rest = phrase.partition(" ")
        bare = verb.removesuffix("s") if not verb.endswith("ies") else verb
        text = re.sub(rf"\b({verb}|{bare}) {re.escape(rest)}", plain_words, text, flags=re.IGNORECASE)
    return text


def outcome_of(result: str, settings: Settings) -> object:
    return settings.outcome(result.split("__")[2])


def on_treatment(page: str, settings: Settings) -> Said:
    """The page of a treatment: its card and the sentences above it, summaries of findings, and how firm each result is."""
    card = page.partition('<table class="card">')[2].partition("</table>")[0]
    by_outcome: dict[str, dict[str, str]] = {}
    for _, result, words in CELL.findall(card):
        yield result, "card", plain(words)
        _, _, outcome, term, _ = result.split("__")
        by_outcome.setdefault(outcome, {})[term] = result
    says = {w.term: w.says for w in settings.windows}
    leads = (plain(words) for words in re.findall(r'<p class="lead">(.*?)</p>', page))
    for lead, results in zip((words for words in leads if "certainty)" in words), by_outcome.values(), strict=True):
        told, _, missing = lead.partition("; no trial looked")
        assert not [term for term in results if says[term] in missing]
        found = dict(clauses(told, {term: says[term] for term in results}))
        assert found.keys() == results.keys(), lead
        yield from ((results[term], "sentence of the card", re.sub(r"\([^)]*certainty\)", "", found[term])) for term in results)
    for rows in re.findall(r'<table class="sof">.*?</table>', page, re.DOTALL):
        sentences = [plain(s) for s in re.findall(r'<td colspan="3" class="plain">(.*?)</td>', rows)]
        for (trials, result, effect, sure), said in zip(SOF.findall(rows), sentences, strict=True):
            words = line(plainer(said, outcome_of(result, settings)), plain(effect), plain(sure), *size(trials))
            yield result, "summary of findings on a page", words
    for result, row in FIRM.findall(page):
        _, _, _, _, effect, _, said, sure, _, _ = cells(row)
        trials = row.rpartition("<td>")[2].count("<a ")
        yield result, "how firm", line(said, effect, sure, str(trials))


def on_first_page(page: str, view: OverviewPage, settings: Settings) -> Said:
    """The first page: answers, the central message, families at a glance, the list of treatments, and the sentence of it all."""
    for _, result, words in CELL.findall(page):
        yield result, "first page", plain(words)
    choice = settings.figures["overview"]
    columns = [(o, w.term) for o in choice["outcomes"] for w in settings.windows if w.term in choice["terms"]]
    listed = page.partition('id="treatments-table"')[2].partition("</table>")[0]
    for group, row in re.findall(r'<tr><th scope="row"><a href="treatments/([^".]+)\.html">(.*?)</tr>', listed):
        for (outcome, term), words in zip(columns, re.findall(r"<td class=\"t-.*?</td>", row), strict=True):
            if "no trial" not in words:
                where = f"{group}__{choice['comparator']}__{outcome}__{term}__{choice['population']}"
                yield where, "list of treatments", plain(words)
    lead = re.findall(r'<meta name="description" content="(.*?)">', page)[0].partition(" (very low")[0]
    terms = {w.term: w.says for w in settings.terms}
    for said, (_, there) in zip(lead.split("; "), view.answers, strict=True):
        results = {c.href.split("__")[3]: c.href.partition("#a-")[2] for c in there if c}
        for term, words in clauses(said, {t: terms[t] for t in results}):
            yield results[term], "sentence of the first page", words.replace("unclear effect", "unclear")


def on_pages(site: Site, pages: Mapping[str, str]) -> Said:
    settings = site.shelf.settings
    for name, view in dict(site.views()).items():
        if isinstance(view, TreatmentPage):
            yield from on_treatment(pages[name], settings)
        elif isinstance(view, OverviewPage):
            yield from on_first_page(pages[name], view, settings)
    for result, effect, trials, sure in PART.findall(pages["claims.html"]):
        yield result, "parts of statements", line("", effect, "", re.search(r"\d+", plain(trials))[0])  # type: ignore[index]
        assert sure in (*wording.CERTAINTIES, "")
    for row in site.tables.central:
        if row.analysis_id:
            (told,) = re.findall(rf"in the {row.term} term (.*?)\]", row.in_words) or [""]
            yield anchor(row.analysis_id), "central message in numbers", told


def row_of(found: FindingsLine, columns: list[str], row: list[str], settings: Settings) -> str:
    """A row of a summary of findings in a document as one text; the effect stands in the first column that has one."""
    told = dict(zip(columns, row, strict=True))
    effect = told.get("Relative effect (95% CI)") or told["Difference (95% CI)"]
    people = size(told["People (trials)"])
    return line(
        plainer(told["What happens"], outcome_of(found.analysis_id, settings)),
        *(re.sub(r"NN[TH].*", "", effect), told["Certainty"], *people),
    )


def in_documents(groups: Mapping[str, list[FindingsTable]], settings: Settings) -> Said:
    """Summaries of findings in Word, HTML and LaTeX, evidence profiles with their frames, and the workbook of all groups."""
    for tables in groups.values():
        made = sof_documents.documents(tables, "Random effects.")
        forms = {name: word_tables(content) for name, content in made.items() if name.endswith(".docx")}
        profile = forms.pop("evidence_profile.docx")
        forms |= {"sof.html": page_tables(made["sof.html"].decode()), "sof.tex": tex_tables(made["sof.tex"].decode())}
        for name, printed in forms.items():
            for table, (columns, *rows) in zip(tables, printed, strict=True):
                for found, row in zip(table.lines, rows, strict=True):
                    yield anchor(found.analysis_id), name, row_of(found, columns, row, settings)
        for table, (columns, *rows), frame in zip(tables, profile[::2], profile[1::2], strict=True):
            for found, row in zip(table.lines, rows, strict=True):
                told = dict(zip(columns, row, strict=True))
                effect = re.search(rf"{found.relative[:2]} .*" if found.relative else ".*", told["Effect (95% CI)"])[0]  # type: ignore[index]
                yield (
                    anchor(found.analysis_id),
                    "evidence profile",
                    line("", effect, told["Certainty"], told["Randomised trials"]),
                )
            filled = " ".join(cell for row in frame for cell in row)
            for found in table.lines:
                (sure,) = set(
                    re.findall(rf"{re.escape(found.outcome + ', ' + found.follow_up)}: [^:]*?\((\S+ ?\S*) certainty\)", filled)
                ) or {""}
                yield anchor(found.analysis_id), "frame for a decision", line("", "", sure)
    yield from in_workbook(groups, settings)


def in_workbook(groups: Mapping[str, list[FindingsTable]], settings: Settings) -> Said:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(sof_documents.excel(groups)), read_only=True)
    for sheet, tables in zip(book.worksheets, groups.values(), strict=True):
        columns, *rows = [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]
        for found, row in zip((found for table in tables for found in table.lines), rows, strict=True):
            told = dict(zip(columns, row, strict=False))
            effect = told["Relative effect (95% CI)"] or told["Difference (95% CI)"]
            said = plainer(told["In plain words"], outcome_of(found.analysis_id, settings))
            people = re.sub(r"^\d+", lambda n: f"{int(n[0]):,}", told["People"])
            yield anchor(found.analysis_id), "workbook", line(said, effect, told["Certainty"], told["Trials"], people)


def in_figures(config: dict, site: Site) -> Said:
    """Forest plots (pooled lines), maps of the evidence, overviews, and the figures of the central message, as drawn."""
    rated = {r.key for r in site.tables.certainty}
    summaries = published_summaries(ROOT / "results", config)
    forests = [p for ps in published_figures(ROOT / "results", config).values() for p in ps.values() if isinstance(p, Forest)]
    for picture in (*forests, *(p for p in summaries["central"].values() if isinstance(p, Forest))):
        texts = picture.lay_out()[0][0].texts
        pooled = [t for t in texts if t.text.startswith("Pooled: ")]
        sections = [s for b in picture.blocks for s in b.sections if s.last and s.pooled.trials > 1]
        for section, label in zip(sections, pooled, strict=True):
            if section.pooled.key in rated:
                beside = " ".join(t.text for t in texts if t.y == label.y and t is not label)
                yield anchor(section.pooled.analysis_id), "forest plot", f"{label.text} | {beside}"
    for picture in summaries["overview"].values():
        if isinstance(picture, Harvest):
            results = [by[t].pooled for _, gs in picture.sections for _, by in gs for t, _ in picture.terms if t in by]
            texts = [t.text for t in picture.lay_out()[0][0].texts]
            places = [i for i, text in enumerate(texts) if text.endswith(" certainty")]
            for row, at in zip(results, places, strict=True):
                yield anchor(row.analysis_id), "map of the evidence", f"{texts[at - 1]} | {texts[at]}"
    by_place = {(r.comparison, r.outcome, r.term): r.analysis_id for r in site.tables.central if r.analysis_id}
    labels = {wording.running(o.label).capitalize(): o.outcome for o in site.shelf.settings.outcomes}
    for name in ("central", "guideline"):
        picture = summaries["central"][name]
        assert isinstance(picture, Overview | Message)
        told = [re.sub(r"\(\u2191.*", "", t.text) for t in picture.lay_out()[0][0].texts]
        drawn = drawn_results(picture, told)
        for (heading, label, term), words in drawn:
            if result := by_place.get((heading, labels[label], term)):
                yield anchor(result), f"figure {name}", words


def drawn_results(picture: Overview | Message, told: list[str]) -> Iterator[tuple[tuple[str, str, str], str]]:
    """The results of a figure by term with what stands beside each, in the order in which they are drawn."""
    places = [(h, g, t) for h, groups in picture.sections for g, by in groups for t, _ in picture.terms if t in by]
    if isinstance(picture, Overview):
        words = [re.sub(r"  (very low|low|moderate|high)$", r" \1 certainty", t) for t in told if "k=" in t]
    else:
        sizes = [i for i, t in enumerate(told) if re.fullmatch(r"(very low|low|moderate|high), \d+ trials?", t)]
        words = [f"{told[i - 1]} | {told[i].replace(',', ' certainty,')}" for i in sizes]
    yield from zip(places, words, strict=True)


@pytest.fixture(scope="module")
def told(site: Site, config: dict) -> Told:
    settings, found = site.shelf.settings, Told()
    texts: Iterable[Said] = (
        on_pages(site, dict(site.files())),
        in_documents(findings_in(ROOT / "results", config), settings),
        in_figures(config, site),
    )
    for said in texts:
        for result, place, words in said:
            found.add(result, place, facts(words))
    return found


def test_nothing_says_two_things_about_the_same_result(told: Told) -> None:
    assert told.contradictions()[:20] == []


def test_every_place_is_read(told: Told) -> None:
    """A place whose words are no longer found would agree with everything."""
    few = {"central message in numbers": 15, "figure central": 15, "figure guideline": 15, "sentence of the first page": 6}
    least = few | {"parts of statements": 10, "map of the evidence": 100, "list of treatments": 100, "first page": 60}
    least |= dict.fromkeys(("card", "sentence of the card", "forest plot"), 200)
    forms = ("sof.docx", "sof_portrait.docx", "sof.html", "sof.tex", "evidence profile", "frame for a decision", "workbook")
    least |= dict.fromkeys(("summary of findings on a page", *forms), 500)
    least |= {"how firm": 2000}
    assert {place: n for place, n in told.places.items() if n < least[place]} == {}
    assert told.places.keys() == least.keys()
    for place in forms[:4]:
        assert told.places[place] == told.places["summary of findings on a page"]


def test_all_words_are_those_of_the_tables(told: Told, site: Site) -> None:
    """What is said of each rated result is its verdict, its certainty and its trials, and most results say all of it."""
    pooled = {r.key: r for r in site.tables.pooled}
    full = 0
    for row in site.tables.certainty:
        said = told.of.get(anchor(row.analysis_id), {})
        what, sure = finding(wording.finding(row.verdict, row.certainty))
        expected = {"finding": what, "how sure, in the finding": sure, "certainty": row.certainty, "trials": str(row.trials)}
        assert all(set(said[kind]) <= {words} for kind, words in expected.items() if kind in said), row.analysis_id
        ours = pooled[row.key]
        unit = site.shelf.settings.outcome(ours.outcome).unit_of(ours.measure)
        effect = wording.fit_to_print(ours.measure, *ours.effect, unit=unit)
        assert set(said.get("effect", {effect: set()})) == {effect}
        full += {"finding", "certainty", "trials", "effect"} <= said.keys()
    assert full > 2000


BADGE = r'<strong class="verdict[^>]*>([^<]*)</strong>(?: <span class="facts">([^<]*)</span>)?'


def on_statements(site: Site, pages: Mapping[str, str]) -> Said:
    """Every place that tells the verdict on a statement, by the statement's id."""
    for name, page in pages.items():
        for verdict, facts_told, claim in re.findall(rf'<li>{BADGE} <a href="../claims.html#([^"]+)">', page):
            yield claim, "page of a treatment", f"{verdict} {facts_told}"
        if name == "index.html":
            for claim, verdict, facts_told in re.findall(rf'<a href="claims.html#([^"]+)">[^<]*</a>\u201d {BADGE}', page):
                yield claim, "first page", f"{verdict} {facts_told}"
    shown = re.findall(rf'<section class="claim" id="([^"]+)" [^>]*>\s*<h3>[^<]*</h3>\s*<p>{BADGE}', pages["claims.html"])
    for claim, verdict, facts_told in shown:
        yield claim, "page of statements", f"{verdict} {facts_told}"
    then_and_now = r'<h3><a href="claims.html#([^"]+)">.*?<p><strong>.*?(?:; now|</strong> Now) ([^.,]*)[.,]'
    for claim, verdict in re.findall(then_and_now, pages["through_time.html"], re.DOTALL):
        yield claim, "then and now", verdict
    drawn = " ".join(t.text for t in claims.gather(site.tables.claims).lay_out()[0][0].texts)
    for row in site.tables.claims:
        yield row.claim, "figure", row.in_words.replace(":", "") if row.in_words in drawn else "not drawn"


def test_a_verdict_on_a_statement_is_told_alike(site: Site) -> None:
    told: dict[str, dict[str, set[str]]] = {}
    places: set[str] = set()
    for claim, place, words in on_statements(site, dict(site.files())):
        verdict, _, stands_on = unescape(" ".join(words.split())).partition(" (")
        of = told.setdefault(claim, {})
        of.setdefault(verdict, set()).add(place)
        of.setdefault("stands on", set()).update(() if place == "then and now" else {stands_on})
        places.add(place)
    assert places == {"page of a treatment", "first page", "page of statements", "then and now", "figure"}
    assert len(told) == len(site.tables.claims) > 50
    for claim, said in told.items():
        assert len(said.pop("stands on")) == 1, claim
        whole = max(said, key=len)  # what is mixed is told part by part, but not where its parts follow
        assert all(words == whole or (words == "mixed" and whole.startswith("mixed ")) for words in said), (claim, said)


@pytest.mark.parametrize("certainty", wording.CERTAINTIES)
def test_the_reader_of_this_test_tells_all_findings_apart(certainty: str, settings: Settings) -> None:
    verdicts = [v for v in wording.FINDINGS if v != "no_data"]
    said = [finding(wording.finding(v, certainty)) for v in verdicts]
    assert len(set(said)) == len(verdicts)
    assert {sure for _, sure in said if sure} == {certainty}
    for outcome in settings.outcomes:
        told = [v for v in verdicts if v != "conflicting"]
        sentences = [plainer(sentence("Yoga", "sham", outcome, "soon", v, certainty), outcome) for v in told]
        assert [finding(words) for words in sentences] == [finding(wording.finding(v, certainty)) for v in told], outcome.outcome


def test_the_reader_sees_a_contradiction() -> None:
    found = Told()
    found.add(
        "a", "card", facts("may help \u22128.9 (\u221213.1 to \u22124.6) points \u2295\u2295\u25ef\u25ef 3 trials, 1,141+ people")
    )
    found.add(
        "a",
        "document",
        facts("may help | MD 8.9 points lower (13.1 lower to 4.6 lower) | low certainty | 3 trials | 1,141 or more people"),
    )
    assert found.contradictions() == []
    found.add(
        "a", "figure", facts("may help, very uncertain \u22128.9 (\u221213.1 to 4.6), very low certainty, 2 trials, 1141 people")
    )
    assert len(found.contradictions()) == 5


def cells_of(site: Site) -> Iterator[ResultCell]:
    for view in dict(site.views()).values():
        if isinstance(view, OverviewPage):
            lines = [line.cells for section in view.glance.sections for line in section]
            lines += [line.cells for line in view.listing] + [cells for _, _, cells in view.central]
            lines += [cells for _, cells in view.answers]
        elif isinstance(view, TreatmentPage) and view.card:
            lines = [line.cells for line in view.card.lines]
        else:
            continue
        yield from (cell for line in lines for cell in line if cell)


def test_what_is_too_little_or_unclear_has_no_colour(site: Site) -> None:
    coloured = {cell.verdict for cell in cells_of(site) if not cell.tone.endswith("s0")}
    assert coloured <= {"benefit", "small_benefit", "no_relevant_effect", "harm"}
    assert {cell.verdict for cell in cells_of(site)} - coloured >= {"insufficient", "not_shown"}
    for verdict in ("insufficient", "not_shown", "conflicting"):
        assert {harvest.look(verdict, c) for c in wording.CERTAINTIES} == {("white", "#bbbbbb")}
    assert len({harvest.look("benefit", c) for c in wording.CERTAINTIES}) == 4
