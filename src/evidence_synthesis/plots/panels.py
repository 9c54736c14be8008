"""How firm the larger analyses of the forest plots are: their funnel beside their result without each trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evidence_synthesis import bias
from evidence_synthesis.plots.chart import Panels
from evidence_synthesis.plots.forest import Forest, Section
from evidence_synthesis.plots.publish import Picture
from evidence_synthesis.plots.single import Analysis, funnel, leave_one_out
from evidence_synthesis.schema import RATIOS


def _panels(forest: Forest, heading: str, section: Section) -> Panels:
    what = ", ".join(f"{words[0].lower()}{words[1:]}".partition(" (")[0] for words in (heading, section.heading))
    trials = sorted(section.trials, key=lambda t: (t["year"], t["study"], t["row_ids"]))
    analysis = Analysis("", forest.measure, trials)
    charts = replace(funnel(analysis), title="Funnel"), replace(leave_one_out(analysis), title="One trial left out")
    side = "" if forest.measure in RATIOS else " Below zero: in favour of the treatment."
    return Panels(f"{forest.title}, {what}", f"{heading}; {section.heading}; {len(trials)} trials.{side}", charts)


def panels_of(forest: Forest) -> dict[str, Panels]:
    """The panels of a forest plot's analyses, by name: those of ten trials on, as many as a test of asymmetry needs."""
    return {
        "firm__" + section.pooled["analysis_id"].split("__", 1)[1]: _panels(forest, block.heading, section)
        for block in forest.blocks
        for section in block.sections
        if len(section.trials) >= bias.MINIMUM
    }


def with_panels(forests: Mapping[str, Mapping[str, Forest]]) -> dict[str, dict[str, Picture]]:
    """All figures of all groups: group, name, figure; the forest plots first."""
    return {
        group: {**figures, **{name: p for f in figures.values() for name, p in panels_of(f).items()}}
        for group, figures in forests.items()
    }
