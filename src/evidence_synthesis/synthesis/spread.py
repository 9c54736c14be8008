"""How far people lie apart in the trials of an analysis: their SD within arms, and the prior of tau that follows from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from evidence_synthesis.effects.continuous import pooled_sd
from evidence_synthesis.review.settings import Outcome
from evidence_synthesis.selection.multiarm import Entry
from evidence_synthesis.synthesis.rows.analyses import TrialEffect

_OF_SD = 0.5  # scale of the prior of tau in standard deviations where the settings have none for SMD


def sd_within(n_t: float | None, sd_t: float | None, n_c: float | None, sd_c: float | None, vi: float) -> float | None:
    """SD within the arms of a trial: pooled from both, else the one that its mean difference's variance ``vi`` implies.

    Handbook 6.5.2.3 for the second. None where the numbers of people are not known.
    """
    if n_t is None or n_c is None or n_t + n_c <= 2:
        return None
    if sd_t is not None and sd_c is not None:
        return pooled_sd(n_t, sd_t, n_c, sd_c)
    return math.sqrt(vi / (1 / n_t + 1 / n_c))


def _middle(sds: Iterable[float | None]) -> float:
    known = [sd for sd in sds if sd]
    return median(known) if known else math.nan


def typical_sd(trials: Sequence[TrialEffect]) -> float:
    """The median over trials of the SD within arms; for effects that are mean differences. NaN where no trial tells."""
    return _middle(sd_within(t.n_t, t.sd_t, t.n_c, t.sd_c, t.vi) for t in trials)


def typical_sd_of(entries: Sequence[Entry]) -> float:
    """``typical_sd`` of what trials contribute to an analysis."""
    return _middle(sd_of_entry(e) for e in entries)


def sd_of_entry(entry: Entry) -> float | None:
    """``sd_within`` of what a trial contributes to an analysis of mean differences."""
    t, c, printed = entry.arm_t, entry.arm_c, entry.result
    sides = (printed.arm_c, printed.arm_t) if entry.turned else (printed.arm_t, printed.arm_c)
    n_t, n_c = (arm.n if arm else own.n for arm, own in zip((t, c), sides, strict=True))
    if len(entry.row_ids) > 1 and (t is None or c is None):
        return None
    return sd_within(n_t, t.sd if t else None, n_c, c.sd if c else None, entry.estimate.vi)


class Prior(NamedTuple):
    """A prior of tau: its family and its scale on the scale of pooling."""

    family: str
    scale: float


def prior_of(priors: Mapping[str, Any], outcome: Outcome, measure: str, sd: Callable[[], float]) -> Prior | None:
    """The settings' prior of tau for a measure; None where they have none.

    The prior of mean differences is stated on 0 to 100 points. In another unit it is that of standardised differences (half a
    standard deviation where there is none) times the outcome's SD in the settings, or what ``sd`` gives, the one of the trials.
    """
    if measure == "MD" and outcome.natural:
        chosen = priors.get("SMD", {"family": "half-normal", "scale": _OF_SD})
        spread = outcome.sd or sd()
        return None if math.isnan(spread) else Prior(chosen["family"], float(chosen["scale"]) * spread)
    prior = priors.get(measure)
    return None if prior is None else Prior(prior["family"], float(prior["scale"]))
