"""Commands about a whole review: run its workflow, begin a new one."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from evidence_synthesis.cli.beginning import begin
from evidence_synthesis.cli.engine import MEMORY, Engine, started
from evidence_synthesis.cli.news import News
from evidence_synthesis.cli.shared import DIRECTORY, ENGINE, PACKAGE, examined
from evidence_synthesis.exports.former import DOWNLOADS, remove_former
from evidence_synthesis.review.as_of import NoDate, day_of
from evidence_synthesis.storage.committed import committed_results
from evidence_synthesis.storage.left import edited, remember
from evidence_synthesis.storage.unchanged import RunInputs, forget, unchanged
from evidence_synthesis.storage.unchanged import remember as unchanged_since

_TOLD_SINGLY = 5  # changed files of a folder that are named one by one
_TOLD = "| "  # before each line that a job has for the user
_FAULT = re.compile(r"^[^ ].*: found .*; expected ")
_RULES = {"figures": "figures", "summaries": "summaries", "report": "site", "sof": "documents"}  # that make a whole folder
EXAMPLE = ENGINE / "examples/depression"


@click.command()
@DIRECTORY
@click.option("--cores", default=2, show_default=True, help="Jobs at a time.")
@click.option("--verify", is_flag=True, help="Rebuild everything elsewhere and compare each byte with the results.")
@click.option("--downloads", is_flag=True, help="Also make what the report offers for print and Office (results/downloads/).")
@click.option("--as-of", "then", metavar="DATE", help="The review as of a date (2015-12-02): only what was published by then.")
def run(directory: Path, cores: int, verify: bool, downloads: bool, then: str | None) -> None:
    """Run a review: check the data, pool, audit, draw, write the report. Only what a change concerns is made again.

    As of a date, results go to a folder of their own: as-of/DATE/results. Of most publications only the year is known; one of
    the date's own year counts as published by then, one of unknown year does not.

    Example: evidence-synthesis run --directory my-review --cores 4
    """
    config = directory / "config/config.yaml"
    if not config.exists():
        raise click.ClickException(f"{config} is missing: is {directory} the folder of a review? (new-review begins one)")
    memory, name, facts = directory / "logs/unchanged.json", f"{then or 'today'} {downloads}", _facts(directory)
    if memory.exists() and not verify:
        with _alone(directory):
            same = unchanged(memory, name, facts)
        if same is not None:
            click.echo(f"Nothing changed since the last run.\n{directory}: done. Open {same / 'index.html'}.")
            return
    with started() as engine:  # it needs a second until it listens; what follows needs a quarter of one
        settings = examined(config, directory / "data").content
        then, place = _moment(then or settings.get("as_of"), verify)
        asked = [name for name, wanted in (("all", downloads), (DOWNLOADS, downloads), ("verify", verify)) if wanted]
        options = ["--snakefile", str(ENGINE / "Snakefile"), "--directory", str(directory)]
        options += ["--cores", str(cores), "--rerun-incomplete", "--nolock"]
        if then:
            options += ["--config", f"as_of={then}", f"pathvars={json.dumps({n: f'{place}/{n}' for n in ('results', 'logs')})}"]
        results = directory / place / "results"
        with _alone(directory):
            forget(memory)
            read = RunInputs.now(_read_by_runs(directory, settings), facts)
            _writable(results)
            _sweep(results)
            _from_today(directory)
            there = (results / DOWNLOADS).exists()
            # copies that a killed run left would stop this one; folders of results are whole at any moment without them
            shutil.rmtree(directory / MEMORY / "backups", ignore_errors=True)
            _make(engine, directory, results, options, asked, settings)
            unchanged_since(memory, name, read, results)
    click.echo(f"{directory}: done. Open {results / 'index.html'}.")
    if there and not (results / DOWNLOADS).exists():
        click.echo(f"{results / DOWNLOADS} held what former results gave and was removed; run --{DOWNLOADS} makes it again.")


def _make(
    engine: Engine, directory: Path, results: Path, options: Sequence[str], asked: Sequence[str], settings: dict[str, Any]
) -> None:
    """Have the results made, and tell what changed; ends the program where that fails."""
    left = results.with_name("logs") / "left.csv"
    changed = edited(results, left)
    with closing(News(directory / MEMORY / "former", results, settings, engine.ask)) as news:
        code, lines = engine.run([*options, *_made_again(results, changed), "--", *asked], news.begun)
        if not code:
            remember(results, left)
        remove_former(results)  # the engine's own runs do so too, but not where they fail or find nothing to do
        if code:
            _failed(directory, lines)
        for line in _told(lines):
            click.echo(line, err=True)
        if not changed:  # results that somebody changed by hand are no state to compare with
            news.tell()


def _facts(directory: Path) -> tuple[str, ...]:
    """What a run depends on beside files of the review and of the library: the environment, and the results last committed.

    The folder is among them: a copy of a review has the memory of the one it was copied from, which is another review's.
    """
    installed = os.stat(sysconfig.get_path("purelib"))  # its time changes with whatever is installed or removed
    return (str(directory.resolve()), sys.version, f"{installed.st_mtime_ns} {installed.st_ino}", committed_results(directory))


def _read_by_runs(directory: Path, settings: Mapping[str, Any]) -> list[Path]:
    """The files and folders that a run reads: the review's settings and data, the library, and the workflow."""
    own = [directory / "config", directory / settings.get("data", "data")]
    return [path.resolve() for path in (*own, PACKAGE, *(ENGINE / name for name in ("Snakefile", "workflow", "profiles")))]


