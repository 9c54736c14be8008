"""Subgroups, meta-regression, all subsets, dependent effects and further intervals of the larger analyses."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.exploration import explore_further
from evidence_synthesis.synthesis.rows import further, robustness
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.trials_in_analyses import read_trials

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, source, out = snakemake.params.config, snakemake.input, snakemake.output
    settings, taxonomy = load_settings(config), Taxonomy(read_checked(Path(source.treatments)))
    results = {r.row_id: r for r in read_results(Path(source.checked))}
    pooled, trials = PooledResult.read(Path(source.pooled)), read_trials(Path(source.trials), Path(source.brought))
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, snakemake.params.code)))
    found = explore_further(pooled, trials, results, settings, taxonomy, config["explore"], memo)
    further.SubgroupResult.write(Path(out.subgroups), found.subgroups)
    further.YearRegression.write(Path(out.regression), found.regression)
    further.ModeratorRegression.write(Path(out.own), found.own)
    robustness.AllSubsets.write(Path(out.gosh), found.gosh)
    further.DependentEffects.write(Path(out.dependent), found.dependent)
    further.EventMethod.write(Path(out.events), found.events)
    further.FurtherIntervals.write(Path(out.intervals), found.intervals)
    memo.save()
    log(f"{found.analyses} analyses of {config['explore']['least']} trials or more")


if __name__ == "__main__":
    run(snakemake, main)
