r"""A document judged twice: on the trials of its time, and on those of today.

A verdict says that a statement holds (supported, leaning towards it, still unproven), that it does not (contradicted, leaning
against it, since overtaken), that it is open (open, or mixed: its readings differ), or that nothing tests it (not looked at).

=============  =========================  =====================  ======================================  ===================
then \\ today   holds                      open                   does not hold                           nothing tests it
=============  =========================  =====================  ======================================  ===================
holds          held then and holds        held then, no longer   held then, no longer                    held then, no longer
open           was ahead of the trials    open then and now      open then, does not hold now            open then, not tested now
does not hold  was ahead of the trials    did not hold then,     held neither then nor now               did not hold then,
                                          open now                                                       not tested now
not tested     was ahead of the trials    not tested then, open  not tested then, does not hold now      never tested
                                          now
=============  =========================  =====================  ======================================  ===================

The last column can be reached only where a trial was retracted. A document without a date has no trials of its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evidence_synthesis.conclusions.claims.material import OVERTAKEN, STILL_UNPROVEN
from evidence_synthesis.synthesis.regions import CONTRADICTED, LEANING, LEANING_AGAINST, NOT_LOOKED_AT, OPEN, SUPPORTED
from evidence_synthesis.synthesis.rows.statements import MIXED
from evidence_synthesis.synthesis.rows.through_time import (
    AHEAD,
    HELD_AND_HOLDS,
    NEVER_TESTED,
    NO_DATE,
    NO_LONGER,
)

HOLDS, UNDECIDED, FAILS, UNTESTED = "holds", "open", "does not hold", "nothing tests it"
STANDS: dict[str, str] = {
    **dict.fromkeys((SUPPORTED, LEANING, STILL_UNPROVEN), HOLDS),
    **dict.fromkeys((OPEN, MIXED), UNDECIDED),
    **dict.fromkeys((CONTRADICTED, LEANING_AGAINST, OVERTAKEN), FAILS),
    NOT_LOOKED_AT: UNTESTED,
}
TWICE: dict[tuple[str, str], str] = {
    (HOLDS, HOLDS): HELD_AND_HOLDS,
    **{(HOLDS, now): NO_LONGER for now in (UNDECIDED, FAILS, UNTESTED)},
    **{(then, HOLDS): AHEAD for then in (UNDECIDED, FAILS, UNTESTED)},
    (UNDECIDED, UNDECIDED): "open then and now",
    (UNDECIDED, FAILS): "open then, does not hold now",
    (UNDECIDED, UNTESTED): "open then, not tested now",
    (FAILS, UNDECIDED): "did not hold then, open now",
    (FAILS, FAILS): "held neither then nor now",
    (FAILS, UNTESTED): "did not hold then, not tested now",
    (UNTESTED, UNDECIDED): "not tested then, open now",
    (UNTESTED, FAILS): "not tested then, does not hold now",
    (UNTESTED, UNTESTED): NEVER_TESTED,
}


def judged_twice(then: str | None, now: str) -> str:
    """What the verdict at the time of a document and that of today say together; None: the document has no date.

    >>> judged_twice("open", "supported")
    'was ahead of the trials'
    """
    return NO_DATE if then is None else TWICE[STANDS[then], STANDS[now]]


def document_year(document: Mapping[str, str]) -> int | None:
    """The year whose trials a document could know; None where it has no date."""
    day = str(document.get("updated") or "")
    return int(day[:4]) if day else None


def since(verdicts: Iterable[tuple[int, str]], now: str) -> int | None:
    """The year from whose end on the verdict has been that of today without a break; None where no year ends with it."""
    found: int | None = None
    for year, verdict in verdicts:
        found = (found or year) if verdict == now else None
    return found
