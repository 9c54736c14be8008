"""Which trials published reviews include, as far as anybody listed them or a page of the review shows it.

Three things tell it: lists (``review_trials.csv``), whole or in part; judgements of risk of bias that were read on a page of
the review; results that were read in it. Only a whole list tells which trials a review does not have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis.conclusions.other_reviews.listed import ListedTrial, listed_trials, trial_key
from evidence_synthesis.conclusions.other_reviews.reviews import ReviewNames
from evidence_synthesis.review.schema import DECISION_COLUMNS
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import Question
from evidence_synthesis.storage.files import Cells

WHOLE = "yes"  # in the column ``complete``
LIST, JUDGEMENT, RESULT = "list", "judgement", "result"  # what tells that a review includes a trial


def _whole(rows: Collection[ListedTrial]) -> bool:
    """Whether rows are a whole list; those of packages of before do not say so."""
    return bool(rows) and all(row.cells.get("complete", "") == WHOLE for row in rows)


def _identities(rows: Iterable[ListedTrial]) -> frozenset[str]:
    return frozenset(row.identity for row in rows)


@dataclass(frozen=True, slots=True)
class KnownTrials:
    """The trials that a review is known to include; ``whole`` where it has no others (on what is asked)."""

    review: str
    trials: frozenset[str]
    whole: bool


def _shown(names: ReviewNames, checked: Iterable[Cells], judgements: Iterable[Cells]) -> dict[str, dict[str, set[str]]]:
    """By review the trials that a judgement or a result read in it shows to be included, and which of the two does.

    Results that a decision excludes show nothing: the decision may be that they belong to another trial.
    """
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    here = set()
    for row in checked:
        here.add(row["trial_id"])
        if row[DECISION_COLUMNS[0]] != "exclude" and row["source_kind"] == "review table":
            review = names.keys.get(f"review {row['read_in']}", "") if row["read_in"] else names.on_page(row["read_at"])
            if review:
                found[review][row["trial_id"]].add(RESULT)
    for row in judgements:
        if row["trial_id"] in here:
            known = names.keys.get(f"review {row['source_id']}", "") if row["source_id"] else ""
            review = known or names.on_page(row["url"], row["note"])
            if review:
                found[review][row["trial_id"]].add(JUDGEMENT)
    return {review: dict(trials) for review, trials in found.items()}


@dataclass(frozen=True)
class TrialLists:
    """What is known of reviews' trials, by the key of the review.

    ``rows`` has what was listed, ``shown`` the trials (by id) that judgements and results show, ``asked`` for each trial the
    treatments, outcomes and people of its results, ``trial_of`` the trial of each result in the data.
    """

    names: ReviewNames
    rows: Mapping[str, Sequence[ListedTrial]]
    shown: Mapping[str, Mapping[str, Collection[str]]]
    asked: Mapping[str, Collection[tuple[str, str, str, str]]]
    trial_of: Mapping[str, str]

    @classmethod
    def of(
        cls,
        listed: Iterable[Cells],
        published: Sequence[Cells],
        sources: Sequence[Cells],
        checked: Sequence[Cells] = (),
        judgements: Iterable[Cells] = (),
    ) -> TrialLists:
        """From the rows of ``review_trials``, the tables that name reviews, the checked results and the judgements."""
        names = ReviewNames.of(published, sources)
        rows: dict[str, list[ListedTrial]] = {}
        for entry in listed_trials(listed, sources, checked):
            rows.setdefault(names.key(entry.cells["review"]), []).append(entry)
        asked: dict[str, set[tuple[str, str, str, str]]] = defaultdict(set)
        for row in checked:
            asked[row["trial_id"]].add((row["treatment"], row["outcome"], row["region"], row["chronicity"]))
        trial_of = {row["row_id"]: row["trial_id"] for row in checked}
        return cls(names, rows, _shown(names, checked, judgements), dict(asked), trial_of)

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
                own = said.setdefault(self.names.key(row["review"]), {})
                own[row["treatment"], row["region"], row["outcome"]] = None
        found = []
        for review, rows in self.rows.items():
            for row in (row.cells for row in rows if not row.trial_id):
                study = spelt.get(" ".join(row["trial"].casefold().split()), row["trial"])
                told = {"study": study, "doi": row["doi"], "pmid": row["pmid"], "what_is_known": f"pooled by {row['review']}"}
                asked = dict.fromkeys((row["treatment"] or t, r, row["outcome"] or o) for t, r, o in said.get(review, {}))
                places = [{"treatment": t, "region": r, "outcome": o} for t, r, o in asked or {(row["treatment"], "", ""): None}]
                found += [{**empty, **told, **place} for place in places]
        return found

    def known_of(self, review: str) -> KnownTrials:
        """All trials that a review is known to include.

        They are whole where a whole list is of no single treatment or outcome.
        """
        rows = self.rows.get(review, ())
        general = [r for r in rows if not (r.cells["treatment"] or r.cells["outcome"])]
        if _whole(general):
            return KnownTrials(review, _identities(general), True)
        return KnownTrials(review, _identities(rows) | frozenset(map(trial_key, self.shown.get(review, ()))), False)

    def whole_on(self, review: str) -> dict[tuple[str, str], KnownTrials]:
        """The whole lists of a review by the treatment and the outcome that they are of, as far as they name a treatment."""
        lists: dict[tuple[str, str], list[ListedTrial]] = defaultdict(list)
        for row in self.rows.get(review, ()):
            lists[row.cells["treatment"], row.cells["outcome"]].append(row)
        return {of: KnownTrials(review, _identities(rows), True) for of, rows in lists.items() if of[0] and _whole(rows)}

    def on(self, question: Question, published: Iterable[Cells], taxonomy: Taxonomy) -> list[KnownTrials]:
        """The known trials of each review that pools a question (``published``: its estimates); reviews of which none is known
        stay out.

        Trials that a list gives for another treatment or outcome are left out, and of trials that judgements or results show
        those that have no result on the question's treatments, outcome and people here.
        """
        families = {taxonomy[m].family for m in question.subject}
        whole = {f for f in families if set(taxonomy.members(f"family-{f}")) <= question.subject}
        subject, outcome = question.subject | whole | {""}, ("", question.outcome.outcome)
        found = []
        for review in dict.fromkeys(self.names.key(row["review"]) for row in published):
            listed = self.rows.get(review, ())
            rows = [r for r in listed if r.cells["treatment"] in subject and r.cells["outcome"] in outcome]
            trials = _identities(rows)
            if _whole(rows):
                found.append(KnownTrials(review, trials, True))
                continue
            trials |= {trial_key(t) for t in self.shown.get(review, ()) if self._bears_on(t, question)}
            if trials:
                found.append(KnownTrials(review, trials, False))
        return found

    def _bears_on(self, trial: str, question: Question) -> bool:
        """Whether a trial in the data has a result on a question's treatments, outcome and people."""
        return any(
            treatment in question.subject and outcome == question.outcome.domain and question.population.holds(region, since)
            for treatment, outcome, region, since in self.asked.get(trial, ())
        )
