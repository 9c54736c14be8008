"""Small-study effects, influence of single trials, and a Bayesian check of the pooled analyses."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis import diagnostics
from evidence_synthesis.files import write_table
from evidence_synthesis.membership import join
from evidence_synthesis.memo import Memo
from evidence_synthesis.settings import load_settings
from evidence_synthesis.trials import read_checked

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.params.config, snakemake.output
    settings = load_settings(config)
    pooled, members, brought = (read_checked(Path(snakemake.input[name])) for name in ("pooled", "trials", "brought"))
    trials = join(members, brought)
    groups = diagnostics.by_analysis(trials, diagnostics.wanted_analyses(pooled, settings, least=2))
    several = {key: rows for key, rows in groups.items() if len(rows) > 2}
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, snakemake.params.code)))
    small = memo.rows("small", several, diagnostics.small_study_rows)
    bayes = memo.rows("bayes", groups, lambda some: diagnostics.bayes_rows(some, settings, config["bayes"]))
    write_table(Path(out.small), diagnostics.SMALL_COLUMNS, small)
    write_table(Path(out.influence), diagnostics.INFLUENCE_COLUMNS, diagnostics.influence_rows(several, settings.model))
    write_table(Path(out.bayes), diagnostics.BAYES_COLUMNS, bayes)
    memo.save()
    log(f"{len(groups)} analyses of two trials or more, {len(several)} of three or more")


if __name__ == "__main__":
    run(snakemake, main)
