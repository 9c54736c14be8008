"""Sphinx settings of the documentation: pages in Markdown, the reference from docstrings, warnings are errors."""

import sys
from importlib import metadata
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

import pages  # noqa: E402

project = "Evidence synthesis"
author = "The evidence-synthesis authors"
version = release = metadata.version("evidence-synthesis")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
autodoc_default_options = {"members": True, "undoc-members": False, "member-order": "bysource"}
autodoc_typehints = "description"
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Evidence synthesis"
html_show_copyright = False


def _inline(page: HTML5Translator, formula: nodes.Element) -> None:
    page.body.append(convert(formula.astext()))
    raise nodes.SkipNode


def _block(page: HTML5Translator, formula: nodes.Element) -> None:
    page.body.append(f'<div class="math">{convert(formula.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Pages that the program tells itself, and formulas as MathML: Sphinx's own way fetches a script from the network."""
    pages.write(HERE / "_generated")
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
