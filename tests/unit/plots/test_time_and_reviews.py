"""The figures of statements through time, and of our trials among published reviews."""

from __future__ import annotations

from dataclasses import replace

from conftest import outside, row_of

from evidence_synthesis.plots import other_reviews, through_time
from evidence_synthesis.plots.publish import draw
from evidence_synthesis.synthesis.rows.other_reviews import BesideReviews, ReviewEstimate
from evidence_synthesis.synthesis.rows.through_time import JudgedTwice, VerdictAtYear


def strips(published: str = "2011-05-01") -> through_time.Strips:
    told = [("2010", "open", ""), ("2011", "open", ""), ("2012", "supported", "low to moderate"), ("", "contradicted", "high")]
    years = [row_of(VerdictAtYear, claim="c", year=y, verdict=v, certainty=c, trials="1") for y, v, c in told]
    part = row_of(VerdictAtYear, claim="c", part="1", year="2010", verdict="supported", trials="1")
    twice = row_of(
        JudgedTwice, claim="c", document="A document", published=published, says="Yoga helps.", then="open" if published else "",
        now="supported", judgement="was ahead of the trials",
    )  # fmt: skip
    return through_time.gather([*years, part], [twice])


def test_a_strip_puts_like_years_together() -> None:
    """Today's verdict, which counts publications of unknown year, has no year to stand in."""
    figure = strips()
    ((document, (strip,)),) = figure.documents
    assert document == "A document (2011-05-01)"
    assert [(r.first, r.last, r.verdict) for r in strip.runs] == [(2010, 2011, "open"), (2012, 2012, "supported")]
    assert (figure.first, figure.last, strip.document_year) == (2010, 2012, 2011)
    assert "Was ahead of the trials" in figure.describe()


def test_a_document_without_a_date_says_so() -> None:
    ((document, (strip,)),) = strips("").documents
    assert document.endswith("(no date)")
    assert (strip.words, strip.document_year) == ("No date; now supported", None)


def test_the_less_certain_the_paler() -> None:
    """The lowest certainty counts where readings differ; without colour the marks tell verdicts apart."""
    ((page, _),) = strips().lay_out()
    assert "#80b8d8" in page.boxes  # half of the blue: low to moderate
    assert not outside(page)
    assert b"<svg" in draw(strips(), 50, ["svg"])["svg"]


def test_nothing_is_no_figure() -> None:
    assert through_time.gather([], []).size() == 0
    assert other_reviews.gather([], []).size() == 0


def test_our_trials_stand_first_among_reviews() -> None:
    def estimate(name: str, part: str, measure: str = "MD", **cells: str) -> ReviewEstimate:
        given = {
            "unit": "points of 100",
            "estimate": "-5",
            "ci_low": "-90",
            "ci_high": "1",
            "trials": "3",
            "certainty": "low",
            "our_trials": "2",
        }
        return row_of(
            ReviewEstimate, claim="c", part=part, estimate_id=name, review=f"Review {name}", measure=measure, **given | cells
        )

    own = {"our_estimate": "-4", "our_low": "-8", "our_high": "0"}
    rows = [estimate("1", "1", **own), estimate("1", "2", **own), estimate("2", "1", "SMD"), estimate("3", "1", "OR")]
    beside = [row_of(BesideReviews, claim="c", part=p, question="Yoga against no treatment?") for p in ("1", "2")]
    figure = other_reviews.gather(rows, beside)
    assert [(m, [[line.whose for line in q.lines] for q in asked]) for m, asked in figure.measures] == [
        ("MD", [["Our trials", "Review 1"]]),  # a question that two parts ask stands once
        ("SMD", [["Review 2"]]),
    ]
    assert figure.size() == 3
    assert [row["kind"] for row in figure.drawn()] == ["ours", "review", "review"]
    ((page, _),) = figure.lay_out()
    assert not outside(page)
    mmhg = other_reviews.gather([replace(r, unit="mmHg") for r in rows], beside)  # has no place on 0 to 100
    assert [m for m, _ in mmhg.measures] == ["SMD"]
