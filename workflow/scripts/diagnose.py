"""Small-study effects, influence of single trials, and a Bayesian check of the pooled analyses."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import analyses, robustness
from evidence_synthesis.synthesis.trials_in_analyses import join

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.params.config, snakemake.output
    settings = load_settings(config)
    pooled, members, brought = (read_checked(Path(snakemake.input[name])) for name in ("pooled", "trials", "brought"))
    trials = join(members, brought)
    groups = analyses.by_analysis(trials, analyses.wanted_analyses(pooled, settings, least=2))
    several = {key: rows for key, rows in groups.items() if len(rows) > 2}
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, snakemake.params.code)))
    small = memo.rows("small", several, robustness.small_study_rows)
    bayes = memo.rows("bayes", groups, lambda some: robustness.bayes_rows(some, settings, config["bayes"]))
    write_table(Path(out.small), robustness.SMALL_COLUMNS, small)
    write_table(Path(out.influence), robustness.INFLUENCE_COLUMNS, robustness.influence_rows(several, settings.model))
    write_table(Path(out.bayes), robustness.BAYES_COLUMNS, bayes)
    memo.save()
    log(f"{len(groups)} analyses of two trials or more, {len(several)} of three or more")


if __name__ == "__main__":
    run(snakemake, main)
