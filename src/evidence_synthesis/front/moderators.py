"""Why effects differ: subgroups, and meta-regression by formulas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc, ndtri, stdtrit

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.errors import NotEnough, UnusableInput
from evidence_synthesis.front.columns import as_table
from evidence_synthesis.front.fit import Fit, fit_model
from evidence_synthesis.front.formulas import design_of, rows_of
from evidence_synthesis.front.pages import page
from evidence_synthesis.front.words import decimals, digits, estimate
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats import regression
from evidence_synthesis.wording import number, p_value

RESULT = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
MORE = ("p", "se", "tau2", "i2", "q", "q_p")


def result_row(fit: Fit) -> dict[str, Any]:
    """A pooled result by name: effects as they are read, ``se`` and ``tau2`` on the scale of pooling."""
    return {"studies": fit.k, **{n: fit.shown(n) for n in RESULT}, **{n: fit.numbers[n] for n in MORE}}


def adjusted(model: Model) -> bool:
    """Whether tests and intervals of a model follow Hartung and Knapp: never those of the fixed-effect model."""
    return model.hksj and model.estimator != "FE"


@dataclass(frozen=True, eq=False)
class Subgroups:
    """A pooled result for each subgroup, and the test whether they differ (``test``, with its ``df`` and ``p``).

    The test is F with HKSJ intervals and one tau2 for all, chi-squared otherwise.
    """

    column: str
    fits: tuple[tuple[str, Fit], ...]
    test: regression.SubgroupTest
    common_tau2: bool

    @property
    def p(self) -> float:
        """P of the test for a difference between subgroups."""
        return self.test.p

    def to_frame(self) -> pd.DataFrame:
        """A row for each subgroup."""
        return pd.DataFrame(
            [result_row(fit) for _, fit in self.fits], pd.Index([name for name, _ in self.fits], name=self.column)
        )

    def _test(self) -> str:
        """The test for a difference, in words."""
        kind = "F" if self.test.df[1] else "Chi2"
        df = " and ".join(str(d) for d in self.test.df if d)
        how = " (one tau2 for all)" if self.common_tau2 else " (a tau2 for each)"
        if self.fits[0][1].model.estimator == "FE":
            how = ""
        if math.isnan(self.p):
            return (
                "Test for subgroup differences: none, for effects that lie on their subgroups' means leave no variance to test by"
            )
        return f"Test for subgroup differences: {kind} {number(self.test.statistic, 2)} on {df} df, p {p_value(self.p)}{how}"

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.fits)
        rows = [
            f"{name:<{width}}  {fit.k:>3} {'study  ' if fit.k == 1 else 'studies'}  {estimate(fit)}" for name, fit in self.fits
        ]
        return "\n".join([f"By {self.column}", *rows, self._test()])

    def _repr_html_(self) -> str:
        measure = self.fits[0][1].measure.label
        head = (self.column, "Studies", f"{measure} ({self.fits[0][1].level:g}% CI)", "tau2", "I2")
        rows = [
            (name, str(fit.k), estimate(fit), digits(fit.numbers["tau2"]), f"{number(fit.numbers['i2'], 0)}%")
            if fit.k > 1
            else (name, "1", estimate(fit), "", "")
            for name, fit in self.fits
        ]
        return page([f"By {self.column}"], head, rows, [self._test()])

    __repr__ = __str__


def subgroups(fit: Fit, column: str, groups: pd.Series, common_tau2: bool) -> Subgroups:
    """Pool each group of studies, and test whether they differ; studies without a group are refused."""
    unknown = [s for s, missing in zip(fit.studies, groups.isna(), strict=True) if missing]
    if unknown:
        raise UnusableInput(column, f"no subgroup is given for {', '.join(unknown[:5])}{' ...' if len(unknown) > 5 else ''}")
    labels = [str(g) for g in groups]
    names = sorted(set(labels))
    if len(names) < 2:
        raise UnusableInput(column, f"all studies are of one subgroup, {names[0]!r}")
    parts = []
    for name in names:
        rows = np.array([label == name for label in labels])
        studies = tuple(s for s, chosen in zip(fit.studies, rows, strict=True) if chosen)
        parts.append(
            (
                name,
                fit_model(
                    fit.measure,
                    studies,
                    fit.yi[rows],
                    fit.vi[rows],
                    fit.model,
                    fit.level,
                    None if fit.people is None else fit.people[rows],
                ),
            )
        )
    if common_tau2 and fit.k <= len(names):
        raise NotEnough(f"a test of {len(names)} subgroups with one tau2", len(names) + 1, fit.k)
    test = regression.subgroup_test(fit.yi, fit.vi, labels, common_tau2, fit.model.estimator, adjusted(fit.model))
    return Subgroups(column, tuple(parts), test, common_tau2)


@dataclass(frozen=True, eq=False)
class MetaRegression:
    """A random-effects meta-regression; coefficients stand on the scale of pooling (logarithms for ratios).

    ``fit`` has the arrays behind it, ``design`` the columns of the formula, ``model`` how tau2 is estimated, ``left_out`` the
    studies without a value for one of its variables.
    """

    formula: str
    fit: regression.Regression
    design: pd.DataFrame
    base: Fit
    model: Model
    left_out: tuple[str, ...]
    design_info: Any

    @property
    def tau2(self) -> float:
        """Variance between studies that the formula leaves."""
        return self.fit.tau2

    @property
    def r2(self) -> float:
        """Share of the variance between studies that the formula explains, in per cent; NaN for the estimator FE."""
        return self.fit.r2

    @property
    def p(self) -> float:
        """P of the test of all terms but the intercept."""
        return self.fit.f_p

    def to_frame(self) -> pd.DataFrame:
        """A row for each coefficient."""
        names = ("beta", "se", "ci_low", "ci_high", "p")
        columns = {("estimate" if n == "beta" else n): getattr(self.fit, n) for n in names}
        return pd.DataFrame(columns, pd.Index(self.design.columns, name="coefficient"))

    def terms(self) -> pd.DataFrame:
        """A test of each term of the formula: F (chi-squared over its df without Knapp-Hartung), degrees of freedom, p."""
        found = {}
        for name, columns in self.design_info.term_name_slices.items():
            if name == "Intercept":
                continue
            beta, covariance = self.fit.beta[columns], self.fit.covariance[columns, columns]
            df = beta.size
            certain = not covariance.any()  # effects that lie on the line exactly leave no variance to test by
            f = math.nan if certain else float(beta @ np.linalg.solve(covariance, beta)) / df
            p = float(fdtrc(df, self.fit.df[1], f)) if adjusted(self.model) else float(chdtrc(df, f * df))
            found[name] = {"statistic": f, "df": df, "df_residual": self.fit.df[1], "p": p}
        return pd.DataFrame.from_dict(found, orient="index").rename_axis("term")

    @cached_property
    def wls(self) -> Any:
        """The regression as statsmodels' results of weighted least squares, for all that those offer.

        The weights are 1 / (vi + tau2). Coefficients, standard errors, tests and intervals are those of this object; contrasts
        (``wls.t_test("C(kind)[T.a] = C(kind)[T.b]")``), influence (``wls.get_influence()``) and ``wls.summary()`` follow.
        """
        from statsmodels.regression.linear_model import WLS

        kept = np.asarray(self.design.index, dtype=int)
        effects = pd.Series(self.base.yi[kept], self.design.index, name="effect")
        model = WLS(effects, self.design, weights=1 / (self.base.vi[kept] + self.tau2))
        return model.fit() if adjusted(self.model) else model.fit(cov_type="fixed scale", cov_kwds={"scale": 1.0}, use_t=False)

    def predict(self, data: object) -> pd.DataFrame:
        """The effect that the regression expects for rows of moderators, with confidence and prediction intervals, as read.

        ``data`` is a DataFrame, or what makes one, with the formula's variables.
        """
        table = as_table(data)
        x = rows_of(self.design_info, table)
        expected = x @ self.fit.beta
        variance = np.einsum("gi,ij,gj->g", x, self.fit.covariance, x)
        upper = 0.5 + self.base.level / 200
        t = float(stdtrit(self.fit.df[1], upper)) if adjusted(self.model) else float(ndtri(upper))
        columns: dict[str, Array] = {"estimate": self.base.read(expected)}
        for name, of in (("ci", variance), ("prediction", variance + self.fit.tau2)):
            half = t * np.sqrt(of)
            columns |= {f"{name}_low": self.base.read(expected - half), f"{name}_high": self.base.read(expected + half)}
        return pd.DataFrame(columns, index=table.index)

    def _opening(self) -> str:
        """What was regressed on what, by which model."""
        by = "Knapp-Hartung" if adjusted(self.model) else "Wald"
        logs = ", coefficients on the log scale" if self.base.measure.is_ratio else ""
        return f"Meta-regression {self.formula} of {len(self.design)} studies ({self.model.estimator}, {by}{logs})"

    def _cells(self) -> list[tuple[str, ...]]:
        """The names of columns, then each coefficient's numbers, as they are printed."""
        places, shown = decimals(self.base) + 2, ("estimate", "se", "ci_low", "ci_high")
        rows = [
            (str(name), *(number(float(row[c]), places) for c in shown), p_value(float(row["p"])).removeprefix("= "))
            for name, row in self.to_frame().iterrows()
        ]
        return [("", *shown, "p"), *rows]

    def _notes(self) -> list[str]:
        """Tests of whole terms, what is left between studies, and who is left out."""
        residual = f"residual Q {number(self.fit.qe, 2)}, p {p_value(self.fit.qe_p)}"
        rest = f"Residual tau2 {digits(self.tau2)}, R2 {number(self.r2, 0)}%, {residual}"
        if self.model.estimator == "FE":
            rest = residual[0].upper() + residual[1:]
        out = [f"Left out without a value: {', '.join(self.left_out)}"] if self.left_out else []
        return [*self._several(), rest, *out]

    def __str__(self) -> str:
        cells = self._cells()
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        table = [
            "  ".join(v.ljust(w) if not i else v.rjust(w) for i, (v, w) in enumerate(zip(r, widths, strict=True))) for r in cells
        ]
        return "\n".join([self._opening(), *table, *self._notes()])

    def _repr_html_(self) -> str:
        head, *rows = self._cells()
        return page([self._opening()], head, rows, self._notes())

    def _several(self) -> list[str]:
        """The tests of terms with several coefficients, in words."""

        def told(f: float, df: int, residual: int) -> str:
            return (
                f"F {number(f, 2)} on {df} and {residual} df" if adjusted(self.model) else f"Chi2 {number(f * df, 2)} on {df} df"
            )

        return [
            f"{name}: {told(float(r['statistic']), int(r['df']), int(r['df_residual']))}, p {p_value(float(r['p']))}"
            for name, r in self.terms().iterrows()
            if r["df"] > 1
        ]

    __repr__ = __str__


def regress(fit: Fit, formula: str, moderators: pd.DataFrame, model: Model) -> MetaRegression:
    """A meta-regression by a formula; see ``MetaAnalysis.regress``."""
    design = design_of(formula, moderators.reset_index(drop=True))
    kept = np.asarray(design.index, dtype=int)
    if "Intercept" not in design.columns:
        raise UnusableInput(f"formula {formula!r}", "an intercept is needed (leave out 0 + or - 1)")
    if design.shape[1] < 2:
        raise UnusableInput(f"formula {formula!r}", "a moderator is needed beside the intercept")
    if len(kept) <= design.shape[1]:
        raise NotEnough(f"a meta-regression with {design.shape[1]} coefficients", design.shape[1] + 1, len(kept))
    found = regression.meta_regression(
        fit.yi[kept], fit.vi[kept], design.to_numpy(dtype=np.float64), model.estimator, adjusted(model), fit.level
    )
    out = tuple(s for i, s in enumerate(fit.studies) if i not in set(kept))
    return MetaRegression(formula, found, design, fit, model, out, design.design_info)
