"""Pages made from what the program itself reads: the schemas of settings and data, the command line, docstrings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import yaml
from answers import answers_page
from gallery import gallery_page

from evidence_synthesis.cli import main
from evidence_synthesis.review.yaml_file import TYPES, rule_words

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "src/evidence_synthesis"
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "minItems", "maxItems")
_PROGRAM = "python -m evidence_synthesis"

_OPENING = """Every key of `config/config.yaml`; a star stands for a name that the review chooses. A key that is not here is a
fault, and so is a name that stands nowhere in the settings or in the data: `check` and every run tell all of them at once."""

_WORDS = {**TYPES, "date": "a date such as 2026-01-31"}  # types of cells
_DATA = """The tables of a data package (`data/`), as their Table Schemas describe them. Results hold what sources print; what
a review decides about a printed value stands in `corrections`, with the printed value that it presumes."""


def _allowed(entry: Mapping[str, Any]) -> str:
    """Which values a setting takes, in words."""
    if "enum" in entry:
        return "one of " + ", ".join(f"`{word}`" for word in entry["enum"])
    types = entry.get("type", [])
    words = [TYPES[t] for t in ([types] if isinstance(types, str) else types) if t != "object"]
    limits = [rule_words(rule, entry[rule]) for rule in _LIMITS if rule in entry]
    if limits and limits[0].startswith("a number"):
        words = []
    inside = _allowed(entry["items"]) if "items" in entry else ""
    return "; ".join(filter(None, [" or ".join(words), *limits])) + (f"; each {inside}" if inside else "")


def _settings(entry: Mapping[str, Any], path: str, needed: bool, above: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Path, meaning, values and whether it may be left out, of a setting and everything below it."""
    meaning = entry.get("description", above)
    if path and entry.get("type") != "object":
        yield path, meaning, _allowed(entry), "" if needed else "yes"
    required = entry.get("required", ())
    for name, child in entry.get("properties", {}).items():
        yield from _settings(child, f"{path}.{name}" if path else name, name in required)
    below = entry.get("additionalProperties")
    if isinstance(below, dict):
        yield from _settings(below, f"{path}.*", True, meaning)


def _section(heading: str, words: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A heading, what stands below it, and a table."""
    table = [columns, ("---",) * len(columns), *rows]
    return ["", f"## {heading}", "", words, "", *(f"| {' | '.join(row)} |" for row in table)]


def settings_page(schema: Mapping[str, Any]) -> str:
    """Every setting with its meaning and its values, by section."""
    lines = ["# Settings", "", _OPENING]
    columns = ("setting", "meaning", "values", "may be left out")
    for name, section in schema["properties"].items():
        if name != "pathvars":
            rows = _settings(section, name, name in schema["required"])
            lines += _section(name, section["description"], columns, ((f"`{path}`", *cells) for path, *cells in rows))
    return "\n".join(lines) + "\n"


def _cells(field: Mapping[str, Any]) -> str:
    """Which cells a column takes, in words."""
    limits = field.get("constraints", {})
    words = [f"one of {', '.join(f'`{w}`' for w in limits['enum'])}" if "enum" in limits else _WORDS[field["type"]]]
    words += [rule_words(rule, limits[rule]) for rule in ("minimum", "maximum") if rule in limits]
    return "; ".join([*words, *(["each once"] if limits.get("unique") else [])])


def _column(field: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Name, meaning, cells and whether they may be empty, of a column."""
    empty = "" if field.get("constraints", {}).get("required") else "yes"
    return f"`{field['name']}`", field.get("description", "").replace("|", "\\|"), _cells(field), empty


def data_page(package: Path) -> str:
    """Every column of a data package with its meaning and its cells, by table."""
    files: dict[str, list[str]] = {}
    for entry in json.loads((package / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        files.setdefault(entry["schema"], []).append(entry["path"])
    lines, columns = ["# Data", "", _DATA], ("column", "meaning", "cells", "may be empty")
    for path, (first, *more) in files.items():
        fields = json.loads((package / path).read_text(encoding="utf-8"))["fields"]
        where = f"`{Path(first).parent}/*.csv`, one file for each treatment." if more else f"`{first}`."
        lines += _section(Path(path).stem, where, columns, map(_column, fields))
    return "\n".join(lines) + "\n"


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """The help of a command and of those below it."""
    with click.Context(command, info_name=path, max_content_width=100) as context:
        yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _commands(command.commands[name], f"{path} {name}")


def commands_page() -> str:
    """What every command says of itself."""
    lines = ["# Command line", "", "With `.venv/bin/python`, or `python` in the conda environment."]
    for path, text in _commands(main, _PROGRAM):
        heading = path.removeprefix(_PROGRAM).strip() or "All commands"
        lines += ["", f"## {heading}", "", "```text", text, "```"]
    return "\n".join(lines) + "\n"


def _reference(heading: str, files: Iterable[Path]) -> str:
    """What the docstrings of some modules say, one section a module."""
    lines = [f"# {heading}"]
    for path in sorted(files):
        name = ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts).removesuffix(".__init__")
        lines += ["", f"## {name.partition('.')[2] or name}", "", "```{eval-rst}", f".. automodule:: {name}", "```"]
    return "\n".join(lines) + "\n"


def reference_pages() -> dict[str, str]:
    """The reference, one page for each folder of the library: with one for each module, menus take most of a build."""
    folders = sorted(p.parent for p in LIBRARY.glob("*/__init__.py"))
    pages = {f"reference_{p.name}": _reference(p.name, p.rglob("*.py")) for p in folders}
    names = (LIBRARY / f"{name}.py" for name in ("__init__", "errors", "wording"))
    return {"reference_evidence_synthesis": _reference("evidence_synthesis", names), **pages}


def write(folder: Path) -> None:
    """Write the pages where they differ from what is there, so that nothing else is read again."""
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    folder.mkdir(exist_ok=True)
    made = {
        "settings": settings_page(schema),
        "data": data_page(ROOT / "data"),
        "commands": commands_page(),
        "gallery": gallery_page(folder),
        "answers": answers_page(),
        **reference_pages(),
    }
    for name, text in made.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
