"""What the trials show at a glance: classes and families of treatments, by outcome and term, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping

from evidence_synthesis import wording
from evidence_synthesis.report.links import page_of, place_of
from evidence_synthesis.report.shelf import Shelf
from evidence_synthesis.report.views import GlanceCell, GlanceLine, GlanceView
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.conclusions import Certainty


def _cell(row: PooledResult, certainty: Certainty) -> GlanceCell:
    return GlanceCell(
        href=place_of(row.analysis_id),
        verdict=certainty.verdict,
        words=wording.VERDICT_WORDS[certainty.verdict],
        effect=wording.effect_with_interval(row.measure, *row.effect),
        trials=wording.count(row.trials, "trial"),
        certainty=certainty.certainty,
    )


def _results(group: str, shelf: Shelf) -> Mapping[tuple[str, str], GlanceCell]:
    """A group's results by outcome and term, against the comparator and in the people of the overviews."""
    choice = shelf.settings.figures["overview"]
    where = choice["comparator"], choice["population"]
    found: dict[tuple[str, str], GlanceCell] = {}
    for row in shelf.pooled.get(group, ()):
        judged = shelf.certainty.get(row.key)
        if judged and (row.comparator, row.population) == where:
            found.setdefault((row.outcome, row.term), _cell(row, judged))
    return found


def glance(shelf: Shelf) -> GlanceView:
    """The table: columns (outcome, with its terms), and a section for each class; lines without any result are left out."""
    choice, settings = shelf.settings.figures["overview"], shelf.settings
    windows = {w.term: w.label.partition(" (")[0] for w in settings.windows if w.term in choice["terms"]}
    columns = [(outcome, term) for outcome in choice["outcomes"] for term in windows]
    sections = []
    for kind in choice["classes"]:
        whole = LEVEL_PREFIX["class"] + kind
        lines = []
        for group in (whole, *shelf.taxonomy.families(kind)):
            found = _results(group, shelf)
            cells = [found.get(column) for column in columns]
            if any(cells):
                name = shelf.taxonomy.label(group).removesuffix(" (all)")
                lines.append(GlanceLine(name, page_of(group), cells, whole=group == whole))
        if lines:
            sections.append(lines)
    labels = {p.population: p.label for p in settings.populations}
    against = next(c.label for c in settings.comparators if c.comparator == choice["comparator"])
    return GlanceView(
        outcomes=[(settings.outcome(o).label, settings.outcome(o).unit) for o in choice["outcomes"]],
        terms=list(windows.values()),
        sections=sections,
        caption=f"{labels[choice['population']]}, against {against}",
    )
