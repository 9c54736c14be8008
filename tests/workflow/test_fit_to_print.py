"""No text that people read has a number from beyond its scale: pages, documents, figures and their words, what changed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape, unescape
from pathlib import Path

import pytest
from conftest import ROOT, read_csv

from evidence_synthesis.compare.changes import compare
from evidence_synthesis.compare.comment import pull_request
from evidence_synthesis.compare.states import State, from_folder
from evidence_synthesis.compare.text import markdown, page, terminal
from evidence_synthesis.wording import FURTHEST, tau2_to_print

_NUMBER = r"[<>]?[\u2212-]?\d[\d,]*(?:\.\d+)?"
_INTERVAL = re.compile(rf"({_NUMBER}) to ({_NUMBER})")
_PRINTED = re.compile(r"(?:median [\d.]+ \(|interval )$")  # what a source prints stands as it does there
_TAU2 = re.compile(rf"(?:\u03c4\u00b2|tau2) =? ?{_NUMBER} \($")
_FURTHEST = max(FURTHEST.values())


def _value(text: str) -> float:
    return abs(float(text.lstrip("<>").replace("\u2212", "-").replace(",", "")))


def intervals(text: str) -> Iterator[tuple[str, float]]:
    """Intervals of effects and of tau2 (with decimals; people, weeks and years have none), each with what it may not exceed."""
    text = unescape(re.sub(r"<[^<>]+>", "|", text))
    for found in _INTERVAL.finditer(text):
        before = text[max(0, found.start() - 40) : found.start()]
        if "." in found[0] and not _PRINTED.search(before):
            yield found[0], _FURTHEST**2 if _TAU2.search(before) else _FURTHEST


def beyond(text: str) -> list[str]:
    """Those of the intervals of a text that lie beyond."""
    return [words for words, most in intervals(text) if any(_value(end) > most for end in _INTERVAL.fullmatch(words).groups())]  # type: ignore[union-attr]


def test_the_walk_sees_what_is_beyond() -> None:
    text = "MD \u22127.8 (\u2212121.7 to 106.2); RR 0.63 (0.00 to 408.62); <b>RR</b> 2.0 (0.5 to 100.0)"
    text += "; \u03c4\u00b2 = 20.8 (0.0 to 35909.7)"
    assert beyond(text) == ["\u2212121.7 to 106.2", "0.00 to 408.62", "0.0 to 35909.7"]
    fit = "\u03c4\u00b2 = 20.8 (0.0 to 1163.6); RR 2.00 (0.50 to >100)"
    fit += "; 613 per 1,000 (12 to 1,000); median 115.5 (53.1 to 183.0)"
    assert beyond(fit) == []
    assert len(list(intervals(fit))) == 2


def test_no_page_document_or_figure_prints_what_is_beyond_its_scale() -> None:
    results, seen = ROOT / "results", 0
    files = [p for p in results.rglob("*") if p.suffix in (".html", ".svg", ".tex")]
    names = ("summary", "summary_of_findings", "claims", "claims_detail", "figures", "summaries", "beside_reviews")
    files += [results / f"tables/{name}.csv" for name in names]
    found: dict[Path, list[str]] = {}
    for path in files:
        cells = [list(row.values()) for row in read_csv(path)] if path.suffix == ".csv" else [[path.read_text(encoding="utf-8")]]
        text = "|".join(cell for row in cells for cell in row)
        seen += len(list(intervals(text)))
        if some := beyond(text):
            found[path.relative_to(results)] = some
    assert seen > 20_000
    assert found == {}


def _moved(state: State) -> State:
    """A state whose analyses are all a little wider and far more diverse, and that lacks a trial."""
    first = state.trials[0].trial_id
    return replace(
        state,
        pooled=[replace(r, ci_high=r.ci_high * 1.01, tau2=(r.tau2 or 0) * 1000) for r in state.pooled],
        trials=[t for t in state.trials if t.trial_id != first],
        rows=[r for r in state.rows if r["trial_id"] != first],
    )


@pytest.fixture(scope="module")
def state() -> State:
    return from_folder(ROOT / "results")


def test_what_changed_prints_nothing_beyond_its_scale(state: State, config: dict) -> None:
    changes = compare(_moved(state), state, config)
    kept = {(r.analysis_id, r.measure) for r in state.pooled if r.ci_high > _FURTHEST}
    assert kept
    assert any((m.analysis_id, m.measure) in kept for m in changes.analyses)
    texts = [markdown(changes), page(changes), pull_request(changes), "\n".join(terminal(changes))]
    pairs = [[tau2_to_print(m.measure, value) for value in (m.tau2_old, m.tau2_new)] for m in changes.analyses]
    assert all(_value(text) <= _FURTHEST**2 for pair in pairs for text in pair if text)
    assert ">10000" in {text for pair in pairs for text in pair}
    variances = re.compile("|".join(rf"\| ?{re.escape(escape(' to '.join(pair)))} ?\|" for pair in pairs))
    assert [beyond(variances.sub("||", re.sub(r"<[^<>]+>", "|", text))) for text in texts] == [[]] * len(texts)
    assert all("(alone: " in text for text in texts[:3])
    assert any("off the scale" in m.old for m in changes.analyses)
    assert any(">100" in m.old for m in changes.analyses)


def test_changes_of_differences_in_a_unit_say_it(state: State, config: dict) -> None:
    """With pain in millimetres: two decimals, the unit, and no end of the scale."""
    own = copy.deepcopy(config)
    own["outcomes"]["pain"]["unit"] = "mm"
    changes = compare(_moved(state), state, own)
    pain = [m for m in changes.analyses if "__pain__" in m.analysis_id and m.measure == "MD"]
    others = [m for m in changes.analyses if "__pain__" not in m.analysis_id or m.measure != "MD"]
    shown = re.compile(r"\u2212?\d+\.\d\d \(\u2212?\d+\.\d\d to \u2212?\d+\.\d\d\) mm, \d+ trials?")
    told = [words for m in pain for words in (m.old, m.new) if words != "none"]
    assert len(told) > 100
    assert all(shown.fullmatch(words) for words in told)
    assert not any(" mm" in m.old + m.new for m in others)
    assert beyond("\n".join(told))
    assert re.search(r"\(alone: \u2212?\d+\.\d\d mm", markdown(changes))
