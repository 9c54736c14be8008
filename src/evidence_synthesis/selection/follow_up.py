"""When a result was measured: weeks from randomisation, and the window of follow-up that they fall into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Window


@dataclass(frozen=True, slots=True)
class Timed:
    """The window of a result: its term, and how far its time lies from the window's target."""

    term: str
    distance: float


def weeks_from_randomisation(result: Result) -> float | None:
    """Time since randomisation; the course is added where a source counts from its end and tells its length."""
    if result.weeks is None:
        return None
    return result.weeks + (result.course_weeks or 0.0 if result.weeks_from == "end of treatment" else 0.0)


def time_notes(result: Result) -> str:
    """What is doubtful about a time: counted from an end of treatment of unknown date, or only a category."""
    if result.weeks is None:
        return "category of the source" if result.term_as_printed else ""
    unknown = result.weeks_from == "end of treatment" and result.course_weeks is None
    return "counted from the end of treatment, whose length is not known" if unknown else ""


def window_of(result: Result, windows: Iterable[Window]) -> Timed | None:
    """The window in which a result lies: by its time, else by the source's own category; None when neither is known."""
    weeks = weeks_from_randomisation(result)
    for window in windows:
        if weeks is not None and window.holds(weeks):
            return Timed(window.term, abs(weeks - window.target))
        if weeks is None and window.term == result.term_as_printed:
            return Timed(window.term, float("inf"))
    return None
