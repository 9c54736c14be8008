"""The workflow engine of a run: started before it is told what to do, followed while it works.

The only module of the library that knows the engine, and only its command line.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO

import click

from evidence_synthesis.cli.shared import ENGINE, PACKAGE
from evidence_synthesis.storage.processors import same_sums
from evidence_synthesis.storage.warm import hand_over, kept

MEMORY = ".snakemake"  # its folder in that of a review
_STEPS = re.compile(r"(\d+) of (\d+) steps")
_BEGUN = re.compile(r"^(?:local)?rule (\w+):")
_WARM = [sys.executable, str(ENGINE / "workflow/scripts/_warm.py")]  # a process with the library loaded, for the jobs
# Its import takes half a second, while the settings are looked at; what it is asked comes as one line, or never. It looks at
# its queue again a second after each job, and would wait for that at its end, when there is nothing to look at.
_LISTENS = """
import json, os, sys, threading
from snakemake.cli import main
told = sys.stdin.readline()
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
try:
    if told:
        main(json.loads(told))
finally:
    for waiting in threading.enumerate():
        if isinstance(waiting, threading.Timer):
            waiting.cancel()
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that waits to be told what to do, once.

    ``ask`` has the process beside it do a piece of work, a call without arguments, and gives its exit code; None where there
    is no such process.
    """

    process: subprocess.Popen[str]
    ask: Callable[[object], int | None]

    def run(self, options: Sequence[str], begun: Callable[[str], object]) -> tuple[int, list[str]]:
        """Have it run with these options, with a progress bar of its steps; its exit code and what it said.

        ``begun`` is called with the name of each rule whose work begins, while it goes on.
        """
        _tell(self.process.stdin, json.dumps(list(options)))
        said: list[str] = []
        with click.progressbar(length=1, label="Running", file=sys.stderr) as bar:
            for line in _lines(self.process.stdout):
                said.append(line)
                if rule := _BEGUN.match(line):
                    begun(rule[1])
                if step := _STEPS.search(line):
                    bar.length = int(step[2])
                    bar.update(int(step[1]) - bar.pos)
        return self.process.wait(), said


@contextmanager
def started() -> Iterator[Engine]:
    """An engine, and beside it a process that does its jobs: both ended with the block, however it ends."""
    with kept(_WARM, _for_jobs()) as environment:
        command = [sys.executable, "-c", _LISTENS]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen(command, **streams, text=True, errors="replace", env=environment) as process:  # type: ignore[call-overload]
            try:
                yield Engine(process, partial(hand_over, environment=environment))
            except BaseException:
                if not process.stdin.closed:  # it waits in vain
                    process.terminate()
                raise


def _tell(stream: IO[str] | None, line: str) -> None:
    if stream is not None:
        stream.write(f"{line}\n")
        stream.close()


def _lines(stream: Iterable[str] | None) -> Iterable[str]:
    return (line.rstrip("\n") for line in stream or ())


def _named() -> dict[str, str]:
    """The environment, with a name for a user whom the system does not know (in containers): the engine asks for one."""
    try:
        getpass.getuser()
    except (KeyError, OSError, ImportError):
        return {**os.environ, "LOGNAME": "reviewer"}
    return dict(os.environ)


def _for_jobs() -> dict[str, str]:
    """The environment of whatever works for a run: it finds this library, and comes to the same sums everywhere."""
    places = (str(PACKAGE.parent), os.environ.get("PYTHONPATH", ""))
    return {**_named(), **same_sums(), "PYTHONPATH": os.pathsep.join(filter(None, places))}
