"""An analysis that is not what it was."""

from __future__ import annotations

from dataclasses import dataclass

from evidence_synthesis.compare.causes import Cause


@dataclass(frozen=True, slots=True)
class Moved:
    """An analysis that is new, gone or has moved; ``old`` and ``new`` are in words, ``shift`` in standard errors, ``unit`` that
    of mean differences where it is one of their own.

    ``rows`` are the changed rows of data behind it, ``causes`` the trials whose effects differ, each with what its change
    alone would have done. Both are empty where settings or method moved it.
    """

    analysis_id: str
    measure: str
    old: str
    new: str
    shift: float
    verdict: str
    rows: tuple[str, ...]
    causes: tuple[Cause, ...]
    tau2_old: float
    tau2_new: float
    unit: str = ""
