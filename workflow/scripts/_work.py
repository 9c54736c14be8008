"""What every job does around its work: log what happens, and fail with a message instead of a traceback.

Each rule's work is ``main(snakemake, log)`` of the script that it names; errors in its ``EXPECTED`` are told in their words.
"""

from __future__ import annotations

import gc
import sys
import textwrap
import time
import traceback
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from evidence_synthesis.storage.table_row import BrokenTable

# Jobs are short and hold tables of many small objects: looking for garbage among them so often took a tenth of their time.
gc.set_threshold(500_000, 20, 100)


class Log:
    """Writes lines to the job's log file."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __call__(self, line: str) -> None:
        print(line, file=self.stream, flush=True)

    def tell(self, text: str) -> None:
        """Log a text and print it for the user (``| `` before each line, by which the command ``run`` finds it)."""
        self(text)
        print(textwrap.indent(text, "| "), file=sys.stderr)


@cache
def script_of(name: str) -> ModuleType:
    """A script as a module (by its file: ``site`` and others are names of Python's own)."""
    spec = spec_from_file_location(f"job_{name}", Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def work(snakemake: Any) -> int:
    """Do the work of a rule; its exit code. Expected errors, and tables that are not as a run wrote them, are told to the
    user (``Log.tell``); others stand with a traceback in the log, and are raised.
    """
    with open(snakemake.log[0], "w", encoding="utf-8") as stream:
        log = Log(stream)
        told: tuple[type[Exception], ...] = (BrokenTable,)
        try:
            script = script_of(snakemake.params.script)
            told += getattr(script, "EXPECTED", ())
            script.main(snakemake, log)
            log(f"{time.process_time():.2f} s of processor time")  # the engine sees only who handed the work over
        except Exception as error:
            if isinstance(error, told):
                log.tell(str(error))
                return 1
            log(traceback.format_exc())
            raise
    return 0
