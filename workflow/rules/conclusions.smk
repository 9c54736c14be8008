# From pooled numbers to conclusions: all defensible choices at once, certainty, the documents' statements, and what
# other people have pooled, beside them. The subgroups stand here because certainty asks whether they explain differences.


rule multiverse:
    input:
        trials="<results>/checked/trials.csv",
        printed="<results>/checked/printed.csv",
        claims="<results>/checked/claims.json",
        treatments="<results>/checked/treatments.csv",
        audit="<results>/tables/audit.csv",
    output:
        summary="<results>/tables/multiverse.csv",
        choices="<results>/tables/multiverse_choices.csv",
        selections="<results>/tables/multiverse_selections.csv",
        sets="<results>/tables/multiverse_sets.csv",
    log:
        "<logs>/multiverse.log",
    benchmark:
        "<logs>/benchmarks/multiverse.tsv"
    priority: 5
    conda:
        "../../environment.yml"
    params:
        script="multiverse",
        settings=digest_of(config),
        code=code("multiverse"),
    script:
        "../scripts/job.py"


rule conclude:
    input:
        checked="<results>/checked/trials.csv",
        treatments="<results>/checked/treatments.csv",
        unusable="<results>/checked/unusable_results.csv",
        overrides="<results>/checked/certainty_overrides.csv",
        published="<results>/checked/published_estimates.csv",
        outside="<results>/checked/harms_outside_trials.csv",
        claims="<results>/checked/claims.json",
        audit="<results>/tables/audit.csv",
        pooled="<results>/tables/pooled.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
        multiverse="<results>/tables/multiverse.csv",
        information="<results>/tables/information_missing.csv",
        lists="<results>/checked/review_trials.csv",
        judgements="<results>/checked/risk_of_bias.csv",
        sources="<results>/checked/sources.csv",
    output:
        subgroups="<results>/tables/subgroups.csv",
        certainty="<results>/tables/certainty.csv",
        without="<results>/tables/without_doubtful.csv",
        claims=report(
            "<results>/tables/claims.csv",
            caption="../report/claims.rst",
            category="Tables",
            labels={"table": "the documents' statements"},
        ),
        detail="<results>/tables/claims_detail.csv",
        not_tested="<results>/tables/claims_not_tested.csv",
        readings="<results>/tables/document_readings.csv",
        central="<results>/tables/central_message.csv",
        published="<results>/tables/published_comparison.csv",
        sof=report(
            "<results>/tables/summary_of_findings.csv",
            caption="../report/sof.rst",
            category="Tables",
            labels={"table": "summary of findings"},
        ),
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
        "<logs>/conclude.log",
    benchmark:
        "<logs>/benchmarks/conclude.tsv"
    priority: 6
    conda:
        "../../environment.yml"
    params:
        script="conclude",
        settings=digest_of(config),
        code=code("conclude"),
    script:
        "../scripts/job.py"


rule documents:
    input:
        pooled="<results>/tables/pooled.csv",
        certainty="<results>/tables/certainty.csv",
        treatments="<results>/checked/treatments.csv",
        checked="<results>/checked/trials.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
    output:
        update(directory("<results>/sof")),
    log:
        "<logs>/documents.log",
    benchmark:
        "<logs>/benchmarks/documents.tsv"
    priority: -1  # nothing waits for it
    conda:
        "../../environment.yml"
    params:
        script="documents",
        settings=digest_of(config),
        code=code("documents"),
    script:
        "../scripts/job.py"
