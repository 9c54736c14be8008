"""Reports of trials as searches hand them out, whatever the format: what is kept of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence_synthesis.errors import EvidenceError

REGISTRY = re.compile(
    r"\b(?:NCT\d{8}|ISRCTN\d{8}|ACTRN\d{14}|DRKS\d{8}|NTR\d{1,5}|EUCTR\d{4}-\d{6}-\d{2}|CTRI/\d{4}/\d{2,3}/\d{6})\b", re.I
)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>\[\]]+")
YEAR = re.compile(r"\b(?:19|20)\d{2}\b")


class UnreadableCitations(EvidenceError, ValueError):
    """A file that holds no report in a format that is known; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report of a trial as a search gave it. What the file does not tell is empty.

    ``registry`` has the registry ids that its record names. ``arms`` are results that a registry prints, arm by arm.
    """

    title: str
    first_author: str
    year: str
    journal: str
    pmid: str
    doi: str
    registry: tuple[str, ...]
    found_in: str
    arms: tuple[RegistryArm, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryArm:
    """What a registry prints for one arm, outcome and time: numbers as text, exactly as they stand there."""

    outcome: str
    time: str
    arm: str
    people: str
    statistic: str
    value: str
    dispersion: str
    spread: str
    unit: str


def tidy_doi(text: str) -> str:
    """A DOI without its address, in small letters; empty where there is none."""
    found = _DOI.search(text)
    return found[0].rstrip(".,;)").lower() if found else ""
