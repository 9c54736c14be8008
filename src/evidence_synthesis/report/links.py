"""Where the report's numbers lead: anchors of analyses and trials, and the addresses of sources."""

from __future__ import annotations

import json
import re

from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage.files import Cells


def link(source: Cells) -> tuple[str, str]:
    """Identifier and address of a source; the address is empty when none is known or it is not a web address."""
    if source["doi"]:
        return f"doi:{source['doi']}", f"https://doi.org/{source['doi']}"
    if source["pmid"]:
        return f"PMID {source['pmid']}", f"https://pubmed.ncbi.nlm.nih.gov/{source['pmid']}/"
    if source["pmcid"]:
        return source["pmcid"], f"https://pmc.ncbi.nlm.nih.gov/articles/{source['pmcid']}/"
    if re.match(r"https?://", source["url"]):
        return "page", source["url"]
    return source["registry"], ""


def anchor(name: str) -> str:
    """A name as the anchor of a page."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def script_json(value: object) -> str:
    """A value as JSON in which nothing looks like markup, for a script or a page."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def page_of_trial(trial_id: str) -> str:
    """The page of a trial, from the report's folder."""
    return f"trials/{anchor(trial_id)}.html"


def page_of(group: str) -> str:
    """The page of a group of treatments, from the report's folder."""
    return f"treatments/{group}.html"


def place_of(analysis_id: str) -> str:
    """Where a page shows an analysis, from the report's folder."""
    return f"{page_of(AnalysisKey.parse(analysis_id).group)}#a-{anchor(analysis_id)}"
