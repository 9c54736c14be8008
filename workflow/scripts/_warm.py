"""A process with the library loaded, that does the jobs of one run: python _warm.py SOCKET (its number)."""

import sys
from importlib import import_module
from pathlib import Path

from _work import script_of, work

from evidence_synthesis.storage.warm import keep

SELDOM = {"job", "downloads", "verify"}  # what most runs do not ask for
LATE = (  # what the library imports only where it is needed
    *("frictionless", "jinja2", "jsonschema", "scipy.stats", "scipy.optimize", "snakemake.iocontainers", "snakemake.logging"),
    *("yaml", "matplotlib.backends.backend_svg"),
)


def load() -> None:
    for script in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if script.stem not in SELDOM:
            script_of(script.stem)
    for name in LATE:
        import_module(name)


if __name__ == "__main__":
    keep(int(sys.argv[1]), load, work)
