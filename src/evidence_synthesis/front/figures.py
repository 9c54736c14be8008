"""Forest and funnel plots as matplotlib Figures with ordinary axes, to be styled further or saved.

The figures of a published review (``plots``) are measured pages with the same bytes everywhere; these are for one's own work,
where axes that can be changed matter more. Colours are the same.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.effects.measures import EffectMeasure
from evidence_synthesis.errors import one_of
from evidence_synthesis.front.fit import Fit
from evidence_synthesis.front.words import between, estimate, heterogeneity, of_studies
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, INK, VERMILION, text_width
from evidence_synthesis.stats import small_study
from evidence_synthesis.stats.batch import NORMAL
from evidence_synthesis.wording import number

FORMATS = (".svg", ".pdf", ".png")
_FIXED = {"svg.hashsalt": "evidence-synthesis", "svg.fonttype": "path", "pdf.fonttype": 42}  # the same bytes each time
_ROW, _GAP, _PLOT = 0.21, 0.16, 3.4  # inches: height of a line, between columns, width of the axes
_SIZE, _TITLE = 8.5, 11.0  # points
_FARTHEST = 8.0  # |z| beyond which nothing is drawn
_SHADES = ((2.5758293035489004, "#e3e3e3"), (1.959963984540054, "#efefef"), (1.6448536269514722, "#f8f8f8"))


class _ShownFigure(Figure):
    """A matplotlib Figure that notebooks show as SVG."""

    def _repr_svg_(self) -> str:
        return as_svg(self)


def as_svg(figure: Figure) -> str:
    """A figure as SVG text."""
    out = io.BytesIO()
    with rc_context(_FIXED):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue().decode()
    return text[text.index("<svg") :]


def save(figure: Figure, path: str | Path | None) -> Figure:
    """Write a figure to a path (.svg, .pdf, .png), if there is one. Raises UnknownName for another ending."""
    if path is not None:
        ending = one_of("ending of a figure's file", Path(path).suffix, FORMATS)
        stamp = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}[ending]
        with rc_context(_FIXED):
            figure.savefig(path, dpi=300, metadata=stamp)
    return figure


def _plain(value: float, _: object = None) -> str:
    return f"{value:g}".replace("-", "\u2212")


def _scale(ax: Axes, measure: EffectMeasure, low: float, high: float) -> None:
    """The axis of effects as they are read, between two of them; logarithmic for ratios."""
    if measure.is_ratio:
        ax.set_xscale("log")
        wide = high / low > 8
        ax.xaxis.set_major_locator(
            LogLocator(subs=(1.0,) if high / low > 1000 else (1.0, 2.0, 5.0) if wide else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
        )
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlim(low, high)
    ax.xaxis.set_major_formatter(FuncFormatter(_plain))


def _reach(fit: Fit) -> tuple[float, float]:
    """The ends of a forest's axis, on the scale of pooling: all estimates, and intervals as far as they are not far out."""
    low, high = fit.study_limits
    at = fit.numbers
    inner = np.array([*fit.yi, at["ci_low"], at["ci_high"]])
    if np.isfinite(at["prediction_low"]):
        inner = np.append(inner, [at["prediction_low"], at["prediction_high"]])
    if fit.measure.none is not None:
        inner = np.append(inner, 0.0)
    room = 0.6 * (float(np.ptp(inner)) or 1.0)
    left = min(inner.min(), max(low.min(), inner.min() - room))
    right = max(inner.max(), min(high.max(), inner.max() + room))
    margin = 0.03 * (right - left)
    return left - margin, right + margin


