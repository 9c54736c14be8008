"""The evidence at a glance: one pooled result for each group, short beside long term, passive above active."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.plots.drawing.axis import EffectAxis, nice
from evidence_synthesis.plots.drawing.canvas import BAND, BLUE, GREY, INK, PALE, SIZE, VERMILION, Page, Pages, text_width
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import POINTS_UNIT, Outcome
from evidence_synthesis.synthesis.rows.analyses import PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty

_R = TypeVar("_R")
ByTerm = Sequence[tuple[str, Sequence[tuple[str, Mapping[str, _R]]]]]  # heading; then groups, with what they have by term
Terms = Sequence[tuple[str, str]]  # id and label

PANEL = 2.3
_GAP = 0.25
_TEXT = 1.85
_TICKS = {
    "MD": (-30, -20, -10, 0, 10, 20, 30),
    "SMD": (-1.5, -1, -0.5, 0, 0.5, 1, 1.5),
    "RD": (-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6),
    **dict.fromkeys(RATIOS, (0.125, 0.25, 0.5, 1, 2, 4, 8)),
}


def told_by_term(opening: str, sections: ByTerm[_R], terms: Terms, words: Callable[[str, _R], str]) -> str:
    """A figure of groups by term in words: a sentence for each group, with ``words`` of each term's label and record.

    Groups of one name in several sections are told with the heading of their section.
    """
    labels = [label for _, groups in sections for label, _ in groups]
    groups = (
        (
            label if labels.count(label) == 1 else f"{heading}, {wording.running(label)}",
            (words(name, by_term[term]) for term, name in terms if term in by_term),
        )
        for heading, groups in sections
        for label, by_term in groups
    )
    return wording.told(opening, groups)


@dataclass(frozen=True, slots=True)
class PlottedResult:
    """A result as the figure shows it: estimate and limits, trials, the side that it is clearly on, what else is said of it."""

    effect: tuple[float, float, float]
    trials: int
    favours: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the figure shows: sections of groups, each group with a result for each term (or none).

    ``event_is_good`` tells on which side of a ratio the treatment is better; it is None for scales.
    """

    title: str
    subtitle: str
    terms: Terms
    sections: ByTerm[PlottedResult]
    threshold: float
    measure: str
    event_is_good: bool | None
    room: float = _TEXT  # for the words beside each panel, in inches
    note: str = ""
    unit: str = ""

    @property
    def ticks(self) -> Sequence[float]:
        """Values along the axis, no effect among them: those of the measure, or of effects in a unit of their own."""
        if self.measure != "MD" or self.unit in ("", POINTS_UNIT):
            return _TICKS[self.measure]
        rows = [r for _, groups in self.sections for _, by_term in groups for r in by_term.values()]
        last = nice(max((abs(r.effect[0]) * 1.25 for r in rows), default=0.0) or 1.0)
        last = max(last, nice(2 * self.threshold))
        return (-last, -last / 2, 0, last / 2, last)

    def size(self) -> int:
        """Trials shown (a trial in two groups counts twice)."""
        return sum(r.trials for _, groups in self.sections for _, by_term in groups for r in by_term.values())

    def describe(self) -> str:
        """The figure in words."""

        def words(term: str, row: PlottedResult) -> str:
            return f"{term}, {wording.count(row.trials, 'trial')}, {self.measure} {_effect(row, self)}"

        return told_by_term(f"{self.title}. {self.subtitle}", self.sections, self.terms, words)

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers that the figure shows, line by line."""
        for heading, groups in self.sections:
            for label, by_term in groups:
                for term, row in by_term.items():
                    values = dict(zip(("effect", "ci_low", "ci_high"), row.effect, strict=True))
                    yield {"block": heading, "section": term, "kind": "pooled", "label": label, **values}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def _axis(left: float, overview: Overview) -> EffectAxis:
    """The axis of one term."""
    last, ratios = overview.ticks[-1], overview.measure in RATIOS
    return EffectAxis(left, PANEL, 1 / last, last, True) if ratios else EffectAxis(left, PANEL, -last, last, False)


def _mark(page: Page, axis: EffectAxis, y: float, row: PlottedResult) -> None:
    """The interval of a result and its estimate; one beyond the axis has an arrow head only."""
    effect, low, high = row.effect
    colour = {"treatment": BLUE, "comparator": VERMILION}.get(row.favours, GREY)
    axis.interval(page, y, (low, high), 1.0, colour)
    if not axis.holds(effect):
        return
    middle, half = axis.at(effect), 0.05
    if row.trials > 1:
        page.shape([(middle - half, y), (middle, y - half), (middle + half, y), (middle, y + half)], colour)
    else:
        page.square(middle, y, 0.03, "white", colour)


def _effect(row: PlottedResult, overview: Overview) -> str:
    return wording.fit_to_print(overview.measure, *row.effect, unit=overview.unit)


def _text(row: PlottedResult, overview: Overview) -> str:
    return "  ".join(filter(None, (_effect(row, overview), f"k={row.trials}", row.said)))


def _label_width(overview: Overview) -> float:
    headings = [text_width(heading, SIZE, True) + 0.1 for heading, _ in overview.sections]
    return max(headings + [text_width(label) for _, groups in overview.sections for label, _ in groups])


def _row(page: Page, panels: Sequence[EffectAxis], overview: Overview, y: float, by_term: Mapping[str, PlottedResult]) -> None:
    for panel, (term, _) in zip(panels, overview.terms, strict=True):
        x = panel.left + PANEL + _GAP / 2 + overview.room
        if term in by_term:
            _mark(page, panel, y, by_term[term])
            page.text(x, y, _text(by_term[term], overview), "right", size=6.5)
        else:
            page.text(x, y, "no trial", "right", size=6.5, colour=GREY)


def _band(measure: str, threshold: float) -> tuple[float, float]:
    """The effects that are smaller than the smallest worthwhile one, in either direction."""
    ends = (threshold, 1 / threshold) if measure in RATIOS else (-threshold, threshold)
    return min(ends), max(ends)


def _frame(page: Page, panel: EffectAxis, top: float, bottom: float, overview: Overview) -> None:
    """Band, line at no effect and axis of a panel."""
    left, right = (panel.at(end) for end in _band(overview.measure, overview.threshold))
    none = scales.NO_EFFECT[overview.measure]
    page.box(left, top, right - left, bottom - top, BAND)
    page.line([(panel.at(none), top), (panel.at(none), bottom)], GREY, 0.7)
    y = bottom + 0.05
    page.line([(panel.left, y), (panel.left + PANEL, y)], INK, 0.7)
    for tick in overview.ticks:
        page.line([(panel.at(tick), y), (panel.at(tick), y + 0.04)], INK, 0.7)
        page.text(panel.at(tick), y + 0.12, f"{tick:g}".replace("-", "\u2212"), "center", size=6.5)
    sides = ("comparator", "treatment") if overview.event_is_good else ("treatment", "comparator")
    page.text(panel.at(none) - 0.1, y + 0.27, f"\u2190 Favours {sides[0]}", "right", size=6.5)
    page.text(panel.at(none) + 0.1, y + 0.27, f"Favours {sides[1]} \u2192", "left", size=6.5)


def _lay_out(overview: Overview) -> tuple[Page, float]:
    """Everything on a page, and its height."""
    first = MARGIN + _label_width(overview) + _GAP
    step = PANEL + _GAP / 2 + overview.room + _GAP
    panels = [_axis(first + i * step, overview) for i in range(len(overview.terms))]
    page = Page(first + step * len(panels) - _GAP + MARGIN)
    y = page.heading(MARGIN, MARGIN + 0.13, overview.title) + 0.17
    top = y = page.paragraph(MARGIN, y + ROW / 2, overview.subtitle, ROW) - ROW / 2 + 0.3
    for panel, (_, words) in zip(panels, overview.terms, strict=True):
        page.text(panel.left + PANEL / 2, y - 0.1, words, "center", bold=True)
    for heading, groups in overview.sections:
        y += 0.06
        page.box(MARGIN, y, first - MARGIN - _GAP / 2, ROW * 1.1, PALE)
        page.text(MARGIN + 0.05, y + ROW * 0.55, heading, bold=True)
        y += ROW * 1.1
        for label, by_term in groups:
            page.text(MARGIN, y + ROW / 2, label)
            _row(page, panels, overview, y + ROW / 2, by_term)
            y += ROW
    for panel in panels:
        _frame(page, panel, top, y, overview)
    note = "Diamond: pooled from two trials or more. Open square: one trial. Grey: nothing to be sure of. Beside k: certainty."
    note = f"{note} {overview.note}".strip()
    return page, page.paragraph(MARGIN, y + 0.55, note, ROW, 6.5) - ROW + MARGIN


def gather(
    rows: Sequence[PooledResult],
    judgements: Iterable[Certainty],
    outcome: Outcome,
    comparator: str,
    comparator_label: str,
    population: str,
    population_label: str,
    terms: Sequence[tuple[str, str]],
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]],
) -> Overview:
    """The overview of one outcome, on its first measure, against one group of comparators; groups without a trial stay out.

    Beside each result stands its certainty; what is unclear or too little to judge is on no side, and has no colour.
    """
    measure = outcome.measures[0]
    judged = by_key(judgements)
    wanted = (outcome.outcome, comparator, population, measure)
    found: dict[str, dict[str, PlottedResult]] = {}
    for row in rows:
        judgement = judged.get(row.key)
        if judgement and (row.outcome, row.comparator, row.population, row.measure) == wanted:
            sure = wording.tone(judgement.verdict, judgement.certainty).split()[1] != "0"
            side = row.favours if sure else "neither"
            found.setdefault(row.group, {})[row.term] = PlottedResult(row.effect, row.trials, side, judgement.certainty)
    shown = [
        (heading, [(label, found[group]) for group, label in groups if {t for t, _ in terms} & found.get(group, {}).keys()])
        for heading, groups in sections
    ]
    threshold = outcome.thresholds[measure]
    low, high = _band(measure, threshold)
    in_unit = f" in {outcome.unit}" if measure == "MD" else ""
    smaller = f"effects smaller than {threshold:g}{' points' if measure == 'MD' and not outcome.natural else ''}"
    smaller = f"ratios between {low:g} and {high:g}" if measure in RATIOS else smaller
    name = f"{wording.MEASURES[measure]}{in_unit}"
    subtitle = f"{population_label}. Against {comparator_label}. {name} with 95% CI; k trials. Shaded: {smaller}."
    title = f"{outcome.label}: what each treatment does"
    shown, unit = [s for s in shown if s[1]], outcome.unit_of(measure)
    return Overview(title, subtitle, terms, shown, threshold, measure, outcome.event_is_good, unit=unit)
