"""The central message as a figure for a guideline: its numbers, certainty that is seen in grey, nothing beyond 180 mm."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from conftest import ROOT

from evidence_synthesis.plots import central
from evidence_synthesis.plots.drawing.canvas import text_width
from evidence_synthesis.plots.drawing.metrics import ARIAL
from evidence_synthesis.plots.message import Message
from evidence_synthesis.plots.overview import PlottedResult
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.synthesis.rows.statements import CentralLine
from evidence_synthesis.wording import fit_to_print

LEVELS = ("very low", "low", "moderate", "high")


@pytest.fixture(scope="module")
def message(settings: Settings) -> Message:
    return central.message_of(central.gather(CentralLine.of(ROOT / "results"), settings), settings)


def test_every_result_of_the_central_message_is_there(message: Message) -> None:
    lines = [line for line in CentralLine.of(ROOT / "results") if line.measure == message.measure]
    page, _ = message.lay_out()[0]
    texts = Counter(label.text for label in page.texts)
    for line in lines:
        assert line.estimate is not None
        assert line.ci_low is not None
        assert line.ci_high is not None
        assert texts[fit_to_print("MD", line.estimate, line.ci_low, line.ci_high)]
        assert f"{line.certainty}, {line.trials} trial{'s' if line.trials != 1 else ''}" in texts
    assert len(list(message.drawn())) == len(lines) == message.size()


def test_it_is_180_mm_wide_and_nothing_overlaps(message: Message) -> None:
    page, height = message.lay_out()[0]
    assert page.width * 25.4 == pytest.approx(180)
    assert page.face == ARIAL
    spans: dict[float, list[tuple[float, float, str]]] = {}
    for label in page.texts:
        wide = text_width(label.text, label.size, label.bold, ARIAL)
        left = label.x - {"left": 0.0, "center": 0.5, "right": 1.0}[label.align] * wide
        assert left > 0, label.text
        assert left + wide < page.width, label.text
        assert 0 < label.y < height
        assert label.size >= 6.5
        spans.setdefault(round(label.y, 3), []).append((left, left + wide, label.text))
    for row in spans.values():
        row.sort()
        assert all(a[1] <= b[0] + 0.01 for a, b in pairwise(row)), row


def test_certainty_is_seen_without_colour(message: Message) -> None:
    """Four circles for each result, as many full as its level; every colour of the page is a grey."""
    fills = set()
    for level, certainty in enumerate(LEVELS):
        row = PlottedResult((-5.0, -8.0, -2.0), 3, "treatment", certainty)
        one = replace(message, sections=[("a", [("Pain", {message.terms[0][0]: row})])])
        page, _ = one.lay_out()[0]
        circles = [(fill, len(found)) for (fill, _), polygons in page.shapes.items() for found in polygons if len(found) == 24]
        assert len(circles) == 4
        assert sum(fill != "white" for fill, _ in circles) == level + 1
        (diamond,) = [fill for (fill, _), polygons in page.shapes.items() for found in polygons if len(found) == 4]
        fills.add(diamond)
        colours = {c for pair in page.shapes for c in pair} | {c for c, *_ in page.lines} | set(page.boxes)
        for colour in colours - {"white", "none"}:
            assert len({colour[1:3], colour[3:5], colour[5:7]}) == 1, colour
    assert len(fills) == 4
