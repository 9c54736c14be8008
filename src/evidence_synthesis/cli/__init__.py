"""The command line. Exit codes: 0 done, 1 faults in the input (nothing written), 2 wrong use or ``--fail-on-change``."""

from __future__ import annotations

from typing import Any

import click

import evidence_synthesis
from evidence_synthesis.cli.adding import add, template
from evidence_synthesis.cli.beyond import candidates, coverage, watchlist
from evidence_synthesis.cli.effect_sizes import effect_sizes
from evidence_synthesis.cli.exchange import export
from evidence_synthesis.cli.importing import import_
from evidence_synthesis.cli.look import check, diff, list_, plot
from evidence_synthesis.cli.network import network
from evidence_synthesis.cli.package import describe, migrate
from evidence_synthesis.cli.pool import pool
from evidence_synthesis.cli.releasing import release
from evidence_synthesis.cli.review import new_review, run
from evidence_synthesis.cli.watching import watch
from evidence_synthesis.storage.table_row import BrokenTable


class _Commands(click.Group):
    """Commands that say which file they could not use, instead of how Python noticed."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FileNotFoundError as error:
            where = "run this in the folder of a review whose results are made, or name its config and results by options"
            raise click.ClickException(f"{error.filename} is missing: {where}") from error
        except BrokenTable as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error


def _tell_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """The version that ``import evidence_synthesis`` tells, which in a checkout is that of its own files."""
    if asked:
        click.echo(f"evidence-synthesis, version {evidence_synthesis.__version__}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version, help="Show the version and exit."
)
def main() -> None:
    """Evidence synthesis of trials: pool a table, check data, run a review, draw figures, bring reviews in, hand results on."""


_DATA = (check, template, add, watchlist, candidates, coverage, describe, migrate, release)
for command in (*_DATA, new_review, run, watch, list_, plot, diff, pool, effect_sizes, network, import_, export):
    main.add_command(command)
