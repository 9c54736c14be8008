"""The figures of every group: forest plots, and how firm their larger analyses are (funnel, and without each trial)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from evidence_synthesis import wording
from evidence_synthesis.audit.table import AuditLine, doubtful_rows
from evidence_synthesis.plots.drawing.chart import Panels
from evidence_synthesis.plots.forest import Forest
from evidence_synthesis.plots.forest_parts import Section
from evidence_synthesis.plots.from_tables import all_forests, marked
from evidence_synthesis.plots.one_analysis import AnalysisData, funnel, leave_one_out
from evidence_synthesis.plots.publish import Picture
from evidence_synthesis.review.schema import EVENTS
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.stats import small_study
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult


def _panels(forest: Forest, heading: str, section: Section, model: Model) -> Panels:
    what = ", ".join(map(wording.running, (heading, section.heading)))
    trials = [drawn.trial for drawn in sorted(section.trials, key=lambda t: t.order)]
    analysis = AnalysisData("", forest.measure, trials, model)
    without = leave_one_out(analysis)
    charts = replace(funnel(analysis), title="Funnel"), replace(without, title="One trial left out", subtitle="")
    side = "" if forest.measure in EVENTS else " Below zero: in favour of the treatment."
    return Panels(
        f"{forest.title}, {what}", f"{heading}; {section.heading}; {len(trials)} trials.{side} {without.subtitle}", charts
    )


def panels_of(forest: Forest, model: Model) -> dict[str, Panels]:
    """The panels of a forest plot's analyses, by name: those of ten trials on, as many as a test of asymmetry needs."""
    return {
        f"firm__{section.pooled.asks.within_group}": _panels(forest, block.heading, section, model)
        for block in forest.blocks
        for section in block.sections
        if len(section.trials) >= small_study.MINIMUM
    }


def all_figures(
    pooled: Sequence[PooledResult],
    trials: Iterable[AnalysisTrial],
    audit: Iterable[AuditLine],
    checked: Sequence[Cells],
    unusable: Sequence[Cells],
    settings: Settings,
    taxonomy: Taxonomy,
) -> dict[str, dict[str, Picture]]:
    """All figures of all groups: group, name, figure; the forest plots first.

    ``checked`` are the rows of the data, ``unusable`` the results known without poolable numbers.
    """
    drawn = marked(trials, doubtful_rows(audit, checked), checked)
    forests = all_forests(pooled, drawn, unusable, settings, taxonomy)
    return {
        group: {**figures, **{name: p for f in figures.values() for name, p in panels_of(f, settings.model).items()}}
        for group, figures in forests.items()
    }
