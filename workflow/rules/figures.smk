# The figures: what changed is drawn by a process for each core, the rest left; forest plots do not wait for conclusions.
# No threads are reserved: after an edit one process is at work, and other jobs need not wait.


rule figures:
    input:
        pooled="<results>/tables/pooled.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
        treatments="<results>/checked/treatments.csv",
        checked="<results>/checked/trials.csv",
        audit="<results>/tables/audit.csv",
    output:
        folder=report(
            update(directory("<results>/figures")),
            patterns=["{group}/{figure}.svg"],
            caption="../report/forest.rst",
            category="Figures",
            subcategory="{group}",
            labels={"treatment": "{group}", "figure": "{figure}"},
        ),
        index="<results>/tables/figures.csv",
    log:
        "<logs>/figures.log",
    benchmark:
        "<logs>/benchmarks/figures.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    params:
        script="figures",
        settings=digest_of(config),
        code=code("figures"),
    script:
        "../scripts/job.py"


rule summaries:
    input:
        pooled="<results>/tables/pooled.csv",
        treatments="<results>/checked/treatments.csv",
        checked="<results>/checked/trials.csv",
        accounts="<results>/tables/row_accounting.csv",
        certainty="<results>/tables/certainty.csv",
        claims="<results>/tables/claims.csv",
        central="<results>/tables/central_message.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
        published="<results>/tables/published_comparison.csv",
        years="<results>/tables/claims_through_time.csv",
        twice="<results>/tables/documents_then_and_now.csv",
        estimates="<results>/tables/review_estimates.csv",
        beside="<results>/tables/beside_reviews.csv",
    output:
        folder=report(
            update(directory("<results>/summaries")),
            patterns=["{group}/{figure}.svg"],
            caption="../report/summaries.rst",
            category="All treatments",
            labels={"group": "{group}", "figure": "{figure}"},
        ),
        index="<results>/tables/summaries.csv",
    log:
        "<logs>/summaries.log",
    benchmark:
        "<logs>/benchmarks/summaries.tsv"
    priority: 6
    conda:
        "../../environment.yml"
    params:
        script="summaries",
        settings=digest_of(config),
        code=code("summaries"),
    script:
        "../scripts/job.py"
