# The synthesis: effects, selection and pooling of all analyses in one job, since together they take two seconds;
# then what else is asked of each analysis, and all treatments at once. Priorities: the report waits for the conclusions, and
# these for most else (4); the statements through time (3), figures (2) and networks (1) have time until then.


rule synthesise:
    input:
        trials="<results>/checked/trials.csv",
        treatments="<results>/checked/treatments.csv",
        sources="<results>/checked/sources.csv",
    output:
        effects="<results>/tables/effects.csv",
        pooled=report(
            "<results>/tables/pooled.csv",
            caption="../report/pooled.rst",
            category="Tables",
            labels={"table": "pooled results"},
        ),
        models="<results>/tables/pooled_models.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
        accounts=report(
            "<results>/tables/row_accounting.csv",
            caption="../report/accounts.rst",
            category="Tables",
            labels={"table": "what became of every result"},
        ),
        summary=report(
            "<results>/tables/summary.csv",
            caption="../report/summary.rst",
            category="Tables",
            labels={"table": "summary, terms side by side"},
        ),
    log:
        "<logs>/synthesise.log",
    benchmark:
        "<logs>/benchmarks/synthesise.tsv"
    priority: 6
    conda:
        "../../environment.yml"
    params:
        script="synthesise",
        settings=digest_of(config),
        code=code("synthesise"),
    script:
        "../scripts/job.py"


rule explore:
    input:
        pooled="<results>/tables/pooled.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
        checked="<results>/checked/trials.csv",
        treatments="<results>/checked/treatments.csv",
    output:
        small="<results>/tables/small_study_effects.csv",
        influence="<results>/tables/influence.csv",
        bayes="<results>/tables/bayes.csv",
        regression="<results>/tables/meta_regression.csv",
        own="<results>/tables/moderator_regression.csv",
        gosh="<results>/tables/gosh.csv",
        dependent="<results>/tables/dependent_effects.csv",
        events="<results>/tables/event_methods.csv",
        intervals="<results>/tables/further_intervals.csv",
    log:
        "<logs>/explore.log",
    benchmark:
        "<logs>/benchmarks/explore.tsv"
    priority: 3
    conda:
        "../../environment.yml"
    params:
        script="explore",
        settings=digest_of(config),
        code=code("explore"),
    script:
        "../scripts/job.py"


rule network:
    input:
        trials="<results>/checked/trials.csv",
        treatments="<results>/checked/treatments.csv",
    output:
        summary="<results>/tables/networks.csv",
        league="<results>/tables/network_league.csv",
        ranking="<results>/tables/network_ranking.csv",
        splits="<results>/tables/network_splits.csv",
        heat="<results>/tables/network_heat.csv",
    log:
        "<logs>/network.log",
    benchmark:
        "<logs>/benchmarks/network.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    params:
        script="network",
        settings=digest_of(config),
        code=code("network"),
    script:
        "../scripts/job.py"
