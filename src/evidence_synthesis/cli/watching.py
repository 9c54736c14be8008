"""Run a review on each save, tell faults and what moved, and show the report in a browser that loads it again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evidence_synthesis.cli.shared import DIRECTORY

if TYPE_CHECKING:
    from evidence_synthesis.cli.serving import Pages

Stamp = dict[str, tuple[int, int]]
_WATCHED = ("config", "data")
_PORT = 8765


def stamp(directory: Path) -> Stamp:
    """When the files of a review were written last, and their sizes; not those that an editor keeps beside them."""
    found: Stamp = {}
    for folder in _WATCHED:
        for path in (directory / folder).rglob("*"):
            if path.name.startswith((".", "~")) or path.name.endswith(("~", ".tmp", ".swp")):
                continue
            try:
                facts = path.stat()
            except OSError:  # gone between the two
                continue
            if path.is_file():
                found[path.relative_to(directory).as_posix()] = facts.st_mtime_ns, facts.st_size
    return found


def changes_of(before: Stamp, now: Stamp) -> list[str]:
    """The files that were written, added or taken away."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def watching(directory: Path, act: Callable[[list[str]], None], going_on: Callable[[], bool], wait: float = 0.5) -> None:
    """Call ``act`` with the names of the files of each save, once nothing was written for ``wait`` seconds."""
    before = stamp(directory)
    while going_on():
        time.sleep(wait)
        now = stamp(directory)
        changed = changes_of(before, now)
        while changed:
            time.sleep(wait)
            later = stamp(directory)
            if later == now:
                break
            now, changed = later, changes_of(before, later)
        before = now
        if changed:
            act(changed)


def _command(*arguments: str) -> int:
    """A command of this program, with its output in the terminal; its exit code."""
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", "evidence_synthesis", *arguments], check=False).returncode


def made(directory: Path, cores: int) -> bool:
    """Check and run a review; whether there are new results."""
    where = str(directory)
    return not _command("check", str(directory / "data")) and not _command("run", "--directory", where, "--cores", str(cores))


def _pages(results: Path, port: int) -> Pages:
    from evidence_synthesis.cli.serving import Pages

    try:
        return Pages(results, port)
    except OSError:
        return Pages(results, 0)  # any free one


@click.command()
@DIRECTORY
@click.option("--cores", default=2, show_default=True, help="Jobs at a time.")
@click.option("--port", default=_PORT, show_default=True, type=click.IntRange(0, 65535), help="Of the loopback address.")
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
def watch(directory: Path, cores: int, port: int, show: bool) -> None:
    """Check and run a review on each save of its data or settings: faults, doubts and what moved stand in the terminal.

    The report is served to this machine alone and loads itself again in the browser. Ctrl-C ends it.

    Example: evidence-synthesis watch --directory my-review --open
    """
    if not (directory / "config/config.yaml").exists():
        raise click.ClickException(
            f"{directory} has no config/config.yaml: is it the folder of a review? (new-review begins one)"
        )
    results = directory / "results"
    results.mkdir(exist_ok=True)
    pages = _pages(results, port)
    pages.begin()

    def act(changed: list[str]) -> None:
        if changed:
            click.echo(f"\n{time.strftime('%H:%M:%S')}  saved: {', '.join(changed[:5])}{' ...' if len(changed) > 5 else ''}")
        began = time.monotonic()
        if made(directory, cores):
            pages.renewed()
            click.echo(
                f"{time.monotonic() - began:.0f} s. {pages.address} is up to date. Waiting for the next save (Ctrl-C ends)."
            )
        else:
            click.echo("The report is as it was. Waiting for the next save (Ctrl-C ends).")

    try:
        act([])
        if show:
            click.launch(pages.address)
        watching(directory, act, lambda: True)
    except KeyboardInterrupt:
        click.echo("\nEnded.")
    finally:
        pages.shutdown()
        pages.server_close()
