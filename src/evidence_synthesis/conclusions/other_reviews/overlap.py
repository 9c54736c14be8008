"""How far published reviews rest on the same trials, and on ours: exactly from whole lists, else at least."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations

from evidence_synthesis.conclusions.other_reviews.listed import trial_key
from evidence_synthesis.conclusions.other_reviews.lists import JUDGEMENT, RESULT, KnownTrials, TrialLists
from evidence_synthesis.review.schema import number
from evidence_synthesis.stats.overlap import corrected_covered_area, degree_of_overlap
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.rows.other_reviews import ReviewInclusions, ReviewOverlap
from evidence_synthesis.wording import count


def in_several(reviews: Iterable[KnownTrials]) -> int:
    """How many trials at least two of the reviews are known to include."""
    return sum(n > 1 for n in Counter(trial for review in reviews for trial in review.trials).values())


def whole_area(reviews: Iterable[KnownTrials]) -> float:
    """The corrected covered area of the reviews with whole lists, NaN with fewer than two of them."""
    return corrected_covered_area([review.trials for review in reviews if review.whole])


def overlap_words(reviews: int, lists: Sequence[KnownTrials], ours: Collection[str], our_trials: int) -> str:
    """How far so many reviews on a question rest on the same trials and on ours (by id), in words; what is not known is said."""
    whole, common = len([review for review in lists if review.whole]), in_several(lists)
    if not reviews:
        return ""
    if reviews == 1:
        said = ["one review"]
    elif whole > 1:
        area, of = whole_area(lists), "both" if whole == reviews == 2 else f"{whole} of {reviews}"
        said = [f"{degree_of_overlap(area)} overlap: corrected covered area {area:.2f}, from whole lists of {of} reviews"]
    elif common:
        said = [f"at least {count(common, 'trial')} in two or more of the {reviews} reviews; how far they overlap is not known"]
    else:
        said = [f"overlap not known: whole lists of trials are entered of {whole or 'none'} of {reviews} reviews"]
    held = {trial for review in lists for trial in review.trials}
    mine = sum(trial_key(trial) in held for trial in ours)
    if mine:
        least, those = "" if whole == reviews else "at least ", "in it" if reviews == 1 else "in one of them or more"
        said.append(f"{least}{mine} of our {count(our_trials, 'trial')} {'is' if mine == 1 else 'are'} {those}")
    return "; ".join(said)


def _pair(first: KnownTrials, second: KnownTrials, names: tuple[str, str], of: str = "") -> ReviewOverlap:
    """A pair of reviews; ``of`` says on what alone their lists are compared."""
    both = first.whole and second.whole
    common, different = len(first.trials & second.trials), len(first.trials | second.trials)
    area = whole_area([first, second])
    degree = degree_of_overlap(area) if both else ""
    told = f"{common} of {different} trials in both: {degree} overlap" if both else f"at least {count(common, 'trial')} in common"
    told = f"on {of}, {told}" if of else told
    sizes = len(first.trials), len(second.trials)
    return ReviewOverlap(*names, *sizes, first.whole, second.whole, common, known(area) if both else None, degree, told)


def _on_one_treatment(first: str, second: str, lists: TrialLists) -> tuple[KnownTrials, KnownTrials, str] | None:
    """Whole lists of two reviews on one treatment, and outcome, that share trials, and what they are of; the longest such pair.

    Lists that share none may be of other people (yoga for the neck and for the back), so they tell no overlap.
    """
    theirs = lists.whole_on(second)
    both = [(own, theirs[of], of) for of, own in lists.whole_on(first).items() if of in theirs and own.trials & theirs[of].trials]
    if not both:
        return None
    own, other, of = max(both, key=lambda pair: (len(pair[0].trials | pair[1].trials), pair[2]))
    return own, other, ", ".join(name.replace("_", " ") for name in of if name)


def overlap_rows(lists: TrialLists) -> Iterator[ReviewOverlap]:
    """A line for each pair of reviews that have a trial in common or of which both are listed whole.

    Two reviews with whole lists on one treatment only are compared on that. Pairs of whole lists come first, those with most
    trials in common foremost.
    """
    reviews = {review: lists.known_of(review) for review in {*lists.rows, *lists.shown}}
    holding: dict[str, list[str]] = defaultdict(list)
    for review, has in reviews.items():
        for trial in has.trials:
            holding[trial].append(review)
    pairs = {pair for some in holding.values() for pair in combinations(sorted(some), 2)}
    pairs |= set(combinations(sorted(review for review, has in reviews.items() if has.whole), 2))
    label = lists.names.labels
    rows = []
    for a, b in pairs:
        first, second, of = reviews[a], reviews[b], ""
        if not (first.whole and second.whole):
            first, second, of = _on_one_treatment(a, b, lists) or (first, second, of)
        rows.append(_pair(first, second, (label.get(a, a), label.get(b, b)), of))
    yield from sorted(rows, key=lambda r: (r.covered_area is None, -r.common, r.review, r.other))


def _pooled_here(review: KnownTrials, ours: int) -> str:
    """How many of a review's trials are pooled here, in words."""
    number = count(len(review.trials), "trial")
    if not ours:
        return f"none of {f'its {number}' if review.whole else f'the {number} known of it'} is pooled here"
    least, those = ("", f"its {number}") if review.whole else ("at least ", "its trials")
    return f"{least}{ours} of {those} {'is' if ours == 1 else 'are'} pooled here"


def inclusion_rows(lists: TrialLists, published: Iterable[Cells], pooled: Collection[str]) -> Iterator[ReviewInclusions]:
    """A line for each review of which a trial is known; ``pooled`` are the ids of the trials in analyses here."""
    largest: dict[str, int] = {}
    for row in published:
        review, trials = lists.names.key(row["review"]), number(row["k_trials"])
        if trials is not None:
            largest[review] = max(largest.get(review, 0), int(trials))
    here = set(map(trial_key, pooled))
    found = []
    for review in {*lists.rows, *lists.shown}:
        has, shown = lists.known_of(review), lists.shown.get(review, {})
        ours = len(has.trials & here)
        found.append(
            ReviewInclusions(
                review=lists.names.labels.get(review, review),
                whole=has.whole,
                known=len(has.trials),
                listed=len({row.identity for row in lists.rows.get(review, ())}),
                judged=sum(JUDGEMENT in told for told in shown.values()),
                tabulated=sum(RESULT in told for told in shown.values()),
                most_pooled=largest.get(review),
                pooled_here=ours,
                in_words=_pooled_here(has, ours),
            )
        )
    yield from sorted(found, key=lambda r: (-r.pooled_here, -r.known, r.review))
