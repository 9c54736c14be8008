"""Rebuild all results into another folder and compare every file with the committed one, byte for byte."""

import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.exports.former import DOWNLOADS

if TYPE_CHECKING:
    snakemake: Any

IGNORED = (".snakemake_timestamp", "changes.md")  # the second tells of the last commit, not of the data


class Differs(Exception):
    """A fresh run does not give the results that are there."""


def files(folder: Path) -> set[str]:
    names = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and p.name not in IGNORED)
    return {name.as_posix() for name in names if name.parts[0] != DOWNLOADS}


def differences(old: Path, new: Path) -> list[str]:
    before, after = files(old), files(new)
    lines = [f"only there: {f}" for f in sorted(before - after)] + [f"only in a fresh run: {f}" for f in sorted(after - before)]
    both = sorted(before & after)
    return lines + [f"differs: {f}" for f in both if not filecmp.cmp(old / f, new / f, shallow=False)]


def main(snakemake: Any, log: Log) -> None:
    params = snakemake.params
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "snakemake", "--snakefile", f"{params.root}/Snakefile", "--directory", scratch]
        command += ["--cores", str(snakemake.threads), "--quiet", "all", "--configfile", *params.configs]
        command += ["--config", f"data={params.data}", 'pathvars={"results": "results", "logs": "logs"}']
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE")}
        subprocess.run(command, check=True, env=environment)
        found = differences(Path(snakemake.input[0]).parent, Path(scratch) / "results")
    if found:
        raise Differs("\n".join(["a fresh run gives other results:", *found]))
    log("a fresh run gives the same bytes")
    print("verify: a fresh run gives the same bytes", file=sys.stderr)


if __name__ == "__main__":
    run(snakemake, main, expected=(Differs,))
