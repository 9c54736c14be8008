"""How numbers and results are put into words: the one place, so that figures, tables and pages agree to the digit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis.effects.scales import NO_EFFECT
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import POINTS_UNIT, Model, Settings
from evidence_synthesis.storage.files import cell

MINUS = "\u2212"
UNKNOWN_UNIT = "?"  # of mean differences whose unit is not known where they are told: they have no end of a scale
FURTHEST = {
    "MD": 100.0,
    "SMD": 10.0,
    "RR": 100.0,
    "OR": 100.0,
    "HR": 100.0,
    "IRR": 100.0,
}  # beyond these a limit tells nothing but that
OFF_SCALE = "off the scale"
MEASURES = {
    **{"MD": "Mean difference", "SMD": "Standardised mean difference", "RD": "Risk difference"},
    **{"RR": "Risk ratio", "OR": "Odds ratio", "HR": "Hazard ratio", "IRR": "Rate ratio"},
}
STEPS = {  # what conversions do to printed values
    "rescaled": "brought to 0 to 100",
    "turned": "turned, since high is good",
    "event_turned": "counted the opposite event",
    "per_cent": "from per cent",
    "mean_sd_from_quartiles": "mean and SD from median and quartiles",
    "sd_from_se": "SD from the standard error",
    "sd_from_ci": "SD from the interval",
    "sd_from_difference": "SD from the standard error of the difference",
    "se_from_ci": "standard error from the interval",
    "se_from_ci_t": "standard error from the interval, t distribution",
    "se_from_p": "standard error from the p value",
    "design_effect": "standard error inflated for clusters",
    "cluster_size_unknown": "clusters of unknown size: not inflated",
    "paired": "crossover: periods paired",
    "period_correlation_assumed": "correlation of the periods assumed",
    "crossover_as_parallel": "crossover: periods as parallel groups",
    "first_period": "crossover: first period",
    "n_randomised": "people randomised, not analysed",
}
DOUBTS = {  # kinds of what the data audit finds
    "n_conflict": "numbers of people contradict each other",
    "sd_implausible": "SD hardly possible",
    "sd_inconsistent": "SD not possible with whole numbers",
    "sd_imputed_or_repeated": "SD imputed or repeated",
    "sd_taken_as_se": "SD taken for a standard error",
    "se_taken_as_sd": "standard error taken for an SD",
    "same_arm_different_n": "one arm, two numbers of people",
    "same_arm_different_values": "one arm, two results",
    "duplicate_result": "the same result twice",
    "change_vs_final_mixed": "changes and final values mixed",
    "scale_not_converted": "scale not converted",
    "value_outside_scale": "value outside the scale",
    "sign_or_direction": "sign or direction",
    "label_swapped": "arms or their numbers exchanged",
    "effect_not_equal_to_arms": "effect differs from its arms",
    "p_inconsistent": "p value contradicts the numbers",
    "decimal_slip": "decimal point slipped",
    "other": "hard to believe",
}
INTERVALS = {
    "wald": "Wald intervals",
    "hksj": "Hartung-Knapp-Sidik-Jonkman intervals",
    "hksj_floor": "Hartung-Knapp-Sidik-Jonkman intervals with floor",
}
CERTAINTIES = ("high", "moderate", "low", "very low")  # of certainty, in the order of the columns below
# What a pooled result says: its verdict (rows) and its certainty (columns) make one statement, after the informative
# statements of GRADE guidance 26 (Santesso 2020, doi:10.1016/j.jclinepi.2019.10.014). Cells, badges, figures and sentences
# all take their words from here.
FINDINGS: Mapping[str, tuple[str, str, str, str]] = {
    "benefit": ("helps", "probably helps", "may help", "may help, very uncertain"),
    "small_benefit": ("helps a little", "probably helps a little", "may help a little", "may help a little, very uncertain"),
    "no_relevant_effect": (
        "makes little or no difference",
        "probably makes little or no difference",
        "may make little or no difference",
        "may make little or no difference, very uncertain",
    ),
    "not_shown": ("unclear",) * 4,
    "conflicting": ("trials disagree",) * 4,
    "insufficient": ("too little to judge",) * 4,
    "harm": ("does worse", "probably does worse", "may do worse", "may do worse, very uncertain"),
    "no_data": ("no trial",) * 4,
}
UNCERTAIN = ", very uncertain"  # what very low certainty adds to a finding that has a direction
FINDING_RULES = {  # when a result has which verdict, for keys beside tables and figures; directions hold for any certainty
    "benefit": "the interval excludes no effect, and the estimate reaches the smallest worthwhile effect",
    "small_benefit": "the interval excludes no effect, and the estimate stays below the smallest worthwhile effect",
    "no_relevant_effect": "the interval holds no effect, and excludes a worthwhile one",
    "not_shown": "the interval holds both no effect and a worthwhile one",
    "conflicting": "the same, and trials contradict each other",
    "insufficient": "too few trials or people",
    "harm": "the interval excludes no effect, on the comparator's side",
}
REGION_WORDS = {  # on what a statement claims of an effect
    "supported": "supported",
    "leaning": "leaning towards it",
    "open": "open",
    "leaning_against": "leaning against it",
    "contradicted": "contradicted",
}
STATEMENT_WORDS = REGION_WORDS | {  # on a part of a statement, and on the whole of it
    "still_unproven": "still unproven",
    "overtaken": "since overtaken",
    "not_looked_at": "not looked at here",
    "mixed": "mixed",
}
STATEMENT_RULES = {  # when a statement has which verdict, for glossaries; docs/statements.md has the exact rules
    "supported": "the trials' interval lies within what the document claims, and the certainty is at least low",
    "leaning": "what is claimed is likely, or it is shown at very low certainty only",
    "open": "the trials decide neither way",
    "leaning_against": "what is claimed is unlikely, or the opposite is shown at very low certainty only",
    "contradicted": "the trials' interval lies outside what the document claims, and the certainty is at least low",
    "still_unproven": "the document says that something is not shown, and it still is not",
    "overtaken": "the document says that something is not shown, and since then it has been",
    "not_looked_at": "no trial read here has looked: neither agreement nor disagreement",
    "mixed": "the parts of the statement have different verdicts",
}
_IN_UNIT = 2  # decimals of a mean difference in a unit of its own, as in RevMan
_DIGITS = {"MD": 1, "SMD": 2, "RD": 3, "RR": 2, "OR": 2, "HR": 2, "IRR": 2}


def finding(verdict: str, certainty: str) -> str:
    """What a pooled result says, in the words for cells, badges and figures: ``may help a little, very uncertain``.

    ``verdict`` is one of ``FINDINGS``, ``certainty`` one of ``CERTAINTIES``. Raises KeyError and ValueError for others.
    """
    return FINDINGS[verdict][CERTAINTIES.index(certainty)]


def finding_said(verdict: str, certainty: str) -> str:
    """A finding as the predicate of a sentence: ``is of unclear effect``."""
    words = {"not_shown": "is of unclear effect", "conflicting": "meets trials that disagree", "no_data": "has no trial"}
    return words.get(verdict) or finding(verdict, certainty).replace("too little", "has too little")


def at_times(said: str, times: str) -> str:
    """A finding with its times, what very low certainty adds at its end: ``may help in the short term, very uncertain``."""
    told = said.removesuffix(UNCERTAIN)
    return f"{told} {times}{said[len(told) :]}"


def tone(verdict: str, certainty: str) -> str:
    """How a finding looks, as two words: direction and size, then strength (that of the certainty, from 4 to 1).

    Strength is 0 where there is no direction to be sure of: what is unclear or too little to judge never has a colour.
    """
    sides = {"benefit": "better", "small_benefit": "little", "no_relevant_effect": "same", "harm": "worse"}
    side = sides.get(verdict, verdict.replace("_", "-"))
    return f"{side} {4 - CERTAINTIES.index(certainty) if verdict in sides else 0}"


def statement_verdict(name: str) -> str:
    """A verdict on a part of a statement, or on a statement, in words."""
    return STATEMENT_WORDS[name]


def verdict_on(words: str, certainty: str, trials: int | None, *, several: bool = False) -> str:
    """A verdict with what it stands on: ``open (very low to low certainty, up to 5 trials)``; ``several``: by part."""
    facts = [f"{certainty} certainty"] if certainty else []
    facts += [("up to " if several else "") + count(trials, "trial")] if trials else []
    return f"{words} ({', '.join(facts)})" if facts else words


def running(label: str) -> str:
    """A label within a sentence: without what it has in brackets at its end, and beginning small.

    A word with a capital inside, an abbreviation or a name such as McKenzie, stays as it is.
    """
    words = re.sub(r" \([^()]*\)$", "", label)
    first = words.partition(" ")[0]
    return words if any(map(str.isupper, first[1:])) else words[:1].lower() + words[1:]


def asked(row: object, settings: Settings) -> dict[str, str]:
    """What a row is about, in words within a sentence: those of comparator, outcome, term and population that it has."""
    labels = {
        "comparator": {c.comparator: c.label for c in settings.comparators},
        "outcome": {o.outcome: o.label for o in settings.outcomes},
        "term": {w.term: w.label for w in settings.windows},
        "population": {p.population: p.label for p in settings.populations},
    }
    ids = {name: str(getattr(row, name)) for name in labels if hasattr(row, name)}
    return {name: running(labels[name].get(word, word.replace("_", " "))) for name, word in ids.items()}


def number(value: float | None, digits: int) -> str:
    """A number with a fixed number of decimals and a real minus sign; empty when unknown.

    It is rounded as tables hold it first, so that a half goes the same way in words made before and after they are read.
    """
    if value is None or math.isnan(value):
        return ""
    if math.isinf(value):
        return ("" if value > 0 else MINUS) + "\u221e"
    text = f"{float(cell(float(value))):.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def as_printed(text: str) -> str:
    """Numbers as a source prints them, with a real minus sign: ``-28.7`` becomes ``−28.7``, ``3-5`` stays."""
    return re.sub(r"(?<![\w.)])-(?=\.?\d)", MINUS, text)


@dataclass(frozen=True, slots=True)
class Printing:
    """How results on a measure are printed: the decimals of effects and of tau2, and what each says nothing beyond.

    ``furthest`` is that of effects on the natural scale (of ratios also its inverse), ``tau2_furthest`` its square on the scale
    of pooling: true effects that differ by more than the scale is long mean nothing either. Infinite where there is no end.
    """

    digits: int
    furthest: float
    tau2_digits: int
    tau2_furthest: float


def _own(measure: str, unit: str) -> bool:
    return measure == "MD" and unit not in ("", POINTS_UNIT)


def printing(measure: str, unit: str = "") -> Printing:
    """How results on a measure are printed; mean differences in a ``unit`` of their own have no end.

    >>> printing("MD")
    Printing(digits=1, furthest=100.0, tau2_digits=1, tau2_furthest=10000.0)
    """
    if _own(measure, unit):
        return Printing(_IN_UNIT, math.inf, 3, math.inf)
    furthest = FURTHEST.get(measure, math.inf)
    squared = (math.log(furthest) if measure in RATIOS else furthest) ** 2
    return Printing(_DIGITS[measure], furthest, 1 if measure == "MD" else 3, squared)


def in_unit(measure: str, unit: str) -> str:
    """What stands after an effect in a unit of its own: a space and the unit; nothing after others."""
    return f" {unit}" if _own(measure, unit) and unit != UNKNOWN_UNIT else ""


def effect(measure: str, value: float | None, unit: str = "") -> str:
    """An effect, or an end of an interval, on its natural scale, with the decimals of its measure.

    ``unit`` is that of mean differences. What no scale or ratio can mean anything by is told as beyond it: ``>100``.
    """
    shown = printing(measure, unit)
    if value is not None and measure in RATIOS and 0 <= value < 1 / shown.furthest:
        return f"<{1 / shown.furthest:g}"
    if value is None or math.isnan(value) or abs(value) <= shown.furthest:
        return number(value, shown.digits)
    return f"<{MINUS}{shown.furthest:g}" if value < 0 else f">{shown.furthest:g}"


def tau2_to_print(measure: str, value: float | None, unit: str = "") -> str:
    """A variance between trials, or a limit of one, on the scale of pooling: ``20.8``, ``>10000``; empty when unknown."""
    shown = printing(measure, unit)
    beyond = value is not None and value > shown.tau2_furthest
    return f">{shown.tau2_furthest:.0f}" if beyond else number(value, shown.tau2_digits)


def limits_to_print(measure: str, low: float | None, high: float | None, unit: str = "") -> str:
    """An interval on the natural scale: ``low to high``; tables keep the numbers as they are. Empty when unknown.

    Ends beyond the scale of 0 to 100 points print as ``<-100`` and ``>100``, those of ratios as ``<0.01`` and ``>100``; where
    both ends are beyond, the interval is ``off the scale``.
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    words = [effect(measure, low, unit), effect(measure, high, unit)]
    return OFF_SCALE if words[0].startswith("<") and words[1].startswith(">") else " to ".join(words)


