"""Rebuild all results into another folder and compare every file with those there and with the list of a full run."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.storage.manifest import compare, read_manifest, survey


class Differs(Exception):
    """A fresh run does not give the results that are there."""


EXPECTED: tuple[type[Exception], ...] = (Differs,)


def main(snakemake: Any, log: Log) -> None:
    params, results = snakemake.params, Path(snakemake.input[0]).parent
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "snakemake", "--snakefile", f"{params.root}/Snakefile", "--directory", scratch]
        command += ["--cores", str(snakemake.threads), "--quiet", "all", "--configfile", *params.configs]
        command += ["--config", f"data={params.data}", 'pathvars={"results": "results", "logs": "logs"}']
        command += ["--", "all", "downloads"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE")}
        subprocess.run(command, check=True, env=environment)
        fresh = survey(Path(scratch) / "results")
    found = compare(read_manifest(results) | survey(results), fresh)
    if found.lines:
        raise Differs("\n".join([f"a fresh run gives other results ({found.same} files are identical):", *found.lines]))
    log(f"a fresh run gives the same bytes: {found.same} files are identical")
    print(f"verify: a fresh run gives the same bytes: {found.same} files are identical", file=sys.stderr)
