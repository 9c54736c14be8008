"""What became of every result that was read: from extraction to analysis, in real counts of the row accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evidence_synthesis.plots.drawing.canvas import BAND, GREY, INK, Page, Pages, wrap
from evidence_synthesis.plots.forest import MARGIN
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.results import RowAccount

_WIDE = 3.0
_LINE = 0.15
_SMALL = 6.5


@dataclass(frozen=True, slots=True)
class Flow:
    """Boxes of the main line (words and count), and the reasons for leaving results out with their counts."""

    title: str
    steps: Sequence[tuple[str, int]]
    excluded: Sequence[tuple[str, int]]

    def size(self) -> int:
        """Results read."""
        return self.steps[0][1]

    def describe(self) -> str:
        """The figure in words."""
        steps = "; ".join(f"{words}: {n}" for words, n in self.steps)
        reasons = "; ".join(f"{words}: {n}" for words, n in self.excluded)
        return f"{self.title}. {steps}. Left out: {reasons}."

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The counts."""
        for words, n in self.steps:
            yield {"block": "kept", "kind": "count", "label": words, "weight": n}
        for words, n in self.excluded:
            yield {"block": "left out", "kind": "count", "label": words, "weight": n}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def _frame(page: Page, x: float, y: float, width: float, height: float) -> None:
    page.box(x, y, width, height, BAND)
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    page.line(corners, GREY, 0.8)


def _arrow(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.line([start, end], INK, 0.9)
    (x0, _), (x, y) = start, end
    if x == x0:
        page.shape([(x, y), (x - 0.04, y - 0.08), (x + 0.04, y - 0.08)], INK)
    else:
        page.shape([(x, y), (x - 0.08, y - 0.04), (x - 0.08, y + 0.04)], INK)


def _lay_out(flow: Flow) -> tuple[Page, float]:
    side = MARGIN + _WIDE + 0.6
    page = Page(side + 4.4 + MARGIN)
    y = page.heading(MARGIN, MARGIN + 0.13, flow.title) + 0.27
    places = []
    for words, n in flow.steps:
        lines = [*wrap(words, _WIDE - 0.2), f"n = {n:,}"]
        height = 0.1 + _LINE * len(lines)
        _frame(page, MARGIN, y, _WIDE, height)
        for i, line in enumerate(lines):
            page.text(MARGIN + _WIDE / 2, y + 0.05 + _LINE * (i + 0.5), line, "center", bold=i == len(lines) - 1)
        places.append((y, y + height))
        y += height + 0.45
    for (_, bottom), (top, _) in pairwise(places):
        _arrow(page, (MARGIN + _WIDE / 2, bottom), (MARGIN + _WIDE / 2, top))
    top = places[0][1] + 0.1
    left_out = sum(n for _, n in flow.excluded)
    listed = [(f"Left out: {left_out:,}", True)] + [(f"{n}  {words}", False) for words, n in flow.excluded]
    height = 0.1 + 0.13 * len(listed)
    _frame(page, side, top, 4.4, height)
    for i, (text, bold) in enumerate(listed):
        page.text(side + 0.08, top + 0.05 + 0.13 * (i + 0.5), text, size=_SMALL, bold=bold)
    _arrow(page, (MARGIN + _WIDE / 2, places[0][1] + 0.22), (side, places[0][1] + 0.22))
    return page, max(y - 0.45, top + height) + MARGIN


def gather(accounts: Sequence[RowAccount], pooled: Iterable[PooledResult], shown: int = 16) -> Flow:
    """The flow from the row accounts; rarer reasons than the first ``shown`` are put together."""
    status = Counter(a.status for a in accounts)
    reasons = Counter(
        "excluded by a decision of the review" if a.reason.startswith("excluded by a decision") else a.reason
        for a in accounts
        if a.status == "excluded"
    )
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(n for _, n in ranked[shown:])
    listed = [*ranked[:shown], *([("rarer reasons (see the row accounts)", rest)] if rest else [])]
    several = sum(p.trials > 1 for p in pooled)
    used = [a for a in accounts if a.status != "excluded"]
    steps = [
        (f"Results read, of {len({a.trial_id for a in accounts})} trials", len(accounts)),
        (
            f"Results in an analysis, of {len({a.trial_id for a in used})} trials: {status['used']} as they stand, "
            f"{status['merged'] + status['split']} combined or split with others of their trial",
            len(used),
        ),
        ("Analyses that pool two trials or more", several),
    ]
    return Flow("From results read to analyses", steps, listed)
