"""The figures of every group: forest plots, and how firm their larger analyses are (funnel, and without each trial)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from evidence_synthesis import wording
from evidence_synthesis.audit.table import AuditLine, doubtful_rows
from evidence_synthesis.plots.drawing.chart import Panels
from evidence_synthesis.plots.forest import Forest
from evidence_synthesis.plots.forest_parts import Section
from evidence_synthesis.plots.from_tables import Drawn, all_forests, all_questions, marked
from evidence_synthesis.plots.one_analysis import AnalysisData, funnel, leave_one_out
from evidence_synthesis.plots.publish import Picture
from evidence_synthesis.review.schema import EVENTS
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.stats import small_study
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult


def _panels(forest: Forest, heading: str, section: Section, model: Model) -> Panels:
    trials = [drawn.trial for drawn in sorted(section.trials, key=lambda t: t.order)]
    analysis = AnalysisData("", forest.measure, trials, model)
    without = leave_one_out(analysis)
    charts = replace(funnel(analysis), title="Funnel"), replace(without, title="One trial left out", subtitle="")
    side = "" if forest.measure in EVENTS else " Below zero: in favour of the treatment."
    return Panels(
        f"{forest.title}, {wording.running(section.heading)}",
        f"{heading}; {section.heading}; {len(trials)} trials.{side} {without.subtitle}",
        charts,
    )


def panels_of(forest: Forest, model: Model) -> dict[str, Panels]:
    """The panels of a forest plot's analyses, by name: those of ten trials on, as many as a test of asymmetry needs."""
    return {
        f"firm__{section.pooled.asks.within_group}": _panels(forest, block.heading, section, model)
        for block in forest.blocks
        for section in block.sections
        if len(section.trials) >= small_study.MINIMUM
    }


@dataclass(frozen=True)
class DrawnEvidence:
    """What figures of groups are drawn from: tables, and ``checked`` rows of the data with their doubts."""

    pooled: Sequence[PooledResult]
    trials: Sequence[AnalysisTrial]
    audit: Sequence[AuditLine]
    checked: Sequence[Cells]
    settings: Settings
    taxonomy: Taxonomy

    @cached_property
    def drawn(self) -> Drawn:
        """The trials of each analysis with their marks."""
        return marked(self.trials, doubtful_rows(self.audit, self.checked), self.checked)


def all_figures(evidence: DrawnEvidence) -> dict[str, dict[str, Picture]]:
    """The figures of all groups that results keep: group, name, figure; the forest plots of single questions first."""
    forests = all_questions(evidence.pooled, evidence.drawn, evidence.settings, evidence.taxonomy)
    model = evidence.settings.model
    return {
        group: {**figures, **{name: p for f in figures.values() for name, p in panels_of(f, model).items()}}
        for group, figures in forests.items()
    }


def all_together(evidence: DrawnEvidence, unusable: Sequence[Cells]) -> dict[str, dict[str, Picture]]:
    """The forest plots of all comparisons and populations of an outcome, for print: group, outcome, figure.

    ``unusable`` are the results known without poolable numbers.
    """
    forests = all_forests(evidence.pooled, evidence.drawn, unusable, evidence.settings, evidence.taxonomy)
    return {group: dict(figures) for group, figures in forests.items()}
