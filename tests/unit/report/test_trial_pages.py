"""Trial pages: every result that was read stands on its trial's page, as printed, with what became of it."""

from __future__ import annotations

import re
from collections import defaultdict
from html import unescape

from conftest import DATA, ROOT, read_csv, read_members

from evidence_synthesis import wording
from evidence_synthesis.report.links import anchor, page_of_trial

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
            text = lines[anchor(row["row_id"])]
            for column in ("mean_t", "mean_c", "sd_t", "sd_c", "events_t", "n_t", "effect", "effect_ci_low", "median_c"):
                if row[column]:
                    assert row[column] in text, (row["row_id"], column)
            assert (accounts[row["row_id"]]["status"] != "excluded") or accounts[row["row_id"]]["reason"] in text


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
            assert words in page[anchor(c["row_id"])]


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
