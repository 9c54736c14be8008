"""The page of the versions of the evidence, and how a state of it is cited."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import evidence_synthesis
from evidence_synthesis.report.links import script_json
from evidence_synthesis.report.methods_text import made_with
from evidence_synthesis.report.shelf import ReportTables
from evidence_synthesis.report.views.about import VersionsPage, VersionView
from evidence_synthesis.review.evidence import EvidenceChange, EvidenceState


def citation(title: str, state: EvidenceState) -> str:
    """How the state of the evidence is cited: title, version with its day, digest of the data, and the code that made it.

    Between versions the digest, which every edit changes, stands in ``checked/evidence_version.csv`` alone.
    """
    data = "" if state.version and not state.released else f"; data {state.short_digest}"
    version = f"Version of the evidence {state.words}" if state.version else "Evidence without a version"
    code = f"computed with evidence-synthesis {evidence_synthesis.__version__}"
    return f"{title}. {version}{data}; {code}."


def state_script(evidence: str, libraries: Iterable[tuple[str, str]]) -> str:
    """The versions as a script that fills them into every page: named in one file, a new version changes this one alone."""
    state = {"evidence": f": {evidence or 'none was released yet'}", "made": made_with(evidence, libraries)}
    return f"window.STATE = {script_json(state)};\n"


def _view(version: str, date: str, changes: list[EvidenceChange]) -> VersionView:
    told = [(heading, tuple(c.words for c in inside)) for heading, inside in groupby(changes, lambda c: c.heading)]
    lead = tuple(words for heading, inside in told if not heading for words in inside)
    return VersionView(version, date, lead, tuple((heading, inside) for heading, inside in told if heading))


def versions_page(tables: ReportTables, site: str) -> VersionsPage:
    """The page from the history of the evidence, which may be empty."""
    versions = tuple(
        _view(version, date, list(inside)) for (version, date), inside in groupby(tables.history, lambda c: (c.version, c.date))
    )
    return VersionsPage(
        site=site,
        state=tables.version,
        since=versions[1].version if len(versions) > 1 else "",
        versions=versions,
        citation=citation(site, tables.version),
    )
