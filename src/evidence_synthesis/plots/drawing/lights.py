"""Lights of risk of bias, told apart by colour and by sign."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evidence_synthesis.plots.drawing.canvas import BLUE, INK, VERMILION, Page
from evidence_synthesis.review.risk_of_bias import RATINGS, TOOLS, from_words

LOOKS = {
    "low": (BLUE, "+"),
    "some concerns": ("#f0e442", "~"),
    "unclear": ("#f0e442", "?"),
    "high": (VERMILION, "\u2212"),
    "": ("#bbbbbb", ""),
}
ON_DARK = ("low", "high")
_SMALL = 6.5


def light(page: Page, x: float, y: float, rating: str, half: float = 0.07) -> None:
    """One light with its middle at a place."""
    colour, sign = LOOKS[rating]
    page.shape([(x - half, y - 0.055), (x + half, y - 0.055), (x + half, y + 0.055), (x - half, y + 0.055)], colour)
    page.text(x, y, sign, "center", size=_SMALL, bold=True, colour="white" if rating in ON_DARK else INK)


_DISCS = {"low": "#3a9d4b", "some concerns": "#f2d21b", "unclear": "#f2d21b", "high": "#d7301f"}
_AROUND = [(math.cos(math.tau * i / 20), math.sin(math.tau * i / 20)) for i in range(20)]


def disc(page: Page, x: float, y: float, rating: str, half: float) -> None:
    """One light as journals print it, round and in the colours of traffic lights; its sign tells it apart without them."""
    if rating not in _DISCS:
        return
    page.shape([(x + half * across, y + half * down) for across, down in _AROUND], _DISCS[rating])
    page.text(x, y, LOOKS[rating][1], "center", size=_SMALL, bold=True, colour="white" if rating in ON_DARK else INK)


def legend(ratings: Sequence[str]) -> str:
    """What the lights beside trials mean, for the tools and ratings in use (as ``risk_of_bias.in_words`` gives them)."""
    tools = [tool for tool in TOOLS if any(w.startswith(f"{tool.name}:") for w in ratings)]
    parts = [f"{len(tool.domains)} by {tool.name} ({', '.join(tool.domains.values()).lower()})" for tool in tools]
    shown = {r for w in ratings for r in from_words(w)}
    signs = [f"{LOOKS[r][1]} {r}" for r in RATINGS if r and r in shown]
    return f"Domains: {'; '.join(parts)}. {', '.join(signs)}."
