"""How journals print the numbers of a forest plot: brackets, words between limits, p values, colours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import BLUE, INK


@dataclass(frozen=True, slots=True)
class Layout:
    """A journal's way: ``zero`` keeps the nought before the point of a p value, ``significant`` shows small ones to one digit.

    ``decimals`` are those of every effect; without them each measure has its own.
    """

    name: str
    opening: str = "("
    between: str = " to "
    closing: str = ")"
    p: str = "p"
    zero: bool = True
    least_p: str = "0.001"
    significant: bool = False
    decimals: int | None = None
    square: str = BLUE
    diamond: str = INK

    def effect(self, measure: str, value: float, low: float, high: float) -> str:
        """Effect and interval as the journal prints them."""
        return f"{self._number(measure, value)} {self.interval(measure, low, high)}"

    def interval(self, measure: str, low: float, high: float) -> str:
        """An interval alone."""
        return f"{self.opening}{self.between.join(self._number(measure, v) for v in (low, high))}{self.closing}"

    def _number(self, measure: str, value: float) -> str:
        return wording.effect(measure, value) if self.decimals is None else wording.number(value, self.decimals)

    def p_value(self, p: float) -> str:
        """A p value with its letter and sign."""
        if math.isnan(p):
            return ""
        below = p < float(self.least_p)
        shown = f"{p:.1g}" if self.significant and p < 0.01 else f"{p:.2f}" if self.significant else f"{p:.3f}"
        text = self.least_p if below else shown
        return f"{self.p} {'<' if below else '='} {text if self.zero else text.lstrip('0')}"


# After each journal's printed forest plots and instructions: RevMan 5 (Cochrane), The BMJ, JAMA (AMA Manual of Style 18.6).
LAYOUTS: Mapping[str, Layout] = {
    "house": Layout("house"),
    "revman": Layout("revman", "[", ", ", "]", "P", square="#2e8b57", least_p="0.00001", significant=True, decimals=2),
    "bmj": Layout("bmj", "(", " to ", ")", "P", square="#2a6ebb", diamond="#2a6ebb"),
    "jama": Layout("jama", "(", " to ", ")", "P", zero=False, square="#b46c1d", diamond="#5a5a5a"),
}
