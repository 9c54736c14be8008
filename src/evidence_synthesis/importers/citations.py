"""Reports of trials as reference managers and registries hand them out: RIS, PubMed's nbib, ClinicalTrials.gov's JSON and others.

Formats: RIS (tags of two characters, records end with ER), the MEDLINE display of PubMed (tags of up to four characters,
continued lines indented), and version 2 of the registry's interface (one study, a list, or ``studies``). Files only; nothing is
fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evidence_synthesis.importers.found_reports import REGISTRY, YEAR, FoundReport, RegistryArm, UnreadableCitations, tidy_doi
from evidence_synthesis.importers.registries import eu_register, is_eu_register, is_platform_table, platform_table, platform_xml

_RIS = re.compile(r"^([A-Z][A-Z0-9]) {1,2}- ?(.*)$")
_NBIB = re.compile(r"^([A-Z]{2,4}) *- (.*)$")


def _report(fields: Mapping[str, Sequence[str]], names: Mapping[str, str], text: str, found_in: str) -> FoundReport:
    """A report from the tags of a record; ``names`` says which tags hold what, in order of preference."""

    def first(what: str) -> str:
        return next((fields[tag][0] for tag in names[what].split() if fields.get(tag)), "")

    year = YEAR.search(first("year"))
    registry = dict.fromkeys(name.upper() for name in REGISTRY.findall(text))
    return FoundReport(
        title=" ".join(first("title").split()).rstrip("."),
        first_author=first("author").partition(",")[0].strip(),
        year=year[0] if year else "",
        journal=first("journal"),
        pmid="",
        doi=tidy_doi(" ".join(value for tag in names["doi"].split() for value in fields.get(tag, ()))),
        registry=tuple(registry),
        found_in=found_in,
    )


_OF_RIS = {"title": "TI T1 CT BT", "author": "AU A1", "year": "PY Y1 DA", "journal": "JO JF T2 JA", "doi": "DO M3 UR L3"}
_OF_NBIB = {"title": "TI", "author": "FAU AU", "year": "DP", "journal": "TA JT", "doi": "AID LID"}


def _of_ris(fields: Mapping[str, Sequence[str]], lines: Sequence[str], found_in: str) -> FoundReport:
    """The report of a record's tags and lines."""
    pubmed = re.search(r"pubmed(?:\.ncbi\.nlm\.nih\.gov)?/(\d+)", " ".join(fields.get("UR", ())))
    number = next((v for v in fields.get("AN", ()) if v.isdigit()), "")
    pmid = pubmed[1] if pubmed else number if "pubmed" in " ".join(fields.get("DB", ())).lower() else ""
    return replace(_report(fields, _OF_RIS, "\n".join(lines), found_in), pmid=pmid)


def ris(text: str, found_in: str) -> Iterator[FoundReport]:
    """The reports of a RIS file. A record ends with ER, the next TY or the file; lines without a tag go on the one above."""
    fields: dict[str, list[str]] = {}
    lines: list[str] = []
    last = ""
    for line in [*text.splitlines(), "ER  - "]:
        tagged = _RIS.match(line.strip("\ufeff"))
        if tagged is None:
            if last and line.strip():
                fields[last][-1] += f" {line.strip()}"
            lines.append(line)
            continue
        tag, value = tagged.groups()
        if tag in ("TY", "ER"):
            if fields.keys() - {"TY"}:
                yield _of_ris(fields, lines, found_in)
            fields, lines, last = {}, [], ""
        if tag != "ER":
            last = tag
            fields.setdefault(tag, []).append(value.strip())
            lines.append(value)


def nbib(text: str, found_in: str) -> Iterator[FoundReport]:
    """The reports of a file in PubMed's own format."""
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip("\ufeff\n ")):
        fields: dict[str, list[str]] = {}
        last = ""
        for line in block.splitlines():
            tagged = _NBIB.match(line)
            if tagged:
                last = tagged[1]
                fields.setdefault(last, []).append(tagged[2].strip())
            elif last and line.startswith("      "):
                fields[last][-1] += f" {line.strip()}"
        if fields:
            pmid = next((v for v in fields.get("PMID", ()) if v.isdigit()), "")
            told = {tag: [v for v in values if tag not in ("AID", "LID") or "[doi]" in v] for tag, values in fields.items()}
            yield replace(_report(told, _OF_NBIB, block, found_in), pmid=pmid)


