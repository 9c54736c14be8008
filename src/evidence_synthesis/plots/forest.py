"""Forest plots: every trial of a treatment and outcome, by comparator and follow-up, with what pooling makes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.plots.drawing.canvas import (
    BAND,
    BLUE,
    GREY,
    INK,
    PALE,
    SIZE,
    Page,
    Pages,
    fit,
    fit_middle,
    text_width,
    wrap,
)
from evidence_synthesis.plots.drawing.lights import legend, light
from evidence_synthesis.plots.forest_parts import (
    PAPER_WIDTH,
    PLOT_WIDTH,
    WITHIN_SUBGROUPS,
    Block,
    DrawnTrial,
    ForestContent,
    Section,
    make_axis,
    sheets,
)
from evidence_synthesis.plots.journal_forest import JournalDrawing, sized
from evidence_synthesis.review.risk_of_bias import from_words
from evidence_synthesis.review.schema import EVENTS, PAIRINGS
from evidence_synthesis.storage.files import cell
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult

ROW = 0.175
MARGIN = 0.15
GAP = 0.14
_SMALL, _HEADING = 6.5, 8
_SQUARE, _ONLY = 0.13, 0.035
_LIGHT = 0.12
_MAX_OWN = 1.6  # width of a column of the review's own
_MAX_COLUMN = {"study": 2.1, "versus": 2.3}


@dataclass(frozen=True, slots=True)
class Forest(ForestContent):
    """A forest plot in the house's layout or a journal's."""

    def lay_out(self) -> Pages:
        """The page and its height; then, for figures too long to print on one, the pages of the PDF, as wide as A4."""
        draw = _Drawing if self.layout == "house" else JournalDrawing
        drawing = draw(self)
        pages = [sized(drawing.page, drawing.finish(), self.width)]
        on_paper = replace(self, width=self.width or PAPER_WIDTH)
        parts = sheets(on_paper)
        drawn = [draw(part, on_paper) for part in parts] if len(parts) > 1 else []
        return [*pages, *(sized(d.page, d.finish(notes=d is drawn[-1]), on_paper.width) for d in drawn)]


def _whole(value: float | None, unknown: str) -> str:
    """A count; with a decimal where people were shared out among comparisons or shrunk for clusters."""
    return unknown if value is None else wording.number(value, 0 if value == round(value) else 1)


def _arms(trial: AnalysisTrial, measure: str, decimals: int) -> dict[str, str]:
    """What a trial prints of its arms: people and mean (SD), or events of people."""
    sides = {
        "t": (trial.n_t, trial.mean_t, trial.sd_t, trial.events_t),
        "c": (trial.n_c, trial.mean_c, trial.sd_c, trial.events_c),
    }
    cells: dict[str, str] = {}
    for side, (n, mean, sd, events) in sides.items():
        if measure in EVENTS:
            counted = n is not None or events is not None
            cells[f"arm_{side}"] = f"{_whole(events, '?')} / {_whole(n, '?')}" if counted else ""
        else:
            cells[f"n_{side}"] = _whole(n, "")
            cells[f"arm_{side}"] = "" if mean is None else f"{wording.number(mean, decimals)} ({wording.number(sd, decimals)})"
    return cells


def _further(drawn: DrawnTrial, name: str) -> str:
    """The cell of a further column: what the trial's effect says, or a column of the review's own."""
    return fit(cell(getattr(drawn.trial, name)) if name in EXTRA else drawn.own.get(name, ""), _MAX_OWN)


def _trial_cells(drawn: DrawnTrial, forest: Forest) -> dict[str, str]:
    trial = drawn.trial
    marks = (f" [{trial.refs}]" if trial.refs else "") + (" \u2020" if drawn.doubt else "")
    return {
        "study": fit_middle(trial.study, _limits(forest)["study"] - text_width(marks)) + marks,
        "versus": trial.versus,
        **{name: _further(drawn, name) for name in forest.extra},
        "weeks": _whole(trial.weeks, "?") + ("*" if trial.time_note else ""),
        "bias": _BIAS[trial.risk_of_bias],
        **_arms(trial, forest.measure, max(1, forest.decimals or 0)),
        "weight": wording.number(trial.weight, 1),
        "effect": forest.printed(*trial.interval),
    }


@dataclass(frozen=True, slots=True)
class Columns:
    """Left edge and width of each text column, of the plot, and the width of the page."""

    edges: Mapping[str, tuple[float, float]]
    plot: float
    width: float
    plot_width: float = PLOT_WIDTH


_HEADINGS = {
    "study": "Trial [reference]",
    "versus": "Against",
    "weeks": "Weeks",
    "bias": "Bias",
    "domains": "Domains",
    "n_t": "n",
    "arm_t": "Treatment",
    "n_c": "n",
    "arm_c": "Comparator",
    "weight": "Weight %",
    "effect": "95% CI",
}
EXTRA = {"year": "Year", "source_kind": "Read in", "handling": "Arms", "trial_id": "Trial"}  # further columns by config
_BIAS = {"low": "low", "some concerns": "some", "high": "high", "": "?"}
_RIGHT = ("weeks", "n_t", "arm_t", "n_c", "arm_c", "weight", "effect")


def _longest_line(forest: Forest) -> float:
    """Width of the longest of the lines that run across the text columns: headings, and what is said of heterogeneity.

    On a page whose width is given long headings take several lines instead.
    """
    lines = [text_width(b.heading, _HEADING, True) + 0.1 for b in forest.blocks if forest.width is None]
    for section in (s for b in forest.blocks for s in b.sections):
        lines.append(text_width(section.heading))
        if section.pooled.trials > 1:
            lines.append(text_width(_heterogeneity(section.pooled, forest), _SMALL))
    return max(lines) + GAP


_NARROW_PLOT, _NARROW = 1.7, {"study": 1.4, "versus": 1.0}  # of a page whose width is given
_SPARED, _LEAST_PRINT = ("domains", "bias", "versus", "weeks"), 0.87  # of such a page: columns that go before print is smaller


def _limits(forest: Forest) -> Mapping[str, float]:
    """How wide columns of names may be."""
    return _MAX_COLUMN if forest.width is None else _NARROW


def _filled(name: str, cells: Sequence[Mapping[str, str]]) -> bool:
    """Whether a fifth or more of the trials print something in a column."""
    return 5 * sum(bool(row.get(name, "").strip("?/ ")) for row in cells) >= len(cells)


def _taken(widths: Mapping[str, float], plot_width: float) -> float:
    """The width of a page with these columns."""
    return math.fsum(widths.values()) + plot_width + GAP * len(widths) + 2 * MARGIN


def _spare(widths: dict[str, float], forest: Forest, plot_width: float) -> None:
    """Leave out of a page whose width is given what would make its print too small to read."""
    for name in _SPARED:
        if forest.width is not None and _taken(widths, plot_width) * _LEAST_PRINT > forest.width:
            widths.pop(name, None)


def _columns(forest: Forest, cells: Sequence[Mapping[str, str]]) -> Columns:
    """Columns as wide as their content (names at most as wide as their limit); those that hardly any trial fills are left out."""
    plot_width = PLOT_WIDTH if forest.width is None else _NARROW_PLOT
    limits = _limits(forest)
    always = ("study", "effect", "domains", *(("weight",) if forest.weighs else ()))
    widths = {
        name: max(text_width(line, SIZE, True) for line in heading.splitlines())
        for name, heading in _headings(forest).items()
        if name in always or (name != "weight" and _filled(name, cells))
    }
    for side, arm in (("t", "Treatment"), ("c", "Comparator")):
        if f"n_{side}" in widths and f"arm_{side}" not in widths:  # no mean below the arm's name
            widths[f"n_{side}"] = max(widths[f"n_{side}"], text_width(arm, SIZE, True))
    pooled = [forest.printed(*s.pooled.effect) for b in forest.blocks for s in b.sections]
    widths["effect"] = max(widths["effect"], *(text_width(text, SIZE, True) for text in pooled))
    if forest.domains:
        widths["domains"] = max(widths["domains"], _LIGHT * max(len(from_words(w)) for w in forest.domains))
    for row in cells:
        for name in widths.keys() & row.keys():
            widths[name] = max(widths[name], min(text_width(row[name]), limits.get(name, 9.0)))
    _spare(widths, forest, plot_width)
    across = math.fsum(width + GAP for name, width in widths.items() if name != "effect")
    widths["versus" if "versus" in widths else "study"] += max(0.0, _longest_line(forest) - across)
    if forest.width is not None:  # what is left is the plot's
        plot_width += max(0.0, forest.width - _taken(widths, plot_width))
    edges, x = {}, MARGIN
    plot = 0.0
    for name, width in widths.items():
        if name == "effect":
            plot, x = x, x + plot_width + GAP
        edges[name] = (x, width)
        x += width + GAP
    return Columns(edges, plot, x - GAP + MARGIN, plot_width)


def _headings(forest: Forest) -> dict[str, str]:
    counts = forest.measure in EVENTS
    arms = "events / n" if counts else "mean (SD)"
    first = {name: _HEADINGS[name] for name in ("study", "versus")}
    left_out = {*first, *(("n_t", "n_c") if counts else ()), *(() if forest.domains else ("domains",))}
    return {
        **first,
        **{name: EXTRA.get(name) or forest.own.get(name, name) for name in forest.extra},
        **{name: heading for name, heading in _HEADINGS.items() if name not in left_out},
        "arm_t": f"Treatment\n{arms}",
        "arm_c": f"Comparator\n{arms}",
        "effect": f"{forest.measure} (95% CI)",
    }


class _Drawing:
    """Places a forest row by row on a page; columns and axis are those of the whole figure, of which it may be a sheet."""

    def __init__(self, forest: Forest, whole: Forest | None = None) -> None:
        whole = whole or forest
        self.forest = forest
        self.cells = {id(t): _trial_cells(t, whole) for b in whole.blocks for s in b.sections for t in s.trials}
        self.columns = _columns(whole, list(self.cells.values()))
        self.axis = make_axis(whole, self.columns.plot, self.columns.plot_width)
        self.page = Page(self.columns.width if forest.width else max(self.columns.width, 7.0))
        self.y = MARGIN

    def row(self, height: float = ROW) -> float:
        """Take a row and give its middle."""
        self.y += height
        return self.y - height / 2

    def cell(self, name: str, y: float, text: str, bold: bool = False) -> None:
        if name not in self.columns.edges:
            return
        x, width = self.columns.edges[name]
        if name in _RIGHT:
            self.page.text(x + width, y, text, "right", bold=bold)
        else:
            shorten = fit_middle if name == "study" else fit
            self.page.text(x, y, shorten(text, width, bold=bold), bold=bold)

    def paragraph(self, text: str, step: float, size: float = SIZE) -> None:
        """Text in lines across the page, ``step`` apart."""
        for line in wrap(text, self.page.width - 2 * MARGIN, size):
            self.page.text(MARGIN, self.row(step), line, size=size, colour=GREY)

    def title(self) -> None:
        if self.forest.titled:
            middle = self.row(0.26)
            self.y += self.page.heading(MARGIN, middle, self.forest.title) - middle
        unit = f", {self.forest.unit}" if self.forest.unit else ""
        name = wording.MEASURES[self.forest.measure] + (" (Hedges g)" if self.forest.measure == "SMD" else "")
        self.paragraph(f"{name}{unit}. {self.forest.model_words}", ROW)
        y = self.row(0.4)
        for name, heading in self._headings().items():
            for above, line in enumerate(reversed(heading.splitlines())):
                self.cell(name, y + 0.07 - 0.15 * above, line, bold=True)
        self.page.line([(MARGIN, self.y), (self.page.width - MARGIN, self.y)], width=0.6)
        self.y += 0.04

    def _headings(self) -> dict[str, str]:
        """The headings; people stand below the name of their arm where no means do."""
        found = _headings(self.forest)
        for side, arm in (("t", "Treatment"), ("c", "Comparator")):
            if f"arm_{side}" not in self.columns.edges and f"n_{side}" in found:
                found[f"n_{side}"] = f"{arm}\nn"
        return found

    def trial(self, drawn: DrawnTrial, alone: bool = False) -> None:
        """A trial's row; a lone trial has no weight and a small open square, since it shares nothing."""
        y = self.row()
        for name, text in self.cells[id(drawn)].items():
            self.cell(name, y, "" if alone and name == "weight" else text)
        shown = from_words(drawn.domains) if "domains" in self.columns.edges else ()
        for i, rating in enumerate(shown):
            light(self.page, self.columns.edges["domains"][0] + _LIGHT * (i + 0.5), y, rating, _LIGHT / 2 - 0.005)
        effect, low, high = drawn.trial.interval
        self.axis.interval(self.page, y, (low, high), 0.8, INK)
        half = _ONLY if alone else max(0.02, _SQUARE / 2 * math.sqrt(drawn.trial.weight / 100))
        square = self.forest.style.square
        self.page.square(self.axis.at(effect), y, half, "white" if alone else square, square if alone else "none")

    def pooled(self, section: Section) -> None:
        """The diamond, the prediction interval and the heterogeneity line; nothing for a single trial."""
        found = section.pooled
        if found.trials < 2:
            return
        y = self.row()
        people = "" if found.participants is None else f", {wording.people(found.participants, found.trials_without_n)}"
        self.page.text(MARGIN, y, f"Pooled: {wording.count(found.trials, 'trial')}{people}", bold=True)
        self.cell("effect", y, self.forest.printed(*found.effect), bold=True)
        self.diamond(y, found.ci_low, found.estimate, found.ci_high)
        low, high = found.prediction_low, found.prediction_high
        if found.trials > 2 and low is not None and high is not None:  # a fixed effect has none
            y = self.row()
            self.page.text(MARGIN, y, "Prediction interval for a new setting", colour=GREY)
            words = self.forest.printed(found.estimate, low, high)
            self.cell("effect", y, words[words.index("(") :])
            self.axis.interval(self.page, y, (low, high), 2.2, GREY)
        self.page.text(MARGIN, self.row(), _heterogeneity(found, self.forest), size=_SMALL, colour=GREY)

    def diamond(self, y: float, low: float, effect: float, high: float) -> None:
        axis = self.axis
        left, middle, right = axis.at(low), axis.at(effect), axis.at(high)
        self.page.shape([(left, y), (middle, y - 0.055), (right, y), (middle, y + 0.055)], self.forest.style.diamond)
        axis.heads(self.page, y, (low, high), self.forest.style.diamond, (0.09, 0.05))

    def block(self, block: Block) -> None:
        self.y += 0.05
        if not block.heading:
            self.sections(block)
            return
        room = self.columns.plot - MARGIN - GAP / 2
        lines = [block.heading] if self.forest.width is None else wrap(block.heading, room - 0.1, _HEADING, True)
        self.page.box(MARGIN, self.y, room, ROW * (len(lines) + 0.1), PALE)
        self.y += ROW * 0.05
        for line in lines:
            self.page.text(MARGIN + 0.05, self.row(), line, bold=True, size=_HEADING)
        self.y += ROW * 0.05
        self.sections(block)

    def sections(self, block: Block) -> None:
        """The sections of a block."""
        for section in block.sections:
            if section.heading:
                self.page.text(MARGIN, self.row(ROW * 1.15), section.heading, colour=BLUE)
            for drawn in section.trials:
                self.trial(drawn, section.pooled.trials < 2)
            if section.last:
                self.pooled(section)

    def backdrop(self, top: float, bottom: float) -> None:
        """The line at no effect and the band of effects too small to matter."""
        forest, axis = self.forest, self.axis
        none = scales.NO_EFFECT[forest.measure]
        if forest.threshold:
            ends = sorted((1 / forest.threshold, forest.threshold) if axis.log else (-forest.threshold, forest.threshold))
            left, right = axis.at(ends[0]), axis.at(ends[1])
            self.page.box(left, top, right - left, bottom - top, BAND)
        self.page.line([(axis.at(none), top), (axis.at(none), bottom)], GREY, 0.7)

    def ruler(self) -> None:
        y = self.y + 0.05
        axis = self.axis
        self.page.line([(axis.left, y), (axis.left + axis.width, y)], width=0.7)
        for tick in axis.ticks():
            self.page.line([(axis.at(tick), y), (axis.at(tick), y + 0.04)], width=0.7)
            text = f"{tick:g}" if tick >= 0 else wording.MINUS + f"{-tick:g}"
            self.page.text(axis.at(tick), y + 0.12, text, "center", size=_SMALL)
        left, right = "Favours treatment", "Favours comparator"
        if self.forest.event_is_good:
            left, right = right, left
        middle = axis.at(scales.NO_EFFECT[self.forest.measure])
        self.page.text(middle - 0.1, y + 0.28, f"\u2190 {left}", "right", size=_SMALL)
        self.page.text(middle + 0.1, y + 0.28, f"{right} \u2192", "left", size=_SMALL)
        self.y = y + 0.4

    def notes(self) -> None:
        trials = [t for b in self.forest.blocks for s in b.sections for t in s.trials]
        texts = []
        compared = self.forest.compared
        if compared is not None:
            texts.append(f"{self.forest.style.subgroups(*compared)}.")
        if self.forest.subgroups and "weight" in self.columns.edges:
            texts.append(WITHIN_SUBGROUPS)
        if self.forest.threshold:
            small = wording.effect(self.forest.measure, self.forest.threshold, self.forest.unit)
            texts.append(f"Shaded: effects smaller than the smallest worthwhile one ({small}).")
        if "weeks" in self.columns.edges and any(t.trial.time_note for t in trials):
            texts.append("* Time counted from an end of treatment of unknown date, or known only as the source's category (?).")
        if any(t.doubt for t in trials):
            texts.append("\u2020 The data audit doubts a value of this trial (tables/audit.csv).")
        if "bias" in self.columns.edges:
            texts.append("Bias: overall risk of bias (low, some concerns, high; ? no overall rating).")
        if self.forest.domains and "domains" in self.columns.edges:
            texts.append(legend(self.forest.domains))
        if pairings := [p for p in PAIRINGS.values() if any(t.trial.handling == p for t in trials)]:
            who = ({t.trial.study: None for t in trials if t.trial.handling == p} for p in pairings)
            texts.append(
                "Crossover trials, " + "; ".join(f"{p}: {', '.join(w)}" for p, w in zip(pairings, who, strict=True)) + "."
            )
        if any(t.trial.handling not in ("as printed", *PAIRINGS.values()) for t in trials):
            texts.append("Arms of one trial that fall into the same comparison are combined, so that a trial counts once.")
        if self.forest.not_poolable:
            known = "; ".join(self.forest.not_poolable)
            texts.append(f"Known, but without poolable numbers ({len(self.forest.not_poolable)}): {known}.")
        for text in texts:
            self.paragraph(text, 0.14, _SMALL)

    def finish(self, notes: bool = True) -> float:
        """Draw everything; gives the height of the page. Only the last of several sheets has the notes."""
        self.title()
        top = self.y
        for block in self.forest.blocks:
            self.block(block)
        self.backdrop(top, self.y + 0.05)
        self.ruler()
        if notes:
            self.notes()
        return self.y + MARGIN


def _heterogeneity(pooled: PooledResult, forest: Forest) -> str:
    measure, style, unit = forest.measure, forest.style, forest.unit
    variances = (pooled.tau2, pooled.tau2_low, pooled.tau2_high)
    if style.decimals is not None:  # of one's own analysis, whose scale is not known
        tau2, low, high = (wording.number(value, style.decimals + 2) for value in variances)
    else:
        tau2, low, high = (wording.tau2_to_print(measure, value, unit) for value in variances)
    i2, q = wording.number(pooled.i2, 0), wording.number(pooled.q, 1)
    test = f"Q = {q}, df = {pooled.trials - 1}, {style.p_value(number_of(pooled.q_p))}"
    fixed = pooled.prediction_low is None
    text = ("" if fixed else f"\u03c4\u00b2 = {tau2} ({low} to {high}); ") + f"I\u00b2 = {i2}%; {test}"
    if pooled.trials == 2 and not fixed:
        text += f". Two trials; Wald interval {wording.limits_to_print(measure, pooled.wald_low, pooled.wald_high, unit)}"
    elif pooled.note:
        text += f". {pooled.note[0].upper()}{pooled.note[1:]}"
    return text
