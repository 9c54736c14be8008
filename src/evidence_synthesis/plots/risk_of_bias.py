"""Risk of bias: a light for every assessed trial and domain, and what share of the trials has each rating."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.plots.drawing.canvas import GREY, INK, Page, Pages, text_width
from evidence_synthesis.plots.drawing.lights import LOOKS, ON_DARK, light
from evidence_synthesis.plots.forest import MARGIN, ROW
from evidence_synthesis.review.risk_of_bias import RATINGS, Tool
from evidence_synthesis.storage.files import Cells

_NAMES = {"": "not assessed"}
_CELL = 1.05
_BAR = 3.0
_SMALL = 6.5


@dataclass(frozen=True, slots=True)
class Lights:
    """Assessed trials with their rating in each domain; ``trials`` counts all trials, assessed or not."""

    title: str
    domains: Mapping[str, str]
    ratings: Sequence[tuple[str, Mapping[str, str]]]
    trials: int

    def size(self) -> int:
        """Trials assessed."""
        return len(self.ratings)

    def shares(self, domain: str) -> dict[str, int]:
        """Trials by rating in a domain, those that nobody has assessed among them."""
        counts = dict.fromkeys(RATINGS, 0)
        for _, ratings in self.ratings:
            counts[ratings[domain]] += 1
        counts[""] += self.trials - len(self.ratings)
        return {rating: n for rating, n in counts.items() if n}

    def describe(self) -> str:
        """The figure in words."""
        parts = [
            f"{label}: " + ", ".join(f"{_NAMES.get(r, r)} {n}" for r, n in self.shares(d).items())
            for d, label in self.domains.items()
        ]
        return f"{self.title}. {wording.count(len(self.ratings), 'trial')} of {self.trials} assessed. " + "; ".join(parts) + "."

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """Ratings trial by trial, and trials by rating."""
        for study, ratings in self.ratings:
            for domain, label in self.domains.items():
                yield {"block": label, "kind": "trial", "label": study, "value": ratings[domain] or "not assessed"}
        for domain, label in self.domains.items():
            for rating, n in self.shares(domain).items():
                yield {"block": label, "kind": "trials", "label": _NAMES.get(rating, rating), "weight": n}

    def lay_out(self) -> Pages:
        """The page and its height."""
        return [_lay_out(self)]


def _summary(lights: Lights, page: Page, y: float, first: float) -> float:
    for domain, label in lights.domains.items():
        page.text(MARGIN, y + ROW / 2, label)
        x = first
        for rating, n in lights.shares(domain).items():
            width = _BAR * n / lights.trials
            colour, _ = LOOKS[rating]
            page.shape([(x, y + 0.02), (x + width, y + 0.02), (x + width, y + ROW - 0.02), (x, y + ROW - 0.02)], colour, "white")
            if width > 0.2:
                ink = "white" if rating in ON_DARK else INK
                page.text(x + width / 2, y + ROW / 2, str(n), "center", size=_SMALL, colour=ink)
            x += width
        y += ROW
    return y


def _lay_out(lights: Lights) -> tuple[Page, float]:
    first = MARGIN + max(text_width(study) for study, _ in [*lights.ratings, ("Randomisation", {})]) + 0.3
    page = Page(max(first + _CELL * len(lights.domains) + MARGIN, first + _BAR + MARGIN, 7.0))
    y = page.heading(MARGIN, MARGIN + 0.13, lights.title)
    words = f"{len(lights.ratings)} of {lights.trials} trials are assessed; not assessed is not low."
    page.text(MARGIN, y + 0.2, words, colour=GREY)
    y = _summary(lights, page, y + 0.35, first) + 0.15
    x = MARGIN + 0.07
    for rating in RATINGS:
        if any(rating in lights.shares(d) for d in lights.domains):
            light(page, x, y, rating)
            page.text(x + 0.12, y, _NAMES.get(rating, rating), size=_SMALL)
            x += 0.35 + text_width(_NAMES.get(rating, rating), _SMALL)
    y += 0.25
    for i, label in enumerate(lights.domains.values()):
        page.text(first + (i + 0.5) * _CELL, y, label, "center", bold=True, size=_SMALL)
    y += 0.1
    for study, ratings in lights.ratings:
        page.text(MARGIN, y + ROW / 2, study)
        for i, domain in enumerate(lights.domains):
            light(page, first + (i + 0.5) * _CELL, y + ROW / 2, ratings[domain])
        y += ROW
    return page, y + MARGIN


def gather(rows: Iterable[Cells], tool: Tool, title: str) -> Lights:
    """The lights of one tool: a trial once, with its first assessed row."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    trials = set()
    domains = {**tool.domains, **({tool.overall: "Overall"} if tool.overall else {})}
    for row in rows:
        trials.add(row["trial_id"])
        if row["trial_id"] not in found and any(row[d] for d in domains):
            found[row["trial_id"]] = (row["study"], {d: row[d] for d in domains})
    return Lights(title, domains, sorted(found.values(), key=lambda item: item[0]), len(trials))
