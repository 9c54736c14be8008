"""An analysis in words: what is printed, and the paragraph of methods."""

from __future__ import annotations

import math
import platform
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import scipy

import evidence_synthesis
from evidence_synthesis.front.event_totals import MANTEL_HAENSZEL, METHODS
from evidence_synthesis.front.fit import Fit
from evidence_synthesis.stats import pooling, tau2
from evidence_synthesis.wording import model_words, number, p_value

FIXED = ("FE", MANTEL_HAENSZEL)  # models without tau2
_TWO = ("SMD", "SMDH", "SMCC", "SMCR", "SMCRH", "PPC", "HR")
_THREE = ("RD", "AS", "COR", "ZCOR", "PR", "PLO", "PFT")


def decimals(fit: Fit) -> int:
    """Decimals of an effect as it is read: fixed for ratios, standardised effects and shares, else two digits of its error."""
    if fit.measure.is_ratio or fit.measure.name in _TWO:
        return 2
    if fit.measure.name in _THREE:
        return 3
    se = fit.numbers["se"]
    return max(0, min(5, 1 - math.floor(math.log10(se)))) if se > 0 else 2


def digits(value: float, significant: int = 3) -> str:
    """A number with about so many significant digits."""
    if not math.isfinite(value) or value == 0:
        return number(value, 0)
    return number(value, max(0, significant - 1 - math.floor(math.log10(abs(value)))))


def between(fit: Fit, low: float, high: float) -> str:
    """An interval given on the scale of pooling, as it is read."""
    places = decimals(fit)
    return f"{number(float(fit.read(low)), places)} to {number(float(fit.read(high)), places)}"


def of_studies(fit: Fit) -> list[tuple[str, str]]:
    """Effect and interval of each study, as they are read."""
    places = decimals(fit)
    columns = [fit.read_each(values).tolist() for values in (fit.yi, *fit.study_limits)]
    return [
        (number(e, places), f"{number(low, places)} to {number(high, places)}") for e, low, high in zip(*columns, strict=True)
    ]


def estimate(fit: Fit) -> str:
    """The pooled effect with its interval."""
    at = fit.numbers
    return f"{number(fit.shown('estimate'), decimals(fit))} ({between(fit, at['ci_low'], at['ci_high'])})"


def heterogeneity(fit: Fit) -> str:
    """tau2, I2 and Q with their intervals and p."""
    at = fit.limits
    parts = []
    if fit.model.estimator not in FIXED:
        parts.append(f"tau2 {digits(at['tau2'])} ({digits(at['tau2_low'])} to {digits(at['tau2_high'])})")
        parts.append(f"I2 {number(at['i2'], 0)}% ({number(at['i2_low'], 0)}% to {number(at['i2_high'], 0)}%)")
    else:
        parts.append(f"I2 {number(at['i2'], 0)}%")
    parts.append(f"Q {number(at['q'], 2)} on {fit.k - 1} df, p {p_value(at['q_p'])}")
    return ", ".join(parts)


def _notes(fit: Fit, excluded: int) -> list[str]:
    """What a reader should know besides."""
    at, notes = fit.numbers, []
    if fit.k == 1:
        notes.append("One study: its own interval, nothing is pooled.")
    if fit.k == 2 and fit.model.hksj and fit.model.estimator not in FIXED:
        notes.append(f"Two studies: the Wald interval is {between(fit, at['wald_low'], at['wald_high'])}.")
    if at["hksj_narrower"] and fit.model.hksj and fit.model.estimator not in FIXED:
        floor = "without the floor would be" if fit.model.floor else "is"
        notes.append(f"The HKSJ interval {floor} narrower than Wald's, {between(fit, at['wald_low'], at['wald_high'])}.")
    if excluded:
        rows = "1 row is" if excluded == 1 else f"{excluded} rows are"
        notes.append(f"{rows} left out: .excluded has the reasons.")
    return notes


def lines(fit: Fit, excluded: int) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """An analysis in words: opening lines, named results, and notes."""
    what = fit.measure.label + (" (Hedges' g)" if fit.measure.name == "SMD" else "")
    who = "1 study" if fit.k == 1 else f"{fit.k} studies"
    model = "Its own interval." if fit.k == 1 else model_words(fit.model)
    opening = [f"Meta-analysis of {who}: {what[0].lower() + what[1:]}", f"{model[:-1]}, {fit.level:g}%"]
    rows = [("Estimate", f"{estimate(fit)}, p {p_value(fit.numbers['p'])}")]
    if fit.measure.none is None:
        rows = [("Estimate", estimate(fit))]
    if not math.isnan(fit.numbers["prediction_low"]):
        rows.append(("Prediction interval", between(fit, fit.numbers["prediction_low"], fit.numbers["prediction_high"])))
    if fit.k > 1:
        rows.append(("Heterogeneity", heterogeneity(fit)))
    return opening, rows, _notes(fit, excluded)


