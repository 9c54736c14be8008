"""Published reviews beside the statements: what they say of each kind of part, their overlap, and what the data lack."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import DATA, ROOT, read_csv, row_of
from statements import EFFECT, ONLY_SHORT, TAXONOMY, UNPROVEN, claims_of, told

from evidence_synthesis.cli import main
from evidence_synthesis.conclusions.other_reviews.beside import review_tables
from evidence_synthesis.conclusions.other_reviews.coverage import coverage_rows, missing_rows
from evidence_synthesis.conclusions.other_reviews.lists import TrialLists
from evidence_synthesis.conclusions.other_reviews.overlap import inclusion_rows, overlap_rows
from evidence_synthesis.conclusions.other_reviews.reviews import ReviewNames
from evidence_synthesis.conclusions.other_reviews.share import share_covered
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.schema import LATER_TABLES
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.stats.overlap import corrected_covered_area, degree_of_overlap
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.conclusions import PublishedComparison
from evidence_synthesis.synthesis.rows.other_reviews import NOT_POOLED, BesideReviews, Coverage
from evidence_synthesis.synthesis.rows.statements import JudgedPart
from evidence_synthesis.synthesis.rows.through_time import InformationMissing

REAL = Taxonomy(read_csv(DATA / "treatments.csv"))
KEY = "yoga__untreated__pain__short__low_back"
# The citation matrix of Bougioukas 2021 (doi:10.1016/j.jclinepi.2020.12.004), as the package ccaR brings it along: for each trial
# the reviews that include it (Chasan-Taber, Gilinsky, Guo, Middleton, Morton, Peacock).
MATRIX = [
    *("111001", "000100", "111001", "111000", "001000", "111001", "111001"),
    *("010000", "111011", "111001", "011010", "111010", "111010", "001000"),
]
REVIEWS = [{trial for trial, line in enumerate(MATRIX) if line[place] == "1"} for place in range(6)]


def published(name: str = "pe1", **cells: str) -> dict[str, str]:
    row = dict.fromkeys(read_csv(DATA / "published_estimates.csv")[0], "")
    given = {"estimate_id": name, "review": f"Review {name}", "year": "2020", "treatment": "yoga", "comparator": "no_treatment"}
    given |= {"region": "low back", "chronicity": "chronic", "outcome": "pain", "term": "short", "measure": "MD"}
    given |= {"scale_min": "0", "scale_max": "100", "negative_favours_treatment": "yes", "trust": "primary"}
    return row | given | cells


def interval(low: float, high: float) -> dict[str, str]:
    return {"estimate": str((low + high) / 2), "ci_low": str(low), "ci_high": str(high)}


def ours(verdict: str = "open", trials: int = 2, **cells: str) -> JudgedPart:
    given = {"claim": "c", "part": "1", "verdict": verdict, "trials": str(trials), "question": "Yoga?"}
    return row_of(JudgedPart, **given | cells)


def beside(part: dict[str, Any], rows: list[dict[str, str]], own: JudgedPart, settings: Settings) -> BesideReviews:
    (found,) = review_tables(claims_of(part), {("c", 1): own}, rows, TrialLists.of([], rows, []), settings, TAXONOMY).beside
    return found


@pytest.mark.parametrize(
    ("part", "low", "high", "reading"),
    [
        (EFFECT, -9, -1, "supported"),
        (EFFECT, -9, 1, "open"),
        (EFFECT, 1, 9, "contradicted"),
        (EFFECT | {"region": "worthwhile"}, -9, -1, "contradicted"),
        (EFFECT | {"region": "worthwhile"}, -19, -11, "supported"),
        (UNPROVEN, -9, -1, "contradicted"),  # what was called unproven is shown
        (UNPROVEN, -9, 1, "supported"),
        (UNPROVEN, 1, 9, "supported"),
        (UNPROVEN | {"comparator": {"ids": ["pilates"]}}, 1, 9, "contradicted"),  # a difference in either direction
        (ONLY_SHORT, -9, -1, "contradicted"),
        (ONLY_SHORT, -9, 1, "supported"),
        (ONLY_SHORT, -19, 1, "open"),
    ],
)
def test_what_an_estimate_says_of_each_kind_of_part(
    part: dict[str, Any], low: float, high: float, reading: str, settings: Settings
) -> None:
    last = settings.terms[-1].term if part["kind"] == "only_short" else "short"
    versus = "pilates" if isinstance(part["comparator"], dict) else "no_treatment"
    found = beside(part, [published(term=last, comparator=versus, **interval(low, high))], ours(), settings)
    assert {name: getattr(found, name) for name in ("supported", "open", "contradicted")} == {
        name: int(name == reading) for name in ("supported", "open", "contradicted")
    }


def test_events_that_are_good_are_read_the_other_way(settings: Settings) -> None:
    part = EFFECT | {"outcome": "recovery"}
    row = published(outcome="recovery", measure="RR", scale_min="", scale_max="", **interval(1.1, 1.6))
    assert beside(part, [row], ours(), settings).supported == 1
    odds = published(outcome="recovery", measure="OR", **interval(1.1, 1.6))  # no threshold is needed for any effect
    assert beside(part, [odds], ours(), settings).supported == 1
    nothing = beside(part | {"region": "worthwhile"}, [odds], ours(), settings)
    assert (nothing.estimates, nothing.supported + nothing.open + nothing.contradicted) == (1, 0)


def test_both_lines_of_evidence_in_words(settings: Settings) -> None:
    own = {"measure": "MD", "estimate": "5", "ci_low": "1", "ci_high": "9"}
    rows = [
        published("pe1", year="2014", certainty="low to moderate", k_trials="3", **interval(-9, -1)),
        published("pe2", certainty="low", **interval(-9, 3)),
        published("pe3", year="2022", measure="SMD", **interval(-0.5, -0.1)),
        published("pe4", term="not stated", **interval(-9, -1)),
        published("pe5", treatment="pilates", **interval(-9, -1)),
        published("pe6"),  # no numbers
    ]
    found = beside(EFFECT, rows, ours("contradicted", 4, **own), settings)
    assert (found.tested_by, found.estimates, found.near) == ("our trials and reviews", 3, 1)
    assert (found.same_side, found.other_side, found.apart) == (0, 2, 1)  # only on the same measure
    assert found.range == "MD \u22125.0 to \u22123.0; SMD \u22120.30"
    assert found.newest.startswith("Review pe3")
    assert found.best_rated.endswith("(low)")
    assert "their trials 3, ours 4" in found.why_apart
    assert found.in_words == "our trials: contradicted; of 3 estimates of 3 reviews 2 bear it out, 1 leave it open"


def test_a_part_that_our_trials_cannot_test_is_tested_by_reviews_only(settings: Settings) -> None:
    nothing = ours("not_looked_at", 0)
    found = beside(EFFECT, [published(**interval(-9, -1))], nothing, settings)
    assert found.tested_by == "reviews only"
    assert found.in_words.startswith("our trials cannot test it; tested by reviews only; of 1 estimate")
    assert beside(EFFECT, [], nothing, settings).tested_by == "nothing"
    assert beside(EFFECT, [], ours(), settings).tested_by == "our trials only"


def test_corrected_covered_area() -> None:
    """What ccaR prints for that matrix (43 inclusions, 14 trials, 6 reviews), whole and for pairs of reviews."""
    assert corrected_covered_area(REVIEWS) == pytest.approx(0.4142857, abs=5e-8)
    pairs = {(0, 1): 0.8181818, (0, 2): 0.75, (0, 3): 0, (0, 4): 0.3, (1, 2): 0.7692308, (1, 5): 0.5454545, (4, 5): 0.1111111}
    assert {p: corrected_covered_area([REVIEWS[i] for i in p]) for p in pairs} == pytest.approx(pairs, abs=5e-8)
    five = [{1, 2}, {2}, {1, 3}, {1, 3}, {2}]  # the example of the package junoR (its article CCA), which prints 41.66667 %
    assert corrected_covered_area([{str(t) for t in trials} for trials in five]) == pytest.approx(0.4166667, abs=5e-8)
    assert corrected_covered_area([{"a", "b"}] * 4) == 1
    assert math.isnan(corrected_covered_area([{"a"}, set()]))
    assert math.isnan(corrected_covered_area([]))


def test_degrees_of_overlap() -> None:
    """Pieper 2014: 0 to 5 % slight, 6 to 10 % moderate, 11 to 15 % high, above very high."""
    areas = {0.0: "slight", 0.05: "slight", 0.06: "moderate", 0.10: "moderate", 0.11: "high", 0.15: "high", 0.16: "very high"}
    assert {area: degree_of_overlap(area) for area in areas} == areas


def listed(review: str, trial: str, **cells: str) -> dict[str, str]:
    given = {"review": review, "trial": trial, "url": "x", "complete": "yes"}
    return dict.fromkeys(LATER_TABLES["review_trials"], "") | given | cells


def in_data(trial: str, row_id: str = "", **cells: str) -> dict[str, str]:
    """A checked result of a trial in the data."""
    given = {"trial_id": trial, "row_id": row_id or f"{trial}-1", "source_id": trial, "treatment": "yoga", "outcome": "pain"}
    given |= {"region": "low back", "chronicity": "chronic", "decision": "", "source_kind": "full text"}
    return given | dict.fromkeys(("read_in", "read_at"), "") | cells


def source(name: str, kind: str = "review", **cells: str) -> dict[str, str]:
    return dict.fromkeys(("label", "doi", "pmid", "pmcid", "url"), "") | {"source_id": name, "kind": kind} | cells


def judgement(trial: str, **cells: str) -> dict[str, str]:
    return dict.fromkeys(("source_id", "url", "note"), "") | {"trial_id": trial} | cells


PAIR = [
    published("pe1", **interval(-9, -1)),
    published("pe2", doi="10.1/B", **interval(-9, -1)),
    published("pe3", **interval(-9, -1)),
]
ONE = [listed("Review pe1", "Smith 2001", trial_id="smith-2001"), listed("Review pe1", "Jones 2002", doi="10.1/J")]
OTHER = [
    listed("review-b", "Smith (2001)", trial_id="smith-2001"),
    listed("review-b", "Jones 02", doi="10.1/j"),
    listed("review-b", "Brown 2003"),
    listed("review-b", "Green 2004", treatment="pilates"),
    listed("review-b", "White 2005", outcome="function"),
    listed("Another review", "Smith 2001", trial_id="smith-2001"),
]
SOURCES = [source("review-b", doi="10.1/b"), source("jones-2002", "trial report", doi="10.1/j")]


def beside_lists(settings: Settings, *rows: dict[str, str], own: JudgedPart | None = None, **known: Any) -> BesideReviews:
    lists = TrialLists.of(rows, PAIR, SOURCES, **known)
    (found,) = review_tables(claims_of(EFFECT), {("c", 1): own or ours()}, PAIR, lists, settings, TAXONOMY).beside
    return found


def test_overlap_is_told_from_whole_lists(settings: Settings) -> None:
    none = beside_lists(settings)
    assert (none.lists, none.covered_area, none.overlap) == (
        0, None, "overlap not known: whole lists of trials are entered of none of 3 reviews",
    )  # fmt: skip
    assert beside_lists(settings, *ONE).overlap == "overlap not known: whole lists of trials are entered of 1 of 3 reviews"
    found = beside_lists(settings, *ONE, *OTHER)  # 5 inclusions of 3 trials: Green and White are of others
    assert (found.lists, found.covered_area) == (2, pytest.approx(2 / 3))
    assert found.overlap == "very high overlap: corrected covered area 0.67, from whole lists of 2 of 3 reviews"


def test_parts_of_lists_tell_at_least(settings: Settings) -> None:
    part = [row | {"complete": "no"} for row in OTHER]
    found = beside_lists(settings, *ONE, *part)
    assert (found.lists, found.covered_area, found.in_common) == (1, None, 2)
    assert found.overlap == "at least 2 trials in two or more of the 3 reviews; how far they overlap is not known"
    lacks = [{name: cell for name, cell in row.items() if name != "complete"} for row in [*ONE, *OTHER]]  # a package of before
    assert beside_lists(settings, *lacks).lists == 0


def test_the_published_matrix_on_one_question_gives_its_area(settings: Settings) -> None:
    """Six whole lists of the same question: the area of the statement is that of the matrix."""
    rows = [published(f"pe{i}", **interval(-9, -1)) for i in range(6)]
    listing = [listed(f"Review pe{i}", f"T{trial}") for i, trials in enumerate(REVIEWS) for trial in trials]
    lists = TrialLists.of(listing, rows, [])
    (found,) = review_tables(claims_of(EFFECT), {("c", 1): ours()}, rows, lists, settings, TAXONOMY).beside
    assert (found.lists, found.covered_area) == (6, pytest.approx(0.4142857, abs=5e-8))
    assert found.overlap == "very high overlap: corrected covered area 0.41, from whole lists of 6 of 6 reviews"


CITED = {  # how two reviews cite what is one trial, or is not; and what they have in common then
    "signs": ({"trial": "Cox 2010"}, {"trial": "Cox (2010)"}, 1),
    "accents and capitals": ({"trial": "Müller 2011"}, {"trial": "MULLER 2011"}, 1),
    "without a year": ({"trial": "Müller"}, {"trial": "Muller"}, 0),
    "another year": ({"trial": "Cox 2010"}, {"trial": "Cox 2011"}, 0),
    "DOI and name": ({"trial": "Cox 2010", "doi": "10.1/x"}, {"trial": "Cox 2010"}, 1),
    "DOI and PubMed": ({"trial": "Cox 2010", "doi": "10.1/x"}, {"trial": "Cox A 2010", "pmid": "7"}, 0),
    "two DOIs under one name": ({"trial": "Cox 2010", "doi": "10.1/x"}, {"trial": "Cox 2010", "doi": "10.1/y"}, 0),
    "id and name": ({"trial": "Cox 2010", "trial_id": "cox"}, {"trial": "Cox, 2010"}, 1),
    "id and DOI of its report": ({"trial": "YOGA", "trial_id": "jones"}, {"trial": "Jones 02", "doi": "10.1/j"}, 1),
}


@pytest.mark.parametrize("how", CITED)
def test_one_trial_counts_once_however_it_is_cited(how: str) -> None:
    one, other, common = CITED[how]
    listing = [listed("Review pe1", **one), listed("Review pe2", **other)]
    lists = TrialLists.of(listing, PAIR, SOURCES, [in_data("jones", source_id="jones-2002")])
    (pair,) = overlap_rows(lists)
    assert (pair.common, pair.covered_area) == (common, float(common))


def test_a_third_list_tells_that_two_are_of_one_trial() -> None:
    cells = [{"doi": "10.1/x"}, {"pmid": "7"}, {"doi": "10.1/x", "pmid": "7"}]
    listing = [listed(f"Review pe{i}", f"Cox {i}", **told) for i, told in enumerate(cells, 1)]
    assert {pair.common for pair in overlap_rows(TrialLists.of(listing, PAIR, SOURCES))} == {1}


def test_a_name_alone_is_ours_on_the_same_treatment_only() -> None:
    checked = [in_data("cox-2010", study="Cox 2010"), in_data("li-a", study="Li 2019"), in_data("li-b", study="Li 2019")]
    listing = [
        listed("Review pe1", "Cox (2010)", treatment="yoga"),
        listed("Review pe1", "Cox (2010)", treatment="pilates"),
        listed("Review pe1", "Li 2019", treatment="yoga"),
    ]
    (rows,) = TrialLists.of(listing, PAIR, SOURCES, checked).rows.values()
    assert [row.trial_id for row in rows] == ["cox-2010", "", ""]


def test_judgements_and_results_show_what_a_review_includes(settings: Settings) -> None:
    """Only where treatment and outcome are those asked, and not by rows that a decision excludes."""
    cochrane = published(
        "pe4", review="Hayden 2021 (Cochrane CD009790.pub2)", url="https://x.org/PMC8477273/", **interval(-9, -1)
    )
    rows = [*PAIR, cochrane]
    checked = [
        in_data("ann-2001"),
        in_data("bob-2002", source_kind="review table", read_in="review-b"),
        in_data("cid-2003", treatment="pilates"),
        in_data("dan-2004", source_kind="review table", read_in="review-b", decision="exclude"),
        in_data("eve-2005", source_kind="review table", read_at="https://x.org/PMC8477273/table/2"),
    ]
    judged = [
        judgement("ann-2001", url="https://pmc.ncbi.nlm.nih.gov/articles/PMC8477273/table/CD009790-tbl-0012"),
        judgement("ann-2001", source_id="review-b"),
        judgement("bob-2002", note="Cochrane CD009790.pub2 characteristics table"),
        judgement("cid-2003", note="Cochrane CD009790.pub2"),
        judgement("cid-2003", source_id="review-b"),
        judgement("dan-2004", note="Cochrane CD009790.pub1"),  # another version has its own trials
        judgement("nobody-1999", source_id="review-b"),
    ]
    lists = TrialLists.of([], rows, SOURCES, checked, judged)
    own = row_of(JudgedPart, claim="c", part="1", verdict="open", trials="3", question="Yoga?", rows="ann-2001-1;bob-2002-1;x")
    (found,) = review_tables(claims_of(EFFECT), {("c", 1): own}, rows, lists, settings, TAXONOMY).beside
    assert (found.in_common, found.ours_in_reviews) == (2, 2)
    assert found.overlap == (
        "at least 2 trials in two or more of the 4 reviews; how far they overlap is not known; "
        "at least 2 of our 3 trials are in one of them or more"
    )
    (pair,) = overlap_rows(lists)
    assert (pair.review, pair.other) == ("Review pe2", cochrane["review"])
    assert (pair.trials, pair.other_trials, pair.common, pair.covered_area) == (3, 4, 3, None)
    assert pair.in_words == "at least 3 trials in common"
    known = {r.review: r for r in inclusion_rows(lists, rows, {"ann-2001", "eve-2005"})}
    assert {name: (r.known, r.judged, r.tabulated, r.in_words) for name, r in known.items()} == {
        cochrane["review"]: (4, 3, 1, "at least 2 of its trials are pooled here"),
        "Review pe2": (3, 2, 1, "at least 1 of its trials is pooled here"),
    }


def test_pairs_of_whole_lists_have_a_covered_area() -> None:
    """The pairs of the published matrix above, each trial listed by its number."""
    rows = [published(f"pe{i}") for i in range(6)]
    listing = [listed(f"Review pe{i}", f"T{trial}") for i, trials in enumerate(REVIEWS) for trial in trials]
    lists = TrialLists.of(listing, rows, [])
    found = {(r.review[-1], r.other[-1]): r for r in overlap_rows(lists)}
    assert len(found) == 15
    told = {pair: found[pair].covered_area for pair in (("0", "1"), ("0", "3"), ("4", "5"))}
    assert told == pytest.approx({("0", "1"): 0.8181818, ("0", "3"): 0, ("4", "5"): 0.1111111}, abs=5e-8)
    assert found["0", "1"].in_words == "9 of 11 trials in both: very high overlap"
    assert {r.in_words for r in inclusion_rows(lists, rows, [])} >= {"none of its 9 trials is pooled here"}


def test_a_list_for_one_treatment_is_no_whole_list_of_a_review() -> None:
    rows = [published("pe1"), published("pe2")]
    lists = TrialLists.of([listed("Review pe1", "A", treatment="yoga"), listed("Review pe2", "A")], rows, [])
    (pair,) = overlap_rows(lists)
    assert (pair.whole, pair.other_whole, pair.covered_area, pair.common) == (False, True, None, 1)


def test_whole_lists_on_one_treatment_that_share_trials_have_an_area() -> None:
    """Of seven and two trials with one in common: (9 - 8) / (2 x 8 - 8). Lists that share none may be of other people."""
    rows = [published("pe1"), published("pe2"), published("pe3")]
    many = [listed("Review pe1", f"T{n}", treatment="yoga") for n in range(7)]
    some = [listed("Review pe2", f"T{n}", treatment="yoga") for n in (6, 7)] + [listed("Review pe2", "T1", treatment="pilates")]
    apart = [listed("Review pe3", "T9", treatment="yoga"), listed("Review pe3", "T1", treatment="cupping")]
    found = {(r.review[-1], r.other[-1]): r for r in overlap_rows(TrialLists.of([*many, *some, *apart], rows, []))}
    pair = found["1", "2"]
    assert (pair.trials, pair.other_trials, pair.whole, pair.common, pair.covered_area) == (7, 2, True, 1, 0.125)
    assert pair.in_words == "on yoga, 1 of 8 trials in both: high overlap"
    assert found["1", "3"].covered_area is None


def test_a_page_that_quotes_several_reviews_names_none() -> None:
    quoted = {"url": "https://x.org/PMC11", "doi": "10.1/overview", "trust": "primary"}
    names = ReviewNames.of([published("pe1", **quoted), published("pe2", **quoted | {"doi": "10.1/b"})], [])
    assert names.on_page("https://x.org/PMC11/table/1") == ""
    assert names.on_page("https://doi.org/10.1/b") == ""  # no DOI: its prefix has four digits or more
    cited = [published(f"pe{i}", doi="10.1000/overview", trust="secondary") for i in (1, 2)]
    assert ReviewNames.of(cited, []).on_page("https://x.org/10.1000/overview") == ""
    own = ReviewNames.of([published("pe1", doi="10.1155/2012/95"), published("pe2", doi="10.1155/2012/96")], [])
    assert own.on_page("https://x.org/10.1155/2012/95/tables/2") == own.key("Review pe1") != own.key("Review pe2")


def test_listed_trials_that_are_not_here_are_missing_by_name(settings: Settings) -> None:
    rows = [published("pe1", **interval(-9, -1)), published("pe2", review="Review pe1", outcome="function", **interval(-9, -1))]
    known = [told("A", study="Smith  2001", outcome="pain", n_total="40")]
    lists = TrialLists.of(
        [
            listed("Review pe1", "smith 2001"),
            listed("Review pe1", "Jones 2002", doi="10.1/j", outcome="pain"),
            listed("Review pe1", "Ours 2003", trial_id="ours-2003"),
        ],
        rows, [],
    )  # fmt: skip
    both = [*known, *lists.not_here(known, rows, TAXONOMY)]
    found = list(missing_rows(claims_of(EFFECT), both, {("c", 1): ours("open")}, [], settings))
    assert {m.study: (m.people, m.parts, m.outcomes, m.identifier) for m in found} == {
        "Smith  2001": (40, 1, ("function", "pain"), ""),
        "Jones 2002": (None, 1, ("pain",), "doi:10.1/j"),
    }
    assert {m.what_is_known for m in found} == {known[0]["what_is_known"], "pooled by Review pe1"}


def comparison(analysis: str, theirs: str, review: str = "R") -> PublishedComparison:
    return row_of(PublishedComparison, analysis_id=analysis, their_trials=theirs, review=review)


def test_coverage_counts_no_more_than_theirs() -> None:
    pooled = [row_of(PooledResult, analysis_id=KEY, measure=m, trials=n) for m, n in (("MD", "4"), ("SMD", "5"))]
    other = KEY.replace("yoga", "pilates")
    rows = [
        comparison(KEY, "3", "Small"),
        comparison(KEY, "8", "Wide"),
        comparison(KEY, ""),
        comparison(other, "2"),
        comparison("", "9"),
    ]
    found = list(coverage_rows(rows, [*pooled, row_of(PooledResult, analysis_id=other, measure="MD", trials="6")]))
    assert [(c.analysis_id, c.review, c.theirs, c.ours, c.covered, c.missing) for c in found] == [
        (KEY, "Wide", 8, 5, 5, 3),
        (other, "R", 2, 6, 2, 0),
    ]
    assert share_covered(found) == pytest.approx(7 / 10)
    assert math.isnan(share_covered([]))


def test_missing_trials_are_sorted_by_what_they_could_change(settings: Settings) -> None:
    known = [
        told("A", outcome="pain", n_total="40"),
        told("B", outcome="pain", n_t="100", n_c="100", doi="10.1/b"),
        told("C", outcome="function", n_total="900"),
        told("B2", study="B", outcome="pain"),
    ]
    part = ours("open", participants="200")
    chances = {"flips_100": "0.1", "flips_300": "0.3", "flips_1000": "0.6"}
    line = row_of(InformationMissing, claim="c", part="1", verdict="open", sequential="open", **chances)
    found = list(missing_rows(claims_of(EFFECT), known, {("c", 1): part}, [line], settings))
    assert [(m.study, m.parts, m.people) for m in found] == [("B", 1, 200), ("A", 1, 40), ("C", 0, 900)]
    between = 0.1 + 0.2 * math.log(2) / math.log(3)  # 200 people between 100 and 300
    assert [m.moves for m in found] == pytest.approx([between, 0.1, 0])
    assert found[0].share == 50
    assert found[0].identifier == "doi:10.1/b"
    settled = list(missing_rows(claims_of(EFFECT), known, {("c", 1): ours("supported")}, [], settings))
    assert {m.open_parts for m in settled} == {0}


def test_the_command_tells_coverage(tmp_path: Any) -> None:
    (tmp_path / "tables").mkdir()
    for name in ("coverage.csv", "missing_trials.csv"):
        text = (ROOT / "results/tables" / name).read_text(encoding="utf-8")
        (tmp_path / "tables" / name).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["coverage", "--results", str(tmp_path), "--top", "3"])
    assert done.exit_code == 0, done.output
    share = 100 * share_covered(Coverage.of(tmp_path))
    assert f"{share:.0f} % of these are here" in done.output
    assert len(done.output.splitlines()) == 8


def test_every_part_has_its_line_and_says_where_no_pooled_estimate_can_answer(settings: Settings) -> None:
    detail = JudgedPart.of(ROOT / "results")
    claims = load_claims(json.loads((ROOT / "results/checked/claims.json").read_text(encoding="utf-8")), REAL)
    parts = {(row.claim, row.part): row for row in detail}
    found = review_tables(claims, parts, [], TrialLists.of([], [], []), settings, REAL).beside
    assert {(row.claim, row.part) for row in found} == parts.keys()
    told = {parts[row.claim, row.part].kind: row for row in found if row.tested_by == NOT_POOLED}
    assert told.keys() == {"amount", "contradictory", "rare_harm", "share"}
    assert told["amount"].in_words.endswith("; it says how many trials there are, which no pooled estimate tells")
    assert not any(row.estimates or row.overlap for row in told.values())
