"""Nothing says two things about the same result: all words of pages, documents' sentences and figures, by analysis."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from evidence_synthesis import wording
from evidence_synthesis.conclusions.plain_language import sentence
from evidence_synthesis.plots import harvest
from evidence_synthesis.report.links import anchor
from evidence_synthesis.report.site import Site
from evidence_synthesis.report.views.glance import ResultCell
from evidence_synthesis.report.views.overview import OverviewPage
from evidence_synthesis.report.views.treatment import FirmnessView, SofCellView, TreatmentPage
from evidence_synthesis.review.settings import Settings

Said = tuple[str, str]  # what a text says of a result: which finding, and how sure
# what readers take from words, whatever the outcome that they name; the first that fits
FINDINGS = (
    ("too little", r"too little"),
    ("unclear", r"unclear|disagree"),
    ("no difference", r"little or no difference"),
    ("worse", r"do(es)? worse"),
    ("slight", r"a little|slightly"),
    ("better", r"helps?\b"),
)
DIRECTIONS = ("no difference", "worse", "slight", "better")


def read(words: str) -> Said:
    """What a text says, read as a person does: it knows neither verdicts nor certainties."""
    finding = next((name for name, pattern in FINDINGS if re.search(pattern, words)), words)
    if finding not in DIRECTIONS:
        return finding, ""
    sure = (
        "very low" if "very uncertain" in words else "moderate" if "probably" in words else "low" if "may " in words else "high"
    )
    return finding, sure


def cells(site: Site) -> Iterator[ResultCell]:
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


def in_cell(cell: ResultCell) -> str:
    """A cell with what its certainty adds: very low is told by its signs alone."""
    return cell.words + (wording.UNCERTAIN if cell.certainty == "very low" and cell.tone.split()[1] != "s0" else "")


def on_pages(site: Site) -> Iterator[tuple[str, str]]:
    """Every analysis that a page tells, by its anchor, with the words."""
    for cell in cells(site):
        yield cell.href.partition("#a-")[2], in_cell(cell)
    for view in dict(site.views()).values():
        if isinstance(view, TreatmentPage):
            rows = [*view.firmness, *(r for fold in view.folded for r in fold.rows)]
            yield from ((r.anchor, r.verdict) for r in rows if isinstance(r, FirmnessView))


@pytest.fixture(scope="module")
def words(site: Site) -> dict[str, set[Said]]:
    found: dict[str, set[Said]] = defaultdict(set)
    for place, said in on_pages(site):
        found[place].add(read(said))
    labels = {r.group: r.group_label for r in site.tables.pooled}
    for term in (w.term for w in site.shelf.settings.terms):
        for outcome in ("pain", "function"):
            sections = [("", [(group, group) for group in labels])]
            drawn = harvest.gather(
                *(site.tables.pooled, site.tables.certainty, (outcome, ""), ("inactive", ""), ("low_back", "")),
                *([(term, term)], sections),
            )
            for line in drawn.drawn():
                analysis = f"{line['label']}__inactive__{outcome}__{line['section']}__low_back"
                verdict, certainty = str(line["value"]).split("; ")[2:4]
                found[anchor(analysis)].add(read(wording.finding(verdict, certainty)))
    return found


def test_all_words_on_a_result_say_the_same(words: dict[str, set[Said]], site: Site) -> None:
    assert len(words) > 1000
    assert {place: said for place, said in words.items() if len(said) > 1} == {}
    for row in site.tables.certainty:
        (said,) = words.get(anchor(row.analysis_id), {read(wording.finding(row.verdict, row.certainty))})
        assert said == read(wording.finding(row.verdict, row.certainty)), row.analysis_id


def test_sentences_of_documents_say_what_cells_say(site: Site, words: dict[str, set[Said]]) -> None:
    """Sentences name the outcome's own verbs, which are put back into 'helps' before they are read."""
    outcomes = {o.outcome: o for o in site.shelf.settings.outcomes}
    told = 0
    for group in site.sof.values():
        for table in group:
            for line in table.lines:
                for finding in filter(None, line.findings.values()):
                    (said,) = words[anchor(finding.analysis_id)]
                    assert read(_plainer(finding.sentence, outcomes[line.outcome])) == said, finding.analysis_id
                    told += 1
    assert told > 500
    on_page = [
        c
        for v in dict(site.views()).values()
        if isinstance(v, TreatmentPage)
        for t in v.sof
        for row in t.lines
        for c in row.cells
    ]
    assert sum(isinstance(c, SofCellView) for c in on_page) == told


def _plainer(text: str, outcome: object) -> str:
    for phrase, plain in ((outcome.better, "helps"), (outcome.worse, "does worse")):  # type: ignore[attr-defined]
        verb, _, rest = phrase.partition(" ")
        bare = verb.removesuffix("s") if not verb.endswith("ies") else verb
        text = re.sub(rf"\b({verb}|{bare}) {re.escape(rest)}", plain, text)
    return text


@pytest.mark.parametrize("certainty", wording.CERTAINTIES)
def test_the_reader_of_this_test_tells_all_findings_apart(certainty: str, settings: Settings) -> None:
    verdicts = [v for v in wording.FINDINGS if v not in ("no_data", "conflicting")]
    said = [read(wording.finding(v, certainty)) for v in verdicts]
    assert len(set(said)) == len(verdicts)
    assert {sure for _, sure in said if sure} == {certainty}
    for outcome in settings.outcomes:
        sentences = [_plainer(sentence("Yoga", "sham", outcome, "soon", v, certainty), outcome) for v in verdicts]
        assert [read(words) for words in sentences] == said, outcome.outcome


def test_what_is_too_little_or_unclear_has_no_colour(site: Site) -> None:
    coloured = {cell.verdict for cell in cells(site) if not cell.tone.endswith("s0")}
    assert coloured <= {"benefit", "small_benefit", "no_relevant_effect", "harm"}
    assert {cell.verdict for cell in cells(site)} - coloured >= {"insufficient", "not_shown"}
    for verdict in ("insufficient", "not_shown", "conflicting"):
        assert {harvest.look(verdict, c) for c in wording.CERTAINTIES} == {("white", "#bbbbbb")}
    assert len({harvest.look("benefit", c) for c in wording.CERTAINTIES}) == 4
