"""Small-study effects, influence of single trials, and a Bayesian check of the pooled analyses."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import analyses, robustness
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.robustness import BayesianCheck, SmallStudyEffects, TrialInfluence
from evidence_synthesis.synthesis.trials_in_analyses import read_trials

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, source, out = snakemake.params.config, snakemake.input, snakemake.output
    settings = load_settings(config)
    pooled, trials = PooledResult.read(Path(source.pooled)), read_trials(Path(source.trials), Path(source.brought))
    groups = analyses.by_analysis(trials, analyses.wanted_analyses(pooled, settings, least=2))
    several = {key: rows for key, rows in groups.items() if len(rows) > 2}
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, snakemake.params.code)))
    small = memo.rows(SmallStudyEffects, several, robustness.small_study_rows)
    bayes = memo.rows(BayesianCheck, groups, lambda some: robustness.bayes_rows(some, settings, config["bayes"]))
    SmallStudyEffects.write(Path(out.small), small)
    TrialInfluence.write(Path(out.influence), robustness.influence_rows(several, settings.model))
    BayesianCheck.write(Path(out.bayes), bayes)
    memo.save()
    log(f"{len(groups)} analyses of two trials or more, {len(several)} of three or more")


if __name__ == "__main__":
    run(snakemake, main)
