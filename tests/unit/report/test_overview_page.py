"""The first page's table of what the trials show: every cell is a pooled result with its verdict, and none is left out."""

from __future__ import annotations

import html
import re

from conftest import DATA, ROOT, read_csv

from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.wording import VERDICT_WORDS

RESULTS = ROOT / "results"
CELL = re.compile(
    r'<td class="v-(\w+)"><a href="treatments/([\w-]+)\.html#a-([\w-]+)">([^<]+)</a><br>'
    r"(−?[\d.]+) \((−?[\d.]+) to (−?[\d.]+)\)<br>(\d+) trials?, ([a-z ]+)</td>"
)


def test_the_table_shows_the_published_results() -> None:
    page = html.unescape((RESULTS / "report/index.html").read_text(encoding="utf-8"))
    table = page[page.index('<table class="glance">') : page.index("</table>")]
    pooled = {r["analysis_id"]: r for r in read_csv(RESULTS / "tables/pooled.csv") if r["measure"] == "MD"}
    judged = {r["analysis_id"]: r for r in read_csv(RESULTS / "tables/certainty.csv") if r["measure"] == "MD"}
    cells = CELL.findall(table)
    for verdict, group, analysis, words, *numbers, trials, certainty in cells:
        row, judgement = pooled[analysis], judged[analysis]
        assert (row["group"], row["trials"]) == (group, trials)
        assert (judgement["verdict"], judgement["certainty"]) == (verdict, certainty)
        assert words == VERDICT_WORDS[verdict]
        shown = [float(n.replace("−", "-")) for n in numbers]
        assert shown == [round(float(row[c]), 1) + 0.0 for c in ("estimate", "ci_low", "ci_high")]
    assert table.count("<td") == len(cells) + table.count("<td>no trial</td>") + 1  # and the empty corner

    taxonomy = Taxonomy(read_csv(DATA / "treatments.csv"))
    groups = {g for kind in ("passive", "active", "combined") for g in (f"class-{kind}", *taxonomy.families(kind))}
    expected = {
        f"{group}__inactive__{outcome}__{term}__low_back"
        for group in groups
        for outcome in ("pain", "function")
        for term in ("short", "long")
    }
    assert {analysis for _, _, analysis, *_ in cells} == expected & set(judged)
    assert len(cells) > 30


def test_a_class_has_its_families_and_lone_treatments() -> None:
    rows = [
        {"treatment_id": t, "label": t, "class": c, "family": f, "components": ""}
        for t, c, f in (("a", "passive", "one"), ("b", "passive", "one"), ("c", "passive", "two"), ("d", "active", "three"))
    ]
    taxonomy = Taxonomy(rows)
    assert taxonomy.families("passive") == ["family-one", "c"]
    assert taxonomy.families("active") == ["d"]
