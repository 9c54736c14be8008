"""A pooled result in one plain sentence, made by rule from its verdict and its certainty.

Informative statements after GRADE guidance 26 (Santesso 2020, doi:10.1016/j.jclinepi.2019.10.014): high certainty says
"reduces", moderate "probably reduces", low "may reduce", and very low "may reduce, but this is very uncertain". The words
are those of ``wording.FINDINGS``, with the outcome in place of "helps".
"""

from __future__ import annotations

import re

from evidence_synthesis.review.settings import Outcome
from evidence_synthesis.synthesis.verdicts import BENEFIT, CONFLICTING, HARM, INSUFFICIENT, IRRELEVANT, SMALL


def infinitive(verb: str) -> str:
    """A verb of the third person without its ending: reduces, diminishes, carries give reduce, diminish, carry."""
    if re.search(r"(ss|sh|ch|x|zz|o)es$", verb):
        return verb.removesuffix("es")
    return re.sub(r"(?<=[^aeiou])ies$", "y", verb) if verb.endswith("ies") else verb.removesuffix("s")


def _modal(phrase: str, certainty: str) -> str:
    """A phrase such as 'reduces pain' with the certainty's modal."""
    verb, _, rest = phrase.partition(" ")
    if certainty == "high":
        return phrase
    if certainty == "moderate":
        return f"probably {phrase}"
    return f"may {infinitive(verb)} {rest}"


def sentence(subject: str, comparator: str, outcome: Outcome, when: str, verdict: str, certainty: str) -> str:
    """What the trials say, for people who do not read intervals. Empty where there is no data.

    ``subject`` and ``comparator`` are names as they stand in running text, empty where a table's title tells them; ``when`` is
    the term in words.
    """
    about = f"{when} (against {comparator})" if comparator else when
    text = _said(f"{subject}: " if subject else "", f"{subject} " if subject else "", outcome, about, verdict, certainty)
    return text[:1].upper() + text[1:]


def _said(aside: str, subject: str, outcome: Outcome, about: str, verdict: str, certainty: str) -> str:
    if verdict == INSUFFICIENT:
        return f"{aside}there is too little evidence to judge what it does to {outcome.noun} {about}."
    phrases = {
        BENEFIT: outcome.better,
        SMALL: f"{outcome.better} slightly",
        IRRELEVANT: f"makes little or no difference to {outcome.noun}",
        HARM: outcome.worse,
    }
    phrase = phrases.get(verdict)
    if phrase is None:
        why = ", since the trials disagree" if verdict == CONFLICTING else ""
        return f"{aside}it is unclear whether it {outcome.better} {about}{why}."
    doubt = ", but this is very uncertain" if certainty == "very low" else ""
    return f"{subject}{_modal(phrase, certainty)} {about}{doubt}."
