"""A network of treatments as a graph on a circle, and its league as a heat map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.plots.drawing.canvas import BLUE, GREY, INK, VERMILION, Page, Pages, text_width
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.synthesis.rows.networks import LeagueLine, NetworkSummary, RankedTreatment, SplitNode

_RADIUS = 2.3
_LEAD = 0.35  # from the circle to the names
_CELL = 0.28
_SMALL = 6.5
_FULL = {"MD": 20.0, "SMD": 1.0, "RD": 0.2}  # effects from which a colour is full; ratios: from 3 or a third
_DECIMALS = {"MD": 0, "RD": 2}


def apart(heights: Sequence[float], least: float) -> list[float]:
    """Heights in rising order, moved until each lies ``least`` below the one before, about the same middle."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + least) if moved else height)
    shift = (math.fsum(heights) - math.fsum(moved)) / len(moved) if moved else 0.0
    return [height + shift for height in moved]


@dataclass(frozen=True)
class Graph:
    """Treatments on a circle, a line for every compared pair, thicker with more trials."""

    title: str
    names: Sequence[str]
    pairs: Sequence[tuple[str, str, int]]

    def size(self) -> int:
        """Compared pairs."""
        return len(self.pairs)

    def describe(self) -> str:
        """The figure in words."""
        return f"{self.title}. {len(self.names)} treatments, {len(self.pairs)} compared pairs."

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The compared pairs with their trials."""
        for first, second, n in self.pairs:
            yield {"kind": "pair", "block": first, "label": second, "weight": n}

    def lay_out(self) -> Pages:
        """The page and its height."""
        wide = max(text_width(n) for n in self.names) + _LEAD
        page = Page(2 * (_RADIUS + wide + MARGIN))
        top = page.heading(MARGIN, MARGIN + 0.13, self.title) + 0.47
        half = max(_RADIUS, ROW * (len(self.names) // 2 + 1) / 2)
        centre = page.width / 2, top + half
        angles = {name: 2 * math.pi * i / len(self.names) - math.pi / 2 for i, name in enumerate(self.names)}
        places = {n: (centre[0] + _RADIUS * math.cos(a), centre[1] + _RADIUS * math.sin(a)) for n, a in angles.items()}
        right = {name for name, angle in angles.items() if math.cos(angle) > -1e-9}
        for side, align in ((1, "left"), (-1, "right")):
            names = sorted((n for n in self.names if (n in right) == (side == 1)), key=lambda n: places[n][1])
            edge = centre[0] + side * (_RADIUS + _LEAD)
            for name, y in zip(names, apart([places[n][1] for n in names], ROW), strict=True):
                page.line([places[name], (edge - side * 0.04, y)], "#a0a0a0", 0.5)
                page.text(edge, y, name, align)
        for first, second, n in self.pairs:
            page.line([places[first], places[second]], GREY, 0.5 + 0.5 * math.sqrt(n))
        for x, y in places.values():
            page.shape([(x - 0.05, y - 0.05), (x + 0.05, y - 0.05), (x + 0.05, y + 0.05), (x - 0.05, y + 0.05)], BLUE)
        return [(page, centre[1] + half + 0.4)]


@dataclass(frozen=True)
class Heat:
    """Every treatment against every other one: row against column, best ranked first."""

    title: str
    names: Sequence[str]
    effects: Mapping[tuple[str, str], tuple[float, float, float]]
    measure: str
    turn: float

    def size(self) -> int:
        """Comparisons."""
        return len(self.effects)

    def _turned(self, values: Iterable[float]) -> tuple[float, float, float]:
        """An effect and its limits on the scale of pooling, negative favouring the row."""
        estimate, *limits = (self.turn * scales.linear(self.measure, value) for value in values)
        return estimate, min(limits), max(limits)

    def describe(self) -> str:
        """The figure in words."""
        clear = sum(self._turned(values)[2] < 0 for values in self.effects.values())
        return (
            f"{self.title}. {len(self.names)} treatments; in {clear} comparisons the interval favours the treatment of the row."
        )

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The comparisons."""
        for (row, column), (estimate, low, high) in self.effects.items():
            yield {"kind": "comparison", "block": row, "label": column, "effect": estimate, "ci_low": low, "ci_high": high}

    def lay_out(self) -> Pages:
        """The page and its height."""
        left = MARGIN + max(text_width(n, _SMALL) for n in self.names) + 0.45
        page = Page(left + _CELL * len(self.names) + MARGIN + 0.3)
        top = page.heading(MARGIN, MARGIN + 0.13, self.title) + 0.47
        for i, row in enumerate(self.names):
            page.text(left - 0.1, top + (i + 0.5) * _CELL, f"{row}  {i + 1}", "right", size=_SMALL)
            page.text(left + (i + 0.5) * _CELL, top - 0.1, str(i + 1), "center", size=_SMALL)
            for j, column in enumerate(self.names):
                if (row, column) in self.effects:
                    self._cell(page, left + j * _CELL, top + i * _CELL, self.effects[row, column])
        y = top + _CELL * len(self.names) + 0.2
        note = "Row against column; blue favours the row, the darker the larger. Bold: the interval excludes no effect."
        return [(page, page.paragraph(MARGIN, y, note, ROW, _SMALL) - ROW + MARGIN)]

    def _cell(self, page: Page, x: float, y: float, values: tuple[float, float, float]) -> None:
        estimate, low, high = self._turned(values)
        strength = min(abs(estimate) / _FULL.get(self.measure, math.log(3)), 1.0)
        colour = _mix(BLUE if estimate < 0 else VERMILION, strength * 0.8)
        page.shape([(x, y), (x + _CELL, y), (x + _CELL, y + _CELL), (x, y + _CELL)], colour, "white")
        clear = low > 0 or high < 0
        page.text(
            x + _CELL / 2,
            y + _CELL / 2,
            wording.number(values[0], _DECIMALS.get(self.measure, 1)),
            "center",
            size=5.5,
            bold=clear,
            colour="white" if strength > 0.6 else INK,
        )


def _mix(colour: str, share: float) -> str:
    """A colour thinned with white, in eight steps."""
    step = round(share * 8) / 8
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - p) * step):02x}" for p in parts)


def graph_of(network: str, words: str, splits: Iterable[SplitNode], labels: Mapping[str, str]) -> Graph:
    """The graph of the first part of a network, from the table of direct and indirect evidence; ``words`` name it."""
    rows = [r for r in splits if r.network == network and r.part == 1]
    if not rows:
        raise UnusableInput("", f"no network {network}")
    pairs = [(labels.get(r.treatment, r.treatment), labels.get(r.versus, r.versus), r.studies) for r in rows]
    names = sorted({n for pair in pairs for n in pair[:2]})
    return Graph(f"{words}: who was compared with whom", names, pairs)


def heat_of(
    network: NetworkSummary, words: str, turn: float, league: Iterable[LeagueLine], ranking: Iterable[RankedTreatment]
) -> Heat:
    """The league of the first part of a network, treatments in order of their P-scores; ``words`` name the network.

    ``turn`` makes effects that favour the row negative.
    """
    measure = network.measure
    ranks = [r for r in ranking if r.network == network.network and r.part == 1]
    labels = {r.treatment: r.label for r in ranks}
    effects = {}
    for r in league:
        if r.network == network.network and r.part == 1:
            effects[labels[r.treatment], labels[r.versus]] = r.effect
            turned = [scales.natural(measure, -scales.linear(measure, v)) for v in r.effect]
            effects[labels[r.versus], labels[r.treatment]] = turned[0], turned[2], turned[1]
    return Heat(f"{words}: league", [r.label for r in ranks], effects, measure, turn)
