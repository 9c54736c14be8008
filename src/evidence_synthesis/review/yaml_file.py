"""Nested files (settings, statements) in YAML: read with the line of each entry, held against a JSON Schema, faults in words."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evidence_synthesis.review.package import UNPRINTABLE, Fault, nearest

if TYPE_CHECKING:
    import yaml

MOST_ENTRIES = 1_000_000
Steps = tuple[str | int, ...]  # names of entries and places in lists, from the top of a file
TYPES = {  # of JSON, in words
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "named entries",
    "null": "null",
}
_RULES = {  # of a JSON Schema, in words
    "minimum": "{} or more",
    "maximum": "{} or less",
    "exclusiveMinimum": "a number above {}",
    "exclusiveMaximum": "a number below {}",
    "pattern": "text of the pattern {}",
    "minLength": "{} or more characters",
    "minItems": "{} or more in the list",
    "maxItems": "{} or fewer in the list",
    "minProperties": "{} or more entries",
    "maxProperties": "{} entry or fewer",
    "const": "{}",
}


class Broken(NamedTuple):
    """An entry that breaks a schema, and the fault that tells of it."""

    steps: Steps
    fault: Fault


@dataclass(frozen=True, slots=True)
class Document:
    """A nested file: its name, what it holds, and the line of each entry as far as lines are known."""

    file: str
    content: Any
    lines: Mapping[Steps, int]

    def fault(self, steps: Sequence[str | int], value: Any, expected: str, place: str | None = None) -> Fault:
        """A fault of one entry; ``place`` is what the entry is called, its steps where that is None."""
        known = tuple(steps)
        while known and known not in self.lines:
            known = known[:-1]
        return Fault(self.file, self.lines.get(known, 0), _path(steps) if place is None else place, _shown(value), expected)


def _path(steps: Sequence[str | int]) -> str:
    """Names joined by dots, places in lists counted from 1."""
    return ".".join(str(s + 1) if isinstance(s, int) else s for s in steps)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)


def _walk(node: yaml.Node, steps: Steps, file: str, lines: dict[Steps, int]) -> Iterator[Fault]:
    """Note the line of everything below a node; faults of texts that cannot be shown, and of names that stand twice, of which
    YAML silently takes the last.
    """
    import yaml

    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            lines[(*steps, index)] = child.start_mark.line + 1
            yield from _walk(child, (*steps, index), file, lines)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            below, line = (*steps, str(key.value)), key.start_mark.line + 1
            if below in lines and key.tag != "tag:yaml.org,2002:merge":
                yield Fault(file, line, _path(below), str(key.value), f"each name once (also in line {lines[below]})")
            lines[below] = line
            yield from _walk(child, below, file, lines)
    elif UNPRINTABLE.search(node.value.replace("\n", " ")):
        words = "text without control characters or marks that turn the writing direction"
        yield Fault(file, node.start_mark.line + 1, _path(steps), node.value, words)


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Entries that a node stands for with its aliases written out; infinite where one stands inside itself."""
    if id(node) not in known:
        known[id(node)] = math.inf  # until it is counted
        inside = node.value if isinstance(node.value, list) else ()
        parts = (part for entry in inside for part in (entry if isinstance(entry, tuple) else (entry,)))
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]


def _loader() -> Any:
    """PyYAML's parser in C where it was built: as safe, and ten times as fast."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """What a YAML file holds that needs no check. Raises OSError for one that cannot be read."""
    import yaml

    return yaml.load(path.read_text(encoding="utf-8"), _loader())


def read_document(path: Path, name: str) -> tuple[Document | None, list[Fault]]:
    """A YAML file under the name that faults give it: its content as JSON would hold it, and the faults of its text.

    None where the text is no YAML, or where its aliases stand for more than fits into memory. Raises OSError for a file
    that cannot be read.
    """
    import yaml

    try:
        reader = _loader()(path.read_text(encoding="utf-8"))
        node = reader.get_single_node()
        if node and _size(node, {}) > MOST_ENTRIES:
            return None, [Fault(name, 0, "", "", f"at most {MOST_ENTRIES} entries, with aliases written out")]
        lines: dict[Steps, int] = {}
        faults = list(_walk(node, (), name, lines)) if node else []
        content = json.loads(json.dumps(reader.construct_document(node) if node else None, default=str))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        return None, [Fault(name, 0, "", "", f"a YAML file ({' '.join(str(error).split())})")]
    return Document(name, content, lines), faults


def rule_words(rule: str, limit: object) -> str:
    """A rule of a JSON Schema about a value, in words; empty for one that has none."""
    return _RULES[rule].format(limit) if rule in _RULES else ""


def _wanted(error: Any) -> str:
    """What a value should be, by the rule of the schema that it breaks."""
    rule, limit = error.validator, error.validator_value
    if rule == "type":
        types = [limit] if isinstance(limit, str) else limit
        quoted = "; in quotes, because YAML takes the word for true or false" if isinstance(error.instance, bool) else ""
        return " or ".join(TYPES[t] for t in types) + (quoted if "string" in types else "")
    if rule == "enum":
        return "one of: " + ", ".join(map(str, limit)) + nearest(str(error.instance), map(str, limit))
    if rule == "uniqueItems":
        return "each value once"
    return rule_words(rule, limit) or str(error.message)


def _broken(error: Any, document: Document, place: Callable[[Steps], str]) -> Iterator[Broken]:
    """What one error of the validator tells: a fault for each unknown name, and one for anything else."""
    steps: Steps = tuple(error.path)
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = error.schema.get("properties", {})
        for name in (n for n in error.instance if n not in known):
            words = "one of: " + ", ".join(known) + nearest(name, known)
            yield Broken((*steps, name), document.fault((*steps, name), name, words, place((*steps, name))))
    elif error.validator == "required":
        for name in (n for n in error.validator_value if repr(n) in error.message and n not in error.instance):
            yield Broken(steps, document.fault(steps, "", "this entry; it is missing", place((*steps, name))))
    else:
        yield Broken(steps, document.fault(steps, error.instance, _wanted(error), place(steps)))


def broken_entries(document: Document, schema: Mapping[str, Any], place: Callable[[Steps], str] = _path) -> list[Broken]:
    """Every entry that breaks a JSON Schema, in the order of the file; ``place`` says what an entry is called."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    errors = Draft202012Validator(schema).iter_errors(document.content)
    return sorted((b for error in errors for b in _broken(error, document, place)), key=lambda b: b.fault)