def says_nothing(measure: str, low: float, high: float, unit: str = "") -> bool:
    """Whether an interval leaves its scale (``FURTHEST``), or is as wide as the scale of 0 to 100 points is long."""
    furthest = printing(measure, unit).furthest
    if measure in RATIOS:
        return low < 1 / furthest or high > furthest
    return max(abs(low), abs(high)) > furthest or (measure == "MD" and high - low >= furthest)


def two_trials(measure: str, effects: Sequence[float]) -> str:
    """Two trials told by what each found, the lower first: ``two trials disagree: -17 and +8 points``.

    They disagree when they lie on different sides of no effect. ``effects`` are on the natural scale.
    """
    digits, none = (0 if measure == "MD" else _DIGITS[measure]), NO_EFFECT[measure]
    signed = measure not in RATIOS

    def words(value: float) -> str:
        text = number(value, digits)
        return f"+{text}" if signed and text[:1] not in ("0", MINUS) else text

    low, high = sorted(effects)
    opening = "two trials disagree" if low < none < high else "two trials"
    unit = " points" if measure == "MD" else f" ({measure})"
    return f"{opening}: {words(low)} and {words(high)}{unit}"


def fit_to_print(measure: str, value: float, low: float, high: float, *, trials: Sequence[float] = (), unit: str = "") -> str:
    """Effect and interval as all texts print them; two trials whose pooled interval says nothing are told one by one instead.

    ``trials`` are the effects of the trials, where these may stand instead; ``unit`` is that of mean differences, and gives the
    decimals and the ends only. All is on the natural scale.

    >>> fit_to_print("MD", -8.9, -13.1, -4.6)
    '−8.9 (−13.1 to −4.6)'
    >>> fit_to_print("RR", 2.01, 0.5, 3697.97)
    '2.01 (0.50 to >100)'
    >>> fit_to_print("MD", -4.5, -150.1, 141.0, trials=(-17.0, 8.0))
    'two trials disagree: −17 and +8 points'
    """
    if len(trials) == 2 and says_nothing(measure, low, high, unit):
        return two_trials(measure, trials)
    limits = limits_to_print(measure, low, high, unit)
    return effect(measure, value, unit) + (f" ({limits})" if limits else "")


