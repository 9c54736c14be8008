"""Which of several arms is the comparator, by its name: a control by whole words, or the part of a treatment with an addition."""

from __future__ import annotations

import re
from collections.abc import Sequence

CONTROL_ARM = re.compile(
    r"\b(placebo|pbo|control|controls|ctrl|sham|vehicle|comparator|usual [a-z]+|standard (care|treatment|therapy)"
    r"|standard of care|treatment as usual|care as usual|tau|cau|uc|soc|wait(ing)?[- _]?list|wl|wlc|untreated"
    r"|nothing|none|inactive|minimal (care|intervention|treatment|contact)|unvaccinated"
    r"|no[ _-](?!\d)[a-z]+|no(treatment|intervention|therapy)"
    r"|t[eé]moin|contr[oô]le?|controllo|kontroll(e|gruppe)|плацебо|контроль|контрольная|εικονικό|ελέγχου)\b"
    r"|^(c|ctl|con|cg|plac|plc|wait|usual|standard|conventional|routine)$|安慰剂|安慰劑|对照|對照|対照|プラセボ|假针|대조|위약|الضابطة|وهمي",
    re.IGNORECASE,
)
_ADDED = re.compile(r"\s*(?:\+|\bplus\b|\band\b|&|加)\s*", re.IGNORECASE)


def _parts(name: str) -> frozenset[str]:
    """The treatments of a name: ``Drug + usual care`` are two."""
    return frozenset(part.casefold() for part in _ADDED.split(name.strip()) if part)


def controls_among(names: Sequence[str]) -> list[str]:
    """The names that are controls beside the others: called so, and of these not those with something added.

    Where none or all are called so, the ones that are a part of all others: ``Exercise`` beside ``Exercise + TENS``.
    """
    called = [name for name in names if CONTROL_ARM.search(name)]
    if called and len(called) < len(names):
        return [c for c in called if not any(_parts(other) < _parts(c) for other in called)]
    return [name for name in names if len(names) > 1 and all(_parts(name) < _parts(o) for o in names if o != name)]


def second_is_treatment(first: str, second: str) -> bool:
    """Whether of two arms the first is the comparator."""
    return controls_among([first, second]) == [first]
