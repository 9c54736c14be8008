"""Small-study effects of an analysis: every test and adjustment that its numbers allow, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.front.fit import Fit
from evidence_synthesis.front.pages import page
from evidence_synthesis.front.words import decimals
from evidence_synthesis.stats import small_study as methods
from evidence_synthesis.wording import number, p_value


@dataclass(frozen=True, eq=False)
class SmallStudyTests:
    """Tests of funnel asymmetry and estimates adjusted for it; None where an analysis has not the numbers for a test.

    ``peters`` and ``harbord`` need the counts of an odds ratio. Estimates of these objects are on the scale of pooling;
    ``to_frame`` has them as they are read. What is found is an association of effect and precision, of which selective
    publication is one possible cause.
    """

    base: Fit
    egger: methods.RegressionLine
    begg: tuple[float, float]
    peters: methods.RegressionLine | None
    harbord: methods.RegressionLine | None
    trim_and_fill: methods.Filled
    pet: methods.Adjusted
    peese: methods.Adjusted
    pet_peese: methods.Adjusted
    limit: methods.Adjusted
    selection: methods.Selected

    def to_frame(self) -> pd.DataFrame:
        """A row for each method: adjusted estimate with interval as it is read, test statistic, p, and what it found."""
        lines = {"Egger": self.egger, "Peters": self.peters, "Harbord": self.harbord}
        rows: dict[str, dict[str, object]] = {
            name: {"statistic": line.slope_t, "p": line.slope_p} for name, line in lines.items() if line is not None
        }
        rows["Begg"] = {"statistic": self.begg[0], "p": self.begg[1]}
        filled = self.trim_and_fill
        missing = f"{filled.missing} filled in on the {filled.side}" if filled.missing else "none filled in"
        rows["Trim-and-fill"] = self._read(filled.estimate, filled.ci_low, filled.ci_high) | {"found": missing}
        for name, of in (("PET", self.pet), ("PEESE", self.peese), ("Limit", self.limit)):
            chosen = "chosen by the conditional rule" if of.method == self.pet_peese.method and name != "Limit" else ""
            rows[name] = self._read(of.estimate, of.ci_low, of.ci_high) | {"p": of.p, "found": chosen}
        selected = self.selection
        half = 1.959963984540054 * selected.se
        told = "" if np.isnan(selected.delta) else f"{selected.delta:.2g} times as often published without significance"
        rows["Selection"] = self._read(selected.estimate, selected.estimate - half, selected.estimate + half)
        rows["Selection"] |= {"statistic": selected.lr, "p": selected.lr_p, "found": told}
        columns = ["estimate", "ci_low", "ci_high", "statistic", "p", "found"]
        frame = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("method")
        return frame.assign(found=frame["found"].fillna(""))

    def _read(self, estimate: float, low: float, high: float) -> dict[str, object]:
        return dict(zip(("estimate", "ci_low", "ci_high"), self.base.read(np.array([estimate, low, high])), strict=True))

    def _opening(self) -> str:
        return f"Small-study effects of {self.base.k} studies"

    def _cells(self) -> list[tuple[str, str, str, str]]:
        """Of each method the adjusted estimate with its interval, p, and what it found, as they are printed."""
        places, cells = decimals(self.base), []
        for name, row in self.to_frame().iterrows():
            value, low, high = (float(row[c]) for c in ("estimate", "ci_low", "ci_high"))
            shown = f"{number(value, places)} ({number(low, places)} to {number(high, places)})" if np.isfinite(value) else ""
            p = p_value(float(row["p"])) if np.isfinite(float(row["p"])) else ""
            cells.append((str(name), shown, p, str(row["found"])))
        return cells

    def __str__(self) -> str:
        cells = ((name, filter(None, [shown, f"p {p}" if p else "", found])) for name, shown, p, found in self._cells())
        lines = [f"{name:<14} {', '.join(said)}" for name, said in cells]
        return "\n".join([self._opening(), *lines])

    def _repr_html_(self) -> str:
        head = ("", f"Adjusted {self.base.measure.label.lower()} ({self.base.level:g}% CI)", "p", "Found")
        rows = [(name, shown, p.removeprefix("= "), found) for name, shown, p, found in self._cells()]
        return page([self._opening()], head, rows, left=(0, 3))

    __repr__ = __str__


def small_study_effects(
    fit: Fit, counts: Mapping[str, Array] | None, step: float, negative: bool | None, estimator: str
) -> SmallStudyTests:
    """Every method; see ``MetaAnalysis.small_study``. Raises TooFew below ten studies."""
    methods.require_ten(fit.k)
    yi, vi = fit.yi, fit.vi
    pet, peese, chosen = methods.pet_peese(yi, vi, fit.level)
    favoured = fit.numbers["estimate"] < 0 if negative is None else negative
    peters = harbord = None
    if counts is not None:
        e1, n1, e2, n2 = (counts[name] for name in ("events_t", "n_t", "events_c", "n_c"))
        peters, harbord = methods.peters(yi, e1 + e2, n1 + n2), methods.harbord(e1, n1, e2, n2)
    return SmallStudyTests(
        base=fit,
        egger=methods.egger(yi, vi),
        begg=methods.begg(yi, vi),
        peters=peters,
        harbord=harbord,
        trim_and_fill=methods.trim_and_fill(yi, vi, estimator, fit.model.estimator, fit.level),
        pet=pet,
        peese=peese,
        pet_peese=chosen,
        limit=methods.limit_meta_analysis(yi, vi, fit.level),
        selection=methods.selection_model(yi, vi, step, favoured),
    )