def p_value(p: float | None) -> str:
    """A p value with its sign: three decimals, and less than 0.001 below them."""
    if p is None or math.isnan(p):
        return ""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def favours(measure: str, low: float, high: float, event_is_good: bool | None) -> str:
    """Which side an interval lies on: treatment, comparator, or neither when it holds no effect."""
    none = NO_EFFECT[measure]
    if low <= none <= high:
        return "neither"
    lower_is_better = event_is_good is not True
    return "treatment" if (high < none) == lower_is_better else "comparator"


def told(opening: str, groups: Iterable[tuple[str, Iterable[str]]]) -> str:
    """What figures show, in words: an opening, then a sentence for each group with its name and its parts."""
    return " ".join([opening, *(f"{name}: {'; '.join(parts)}." for name, parts in groups)])


def count(n: int, singular: str, plural: str | None = None) -> str:
    """A number of things: ``1 trial``, ``3 trials``."""
    return f"{n} {singular if n == 1 else plural or singular + 's'}"


def people(known: float, uncounted: float = 0) -> str:
    """The people of some trials, ``uncounted`` of which do not tell theirs: ``1,503+ people``."""
    return f"{known:,.0f}{'+' if uncounted else ''} people"


def series(words: Sequence[str], last: str = "and") -> str:
    """Words one after the other in a sentence.

    >>> series(["a", "b", "c"], "or")
    'a, b or c'
    """
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def plain_line(text: str) -> str:
    """Somebody else's text on one line of Markdown: no table bars, no markup, nothing that a page would run."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([|`\[\]*])", r"\\\1", line)


def model_words(model: Model) -> str:
    """The model in one sentence."""
    if model.estimator == "MH":
        return f"Fixed effect, Mantel-Haenszel with {INTERVALS['wald']}."
    if model.estimator == "FE":
        return f"Fixed effect, inverse variance with {INTERVALS['wald']}."
    return f"Random effects, {model.estimator} with {INTERVALS['hksj_floor' if model.floor else 'hksj']}."
