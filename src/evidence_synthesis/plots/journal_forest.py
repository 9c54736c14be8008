"""Forest plots as RevMan, The BMJ and JAMA print them: their columns, totals, tests and lights of risk of bias, in Arial."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.plots.drawing.canvas import GREY, INK, Page, fit_middle, text_width, wrap
from evidence_synthesis.plots.drawing.lights import disc
from evidence_synthesis.plots.forest_parts import WITHIN_SUBGROUPS, DrawnTrial, ForestContent, Section, make_axis
from evidence_synthesis.plots.journals import Layout
from evidence_synthesis.review.risk_of_bias import TOOLS, from_words
from evidence_synthesis.review.schema import EVENTS
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult

_SIZE, _SMALL, _TITLE = 7.5, 7.0, 9.5  # points
_ROW, _GAP, _MARGIN, _LINE = 0.165, 0.12, 0.12, 0.135  # inches
_PLOT, _LEAST_PLOT, _MOST_PLOT = 2.1, 1.4, 3.2
_TIGHT = (0.07, 0.05)  # gap and margin on a narrow page
_STEPS: Sequence[tuple[float, float, float, tuple[str, ...]]] = (  # gap, margin, least plot, columns that are left out
    (_GAP, _MARGIN, _LEAST_PLOT, ()),
    (*_TIGHT, 1.2, ()),
    (*_TIGHT, 1.1, ()),  # RevMan's columns with seven lights at 180 mm
    (*_TIGHT, 1.2, ("weight",)),
    (*_TIGHT, 1.2, ("mean_t", "sd_t", "arm_t", "mean_c", "sd_c", "arm_c")),
)
_STUDY, _LEAST_STUDY = 2.0, 1.15  # widest and narrowest column of names
_LIGHT = 0.13
_HALF = 0.062  # of the largest square
_ONLY = 0.032  # of the square of a lone trial, which has no share of anything
_RIGHT = ("mean_t", "sd_t", "n_t", "events_t", "mean_c", "sd_c", "n_c", "events_c", "arm_t", "arm_c", "weight")
_TREATED = ("mean_t", "sd_t", "n_t", "events_t", "arm_t", "counted_t")
_COMPARED = ("mean_c", "sd_c", "n_c", "events_c", "arm_c", "counted_c")
_PLAIN = {"mean": "Mean", "sd": "SD", "events": "Events", "arm": "Mean (SD)", "counted": "No of events/total"}


def whole(value: float | None) -> str:
    """A count; with a decimal where people were shared out among comparisons or shrunk for clusters."""
    return "" if value is None else wording.number(value, 0 if value == round(value) else 1)


def _cells(drawn: DrawnTrial, forest: ForestContent, alone: bool) -> dict[str, str]:
    """What a trial prints in each column that a layout may have."""
    trial, style, decimals = drawn.trial, forest.style, max(1, forest.decimals or 0)
    cells = {"study": trial.study, "effect": style.effect(forest.measure, *trial.interval, forest.scale)}
    cells["weight"] = "" if alone else wording.number(trial.weight, 1) + ("%" if style.name == "revman" else "")
    for side, (n, mean, sd, events) in {
        "t": (trial.n_t, trial.mean_t, trial.sd_t, trial.events_t),
        "c": (trial.n_c, trial.mean_c, trial.sd_c, trial.events_c),
    }.items():
        cells[f"n_{side}"] = whole(n)
        cells[f"mean_{side}"], cells[f"sd_{side}"] = wording.number(mean, decimals), wording.number(sd, decimals)
        cells[f"arm_{side}"] = "" if mean is None else f"{wording.number(mean, decimals)} ({wording.number(sd, decimals)})"
        cells[f"events_{side}"] = whole(events)
        cells[f"counted_{side}"] = "" if events is None else f"{whole(events)}/{whole(n)}"
    return cells


def _total(trials: Sequence[AnalysisTrial], name: str) -> str:
    """A column of people or events added up; empty where any trial does not print it."""
    values = [getattr(trial, name) for trial in trials]
    return "" if not values or None in values else f"{math.fsum(values):,.0f}"


class JournalDrawing:
    """Places a forest in a journal's layout row by row; columns and axis are those of the whole figure."""

    def __init__(self, forest: ForestContent, whole_figure: ForestContent | None = None) -> None:
        self.forest, self.style, figure = forest, forest.style, whole_figure or forest
        self.cells = {id(t): _cells(t, forest, s.pooled.trials < 2) for b in figure.blocks for s in b.sections for t in s.trials}
        self.gap, self.margin = _GAP, _MARGIN
        self.names = self._shown(figure)
        self.widths = self._natural(figure)
        self._fit_to(figure)
        self.edges, x = {}, self.margin
        for name in self.names:
            self.edges[name] = x
            x += self.widths[name] + self.gap
        self.axis = make_axis(figure, self.edges["plot"], self.widths["plot"])
        self.page = Page(x - self.gap + self.margin, face=self.style.face)
        self.y = self.margin

    # --- columns -------------------------------------------------------------------------------------------------------

    def _shown(self, figure: ForestContent) -> list[str]:
        """The layout's columns but for those that hardly any trial fills."""
        columns = self.style.counts if figure.measure in EVENTS else self.style.columns
        rows = list(self.cells.values())

        def filled(name: str) -> bool:
            if name == "domains":
                return bool(figure.domains)
            return name == "plot" or 5 * sum(bool(row[name]) for row in rows) >= len(rows)

        return [name for name in columns if filled(name)]

    def _heading(self, name: str) -> list[str]:
        by = "M-H" if "Mantel-Haenszel" in self.forest.model else "IV"
        method = "" if self.style.name != "revman" else f"{by}, {'Fixed' if self._fixed else 'Random'}, 95% CI"
        if name in ("effect", "plot"):
            if name == "plot" and self.style.name != "revman":
                return []
            title = wording.MEASURES[self.forest.measure]
            if self.style.name == "revman" and self.forest.measure == "SMD":
                title = "Std. mean difference"  # as RevMan prints it
            return [title, method] if method else [title, "(95% CI)"]
        if name == "domains":
            return ["Risk of bias", ""]
        if name == "study":
            return [self.style.study]
        if name == "weight":
            return ["Weight" if self.style.name == "revman" else "Weight, %" if self.style.name == "jama" else "Weight (%)"]
        kind = name.partition("_")[0]
        if kind == "n":
            return ["Total" if self.style.name == "revman" or self.forest.measure in EVENTS else "No."]
        return [_PLAIN[kind]]

    @property
    def _fixed(self) -> bool:
        return self.forest.model.startswith("Fixed")

    def _width(self, text: str, bold: bool = False, size: float = _SIZE) -> float:
        return text_width(text, size, bold, self.style.face)

    def _natural(self, figure: ForestContent) -> dict[str, float]:
        widths = {name: max((self._width(t, True) for t in self._heading(name)), default=0.0) for name in self.names}
        for row in self.cells.values():
            for name in self.names:
                if name in row:
                    widths[name] = max(widths[name], self._width(row[name]))
        sections = [s for b in figure.blocks for s in b.sections]
        effects = [self.style.effect(figure.measure, *s.pooled.effect, figure.scale) for s in sections]
        widths["effect"] = max(widths["effect"], *(self._width(text, True) for text in effects))
        for name in ("n_t", "n_c"):
            if name in widths:
                widths[name] = max(widths[name], self._width("00,000", True))
        widths["study"] = min(max(widths["study"], self._width("Subtotal (95% CI)", True)), _STUDY)
        widths["plot"] = _PLOT
        for names, arm in ((_TREATED, self.style.arms[0]), (_COMPARED, self.style.arms[1])):
            shown = [n for n in self.names if n in names]
            if shown:
                lacking = self._width(arm, True) - math.fsum(widths[n] for n in shown) - self.gap * (len(shown) - 1)
                widths[shown[0]] += max(0.0, lacking)
        if "domains" in widths:
            most = max(len(from_words(w)) for w in figure.domains)
            widths["domains"] = max(_LIGHT * most, self._width("Risk of bias", True))
        return widths

    def _fit_to(self, figure: ForestContent) -> None:
        """Plot and names take what the page has left. Where that is too little, columns move together, then some are left out.

        So letters keep their size: journals ask for 7 points. What does not fit even so is made smaller at the end.
        """
        if figure.width is None:
            return
        for gap, margin, plot, left_out in _STEPS:
            self.gap, self.margin = gap, margin
            if left_out:
                self.names = [name for name in self.names if name not in left_out]
                self.widths = self._natural(figure)
            others = math.fsum(self.widths[n] for n in self.names if n not in ("study", "plot"))
            rest = figure.width - 2 * margin - gap * (len(self.names) - 1) - others  # for names and plot
            least = min(self.widths["study"], _LEAST_STUDY)
            if rest >= least + plot:
                break
        self.widths["plot"] = min(max(rest - self.widths["study"], plot), _MOST_PLOT)
        self.widths["study"] = max(rest - self.widths["plot"], least)

    # --- rows ------------------------------------------------------------------------------------------------------------

    def row(self, height: float = _ROW) -> float:
        """Take a row and give its middle."""
        self.y += height
        return self.y - height / 2

    def write(self, name: str, y: float, text: str, bold: bool = False) -> None:
        """Text in a column that is shown; none in others."""
        if name not in self.edges or not text:
            return
        x, width = self.edges[name], self.widths[name]
        if name in _RIGHT or (name == "effect" and self.style.name == "revman"):
            self.page.text(x + width, y, text, "right", _SIZE, bold)
        else:
            shown = fit_middle(text, width, _SIZE, bold, self.style.face) if name == "study" else text
            self.page.text(x, y, shown, "left", _SIZE, bold)

    def _centred(self, names: Sequence[str], y: float, text: str) -> None:
        shown = [n for n in self.names if n in names]
        if shown:
            left, right = self.edges[shown[0]], self.edges[shown[-1]] + self.widths[shown[-1]]
            self.page.text((left + right) / 2, y, text, "center", _SIZE, bold=True)
            if len(shown) > 1:
                self.page.line([(left, y + 0.08), (right, y + 0.08)], width=0.4)

    def headings(self) -> None:
        """Title, names of the arms above their columns, and the columns' own."""
        if self.forest.titled:
            for line in wrap(self.forest.title, self.page.width - 2 * self.margin, _TITLE, True, self.style.face):
                self.page.text(self.margin, self.row(0.2), line, size=_TITLE, bold=True)
            self.y += 0.05
        upper, lower = self.row(_LINE + 0.04), self.row(_LINE + 0.03)
        self._centred(_TREATED, upper, self.style.arms[0])
        self._centred(_COMPARED, upper, self.style.arms[1])
        for name in self.names:
            for y, text in zip((lower,) if len(self._heading(name)) == 1 else (upper, lower), self._heading(name), strict=False):
                if name == "plot":
                    self.page.text(self.edges[name] + self.widths[name] / 2, y, text, "center", _SIZE, bold=True)
                else:
                    self.write(name, y, text, bold=True) if name != "study" else self.page.text(
                        self.edges[name], y, text, size=_SIZE, bold=True
                    )
        if "domains" in self.edges:
            for i in range(max(len(from_words(w)) for w in self.forest.domains or [""])):
                self.page.text(self.edges["domains"] + _LIGHT * (i + 0.5), lower, ascii_uppercase[i], "center", _SIZE, True)
        if self.style.favours_above:
            self._favours(lower)
        self.page.line([(self.margin, self.y), (self.page.width - self.margin, self.y)], width=0.6)
        self.y += 0.04

    def _favours(self, y: float) -> float:
        """Whom each side favours, at that height, a word above the other where there is no room; gives the height it adds."""
        sides = [f"{self.style.favours} {name.lower()}" for name in self.style.arms]
        if self.forest.event_is_good:
            sides.reverse()
        middle = self.axis.at(scales.NO_EFFECT[self.forest.measure])
        places = (middle - 0.06, middle + 0.06)
        rooms = (places[0] - self.margin, self.page.width - self.margin - places[1])
        lacking = any(self._width(side, size=_SMALL) > room for side, room in zip(sides, rooms, strict=True))
        upper = y - _LINE if self.style.favours_above else y
        for side, x, align in zip(sides, places, ("right", "left"), strict=True):
            first, _, rest = side.partition(" ")
            if self.style.favours_above or lacking:
                self.page.text(x, upper, first, align, _SMALL)
                self.page.text(x, upper + _LINE, rest, align, _SMALL)
            else:
                self.page.text(x, y, side, align, _SMALL)
        return _LINE if lacking and not self.style.favours_above else 0.0

    def trial(self, drawn: DrawnTrial, alone: bool) -> None:
        """A trial's row; a lone trial has a small open square, since its weight says nothing."""
        y = self.row()
        for name, text in self.cells[id(drawn)].items():
            self.write(name, y, text)
        if "domains" in self.edges:
            for i, rating in enumerate(from_words(drawn.domains)):
                disc(self.page, self.edges["domains"] + _LIGHT * (i + 0.5), y, rating, _LIGHT / 2 - 0.008)
        effect, low, high = drawn.trial.interval
        self.axis.interval(self.page, y, (low, high), 0.8, INK)
        if self.axis.holds(effect):
            half = _ONLY if alone else max(0.018, _HALF * math.sqrt(drawn.trial.weight / 100))
            self.page.square(self.axis.at(effect), y, half, "white" if alone else self.style.square, INK if alone else "none")

    def pooled(self, section: Section, name: str) -> None:
        """The totals and the diamond, and the tests below them."""
        found, measure = section.pooled, self.forest.measure
        trials = [t.trial for t in section.trials]
        y = self.row()
        self.write("study", y, f"{name} (95% CI)", bold=True)
        for column in ("n_t", "n_c"):
            self.write(column, y, _total(trials, column), bold=True)
        self.write("weight", y, "100.0%" if self.style.name == "revman" else "100.0", bold=True)
        self.write("effect", y, self.style.effect(measure, *found.effect, self.forest.scale), bold=True)
        left, middle, right = (self.axis.at(v) for v in (found.ci_low, found.estimate, found.ci_high))
        self.page.shape([(left, y), (middle, y - 0.055), (right, y), (middle, y + 0.055)], self.style.diamond)
        self.axis.heads(self.page, y, (found.ci_low, found.ci_high), self.style.diamond, (0.09, 0.05))
        if measure in EVENTS and trials and self.style.name == "revman":
            events = [_total(trials, f"events_{side}") for side in "tc"]
            if all(events):
                y = self.row(_LINE)
                self.page.text(self.margin, y, "Total events:", size=_SMALL)
                for column, text in zip(("events_t", "events_c"), events, strict=True):
                    self.write(column, y, text)
        for text in _tests(found, measure, self.style):
            self.small(text)

    def small(self, text: str) -> None:
        """A line of small print, over several where it is longer than the page."""
        for line in wrap(text, self.page.width - 2 * self.margin, _SMALL, face=self.style.face):
            self.page.text(self.margin, self.row(_LINE), line, size=_SMALL)

    def section(self, section: Section, name: str) -> None:
        """A section with its heading, trials, and what is pooled of more than one."""
        alone = section.pooled.trials < 2
        if section.trials and section.heading:
            self.page.text(self.margin, self.row(_ROW * 1.1), section.heading, size=_SIZE, bold=True)
        top = self.y
        for drawn in section.trials:
            self.trial(drawn, alone)
        if section.last and not alone:
            self.pooled(section, name if section.trials else self.style.total)
        self.y += 0.06
        none = self.axis.at(scales.NO_EFFECT[self.forest.measure])
        self.page.line([(none, top), (none, self.y)], INK, 0.6)

    def ruler(self) -> None:
        """The axis with its ticks; below it whom each side favours, unless that stands above."""
        y, axis = self.y + 0.02, self.axis
        self.page.line([(axis.left, y), (axis.left + axis.width, y)], width=0.6)
        for tick in axis.ticks():
            self.page.line([(axis.at(tick), y), (axis.at(tick), y + 0.035)], width=0.6)
            self.page.text(axis.at(tick), y + 0.1, f"{tick:g}".replace("-", wording.MINUS), "center", size=_SMALL)
        added = 0.0 if self.style.favours_above else self._favours(y + 0.24)
        self.y = y + 0.36 + added

    def notes(self) -> None:
        """The test for subgroup differences, and what the letters of risk of bias mean."""
        compared = self.forest.compared
        if compared is not None:
            self.small(self.style.subgroups(*compared))
        if self.forest.subgroups and "weight" in self.edges:
            self.small(WITHIN_SUBGROUPS)
        if "domains" in self.edges:
            self.small(_letters(self.forest.domains))
        unit = f" in {self.forest.unit}" if self.forest.unit and self.forest.measure == "MD" else ""
        self.small(f"{wording.MEASURES[self.forest.measure]}{unit}. {self.forest.model_words}")

    def finish(self, notes: bool = True) -> float:
        """Draw everything; gives the height of the page. Only the last of several sheets has the notes."""
        self.headings()
        several = sum(len(block.sections) for block in self.forest.blocks) > 1
        for block in self.forest.blocks:
            if block.heading:
                self.page.text(self.margin, self.row(_ROW * 1.15), block.heading, size=_SIZE, bold=True, colour=GREY)
            for section in block.sections:
                self.section(section, "Subtotal" if several else self.style.total)
        self.ruler()
        if notes:
            self.notes()
        return self.y + self.margin


