"""The sources as RIS or BibTeX, for reference managers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence_synthesis.storage.files import Cells


def _line(text: str) -> str:
    """A value on one line: tags and entries of these formats end with the line."""
    return " ".join(text.split())


def ris(sources: Iterable[Cells]) -> str:
    """Sources as RIS; what is not known is left out, and the title is the label where no title is known."""
    entries = []
    for s in sources:
        fields = [("TY", "DATA" if s["kind"] == "dataset" else "JOUR"), ("ID", s["source_id"]), ("AU", s["first_author"])]
        fields += [("PY", s["year"]), ("TI", s["title"] or s["label"]), ("JO", s["journal"]), ("DO", s["doi"])]
        fields += [("AN", s["pmid"]), ("UR", s["url"]), ("C2", s["pmcid"]), ("N1", s["registry"])]
        entries.append("".join(f"{tag}  - {_line(value)}\n" for tag, value in fields if value) + "ER  - \n")
    return "\n".join(entries)


_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$"}


def _tex(text: str) -> str:
    return re.sub(r"[\\{}&%#_$]", lambda m: _SPECIAL[m.group()], _line(text))


def bibtex(sources: Iterable[Cells]) -> str:
    """Sources as BibTeX; keys are the source ids."""
    entries = []
    for s in sources:
        kind = "misc" if s["kind"] == "dataset" or not s["journal"] else "article"
        fields = [("author", s["first_author"] + " and others" if s["first_author"] else ""), ("year", s["year"])]
        fields += [("title", s["title"] or s["label"]), ("journal", s["journal"]), ("note", _note(s))]
        body = "".join(f"  {name} = {{{_tex(value)}}},\n" for name, value in fields if value)
        body += "".join(f"  {name} = {{{_line(s[name])}}},\n" for name in ("doi", "url") if s[name])
        entries.append(f"@{kind}{{{s['source_id']},\n{body}}}\n")
    return "\n".join(entries)


def _note(source: Cells) -> str:
    known = [f"PMID {source['pmid']}" if source["pmid"] else "", source["pmcid"], source["registry"]]
    return ", ".join(k for k in known if k)
