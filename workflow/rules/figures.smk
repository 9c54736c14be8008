# The figures: one job with a process for each core. It draws the groups whose content changed and leaves the others.


rule figures:
    input:
        pooled="<results>/tables/pooled.csv",
        trials="<results>/tables/analysis_trials.csv",
        treatments="<results>/checked/treatments.csv",
        unusable="<results>/checked/unusable_results.csv",
        checked="<results>/checked/trials.csv",
        audit="<results>/tables/audit.csv",
        accounts="<results>/tables/row_accounting.csv",
        certainty="<results>/tables/certainty.csv",
        claims="<results>/tables/claims.csv",
        published="<results>/tables/published_comparison.csv",
    output:
        folder=report(
            update(directory("<results>/figures")),
            patterns=["{group}/{outcome}.svg"],
            caption="../report/forest.rst",
            category="Figures",
            subcategory="{group}",
            labels={"treatment": "{group}", "outcome": "{outcome}"},
        ),
        index="<results>/tables/figures.csv",
    log:
        "<logs>/figures.log",
    benchmark:
        "<logs>/benchmarks/figures.tsv"
    conda:
        "../../environment.yml"
    threads: workflow.cores or 2
    params:
        config=config,
        code=code(
            "plots", "audit", "wording", "settings", "contrasts", "schema", "files"
        ),
    script:
        "../scripts/figures.py"