def _moment(then: str | None, verify: bool) -> tuple[str, str]:
    """The day as of which a review is run, and the folder for it: both empty for today's. Refuses what is no date."""
    if not then:
        return "", ""
    if verify:
        raise click.UsageError("--verify is about the results of today; run it without a date.")
    try:
        day = day_of(then).isoformat()
    except NoDate as error:
        raise click.ClickException(str(error)) from None
    return day, f"as-of/{day}"


def _made_again(results: Path, names: Sequence[str]) -> list[str]:
    """See to it that results which somebody changed by hand are made again, and say so: options for the engine."""
    by_folder: dict[str, list[str]] = {}
    for name in names:
        by_folder.setdefault(name.partition("/")[0], []).append(name)
    for folder, inside in by_folder.items():
        many = f"{results / folder}: {len(inside)} files are" if len(inside) > _TOLD_SINGLY else ""
        for words in [many] if many else [f"{results / name} is" for name in inside]:
            click.echo(f"{words} not as the last run left it: made again from the data.", err=True)
    folders = by_folder.keys()
    for name in names:
        if name.partition("/")[0] not in _RULES:
            (results / name).unlink()
    rules = sorted(_RULES[folder] for folder in folders & _RULES.keys())
    return ["--forcerun", *rules] if rules else []


def _told(lines: Iterable[str]) -> list[str]:
    """What jobs have for the user, each line once."""
    return list(dict.fromkeys(line.removeprefix(_TOLD) for line in lines if line.startswith(_TOLD)))


def _failed(directory: Path, lines: list[str]) -> NoReturn:
    """Say why a run failed: the faults of the data, what else a job has to say, or the end of what the engine said."""
    told = _told(lines)
    click.echo("\n".join(told or lines[-60:]), err=True)
    if any(map(_FAULT.match, told)):
        click.echo(f"{directory}: the data have faults; nothing was written, results are as they were.", err=True)
    else:
        click.echo(f"{directory}: failed. Mend what is named above and run again; {directory / 'logs'} tells more.", err=True)
    sys.exit(1)


def _writable(results: Path) -> None:
    """Refuse at once where results cannot be written, instead of in the middle of a run."""
    try:
        results.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=results):
            pass
    except OSError as error:
        raise click.ClickException(f"{results} cannot be written ({error.strerror}); nothing was done.") from error


def _sweep(results: Path) -> None:
    """Remove what a killed run had begun to write and not put in place."""
    for path in list(results.rglob(".*.tmp")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _from_today(directory: Path) -> None:
    """Files that claim to be from the future, after a clock was set back, are from now: the engine compares times."""
    now = time.time()
    for folder in ("config", "data", "results", "logs", MEMORY):
        for path in (directory / folder).rglob("*"):
            if path.lstat().st_mtime > now:
                os.utime(path, (now, now), follow_symlinks=False)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the review's lock: the system frees it when a run ends in whatever way, so a killed run blocks nobody."""
    path = directory / "logs/run.lock"
    try:
        path.parent.mkdir(exist_ok=True)
        stream = path.open("w")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written ({error.strerror}): a run needs a folder to write to.") from error
    with stream:
        try:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # no such locks on Windows
            pass
        except OSError as error:
            raise click.ClickException(f"another run is at work in {directory}; wait for it to end.") from error
        yield


@click.command("new-review")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", default="A new review", show_default=True, help="Title of the review.")
@click.option(
    "--from",
    "description",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Description (YAML): treatments, comparators, outcomes, windows. Settings, schemas and tables are written from it.",
)
@click.option("--ask", is_flag=True, help="Ask for the description, a question at a time.")
def new_review(folder: Path, title: str, description: Path | None, ask: bool) -> None:
    """Begin a review of another topic: from a description, from answers, or with a small example that runs at once.

    The example's treatments, outcomes, windows, claims and trials are to be replaced; README.md in the folder tells in which
    order. A described review is empty: import --into or a workbook (template, add) brings its trials.

    Example: evidence-synthesis new-review my-review --from review.yaml
    """
    if folder.exists() and any(description is None or not path.samefile(description) for path in folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty; choose another folder.")
    if description is not None or ask:
        begin(folder, description)
        return
    for part in ("config", "data", "README.md"):
        source = EXAMPLE / part
        if source.is_dir():
            shutil.copytree(source, folder / part, dirs_exist_ok=True)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / part)
    config = folder / "config/config.yaml"
    text = re.sub(r"(?m)^title: .*$", lambda _: f"title: {_quoted(title)}", config.read_text(encoding="utf-8"), count=1)
    config.write_text(text, encoding="utf-8")
    _mark_examples(folder / "data/trials.csv")
    click.echo(f"{folder}: ready. Run it with: python -m evidence_synthesis run --directory {folder}")


def _mark_examples(path: Path) -> None:
    """Say in each trial of the skeleton that it is an example."""
    from evidence_synthesis.review.doubts import EXAMPLE_NOTE
    from evidence_synthesis.storage.files import read_checked, write_table

    rows = read_checked(path)
    write_table(path, list(rows[0]), ({**row, "population_note": EXAMPLE_NOTE} for row in rows))


def _quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
