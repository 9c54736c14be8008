"""Evidence synthesis of trials: from effects of single studies to pooled results, certainty, figures and reports.

What people who write Python use stands here: ``import evidence_synthesis as es``, then ``es.meta_analysis(...)``. The names
are fetched when they are first used, so that importing the package costs nothing, and each job of the workflow pays only for
the modules that it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence_synthesis.errors import EvidenceError
    from evidence_synthesis.front.analysis import MetaAnalysis, meta_analysis
    from evidence_synthesis.front.many import pool_many
    from evidence_synthesis.front.network import network
    from evidence_synthesis.front.published import Review, load_review
    from evidence_synthesis.front.sizes import effect_sizes

_WHERE = {
    "EvidenceError": "errors",
    "MetaAnalysis": "front.analysis",
    "Review": "front.published",
    "effect_sizes": "front.sizes",
    "load_review": "front.published",
    "meta_analysis": "front.analysis",
    "network": "front.network",
    "pool_many": "front.many",
}
__all__ = [
    "EvidenceError",
    "MetaAnalysis",
    "Review",
    "__version__",
    "effect_sizes",
    "load_review",
    "meta_analysis",
    "network",
    "pool_many",
]


def _version() -> str:
    """The version of a checkout where one is used as it stands, of the installed package otherwise."""
    from importlib.metadata import PackageNotFoundError, version
    from pathlib import Path

    project = Path(__file__).parents[2] / "pyproject.toml"
    if Path(__file__).parents[1].name == "src" and project.exists():
        import tomllib

        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    try:
        return version("evidence-synthesis")
    except PackageNotFoundError:
        return "unknown"


def __getattr__(name: str) -> object:
    if name == "__version__":
        return _version()
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name[:2] == name[-2:] == 2 * "_")})