def _inside(content: Any, *names: str) -> Any:
    """What stands at a place of nested JSON; None where it is absent."""
    for name in names:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def _listed(content: Any, *names: str) -> list[Any]:
    found = _inside(content, *names)
    return found if isinstance(found, list) else []


def _arms(study: Any) -> Iterator[RegistryArm]:
    """Every printed number of an outcome, arm by arm."""
    for outcome in _listed(study, "resultsSection", "outcomeMeasuresModule", "outcomeMeasures"):
        arms = {str(g.get("id")): str(g.get("title", "")) for g in _listed(outcome, "groups") if isinstance(g, dict)}
        people = {
            str(_inside(count, "groupId")): str(_inside(count, "value") or "")
            for denominator in _listed(outcome, "denoms")
            for count in _listed(denominator, "counts")
        }
        for kind in _listed(outcome, "classes"):
            for category in _listed(kind, "categories"):
                words = [str(_inside(part, "title") or "") for part in (kind, category)]
                for value in _listed(category, "measurements"):
                    arm = str(_inside(value, "groupId"))
                    yield RegistryArm(
                        outcome=str(_inside(outcome, "title") or ""),
                        time=", ".join(filter(None, [str(_inside(outcome, "timeFrame") or ""), *words])),
                        arm=arms.get(arm, arm),
                        people=people.get(arm, ""),
                        statistic=str(_inside(outcome, "paramType") or ""),
                        value=str(_inside(value, "value") or ""),
                        dispersion=str(_inside(outcome, "dispersionType") or ""),
                        spread=str(_inside(value, "spread") or ""),
                        unit=str(_inside(outcome, "unitOfMeasure") or ""),
                    )


def registry_json(text: str, found_in: str) -> Iterator[FoundReport]:
    """The studies of a file of ClinicalTrials.gov (version 2). Raises UnreadableCitations for other JSON."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableCitations(f"{found_in}: no JSON ({error})") from None
    studies = content if isinstance(content, list) else _listed(content, "studies") or [content]
    for study in studies:
        known = _inside(study, "protocolSection", "identificationModule")
        name = str(_inside(known, "nctId") or "")
        if not REGISTRY.fullmatch(name):
            raise UnreadableCitations(f"{found_in}: no study of ClinicalTrials.gov (protocolSection.identificationModule.nctId)")
        day = str(_inside(study, "protocolSection", "statusModule", "resultsFirstPostDateStruct", "date") or "")
        title = str(_inside(known, "officialTitle") or _inside(known, "briefTitle") or "")
        sponsor = str(_inside(study, "protocolSection", "sponsorCollaboratorsModule", "leadSponsor", "name") or "")
        yield FoundReport(title, sponsor, day[:4], "", "", "", (name,), found_in, tuple(_arms(study)))


def read_reports(path: Path) -> list[FoundReport]:
    """The reports in a file, by what is in it and not by its name. Raises UnreadableCitations, OSError."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        told = f"byte {error.start + 1} is no text in UTF-8: export it again, or save it in UTF-8"
        raise UnreadableCitations(f"{path}: {told}") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = text.lstrip()
    if start.startswith(("{", "[")):
        return list(registry_json(text, path.name))
    if start.startswith("<"):
        return list(platform_xml(text, path.name))
    if is_platform_table(text):
        return list(platform_table(text, path.name))
    if is_eu_register(text):
        return list(eu_register(text, path.name))
    found = list(ris(text, path.name)) if re.search(r"^TY {1,2}-", text, re.M) else []
    found = found or (list(nbib(text, path.name)) if re.search(r"^PMID *- ", text, re.M) else [])
    if not found:
        words = "no report in RIS (TY to ER), PubMed's format (PMID) or JSON of ClinicalTrials.gov (version 2)"
        words += ", and no export of the WHO's platform or the EU's register"
        raise UnreadableCitations(f"{path}: {words}")
    return found
