# What people open first, and the proof that the results are reproducible.


rule index:
    input:
        pooled="<results>/tables/pooled.csv",
        accounts="<results>/tables/row_accounting.csv",
        figures="<results>/tables/figures.csv",
        sources="<results>/checked/sources.csv",
        findings="<results>/tables/summary_of_findings.csv",
    output:
        "<results>/index.html",
    log:
        "<logs>/index.log",
    benchmark:
        "<logs>/benchmarks/index.tsv"
    conda:
        "../../environment.yml"
    params:
        config=config,
        code=code("report", "templates", "wording", "files"),
    script:
        "../scripts/index.py"


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
    threads: workflow.cores or 2
    params:
        root=str(ROOT),
        data=str(DATA.resolve()),
        configs=[str(Path(f).resolve()) for f in workflow.configfiles],
    script:
        "../scripts/verify.py"
