"""Which treatment a result informs: taxonomy, components, and the two directions of a comparison.

A result compares two arms and informs both: manipulation against exercise counts, turned, for exercise against passive
treatment. What both arms received informs neither, so exercise is not judged by 'manipulation plus exercise against
exercise', while manipulation is, in the set of treatments added to an active one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence_synthesis.review.schema import CONTROL_CLASS, Result
from evidence_synthesis.review.settings import ComparatorGroup
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import Cells


@dataclass(frozen=True, slots=True)
class Contrast:
    """One direction of a result: what is judged, against what. ``turned`` when it is the row's comparator."""

    row_id: str
    subject: str
    versus: str
    turned: bool
    added_to: frozenset[str]


def without_numbers(
    unusable: Iterable[Cells], members: Iterable[str], outcome: str, regions: Iterable[str] | None
) -> list[Cells]:
    """Results of trials with these treatments in an arm that are known without poolable numbers.

    For an outcome, or where the outcome is not stated; in these regions (None: anywhere).
    """
    ids, places = set(members), None if regions is None else set(regions)
    return [
        row
        for row in unusable
        if row["outcome"] in ("", outcome)
        and (row["treatment"] in ids or row["comparator"] in ids)
        and (places is None or row["region"] in places)
    ]


def _added_to(taxonomy: Taxonomy, subject: frozenset[str], versus: frozenset[str]) -> frozenset[str]:
    """Classes of what both arms received, when the comparator received nothing else (or only an inactive control)."""
    common = subject & versus
    rest = {taxonomy[c].family for c in versus - common}
    return frozenset(taxonomy[c].kind for c in common) if rest <= {"inactive"} else frozenset()


def contrasts(result: Result, taxonomy: Taxonomy) -> Iterator[Contrast]:
    """The directions in which a result is informative; none when both arms had the same treatment.

    Control conditions are never the subject, nor is a treatment that both arms received.
    """
    if result.treatment == result.comparator:
        return
    parts = (
        taxonomy.parts(result.treatment, result.components_t),
        taxonomy.parts(result.comparator, result.components_c),
    )
    if parts[0] == parts[1]:  # the same content, differently delivered: the arms differ by what they are called
        parts = (frozenset({result.treatment}), frozenset({result.comparator}))
    sides = ((result.treatment, parts[0]), (result.comparator, parts[1]))
    for turned in (False, True):
        (subject, own), (versus, other) = reversed(sides) if turned else sides
        if taxonomy[subject].kind == CONTROL_CLASS or not own - other:
            continue
        yield Contrast(result.row_id, subject, versus, turned, _added_to(taxonomy, own, other))


def belongs(contrast: Contrast, group: ComparatorGroup, taxonomy: Taxonomy) -> bool:
    """Whether a contrast belongs to a group of comparators.

    A single treatment given with X against X alone is no comparison with X: it counts among those added to X only.
    Combined treatments (their own class) are compared with X as such too.
    """
    versus, subject = taxonomy[contrast.versus], taxonomy[contrast.subject]
    if group.added_to is not None:
        return group.added_to in contrast.added_to
    if group.everything:
        return True
    if versus.kind in contrast.added_to and subject.kind != "combined":
        return False
    return versus.treatment_id in group.ids or versus.family in group.families or versus.kind in group.classes
