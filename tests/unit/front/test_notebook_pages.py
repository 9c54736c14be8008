"""What notebooks show of results: the same words and numbers as their text, in tables, and no markup from names."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

import evidence_synthesis as es

N = 12
TRIALS = {
    "study": [f"<b>{c}</b> & co" for c in "ABCDEFGHIJKL"],
    "events_t": [4, 6, 3, 62, 33, 18, 8, 50, 29, 17, 18, 5],
    "n_t": [123, 306, 231, 1359, 506, 154, 254, 886, 749, 165, 500, 274],
    "events_c": [11, 29, 11, 88, 47, 37, 10, 62, 45, 65, 14, 3],
    "n_c": [139, 303, 220, 1286, 580, 145, 629, 886, 727, 166, 499, 250],
    "year": [1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969],
    "kind": list("<<<rrarrraaa"),
}
RESULTS: dict[str, Callable[[es.MetaAnalysis], object]] = {
    "subgroups": lambda ma: ma.subgroups("kind"),
    "subgroups of several tau2": lambda ma: ma.subgroups("kind", common_tau2=False),
    "regression": lambda ma: ma.regress("~ year + C(kind)"),
    "small studies": lambda ma: ma.small_study(),
    "Bayes": lambda ma: ma.bayes(thresholds=[1, 0.8]),
    "sequential": lambda ma: ma.sequential(0.8),
    "analysis": lambda ma: ma,
}


@pytest.fixture(scope="module")
def ma() -> es.MetaAnalysis:
    return es.meta_analysis(TRIALS, measure="OR", title="Twelve <trials>")


def words_of(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page.partition("<svg")[0]))


@pytest.mark.parametrize("name", RESULTS)
def test_a_page_says_what_the_text_says(ma: es.MetaAnalysis, name: str) -> None:
    result = RESULTS[name](ma)
    page = result._repr_html_()  # type: ignore[attr-defined]
    shown = re.sub(r"\s+", " ", words_of(page))
    numbers = re.findall(r"\d+\.\d+", repr(result))
    assert len(numbers) >= 3
    assert [n for n in numbers if n not in shown] == []
    assert repr(result).splitlines()[0] in shown
    assert page.startswith("<div>")
    assert page.endswith("</div>")


@pytest.mark.parametrize("name", RESULTS)
def test_names_are_no_markup(ma: es.MetaAnalysis, name: str) -> None:
    page = RESULTS[name](ma)._repr_html_().partition("<svg")[0]  # type: ignore[attr-defined]
    tags = set(re.findall(r"</?(\w*)", page))
    assert tags <= {"div", "p", "b", "br", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.count("<b>") == 1  # the opening line, not the trials' own


def test_rows_are_the_rows_of_the_table(ma: es.MetaAnalysis) -> None:
    for result in (ma.subgroups("kind"), ma.regress("~ year"), ma.small_study()):
        page = result._repr_html_()
        body = page.partition("<tbody>")[2].partition("</tbody>")[0]
        heads = [unescape(name) for name in re.findall(r"<tr><th[^>]*>([^<]*)</th>", body)]
        assert heads == list(result.to_frame().index)


def test_a_subgroup_of_one_study_has_no_heterogeneity(ma: es.MetaAnalysis) -> None:
    page = ma.subgroups(["x"] + ["y"] * (N - 1))._repr_html_()
    (alone,) = re.findall(r"<tr><th[^>]*>x</th>(.*?)</tr>", page)
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", alone)
    assert (cells[0], cells[2:]) == ("1", ["", ""])


def test_a_title_stands_once(ma: es.MetaAnalysis) -> None:
    """Above the numbers, and not in the figure again."""
    page = ma._repr_html_()
    assert page.count("Twelve &lt;trials&gt;") == 1
    assert "Twelve" not in page.partition("<svg")[2]
