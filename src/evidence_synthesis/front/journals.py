"""Forest plots of one's own analyses in journals' layouts: the same pages as a review's figures, from a table of studies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.errors import UnusableInput, one_of
from evidence_synthesis.front.figures import FORMATS
from evidence_synthesis.front.fit import Fit
from evidence_synthesis.front.given import above_zero
from evidence_synthesis.front.words import decimals
from evidence_synthesis.plots.drawing.rendering import PRINT, drawn_page, render
from evidence_synthesis.plots.forest import Forest
from evidence_synthesis.plots.forest_parts import Block, DrawnTrial, Section
from evidence_synthesis.plots.journals import LAYOUTS
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult
from evidence_synthesis.wording import MEASURES, model_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ARMS = tuple(f"{name}_{side}" for side in "tc" for name in ("n", "mean", "sd", "events"))


def _trials(fit: Fit, numbers: Mapping[str, Array]) -> list[DrawnTrial]:
    """The studies as a forest plot shows them, with what the table has of their arms."""
    read = [fit.read_each(values) for values in (fit.yi, *fit.study_limits)]
    rows = []
    for i, study in enumerate(fit.studies):
        arms = {name: known(float(numbers[name][i])) if name in numbers else None for name in _ARMS}
        effect, low, high = (float(values[i]) for values in read)
        trial = AnalysisTrial(
            analysis_id="",
            weight=float(fit.weights[i]),
            effect_id="",
            measure=fit.measure.name,
            trial_id=str(i),
            study=study,
            year=None,
            row_ids=(),
            refs="",
            versus="",
            weeks=None,
            time_note="",
            yi=float(fit.yi[i]),
            vi=float(fit.vi[i]),
            effect=effect,
            ci_low=low,
            ci_high=high,
            handling="as printed",
            source_kind="",
            risk_of_bias="",
            **arms,
        )
        rows.append(DrawnTrial(trial))
    return rows


def _pooled(fit: Fit, people: float | None) -> PooledResult:
    words: dict[str, Any] = dict.fromkeys(("group", "group_label", "comparator", "outcome", "term", "population"), "")
    shown = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "wald_low", "wald_high")
    kept = ("tau2", "tau2_low", "tau2_high", "i2", "i2_low", "i2_high", "h2", "h2_low", "h2_high", "q", "q_p", "p")
    numbers: dict[str, Any] = {name: known(fit.shown(name)) for name in shown} | {name: known(fit.limits[name]) for name in kept}
    return PooledResult(
        analysis_id="",
        measure=fit.measure.name,
        level="treatment",
        trials=fit.k,
        participants=people,
        trials_without_n=0,
        favours="neither",
        se=fit.numbers["se"],
        hksj_factor=known(fit.numbers["hksj_factor"]) if fit.model.hksj else None,
        note="",
        **words,
        **numbers,
    )


def forest(
    fit: Fit, numbers: Mapping[str, Array], title: str, path: str | Path | None, layout: str, width: float | None
) -> Figure:
    """The forest plot in a layout of ``LAYOUTS`` as a matplotlib Figure, written to ``path`` where one is given.

    ``numbers`` are the arms' numbers of the pooled studies by field, ``width`` is that of the figure in inches. Raises
    UnknownName for another layout or ending, UnusableInput for measures or levels that these layouts do not print.
    """
    one_of("layout", layout, LAYOUTS)
    if width is not None and not 0.8 < above_zero("width", width, "width of a figure in inches") < 100:
        raise UnusableInput("width", f"{width:g} inches is no width of a figure")
    if fit.measure.name not in MEASURES or fit.level != 95:
        raise UnusableInput("layout", f"journals' layouts print {', '.join(MEASURES)} with 95% intervals; the others have axes")
    trials = _trials(fit, numbers)
    people = float(np.add.reduce(fit.people)) if fit.people is not None and bool(np.isfinite(fit.people).all()) else None
    picture = Forest(
        title=title,
        measure=fit.measure.name,
        unit="",
        threshold=None,
        event_is_good=None,
        blocks=[Block("", [Section("", trials, _pooled(fit, people))])],
        model=model_words(fit.model),
        not_poolable=(),
        layout=layout,
        width=width,
        titled=bool(title),
        decimals=decimals(fit),
    )
    pages = picture.lay_out()
    if path is not None:
        ending = one_of("ending of a figure's file", Path(path).suffix, FORMATS).removeprefix(".")
        Path(path).write_bytes(render(pages, title, picture.describe(), PRINT, [ending])[ending])
    return drawn_page(*pages[0])
