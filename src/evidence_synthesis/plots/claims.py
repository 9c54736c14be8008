"""The documents' statements and what the trials say of them: one line each, by document, readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, INK, PALE, SIZE, VERMILION, Page, Pages, text_width, wrap
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.synthesis.rows.statements import JudgedClaim

_TEXT = 4.3  # width of the statements in inches
_WORD = 1.75
_REASON = 5.6
_SMALL = 6.5
_HALF = 0.05
_SKY = "#56b4e9"
_FOR = ("supported", "leaning")
VERDICTS = tuple(wording.STATEMENT_WORDS)


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements by document: (document, lines), each line a row of the claims table."""

    title: str
    documents: Sequence[tuple[str, Sequence[JudgedClaim]]]

    def size(self) -> int:
        """Statements shown."""
        return sum(len(lines) for _, lines in self.documents)

    def counts(self) -> dict[str, int]:
        """Statements by verdict."""
        found: dict[str, int] = {}
        for _, lines in self.documents:
            for line in lines:
                found[line.verdict] = found.get(line.verdict, 0) + 1
        return found

    def describe(self) -> str:
        """The figure in words."""
        parts = [f"{line.statement} {line.verdict_words.capitalize()}." for _, lines in self.documents for line in lines]
        return f"{self.title}. " + " ".join(parts)

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """What the figure shows, line by line."""
        for document, lines in self.documents:
            for line in lines:
                where = {"block": document, "section": line.claim, "kind": "statement"}
                yield {**where, "label": line.statement, "value": line.verdict}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def mark(page: Page, x: float, y: float, verdict: str) -> None:
    """A mark whose shape tells the verdict; blue is for what trials bear out, and nothing that is open has a colour.

    Full square: supported; half square: leaning; cross: contradicted; half of a cross: leaning against; triangle: overtaken;
    open square: open or still unproven; open diamond: mixed; dash: not looked at.
    """
    left, right, top, bottom = x - _HALF, x + _HALF, y - _HALF, y + _HALF
    square = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if verdict in ("contradicted", "leaning_against"):
        page.line([square[0], square[2]], VERMILION, 2.0)
        if verdict == "contradicted":
            page.line([square[1], square[3]], VERMILION, 2.0)
    elif verdict == "overtaken":
        page.shape([(x, top), (right, bottom), (left, bottom)], VERMILION, VERMILION)
    elif verdict in _FOR:
        page.shape(square, BLUE if verdict == "supported" else "white", BLUE if verdict == "supported" else _SKY)
        if verdict == "leaning":
            page.shape([square[0], square[1], square[3]], _SKY)
    elif verdict == "not_looked_at":
        page.line([(left, y), (right, y)], GREY, 1.2)
    elif verdict == "mixed":
        page.shape([(x, top), (right, y), (x, bottom), (left, y)], "white", INK)
    else:
        page.shape(square, "white", GREY)


def _line(page: Page, y: float, line: JudgedClaim) -> float:
    statement = wrap(line.statement, _TEXT)
    words = wrap(line.in_words, _WORD)
    reason = wrap(_reason(line), _REASON, _SMALL)
    middle = y + ROW / 2
    for i, text in enumerate(statement):
        page.text(MARGIN, middle + i * ROW * 0.8, text)
    x = MARGIN + _TEXT + 0.2
    mark(page, x, middle, line.verdict)
    for i, text in enumerate(words):
        page.text(x + 0.15, middle + i * ROW * 0.8, text, bold=line.verdict in ("supported", "contradicted", "overtaken"))
    for i, text in enumerate(reason):
        page.text(x + _WORD + 0.25, middle + i * 0.13, text, size=_SMALL, colour=GREY)
    rows = max(len(statement), len(words))
    return y + max(rows * ROW * 0.8 + ROW * 0.35, len(reason) * 0.13 + ROW * 0.35)


def _reason(line: JudgedClaim) -> str:
    said = [
        line.summary + ".",
        line.firmer and f"Said {line.firmer}.",
        line.without_doubtful and line.without_doubtful + ".",
    ]
    return " ".join(filter(None, said))


def _lay_out(statements: Statements) -> tuple[Page, float]:
    page = Page(MARGIN * 2 + _TEXT + _WORD + _REASON + 0.55)
    y = page.heading(MARGIN, MARGIN + 0.13, statements.title)
    counts = statements.counts()
    y += 0.25
    x = MARGIN + _HALF
    for verdict in VERDICTS:
        words = f"{wording.statement_verdict(verdict)} ({counts.get(verdict, 0)})"
        mark(page, x, y, verdict)
        page.text(x + 0.12, y, words)
        x += 0.35 + text_width(words, SIZE)
    y += 0.15
    for document, lines in statements.documents:
        y += 0.06
        page.box(MARGIN, y, page.width - 2 * MARGIN, ROW * 1.1, PALE)
        page.text(MARGIN + 0.05, y + ROW * 0.55, document, bold=True)
        y += ROW * 1.25
        for line in lines:
            y = _line(page, y, line)
            page.line([(MARGIN, y - 0.02), (page.width - MARGIN, y - 0.02)], PALE, 0.5)
    note = "The verdict is that on the primary readings; beside it all parts in words. No part decides for the others."
    page.text(MARGIN, y + 0.15, note, size=_SMALL, colour=INK)
    return page, y + 0.15 + MARGIN


def gather(claims: Sequence[JudgedClaim]) -> Statements:
    """The figure from the claims table, documents in its order."""
    documents: dict[str, list[JudgedClaim]] = {}
    for claim in claims:
        documents.setdefault(claim.document, []).append(claim)
    who = wording.count(len(documents), "document") + (" says" if len(documents) == 1 else " say")
    words = wording.count(len(claims), "statement")
    return Statements(f"What {who}, and what the trials show: {words}", list(documents.items()))
