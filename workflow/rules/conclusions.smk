# From pooled numbers to conclusions: all defensible choices at once, certainty, and the documents' statements.

QUESTIONS = (
    *("schema", "settings", "effects", "conversions", "contrasts", "multiarm"),
    *("selection", "statements", "questions", "batch", "tau2", "pooling"),
    *("verdicts", "wording", "files"),
)


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
    conda:
        "../../environment.yml"
    params:
        config=config,
        code=code(*QUESTIONS, "multiverse", "audit"),
    script:
        "../scripts/multiverse.py"