def told(fit: Fit, excluded: int) -> str:
    """An analysis as it is printed."""
    opening, rows, notes = lines(fit, excluded)
    return "\n".join([*opening, "", *(f"{name:<20} {text}" for name, text in rows), *([""] if notes else []), *notes])


def study_table(fit: Fit) -> str:
    """Each study with effect, interval and weight, in lines."""
    cells = [
        (study, *told, number(float(w), 1)) for study, told, w in zip(fit.studies, of_studies(fit), fit.weights, strict=True)
    ]
    head = ("Study", "Effect", f"{fit.level:g}% interval", "Weight %")
    widths = [max(len(row[i]) for row in (head, *cells)) for i in range(4)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width) for i, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *cells)
    )


# --- the paragraph of methods ----------------------------------------------------------------------------------------


def source(function: Callable[..., Any]) -> str:
    """What a function computes and where that is published: the first sentence of its docstring, without its full stop."""
    first = " ".join((function.__doc__ or "").split("\n\n")[0].split())
    return re.sub(r"\.$", "", first)


def _sources(text: str) -> str:
    """The sources named in a text, joined: every DOI with its authors and year."""
    found = re.findall(r"([A-Z][\w&'\- ]+? (?:\d{4}))[^()]*?(doi:\S+?)[),;.]*(?=[\s)]|$)", text)
    return "; ".join(f"{who}, {doi.rstrip('),.;')}" for who, doi in found)


def _interval_words(fit: Fit) -> str:
    if not fit.model.hksj or fit.model.estimator in FIXED:
        return "Confidence intervals are Wald's (normal)."
    floor = (
        ", with the variance factor kept at 1 or above (Roever 2015, doi:10.1186/s12874-015-0091-1)" if fit.model.floor else ""
    )
    return (
        "Confidence intervals follow Hartung, Knapp, Sidik and Jonkman, with t on k - 1 degrees of freedom (Hartung & Knapp "
        f"2001, doi:10.1002/sim.1009; IntHout 2014, doi:10.1186/1471-2288-14-25){floor}."
    )


def _model_sentences(fit: Fit) -> list[str]:
    if fit.counts is not None:
        method = source(METHODS[fit.measure.name])
        return [
            f"They were pooled with the fixed-effect model, by the method of Mantel and Haenszel: {method}.",
            _interval_words(fit),
        ]
    if fit.model.estimator == "FE":
        return ["They were pooled with the fixed-effect model, by inverse variances.", _interval_words(fit)]
    return [
        f"They were pooled with a random-effects model; tau2 was estimated by {fit.model.estimator}: "
        f"{source(tau2.ESTIMATORS[fit.model.estimator])}.",
        _interval_words(fit),
        "Prediction intervals use t on k - 1 degrees of freedom (Higgins 2009, doi:10.1111/j.1467-985X.2008.00552.x).",
        f"Heterogeneity is described by tau2 ({source(tau2.tau2_interval).split(';')[0]}), I2 "
        f"({_sources(pooling.typical_variance.__doc__ or '')}) and Cochran's Q.",
    ]


def versions() -> str:
    """The library and what it stands on, with their versions."""
    parts = f"NumPy {np.__version__}, SciPy {scipy.__version__}, Python {platform.python_version()}"
    return f"evidence-synthesis {evidence_synthesis.__version__} ({parts})"


def methods(fit: Fit, steps: Iterable[str], reasons: Sequence[str]) -> str:
    """The paragraph of methods, to be pasted: effects, model, intervals, what was converted and left out, versions."""
    formula = fit.measure.formula
    computed = f" ({source(formula)})" if formula is not None and formula.__doc__ else ""
    who = "1 study" if fit.k == 1 else f"{fit.k} studies"
    sentences = [f"Effects of {who} are expressed as {fit.measure.label.lower()} [{fit.measure.name}]{computed}."]
    if fit.measure.is_ratio:
        sentences.append("Ratios were pooled as logarithms.")
    counted = Counter(step for row in steps for step in row.split("; ") if step)
    if counted:
        sentences.append("Conversions: " + ", ".join(f"{words} ({n})" for words, n in sorted(counted.items())) + ".")
    if fit.k > 1:
        sentences += _model_sentences(fit)
    sentences.append(f"The level of confidence is {fit.level:g}%.")
    if reasons:
        why = ", ".join(f"{words} ({n})" for words, n in sorted(Counter(reasons).items()))
        sentences.append(f"Left out: {why}.")
    sentences.append(f"Computed with {versions()}.")
    return " ".join(sentences)
