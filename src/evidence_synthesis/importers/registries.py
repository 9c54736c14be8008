"""Registered trials as the WHO's platform (ICTRP) and the EU's register hand them out: titles and ids, no results.

Formats: the platform's export as XML (``Trials_downloaded_from_ICTRP``, a ``Trial`` each) and as a table with the same fields,
which also bring entries of ISRCTN, DRKS, ANZCTR and the other primary registers; and the EU register's summaries as text
(``EudraCT Number: ...`` begins each). Files only; nothing is fetched.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from evidence_synthesis.importers.found_reports import REGISTRY, YEAR, FoundReport, UnreadableCitations

_EU = re.compile(r"^EudraCT Number:[ \t]*(\d{4}-\d{6}-\d{2})", re.M)
_FIELD = re.compile(r"^([A-Z][A-Za-z ]+):[ \t]*(.*)$")
_ROOT = "Trials_downloaded_from_ICTRP"


def _entry(fields: Mapping[str, str], found_in: str) -> FoundReport:
    """A trial from the platform's fields; their names are those of the XML, in small letters."""
    said = " ".join(fields.get(name, "") for name in ("trialid", "secondaryids", "secondary_ids", "other_records"))
    year = YEAR.search(fields.get("date_registration3", "") or fields.get("date_registration", ""))
    ids = dict.fromkeys(name.upper() for name in REGISTRY.findall(said))
    own = fields["trialid"].strip().upper()
    title = fields.get("scientific_title", "") or fields.get("public_title", "")
    return FoundReport(
        title=" ".join(title.split()).rstrip("."),
        first_author=fields.get("primary_sponsor", "").strip(),
        year=_registered(fields, year[0] if year else ""),
        journal="",
        pmid="",
        doi="",
        registry=tuple(dict.fromkeys([own, *ids])),
        found_in=found_in,
    )


def _registered(fields: Mapping[str, str], year: str) -> str:
    """The year of registration; written without separators in one of the fields (20210304)."""
    compact = fields.get("date_registration3", "").strip()
    return compact[:4] if compact.isdigit() and len(compact) == 8 else year


def _named(name: str) -> str:
    return name.strip('\ufeff "').replace(" ", "_").lower()


def platform_xml(text: str, found_in: str) -> Iterator[FoundReport]:
    """The trials of the platform's XML. Raises UnreadableCitations for other XML, and for documents with entities."""
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise UnreadableCitations(f"{found_in}: a document type with entities is not read")
    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableCitations(f"{found_in}: no well-formed XML ({error})") from None
    if root.tag != _ROOT:
        raise UnreadableCitations(f"{found_in}: XML of <{root.tag}>; that of the WHO's platform begins with <{_ROOT}>")
    for trial in root.iter("Trial"):
        fields = {_named(child.tag): "".join(child.itertext()) for child in trial}
        if fields.get("trialid", "").strip():
            yield _entry(fields, found_in)


def is_platform_table(text: str) -> bool:
    """Whether a text is the platform's table: its first line names TrialID and a title."""
    first = {_named(name) for name in re.split("[,;\t]", text.lstrip("\ufeff").partition("\n")[0])}
    return "trialid" in first and bool({"public_title", "scientific_title"} & first)


def platform_table(text: str, found_in: str) -> Iterator[FoundReport]:
    """The trials of the platform's table."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator):
        fields = {_named(name): value or "" for name, value in row.items() if name and not isinstance(value, list)}
        if fields["trialid"].strip():
            yield _entry(fields, found_in)


def is_eu_register(text: str) -> bool:
    """Whether a text has summaries of the EU's register."""
    return _EU.search(text) is not None


def eu_register(text: str, found_in: str) -> Iterator[FoundReport]:
    """The trials of the EU register's summaries; a protocol in several countries is one trial."""
    places = [m.start() for m in _EU.finditer(text)]
    for start, end in zip(places, [*places[1:], len(text)], strict=True):
        lines = [m.groups() for line in text[start:end].splitlines() if (m := _FIELD.match(line))]
        fields = {name.strip().lower(): value.strip() for name, value in reversed(lines)}
        title, year = fields.get("full title", "").rstrip("."), YEAR.search(fields.get("start date", ""))
        own = f"EUCTR{fields['eudract number'][:14]}"
        others = (name.upper() for name in REGISTRY.findall(text[start:end]))
        ids = tuple(dict.fromkeys([own, *others]))
        yield FoundReport(title, fields.get("sponsor name", ""), year[0] if year else "", "", "", "", ids, found_in)
