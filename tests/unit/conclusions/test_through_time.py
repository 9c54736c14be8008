"""Statements through time: as-of runs against data cut by hand, both judgements of a document, and what moved a verdict."""

from __future__ import annotations

import json
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from conftest import DATA, ROOT, Rows, read_csv
from cut import DATES, cut_by_hand
from statements import EFFECT, TAXONOMY, claims_of, material_of, trials

from evidence_synthesis.cli.review import run
from evidence_synthesis.conclusions.claims.judge import judge_statements
from evidence_synthesis.conclusions.claims.material import material_of as with_rules
from evidence_synthesis.conclusions.through_time.attribution import explained, moved
from evidence_synthesis.conclusions.through_time.dated import Dated, dated, last_year
from evidence_synthesis.conclusions.through_time.further import missing_information
from evidence_synthesis.conclusions.through_time.judgement import HOLDS, STANDS, TWICE, UNDECIDED, judged_twice, since
from evidence_synthesis.conclusions.through_time.rows import time_tables, year_rows
from evidence_synthesis.conclusions.through_time.years import ThroughTime, through_time
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.as_of import NoDate, NothingPublished, as_of, day_of, year_of
from evidence_synthesis.review.check_settings import setting_faults
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.joined import rate
from evidence_synthesis.review.judgements import load_tools
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.trials import check_package
from evidence_synthesis.review.yaml_file import Document
from evidence_synthesis.storage.files import csv_text
from evidence_synthesis.synthesis.rows.through_time import InformationMissing, VerdictAtYear
from evidence_synthesis.wording import STATEMENT_WORDS


def checked(folder: Path, config: dict) -> dict[str, list[dict[str, str]]]:
    """The checked tables with their levels of risk of bias, as a run has them."""
    tables = check_package(folder)
    for name in ("trials", "printed"):
        tools = config["risk_of_bias"]
        rate(tables[name], tables["risk_of_bias"], load_tools(tools), load_tools(tools, otherwise=True))
    return tables


@pytest.fixture(scope="module")
def whole(config: dict) -> dict[str, list[dict[str, str]]]:
    return checked(DATA, config)


def through(tables: dict[str, list[dict[str, str]]], config: dict) -> tuple[ThroughTime, Dated]:
    settings = load_settings(config)
    converted = [convert(parse_result(row), settings) for row in tables["trials"]]
    claims = load_claims(json.loads((ROOT / "results/checked/claims.json").read_text(encoding="utf-8")), TAXONOMY)
    known, outside = tables["unusable_results"], tables["harms_outside_trials"]
    material = with_rules(converted, config, settings, TAXONOMY, known, outside=outside)
    found = dated(material, tables["trials"], tables["sources"], last_year(tables["search_log"]))
    return through_time(claims, found), found


@pytest.fixture(scope="module")
def until_today(whole: Any, config: dict) -> ThroughTime:
    """Every statement at the end of each year, of all that is there."""
    return through(whole, config)[0]


@pytest.mark.parametrize("day", DATES)
def test_a_review_as_of_a_date_is_that_of_data_cut_by_hand(
    day: str, whole: Any, until_today: ThroughTime, tmp_path: Path, config: dict
) -> None:
    """Byte for byte: the checked tables, and with them all that follows; and the strip's year is what a run then would say."""
    by_hand = checked(cut_by_hand(tmp_path / "data", int(day[:4])), config)
    cut = as_of(whole, day_of(day))
    for name in ("trials", "printed", "unusable_results", "published_estimates", "harms_outside_trials"):
        columns = list(whole[name][0])
        assert csv_text(columns, cut[name]).encode() == csv_text(columns, by_hand[name]).encode(), name
        assert 0 < len(cut[name]) < len(whole[name])
    year, (theirs, material) = int(day[:4]), through(by_hand, config)
    rows = [row for row in year_rows(until_today) if row.year == year]
    today = ThroughTime([year], theirs.parts, theirs.claims)
    assert VerdictAtYear.text(rows) == VerdictAtYear.text(row for row in year_rows(today) if row.year == year)
    judged = judge_statements(theirs.claims, material.material)
    assert [[a.verdict for a in answers] for _, answers in judged] == [
        [a.verdict for a in some] for _, some in until_today.at(year)
    ]


def test_today_is_what_the_review_says_without_a_date(whole: Any, until_today: ThroughTime, config: dict) -> None:
    settings = load_settings(config)
    converted = [convert(parse_result(row), settings) for row in whole["trials"]]
    material = with_rules(converted, config, settings, TAXONOMY, whole["unusable_results"], (), whole["harms_outside_trials"])
    for (_, answers), (_, today) in zip(judge_statements(until_today.claims, material), until_today.at(None), strict=True):
        for a, b in zip(answers, today, strict=True):
            assert (a.verdict, a.certainty, a.trials, repr(a.estimate), a.row_ids) == (
                b.verdict, b.certainty, b.trials, repr(b.estimate), b.row_ids,
            )  # fmt: skip


