"""The documents' statements and what the data make of them: one line each, by document, readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, INK, PALE, SIZE, VERMILION, Page, Pages, text_width, wrap
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.synthesis.rows.conclusions import JudgedClaim

_TEXT = 5.2  # width of the statements in inches
_WORD = 1.15
_REASON = 4.1
_SMALL = 6.5
_HALF = 0.05
AGREES, PARTLY, DISAGREES = "agrees", "partly", "disagrees"
_COLOURS = {AGREES: BLUE, PARTLY: "#56b4e9", DISAGREES: VERMILION}


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements by document: (document, lines), each line a row of the claims table."""

    title: str
    documents: Sequence[tuple[str, Sequence[JudgedClaim]]]

    def size(self) -> int:
        """Statements shown."""
        return sum(len(lines) for _, lines in self.documents)

    def counts(self) -> dict[str, int]:
        """Statements by opinion."""
        found: dict[str, int] = {}
        for _, lines in self.documents:
            for line in lines:
                found[line.opinion] = found.get(line.opinion, 0) + 1
        return found

    def describe(self) -> str:
        """The figure in words."""
        parts = [f"{line.statement} {line.opinion.capitalize()}." for _, lines in self.documents for line in lines]
        return f"{self.title}. " + " ".join(parts)

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """What the figure shows, line by line."""
        for document, lines in self.documents:
            for line in lines:
                where = {"block": document, "section": line.claim, "kind": "statement"}
                yield {**where, "label": line.statement, "value": line.opinion}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def mark(page: Page, x: float, y: float, opinion: str) -> None:
    """A mark whose shape tells the opinion: full square, half square, cross, open square."""
    square = [(x - _HALF, y - _HALF), (x + _HALF, y - _HALF), (x + _HALF, y + _HALF), (x - _HALF, y + _HALF)]
    colour = _COLOURS.get(opinion, GREY)
    if opinion == DISAGREES:
        page.line([square[0], square[2]], colour, 2.0)
        page.line([square[1], square[3]], colour, 2.0)
        return
    page.shape(square, colour if opinion == AGREES else "white", colour)
    if opinion == PARTLY:
        page.shape([square[0], square[1], square[3]], colour)


def _line(page: Page, y: float, line: JudgedClaim) -> float:
    statement = wrap(line.statement, _TEXT)
    reason = wrap(_reason(line), _REASON, _SMALL)
    middle = y + ROW / 2
    for i, text in enumerate(statement):
        page.text(MARGIN, middle + i * ROW * 0.8, text)
    x = MARGIN + _TEXT + 0.2
    mark(page, x, middle, line.opinion)
    page.text(x + 0.15, middle, line.opinion, bold=line.opinion in (AGREES, DISAGREES))
    for i, text in enumerate(reason):
        page.text(x + _WORD + 0.1, middle + i * 0.13, text, size=_SMALL, colour=GREY)
    return y + max(len(statement) * ROW * 0.8 + ROW * 0.35, len(reason) * 0.13 + ROW * 0.35)


def _reason(line: JudgedClaim) -> str:
    certainty = f" Certainty {line.certainty}." if line.certainty else ""
    share = f" Same verdict in {100 * line.same_verdict:.0f} % of universes." if line.same_verdict is not None else ""
    later = " Read later; rules of an earlier statement." if line.rules_of else ""
    return line.reason + "." + certainty + share + later


def _lay_out(statements: Statements) -> tuple[Page, float]:
    page = Page(MARGIN * 2 + _TEXT + _WORD + _REASON + 0.4)
    y = page.heading(MARGIN, MARGIN + 0.13, statements.title)
    counts = statements.counts()
    y += 0.25
    x = MARGIN + _HALF
    for opinion in (AGREES, PARTLY, DISAGREES, "cannot be tested"):
        words = f"{opinion} ({counts.get(opinion, 0)})"
        mark(page, x, y, opinion)
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
    note = "The worst of a statement's tests decides; beside it that test. Universes: all defensible choices combined."
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
