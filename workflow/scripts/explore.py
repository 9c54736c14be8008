"""Subgroups, meta-regression, all subsets, dependent effects and further intervals of the larger analyses."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import moderators, other_models, robustness
from evidence_synthesis.synthesis.analyses import by_analysis, wanted_analyses
from evidence_synthesis.synthesis.trials_in_analyses import join

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, source, out = snakemake.params.config, snakemake.input, snakemake.output
    settings, taxonomy = load_settings(config), Taxonomy(read_checked(Path(source.treatments)))
    results = {r.row_id: r for r in read_results(Path(source.checked))}
    pooled, members, brought = (read_checked(Path(source[name])) for name in ("pooled", "trials", "brought"))
    trials = join(members, brought)
    every = by_analysis(trials, wanted_analyses(pooled, settings, least=1))
    groups = {key: rows for key, rows in every.items() if len(rows) >= config["explore"]["least"]}
    good = {o.outcome: bool(o.event_is_good) for o in settings.outcomes}
    rounds, seed = config["explore"]["permutations"], config["explore"]["seed"]
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, snakemake.params.code)))
    told = moderators.with_moderators(groups, results, taxonomy)
    dependent = partial(other_models.dependent_rows, terms=[w.term for w in settings.terms])
    tables = {
        "subgroups": (
            moderators.SUBGROUP_COLUMNS,
            memo.rows("subgroups", told, partial(moderators.subgroup_rows, rounds=rounds, seed=seed, model=settings.model)),
        ),
        "regression": (
            moderators.REGRESSION_COLUMNS,
            memo.rows("regression", groups, partial(moderators.regression_rows, rounds=rounds, seed=seed)),
        ),
        "gosh": (
            robustness.GOSH_COLUMNS,
            memo.rows("gosh", groups, partial(robustness.gosh_rows, good_events=good.__getitem__, seed=seed)),
        ),
        "dependent": (
            other_models.DEPENDENT_COLUMNS,
            memo.rows("dependent", other_models.question_groups(every), dependent, ("question", "measure")),
        ),
        "events": (other_models.EVENT_COLUMNS, other_models.event_rows(every)),
        "intervals": (
            other_models.INTERVAL_COLUMNS,
            memo.rows("intervals", groups, partial(other_models.interval_rows, model=settings.model)),
        ),
    }
    for name, (columns, rows) in tables.items():
        write_table(Path(out[name]), columns, rows)
    memo.save()
    log(f"{len(groups)} analyses of {config['explore']['least']} trials or more")


if __name__ == "__main__":
    run(snakemake, main)
