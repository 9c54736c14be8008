"""The harvest of evidence: treatment by follow-up term, with how much there is, what it says, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, INK, PALE, VERMILION, Page, Pages, text_width
from evidence_synthesis.plots.forest import MARGIN, ROW, Record
from evidence_synthesis.plots.overview import ByTerm, Terms, told_by_term

_CELL = 1.75
_STEP = 0.3  # height of a line
_LARGEST = 0.12  # half the side of the largest square
_FULL = 2000.0  # people at which it is reached
_SMALL = 6.5
# fill and edge of each verdict; words make the map readable without colour
_LOOKS = {
    "benefit": (BLUE, BLUE),
    "small_benefit": ("#56b4e9", BLUE),
    "no_relevant_effect": ("#bbbbbb", GREY),
    "not_shown": ("white", GREY),
    "conflicting": ("#f0e442", INK),
    "insufficient": ("white", "#bbbbbb"),
    "harm": (VERMILION, VERMILION),
}


@dataclass(frozen=True, slots=True)
class Harvest:
    """Sections of groups; each group has for a term its pooled record with ``verdict`` and ``certainty`` (or none)."""

    title: str
    subtitle: str
    terms: Terms
    sections: ByTerm

    def size(self) -> int:
        """Cells filled."""
        return sum(len(by_term) for _, groups in self.sections for _, by_term in groups)

    def describe(self) -> str:
        """The figure in words."""

        def words(term: str, r: Record) -> str:
            trials, verdict = wording.count(int(r["trials"]), "trial"), wording.VERDICT_WORDS[r["verdict"]]
            return f"{term}, {trials}, {verdict}, certainty {r['certainty']}"

        return told_by_term(f"{self.title}. {self.subtitle}", self.sections, self.terms, words)

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """What the figure shows, cell by cell."""
        for heading, groups in self.sections:
            for label, by_term in groups:
                for term, r in by_term.items():
                    values = {"effect": r["estimate"], "ci_low": r["ci_low"], "ci_high": r["ci_high"]}
                    facts = f"{r['trials']} trials; {r['participants'] or 'unknown'} people; {r['verdict']}; {r['certainty']}"
                    yield {"block": heading, "section": term, "kind": "cell", "label": label, **values, "value": facts}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def _cell(page: Page, x: float, y: float, record: Record) -> None:
    people = float(record["participants"]) if record["participants"] else 0.0
    half = max(0.025, _LARGEST * math.sqrt(min(people, _FULL) / _FULL))
    fill, edge = _LOOKS[record["verdict"]]
    page.square(x + 0.15, y, half, fill, edge)
    size = wording.count(int(record["trials"]), "trial")
    if people:
        size += f", {people:.0f}{'+' if record['trials_without_n'] != '0' else ''} people"
    page.text(x + 0.33, y - 0.06, wording.VERDICT_WORDS[record["verdict"]], size=_SMALL)
    page.text(x + 0.33, y + 0.06, f"{size}; {record['certainty']}", size=5.5, colour=GREY)


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
        f"Area of the square: people (largest from {_FULL:.0f}; + where a trial prints none). Last: certainty (GRADE, by rule)."
    )
    below = page.paragraph(MARGIN, y + 0.15, note, ROW, _SMALL)
    return page, below - ROW + MARGIN


def gather(
    rows: Iterable[Record],
    judgements: Iterable[Record],
    outcome: tuple[str, str],
    comparator: tuple[str, str],
    population: tuple[str, str],
    terms: Sequence[tuple[str, str]],
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]],
) -> Harvest:
    """The map of one outcome (id and label) against one group of comparators in one population."""
    judged = {(j["analysis_id"], j["measure"]): j for j in judgements}
    found: dict[str, dict[str, Record]] = {}
    for row in rows:
        judgement = judged.get((row["analysis_id"], row["measure"]))
        if judgement and (row["outcome"], row["comparator"], row["population"]) == (outcome[0], comparator[0], population[0]):
            extra = {"verdict": judgement["verdict"], "certainty": judgement["certainty"]}
            found.setdefault(row["group"], {})[row["term"]] = {**row, **extra}
    shown = [(h, [(label, found[g]) for g, label in groups if g in found]) for h, groups in sections]
    subtitle = f"{population[1]}. Against {comparator[1]}."
    return Harvest(f"{outcome[1]}: the evidence there is", subtitle, terms, [s for s in shown if s[1]])
