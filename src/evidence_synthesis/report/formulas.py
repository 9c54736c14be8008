"""Every formula with its source: read from the library's own docstrings, so that the page cannot differ from the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from evidence_synthesis.report.views.about import FormulaView

_PACKAGE = Path(__file__).parents[1]
_NO_FORMULAS = {"cli", "compare", "engine", "exports", "front", "importers", "plots", "report"}  # what shows or moves numbers
_DOI = re.compile(r"doi:(\S+)")


def doi_of(text: str) -> str:
    """A DOI without the punctuation of the sentence that it stands in; brackets may be part of it."""
    while text and (text[-1] in ".,;:'\"" or (text[-1] == ")" and text.count(")") > text.count("("))):
        text = text[:-1]
    return text


def _entry(where: str, docstring: str) -> FormulaView | None:
    found = list(dict.fromkeys(doi_of(match) for match in _DOI.findall(docstring)))
    if not found:
        return None
    words = " ".join(docstring.split("\n\n")[0].split())
    for doi in found:
        words = words.replace(f" (doi:{doi})", "")
        words = re.sub(rf"[,;]?\s*doi:{re.escape(doi)}", "", words)
    sources = [(doi, "https://doi.org/" + quote(doi, safe="/:;()")) for doi in found]
    return FormulaView(where, words.replace("``", ""), sources)


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Names and docstrings of a module and of what it defines, in order."""
    module = ".".join(path.relative_to(_PACKAGE).with_suffix("").parts)
    text = path.read_text(encoding="utf-8")
    if "doi:" not in text:  # parsing takes time
        return
    tree = ast.parse(text)
    yield module, ast.get_docstring(tree) or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{module}.{node.name}", ast.get_docstring(node) or ""


def formulas() -> list[FormulaView]:
    """What is computed where, in the words of its docstring, and the DOIs named there."""
    found = []
    for path in sorted(_PACKAGE.rglob("*.py")):
        if path.relative_to(_PACKAGE).parts[0] not in _NO_FORMULAS:
            found += [entry for name, text in _docstrings(path) if (entry := _entry(name, text))]
    return found
