"""Which names, pages and identifiers belong to one review, so that what was read in it can be told to be of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis.storage.files import Cells

TRIAL_REPORT, PRIMARY = "trial report", "primary"
_ARCHIVED = re.compile(r"(?:PMC|NBK)\d+", re.IGNORECASE)  # numbers of PubMed Central and of NCBI's Bookshelf
_COCHRANE = re.compile(r"(CD\d{6})(?:[.-](pub\d+))?", re.IGNORECASE)
_REPORT = re.compile(r"\bCER \d+")  # of AHRQ, a comparative effectiveness review
_DOI = re.compile(r"10\.\d{4,9}/[^\s?#]+")
_BEHIND_DOI = re.compile(r"/(?:abstract|figures?|full|pdf|tables?|table-.*|fulltext)\b.*")  # of an address


def _cochrane(text: str) -> set[str]:
    return {".".join(filter(None, parts)).lower() for parts in _COCHRANE.findall(text)}


def identifiers(*texts: str) -> set[str]:
    """The identifiers that stand in texts such as addresses: of archives, of Cochrane reviews, DOIs; in small letters."""
    text = " ".join(texts)
    found = {number.lower() for number in _ARCHIVED.findall(text)} | _cochrane(text)
    return found | {_BEHIND_DOI.sub("", doi).lower() for doi in _DOI.findall(text)}


def _versioned(numbers: Iterable[str]) -> set[str]:
    """Numbers without those of Cochrane reviews that name no version: each version has its own trials."""
    return {n for n in numbers if "." in n or not _COCHRANE.fullmatch(n)}


def _versions(groups: Iterable[set[str]]) -> dict[str, str]:
    """For numbers of Cochrane reviews without a version, the version, where only one is known."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in (name for some in groups for name in some):
        if _COCHRANE.fullmatch(name) and "." in name:
            found[name.partition(".")[0]].add(name)
    return {number: some.pop() for number, some in found.items() if len(some) == 1}


def _published_names(published: Sequence[Cells]) -> Iterator[tuple[str, set[str]]]:
    """The names of reviews with what identifies them.

    A page of which several reviews are quoted is none's own, nor is the DOI of an overview that quotes several.
    """
    own: dict[str, set[str]] = {row["review"]: set() for row in published}
    quoted = {row["review"]: {row["doi"].lower()} for row in published if row["trust"] != PRIMARY and row["doi"]}
    for row in published:
        own[row["review"]] |= identifiers(row["url"]) if row["trust"] == PRIMARY else set()
    shared = {page for page, n in Counter(page for some in own.values() for page in some).items() if n > 1}
    shared |= {doi for doi, n in Counter(doi for some in quoted.values() for doi in some).items() if n > 1}
    for row in published:
        of_name = _cochrane(row["review"]) | {report.lower() for report in _REPORT.findall(row["review"])}
        doi = {row["doi"].lower()} - {""} - (shared if row["trust"] != PRIMARY else set())
        yield row["review"], _versioned(of_name | doi | _cochrane(row["doi"]) | own[row["review"]] - shared)


def _source_names(sources: Iterable[Cells]) -> Iterator[tuple[Cells, set[str]]]:
    for row in sources:
        if row["kind"] not in (TRIAL_REPORT, "dataset"):
            reports = {report.lower() for report in _REPORT.findall(row["label"])}
            told = identifiers(row["source_id"], row["label"], row["pmcid"], row["url"]) | _cochrane(row["doi"])
            yield row, told | reports | {row["doi"].lower(), row["url"]} - {""}


def joined(groups: Iterable[set[str]]) -> dict[str, str]:
    """For each name the first, in order, of all names that groups join to it, directly or by other names."""
    of: dict[str, set[str]] = {}
    for group in groups:
        whole = set(group).union(*(of[name] for name in group if name in of))
        of |= dict.fromkeys(whole, whole)
    return {name: min(whole) for name, whole in of.items()}


@dataclass(frozen=True)
class ReviewNames:
    """Reviews by their names and identifiers. ``keys`` has the key of each, ``labels`` a name to show for each key.

    A review can stand under its name among the published estimates and under its source id; DOI, number in an archive,
    number of a Cochrane review or address tell that it is one.
    """

    keys: Mapping[str, str]
    labels: Mapping[str, str]
    versions: Mapping[str, str]

    @classmethod
    def of(cls, published: Sequence[Cells], sources: Iterable[Cells]) -> ReviewNames:
        """Reviews of the tables of published estimates and of sources."""
        named, found_in = list(_published_names(published)), list(_source_names(sources))
        versions = _versions(some for _, some in [*named, *found_in])
        groups = [{f"review {name}", *some} for name, some in named]
        for row, some in found_in:
            groups.append({f"review {row['source_id']}", *_versioned(versions.get(i, i) for i in some)})
            if row["label"] in {name for name, _ in named}:
                groups[-1].add(f"review {row['label']}")
        keys = joined(groups)
        labels: dict[str, str] = {}
        for row in published:
            labels.setdefault(keys[f"review {row['review']}"], row["review"])
        for row, _ in found_in:
            labels.setdefault(keys[f"review {row['source_id']}"], row["label"] or row["source_id"])
        return cls(keys, labels, versions)

    def key(self, name: str) -> str:
        """The key of a review by its name or source id; the name itself where it is not known."""
        return self.keys.get(f"review {name}", name)

    def on_page(self, *texts: str) -> str:
        """The key of the one known review that an address and what stands beside it name; empty where none or several do."""
        named = {self.versions.get(i, i) for i in identifiers(*texts)} | set(texts)
        found = {self.keys[name] for name in named if name in self.keys}
        return found.pop() if len(found) == 1 else ""
