"""The command line. Exit codes: 0 done, 1 faults in the input (nothing written), 2 wrong use or ``--fail-on-change``."""

from __future__ import annotations

import click

from evidence_synthesis.cli.exchange import export, import_
from evidence_synthesis.cli.look import check, diff, plot
from evidence_synthesis.cli.review import new_review, run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Evidence synthesis of trials: check data, run a review, draw figures, bring reviews in, hand results on."""


for command in (check, run, plot, diff, import_, export, new_review):
    main.add_command(command)
