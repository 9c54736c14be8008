"""What people give as options: taken where it can be what is asked, else refused in one sentence that says what is."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.effects.measures import EffectMeasure
from evidence_synthesis.errors import UnusableInput


def probability(name: str, value: object) -> float:
    """A number between 0 and 1. Raises UnusableInput for anything else."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 < float(value) < 1:
        raise UnusableInput(name, f"{value!r} is no probability between 0 and 1")
    return float(value)


def whole_number(name: str, value: object, least: int) -> int:
    """A whole number, ``least`` or above. Raises UnusableInput for anything else."""
    if not isinstance(value, Integral) or isinstance(value, bool) or int(value) < least:
        raise UnusableInput(name, f"a whole number of {least} or more is expected, not {value!r}")
    return int(value)


def above_zero(name: str, value: object, what: str) -> float:
    """A finite number above zero. Raises UnusableInput, which says ``what`` it should be, for anything else."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 < float(value) < np.inf:
        raise UnusableInput(name, f"{value!r} is no {what}: it must be a number above zero")
    return float(value)


def yes_or_no(name: str, value: object) -> bool:
    """True or False. Raises UnusableInput for anything else."""
    if not isinstance(value, (bool, np.bool_)):
        raise UnusableInput(name, f"True or False is expected, not {value!r}")
    return bool(value)


def effects_as_read(name: str, values: object, measure: EffectMeasure) -> tuple[Array, Array]:
    """Effects of a measure, one or several, as they are read and on the scale of pooling.

    Raises UnusableInput for what is no number, and for numbers that cannot be such an effect (a risk ratio of zero).
    """
    try:
        read = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise UnusableInput(name, f"effects are numbers, not {values!r}") from error
    if read.ndim > 1:
        raise UnusableInput(name, "one number or a list of them is expected, not a table")
    pooled = measure.pooling_scale(read)
    if not np.isfinite(pooled).all():
        wrong = float(read[~np.isfinite(pooled)][0])
        raise UnusableInput(name, f"{wrong:g} is no {measure.label[0].lower()}{measure.label[1:]}")
    return read, pooled
