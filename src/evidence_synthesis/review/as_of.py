"""What was published by a date: the checked tables as they would have been then.

Of publications only the year is known. One of the date's own year counts as published by then; one without a year is not
counted as of any date, since nobody can say that it was there. A retraction counts from its own date (``status_date`` of a
trial): before it the trial stands as it was printed, and a retraction without a date counts at any time.

What was published is cut, not what we know of it: judgements of risk of bias, corrections and the place in which a result was
read are those of today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.review.schema import REVIEW_TRIALS, TRIALS
from evidence_synthesis.storage.files import Cells

STATUS_DATE = "status_date"  # of a trial: the day or the year of its retraction or of the expression of concern
_PRINTED = "printed"
_ESTIMATES = "published_estimates"
_OWN_YEAR = (_ESTIMATES, "unusable_results", "harms_outside_trials")
_OF_TODAY = ("certainty_overrides",)  # what a person decided on the evidence of today


class NoDate(EvidenceError, ValueError):
    """A text that is no date."""


class NothingPublished(EvidenceError):
    """No trial of a review was published by a date."""


def day_of(text: str) -> date:
    """A date such as 2015-12-02; a year alone is its last day. Raises NoDate."""
    try:
        return date(int(text), 12, 31) if len(text) == 4 else date.fromisoformat(text)
    except ValueError:
        raise NoDate(f"{text!r} is no date; write it as 2015-12-02, or a year alone for its end") from None


@cache
def year_in(text: str) -> int | None:
    """The year of a cell; None where it has none."""
    return int(float(text)) if text else None


def source_years(sources: Sequence[Cells]) -> dict[str, int]:
    """The year of each trial report that has one, by its source id."""
    found = {s["source_id"]: year_in(s["year"]) for s in sources if s["kind"] == "trial report"}
    return {source: year for source, year in found.items() if year is not None}


def year_of(trial_year: float | None, source_id: str, years: Mapping[str, int]) -> int | None:
    """The year in which a result was published: that of the report that prints it, else that of its trial's first report.

    A follow-up that a later report adds is known from then on only, and never before its trial.
    """
    first = None if trial_year is None else int(trial_year)
    own = years.get(source_id)
    if first is None or own is None:
        return first if own is None else own
    return max(first, own)


def _status_at(row: Mapping[str, str], day: date) -> Mapping[str, str]:
    """A row of results with the status that its trial had."""
    told = row.get(STATUS_DATE, "")
    if not row.get("status") or not told or day_of(told) <= day:
        return row
    return {**row, "status": "", "status_source": ""}


def _there(year: int | None, day: date) -> bool:
    return year is not None and year <= day.year


def as_of(tables: Mapping[str, Sequence[Cells]], day: date) -> dict[str, list[dict[str, str]]]:
    """The checked tables of a package (``review.trials.check_package``) with what was published by a day, in the same order.

    Raises NothingPublished where no trial is left.
    """
    years = source_years(tables["sources"])
    cut: dict[str, list[dict[str, str]]] = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for name in (TRIALS, _PRINTED):
        there = [row for row in tables.get(name, ()) if _there(year_of(year_in(row["year"]), row["source_id"], years), day)]
        cut[name] = [dict(_status_at(row, day)) for row in there]
    if tables[TRIALS] and not cut[TRIALS]:
        raise NothingPublished(f"no trial of the review was published by {day}")
    for name in _OWN_YEAR:
        cut[name] = [dict(row) for row in tables.get(name, ()) if _there(year_in(row["year"]), day)]
    reviews = {row["review"] for row in cut.get(_ESTIMATES, ())} | {row["source_id"] for row in tables["sources"]}
    cut[REVIEW_TRIALS] = [dict(row) for row in tables.get(REVIEW_TRIALS, ()) if row["review"] in reviews]
    for name in _OF_TODAY:
        cut[name] = []
    return cut
