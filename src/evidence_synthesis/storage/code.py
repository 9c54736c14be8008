"""Which code a result depends on: digests that change when what a script makes may change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path


def _digest(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"\0".join(p.read_bytes() for p in paths)).hexdigest()[:16]


@cache
def library_digest() -> str:
    """Digest of all files of this package."""
    return _digest(sorted(p for p in Path(__file__).parents[1].rglob("*") if p.is_file() and p.suffix != ".pyc"))


_IMPORT = re.compile(r"^[ \t]*from evidence_synthesis([\w.]*) import (?:\(([^)]*)\)|([^\n]*))", re.MULTILINE)


_TEMPLATE = re.compile(r"""["']([\w./{}]+\.j2)["']""")


@cache
def _modules() -> dict[str, Path]:
    """The file of each module and package below this one by its dotted name, which begins with a dot; asked for once."""
    here = Path(__file__).parents[1]
    paths = {".".join(("", *p.relative_to(here).with_suffix("").parts)): p for p in here.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items() if name != ".__init__"}


@cache
def _imported(path: Path) -> frozenset[Path]:
    """The files of this package that a file imports or names as templates, anywhere in it; ``{name}`` is any template."""
    here, text = Path(__file__).parents[1], path.read_text(encoding="utf-8")
    named = (re.sub(r"{\w+}", "*", name) for name in _TEMPLATE.findall(text))
    found = {template for name in named for template in (here / "templates").glob(name)}
    modules = _modules()
    for module, *names in _IMPORT.findall(text):
        parents = (module[: dot.start()] for dot in re.finditer(r"\.", module))
        several = (f"{module}.{name}" for name in re.findall(r"\w+", " ".join(names)))
        found |= {modules[name] for name in (module, *parents, *several) if name in modules}
    return frozenset(found)


def files_behind(script: Path) -> list[Path]:
    """Every file of this package that a script or module needs: what it imports, what that imports, and so on."""
    waiting, known = {script}, set[Path]()
    while waiting:
        path = waiting.pop()
        new = _imported(path) - known
        known |= new
        waiting |= new
    return sorted(known)


@cache
def code_behind(*paths: Path) -> str:
    """Digest of scripts or modules and of the files behind them: it changes when what they make may change."""
    return _digest(sorted({file for path in paths for file in (path, *files_behind(path))}))
