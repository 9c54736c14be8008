"""The version of the evidence in the report: first page, methods, summaries of findings, citation and the page of changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import DATA, read_csv

import evidence_synthesis
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.review.evidence import EvidenceChange, EvidenceState
from evidence_synthesis.review.taxonomy import Taxonomy

STATE = EvidenceState("2026.12", "2026-12-05", released=True, digest="sha256:" + "0123456789abcdef" * 4)
FEW = ("index.html", "methods.html", "state.js")
HISTORY = [
    EvidenceChange("2026.12", "2026-12-05", "", "Compared with version 2026.11. Trials: 1 added."),
    EvidenceChange("2026.12", "2026-12-05", "Trials", "Added (1): <b>Smith</b> 2026."),
    EvidenceChange("2026.11", "2026-11-30", "", "The first version."),
]


def with_version(site: Site, state: EvidenceState, history: list[EvidenceChange], config: dict) -> Site:
    tables = replace(site.tables, version=state, history=history)
    return Site(config, Taxonomy(read_csv(DATA / "treatments.csv")), tables, [("numpy", "1")])


@pytest.fixture(scope="module")
def pages(site: Site, config: dict) -> dict[str, str]:
    views = dict(with_version(site, STATE, HISTORY, config).views())
    group = next(path for path in views if path.startswith("treatments/"))
    return {n: render(views[n]) for n in ("index.html", "methods.html", "downloads.html", "versions.html", group)}


@pytest.fixture(scope="module")
def files(site: Site, config: dict) -> dict[str, str]:
    return dict(with_version(site, STATE, HISTORY, config).files())


def test_the_first_page_and_the_paragraphs_name_the_version(pages: dict[str, str]) -> None:
    assert 'version of the evidence <a href="versions.html">2026.12 (2026-12-05)</a>' in pages["index.html"]
    assert "Version of the evidence 2026.12 (2026-12-05). Computed with evidence-synthesis" in pages["methods.html"]


def test_few_files_name_the_version(files: dict[str, str]) -> None:
    """A new version changes these alone; ``state.js`` fills it into all pages."""
    assert {name for name, text in files.items() if "2026.12" in text} == {*FEW, "versions.html"}
    numbered = f"evidence-synthesis {evidence_synthesis.__version__}"
    assert {name for name, text in files.items() if numbered in text} == {"methods.html", "state.js", "versions.html"}
    pages = [name for name in files if name.endswith(".html")]
    assert all("state.js" in files[name] and 'data-state="evidence"' in files[name] for name in pages)
    assert {name for name in pages if 'data-state="made"' in files[name]} == {n for n in pages if n.startswith("treatments/")}


def test_an_edit_between_versions_changes_no_page(files: dict[str, str], site: Site, config: dict) -> None:
    """The digest of the data stands in ``checked/evidence_version.csv``; a version's own is part of its citation."""
    before, after = (
        dict(with_version(site, replace(STATE, released=False, digest=f"sha256:{d * 64}"), HISTORY, config).files()) for d in "ef"
    )
    assert before == after
    assert "sha256:" not in "".join(text for name, text in before.items() if name.endswith(".html"))
    assert {name for name, text in files.items() if STATE.short_digest in text} == {"versions.html"}


def test_a_citation_names_the_state_and_the_code(pages: dict[str, str]) -> None:
    words = (
        "Version of the evidence 2026.12 (2026-12-05); data sha256:0123456789ab; computed with evidence-synthesis "
        f"{evidence_synthesis.__version__}."
    )
    assert 'href="versions.html#cite"' in pages["downloads.html"]
    assert words in pages["versions.html"]


def test_the_page_tells_what_changed_since_the_version_before(pages: dict[str, str]) -> None:
    page = pages["versions.html"]
    assert "<h1>What changed since version 2026.11</h1>" in page
    assert "&lt;b&gt;Smith&lt;/b&gt; 2026." in page  # words of the data are no markup
    assert "Added (1): <b>" not in page
    assert page.index("Trials: 1 added") < page.index("Earlier versions") < page.index("The first version.")
    assert "The data changed after" not in page


def test_data_after_a_version_are_not_said_to_be_it(site: Site, config: dict) -> None:
    views = dict(with_version(site, replace(STATE, released=False), HISTORY, config).views())
    assert "2026.12 (2026-12-05), with changes since then that have no version yet" in render(views["index.html"])
    assert "The data changed after" in render(views["versions.html"])


def test_a_review_without_a_version_says_so(site: Site, config: dict) -> None:
    views = dict(with_version(site, replace(STATE, version="", date="", released=False), [], config).views())
    assert "No version of the evidence was released yet" in render(views["versions.html"])
    first = render(views["index.html"])
    assert "version of the evidence <a" not in first
    assert f"; version {evidence_synthesis.__version__}." in first
    assert "Evidence without a version; data sha256:0123456789ab" in render(views["versions.html"])
