"""Subgroups, meta-regression, all subsets, dependent effects and further intervals of the larger analyses."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis import exploration
from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.diagnostics import by_analysis, wanted_analyses
from evidence_synthesis.files import write_table
from evidence_synthesis.membership import join
from evidence_synthesis.memo import Memo
from evidence_synthesis.settings import load_settings
from evidence_synthesis.trials import read_checked, read_results

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
    told = exploration.with_moderators(groups, results, taxonomy)
    dependent = partial(exploration.dependent_rows, terms=[w.term for w in settings.terms])
    tables = {
        "subgroups": (
            exploration.SUBGROUP_COLUMNS,
            memo.rows("subgroups", told, partial(exploration.subgroup_rows, rounds=rounds, seed=seed, model=settings.model)),
        ),
        "regression": (
            exploration.REGRESSION_COLUMNS,
            memo.rows("regression", groups, partial(exploration.regression_rows, rounds=rounds, seed=seed)),
        ),
        "gosh": (
            exploration.GOSH_COLUMNS,
            memo.rows("gosh", groups, partial(exploration.gosh_rows, good_events=good.__getitem__, seed=seed)),
        ),
        "dependent": (
            exploration.DEPENDENT_COLUMNS,
            memo.rows("dependent", exploration.questions(every), dependent, ("question", "measure")),
        ),
        "events": (exploration.EVENT_COLUMNS, exploration.event_rows(every)),
        "intervals": (
            exploration.INTERVAL_COLUMNS,
            memo.rows("intervals", groups, partial(exploration.interval_rows, model=settings.model)),
        ),
    }
    for name, (columns, rows) in tables.items():
        write_table(Path(out[name]), columns, rows)
    memo.save()
    log(f"{len(groups)} analyses of {config['explore']['least']} trials or more")


if __name__ == "__main__":
    run(snakemake, main)
