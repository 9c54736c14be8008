# What the trials of each time say of the statements, and what published reviews do.


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
    priority: 3
    conda:
        "../../environment.yml"
    params:
        script="through_time",
        settings=digest_of(config),
        code=code("through_time"),
    script:
        "../scripts/job.py"


# What other people have pooled stands beside our trials, and tells which trials are missing.
rule other_reviews:
    input:
        treatments="<results>/checked/treatments.csv",
        unusable="<results>/checked/unusable_results.csv",
        sources="<results>/checked/sources.csv",
        published="<results>/checked/published_estimates.csv",
        lists="<results>/checked/review_trials.csv",
        judgements="<results>/checked/risk_of_bias.csv",
        checked="<results>/checked/trials.csv",
        brought="<results>/tables/trial_effects.csv",
        claims="<results>/checked/claims.json",
        detail="<results>/tables/claims_detail.csv",
        comparison="<results>/tables/published_comparison.csv",
        pooled="<results>/tables/pooled.csv",
        information="<results>/tables/information_missing.csv",
    output:
        estimates="<results>/tables/review_estimates.csv",
        beside=report(
            "<results>/tables/beside_reviews.csv",
            caption="../report/other_reviews.rst",
            category="Tables",
            labels={"table": "statements beside published reviews"},
        ),
        overlap="<results>/tables/review_overlap.csv",
        inclusions="<results>/tables/review_inclusions.csv",
        coverage="<results>/tables/coverage.csv",
        missing="<results>/tables/missing_trials.csv",
    log:
        "<logs>/other_reviews.log",
    benchmark:
        "<logs>/benchmarks/other_reviews.tsv"
    priority: 4
    conda:
        "../../environment.yml"
    params:
        script="other_reviews",
        settings=digest_of(config),
        code=code("other_reviews"),
    script:
        "../scripts/job.py"
