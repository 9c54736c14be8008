"""What every script does around its work: log what happens, and fail with a message instead of a traceback."""

from __future__ import annotations

import gc
import sys
import textwrap
import traceback
from collections.abc import Callable
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


def run(snakemake: Any, main: Callable[[Any, Log], None], expected: tuple[type[Exception], ...] = ()) -> None:
    """Run ``main(snakemake, log)``. Expected errors, and tables that are not as a run wrote them, are told to
    the user (``Log.tell``), others stand with a traceback in the log.
    """
    told: tuple[type[Exception], ...] = (BrokenTable, *expected)
    with open(snakemake.log[0], "w", encoding="utf-8") as stream:
        log = Log(stream)
        try:
            main(snakemake, log)
        except told as error:
            log.tell(str(error))
            sys.exit(1)
        except Exception:
            log(traceback.format_exc())
            raise
