"""Statements through time: a strip for each, from the first publication to today, with the place of its document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.claims import VERDICTS, mark
from evidence_synthesis.plots.drawing.canvas import GREY, INK, PALE, SIZE, Page, Pages, text_width, wrap
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.synthesis.rows.through_time import JudgedTwice, VerdictAtYear

_TEXT, _STRIP, _WORDS = 4.2, 5.4, 2.2  # widths of statement, strip and judgement in inches
_HEIGHT = 0.15
_SMALL = 6.5
_STRENGTH = {"high": 1.0, "moderate": 0.75, "low": 0.5, "very low": 0.25, "": 0.5}
_HUES = {  # of Okabe & Ito: blue where the statement holds, vermilion where it does not, grey where it is open
    **dict.fromkeys(("supported", "leaning", "still_unproven"), (0x00, 0x72, 0xB2)),
    **dict.fromkeys(("contradicted", "leaning_against", "overtaken"), (0xD5, 0x5E, 0x00)),
    **dict.fromkeys(("open", "mixed"), (0x80, 0x80, 0x80)),
}
_ROOM_FOR_MARK = 0.14
NOTE = (
    "At the end of each year: what was published by then, judged by the rules of today. The paler, the less certain; grey is "
    "open; a line alone: nothing tests it. The last year holds all publications but those of unknown year."
)


def colour_of(verdict: str, certainty: str) -> str:
    """The verdict's hue, the paler the less certain; the lowest certainty counts where readings differ."""
    share = _STRENGTH[certainty.partition(" to ")[0]]
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in _HUES[verdict])


