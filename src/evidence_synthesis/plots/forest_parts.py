"""What a forest plot shows, in any layout: trials, sections with their pooled result, blocks, and the axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.plots.drawing.axis import LOG_ENDS, EffectAxis, nice
from evidence_synthesis.plots.journals import LAYOUTS, Layout
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult

PLOT_WIDTH = 2.5
ON_A_SHEET = 60  # trials on a printed sheet
PAPER_WIDTH = 190 / 25.4  # of printed sheets: A4 within its margins
WITHIN_SUBGROUPS = "Weights are those within subgroups."


@dataclass(frozen=True, slots=True)
class DrawnTrial:
    """A trial of an analysis with its marks: whether the audit doubts it, and its ratings of the domains of risk of bias.

    ``own`` are the cells of a result of it, in which columns of the review's own stand.
    """

    trial: AnalysisTrial
    doubt: bool = False
    domains: str = ""
    own: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def order(self) -> tuple[int, str, str]:
        """What sorts trials from the oldest on."""
        return *self.trial.age, ";".join(self.trial.row_ids)


@dataclass(frozen=True, slots=True)
class Section:
    """The trials of one analysis with their pooled result; ``last`` is False for a part that another sheet goes on with."""

    heading: str
    trials: Sequence[DrawnTrial]
    pooled: PooledResult
    last: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """Sections under one heading: a population and a comparator, term by term."""

    heading: str
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class ForestContent:
    """A forest plot: headings, blocks, and what the reader must know of the axis.

    ``extra`` names further columns, ``own`` has the headings of those that are the review's own.

    ``width`` is that of the page in inches (None: as wide as its text needs), ``titled`` says whether it has its title, and
    ``subgroups`` whether its sections are subgroups of different trials, which a test may compare. ``decimals`` are those
    of effects and means where the measure's own do not do.
    """

    title: str
    measure: str
    unit: str
    threshold: float | None
    event_is_good: bool | None
    blocks: Sequence[Block]
    model: str
    not_poolable: Sequence[str]
    layout: str = "house"
    extra: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    width: float | None = None
    titled: bool = True
    subgroups: bool = False
    decimals: int | None = None

    @property
    def style(self) -> Layout:
        """How numbers are printed."""
        layout = LAYOUTS[self.layout]
        if self.decimals is None or layout.decimals is not None:
            return layout
        return replace(layout, decimals=self.decimals)

    @property
    def scale(self) -> str:
        """The unit of mean differences, by which their ends are known; of one's own analysis nobody told it."""
        return self.unit if self.decimals is None else wording.UNKNOWN_UNIT

    @property
    def pools(self) -> bool:
        """Whether anything is pooled."""
        return any(s.pooled.trials > 1 for b in self.blocks for s in b.sections)

    @property
    def weighs(self) -> bool:
        """Whether any trial that is shown has a weight; a lone one of its section has none, though all together are pooled."""
        return any(s.trials and s.pooled.trials > 1 for b in self.blocks for s in b.sections)

    @property
    def model_words(self) -> str:
        """The model in a sentence; of lone trials that nothing is pooled."""
        return self.model if self.pools else "Each trial's own interval."

    @property
    def domains(self) -> list[str]:
        """Ratings of the domains of risk of bias, of those trials shown that have any."""
        return [t.domains for b in self.blocks for s in b.sections for t in s.trials if t.domains]

    def printed(self, value: float, low: float, high: float) -> str:
        """An effect with its interval; of a review's figures in words where limits leave the scale."""
        if self.decimals is not None:  # of one's own analysis, whose scale is not known
            return self.style.effect(self.measure, value, low, high, self.scale)
        return wording.fit_to_print(self.measure, value, low, high, unit=self.unit)

    def size(self) -> int:
        """Trials shown."""
        return len({t.trial.trial_id for b in self.blocks for s in b.sections for t in s.trials})

    def describe(self) -> str:
        """The figure in words, for readers who do not see it."""

        def words(section: Section) -> str:
            who = wording.count(section.pooled.trials, "trial")
            return f"{section.heading}, {who}, {self.measure} {self.printed(*section.pooled.effect)}"

        return wording.told(f"Forest plot. {self.title}.", ((b.heading, map(words, b.sections)) for b in self.blocks))

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers that the figure shows, line by line."""
        for block in self.blocks:
            for section in block.sections:
                where = {"block": block.heading, "section": section.heading}
                for drawn in section.trials:
                    line = {**where, "kind": "trial", "label": drawn.trial.study, "value": drawn.domains}
                    yield {**line, **three(*drawn.trial.interval), "weight": drawn.trial.weight}
                pooled = section.pooled
                label = {**where, "label": pooled.analysis_id}
                if pooled.trials > 1:
                    yield {**label, "kind": "pooled", **three(*pooled.effect)}
                if pooled.trials > 2:
                    yield {**label, "kind": "prediction interval", **three(None, pooled.prediction_low, pooled.prediction_high)}

    @property
    def compared(self) -> tuple[float, int, float, float] | None:
        """The test for subgroup differences: Q, degrees of freedom, p and I2 in per cent; None without two subgroups.

        The homogeneity test of the subgroups' pooled results by their own standard errors (Borenstein and Higgins 2013,
        doi:10.1007/s11121-013-0377-7; Handbook 10.11.3.1).
        """
        if not self.subgroups:
            return None
        from evidence_synthesis.stats.batch import make_batch  # SciPy, which other figures do without
        from evidence_synthesis.stats.pooling import pool

        found = [s.pooled for b in self.blocks for s in b.sections if s.trials and s.last]
        if len(found) < 2 or any(p.se <= 0 for p in found):
            return None
        effects = [scales.linear(self.measure, p.estimate) for p in found]
        both = pool(make_batch([(effects, [p.se**2 for p in found])]), "FE", hksj=False).at(0)
        freedom = len(found) - 1
        return both["q"], freedom, both["q_p"], max(0.0, 100 * (both["q"] - freedom) / both["q"]) if both["q"] > 0 else 0.0


F = TypeVar("F", bound=ForestContent)


def _pieces(section: Section) -> list[Section]:
    """A section in parts that each fit on a sheet; the pooled result stands at the end of the last."""
    if len(section.trials) <= ON_A_SHEET:
        return [section]
    starts = range(0, len(section.trials), ON_A_SHEET)
    return [
        replace(
            section,
            heading=section.heading + (" (continued)" if start else ""),
            trials=section.trials[start : start + ON_A_SHEET],
            last=start + ON_A_SHEET >= len(section.trials),
        )
        for start in starts
    ]


def sheets(forest: F) -> list[F]:
    """The forest in parts of at most 60 trials, one comparison and population each; one part when it is short enough."""
    if sum(len(s.trials) for b in forest.blocks for s in b.sections) <= ON_A_SHEET:
        return [forest]
    found: list[Block] = []
    for block in forest.blocks:
        parts: list[list[Section]] = [[]]
        room = ON_A_SHEET
        for section in (piece for s in block.sections for piece in _pieces(s)):
            if len(section.trials) > room and parts[-1]:
                parts.append([])
                room = ON_A_SHEET
            parts[-1].append(section)
            room -= len(section.trials)
        found += [replace(block, sections=sections) for sections in parts]
    return [
        replace(forest, blocks=[block], title=f"{forest.title} (sheet {i} of {len(found)})") for i, block in enumerate(found, 1)
    ]


def three(effect: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    """An effect and its limits by the names of columns."""
    return {"effect": effect, "ci_low": low, "ci_high": high}


def _reach(forest: ForestContent, intervals: bool) -> list[float]:
    """Distances from no effect that the axis should show: effects of trials or their limits, intervals of what is pooled.

    Limits beyond what the scale can mean anything by count as its end.
    """
    log = forest.measure in RATIOS
    values: list[float] = []
    for block in forest.blocks:
        for section in block.sections:
            for _, *limits in (t.trial.interval for t in section.trials) if intervals else ():
                values += limits
            values += [] if intervals else [t.trial.effect for t in section.trials]
            if len(section.trials) > 2:
                values += [section.pooled.ci_low, section.pooled.ci_high]
    end = wording.printing(forest.measure, forest.scale).furthest
    return [min(abs(math.log2(v)), math.log2(end)) if log else min(abs(v), end) for v in values if v > 0 or not log]


def make_axis(forest: ForestContent, left: float, width: float = PLOT_WIDTH) -> EffectAxis:
    """An axis, even on both sides of no effect, that holds every trial's estimate and about its interval.

    A lone trial's interval is held as a whole: nothing else on the page says how far it goes.
    """
    alone = sum(len(section.trials) for block in forest.blocks for section in block.sections) == 1
    furthest = max(_reach(forest, intervals=alone), default=0.0)
    if furthest == 0:  # trials that found exactly no effect: their intervals say how far one should look
        furthest = max(_reach(forest, intervals=True), default=0.0) or 1.0
    if forest.measure in RATIOS:
        wanted = 2.0 ** (furthest * 1.1)
        limit = next((end for end in LOG_ENDS if end >= wanted), LOG_ENDS[-1])
        return EffectAxis(left, width, 1 / limit, limit, True)
    least = 2.5 * forest.threshold if forest.threshold else 0.0
    limit = max(nice(furthest * 1.25, (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)), least)
    return EffectAxis(left, width, -limit, limit, False)
