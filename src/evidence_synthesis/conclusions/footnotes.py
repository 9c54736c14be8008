"""Why certainty was taken down, as few footnotes: alike reasons are one note, their numbers stand in the profile."""

from __future__ import annotations

from collections.abc import Sequence

from evidence_synthesis.conclusions.grade import DOMAINS, WORDS, Limits
from evidence_synthesis.synthesis.rows.conclusions import Certainty

_FULL, _EMPTY = "\u2295", "\u25ef"
# The meaning of the four levels: Balshem 2011 (doi:10.1016/j.jclinepi.2010.07.015), table 2.
LEGEND = (
    ("High", f"{_FULL * 4} we are very confident that the true effect lies close to that of the estimate."),
    (
        "Moderate",
        f"{_FULL * 3}{_EMPTY} the true effect is likely to be close to the estimate, but it may be substantially different.",
    ),
    ("Low", f"{_FULL * 2}{_EMPTY * 2} the true effect may be substantially different from the estimate."),
    ("Very low", f"{_FULL}{_EMPTY * 3} the true effect is likely to be substantially different from the estimate."),
)


def domain_label(domain: str) -> str:
    """The name of a domain for readers."""
    return domain.replace("_", " ").capitalize()


def _rules(limits: Limits) -> dict[tuple[str, int], str]:
    """What each rating by rule says, with the limits in use (``grade`` applies them)."""
    return {
        ("risk_of_bias", 1): f"{limits.not_low:g} % or more of the weight comes from trials not known to be at low risk",
        ("risk_of_bias", 2): f"{limits.high_risk:g} % or more of the weight comes from trials at high risk",
        ("inconsistency", 1): f"I\u00b2 of {limits.i2:g} % or more, and new trials may find effects of another kind",
        ("inconsistency", 2): (
            f"I\u00b2 of {limits.i2_very:g} % or more, and new trials may find a worthwhile benefit or a worthwhile harm"
        ),
        ("indirectness", 1): "different comparators, acute and chronic people, or specific causes are pooled",
        ("indirectness", 2): "two or more of: different comparators, acute and chronic people, specific causes are pooled",
        ("imprecision", 1): "the interval crosses a threshold of what is worthwhile, or fewer people than the information size",
        ("imprecision", 2): "the interval holds a worthwhile benefit and a worthwhile harm",
        ("publication_bias", 1): (
            "small trials differ from large ones, many trials have no poolable numbers, or most of the weight is from abstracts"
        ),
    }


def reasons(judgement: Certainty, limits: Limits) -> tuple[str, ...]:
    """Why certainty is not high, in sentences that are alike for all results with the same rating of a domain.

    Where a person overruled the rules, that person's reasons.
    """
    if judgement.overruled:
        return tuple(judgement.overruled.split("; "))
    levels = {word: number for number, word in WORDS.items()}
    rules = _rules(limits)
    rated = [(domain, levels[judgement.rating(domain)]) for domain in DOMAINS]
    return tuple(
        f"{domain_label(domain)}, down {down} {'level' if down == 1 else 'levels'}: {rules[domain, down]}."
        for domain, down in rated
        if down
    )


def numbered(found: Sequence[Sequence[str]]) -> tuple[list[str], list[tuple[int, ...]]]:
    """The notes of several results, each once in order of appearance, and the places of each result's own among them."""
    notes = list(dict.fromkeys(note for some in found for note in some))
    return notes, [tuple(notes.index(note) for note in some) for some in found]
