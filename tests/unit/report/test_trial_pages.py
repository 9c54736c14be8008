"""Trial pages: every result that was read stands on its trial's page, as printed, with what became of it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from html import unescape

from conftest import DATA, ROOT, read_csv, read_members, row_of

from evidence_synthesis import wording
from evidence_synthesis.report.links import anchor, page_of_trial
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.report.trial import trial_page
from evidence_synthesis.report.views.trial import TrialPage
from evidence_synthesis.synthesis.rows.results import ResultEffect, RowAccount

RESULTS = ROOT / "results"
REPORT = RESULTS / "report"


def lines_of(page: str) -> dict[str, str]:
    """The text of each result on a page, by anchor."""
    found = re.findall(r'<tr id="([^"]+)">(.*?)</tr>', page, flags=re.DOTALL)
    return {name: unescape(re.sub(r"<[^>]+>", " ", html)) for name, html in found}


def test_every_result_stands_on_its_trials_page() -> None:
    by_trial = defaultdict(list)
    for row in read_csv(RESULTS / "checked/trials.csv"):
        by_trial[row["trial_id"]].append(row)
    assert {p.name for p in (REPORT / "trials").iterdir()} == {page_of_trial(t).removeprefix("trials/") for t in by_trial}
    accounts = {a["row_id"]: a for a in read_csv(RESULTS / "tables/row_accounting.csv")}
    for trial_id, rows in by_trial.items():
        lines = lines_of((REPORT / page_of_trial(trial_id)).read_text(encoding="utf-8"))
        assert set(lines) == {anchor(r["row_id"]) for r in rows}
        for row in rows:
            text = lines[anchor(row["row_id"])].replace(wording.MINUS, "-")
            for column in ("mean_t", "mean_c", "sd_t", "sd_c", "events_t", "n_t", "effect", "effect_ci_low", "median_c"):
                if row[column]:
                    assert row[column] in text, (row["row_id"], column)
            assert (accounts[row["row_id"]]["status"] != "excluded") or accounts[row["row_id"]]["reason"] in text


def test_printed_numbers_have_a_minus_and_no_word_stands_twice(site: Site) -> None:
    below = {r["row_id"]: r for r in site.tables.checked if re.match(r"-\d", r["mean_t"])}
    pages = [v for v in dict(site.views()).values() if isinstance(v, TrialPage)]
    told = [(r, words) for v in pages for r in v.results for _, _, words in r.arms[:1]]
    shown = [words for r, words in told if r.anchor in map(anchor, below)]
    assert len(shown) == len(below) > 50
    assert all(words.startswith(f"mean {wording.MINUS}") for words in shown)
    assert not [words for _, words in told if re.search(r"(?<![\w.)])-\d", words)]
    read = [r.read.words.split(", ") for v in pages for r in v.results]
    assert {"abstract"} in map(set, read)
    assert not [words for words in read if words[:2] == ["abstract", "abstract"]]


def test_the_list_of_trials_counts_their_results() -> None:
    rows = read_csv(RESULTS / "tables/row_accounting.csv")
    page = (REPORT / "trials.html").read_text(encoding="utf-8")
    lines = re.findall(r'<tr><th scope="row"><a href="trials/([^"]+)\.html">.*?</tr>', page, flags=re.DOTALL)
    counts = re.findall(r'</td><td class="n">(\d+)</td><td class="n">(\d+)</td><td>', page)
    assert sorted(lines) == sorted({anchor(r["trial_id"]) for r in rows})
    assert sum(int(n) for n, _ in counts) == len(rows)
    assert sum(int(n) for _, n in counts) == sum(r["status"] != "excluded" for r in rows)


def test_a_corrected_value_stands_beside_the_printed_one() -> None:
    trials = {r["row_id"]: r["trial_id"] for r in read_csv(RESULTS / "checked/trials.csv")}
    for c in read_csv(DATA / "corrections.csv"):
        page = lines_of((REPORT / page_of_trial(trials[c["row_id"]])).read_text(encoding="utf-8"))
        assert c["reason"] in page[anchor(c["row_id"])]
        if c["column"]:
            words = f"printed {c['expected_printed'] or 'nothing'}, used {c['value_used'] or 'nothing'}"
            assert words in page[anchor(c["row_id"])].replace(wording.MINUS, "-")


def test_every_conversion_has_words() -> None:
    source = (ROOT / "src/evidence_synthesis/effects/conversions.py").read_text(encoding="utf-8")
    steps = set(re.findall(r"out\.step\(\"([a-z_0-9]+)\"", source))
    assert steps | {"se_from_ci_t"} == set(wording.STEPS)


def test_a_result_leads_to_the_analyses_that_it_counts_in() -> None:
    """Their weights stand there: they move with every other trial."""
    table = defaultdict(set)
    for r in read_members(RESULTS):
        for row_id in r["row_ids"].split(";"):
            table[anchor(r["analysis_id"])].add(row_id)
    rows = {anchor(r["row_id"]): r["row_id"] for r in read_csv(RESULTS / "checked/trials.csv")}
    seen = 0
    for path in (REPORT / "trials").iterdir():
        for name, html in re.findall(r'<tr id="([^"]+)">(.*?)</tr>', path.read_text(encoding="utf-8"), flags=re.DOTALL):
            for analysis in re.findall(r'#a-([^"]+)">', html):
                assert rows[name] in table[analysis]
                seen += 1
    assert seen > 1000


def told(lines: list[dict[str, str]], effects: list[dict[str, str]], site: Site, status: str = "used") -> TrialPage:
    """The page of a trial with these results and effects."""
    usual = {"trial_id": "t", "study": "Ann 2001", "region": "neck", "chronicity": "mixed", "design": "parallel"}
    usual |= {"treatment": "yoga", "comparator": "usual_care", "outcome": "pain", "weeks": "4", "weeks_from": "randomisation"}
    empty = dict.fromkeys(read_csv(RESULTS / "checked/trials.csv")[0], "")
    rows = [empty | usual | {"row_id": f"r{n}", "n_t": "20", "n_c": "21"} | row for n, row in enumerate(lines)]
    base = {"treatment": "yoga", "comparator": "usual_care", "outcome": "pain", "measure": "MD", "points": "yes"}
    found = defaultdict(list)
    for effect in effects:
        found[effect["row_id"]].append(row_of(ResultEffect, **base | effect))
    accounts = {r["row_id"]: row_of(RowAccount, row_id=r["row_id"], status=status) for r in rows}
    shelf = replace(site.shelf, results={"t": rows}, effects=found, accounts=accounts, findings={}, corrections={}, pooled={})
    return trial_page("t", shelf, {}, "S")


def effect(row_id: str, value: str, low: str, high: str, **cells: str) -> dict[str, str]:
    return {"row_id": row_id, "effect": value, "ci_low": low, "ci_high": high} | cells


def test_a_trials_page_opens_with_what_it_found(site: Site) -> None:
    rows = [{"weeks": "52"}, {}, {"outcome": "recovery"}, {"treatment": "pilates", "outcome": "other"}]
    effects = [
        effect("r0", "-5", "-9", "-1"),
        effect("r1", "1", "-2", "4"),
        effect("r1", "0.1", "-0.2", "0.4", measure="SMD"),
        effect("r2", "0.5", "0.3", "0.8", measure="RR", outcome="recovery"),  # fewer recover
        effect("r3", "-5", "-9", "-1", outcome="other"),  # an outcome that is not pooled
    ]
    page = told(rows, effects, site)
    assert page.lead == "The trial compared yoga and pilates against usual care."
    assert (page.people, page.rated) == (["neck, mixed duration"], "nobody has assessed it in a source that was read here")
    (found,) = page.found
    assert (found.arms, found.people, page.others) == ("Yoga against usual care", "41 people", 1)
    assert [(o.outcome, [(t.when, t.says, t.effect, t.place) for t in o.times]) for o in found.outcomes] == [
        (
            "Pain",
            [
                ("week 4", "no clear difference", "difference 1.0 (\u22122.0 to 4.0)", "r1"),
                ("week 52", "in favour of yoga", "difference \u22125.0 (\u22129.0 to \u22121.0)", "r0"),
            ],
        ),
        ("Recovery", [("week 4", "in favour of usual care", "risk ratio 0.50 (0.30 to 0.80)", "r2")]),
    ]
    text = unescape(render(page))
    assert text.index('id="answer"') < text.index('class="found"') < text.index('id="results"') < text.index("<h2>Sources</h2>")


def test_what_a_trial_did_not_find_is_not_told(site: Site) -> None:
    assert told([{}], [effect("r0", "-5", "-9", "-1")], site, status="excluded").found == []
    assert "None of its results can be compared" in render(told([{}], [], site))
    ratio = effect("r0", "0.5", "0.3", "0.8", measure="RR", outcome="recovery")
    assert not told([{"outcome": "recovery"}], [ratio], site).in_points
    assert told([{}], [effect("r0", "-5", "-9", "-1")], site).in_points
    known = told([{"comparator": "yoga", "comparator_detail": "online"}], [effect("r0", "-5", "-9", "-1")], site).found[0]
    assert known.arms == "Yoga against yoga (online)"
    assert known.outcomes[0].times[0].says == "in favour of yoga"


def test_a_retracted_trial_says_so_first(site: Site) -> None:
    text = render(told([{"status": "retracted", "status_source": "Journal, 2020"}], [effect("r0", "-5", "-9", "-1")], site))
    assert text.index("<strong>Retracted.</strong> Journal, 2020") < text.index("The trial compared")
