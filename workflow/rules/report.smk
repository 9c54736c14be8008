# What people open first, and the proof that the results are reproducible.


rule site:
    input:
        treatments="<results>/checked/treatments.csv",
        sources="<results>/checked/sources.csv",
        unusable="<results>/checked/unusable_results.csv",
        checked="<results>/checked/trials.csv",
        corrections="<results>/checked/corrections.csv",
        version="<results>/checked/evidence_version.csv",
        history="<results>/checked/evidence_changes.csv",
        audit="<results>/tables/audit.csv",
        effects="<results>/tables/effects.csv",
        pooled="<results>/tables/pooled.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
        accounts="<results>/tables/row_accounting.csv",
        small="<results>/tables/small_study_effects.csv",
        influence="<results>/tables/influence.csv",
        networks="<results>/tables/networks.csv",
        ranking="<results>/tables/network_ranking.csv",
        certainty="<results>/tables/certainty.csv",
        without="<results>/tables/without_doubtful.csv",
        claims="<results>/tables/claims.csv",
        detail="<results>/tables/claims_detail.csv",
        not_tested="<results>/tables/claims_not_tested.csv",
        readings="<results>/tables/document_readings.csv",
        central="<results>/tables/central_message.csv",
        published="<results>/tables/published_comparison.csv",
        twice="<results>/tables/documents_then_and_now.csv",
        moved="<results>/tables/verdicts_moved.csv",
        pairs="<results>/tables/document_pairs.csv",
        apart="<results>/tables/documents_apart.csv",
        information="<results>/tables/information_missing.csv",
        beside="<results>/tables/beside_reviews.csv",
        overlap="<results>/tables/review_overlap.csv",
        inclusions="<results>/tables/review_inclusions.csv",
        coverage="<results>/tables/coverage.csv",
        missing="<results>/tables/missing_trials.csv",
        figures="<results>/tables/figures.csv",
        summaries="<results>/tables/summaries.csv",
    output:
        # the first page stands for the folder, of which the engine would keep a copy while pages are made
        first=update("<results>/report/index.html"),
        index="<results>/index.html",
    log:
        "<logs>/site.log",
    benchmark:
        "<logs>/benchmarks/site.tsv"
    priority: 6
    conda:
        "../../environment.yml"
    params:
        script="site",
        settings=digest_of(config),
        code=library_digest(),  # its page of methods reads every docstring
    script:
        "../scripts/job.py"


# Beside the results, not among them: it compares them with what was committed last, so it differs once they are.
rule changes:
    input:
        checked="<results>/checked/trials.csv",
        pooled="<results>/tables/pooled.csv",
        certainty="<results>/tables/certainty.csv",
        trials="<results>/tables/analysis_trials.csv",
        brought="<results>/tables/trial_effects.csv",
        claims="<results>/tables/claims.csv",
        subgroups="<results>/tables/subgroups.csv",
        audit="<results>/tables/audit.csv",
        accounts="<results>/tables/row_accounting.csv",
    output:
        "<results>/changes.md",
    log:
        "<logs>/changes.log",
    benchmark:
        "<logs>/benchmarks/changes.tsv"
    priority: -1  # nothing waits for it
    conda:
        "../../environment.yml"
    params:
        script="changes",
        settings=digest_of(config),
        committed=committed_results(Path.cwd()),
        code=code("changes"),
    script:
        "../scripts/job.py"


rule verify:
    input:
        "<results>/index.html",
        "<results>/tables/summary.csv",
        "<results>/tables/bayes.csv",
        "<results>/tables/networks.csv",
        "<results>/tables/subgroups.csv",
        "<results>/tables/multiverse.csv",
        "<results>/tables/claims.csv",
        "<results>/sof",
    log:
        "<logs>/verify.log",
    benchmark:
        "<logs>/benchmarks/verify.tsv"
    conda:
        "../../environment.yml"
    threads: 64  # as many as there are: the engine scales it down
    params:
        script="verify",
        root=str(ROOT),
        data=str(DATA.resolve()),
        configs=[str(Path(f).resolve()) for f in workflow.configfiles],
    script:
        "../scripts/job.py"