def test_the_published_table_ends_with_the_verdicts_of_the_claims() -> None:
    parts = {(r["claim"], r["part"]): r["verdict"] for r in read_csv(ROOT / "results/tables/claims_detail.csv")}
    found = {
        (r["claim"], r["part"]): r["verdict"]
        for r in read_csv(ROOT / "results/tables/claims_through_time.csv")
        if not r["year"] and r["part"]
    }
    assert found == parts


def test_dates() -> None:
    assert day_of("2015") == date(2015, 12, 31)
    assert day_of("2015-12-02") == date(2015, 12, 2)
    for text in ("2015-13-01", "yesterday", "15", ""):
        with pytest.raises(NoDate, match="2015-12-02"):
            day_of(text)


def test_a_follow_up_is_published_with_its_own_report_and_never_before_its_trial() -> None:
    reports = {"first": 2010, "later": 2014, "protocol": 2008}
    assert [year_of(2010, name, reports) for name in (*reports, "review")] == [2010, 2014, 2010, 2010]
    assert year_of(None, "later", reports) == 2014
    assert year_of(None, "review", reports) is None


def test_a_retraction_counts_from_its_own_date(whole: Any) -> None:
    rows = [
        dict(row) | {"status": "retracted", "status_source": "the journal", "status_date": "2012-05-01"}
        for row in whole["trials"]
    ]
    tables = whole | {"trials": rows}
    assert {r["status"] for r in as_of(tables, date(2012, 4, 30))["trials"]} == {""}
    assert {r["status"] for r in as_of(tables, date(2012, 5, 1))["trials"]} == {"retracted"}
    undated = whole | {"trials": [row | {"status_date": ""} for row in rows]}
    assert {r["status"] for r in as_of(undated, date(1999, 1, 1))["trials"]} == {"retracted"}


def test_lists_of_trials_are_there_with_their_reviews(whole: Any) -> None:
    told = {row["review"]: row["year"] for row in whole["published_estimates"] if row["year"]}
    old, new = (next(name for name, year in told.items() if (year <= "2010") is before) for before in (True, False))
    tables = whole | {"review_trials": [{"review": name, "trial": "Smith 2001"} for name in (old, new)]}
    assert [row["review"] for row in as_of(tables, date(2010, 12, 31))["review_trials"]] == [old]


def test_before_the_first_trial_there_is_no_review(whole: Any) -> None:
    with pytest.raises(NothingPublished, match="1950"):
        as_of(whole, date(1950, 1, 1))


def made(rows: Rows, config: dict, published: str = "2010-06-01", **part: Any) -> ThroughTime:
    claims = claims_of(EFFECT | part)
    claims = type(claims)(claims.rules_fixed, {"d": {"title": "D", "updated": published}}, claims.statements)
    years = [
        {
            "row_id": r["row_id"],
            "year": r["year"],
            "source_id": "",
            "status": r.get("status", ""),
            "status_date": r.get("status_date", ""),
        }
        for r in rows
    ]
    return through_time(claims, dated(material_of(rows, config), years, []))


def old_and_new(*differences: float) -> Rows:
    """Two old trials that find nothing, and later ones, a year apart."""
    later = [trials(d, first=i, year=str(2011 + i))[0] for i, d in enumerate(differences, 2)]
    return [*trials(-0.5, 0.5, year="2005"), *later]


def test_a_verdict_that_later_trials_bring_about(config: dict) -> None:
    found = made(old_and_new(-12, -14, -13), config)
    (part,) = found.parts["c"]
    assert [part.at(year).verdict for year in (2004, 2005, 2010)] == ["not_looked_at", "open", "open"]
    changes = list(moved(part))
    assert changes[0].year == 2005
    assert all(c.before.verdict != c.after.verdict for c in changes)
    assert part.at(None).verdict == part.at(2015).verdict != "open"
    why = explained(part, 2010, None)
    assert why is not None
    assert why.between == 3
    assert why.fewest
    assert why.labels == ("Study 2",)  # one later trial alone makes the rest lean
    assert explained(part, 2006, 2010) is None
    (whole, own) = time_tables(found, TAXONOMY).twice
    assert (whole.then, whole.now, whole.judgement) == ("open", part.today.verdict, "was ahead of the trials")
    assert own.explained_by == why.labels


def test_a_trial_alone_is_judged_with_what_was_there_before(config: dict) -> None:
    """Of two trials of one year, one does nothing alone."""
    rows = [*trials(-0.5, 0.5, year="2005"), *trials(-14, 0, first=2, year="2012")]
    (part,) = made(rows, config).parts["c"]
    told = {m.study: (m.before.verdict, m.alone.verdict) for m in moved(part) if m.year == 2012}
    pair = {m.study: m.alone.trials for m in moved(part) if m.year == 2012}
    assert set(pair.values()) <= {3}
    assert all(before == "open" for before, _ in told.values())


