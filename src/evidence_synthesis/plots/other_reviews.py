"""Ours among theirs: for each question of the statements the estimates that published reviews pool, with our own above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.axis import EffectAxis
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, INK, PALE, VERMILION, Page, Pages, text_width
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.review.settings import POINTS_UNIT
from evidence_synthesis.synthesis.rows.other_reviews import BesideReviews, ReviewEstimate

_PANEL = 3.2
_SMALL = 6.5
NOTE = "Full squares: ours. Open squares, dashed: published. Reviews stand beside our trials and are never pooled with them."
LIMITS = {"MD": 40.0, "SMD": 2.0}
OURS = "Our trials"


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """An interval with whose it is, and on how many trials."""

    whose: str
    effect: tuple[float, float, float]
    trials: int | None
    certainty: str

    def words(self, measure: str) -> str:
        """The numbers beside the interval."""
        said = [wording.fit_to_print(measure, *self.effect)]
        said += [wording.count(self.trials, "trial")] if self.trials else []
        return "; ".join([*said, *([f"{self.certainty} certainty"] if self.certainty else [])])


@dataclass(frozen=True, slots=True)
class QuestionAmongReviews:
    """A question with our estimate, where our trials answer it on the measure, and those of reviews, newest first."""

    question: str
    lines: tuple[ReviewLine, ...]


@dataclass(frozen=True, slots=True)
class AmongReviews:
    """Questions by measure."""

    title: str
    measures: tuple[tuple[str, tuple[QuestionAmongReviews, ...]], ...]

    def size(self) -> int:
        """Intervals shown."""
        return sum(len(q.lines) for _, questions in self.measures for q in questions)

    def describe(self) -> str:
        """The figure in words."""
        said = [
            f"{q.question}: {'; '.join(f'{line.whose} {measure} {line.words(measure)}' for line in q.lines)}."
            for measure, questions in self.measures
            for q in questions
        ]
        return f"{self.title}. {' '.join(said)}"

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers drawn."""
        for measure, questions in self.measures:
            for q in questions:
                for line in q.lines:
                    values = dict(zip(("effect", "ci_low", "ci_high"), line.effect, strict=True))
                    kind = "ours" if line.whose == OURS else "review"
                    yield {"block": measure, "section": q.question, "kind": kind, "label": line.whose, **values}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def draw_line(page: Page, axis: EffectAxis, line: ReviewLine, middle: float) -> None:
    """An interval with its estimate, ours and theirs told apart by colour, line and mark."""
    ours = line.whose == OURS
    colour = BLUE if ours else VERMILION
    axis.interval(page, middle, line.effect[1:], 1.0, colour, "solid" if ours else "dashed")
    if axis.holds(line.effect[0]):
        page.square(axis.at(line.effect[0]), middle, 0.035, colour if ours else "white", colour)


def draw_ruler(page: Page, axis: EffectAxis, measure: str, y: float, size: float = _SMALL) -> None:
    """The axis below the intervals, with five values along it."""
    page.line([(axis.left, y + 0.02), (axis.left + axis.width, y + 0.02)], INK, 0.7)
    for tick in (axis.low, axis.low / 2, 0.0, axis.high / 2, axis.high):
        page.text(axis.at(tick), y + 0.1, wording.number(tick, 0 if measure == "MD" else 1), "center", size=size)


def name_of(measure: str) -> str:
    """The heading above the questions on a measure."""
    return "Mean difference, points of 100" if measure == "MD" else "Standardised mean difference"


def _question(page: Page, axis: EffectAxis, measure: str, asked: QuestionAmongReviews, y: float) -> float:
    page.text(MARGIN, y + ROW / 2, asked.question, bold=True)
    y += ROW
    for line in asked.lines:
        middle = y + ROW / 2
        page.text(MARGIN + 0.12, middle, line.whose)
        draw_line(page, axis, line, middle)
        page.text(axis.left + _PANEL + 0.15, middle, line.words(measure), size=_SMALL)
        y += ROW * 0.9
    return y + ROW * 0.35


def _lay_out(figure: AmongReviews) -> tuple[Page, float]:
    lines = [(measure, q, line) for measure, questions in figure.measures for q in questions for line in q.lines]
    names = max(text_width(line.whose) for _, _, line in lines) + 0.12
    headings = max(text_width(q.question, bold=True) for _, q, _ in lines)
    left = MARGIN + names + 0.3
    numbers = max(text_width(line.words(measure), _SMALL) for measure, _, line in lines)
    page = Page(max(left + _PANEL + 0.15 + numbers, MARGIN + headings) + MARGIN)
    y = page.heading(MARGIN, MARGIN + 0.13, figure.title) + 0.22
    page.text(MARGIN, y, NOTE, colour=GREY)
    y += 0.18
    for measure, questions in figure.measures:
        limit = LIMITS[measure]
        axis = EffectAxis(left, _PANEL, -limit, limit, False)
        page.box(MARGIN, y, page.width - 2 * MARGIN, ROW * 1.1, PALE)
        page.text(MARGIN + 0.05, y + ROW * 0.55, name_of(measure), bold=True)
        y += ROW * 1.3
        for asked in questions:
            top = y + ROW
            y = _question(page, axis, measure, asked, y)
            page.line([(axis.at(0), top), (axis.at(0), y - ROW * 0.35)], GREY, 0.7)
        draw_ruler(page, axis, measure, y)
        y += 0.35
    return page, y + MARGIN


def _of_measure(measure: str, asked: Mapping[str, Sequence[ReviewEstimate]]) -> tuple[QuestionAmongReviews, ...]:
    found = []
    for question, rows in asked.items():
        some = [r for r in rows if r.measure == measure]
        if not some:
            continue
        own = next((r for r in some if r.our_estimate is not None), None)
        lines = [ReviewLine(r.review, (r.estimate, r.ci_low, r.ci_high), r.trials, r.certainty) for r in some]
        if own is not None and own.our_estimate is not None and own.our_low is not None and own.our_high is not None:
            lines.insert(0, ReviewLine(OURS, (own.our_estimate, own.our_low, own.our_high), own.our_trials, ""))
        found.append(QuestionAmongReviews(question, tuple(lines)))
    return tuple(found)


def gather(estimates: Sequence[ReviewEstimate], beside: Sequence[BesideReviews]) -> AmongReviews:
    """The figure from the tables of estimates and of parts beside reviews; a question that several parts ask stands once.

    On scales only: mean differences on 0 to 100, and standardised ones. Mean differences in another unit (mmHg, days) have no
    place on such an axis.
    """
    questions = {(row.claim, row.part): row.question for row in beside}
    asked: dict[str, dict[str, ReviewEstimate]] = {}
    for row in estimates:
        if row.measure == "MD" and row.unit != POINTS_UNIT:
            continue
        asked.setdefault(questions[row.claim, row.part], {}).setdefault(row.estimate_id, row)
    listed = {question: list(rows.values()) for question, rows in asked.items()}
    measures = [(measure, _of_measure(measure, listed)) for measure in LIMITS]
    return AmongReviews("Our trials among published reviews", tuple((m, found) for m, found in measures if found))
