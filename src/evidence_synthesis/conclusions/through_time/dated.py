"""What statements are judged by, with the year in which each of it was published; and what of it was there at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from evidence_synthesis.conclusions.claims.lasting import first_and_last
from evidence_synthesis.conclusions.claims.material import Material
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.as_of import STATUS_DATE, day_of, source_years, year_in, year_of
from evidence_synthesis.review.claims_file import AMOUNT, ONLY_SHORT, RARE_HARM, StatementPart
from evidence_synthesis.selection.claim_questions import ANALYSED, Question, eligible, question_of
from evidence_synthesis.selection.contrasts import without_numbers
from evidence_synthesis.storage.files import Cells

_T = TypeVar("_T")


@dataclass(frozen=True)
class Dated:
    """Material, and by row id the year of each result (none: not known) and the day on which its trial was retracted.

    Retractions without a day count at any time.
    """

    material: Material
    years: Mapping[str, int]
    retracted: Mapping[str, date]

    @cached_property
    def never_retracted(self) -> Material:
        """The material with every trial as it stood before its retraction, so that what it gave is among what may enter."""
        if not self.retracted:
            return self.material
        return replace(self.material, converted=[self.then(c, 0) for c in self.material.converted])

    @property
    def moments(self) -> list[int]:
        """The years in which something of it was published or retracted, in order."""
        known = [year_in(row["year"]) for rows in (self.material.unusable, self.material.outside) for row in rows]
        days = (day.year for day in self.retracted.values())
        return sorted({*self.years.values(), *days, *(year for year in known if year is not None)})

    def by(self, year: int) -> Material:
        """What was published by the end of a year."""
        return self.with_later(year, year, frozenset())

    def with_later(self, year: int, until: int | None, later: Set[str]) -> Material:
        """What was published by the end of a year, and what the trials named in ``later`` published up to another one.

        ``until`` None: whenever, and of unknown year, too. Trials are named by their ids, results known without numbers as by
        ``name_of``.
        """

        def there(own: int | None, name: str) -> bool:
            if own is not None and own <= year:
                return True
            return name in later and (until is None or (own is not None and own <= until))

        def end(name: str) -> int | None:
            return until if name in later else year

        material, years = self.material, self.years
        results = [c for c in material.converted if there(years.get(c.result.row_id), c.result.trial_id)]
        return replace(
            material,
            converted=[self.then(c, end(c.result.trial_id)) for c in results],
            unusable=[r for r in material.unusable if there(year_in(r["year"]), name_of(r))],
            outside=[r for r in material.outside if there(year_in(r["year"]), "")],
        )

    def later(self, year: int, until: int | None) -> dict[str, str]:
        """Trials with something published, or retracted, after a year and up to another: labels by name, oldest first."""

        def between(own: int | None) -> bool:
            return until is None if own is None else own > year and (until is None or own <= until)

        found: dict[str, tuple[int, str]] = {}
        for item in self.material.converted:
            result, day = item.result, self.retracted.get(item.result.row_id)
            for own in (self.years.get(result.row_id), *([day.year] if day else ())):
                if between(own):
                    found.setdefault(result.trial_id, (own or 9999, result.study or result.trial_id))
        for row in self.material.unusable:
            own = year_in(row["year"])
            if between(own):
                found.setdefault(name_of(row), (own or 9999, row["study"]))
        return {name: label for name, (_, label) in sorted(found.items(), key=lambda entry: (*entry[1], entry[0]))}

    def then(self, item: Converted, year: int | None) -> Converted:
        """A result with the status that its trial had at the end of a year; as it is now for None."""
        day = self.retracted.get(item.result.row_id)
        if day is None or year is None or day.year <= year:
            return item
        return replace(item, result=replace(item.result, status="", status_source=""))


def name_of(row: Cells) -> str:
    """What a result known without numbers is about: its trial, or the study where that is no trial of the review."""
    return row["trial_id"] or row["study"]


def last_year(searches: Iterable[Cells]) -> int | None:
    """The year of the last search: no publication that the review knows can be of a later one."""
    return max((int(row["date"][:4]) for row in searches if row["date"]), default=None)


def dated(material: Material, checked: Sequence[Cells], sources: Sequence[Cells], last: int | None = None) -> Dated:
    """Material with its years, from the checked rows of results and the sources.

    A year after ``last``, that of the last search, cannot be right and counts as not known.
    """
    reports = source_years(sources)
    years = {r["row_id"]: year_of(year_in(r["year"]), r["source_id"], reports) for r in checked}
    retracted = {r["row_id"]: day_of(r[STATUS_DATE]) for r in checked if r.get("status") and r.get(STATUS_DATE)}
    known = {row_id: year for row_id, year in years.items() if year is not None and (last is None or year <= last)}
    return Dated(replace(material, published=(), beside_each=False), known, retracted)


def _questions(part: StatementPart, material: Material) -> list[Question]:
    """What a part asks of pooled trials; nothing where it counts trials or harms."""
    if part.kind not in (*ANALYSED, ONLY_SHORT):
        return []
    terms = first_and_last(material.settings) if part.kind == ONLY_SHORT else (part.term,)
    return [question_of(part, material.settings, term=term) for term in terms]


def _rows(part: StatementPart, material: Material) -> tuple[list[Converted], list[Cells]]:
    """The results that the answer to a part can depend on, and those known without numbers."""
    members, people = part.treatment.members, part.population
    questions = _questions(part, material)
    if questions:  # what may enter, whatever else of its trial is preferred in the end
        domain = questions[0].outcome.domain
        found = [eligible(q, material.on(domain), material.settings, material.taxonomy) for q in questions]
        ids = {c.result.row_id for trials in found for candidates in trials.values() for c in candidates}
        converted = [item for item in material.on(domain) if item.result.row_id in ids]
        return converted, without_numbers(material.unusable, members, domain, people.regions)
    unusable = [row for row in material.unusable if {row["treatment"], row["comparator"]} & members]
    own = [
        item
        for item in material.converted
        if {item.result.treatment, item.result.comparator} & members and people.holds(item.result.region, item.result.chronicity)
    ]
    if part.kind != AMOUNT:
        return own, unusable
    trials = {item.result.trial_id for item in own} | {row["trial_id"] for row in unusable}
    return [item for item in material.converted if item.result.trial_id in trials], unusable


def about(part: StatementPart, whole: Dated) -> Dated:
    """What of the material the answer to a part can depend on.

    Results that its questions may use; where trials or harms are counted, all results of its treatments, and of such trials.
    """
    material, members = whole.material, part.treatment.members
    standing, unusable = _rows(part, whole.never_retracted)
    rows = {item.result.row_id for item in standing}
    outcomes = dict.fromkeys(item.result.outcome for item in standing)
    among = material.on(next(iter(outcomes))) if len(outcomes) == 1 else material.converted
    converted = [item for item in among if item.result.row_id in rows]
    outside = [row for row in material.outside if row["treatment"] in members] if part.kind == RARE_HARM else []
    return Dated(
        replace(material, converted=converted, unusable=unusable, outside=outside),
        _of(converted, whole.years),
        _of(converted, whole.retracted),
    )


def _of(converted: Iterable[Converted], known: Mapping[str, _T]) -> dict[str, _T]:
    """What is known of these results, by their ids."""
    return {item.result.row_id: known[item.result.row_id] for item in converted if item.result.row_id in known}
