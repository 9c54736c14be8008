"""What spreadsheets do to the text of a cell, taken back where one text alone can have been meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

SIGNS = str.maketrans({c: "-" for c in "\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d"})  # of numbers; words keep their dashes
_SPACES = re.compile("[\u00a0\u2007\u2009\u202f\u200b\ufeff]")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMMA = re.compile(r"(-?\d*),(\d+)")
_WHOLE = re.compile(r"(-?\d+)\.0+")


def mended_number(text: str, whole: bool = False, decimal_comma: bool = False) -> str | None:
    """A cell of a column of numbers as it was meant: spaces, other minus signs, a decimal comma, the ``.0`` of a whole number.

    None where it may mean two things (1,234) or is no number. ``decimal_comma`` says that the file writes numbers so.

    >>> mended_number("\u22121,5"), mended_number("2016.0", whole=True), mended_number("1,234")
    ('-1.5', '2016', None)
    """
    plain = _SPACES.sub(" ", text).strip().translate(SIGNS)
    comma = _COMMA.fullmatch(plain)
    if comma:
        if len(comma[2]) == 3 and comma[1].lstrip("-") not in ("", "0") and not decimal_comma:
            return None
        plain = f"{comma[1]}.{comma[2]}"
    plain = plain.removeprefix("+")
    if not _NUMBER.fullmatch(plain):
        return None
    ended = _WHOLE.fullmatch(plain)
    return ended[1] if whole and ended else plain


def mended_word(text: str, words: Sequence[str]) -> str | None:
    """The word of a vocabulary that a cell holds in capitals, or with other spaces; None where that is not one word.

    >>> mended_word("Waiting list ", ["waiting_list", "sham"]), mended_word("list", ["waiting_list", "sham"])
    ('waiting_list', None)
    """
    found = [word for word in words if _letters(word) == _letters(text)]
    return found[0] if len(found) == 1 else None


def _letters(text: str) -> str:
    return " ".join(_SPACES.sub(" ", text).replace("_", " ").split()).casefold()
