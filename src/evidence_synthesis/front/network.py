"""A network meta-analysis of a table: all treatments at once, from arms or from contrasts."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from evidence_synthesis.effects.measures import EffectMeasure, measure_named
from evidence_synthesis.errors import UnusableInput, one_of
from evidence_synthesis.front import words
from evidence_synthesis.front.fit import checked_level
from evidence_synthesis.front.network_studies import read_network
from evidence_synthesis.stats import network as engine
from evidence_synthesis.wording import count, number, p_value

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class NetworkMetaAnalysis:
    """A fitted network; made by ``network``. ``fit`` has the arrays on the scale of pooling."""

    measure: EffectMeasure
    studies: tuple[engine.Study, ...]
    fit: engine.Network
    level: float
    silent: tuple[tuple[str, str], ...] = ()

    @property
    def excluded(self) -> pd.DataFrame:
        """Each study that says nothing about the effect, with the reason."""
        return pd.DataFrame(self.silent, columns=["study", "reason"])

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
            f"Left out: {count(len(self.silent), 'study', 'studies')} ({self.silent[0][1]})." if self.silent else "",
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
        if self.silent:
            lines += ["", f"{count(len(self.silent), 'study', 'studies')} left out: .excluded has the reasons."]
        if fit.inconsistency_df:
            chi = f"chi2 {number(fit.inconsistency, 2)} on {fit.inconsistency_df} df"
            lines += ["", f"Inconsistency between designs: {chi}, p {p_value(fit.inconsistency_p)}"]
        return "\n".join(lines)


def network(
    data: object = None,
    *,
    measure: str,
    study: object = None,
    treatment: object = None,
    comparator: object = None,
    small_is_good: bool = True,
    level: float = 95.0,
    **columns: object,
) -> NetworkMetaAnalysis:
    """A random-effects network meta-analysis (REML, one tau2 for all comparisons).

    ``data`` is a DataFrame, or what makes one, whose columns are known by name or named by keyword; or Series, arrays and
    lists are given by keyword alone. It has one of two shapes. Arms: a row for each arm with ``study``, ``treatment``, ``n``
    and ``mean`` and ``sd`` (MD, SMD) or ``events`` (OR, RR, RD). Contrasts: a row for each comparison with ``study``,
    ``treatment``, ``comparator``, ``yi`` and ``vi`` or ``sei`` (ratios as logarithms; any measure); a study of three arms or
    more needs each of its contrasts. ``small_is_good`` tells which way the ranking goes, ``level`` is in per cent. Studies
    that say nothing about a ratio are left out, and ``excluded`` has them. Raises UnknownName for columns that do not exist,
    UnusableInput for numbers that cannot be and where the treatments are not connected.

    >>> import evidence_synthesis as es
    >>> rows = [("s1", "A", "B", -0.4, 0.04), ("s2", "A", "C", -0.9, 0.05), ("s3", "B", "C", -0.4, 0.03)]
    >>> table = [dict(zip(("study", "treatment", "comparator", "yi", "vi"), row)) for row in rows]
    >>> es.network(table, measure="MD").against("C").round(2)
               estimate  ci_low  ci_high
    treatment
    A             -0.86   -1.19    -0.52
    B             -0.42   -0.72    -0.13
    """
    found = measure_named(measure)
    checked_level(level)
    told = {"study": study, "treatment": treatment, "comparator": comparator} | columns
    studies, silent = read_network(data, measure, told)
    if not studies:
        raise UnusableInput("", "no study says anything about this measure")
    return NetworkMetaAnalysis(found, tuple(studies), engine.fit_network(studies, small_is_good), level, tuple(silent))