def _bar(ax: Axes, y: float, low: float, high: float, ends: tuple[float, float], **look: Any) -> None:
    """An interval; an arrow head where it goes on beyond the axis."""
    ax.plot([max(low, ends[0]), min(high, ends[1])], [y, y], solid_capstyle="butt", **look)
    for value, end, mark in ((low, ends[0], "<"), (high, ends[1], ">")):
        if (value < end) if mark == "<" else (value > end):
            ax.plot([end], [y], mark, color=look["color"], markersize=4, clip_on=False)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A figure with axes between a column of names and columns of numbers, one line to a row; ``at`` has their places."""

    figure: _ShownFigure
    ax: Axes
    at: dict[str, float]

    def write(self, row: float, name: str, effect: str, weight: str = "", bold: bool = False) -> None:
        """The texts of a line."""
        look: dict[str, Any] = {"transform": self.ax.get_yaxis_transform(), "size": _SIZE, "va": "center", "color": INK}
        look["weight"] = "bold" if bold else "normal"
        self.ax.text(self.at["name"], row, name, **look)
        self.ax.text(self.at["effect"], row, effect, ha="right", **look)
        self.ax.text(self.at["weight"], row, weight, ha="right", **look)

    def note(self, lines: list[str]) -> None:
        """What stands below the axis, in small print."""
        across, down = self.figure.get_size_inches()
        self.figure.text(_GAP / across, 0.14 / down, "\n".join(lines), size=_SIZE - 1, color=GREY, va="center")


def _sheet(names: list[str], effects: list[str], lines: float, title: str, notes: list[str], weights: bool = True) -> _Sheet:
    """An empty sheet as wide as its text needs, of so many lines."""
    left = max(text_width(t, _SIZE) for t in names) + 2 * _GAP
    left = max(left, min(3.0, max((text_width(t, _SIZE - 1) for t in notes), default=0.0) - _PLOT))
    effect = max(text_width(t, _SIZE, True) for t in effects) + _GAP
    weight = text_width("Weight %", _SIZE, True) + _GAP if weights else 0.0
    top, bottom = (0.75 if title else 0.4), 0.55 + 0.17 * len(notes)
    width = max(left + _PLOT + effect + weight, text_width(title, _TITLE, True)) + _GAP
    height = lines * _ROW + top + bottom
    figure = _ShownFigure(figsize=(width, height), facecolor="white")
    ax = figure.add_axes((left / width, bottom / height, _PLOT / width, lines * _ROW / height))
    ax.set_ylim(lines - 0.6, -0.6)
    ax.set_yticks([])
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    if title:
        figure.text(_GAP / width, 1 - 0.28 / height, title, size=_TITLE, weight="bold", va="center")
    places = {"name": _GAP - left, "effect": _PLOT + effect, "weight": _PLOT + effect + weight}
    return _Sheet(figure, ax, {name: value / _PLOT for name, value in places.items()})


def forest(fit: Fit, title: str, path: str | Path | None = None) -> Figure:
    """The forest plot: each study with effect, interval and weight, the pooled effect, and the prediction interval."""
    many = fit.k > 1
    notes = [heterogeneity(fit)] if many else []
    effects = [f"{effect} ({interval})" for effect, interval in of_studies(fit)]
    sheet = _sheet([*fit.studies, "Prediction interval", "Study"], [*effects, estimate(fit)], fit.k + 2.5, title, notes)
    ax, left_right = sheet.ax, _reach(fit)
    ends = tuple(float(v) for v in fit.read(np.array(left_right)))
    _scale(ax, fit.measure, ends[0], ends[1])
    sheet.write(
        -1.3, "Study", f"{fit.measure.name if fit.measure.name != 'GEN' else 'Effect'} ({fit.level:g}% CI)", "Weight %", True
    )
    if fit.measure.none is not None:
        ax.axvline(fit.measure.none, color=GREY, linewidth=0.8, zorder=0)
    limits = [fit.read_each(limit) for limit in fit.study_limits]
    for row, (name, effect, share) in enumerate(zip(fit.studies, effects, fit.weights, strict=True)):
        sheet.write(row, name, effect, number(float(share), 1) if many else "")
        _bar(ax, row, float(limits[0][row]), float(limits[1][row]), (ends[0], ends[1]), color=INK, linewidth=0.9)
    ax.scatter(fit.read_each(fit.yi), range(fit.k), s=8 + 70 * fit.weights / 100, marker="s", color=BLUE, zorder=3)
    if many:
        _pooled_lines(sheet, fit, (ends[0], ends[1]))
    sheet.note(notes)
    ax.set_xlabel(fit.measure.label, size=_SIZE)
    ax.tick_params(labelsize=_SIZE - 1)
    return save(sheet.figure, path)


def _pooled_lines(sheet: _Sheet, fit: Fit, ends: tuple[float, float]) -> None:
    """The diamond of the pooled effect and, below it, the prediction interval."""
    ax, write = sheet.ax, sheet.write
    low, middle, high = (fit.shown(name) for name in ("ci_low", "estimate", "ci_high"))
    row = fit.k + 0.35
    ax.axhline(fit.k - 0.35, color=GREY, linewidth=0.5)
    ax.fill([low, middle, high, middle], [row, row - 0.3, row, row + 0.3], color=BLUE, zorder=3)
    ax.axvline(middle, color=BLUE, linewidth=0.7, linestyle=":", zorder=0)
    write(row, f"Pooled, {fit.k} studies", estimate(fit), "100.0", True)
    if np.isfinite(fit.numbers["prediction_low"]):
        low, high = fit.shown("prediction_low"), fit.shown("prediction_high")
        _bar(ax, row + 1, low, high, ends, color=VERMILION, linewidth=2.5)
        write(row + 1, "Prediction interval", between(fit, fit.numbers["prediction_low"], fit.numbers["prediction_high"]), "")


def comparisons(
    rows: Sequence[tuple[str, float, float, float]],
    measure: EffectMeasure,
    heads: tuple[str, str],
    title: str,
    path: str | Path | None,
) -> Figure:
    """Effects side by side, each by its name with its interval, all as they are read; ``heads`` stand above the columns."""
    effects = [f"{number(e, 2)} ({number(low, 2)} to {number(high, 2)})" for _, e, low, high in rows]
    sheet = _sheet([heads[0], *(row[0] for row in rows)], [heads[1], *effects], len(rows) + 0.6, title, [], weights=False)
    limits = [v for row in rows for v in row[1:]] + ([] if measure.none is None else [measure.none])
    low, high = (float(v) for v in measure.pooling_scale(np.array([min(limits), max(limits)])))
    margin = 0.05 * ((high - low) or 1.0)
    ends = tuple(float(v) for v in measure.read(np.array([low - margin, high + margin])))
    _scale(sheet.ax, measure, ends[0], ends[1])
    sheet.write(-1.3, heads[0], heads[1], bold=True)
    if measure.none is not None:
        sheet.ax.axvline(measure.none, color=GREY, linewidth=0.8, zorder=0)
    for line, ((name, _, left, right), effect) in enumerate(zip(rows, effects, strict=True)):
        sheet.write(line, name, effect)
        _bar(sheet.ax, line, left, right, (ends[0], ends[1]), color=INK, linewidth=0.9)
    sheet.ax.scatter([row[1] for row in rows], range(len(rows)), s=30, marker="s", color=BLUE, zorder=3)
    sheet.ax.set_xlabel(measure.label, size=_SIZE)
    sheet.ax.tick_params(labelsize=_SIZE - 1)
    return save(sheet.figure, path)


def funnel(fit: Fit, title: str, path: str | Path | None = None) -> Figure:
    """The funnel plot: effects by standard error with contours of significance (Peters 2008, doi:10.1016/j.jclinepi.2007.11.010).

    From ten studies on with the line of Egger's test and, open, the studies that trim-and-fill adds.
    """
    se = np.sqrt(fit.vi)
    top = float(se.max()) * 1.08
    figure = _ShownFigure(figsize=(5.6, 4.4), facecolor="white", layout="constrained")
    ax = figure.add_subplot()
    centre = 0.0 if fit.measure.none is not None else fit.numbers["estimate"]
    heights = np.linspace(0.0, top, 50)
    for z, colour in _SHADES:
        ax.fill_betweenx(
            heights, fit.read(centre - z * heights), fit.read(centre + z * heights), color=colour, zorder=0, linewidth=0
        )
    ax.axvline(fit.shown("estimate"), color=INK, linewidth=0.8)
    ax.scatter(fit.read(fit.yi), se, s=22, color=BLUE, zorder=3, label="studies")
    reach = [*fit.yi, centre - _SHADES[0][0] * top, centre + _SHADES[0][0] * top]
    if fit.k >= small_study.MINIMUM:
        reach += _asymmetry(ax, fit, heights)
        ax.legend(fontsize=_SIZE - 1.5, frameon=False)
    room = 0.03 * (max(reach) - min(reach))
    ends = fit.read(np.array([min(reach) - room, max(reach) + room]))
    _scale(ax, fit.measure, float(ends[0]), float(ends[1]))
    ax.set_ylim(top, 0.0)
    ax.set_xlabel(fit.measure.label, size=_SIZE)
    ax.set_ylabel("Standard error", size=_SIZE)
    ax.tick_params(labelsize=_SIZE - 1)
    for side in ("right", "top"):
        ax.spines[side].set_visible(False)
    if title:
        ax.set_title(title, size=_TITLE, weight="bold", loc="left")
    return save(figure, path)


def _boundaries(looks: pd.DataFrame, end: float) -> tuple[list[float], list[float], float]:
    """Information and boundary of each look, the last one to come among them, and how far z reaches."""
    times, bounds = looks["information"].tolist(), looks["boundary"].tolist()
    if times[-1] < 1:
        times, bounds = [*times, 1.0], [*bounds, end]
    known = [b for b in bounds if np.isfinite(b)]
    reach = min(_FARTHEST, 1.08 * max([2 * NORMAL, *known, *looks["z"].abs()]))
    return times, [min(b, reach) if np.isfinite(b) else reach for b in bounds], reach


def sequential(looks: pd.DataFrame, end: float, asked_for: str, title: str, path: str | Path | None = None) -> Figure:
    """The line of z over the share of the required information, with boundaries and the region of futility.

    ``looks`` has information, z, boundary and futility of each look; ``end`` is the boundary of full information, and
    ``asked_for`` says how much that is.
    """
    times, bounds, reach = _boundaries(looks, end)
    figure = _ShownFigure(figsize=(5.6, 4.4), facecolor="white", layout="constrained")
    ax = figure.add_subplot()
    right = 1.06 * max(times[-1], 1.0)
    inner = looks["futility"].where(looks["information"] < 1).dropna()
    if len(inner):
        along = [*looks.loc[inner.index, "information"], 1.0]
        height = np.array([*inner, min(bounds[-1], reach)])
        ax.fill_between(along, -height, height, color=_SHADES[1][1], linewidth=0, zorder=0, label="futility")
    for side in (1, -1):
        edge = [*bounds, bounds[-1]]
        ax.plot([*times, right], [side * b for b in edge], color=VERMILION, linewidth=1, label="boundary" if side == 1 else None)
        ax.axhline(side * NORMAL, color=GREY, linewidth=0.7, linestyle=":")
    ax.axhline(0, color=GREY, linewidth=0.7, linestyle=":")
    ax.axvline(1, color=INK, linewidth=0.8, linestyle="--", label="required information")
    ax.plot([0, *looks["information"]], [0, *looks["z"]], color=BLUE, marker="s", markersize=4, linewidth=1, label="z")
    ax.set_xlim(0, right)
    ax.set_ylim(-reach, reach)
    ax.set_xlabel(f"Share of the required information ({asked_for})", size=_SIZE)
    ax.set_ylabel("z", size=_SIZE)
    ax.tick_params(labelsize=_SIZE - 1)
    ax.legend(fontsize=_SIZE - 1.5, frameon=False)
    for spine in ("right", "top"):
        ax.spines[spine].set_visible(False)
    if title:
        ax.set_title(title, size=_TITLE, weight="bold", loc="left")
    return save(figure, path)


def _asymmetry(ax: Axes, fit: Fit, heights: Array) -> list[float]:
    """Egger's line and the studies filled in; gives the latter's effects."""
    line, filled = small_study.egger(fit.yi, fit.vi), small_study.trim_and_fill(fit.yi, fit.vi)
    if np.isfinite(line.slope):
        ax.plot(fit.read(line.intercept + line.slope * heights), heights, "--", color=INK, linewidth=0.9, label="Egger's line")
    if filled.missing:
        look: dict[str, Any] = {"s": 22, "facecolors": "white", "edgecolors": VERMILION, "zorder": 3, "label": "filled in"}
        ax.scatter(fit.read(filled.yi), np.sqrt(filled.vi), **look)
    return [float(v) for v in filled.yi]
