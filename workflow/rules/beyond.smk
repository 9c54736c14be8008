# What the trials of each time say of the statements.


rule through_time:
    input:
        checked="<results>/checked/trials.csv",
        sources="<results>/checked/sources.csv",
        searches="<results>/checked/search_log.csv",
        treatments="<results>/checked/treatments.csv",
        unusable="<results>/checked/unusable_results.csv",
        outside="<results>/checked/harms_outside_trials.csv",
        claims="<results>/checked/claims.json",
    output:
        years=report(
            "<results>/tables/claims_through_time.csv",
            caption="../report/through_time.rst",
            category="Tables",
            labels={"table": "statements through time"},
        ),
        twice="<results>/tables/documents_then_and_now.csv",
        moved="<results>/tables/verdicts_moved.csv",
        apart="<results>/tables/documents_apart.csv",
        pairs="<results>/tables/document_pairs.csv",
        missing="<results>/tables/information_missing.csv",
        looks="<results>/tables/sequential_looks.csv",
    log:
        "<logs>/through_time.log",
    benchmark:
        "<logs>/benchmarks/through_time.tsv"
    priority: 4
    conda:
        "../../environment.yml"
    params:
        script="through_time",
        settings=digest_of(config),
        code=code("through_time"),
    script:
        "../scripts/job.py"
