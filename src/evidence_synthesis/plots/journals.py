"""How journals print a forest plot: columns and their order, brackets, words between limits, p values, tests, colours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import BLUE, INK
from evidence_synthesis.plots.drawing.metrics import ARIAL, HOUSE
from evidence_synthesis.review.schema import RATIOS


@dataclass(frozen=True, slots=True)
class Layout:
    """A journal's way: ``zero`` keeps the nought before the point of a p value, ``p_rule`` says how many digits it has
    (three decimals; two, or one significant digit below 0.01; two, or three below 0.01 and where two would be 0.05).

    ``decimals`` are those of every effect; without them each measure has its own. ``columns`` are those of means and
    ``counts`` those of events, from left to right with the plot among them; ``arms`` name the two groups of columns.
    ``favours_above`` puts the words on both sides of no effect above the plot. ``tight`` prints tests without spaces.
    """

    name: str
    opening: str = "("
    between: str = " to "
    closing: str = ")"
    p: str = "p"
    zero: bool = True
    least_p: str = "0.001"
    p_rule: str = "three decimals"
    decimals: int | None = None
    square: str = BLUE
    diamond: str = INK
    face: str = HOUSE
    columns: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    arms: tuple[str, str] = ("Treatment", "Comparator")
    study: str = "Study"
    favours: str = "Favours"
    favours_above: bool = False
    tight: bool = False
    total: str = "Total"

    def effect(self, measure: str, value: float, low: float, high: float, unit: str = "") -> str:
        """Effect and interval as the journal prints them."""
        return f"{self._number(measure, value, unit)} {self.interval(measure, low, high, unit)}"

    def interval(self, measure: str, low: float, high: float, unit: str = "") -> str:
        """An interval alone."""
        if self.decimals is None:
            words = wording.limits_to_print(measure, low, high, unit).replace(" to ", self.between)
        else:
            words = self.between.join(self._number(measure, v, unit) for v in (low, high))
        return f"{self.opening}{words}{self.closing}"

    def _number(self, measure: str, value: float, unit: str) -> str:
        """With the layout's own decimals, but for what lies beyond the scale: that prints alike everywhere."""
        furthest = wording.printing(measure, unit).furthest
        beyond = abs(value) > furthest or (measure in RATIOS and 0 <= value < 1 / furthest)
        return wording.effect(measure, value, unit) if self.decimals is None or beyond else wording.number(value, self.decimals)

    def p_value(self, p: float) -> str:
        """A p value with its letter and sign."""
        if math.isnan(p):
            return ""
        sign, text = "=", self._digits(p)
        if p < float(self.least_p):
            sign, text = "<", self.least_p
        elif self.p_rule == "significant" and p < 0.0001:
            sign, text = "<", "0.0001"
        elif self.p_rule == "as in medicine" and p > 0.99:
            sign, text = ">", "0.99"
        text = text if self.zero else text.lstrip("0")
        return f"{self.p}{sign}{text}" if self.tight else f"{self.p} {sign} {text}"

    def _digits(self, p: float) -> str:
        if self.p_rule == "significant":
            return f"{p:.1g}" if p < 0.01 else f"{p:.2f}"
        if self.p_rule == "as in medicine":  # AMA Manual of Style 19.5: two digits, three where two would hide what they say
            return f"{p:.3f}" if p < 0.01 or (p < 0.05 <= round(p, 2)) else f"{p:.2f}"
        return f"{p:.3f}"

    def heterogeneity(self, tau2: str, q: str, freedom: int, p: float, i2: str) -> str:
        """The line on heterogeneity of a pooled result; ``tau2`` is empty for a fixed effect."""
        if self.name == "revman":
            between = f"Tau\u00b2 = {tau2}; " if tau2 else ""
            return f"Heterogeneity: {between}Chi\u00b2 = {q}, df = {freedom} ({self.p_value(p)}); I\u00b2 = {i2}%"
        parts = [f"\u03c4\u00b2 = {tau2}"] if tau2 else []
        parts += [f"\u03c7\u00b2 = {q}", f"df = {freedom}", self.p_value(p), f"I\u00b2 = {i2}%"]
        if self.tight:
            return "Test for heterogeneity: " + ", ".join(part.replace(" = ", "=") for part in parts)
        return "Heterogeneity: " + "; ".join(parts)

    def overall(self, statistic: float, freedom: int | None, p: float) -> str:
        """The test for an overall effect: z, or t with its degrees of freedom."""
        letter = "z" if freedom is None else "t"
        value, of = f"{abs(statistic):.2f}", "" if freedom is None else f"df = {freedom}"
        if self.name == "revman":
            return f"Test for overall effect: {letter.upper()} = {value}{', ' + of if of else ''} ({self.p_value(p)})"
        parts = [f"{letter} = {value}", *([of] if of else []), self.p_value(p)]
        if self.tight:
            return "Test for overall effect: " + ", ".join(part.replace(" = ", "=") for part in parts)
        return "Test for overall effect: " + "; ".join(parts)

    def subgroups(self, q: float, freedom: int, p: float, i2: float) -> str:
        """The test for subgroup differences."""
        if self.name == "revman":
            chi = f"Chi\u00b2 = {q:.2f}, df = {freedom} ({self.p_value(p)}), I\u00b2 = {i2:.1f}%"
            return f"Test for subgroup differences: {chi}"
        parts = [f"\u03c7\u00b2 = {q:.2f}", f"df = {freedom}", self.p_value(p), f"I\u00b2 = {i2:.0f}%"]
        if self.tight:
            return "Test for subgroup differences: " + ", ".join(part.replace(" = ", "=") for part in parts)
        return "Test for subgroup differences: " + "; ".join(parts)


_PLAIN = ("effect", "plot", "weight")
_REVMAN = ("study", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c", "weight", "effect", "plot", "domains")
_REVMAN_COUNTS = ("study", "events_t", "n_t", "events_c", "n_c", "weight", "effect", "plot", "domains")
_BMJ = ("study", "arm_t", "n_t", "arm_c", "n_c", "plot", "weight", "effect")
_BMJ_COUNTS = ("study", "counted_t", "counted_c", "plot", "weight", "effect")
_JAMA = ("study", "n_t", "arm_t", "n_c", "arm_c", *_PLAIN)
_JAMA_COUNTS = ("study", "events_t", "n_t", "events_c", "n_c", *_PLAIN)
# After each journal's printed forest plots and instructions: RevMan (Cochrane), The BMJ, JAMA (AMA Manual of Style).
LAYOUTS: Mapping[str, Layout] = {
    "house": Layout("house"),
    "revman": Layout(
        "revman",
        opening="[",
        between=", ",
        closing="]",
        p="P",
        square="#2e8b57",
        least_p="0.00001",
        p_rule="significant",
        decimals=2,
        face=ARIAL,
        columns=_REVMAN,
        counts=_REVMAN_COUNTS,
        arms=("Experimental", "Control"),
        study="Study or subgroup",
    ),
    "bmj": Layout(
        "bmj",
        p="P",
        p_rule="as in medicine",
        square="#2a6ebb",
        diamond="#2a6ebb",
        face=ARIAL,
        columns=_BMJ,
        counts=_BMJ_COUNTS,
        tight=True,
    ),
    "jama": Layout(
        "jama",
        p="P",
        zero=False,
        p_rule="as in medicine",
        square="#b46c1d",
        diamond="#5a5a5a",
        face=ARIAL,
        columns=_JAMA,
        counts=_JAMA_COUNTS,
        study="Source",
        favours="Favors",
        favours_above=True,
    ),
}
