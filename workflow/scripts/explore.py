"""Small-study effects, influence, a Bayesian check, meta-regression and what else is asked of each analysis."""

from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import analyses, robustness
from evidence_synthesis.synthesis.exploration import explore_further
from evidence_synthesis.synthesis.rows import further
from evidence_synthesis.synthesis.rows import robustness as rows
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.trials_in_analyses import read_trials


def main(snakemake: Any, log: Log) -> None:
    config, source, out = snakemake.config, snakemake.input, snakemake.output
    settings, taxonomy = load_settings(config), Taxonomy(read_checked(Path(source.treatments)))
    results = {r.row_id: r for r in read_results(Path(source.checked))}
    pooled, trials = PooledResult.read(Path(source.pooled)), read_trials(Path(source.trials), Path(source.brought))
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, snakemake.params.code)))
    groups = analyses.by_analysis(trials, analyses.wanted_analyses(pooled, settings, least=2))
    several = {key: some for key, some in groups.items() if len(some) > 2}
    small = memo.rows(rows.SmallStudyEffects, several, robustness.small_study_rows)
    bayes = memo.rows(rows.BayesianCheck, groups, lambda some: robustness.bayes_rows(some, settings, config["bayes"]))
    found = explore_further(pooled, trials, results, settings, taxonomy, config["explore"], memo)
    further.YearRegression.write(Path(out.regression), found.regression)
    further.ModeratorRegression.write(Path(out.own), found.own)
    rows.AllSubsets.write(Path(out.gosh), found.gosh)
    further.DependentEffects.write(Path(out.dependent), found.dependent)
    further.EventMethod.write(Path(out.events), found.events)
    further.FurtherIntervals.write(Path(out.intervals), found.intervals)
    rows.SmallStudyEffects.write(Path(out.small), small)
    rows.TrialInfluence.write(Path(out.influence), robustness.influence_rows(several, settings.model))
    rows.BayesianCheck.write(Path(out.bayes), bayes)
    memo.save()
    log(f"{len(groups)} analyses of two trials or more, {len(several)} of three or more")
    log(f"{found.analyses} analyses of {config['explore']['least']} trials or more")
