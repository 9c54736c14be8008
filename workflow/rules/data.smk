# The evidence: checked once, and only the checked copy is read further on.


rule check:
    input:
        data_files(),
        descriptor=str(DATA / "datapackage.json"),
    output:
        trials="<results>/checked/trials.csv",
        treatments="<results>/checked/treatments.csv",
        instruments="<results>/checked/instruments.csv",
        sources="<results>/checked/sources.csv",
        published_estimates="<results>/checked/published_estimates.csv",
        unusable_results="<results>/checked/unusable_results.csv",
    log:
        "<logs>/check.log",
    benchmark:
        "<logs>/benchmarks/check.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code("package", "trials", "schema", "files"),
    script:
        "../scripts/check.py"
