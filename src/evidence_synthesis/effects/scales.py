"""Between the scale on which effects are pooled and the one on which they are read."""

from __future__ import annotations

import math

from evidence_synthesis.review.schema import RATIOS

NO_EFFECT = {"MD": 0.0, "SMD": 0.0, "RD": 0.0, "RR": 1.0, "OR": 1.0, "HR": 1.0, "IRR": 1.0}


def natural(measure: str, value: float) -> float:
    """A value from the scale on which it is pooled to the one on which it is read (ratios: from the logarithm)."""
    if measure not in RATIOS or math.isnan(value):
        return value
    return math.exp(value) if value < 700 else math.inf


def linear(measure: str, value: float) -> float:
    """A value from the scale on which it is read to the one on which it is pooled: the inverse of ``natural``."""
    if measure not in RATIOS or math.isnan(value):
        return value
    return math.log(value) if value > 0 else -math.inf


def risk_with(measure: str, ratio: float, risk: float) -> float:
    """The risk with the treatment from a ratio (RR, OR, HR or IRR, not its logarithm) and the risk with the comparator.

    Handbook 15.4.4: risk ratios multiply the risk, odds ratios the odds. A hazard ratio is the power of the share without the
    event, ``1 - (1 - risk)**HR`` (Handbook, chapters 14 and 15); so is a ratio of rates that are steady in time, for the risk
    of at least one event.
    """
    if measure in ("HR", "IRR"):
        return float(-math.expm1(ratio * math.log1p(-risk)))
    if measure == "OR":
        return ratio * risk / (1 - risk + ratio * risk) if math.isfinite(ratio) else 1.0
    return min(risk * ratio, 1.0)
