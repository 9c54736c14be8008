"""Parts that say that trials contradict each other: their own directions, and their heterogeneity.

Decided in this order (I2 in per cent; limits are settings, with their reasons):

* fewer trials than can disagree (two): not looked at here when there is none, open when there is one;
* supported: one trial is clearly for and one clearly against the treatment (95% interval of each on its side of no effect),
  or one is clearly for, another is not, I2 is ``conflicting_i2`` or more and the prediction interval holds no effect;
* contradicted: all trials are clearly on one side, or I2 and its upper limit show that they agree (I2 up to ``agreeing_i2``,
  upper limit below ``conflicting_i2``);
* leaning: one trial is clearly for, another is not, I2 is above ``agreeing_i2`` and the prediction interval holds no effect;
* leaning against: I2 up to ``agreeing_i2``, with an upper limit that leaves more open;
* else open.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.effects import answer_of, known_beside, not_looked_at, robustness_of
from evidence_synthesis.conclusions.claims.evidence import PooledEvidence, pooled_on_first
from evidence_synthesis.conclusions.claims.material import Material, PartAnswer
from evidence_synthesis.review.claims_file import StatementPart
from evidence_synthesis.selection.claim_questions import question_of
from evidence_synthesis.stats.batch import NORMAL
from evidence_synthesis.synthesis.regions import CONTRADICTED, LEANING, LEANING_AGAINST, OPEN, SUPPORTED


def directions(found: PooledEvidence) -> tuple[int, int, int]:
    """How many results of trials are clearly for the treatment, open, and clearly against it, by their own 95% intervals."""
    half = NORMAL * (1 + 1e-13) * np.sqrt(found.vi)  # an interval that ends at 0 is on neither side
    for_it, against = int((found.yi < -half).sum()), int((found.yi > half).sum())
    return for_it, found.yi.size - for_it - against, against


def contradiction_verdict(found: PooledEvidence, material: Material) -> str:
    """Whether trials contradict each other, by the table of this module."""
    if found.trials < 2:
        return OPEN
    for_it, undecided, against = directions(found)
    values, most, least = found.values, material.rules.conflicting_i2, material.statement_rules.agreeing_i2
    i2, upper = values["i2"], found.i2_limits(material)[1]
    crosses = values["prediction_low"] <= 0 <= values["prediction_high"]
    differ = for_it > 0 and undecided + against > 0
    if (for_it and against) or (differ and i2 >= most and crosses):
        return SUPPORTED
    if found.yi.size in (for_it, against) or (i2 <= least and upper < most):
        return CONTRADICTED
    if differ and i2 > least and crosses:
        return LEANING
    return LEANING_AGAINST if i2 <= least else OPEN


def judge_contradictory(part: StatementPart, material: Material) -> PartAnswer:
    """Whether the trials of a part contradict each other."""
    question = question_of(part, material.settings)
    found = pooled_on_first(question, material)
    if found is None:
        return not_looked_at(question, material)

    def decide(evidence: PooledEvidence) -> str:
        return contradiction_verdict(evidence, material)

    for_it, undecided, against = directions(found)
    said = f"{for_it} clearly for, {undecided} open, {against} clearly against"
    if found.trials > 1:
        ends = found.i2_limits(material)
        i2, low, high = (wording.number(value, 0) for value in (found.values["i2"], *ends))
        said += f"; I2 {i2} % ({low} to {high})" if not math.isnan(ends[1]) else f"; I2 {i2} %"
    answer = replace(answer_of(found, decide(found), said, ""), beside=known_beside(question, material))
    return robustness_of(answer, found, decide, material)
