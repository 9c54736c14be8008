"""Parts that say that an effect does not last: the trials that measured both terms, beside the pooled effect in each.

S is the pooled effect in the first term, L that in the last; an effect is *shown* where there are trials and people enough, the
95% interval lies on the side of the treatment, and the certainty is the least or better. C is the change from the first to the
last term within the trials that measured both, pooled: the only comparison in which trials, people and comparators are the
same. The first line that fits decides.

====================================================================================  =========================
no trial measured the last term                                                       not looked at
L is shown                                                                            contradicted
S is not on the treatment's side, or of too few trials or people                      open: nothing that could last
L (two trials) excludes a worthwhile effect, or C (two trials) lies on the side of
loss                                                                                  supported
L is on the treatment's side at too low a certainty, or the chance of an effect is
as large as that from which trials lean, and loss is not as likely                    leaning against
a worthwhile effect in the last term is as unlikely as that, or loss as likely        leaning
else                                                                                  open
====================================================================================  =========================

What would be supported or contradicted leans only, where the certainty of S (or of L where it decides) is below the least.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.effects import answer_of, known_beside, not_looked_at, too_little
from evidence_synthesis.conclusions.claims.evidence import (
    PooledEvidence,
    doubtful_in,
    names_of,
    pooled_on,
    pooled_on_first,
    rating_of,
    without,
)
from evidence_synthesis.conclusions.claims.material import Material, PartAnswer
from evidence_synthesis.effects import scales
from evidence_synthesis.review.claims_file import ANY_RELIEF, AT_MOST_WORTHWHILE, StatementPart
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.selection.claim_questions import question_of
from evidence_synthesis.selection.multiarm import Entry
from evidence_synthesis.stats.batch import Array, make_batch
from evidence_synthesis.stats.bayes import chances_below
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.synthesis.regions import (
    CONTRADICTED,
    LEANING,
    LEANING_AGAINST,
    NOT_LOOKED_AT,
    OPEN,
    REGIONS,
    SUPPORTED,
)
from evidence_synthesis.synthesis.spread import prior_of, typical_sd_of
from evidence_synthesis.synthesis.verdicts import sign


@dataclass(frozen=True)
class Change:
    """The change of an effect from one term to another within trials, pooled; positive is a loss for the treatment.

    ``others`` holds the estimate and limits for each other correlation, ``unit`` that of differences not on 0 to 100 points.
    """

    trials: tuple[str, ...]
    measure: str
    correlation: float
    estimate: float
    low: float
    high: float
    loss: float
    others: tuple[tuple[float, float, float, float], ...]
    unit: str = ""


def first_and_last(settings: Settings) -> tuple[str, str]:
    """The terms between which an effect may fade: the first and the last of those set side by side."""
    return settings.terms[0].term, settings.terms[-1].term


def paired(early: Sequence[Entry], late: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """The entries of trials that have one in each term, of the same arms in the same direction."""

    def arms(entry: Entry) -> tuple[str, str, bool]:
        return entry.result.treatment, entry.result.comparator, entry.turned

    by_arms = {(e.trial_id, *arms(e)): e for e in early}
    pairs = [(by_arms.get((e.trial_id, *arms(e))), e) for e in late]
    return [(a, b) for a, b in pairs if a is not None]


def change_variance(early: Array, late: Array, correlation: float) -> Array:
    """Variance of the difference of two effects in the same people: v1 + v2 - 2 r sqrt(v1 v2) (Borenstein 2009, 24.2)."""
    return np.asarray(early + late - 2 * correlation * np.sqrt(early * late), dtype=np.float64)


def change_within(early: PooledEvidence, late: PooledEvidence, material: Material) -> Change | None:
    """The pooled change from the early to the late term within the trials that measured both; None where there is none.

    The correlation of the two effects is that of a person's outcome at the two times, a setting: sources do not print it.
    """
    pairs = paired(early.entries, late.entries)
    if not pairs or early.measure != late.measure:
        return None
    turn, rules = early.turn, material.statement_rules
    yi = turn * np.array([b.estimate.yi - a.estimate.yi for a, b in pairs])
    v1, v2 = (np.array([e[i].estimate.vi for e in pairs]) for i in (0, 1))
    correlations = (rules.follow_up_correlation, *rules.other_correlations)
    vi = [change_variance(v1, v2, r) for r in correlations]
    rows = list(pool(make_batch([(yi, v) for v in vi]), *material.settings.model, limits=False).rows())
    values = [(row["estimate"], row["ci_low"], row["ci_high"]) for row in rows]
    prior = prior_of(material.priors, early.question.outcome, early.measure, partial(typical_sd_of, early.entries))
    loss = math.nan
    if prior is not None:
        loss = 1 - float(chances_below(yi, vi[0], *prior, np.zeros(1))[0])
    others = tuple((r, *v) for r, v in zip(correlations[1:], values[1:], strict=True))
    names, unit = names_of(b for _, b in pairs), early.question.outcome.own_unit(early.measure)
    return Change(tuple(sorted(names.values())), early.measure, correlations[0], *values[0], loss, others, unit)


def shown_change(change: Change, turn: float) -> tuple[float, float, float]:
    """A change and its limits as they are read: positive is a loss on scales; a ratio of ratios, not turned."""
    values = [scales.natural(change.measure, turn * v) for v in (change.estimate, change.low, change.high)]
    return values[0], min(values[1:]), max(values[1:])


def change_words(change: Change | None, turn: float) -> str:
    """The change within trials in words."""
    if change is None:
        return "no trial measured both terms in the same arms"
    effect = wording.fit_to_print(change.measure, *shown_change(change, turn), unit=change.unit)
    better = "above" if turn > 0 else "below"
    none = "0" if change.measure not in RATIOS else "1"
    words = f"change within {wording.count(len(change.trials), 'trial')} that measured both {effect}, {better} {none} is loss"
    for r, estimate, low, high in change.others:
        other = replace(change, estimate=estimate, low=low, high=high)
        _, *limits = shown_change(other, turn)
        words += f"; with correlation {r:g} {wording.limits_to_print(change.measure, limits[0], limits[1], change.unit)}"
    return words


def lasting_verdict(
    early: PooledEvidence | None,
    late: PooledEvidence | None,
    change: Change | None,
    certainties: tuple[str, str],
    material: Material,
) -> str:
    """Whether the claim that an effect does not last is borne out, by the table of this module; certainties of S and L."""
    rules, relief, less = material.statement_rules, REGIONS[ANY_RELIEF], REGIONS[AT_MOST_WORTHWHILE]
    if late is None:
        return NOT_LOOKED_AT
    lasts = late.enough(material) and late.inside(relief)
    if lasts and rules.enough(certainties[1]):
        return CONTRADICTED
    if early is None or not (early.enough(material) and early.inside(relief)):
        return OPEN
    several = change is not None and len(change.trials) >= material.rules.least_trials
    lost = several and change is not None and change.low > 0
    if lost or (late.enough(material) and late.inside(less) and not lasts):
        return rules.settle(SUPPORTED, certainties[0])
    losing = several and change is not None and change.loss >= rules.leaning
    judged = late.judged(relief, material)
    if (lasts or judged == LEANING) and not losing:
        return LEANING_AGAINST
    unlikely = late.judged(less, material) in (LEANING, SUPPORTED)
    return LEANING if losing or unlikely else OPEN


def judge_only_short(part: StatementPart, material: Material) -> PartAnswer:
    """Whether an effect is one of the first term only."""
    first, last = first_and_last(material.settings)
    asked = [question_of(part, material.settings, term=term) for term in (first, last)]
    early = pooled_on_first(asked[0], material)
    late = pooled_on(asked[1], early.measure, material) if early is not None else None
    late = late or pooled_on_first(asked[1], material)
    if early is None and late is None:
        return not_looked_at(asked[1], material)
    change = change_within(early, late, material) if early is not None and late is not None else None
    rated = tuple("very low" if e is None else rating_of(e, material).certainty for e in (early, late))
    certainties = (rated[0], rated[1])
    verdict = lasting_verdict(early, late, change, certainties, material)
    turn = sign(asked[1].outcome)
    said = [
        _term_words(early, first, rated[0], material),
        _term_words(late, last, rated[1], material),
        change_words(change, turn),
    ]
    if verdict == OPEN and (early is None or not (early.enough(material) and early.inside(REGIONS[ANY_RELIEF]))):
        said.insert(0, f"neither confirmed nor refuted: no effect in the {first} term is shown that could fade")
    beside = known_beside(asked[1], material)
    if late is None:
        return PartAnswer(verdict, "; ".join(said), beside=beside)
    answer = replace(answer_of(late, verdict, "; ".join(said), rated[1]), beside=beside)
    return replace(answer, without_doubtful=_without_doubtful(early, late, verdict, certainties, material))


def _term_words(found: PooledEvidence | None, term: str, certainty: str, material: Material) -> str:
    if found is None:
        return f"{term} term: no trial"
    little = too_little(found, material)
    effect = answer_of(found, "", "", certainty).effect()
    words = f"{term} term: {effect}, {wording.count(found.trials, 'trial')}, {certainty} certainty"
    return f"{words}, {little}" if little else words


def _without_doubtful(
    early: PooledEvidence | None, late: PooledEvidence | None, verdict: str, certainties: tuple[str, str], material: Material
) -> str:
    """What the verdict is without the trials of doubtful identity or date; empty where it is the same."""
    entries = [e for found in (early, late) if found is not None for e in found.entries]
    doubtful = doubtful_in(entries, material)
    if not doubtful:
        return ""
    rest = [None if found is None else without(found, doubtful, material) for found in (early, late)]
    change = change_within(rest[0], rest[1], material) if rest[0] is not None and rest[1] is not None else None
    other = lasting_verdict(rest[0], rest[1], change, certainties, material)
    if other == verdict:
        return ""
    who = ", ".join(sorted(names_of(doubtful).values()))
    return f"without {who} (identity or date doubtful): {wording.statement_verdict(other)}"
