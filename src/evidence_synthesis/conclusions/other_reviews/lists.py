"""Which trials published reviews pool, as far as somebody listed them (``review_trials.csv``): what their overlap is told by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import Question
from evidence_synthesis.storage.files import Cells


def identity_of(row: Cells) -> str:
    """What tells a listed trial from others: the trial of this review, else DOI, PubMed number, or the name as it is cited."""
    for prefix, column in (("trial", "trial_id"), ("doi", "doi"), ("pmid", "pmid")):
        if row[column]:
            return f"{prefix} {row[column].lower()}"
    return f"name {' '.join(row['trial'].casefold().split())}"


@dataclass(frozen=True)
class TrialLists:
    """Lists of reviews' trials. ``rows`` has those of each review, ``names`` the one name of a review that has several.

    A review can stand under its name in the published estimates and under its source id; the DOI tells that it is one.
    """

    rows: Mapping[str, Sequence[Cells]]
    names: Mapping[str, str]

    @classmethod
    def of(cls, listed: Iterable[Cells], published: Iterable[Cells], sources: Iterable[Cells]) -> TrialLists:
        """Lists from the rows of ``review_trials``, with the tables that name reviews."""
        ids = {row["doi"].lower(): row["source_id"] for row in sources if row["doi"] and row["kind"] != "trial report"}
        names = {row["review"]: ids[row["doi"].lower()] for row in published if row["doi"].lower() in ids}
        rows: dict[str, list[Cells]] = {}
        for row in listed:
            rows.setdefault(names.get(row["review"], row["review"]), []).append(row)
        return cls(rows, names)

    def not_here(self, known: Collection[Cells], published: Iterable[Cells], taxonomy: Taxonomy) -> list[dict[str, str]]:
        """Listed trials that this review does not have, in the form of results known without numbers (``known`` has those).

        Regions, and treatments and outcomes where the list does not tell them, are those of the review's own estimates; a
        trial that is known by the same name keeps that name's spelling.
        """
        spelt = {" ".join(row["study"].casefold().split()): row["study"] for row in known}
        empty = dict.fromkeys(next(iter(known), {}), "")
        said: dict[str, dict[tuple[str, str, str], None]] = {}
        for row in published:
            if row["treatment"] in taxonomy.conditions:
                own = said.setdefault(self.names.get(row["review"], row["review"]), {})
                own[row["treatment"], row["region"], row["outcome"]] = None
        found = []
        for review, rows in self.rows.items():
            for row in (row for row in rows if not row["trial_id"]):
                study = spelt.get(" ".join(row["trial"].casefold().split()), row["trial"])
                told = {"study": study, "doi": row["doi"], "pmid": row["pmid"], "what_is_known": f"pooled by {row['review']}"}
                asked = dict.fromkeys((row["treatment"] or t, r, row["outcome"] or o) for t, r, o in said.get(review, {}))
                places = [{"treatment": t, "region": r, "outcome": o} for t, r, o in asked or {(row["treatment"], "", ""): None}]
                found += [{**empty, **told, **place} for place in places]
        return found

    def on(self, question: Question, published: Iterable[Cells], taxonomy: Taxonomy) -> list[frozenset[str]]:
        """The listed trials of each review that pools a question (``published``: its estimates), as far as there is a list.

        Trials that a list gives for another treatment or outcome are left out.
        """
        families = {taxonomy[m].family for m in question.subject}
        whole = {f for f in families if set(taxonomy.members(f"family-{f}")) <= question.subject}
        subject, outcome = question.subject | whole | {""}, ("", question.outcome.outcome)
        reviews = dict.fromkeys(self.names.get(row["review"], row["review"]) for row in published)
        found = [
            frozenset(identity_of(r) for r in self.rows.get(name, ()) if r["treatment"] in subject and r["outcome"] in outcome)
            for name in reviews
        ]
        return [trials for trials in found if trials]