def test_a_retraction_changes_the_verdict_in_its_year(config: dict) -> None:
    rows = trials(-6, -6, -6, year="2005")
    retracted = [r | {"status": "retracted", "status_source": "x", "status_date": "2012-01-01"} for r in rows]
    (part,) = made(retracted, config).parts["c"]
    assert (part.at(2005).verdict, part.at(2011).verdict, part.at(2012).verdict) == ("supported", "supported", "not_looked_at")
    assert {m.year for m in moved(part)} == {2005, 2012}


def test_publications_of_unknown_year_count_today_only(config: dict) -> None:
    rows = [*trials(-6, -6, year="2005"), *trials(-6, first=2, year="")]
    (part,) = made(rows, config).parts["c"]
    assert (part.at(2026).trials, part.at(None).trials) == (2, 3)


def test_a_year_after_the_last_search_is_not_known(config: dict) -> None:
    rows = trials(-6, -6, year="2052")
    years = [{"row_id": r["row_id"], "year": r["year"], "source_id": "", "status": ""} for r in rows]
    found = dated(material_of(rows, config), years, [], last_year([{"date": "2026-11-30"}, {"date": ""}]))
    assert found.years == {}
    assert through_time(claims_of(EFFECT), found).at(None)[0][1][0].trials == 2


def test_every_pair_of_verdicts_has_its_words() -> None:
    assert STANDS.keys() == STATEMENT_WORDS.keys()
    assert TWICE.keys() == set(product(set(STANDS.values()), repeat=2))
    named = {pair: words for pair, words in TWICE.items() if words in ("held then and holds", "held then, no longer")}
    assert {pair[0] for pair in named} == {HOLDS}
    assert judged_twice(None, "open") == "the document has no date"
    assert judged_twice("not_looked_at", "not_looked_at") == "never tested"
    assert judged_twice("mixed", "leaning") == "was ahead of the trials"
    assert TWICE[HOLDS, UNDECIDED] == "held then, no longer"
    docs = " ".join((ROOT / "docs/statements.md").read_text(encoding="utf-8").split())
    assert all(f"*{words}*" in docs for words in set(TWICE.values()))


def test_since_when_a_verdict_has_not_changed() -> None:
    history = [(2001, "open"), (2002, "leaning"), (2003, "open"), (2004, "leaning"), (2005, "leaning")]
    assert since(history, "leaning") == 2004
    assert since(history, "supported") is None


def missing(rows: Rows, config: dict, **part: Any) -> InformationMissing:
    years = [{"row_id": r["row_id"], "year": r["year"], "source_id": "", "status": ""} for r in rows]
    (found,) = missing_information(claims_of(EFFECT | part), dated(material_of(rows, config), years, [])).missing
    return found


def test_what_is_still_missing(config: dict) -> None:
    """126 people see 10 points with an SD of 20 at a power of 0.8 (Handbook 14.2.5); alike trials enlarge it by nothing."""
    few = missing(trials(-3, n=20, year="2010"), config)
    assert (few.required_plain, few.diversity, few.required, few.people) == (126, 0, 126, 40)
    assert few.people_needed == 86
    assert few.flips_100 is None
    apart = missing(trials(-30, 0, 10, year="2010"), config)
    assert apart.diversity > 0.9
    assert apart.required is not None
    assert apart.required == pytest.approx(126 / (1 - apart.diversity))


def test_looks_are_years(config: dict) -> None:
    found = missing([*trials(-6, -6, year="2010"), *trials(-6, first=2, year="2012"), *trials(-6, first=3, year="")], config)
    assert (found.looks, found.trials, found.sequential, found.people_needed) == (3, 4, "crossed", 0)


def test_the_larger_a_further_trial_the_more_it_can_change_what_is_open(config: dict) -> None:
    found = missing(trials(-3, -1, n=35, sd=20, year="2010"), config)
    assert found.verdict == "open" or found.verdict == "leaning"
    again = missing(trials(-3, -1, n=35, sd=20, year="2010"), config)
    assert found == again  # seeded
    assert found.flips_100 is not None
    assert found.flips_1000 is not None
    assert 0 < found.flips_100 <= 1
    settled = missing(trials(*[-6.0] * 12, year="2010"), config)
    assert settled.verdict == "supported"
    assert settled.flips_1000 == 0


def test_the_command_refuses_what_is_no_date() -> None:
    for options in (["--as-of", "soon"], ["--as-of", "2015", "--verify"]):
        done = CliRunner().invoke(run, ["--directory", str(ROOT), *options])
        assert done.exit_code in (1, 2)
        assert "date" in done.output


def test_a_setting_that_is_no_date_is_a_fault(config: dict) -> None:
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    for told in ("2015-13-01", "soon"):
        (fault,) = setting_faults(Document("config/config.yaml", config | {"as_of": told}, {}), schema)
        assert fault.column == "as_of"
    assert setting_faults(Document("config/config.yaml", config | {"as_of": "2015-12-02"}, {}), schema) == []
