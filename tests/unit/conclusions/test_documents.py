"""Two documents on one family of treatments: where they are opposed, how each fares at its time, and what changed it."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import ROOT, Rows
from statements import EFFECT, ONLY_SHORT, TAXONOMY, UNPROVEN, claims_of, material_of, trials

from evidence_synthesis.conclusions.through_time.dated import dated
from evidence_synthesis.conclusions.through_time.documents import opposed, stand_together
from evidence_synthesis.conclusions.through_time.rows import time_tables
from evidence_synthesis.conclusions.through_time.years import through_time
from evidence_synthesis.review.claims_file import Claims, load_claims
from evidence_synthesis.synthesis.rows.through_time import DocumentPair
from evidence_synthesis.wording import STATEMENT_WORDS


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (EFFECT, UNPROVEN, True),
        (EFFECT, EFFECT | {"region": "no_relief"}, True),
        (EFFECT, EFFECT | {"region": "similar"}, True),
        (EFFECT, EFFECT | {"region": "harm"}, True),
        (EFFECT | {"region": "worthwhile"}, EFFECT | {"region": "at_most_worthwhile"}, True),
        (EFFECT, EFFECT | {"region": "at_most_worthwhile"}, False),  # a small effect is an effect
        (EFFECT, EFFECT, False),
        (UNPROVEN, EFFECT | {"region": "no_relief"}, False),  # nobody says that it helps
        (EFFECT, UNPROVEN | {"term": "long"}, False),
        (EFFECT, UNPROVEN | {"outcome": "function"}, False),
        (EFFECT, UNPROVEN | {"comparator": "sham"}, False),
        (EFFECT, UNPROVEN | {"treatment": {"ids": ["pilates"]}}, False),
        (EFFECT, UNPROVEN | {"treatment": {"ids": ["pilates", "yoga"]}}, False),  # other kinds may differ
        (EFFECT, UNPROVEN | {"population": {"region": "low back"}}, True),  # some of the same people
        (EFFECT | {"population": {"region": "neck"}}, UNPROVEN | {"population": {"region": "low back"}}, False),
        (EFFECT, ONLY_SHORT, False),
    ],
)
def test_what_is_opposed(one: dict[str, Any], other: dict[str, Any], expected: bool) -> None:
    ((_, (a, b)),) = [(s, s.parts) for s in claims_of(one, other).statements]
    assert opposed(a, b) is opposed(b, a) is expected


def test_how_trials_stand_to_what_a_document_says() -> None:
    """Borne out only where everything holds, and in part where anything does; what is not tested is no agreement."""
    words = {frozenset([v]): stand_together([v]) for v in STATEMENT_WORDS}
    assert {v for (v,), stands in words.items() if stands == "borne out"} == {"supported", "leaning", "still_unproven"}
    assert {v for (v,), stands in words.items() if stands == "not tested"} == {"not_looked_at"}
    assert stand_together(["supported", "not_looked_at"]) == "borne out in part"
    assert stand_together(["supported", "contradicted"]) == "borne out in part"
    assert stand_together(["not_looked_at", "open"]) == "left open"
    assert stand_together(["open", "overtaken"]) == "spoken against"


def two(first: dict[str, Any], second: dict[str, Any], days: tuple[str, str] = ("2010-05-01", "2020-05-01")) -> Claims:
    """A document that says one thing, and another."""
    entry = {"section": "s", "statement": "Yoga is said to help.", "stated_certainty": "certain"}
    said = [entry | {"id": name, "document": name, "parts": [part]} for name, part in (("a", first), ("b", second))]
    documents = {name: {"title": name.upper()} | ({"updated": day} if day else {}) for name, day in zip("ab", days, strict=True)}
    return load_claims({"rules_fixed": "2026-11-30", "documents": documents, "claims": said}, TAXONOMY)


def pairs(claims: Claims, rows: Rows, config: dict) -> list[DocumentPair]:
    years = [{"row_id": r["row_id"], "year": r["year"], "source_id": "", "status": ""} for r in rows]
    return time_tables(through_time(claims, dated(material_of(rows, config), years, [])), TAXONOMY).pairs


def test_the_later_document_is_borne_out_by_trials_that_came_in_between(config: dict) -> None:
    """Nothing was shown when the first was written; six alike trials later show an effect."""
    rows = [*trials(-0.5, 0.5, year="2005"), *[trials(-12, first=i, year="2015")[0] for i in range(2, 8)]]
    unproven, shown = UNPROVEN | {"says": "It is unproven."}, EFFECT | {"says": "It helps."}
    (found,) = pairs(two(unproven, shown), rows, config)
    assert (found.earlier, found.later, found.earlier_year, found.later_year, found.opposed) == ("A", "B", 2010, 2020, 1)
    assert (found.earlier_then, found.earlier_later) == ("borne out", "spoken against")
    assert (found.later_earlier, found.later_then) == ("left open", "borne out")
    assert found.between == 6
    assert found.changed == 2
    assert set(found.changed_by) <= {f"Study {i}" for i in range(2, 8)}
    told = "By the end of 2010 trials bear out the document of 2010, by the end of 2020 trials bear out the document of 2020."
    assert found.answer == told
    assert "Both hold" not in found.in_words
    assert "In between 6 trials that could matter were published." in found.in_words
    assert "moved “It is unproven.” from still unproven to since overtaken" in found.in_words
    (turned,) = pairs(two(shown, unproven, ("2020-05-01", "2010-05-01")), rows, config)
    assert (turned.earlier, turned.later_then) == ("B", "borne out")  # by date, not by place


def test_what_is_likely_and_not_shown_bears_both_out(config: dict) -> None:
    rows = trials(-14, 0, year="2005", rob2_overall="high")
    (found,) = pairs(two(EFFECT, UNPROVEN), [*rows, *trials(-9, first=2, year="2006", rob2_overall="high")], config)
    assert (found.earlier_then, found.later_then) == ("borne out", "borne out")
    assert "Both hold by the end of 2010 and by the end of 2020: an effect is likely, but it is not shown." in found.in_words
    assert found.in_words.endswith("No trial that could matter was published in between.")
    assert (found.between, found.changed, found.changed_by) == (0, 0, ())


def test_where_nothing_can_be_said_it_says_so(config: dict) -> None:
    (found,) = pairs(two(EFFECT, UNPROVEN), trials(-6, year="2024"), config)
    assert (found.earlier_then, found.later_then) == ("not tested", "not tested")
    assert "trials do not test the document of 2010" in found.answer
    (apart,) = pairs(two(EFFECT, ONLY_SHORT), trials(-6, -6, year="2005"), config)
    assert apart.opposed == 0
    assert apart.in_words.startswith("Neither says here what the other excludes.")


def test_documents_without_a_date_have_no_trials_of_their_time(config: dict) -> None:
    rows = trials(-12, -12, -12, year="2005")
    (found,) = pairs(two(UNPROVEN, EFFECT, ("2010-05-01", "")), rows, config)
    assert (found.earlier_year, found.later_year, found.later_then) == (2010, None, "borne out")
    assert "“B” has no date, so that no trials are those of its time." in found.answer
    assert pairs(two(EFFECT, EFFECT, ("2010-05-01", "")), rows, config) == []
    (none,) = pairs(two(UNPROVEN, EFFECT, ("", "")), rows, config)
    assert none.between is None
    assert "“A” and “B” have no date" in none.answer


def test_the_docs_tell_what_the_table_says() -> None:
    rows = [r for r in DocumentPair.of(ROOT / "results") if r.opposed or r.family in ("Osteopathy (all)",)]
    docs = (ROOT / "docs/statements.md").read_text(encoding="utf-8")
    section = docs.partition("## Two documents, and the trials of their times\n")[2].partition("\n## ")[0]
    years = [(r.earlier_year or "no date", r.later_year or "no date") for r in rows]
    expected = [
        f"- **{r.family}**, {r.earlier} ({first}) and {r.later} ({last}). {r.answer} {r.in_words}"
        for r, (first, last) in zip(rows, years, strict=True)
    ]
    assert [line for line in section.splitlines() if line.startswith("- ")] == expected, "\n".join(expected)
