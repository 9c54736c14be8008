"""The harvest of evidence: treatment by follow-up term, with how much there is, what it says, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, PALE, VERMILION, Page, Pages, text_width
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.plots.overview import ByTerm, Terms, told_by_term
from evidence_synthesis.storage.files import cell
from evidence_synthesis.synthesis.rows.analyses import PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty

_CELL = 2.1
_STEP = 0.3  # height of a line
_LARGEST = 0.12  # half the side of the largest square
_FULL = 2000.0  # people at which it is reached
_SMALL = 6.5
# the hue tells direction and size, its strength the certainty from very low (an empty square) to high; words make the map
# readable without colour
_HUES = {"better": BLUE, "little": "#3d8fc4", "same": "#777777", "worse": VERMILION}
_SHARES = {1: 0.0, 2: 0.35, 3: 0.7, 4: 1.0}  # of the hue in the fill


def _mixed(colour: str, share: float) -> str:
    """A colour thinned with white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


def look(verdict: str, certainty: str) -> tuple[str, str]:
    """Fill and edge of a result; what is unclear or too little to judge has no colour."""
    side, strength = wording.tone(verdict, certainty).split()
    hue = _HUES.get(side)
    return ("white", "#bbbbbb") if hue is None else (_mixed(hue, _SHARES[int(strength)]), hue)


@dataclass(frozen=True, slots=True)
class RatedResult:
    """A pooled result with its verdict and its certainty."""

    pooled: PooledResult
    verdict: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Harvest:
    """Sections of groups; each group has for a term its pooled result with verdict and certainty (or none)."""

    title: str
    subtitle: str
    terms: Terms
    sections: ByTerm[RatedResult]

    def size(self) -> int:
        """Cells filled."""
        return sum(len(by_term) for _, groups in self.sections for _, by_term in groups)

    def describe(self) -> str:
        """The figure in words."""

        def words(term: str, r: RatedResult) -> str:
            trials, finding = wording.count(r.pooled.trials, "trial"), wording.finding(r.verdict, r.certainty)
            return f"{term}, {trials}, {finding}, certainty {r.certainty}"

        return told_by_term(f"{self.title}. {self.subtitle}", self.sections, self.terms, words)

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """What the figure shows, cell by cell."""
        for heading, groups in self.sections:
            for label, by_term in groups:
                for term, r in by_term.items():
                    row = r.pooled
                    values = {"effect": row.estimate, "ci_low": row.ci_low, "ci_high": row.ci_high}
                    people = cell(row.participants) or "unknown"
                    facts = f"{row.trials} trials; {people} people; {r.verdict}; {r.certainty}"
                    yield {"block": heading, "section": term, "kind": "cell", "label": label, **values, "value": facts}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def _cell(page: Page, x: float, y: float, rated: RatedResult) -> None:
    row = rated.pooled
    people = row.participants or 0.0
    half = max(0.025, _LARGEST * math.sqrt(min(people, _FULL) / _FULL))
    fill, edge = look(rated.verdict, rated.certainty)
    page.square(x + 0.15, y, half, fill, edge)
    size = wording.count(row.trials, "trial")
    if people:
        size += f", {wording.people(people, row.trials_without_n)}"
    page.text(x + 0.33, y - 0.06, wording.finding(rated.verdict, rated.certainty), size=_SMALL)
    page.text(x + 0.33, y + 0.06, f"{size}; {rated.certainty} certainty", size=5.5, colour=GREY)


def _lay_out(harvest: Harvest) -> tuple[Page, float]:
    names = [(label, False) for _, groups in harvest.sections for label, _ in groups]
    names += [(heading, True) for heading, _ in harvest.sections]
    first = MARGIN + max(text_width(name, bold=bold) for name, bold in names) + 0.25
    page = Page(first + _CELL * len(harvest.terms) + MARGIN)
    y = page.heading(MARGIN, MARGIN + 0.13, harvest.title)
    y = page.paragraph(MARGIN, y + 0.22, harvest.subtitle, ROW) - ROW + 0.23
    for i, (_, words) in enumerate(harvest.terms):
        page.text(first + i * _CELL + 0.05, y, words.split(" (")[0], bold=True)
    y += 0.1
    for heading, groups in harvest.sections:
        y += 0.05
        page.box(MARGIN, y, page.width - 2 * MARGIN, ROW * 1.1, PALE)
        page.text(MARGIN + 0.05, y + ROW * 0.55, heading, bold=True)
        y += ROW * 1.1
        for label, by_term in groups:
            middle = y + _STEP / 2
            page.text(MARGIN, middle, label)
            for i, (term, _) in enumerate(harvest.terms):
                if term in by_term:
                    _cell(page, first + i * _CELL, middle, by_term[term])
                else:
                    page.text(first + i * _CELL + 0.33, middle, "no trial", size=_SMALL, colour=GREY)
            y += _STEP
            page.line([(MARGIN, y), (page.width - MARGIN, y)], PALE, 0.5)
    note = (
        f"Area of the square: people (largest from {_FULL:.0f}; + where a trial prints none); the fuller, the more certain "
        "(GRADE, by rule)."
    )
    below = page.paragraph(MARGIN, y + 0.15, note, ROW, _SMALL)
    return page, below - ROW + MARGIN


def gather(
    rows: Iterable[PooledResult],
    judgements: Iterable[Certainty],
    outcome: tuple[str, str],
    comparator: tuple[str, str],
    population: tuple[str, str],
    terms: Sequence[tuple[str, str]],
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]],
) -> Harvest:
    """The map of one outcome (id and label) against one group of comparators in one population."""
    judged = by_key(judgements)
    found: dict[str, dict[str, RatedResult]] = {}
    for row in rows:
        judgement = judged.get(row.key)
        if judgement and (row.outcome, row.comparator, row.population) == (outcome[0], comparator[0], population[0]):
            found.setdefault(row.group, {})[row.term] = RatedResult(row, judgement.verdict, judgement.certainty)
    shown = [(h, [(label, found[g]) for g, label in groups if g in found]) for h, groups in sections]
    subtitle = f"{population[1]}. Against {comparator[1]}."
    return Harvest(f"{outcome[1]}: the evidence there is", subtitle, terms, [s for s in shown if s[1]])
