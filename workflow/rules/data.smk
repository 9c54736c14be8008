# The evidence: checked once, and only the checked copy is read further on.


rule check:
    input:
        data_files(),
    # update: faults in the data leave the checked copy of the last good data in place
    output:
        trials=update("<results>/checked/trials.csv"),
        printed=update("<results>/checked/printed.csv"),
        claims=update("<results>/checked/claims.json"),
        treatments=update("<results>/checked/treatments.csv"),
        instruments=update("<results>/checked/instruments.csv"),
        sources=update("<results>/checked/sources.csv"),
        published_estimates=update("<results>/checked/published_estimates.csv"),
        unusable_results=update("<results>/checked/unusable_results.csv"),
        corrections=update("<results>/checked/corrections.csv"),
        certainty_overrides=update("<results>/checked/certainty_overrides.csv"),
        risk_of_bias=update("<results>/checked/risk_of_bias.csv"),
        harms_outside_trials=update("<results>/checked/harms_outside_trials.csv"),
        search_log=update("<results>/checked/search_log.csv"),
        review_trials=update("<results>/checked/review_trials.csv"),
        evidence_version=update("<results>/checked/evidence_version.csv"),
        evidence_changes=update("<results>/checked/evidence_changes.csv"),
    log:
        "<logs>/check.log",
    benchmark:
        "<logs>/benchmarks/check.tsv"
    conda:
        "../../environment.yml"
    params:
        script="check",
        folder=lambda wildcards: str(DATA),
        names=names_of(config),
        named=named_data(SETTINGS),
        risk_of_bias=config.get("risk_of_bias"),
        as_of=config.get("as_of"),
        data=data_digest(),
        code=code("check"),
    script:
        "../scripts/job.py"


rule audit:
    input:
        trials="<results>/checked/trials.csv",
        printed="<results>/checked/printed.csv",
        instruments="<results>/checked/instruments.csv",
    output:
        report(
            "<results>/tables/audit.csv",
            caption="../report/audit.rst",
            category="Tables",
            labels={"table": "doubtful values"},
        ),
    log:
        "<logs>/audit.log",
    benchmark:
        "<logs>/benchmarks/audit.tsv"
    priority: 5
    conda:
        "../../environment.yml"
    params:
        script="audit",
        code=code("audit"),
    script:
        "../scripts/job.py"
