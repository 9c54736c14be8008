"""A meta-analysis: one call pools a table of studies, and what hangs on the result answers what is asked next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evidence_synthesis.errors import NotEnough, UnknownName, UnusableInput
from evidence_synthesis.front import given, words
from evidence_synthesis.front.asymmetry import SmallStudyTests, small_study_effects
from evidence_synthesis.front.columns import in_order
from evidence_synthesis.front.event_totals import MANTEL_HAENSZEL, counts_of
from evidence_synthesis.front.fit import Fit, fit_model, model_of
from evidence_synthesis.front.moderators import MetaRegression, Subgroups, regress, result_row, subgroups
from evidence_synthesis.front.pages import page
from evidence_synthesis.front.posterior import BayesianResult
from evidence_synthesis.front.sizes import Sizes, read_sizes
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats import bayes, influence
from evidence_synthesis.stats.pooling import Pooled, share_beyond

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evidence_synthesis.front.sequential import SequentialAnalysis

_PRIOR_SCALE = 0.5  # of tau: for standardised effects and logarithms of ratios (Roever 2021, doi:10.1002/jrsm.1475)


@dataclass(frozen=True, eq=False, repr=False)
class MetaAnalysis:
    """A pooled result with everything behind it; made by ``meta_analysis``. It does not change.

    Effects are given as they are read (ratios as ratios); ``fit`` has everything on the scale of pooling.
    """

    fit: Fit
    sizes: Sizes
    title: str = ""

    # --- the numbers -------------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """Number of studies that are pooled."""
        return self.fit.k

    @property
    def measure(self) -> str:
        """Name of the effect measure."""
        return self.fit.measure.name

    @property
    def estimate(self) -> float:
        """The pooled effect as it is read."""
        return self.fit.shown("estimate")

    @property
    def ci(self) -> tuple[float, float]:
        """Confidence interval of the pooled effect as it is read."""
        return self.fit.shown("ci_low"), self.fit.shown("ci_high")

    @property
    def prediction(self) -> tuple[float, float]:
        """Prediction interval, for the effect in a new setting, as it is read; NaN for one study and fixed effect."""
        return self.fit.shown("prediction_low"), self.fit.shown("prediction_high")

    @property
    def p(self) -> float:
        """Two-sided p of the pooled effect against none."""
        return self.fit.numbers["p"]

    @property
    def se(self) -> float:
        """Standard error of the pooled effect, on the scale of pooling."""
        return self.fit.numbers["se"]

    @property
    def tau2(self) -> float:
        """Variance between studies, on the scale of pooling; NaN for a single study."""
        return self.fit.numbers["tau2"]

    @property
    def tau2_ci(self) -> tuple[float, float]:
        """Q-profile interval of tau2."""
        return self.fit.limits["tau2_low"], self.fit.limits["tau2_high"]

    @property
    def i2(self) -> float:
        """I2 in per cent."""
        return self.fit.numbers["i2"]

    # --- tables ------------------------------------------------------------------------------------------------------

    def to_frame(self) -> pd.DataFrame:
        """The result as one row: effects as they are read, ``se``, ``tau2`` and ``q`` on the scale of pooling."""
        limits = {n: self.fit.limits[n] for n in ("tau2_low", "tau2_high", "i2_low", "i2_high", "h2")}
        model = {"measure": self.measure, "model": self.fit.model.estimator, "level": self.fit.level}
        return pd.DataFrame([model | result_row(self.fit) | limits])

    @cached_property
    def _used(self) -> np.ndarray:
        return np.flatnonzero(self.sizes.usable)

    @property
    def studies(self) -> pd.DataFrame:
        """Each study that is pooled: ``yi`` and ``vi``, effect and interval as read, weight in per cent, steps taken to it."""
        low, high = self.fit.study_limits
        steps = self.sizes.steps or ("",) * self.sizes.columns.size
        columns = {
            "study": self.fit.studies,
            "yi": self.fit.yi,
            "vi": self.fit.vi,
            "effect": self.fit.read_each(self.fit.yi),
            "ci_low": self.fit.read_each(low),
            "ci_high": self.fit.read_each(high),
            "weight": self.fit.weights,
            "steps": [steps[i] for i in self._used],
        }
        return pd.DataFrame(columns, index=self.sizes.columns.index[self._used])

    @property
    def excluded(self) -> pd.DataFrame:
        """Each row of the table that is not pooled, with its reason."""
        rows = np.flatnonzero(~self.sizes.usable)
        reasons, labels = self.sizes.reasons or (), self.sizes.columns.studies
        columns = {"study": [labels[i] for i in rows], "reason": [reasons[i] for i in rows]}
        return pd.DataFrame(columns, index=self.sizes.columns.index[rows])

    @property
    def moderators(self) -> pd.DataFrame:
        """The columns of the table for the studies that are pooled."""
        return self.sizes.columns.moderators.iloc[self._used]

    def _column(self, column: str | Sequence[object] | pd.Series) -> tuple[str, pd.Series]:
        """A column of the table by its name, or values for the studies that are pooled; with its name."""
        if isinstance(column, str):
            if column not in self.moderators:
                raise UnknownName("column", column, self.moderators.columns)
            return column, self.moderators[column]
        series = in_order(column, self.sizes.columns.index)
        if len(series) == self.sizes.columns.size:
            series = series.iloc[self._used]
        if len(series) != self.k:
            raise UnusableInput("", f"{len(series)} values for {self.k} studies")
        return str(series.name or "group"), series

    def _few(self, chosen: np.ndarray) -> str:
        """The names of some studies, the first five."""
        names = [name for name, inside in zip(self.fit.studies, chosen, strict=True) if inside]
        return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")

    # --- single studies ----------------------------------------------------------------------------------------------

    def _several(self, pooled: Pooled, index: pd.Index) -> pd.DataFrame:
        """Many results as a table."""
        shown = {n: self.fit.read(getattr(pooled, n)) for n in ("estimate", "ci_low", "ci_high")}
        rest = {n: getattr(pooled, n) for n in ("p", "tau2", "i2")}
        return pd.DataFrame(shown | rest, index=index)

    def leave_one_out(self) -> pd.DataFrame:
        """The result without each study in turn. Raises NotEnough below two studies.

        >>> import evidence_synthesis as es
        >>> trials = {"yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7], "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06]}
        >>> es.meta_analysis(trials).leave_one_out().loc["Study 3", ["estimate", "tau2"]].round(3).tolist()
        [-0.531, 0.048]
        """
        if self.k < 2:
            raise NotEnough("leaving one out", 2, self.k)
        found = self.fit.pooled_counts([np.delete(np.arange(self.k), i) for i in range(self.k)])
        found = found or influence.leave_one_out(self.fit.yi, self.fit.vi, *self.fit.model)
        return self._several(found, pd.Index(self.fit.studies, name="without"))

    def cumulative(self, by: str | Sequence[object] | pd.Series = "year") -> pd.DataFrame:
        """The result of the first study, the first two, and so on, in the order of a column.

        Raises UnknownName for a column that is none, UnusableInput where a study has no value.

        >>> import evidence_synthesis as es
        >>> trials = {"yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7], "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06]}
        >>> trials["year"] = [1990, 1995, 2010, 1998, 2005, 1992]
        >>> es.meta_analysis(trials).cumulative()["estimate"].round(2).tolist()
        [-0.9, -0.82, -0.65, -0.63, -0.53, -0.44]
        """
        name, values = self._column(by)
        if values.isna().any():
            raise UnusableInput(name, f"no value for {self._few(values.isna().to_numpy())}: their order is not known")
        try:
            order = np.argsort(values.to_numpy(), kind="stable")
        except TypeError as error:
            raise UnusableInput(name, "numbers and words have no order among each other") from error
        found = self.fit.pooled_counts([order[: i + 1] for i in range(self.k)])
        found = found or influence.cumulative(self.fit.yi[order], self.fit.vi[order], *self.fit.model)
        return self._several(found, pd.Index([self.fit.studies[i] for i in order], name="with"))

    def influence(self) -> pd.DataFrame:
        """Influence diagnostics of each study, as metafor's ``influence()``; see ``stats.influence.Diagnostics``."""
        self.fit.need_variances("influence")
        if self.k < 3:
            raise NotEnough("influence", 3, self.k)
        found = influence.diagnostics(self.fit.yi, self.fit.vi, self.fit.model.estimator)
        names = found.__dataclass_fields__
        return pd.DataFrame({n: getattr(found, n) for n in names}, pd.Index(self.fit.studies, name="study"))

    def gosh(self, estimator: str = "DL", most: int = 1_000_000, seed: int = 0) -> pd.DataFrame:
        """Estimate, tau2 and I2 of all subsets of the studies (a seeded sample of ``most`` beyond twenty studies).

        A column for each study tells which subsets it is in. Raises UnknownName for an estimator but DL, REML and FE.
        """
        found = influence.gosh(
            self.fit.yi, self.fit.vi, estimator, given.whole_number("most", most, 1), given.whole_number("seed", seed, 0)
        )
        inside = {name: found.members[:, i] for i, name in enumerate(self.fit.studies)}
        numbers = {"studies": found.members.sum(1), "estimate": self.fit.read(found.estimate)}
        return pd.DataFrame(numbers | {"tau2": found.tau2, "i2": found.i2} | inside)

    def sequential(
        self,
        worthwhile: float | None = None,
        *,
        required: float | None = None,
        by: str | Sequence[object] | pd.Series = "year",
        alpha: float = 0.05,
        power: float = 0.8,
    ) -> SequentialAnalysis:
        """A trial sequential analysis: the result as studies came in, against boundaries for looking again and again.

        State the effect that is looked for (``worthwhile``, as it is read; the information is then that of the variances) or
        the people that one study needs to see it (``required``). Either is enlarged by the diversity of the studies
        (Wetterslev 2009, doi:10.1186/1471-2288-9-86); boundaries are of the O'Brien-Fleming type (Lan & DeMets 1983,
        doi:10.1093/biomet/70.3.659), futility is not binding. A look comes with each value of the column ``by``; z is that of
        the analysis's estimator with its plain standard error. Raises UnusableInput for what cannot be looked for, NotEnough
        where all variance lies between studies.

        >>> import evidence_synthesis as es
        >>> trials = {"yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7], "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06]}
        >>> found = es.meta_analysis(trials).sequential(-0.4, by=[1990, 1995, 2010, 1998, 2005, 1992])
        >>> found.verdict, found.looks["z"].round(2).tolist()
        ('crossed', [-4.5, -5.29, -4.05, -5.44, -4.1, -3.11])
        """
        from evidence_synthesis.front.sequential import people_of, sequential

        people = people_of(self.sizes.columns.numbers, self._used)
        return sequential(self.fit, people, self._column(by)[1], worthwhile, required, alpha, power, self.title)

    # --- why effects differ, and what is missing ---------------------------------------------------------------------

    def small_study(self, step: float = 0.025, negative: bool | None = None, estimator: str = "L0") -> SmallStudyTests:
        """Small-study effects: Egger, Begg, Peters and Harbord (odds ratios of counts), trim-and-fill, PET-PEESE, limit
        meta-analysis, selection model.

        ``step`` is the one-sided p of the selection model; ``negative`` whether small effects are the significant ones (those
        on the side of the estimate, unless stated); ``estimator`` is trim-and-fill's, L0 or R0. Raises TooFew (a ValueError)
        below ten studies (Handbook 13.3.5.4).

        >>> import evidence_synthesis as es
        >>> yi = [-1.1, -0.9, -0.8, -0.6, -0.5, -0.4, -0.4, -0.3, -0.2, -0.1]
        >>> ma = es.meta_analysis(yi=yi, vi=[0.3, 0.25, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05, 0.04, 0.02])
        >>> ma.small_study().to_frame().loc["PET", ["estimate", "ci_low", "ci_high"]].astype(float).round(2).tolist()
        [0.23, 0.16, 0.29]
        """
        counts, step = None, given.probability("step", step)
        negative = None if negative is None else given.yes_or_no("negative", negative)
        if self.measure in ("OR", "PETO") and {"events_t", "events_c", "n_t", "n_c"} <= self.sizes.columns.numbers.keys():
            told = {n: self.sizes.columns.numbers[n][self._used] for n in ("events_t", "n_t", "events_c", "n_c")}
            counts = told if all(np.isfinite(v).all() for v in told.values()) else None
        return small_study_effects(self.fit, counts, step, negative, estimator)

    def subgroups(self, column: str | Sequence[object] | pd.Series, common_tau2: bool = True) -> Subgroups:
        """A pooled result for each value of a column, and a test whether they differ.

        With ``common_tau2`` the test is that of a meta-regression on the column (one tau2 for all, by the analysis's own
        estimator; the Q between subgroups for FE); otherwise the pooled results are compared by their Wald variances. Values
        that are given as a Series follow the labels of the table's rows. Raises UnusableInput for a study without a subgroup.

        >>> import evidence_synthesis as es
        >>> trials = {"yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7], "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06]}
        >>> es.meta_analysis(trials).subgroups(["no", "yes", "yes", "no", "yes", "no"])
        By group
        no     3 studies  −0.74 (−1.26 to −0.21)
        yes    3 studies  −0.20 (−0.76 to 0.36)
        Test for subgroup differences: F 10.67 on 1 and 4 df, p = 0.031 (one tau2 for all)
        """
        self.fit.need_variances("a test of subgroups")
        return subgroups(self.fit, *self._column(column), common_tau2)

    def regress(self, formula: str, estimator: str | None = None) -> MetaRegression:
        """Random-effects meta-regression by a formula of the table's columns, such as ``"~ year + C(risk_of_bias)"``.

        The language is that of statsmodels and R (patsy), with columns, arithmetic and the functions of ``front.formulas``;
        nothing else of Python can be called. Tests and intervals follow Knapp and Hartung where the analysis has
        HKSJ intervals, Wald otherwise; tau2 by the analysis's own estimator unless another one is stated. Studies without a
        value are left out and named; a column whose name is no single word is written ``Q("its name")``. Raises UnknownName
        for a variable that is no column, NotEnough for too few studies.

        >>> import evidence_synthesis as es
        >>> trials = {"yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7], "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06]}
        >>> trials["decade"] = [0, 0.5, 2, 0.8, 1.5, 0.2]
        >>> es.meta_analysis(trials).regress("~ decade").to_frame()["estimate"].round(3).to_dict()
        {'Intercept': -0.801, 'decade': 0.424}
        """
        if estimator is None:
            self.fit.need_variances("meta-regression")
        model = Model(estimator or self.fit.model.estimator, self.fit.model.hksj, self.fit.model.floor)
        return regress(self.fit, formula, self.moderators, model)

    def bayes(
        self, prior: str = "half-normal", scale: float | None = None, thresholds: float | Sequence[float] | None = None
    ) -> BayesianResult:
        """Posterior of the mean (flat prior) and of tau (half-normal or half-cauchy prior).

        ``scale`` of the prior is 0.5 for ratios and standardised effects (Roever 2021, doi:10.1002/jrsm.1475) and must be
        stated for others, in the effect's own units. ``thresholds`` are effects as they are read (no effect unless stated);
        ``below`` and ``below_new`` are the chances that the mean, and an effect in a new setting, lie below them.

        >>> import evidence_synthesis as es
        >>> trials = {"yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7], "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06]}
        >>> found = es.meta_analysis(trials).bayes(scale=0.5, thresholds=0)
        >>> round(found.below[0], 3), round(found.below_new[0], 3)
        (0.99, 0.892)
        """
        if scale is not None:
            scale = given.above_zero("scale", scale, "scale of a prior of tau")
        else:
            if not (self.fit.measure.is_ratio or self.measure.startswith("SM") or self.measure == "PPC"):
                raise UnusableInput(
                    "scale", f"state the scale of the prior of tau in units of the {self.fit.measure.label.lower()}"
                )
            scale = _PRIOR_SCALE
        asked = [0.0 if self.fit.measure.none is None else self.fit.measure.none] if thresholds is None else thresholds
        read, cuts = given.effects_as_read("thresholds", asked, self.fit.measure)
        found = bayes.posterior(self.fit.yi, self.fit.vi, prior, scale, tuple(cuts.tolist()), self.fit.level)
        return BayesianResult(self.fit, found, prior, scale, tuple(read.tolist()))

    def predict(self, thresholds: float | Sequence[float] = ()) -> pd.DataFrame:
        """Pooled effect with confidence and prediction interval, and for each threshold (as read) how much lies below it.

        ``below_new`` is the chance that the effect in a new setting does, ``share_below`` the share of the true effects
        (Mathur & VanderWeele 2019, doi:10.1002/sim.8057).

        >>> import evidence_synthesis as es
        >>> trials = {"yi": [-0.9, -0.4, 0.1, -0.6, -0.2, -0.7], "vi": [0.04, 0.03, 0.05, 0.04, 0.02, 0.06]}
        >>> es.meta_analysis(trials).predict(0).round(3).loc[0, ["below_new", "share_below"]].tolist()
        [0.886, 0.938]
        """
        row = {n: self.fit.shown(n) for n in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")}
        asked, cuts = given.effects_as_read("thresholds", thresholds, self.fit.measure)
        if not asked.size:
            return pd.DataFrame([row])
        chances = [share_beyond(self.fit.pooled, float(cut)) for cut in cuts]
        rows = [row | {"below_new": float(new[0]), "share_below": float(share[0])} for new, share in chances]
        return pd.DataFrame(rows, pd.Index(asked, name="threshold"))

    # --- pictures and words ------------------------------------------------------------------------------------------

    def forest(
        self, path: str | Path | None = None, title: str | None = None, *, layout: str = "house", width: float | None = None
    ) -> Figure:
        """The forest plot as a matplotlib Figure, written to ``path`` (.svg, .pdf, .png) where one is given.

        ``layout`` is that of a journal, "revman", "bmj" or "jama", with the arms' numbers as far as the table has them;
        "house" is this project's, which has ordinary axes to be changed unless a ``width`` (in inches) is given. An empty
        ``title`` leaves it out. Raises UnknownName for another layout, UnusableInput for what journals do not print so.
        """
        from evidence_synthesis.front import figures, journals

        said = self.title if title is None else title
        if layout == "house" and width is None:
            return figures.forest(self.fit, said, path)
        numbers = {name: values[self._used] for name, values in self.sizes.columns.numbers.items()}
        return journals.forest(self.fit, numbers, said, path, layout, width)

    def funnel(self, path: str | Path | None = None, title: str | None = None) -> Figure:
        """The funnel plot with contours of significance, from ten studies on with Egger's line and trim-and-fill."""
        from evidence_synthesis.front import figures

        return figures.funnel(self.fit, self.title if title is None else title, path)

    def methods_text(self) -> str:
        """A paragraph of methods, to be pasted: effects, model, intervals, what was left out, sources, versions."""
        reasons = [r for r in self.sizes.reasons or () if r]
        return words.methods(self.fit, self.sizes.steps or (), reasons)

    def summary(self) -> str:
        """The result and each study, in words and numbers."""
        return f"{self}\n\n{words.study_table(self.fit)}"

    def __repr__(self) -> str:
        opening = [self.title] if self.title else []
        return "\n".join([*opening, words.told(self.fit, int((~self.sizes.usable).sum()))])

    def _repr_html_(self) -> str:
        from evidence_synthesis.front import figures

        opening, rows, notes = words.lines(self.fit, int((~self.sizes.usable).sum()))
        titled = [self.title, *opening] if self.title else opening
        return page(titled, (), rows, notes, figures.as_svg(self.forest(title="")), left=(0, 1))


def analysis_of(sizes: Sizes, model: Model, level: float = 95.0, title: str = "") -> MetaAnalysis:
    """Pool effects by a model. Raises UnusableInput, with the reasons, where no row has an effect."""
    if not isinstance(title, str):
        raise UnusableInput("title", f"a text is expected, not {title!r}")
    yi, vi, columns = sizes.yi, sizes.vi, sizes.columns
    people, labels = columns.numbers.get("n"), columns.studies
    by_counts = model.estimator == MANTEL_HAENSZEL
    counts = counts_of(sizes.measure.name, columns.numbers, np.flatnonzero(sizes.usable)) if by_counts else None
    if sizes.reasons is not None:
        used = sizes.usable
        if not used.any():
            why = ", ".join(f"{reason} ({n})" for reason, n in sorted(Counter(filter(None, sizes.reasons)).items()))
            raise UnusableInput("", f"no study has an effect{f': {why}' if why else ''}")
        yi, vi = yi[used], vi[used]
        labels = tuple(label for label, kept in zip(labels, used, strict=True) if kept)
        people = None if people is None else people[used]
    return MetaAnalysis(fit_model(sizes.measure, labels, yi, vi, model, level, people, counts), sizes, title)


def meta_analysis(
    data: object = None,
    *,
    measure: str | None = None,
    estimator: str = "REML",
    interval: str = "hksj_floor",
    level: float = 95.0,
    title: str = "",
    **columns: object,
) -> MetaAnalysis:
    """Pool a table of studies.

    ``data``, ``measure`` and ``columns`` are those of ``effect_sizes``: a DataFrame with arms, effects with intervals, or yi
    and vi, whose columns are known by name or named by keyword; or arrays, lists and Series by keyword alone.
    ``estimator`` of tau2: REML, ML, DL, PM, EB, HE, HS, SJ, or FE for the fixed-effect model by inverse variances, MH for
    Mantel and Haenszel's method (OR, RR, RD of counts; Wald's interval). ``interval``: "hksj_floor"
    (Hartung, Knapp, Sidik and Jonkman with the variance factor kept at 1 or above), "hksj" without the floor, "wald".
    ``level`` is in per cent. A row without an effect is left out, and ``excluded`` has its reason.

    Raises UnknownName (a ValueError) for names that stand for nothing, UnusableInput for tables without a usable study.

    >>> import evidence_synthesis as es
    >>> trials = {
    ...     "study": ["Aronson", "Ferguson", "Rosenthal", "Hart", "Frimodt", "Stein"],
    ...     "events_t": [4, 6, 3, 62, 33, 180], "n_t": [123, 306, 231, 13598, 5069, 1541],
    ...     "events_c": [11, 29, 11, 248, 47, 372], "n_c": [139, 303, 220, 12867, 5808, 1451],
    ... }
    >>> es.meta_analysis(trials, measure="RR")
    Meta-analysis of 6 studies: risk ratio
    Random effects, REML with Hartung-Knapp-Sidik-Jonkman intervals with floor, 95%
    <BLANKLINE>
    Estimate             0.37 (0.20 to 0.68), p = 0.009
    Prediction interval  0.10 to 1.45
    Heterogeneity        tau2 0.224 (0.0382 to 1.48), I2 84% (48% to 97%), Q 28.51 on 5 df, p < 0.001
    >>> ma = es.meta_analysis(yi=[-0.9, -0.4, 0.1], vi=[0.04, 0.03, 0.05], estimator="DL")
    >>> round(ma.estimate, 4), ma.k, ma.excluded.empty
    (-0.4072, 3, True)
    """
    return analysis_of(read_sizes(data, measure, columns), model_of(estimator, interval), level, title)