@dataclass(frozen=True, slots=True)
class VerdictSpan:
    """Years in which a verdict and its certainty stayed the same, the last one included."""

    first: int
    last: int
    verdict: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A statement, what is said of it in words, the year of its document (None: not known), and its verdicts."""

    claim: str
    statement: str
    words: str
    document_year: int | None
    runs: tuple[VerdictSpan, ...]


@dataclass(frozen=True, slots=True)
class Strips:
    """Statements through time, by document with its date."""

    title: str
    first: int
    last: int
    documents: tuple[tuple[str, tuple[Strip, ...]], ...]

    def size(self) -> int:
        """Statements shown."""
        return sum(len(strips) for _, strips in self.documents)

    def describe(self) -> str:
        """The figure in words."""
        said = [f"{s.statement} {s.words}." for _, strips in self.documents for s in strips]
        return f"{self.title}, {self.first} to {self.last}. " + " ".join(said)

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """What the figure shows: the first year of each verdict as ``effect``."""
        for document, strips in self.documents:
            for strip in strips:
                for run in strip.runs:
                    where = {"block": document, "section": strip.claim, "kind": run.verdict, "label": strip.statement}
                    yield {**where, "effect": run.first, "value": run.certainty}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


@dataclass(frozen=True, slots=True)
class YearAxis:
    """Where years lie: from ``first`` to the end of ``last`` over ``width`` inches from ``left`` on."""

    first: int
    last: int
    left: float
    width: float

    def at(self, year: float) -> float:
        """Where the beginning of a year lies."""
        return self.left + (year - self.first) / (self.last + 1 - self.first) * self.width

    def label(self, page: Page, y: float, step: int, size: float = _SMALL) -> None:
        """The years that ``step`` divides, above what stands along the axis and not beyond its ends."""
        for year in range(self.first + (-self.first) % step, self.last + 1, step):
            half = text_width(str(year), size) / 2
            middle = min(max(self.at(year + 0.5), self.left + half), self.left + self.width - half)
            page.text(middle, y, str(year), "center", size=size, colour=GREY)


def draw_strip(page: Page, axis: YearAxis, strip: Strip, middle: float) -> None:
    """The verdicts of a statement along the years, with the place of its document."""
    top = middle - _HEIGHT / 2
    for run in strip.runs:
        start, end = (axis.at(year) for year in (run.first, run.last + 1))
        if run.verdict in _HUES:
            page.box(start, top, end - start, _HEIGHT, colour_of(run.verdict, run.certainty))
        else:
            page.line([(start, middle), (end, middle)], GREY, 0.5)
        if end - start > _ROOM_FOR_MARK and run.verdict in _HUES:
            x, half = start + 0.075, 0.065
            low, high = middle - half, middle + half
            page.region([(x - half, low), (x + half, low), (x + half, high), (x - half, high)], "white")
            mark(page, x, middle, run.verdict)
    if strip.document_year is not None:
        x = axis.at(strip.document_year + 1)
        page.line([(x, top - 0.035), (x, top + _HEIGHT + 0.035)], INK, 1.2)
        page.shape([(x - 0.04, top - 0.075), (x + 0.04, top - 0.075), (x, top - 0.02)], INK)


def _legend(page: Page, y: float) -> float:
    x = MARGIN + 0.05
    for verdict in VERDICTS:
        words = wording.statement_verdict(verdict)
        mark(page, x, y, verdict)
        page.text(x + 0.12, y, words)
        x += 0.35 + text_width(words, SIZE)
    y += 0.19
    x = MARGIN
    for certainty in ("very low", "low", "moderate", "high"):
        for verdict in ("supported", "contradicted"):
            page.box(x, y - 0.06, 0.18, 0.12, colour_of(verdict, certainty))
            x += 0.18
        page.text(x + 0.06, y, f"{certainty} certainty")
        x += 0.3 + text_width(f"{certainty} certainty", SIZE)
    page.line([(x + 0.05, y - 0.08), (x + 0.05, y + 0.08)], INK, 1.2)
    page.shape([(x + 0.01, y - 0.11), (x + 0.09, y - 0.11), (x + 0.05, y - 0.06)], INK)
    page.text(x + 0.17, y, "the document was published")
    return y


def _lay_out(strips: Strips) -> tuple[Page, float]:
    page = Page(2 * MARGIN + _TEXT + _STRIP + _WORDS + 0.4)
    left = MARGIN + _TEXT + 0.2
    axis = YearAxis(strips.first, strips.last, left, _STRIP)
    y = _legend(page, page.heading(MARGIN, MARGIN + 0.13, strips.title) + 0.25) + 0.12
    for document, listed in strips.documents:
        y += 0.06
        page.box(MARGIN, y, page.width - 2 * MARGIN, ROW * 1.1, PALE)
        page.text(MARGIN + 0.05, y + ROW * 0.55, document, bold=True)
        y += ROW * 1.45
        axis.label(page, y, 5)
        y += 0.16
        for strip in listed:
            statement, words = wrap(strip.statement, _TEXT), wrap(strip.words, _WORDS)
            rows = max(len(statement), len(words))
            for texts, x in ((statement, MARGIN), (words, left + _STRIP + 0.15)):
                for i, text in enumerate(texts):
                    page.text(x, y + i * ROW * 0.8, text)
            draw_strip(page, axis, strip, y + (rows - 1) * ROW * 0.4)
            y += max(rows * ROW * 0.8 + ROW * 0.5, 0.27)
    y = page.paragraph(MARGIN, y + 0.1, NOTE, 0.14, _SMALL, INK)
    return page, y + MARGIN


def _runs(rows: Sequence[VerdictAtYear]) -> tuple[VerdictSpan, ...]:
    """The verdicts of one statement, years alike put together."""
    found: list[VerdictSpan] = []
    for row in rows:
        if row.year is None:
            continue
        if found and (found[-1].verdict, found[-1].certainty) == (row.verdict, row.certainty):
            found[-1] = VerdictSpan(found[-1].first, row.year, row.verdict, row.certainty)
        else:
            found.append(VerdictSpan(row.year, row.year, row.verdict, row.certainty))
    return tuple(found)


def gather(years: Sequence[VerdictAtYear], twice: Sequence[JudgedTwice]) -> Strips:
    """The figure from the tables of statements through time, documents in their order."""
    by_claim: dict[str, list[VerdictAtYear]] = {}
    for row in years:
        if row.part is None:
            by_claim.setdefault(row.claim, []).append(row)
    documents: dict[str, list[Strip]] = {}
    for judged in twice:
        if judged.part is None:
            own = int(judged.published[:4]) if judged.published else None
            dated = f"{judged.document} ({judged.published or 'no date'})"
            words = judged.judgement if own is not None else f"no date; now {wording.statement_verdict(judged.now)}"
            strip = Strip(judged.claim, judged.says, words[:1].upper() + words[1:], own, _runs(by_claim[judged.claim]))
            documents.setdefault(dated, []).append(strip)
    known = [row.year for row in years if row.year is not None]
    listed = tuple((document, tuple(strips)) for document, strips in documents.items()) if known else ()
    title = "What the trials of each time say of the documents' statements"
    return Strips(title, min(known, default=0), max(known, default=0), listed)
