"""The horizontal axis of effects, and intervals drawn along it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evidence_synthesis.plots.drawing.canvas import Page

LOG_ENDS = (2.0, 5.0, 10.0, 100.0, 1000.0)  # where axes of ratios end, as those that readers know
_LOG_TICKS = {
    2.0: (0.5, 0.7, 1.0, 1.5, 2.0),
    5.0: (0.2, 0.5, 1.0, 2.0, 5.0),
    8.0: (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
    10.0: (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
}


def _decades(high: float) -> list[float]:
    last = round(math.log10(high))
    return [10.0**i for i in range(-last, last + 1)]


@dataclass(frozen=True, slots=True)
class EffectAxis:
    """From a value on the natural scale to inches on the page; even on both sides of no effect, logarithmic for ratios."""

    left: float
    width: float
    low: float
    high: float
    log: bool

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return self.low <= value <= self.high

    def at(self, value: float) -> float:
        """Position of a value; beyond the axis at its end."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.left + share * self.width

    def ticks(self) -> list[float]:
        """Round values along the axis, no effect among them."""
        if self.log:
            return list(_LOG_TICKS.get(self.high) or _decades(self.high))
        step = nice(self.high / 2.5)
        count = int(self.high / step + 1e-9)
        return [i * step for i in range(-count, count + 1)]

    def heads(
        self, page: Page, y: float, limits: tuple[float, float], colour: str, size: tuple[float, float] = (0.07, 0.035)
    ) -> None:
        """Arrow heads at the ends of the axis that an interval leaves; ``size`` is their length and half their height."""
        length, half = size
        for leaves, x, inwards in (
            (limits[0] < self.low, self.left, 1),
            (limits[1] > self.high, self.left + self.width, -1),
        ):
            if leaves:
                page.shape([(x, y), (x + inwards * length, y - half), (x + inwards * length, y + half)], colour)

    def interval(
        self, page: Page, y: float, limits: tuple[float, float], width: float, colour: str, style: str = "solid"
    ) -> None:
        """A line between two values, with arrow heads where it leaves the axis."""
        page.line([(self.at(limits[0]), y), (self.at(limits[1]), y)], colour, width, style)
        self.heads(page, y, limits, colour)


def nice(value: float, steps: Sequence[float] = (1, 2, 2.5, 5, 10)) -> float:
    """The smallest round number that is not below a value."""
    power = math.pow(10, math.floor(math.log10(value)))
    return next(m * power for m in steps if m * power >= value * 0.999)
