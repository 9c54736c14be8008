"""A process with the library loaded, that does the jobs of one run: python _warm.py SOCKET (its number).

It also reads the tables that several jobs ask for, once they are there.
"""

import os
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from _work import script_of, work

from evidence_synthesis.storage.remembered import remembering
from evidence_synthesis.storage.warm import keep

SELDOM = {"job", "downloads", "verify"}  # what most runs do not ask for
# What the library imports only where it is needed: for the check, and for later jobs.
FIRST = ("snakemake.iocontainers", "snakemake.logging", "yaml", "jsonschema", "frictionless")
CHECKED = ("treatments", "published_estimates")  # tables that several jobs read as text
LATE = ("jinja2", "matplotlib.backends.backend_svg", "scipy.stats", "scipy.optimize")


def load() -> Iterator[None]:
    """Load what jobs need: what fits into the time in which the engine starts, and the rest while the check is under way."""
    for name in FIRST:
        import_module(name)
    for job in ("check", "audit", "figures"):
        script_of(job)
    yield
    for script in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if script.stem not in SELDOM:
            script_of(script.stem)
            yield
    for name in LATE:
        import_module(name)
        yield


def do(request: Any) -> int:
    """Do the work of a rule, or another call that whoever started the run asks for; its exit code."""
    if not isinstance(request, partial):
        return work(request)
    request()
    return 0


def read_on(folder: str, snakemake: Any) -> Iterator[None]:
    """Read what a job wrote and several others read."""
    if isinstance(snakemake, partial):
        return
    from evidence_synthesis.effects.converted import read_converted
    from evidence_synthesis.review.settings import load_settings
    from evidence_synthesis.review.trials import read_results
    from evidence_synthesis.storage.files import read_checked
    from evidence_synthesis.synthesis.rows.analyses import PooledResult
    from evidence_synthesis.synthesis.rows.conclusions import Certainty
    from evidence_synthesis.synthesis.trials_in_analyses import read_trials

    made = {name: Path(os.path.join(folder, str(path))) for name, path in snakemake.output.items()}
    settings = load_settings(snakemake.config)
    converted = partial(read_converted, settings=settings)
    asked: dict[str, list[tuple[Any, ...]]] = {
        "check": [*((read_checked, name) for name in CHECKED), (read_results, "trials"), (converted, "trials")],
        "synthesise": [(read_trials, "trials", "brought"), (PooledResult.read, "pooled")],
        "conclude": [(Certainty.read, "certainty")],
    }
    for read, *names in asked.get(snakemake.rule, ()):
        with remembering():
            read(*(made[name] for name in names))
        yield


if __name__ == "__main__":
    keep(int(sys.argv[1]), load, do, read_on)
    os._exit(0)  # without taking apart what is loaded
