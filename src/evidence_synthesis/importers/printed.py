"""Printed effects with their intervals in one cell, as papers write them: ``0.85 (0.60 to 1.20)``, ``HR 0.7 [0.4; 1.2]*``."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence_synthesis.importers.cells import cleaned

_NUM = r"[-+]?(?:\d+(?:[.,]\d+)?|[.]\d+)"
_RANGE = rf"({_NUM})\s*(?:to|and|bis|und|a|à|até|et|до|και|至|から|;|,|-|~|/|\.\.)\s*({_NUM})"
_LIMITS = re.compile(rf"[\[(]?\s*{_RANGE}\s*[\])]?", re.IGNORECASE)
_WITH_LIMITS = re.compile(rf"({_NUM})(?:\s*[\[(;]\s*|,?\s+)(.+)")
_WIDE_SIGNS = str.maketrans("（）［］｛｝{}，；：～＝％", "()[][][],;:~=%")
_SIGN_APART = re.compile(r"(^|[(\[;,]|[^\W\d_])\s*([-+])\s+(?=[\d.])")  # - 9.1 to - 1.3, but not 0.4 - 1.2
_MEASURE = re.compile(
    r"^(?:(?:adj(?:usted)?|unadj(?:usted)?|crude)\.?\s*)?[as]?(?:HR|OR|RR|RD|I?RR|W?MD|SMD)\s*[=:]?\s*(?=[-+\d.(])", re.IGNORECASE
)
_LEVEL = re.compile(
    r"(\d\d(?:[.,]\d)?)\s*%\s*-?\s*(?:C[Ir]*I|IC|KI|CL|ДИ|ΔΕ|confidence interval|置信区间)?\s*[:=,]?\s*", re.IGNORECASE
)
_INTERVAL = re.compile(r"\b(?:C[Ir]*I|IC|KI)\b\s*[:=,]?\s*", re.IGNORECASE)
_P_VALUE = re.compile(r"[,;]?\s*\(?\s*\bp\s*(?:-?value)?\s*[<>=\u2264\u2265]\s*0?[.,]?\d+\s*(?=\)|\]|$)", re.IGNORECASE)
_MARKS = re.compile(r"[*\u2020\u2021\u00a7\u00b6\u00b9\u00b2\u00b3\u1d43\u1d47\u1d9c]+$")
_OPENING, _CLOSING = "([", ")]"


class Printed(NamedTuple):
    """What a cell prints, as it is written: an effect, its limits, and the level of these in per cent; None where absent."""

    effect: str | None
    low: str
    high: str
    level: float | None


def printed(cell: object) -> Printed | None:
    """The limits that a cell prints, with the effect where it does; None where it prints no limits."""
    text = _P_VALUE.sub("", _MARKS.sub("", cleaned(cell).translate(_WIDE_SIGNS)).strip())
    text = _SIGN_APART.sub(r"\1 \2", _MEASURE.sub("", text)).strip()
    level = _LEVEL.search(text)
    bare = _balanced(_INTERVAL.sub("", _LEVEL.sub("", text)).strip())
    said = float(level[1].replace(",", ".")) if level else None
    if (alone := _LIMITS.fullmatch(bare)) and ("/" not in bare or bare[0] in _OPENING):
        return Printed(None, alone[1], alone[2], said)
    both = _WITH_LIMITS.fullmatch(bare)
    limits = _LIMITS.fullmatch(both[2]) if both else None
    return Printed(both[1], limits[1], limits[2], said) if both and limits else None


def _balanced(text: str) -> str:
    """A text without a last bracket that was never opened, and without double ones."""
    for opening, closing in zip(_OPENING, _CLOSING, strict=True):
        text = text.replace(opening * 2, opening).replace(closing * 2, closing)
    return text
