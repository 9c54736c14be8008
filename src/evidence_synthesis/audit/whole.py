"""Whole-number scores: means that no such scores have (GRIM), and standard deviations (GRIMMER)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from evidence_synthesis.audit.lines import DOUBT, Evidence, Finding, Reading, about, close, shown, significant_digits
from evidence_synthesis.review.schema import number

_EXACT = 1e-9


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def sums(mean: float, n: int, decimals: int) -> list[int]:
    """Totals of n whole numbers whose mean rounds to ``mean`` at its printed decimals (Brown & Heathers 2017).

    doi:10.1177/1948550616673876; either way of rounding a half counts.
    """
    half = 0.5 * 10.0**-decimals
    low, high = math.ceil((mean - half) * n - _EXACT), math.floor((mean + half) * n + _EXACT)
    return list(range(low, high + 1))


def sd_fits(totals: Iterable[int], n: int, sd: float, decimals: int) -> bool:
    """Whether n whole numbers with one of these totals can have an SD that rounds to ``sd`` (GRIMMER).

    Anaya 2016 (doi:10.7287/peerj.preprints.2400v1): the sum of squares is a whole number, odd or even like the total.
    """
    half = 0.5 * 10.0**-decimals
    low, high = max(sd - half, 0.0) ** 2, (sd + half) ** 2
    for total in totals:
        squares = [total**2 / n + (n - 1) * variance for variance in (low, high)]
        first, last = math.ceil(squares[0] - _EXACT), math.floor(squares[1] + _EXACT)
        first += (first - total) % 2
        if first <= last:
            return True
    return False


def _tellable(evidence: Evidence, x: Reading) -> int | None:
    """People of an arm whose final mean of a whole-number score stands on the tool's own scale; None for others.

    Reviews rescale, so only what was read in the trial's own report counts.
    """
    own = evidence.whole_numbers.get(x.cells["instrument"])
    ends = [number(x.cells[c]) for c in ("scale_min", "scale_max")]
    if own is None or x.is_change or x.cells["read_in"] or x.mean is None or not x.n or x.n != int(x.n):
        return None
    return int(x.n) if all(close(a, b) for a, b in zip(own, ends, strict=True)) else None


def grim(evidence: Evidence) -> Iterator[Finding]:
    """Means that the printed number of people cannot give, where the decimals are fine enough to tell."""
    for x in evidence.readings:
        n, text = _tellable(evidence, x), x.text("mean").lstrip("-")
        if not n or not _decimals(text) or n >= 0.5 * 10 ** _decimals(text) or significant_digits(text) < 2:
            continue
        if not sums(float(x.text("mean")), n, _decimals(text)):
            yield about("grim", "n_conflict", DOUBT, (x,), f"{x.condition}: no {n} whole numbers have the mean {text}")


def grimmer(evidence: Evidence) -> Iterator[Finding]:
    """Standard deviations that no whole numbers with the printed mean have; rows that GRIM finds are left to it."""
    for x in evidence.readings:
        n, text = _tellable(evidence, x), x.text("sd")
        if not n or n < 2 or not _decimals(text) or x.sd is None:
            continue
        totals = sums(float(x.text("mean")), n, _decimals(x.text("mean")))
        if totals and not sd_fits(totals, n, x.sd, _decimals(text)):
            words = f"{x.condition}: no {n} whole numbers with the mean {x.text('mean')} have the SD {shown(x.sd)}"
            yield about("grimmer", "sd_inconsistent", DOUBT, (x,), words)


RULES = (grim, grimmer)