def _tests(found: PooledResult, measure: str, style: Layout) -> list[str]:
    """The lines on heterogeneity and on the overall effect of a pooled result."""
    fixed = found.prediction_low is None and found.trials > 2
    small = style.name != "revman" and 0 < number_of(found.tau2) < 0.01
    tau2 = "" if fixed else f"{found.tau2:.1g}" if small else wording.number(found.tau2, 2)
    q, i2 = wording.number(found.q, 2), wording.number(found.i2, 0)
    statistic = scales.linear(measure, found.estimate) / found.se if found.se > 0 else math.inf
    freedom = None if found.hksj_factor is None or fixed else found.trials - 1
    return [
        style.heterogeneity(tau2, q, found.trials - 1, number_of(found.q_p), i2),
        style.overall(statistic, freedom, number_of(found.p)),
    ]


def _letters(ratings: Sequence[str]) -> str:
    """The letters of the domains, for each tool in use."""
    names: Mapping[str, Sequence[str]] = {
        tool.name: list(tool.domains.values()) for tool in TOOLS if any(w.startswith(f"{tool.name}:") for w in ratings)
    }
    said = [
        f"{name}: " + ", ".join(f"({letter}) {domain}" for letter, domain in zip(ascii_uppercase, domains, strict=False))
        for name, domains in names.items()
    ]
    return f"Risk of bias by {'; by '.join(said)}. + low, ~ some concerns, ? unclear, \u2212 high."


def sized(page: Page, height: float, width: float | None) -> tuple[Page, float]:
    """A page with its height, made as wide as asked."""
    if width is None or width <= 0:
        return page, height
    share = width / page.width
    return page.scaled(share), height * share
