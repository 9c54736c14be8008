"""Templates receive what the dataclasses of their pages say, all of it and nothing else."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module

import jinja2
import pytest
from jinja2 import meta, nodes

from evidence_synthesis.report import other_reviews, through_time, views
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.report.views.pages import PageView
from evidence_synthesis.templates import environment

MODULES = [import_module(f"{views.__name__}.{found.name}") for found in pkgutil.iter_modules(views.__path__)]
PAGES = {
    kind.TEMPLATE: kind
    for module in (*MODULES, through_time, other_reviews)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, PageView)
}
PAGES.pop("")
SHARED = {"site/base.html.j2", "site/macros.html.j2"}


def source(name: str) -> str:
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), name)[0]


def parsed(name: str) -> nodes.Template:
    return environment().parse(source(name))


def test_every_page_has_a_view() -> None:
    there = {name for name in environment().list_templates() if name.startswith("site/") and name.endswith(".j2")}
    assert there - SHARED == set(PAGES)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_template_uses_what_its_view_has_and_nothing_else(name: str) -> None:
    """``site`` and ``up`` are for the frame of all pages."""
    named = {f.name for f in fields(PAGES[name])}
    used = meta.find_undeclared_variables(parsed(name)) | meta.find_undeclared_variables(parsed("site/base.html.j2"))
    macros = {macro for found in parsed(name).find_all(nodes.FromImport) for macro in found.names}
    assert used - macros == named


def inside(value: object) -> Iterator[object]:
    """A view and the views within it."""
    if is_dataclass(value):
        yield value
        value = [getattr(value, f.name) for f in fields(value)]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from inside(part)


def test_every_page_is_made_of_its_view_alone(site: Site, config: dict) -> None:
    """Attributes as well: a name that a view lacks stops the rendering."""
    assert environment().undefined is jinja2.StrictUndefined
    pages = dict(site.views())
    assert {type(view).TEMPLATE for view in pages.values()} == set(PAGES)
    assert len(pages) > 400
    few = [path for path in pages if "/" not in path] + [path for path in pages if "/" in path][::25]
    for path in few:
        assert f"| {config['title']}</title>" in render(pages[path]), path


def test_what_views_hold_is_shown(site: Site) -> None:
    """Every field of what pages list stands in some template."""
    words = " ".join(source(name) for name in (*PAGES, *SHARED))
    held = {type(part) for view in dict(site.views()).values() for part in inside(view)}
    own = [kind for kind in held if kind.__module__.startswith(f"{views.__name__}.")]
    assert len(own) > 25
    for kind in own:
        for field in fields(kind):
            assert f".{field.name}" in words or issubclass(kind, PageView), (kind.__name__, field.name)
