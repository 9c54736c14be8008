"""A network meta-analysis of a table: all treatments at once, from arms or from contrasts."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evidence_synthesis.effects import continuous
from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.effects.measures import EffectMeasure, measure_named
from evidence_synthesis.errors import UnknownName, UnusableInput, one_of
from evidence_synthesis.front import words
from evidence_synthesis.front.columns import as_table, numeric
from evidence_synthesis.stats import network as engine
from evidence_synthesis.wording import count, number, p_value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OF_ARMS = {
    "MD": ("n", "mean", "sd"),
    "SMD": ("n", "mean", "sd"),
    "OR": ("n", "events"),
    "RR": ("n", "events"),
    "RD": ("n", "events"),
}


@dataclass(frozen=True, eq=False, repr=False)
class NetworkMetaAnalysis:
    """A fitted network; made by ``network``. ``fit`` has the arrays on the scale of pooling."""

    measure: EffectMeasure
    studies: tuple[engine.Study, ...]
    fit: engine.Network
    level: float

    @property
    def treatments(self) -> tuple[str, ...]:
        """The treatments, in alphabetical order."""
        return self.fit.treatments

    @property
    def tau2(self) -> float:
        """Variance between studies, the same for every comparison."""
        return self.fit.tau2

    def league(self) -> pd.DataFrame:
        """Every treatment against every other one, as read: a row for each pair, with its confidence interval."""
        low, high = self.fit.interval(self.level)
        rows = [
            {"treatment": a, "versus": b}
            | {
                n: float(self.measure.read(v[i, j]))
                for n, v in (("estimate", self.fit.effects), ("ci_low", low), ("ci_high", high))
            }
            for i, a in enumerate(self.treatments)
            for j, b in enumerate(self.treatments)
            if i != j
        ]
        return pd.DataFrame(rows)

    def against(self, reference: str) -> pd.DataFrame:
        """Every other treatment against one. Raises UnknownName for a treatment that is not in the network."""
        one_of("treatment", reference, self.treatments)
        league = self.league()
        return league[league["versus"] == reference].drop(columns="versus").set_index("treatment")

    def ranking(self) -> pd.DataFrame:
        """P-scores, best first (Ruecker & Schwarzer 2015, doi:10.1186/s12874-015-0060-8)."""
        frame = pd.DataFrame({"p_score": self.fit.p_scores}, pd.Index(self.treatments, name="treatment"))
        return frame.sort_values("p_score", ascending=False, kind="stable")

    @cached_property
    def _splits(self) -> list[engine.Split]:
        return engine.split_nodes(self.studies, self.fit)

    @property
    def splits(self) -> pd.DataFrame:
        """Direct against indirect evidence of every compared pair, on the scale of pooling, with the p of their difference."""
        return pd.DataFrame([{f: getattr(s, f) for f in s.__dataclass_fields__} for s in self._splits])

    def to_frame(self) -> pd.DataFrame:
        """The network as one row: its size, tau2, heterogeneity within and inconsistency between designs."""
        names = ["tau2", "q", "q_df", "q_p", "q_within", "q_within_df", "q_between", "q_between_df"]
        names += ["inconsistency", "inconsistency_df", "inconsistency_p"]
        size = {"treatments": len(self.treatments), "studies": len(self.studies)}
        return pd.DataFrame([size | {name: getattr(self.fit, name) for name in names}])

    def forest(self, path: str | Path | None = None, title: str = "", *, reference: str | None = None) -> Figure:
        """Every other treatment against one (the last of the ranking, unless stated), best first, as a matplotlib Figure.

        It is written to ``path`` (.svg, .pdf, .png) where one is given. Raises UnknownName for a treatment that is not there.
        """
        from evidence_synthesis.front import figures

        best = [str(name) for name in self.ranking().index]
        base = best[-1] if reference is None else reference
        shown = self.against(base)
        numbers = {c: shown[c].to_dict() for c in ("estimate", "ci_low", "ci_high")}
        rows = [
            (name, float(numbers["estimate"][name]), float(numbers["ci_low"][name]), float(numbers["ci_high"][name]))
            for name in best
            if name != base
        ]
        heads = (f"Against {base}", f"{self.measure.name if self.measure.name != 'GEN' else 'Effect'} ({self.level:g}% CI)")
        return figures.comparisons(rows, self.measure, heads, title, path)

    def methods_text(self) -> str:
        """A paragraph of methods, to be pasted: effects, model, inconsistency, ranking, sources, versions."""
        studies, arms = len(self.studies), sum(len(study.pairs) > 1 for study in self.studies)
        several = f", {arms} of them with three arms or more, whose effects were pooled with their covariance" if arms else ""
        sentences = [
            f"Effects of {studies} studies{several}, on {len(self.treatments)} treatments are expressed as "
            f"{self.measure.label.lower()} [{self.measure.name}].",
            "Ratios were pooled as logarithms." if self.measure.is_ratio else "",
            "A random-effects network meta-analysis was fitted by restricted maximum likelihood, with the same tau2 for every "
            "comparison (Lu 2011, doi:10.1002/jrsm.25; White 2012, doi:10.1002/jrsm.1045).",
            f"Confidence intervals of {self.level:g}% are Wald's (normal).",
            "Inconsistency between designs was tested in the design-by-treatment interaction model (Higgins 2012, "
            "doi:10.1002/jrsm.1044)."
            if self.fit.inconsistency_df
            else "",
            "Treatments were ranked by P-scores (Ruecker & Schwarzer 2015, doi:10.1186/s12874-015-0060-8).",
            f"Computed with {words.versions()}.",
        ]
        return " ".join(filter(None, sentences))

    def summary(self) -> str:
        """The network in words, and every treatment against every other one."""
        return f"{self!r}\n\n{self.league().round(3).to_string(index=False)}"

    def _repr_html_(self) -> str:
        from evidence_synthesis.front import figures

        return f"<div><pre>{html.escape(repr(self))}</pre>{figures.as_svg(self.forest())}</div>"

    def __repr__(self) -> str:
        fit, places = self.fit, 2
        best = self.ranking()
        width = max(map(len, self.treatments))
        reference = str(best.index[-1])
        shown = self.against(reference)
        size = f"{len(self.treatments)} treatments in {count(len(self.studies), 'study', 'studies')}"
        lines = [f"Network meta-analysis of {size}: {self.measure.label}"]
        lines += [f"Random effects, REML; tau2 {number(fit.tau2, 3)}. Against {reference}:", ""]
        for name, score in best["p_score"].items():
            if name == reference:
                lines.append(f"{name:<{width}}  {'reference':<26} P-score {number(float(score), 2)}")
                continue
            e, low, high = (number(float(shown.loc[name, c]), places) for c in ("estimate", "ci_low", "ci_high"))
            lines.append(f"{name:<{width}}  {f'{e} ({low} to {high})':<26} P-score {number(float(score), 2)}")
        if fit.inconsistency_df:
            chi = f"chi2 {number(fit.inconsistency, 2)} on {fit.inconsistency_df} df"
            lines += ["", f"Inconsistency between designs: {chi}, p {p_value(fit.inconsistency_p)}"]
        return "\n".join(lines)


def _arm_values(measure: str, table: dict[str, Array], rows: Sequence[int]) -> list[tuple[float, float]]:
    """Estimate and variance of each arm of a study, whose differences are its effects."""
    n = table["n"][rows]
    if measure in ("MD", "SMD"):
        mean, sd = table["mean"][rows], table["sd"][rows]
        if measure == "MD":
            return list(zip(mean, sd**2 / n, strict=True))
        pooled = float(np.sqrt(((n - 1) * sd**2).sum() / (n.sum() - n.size)))
        j = continuous.hedges_correction(float(n.sum() - n.size))
        return list(zip(j * mean / pooled, 1 / n, strict=True))  # g^2 / 2N of the variance is shared out below
    events = table["events"][rows]
    if measure == "RD":
        x, m = (events + 0.5, n + 1) if ((events == 0) | (events == n)).any() else (events, n)
        return list(zip(events / n, x * (m - x) / m**3, strict=True))
    if (events == 0).all() or (events == n).all():
        return []
    half = 0.5 if ((events == 0) | (events == n)).any() else 0.0
    x, y = events + half, n - events + half
    if measure == "OR":
        return list(zip(np.log(x / y), 1 / x + 1 / y, strict=True))
    return list(zip(np.log(x / (x + y)), 1 / x - 1 / (x + y), strict=True))


def _standardised(study: engine.Study, arms: Sequence[tuple[str, float, float]], people: float) -> engine.Study:
    """The part of an SMD's covariance that its size brings: g_i g_j / 2N, N the people of the study.

    Gleser & Olkin 2009, in The Handbook of Research Synthesis and Meta-Analysis, formula 19.19.
    """
    return engine.Study(
        study.study, study.pairs, study.effects, study.covariance + np.outer(study.effects, study.effects) / (2 * people)
    )


def _from_arms(measure: str, labels: Sequence[str], treatments: Sequence[str], table: dict[str, Array]) -> list[engine.Study]:
    studies = []
    for name in dict.fromkeys(labels):
        rows = [i for i, label in enumerate(labels) if label == name]
        told = [treatments[i] for i in rows]
        if len(set(told)) < len(told):
            raise UnusableInput("treatment", f"{name} has two arms of one treatment; combine them into one row first")
        if len(rows) < 2:
            raise UnusableInput("study", f"{name} has one arm only")
        values = _arm_values(measure, table, rows)
        if not values:
            continue  # no event, or events only, in every arm: nothing is said about a ratio
        arms = [(t, float(e), float(v)) for t, (e, v) in zip(told, values, strict=True)]
        study = engine.study_of_arms(str(name), arms)
        studies.append(_standardised(study, arms, float(table["n"][rows].sum())) if measure == "SMD" else study)
    return studies


def _covariance(name: str, pairs: Sequence[tuple[str, str]], yi: Array, vi: Array) -> engine.Study:
    """A study of contrasts: those against its last treatment, their covariances from the variances of the others.

    cov(ac, bc) = (v_ac + v_bc - v_ab) / 2, so a study of several arms needs every contrast between them.
    """
    known = {frozenset(p): (p, float(y), float(v)) for p, y, v in zip(pairs, yi, vi, strict=True)}
    arms = list(dict.fromkeys(t for pair in pairs for t in pair))
    wanted = [frozenset((a, b)) for i, a in enumerate(arms) for b in arms[i + 1 :]]
    if len(known) < len(wanted) or len(pairs) > len(known):
        raise UnusableInput(
            "study", f"{name} compares {len(arms)} treatments: every one of its {len(wanted)} contrasts is needed, once"
        )
    *others, base = arms
    effects = []
    for arm in others:
        pair, y, _ = known[frozenset((arm, base))]
        effects.append(y if pair == (arm, base) else -y)
    v = [[known[frozenset((a, base))][2] if a == b else 0.0 for b in others] for a in others]
    for i, a in enumerate(others):
        for j, b in enumerate(others):
            if i != j:
                v[i][j] = (known[frozenset((a, base))][2] + known[frozenset((b, base))][2] - known[frozenset((a, b))][2]) / 2
    return engine.Study(name, tuple((a, base) for a in others), np.array(effects), np.array(v))


def _from_contrasts(
    labels: Sequence[str], first: Sequence[str], second: Sequence[str], yi: Array, vi: Array
) -> list[engine.Study]:
    studies = []
    for name in dict.fromkeys(labels):
        rows = [i for i, label in enumerate(labels) if label == name]
        studies.append(_covariance(str(name), [(first[i], second[i]) for i in rows], yi[rows], vi[rows]))
    return studies


def network(
    data: object,
    *,
    measure: str,
    study: str = "study",
    treatment: str = "treatment",
    comparator: str = "comparator",
    small_is_good: bool = True,
    level: float = 95.0,
) -> NetworkMetaAnalysis:
    """A random-effects network meta-analysis (REML, one tau2 for all comparisons).

    ``data`` is a DataFrame, or what makes one, of one of two shapes. Arms: a row for each arm with ``study``, ``treatment``,
    ``n`` and ``mean`` and ``sd`` (MD, SMD) or ``events`` (OR, RR, RD). Contrasts: a row for each comparison with ``study``,
    ``treatment``, ``comparator``, ``yi`` and ``vi`` (ratios as logarithms; any measure); a study of three arms or more needs
    each of its contrasts. ``study``, ``treatment`` and ``comparator`` name the columns. ``small_is_good`` tells which way the
    ranking goes. Raises UnusableInput where the treatments are not connected.

    >>> import evidence_synthesis as es
    >>> rows = [("s1", "A", "B", -0.4, 0.04), ("s2", "A", "C", -0.9, 0.05), ("s3", "B", "C", -0.4, 0.03)]
    >>> table = [dict(zip(("study", "treatment", "comparator", "yi", "vi"), row)) for row in rows]
    >>> es.network(table, measure="MD").against("C").round(2)
               estimate  ci_low  ci_high
    treatment
    A             -0.86   -1.19    -0.52
    B             -0.42   -0.72    -0.13
    """
    table = as_table(data)
    found = measure_named(measure)
    for what, column in (("study", study), ("treatment", treatment)):
        if column not in table:
            raise UnknownName(f"column for {what}", column, table.columns)
    labels, first = (_words(table, c) for c in (study, treatment))
    if comparator in table:
        studies = _from_contrasts(labels, first, _words(table, comparator), *_numbers(table, ("yi", "vi")))
    else:
        needs = _OF_ARMS[one_of("measure for arms", measure, _OF_ARMS)]
        studies = _from_arms(measure, labels, first, dict(zip(needs, _numbers(table, needs), strict=True)))
    if not studies:
        raise UnusableInput("", "no study says anything about this measure")
    return NetworkMetaAnalysis(found, tuple(studies), engine.fit_network(studies, small_is_good), level)


def _words(table: pd.DataFrame, column: str) -> list[str]:
    """A column of names. Raises UnusableInput where a cell is empty."""
    empty = (table[column].isna() | table[column].astype(str).str.strip().eq("")).to_numpy()
    if empty.any():
        rows = ", ".join(map(str, table.index[empty][:5]))
        raise UnusableInput(column, f"a name is needed in every row; there is none in row {rows}")
    return [str(value) for value in table[column]]


def _numbers(table: pd.DataFrame, names: Sequence[str]) -> list[Array]:
    """Columns of numbers. Raises UnusableInput where a cell is empty."""
    found = []
    for name in names:
        if name not in table:
            raise UnknownName("column", name, table.columns)
        values = numeric(table[name], name)
        if not np.isfinite(values).all():
            rows = ", ".join(map(str, table.index[~np.isfinite(values)][:5]))
            raise UnusableInput(name, f"a number is needed in every row; there is none in row {rows}")
        found.append(values)
    return found
