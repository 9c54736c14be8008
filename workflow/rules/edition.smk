# What is published, beside the results: made on request from them, never committed (see docs/decisions.md).


rule edition:
    input:
        **dict(rules.site.input.items()),
        report="<results>/report",
        sof="<results>/sof",
        drawn="<results>/summaries",
        others=rules.all.input,
    output:
        folder=update(directory("<edition>")),
    log:
        "<logs>/edition.log",
    benchmark:
        "<logs>/benchmarks/edition.tsv"
    conda:
        "../../environment.yml"
    params:
        config=config,
        code=library_digest(),  # its page of methods reads every docstring
    script:
        "../scripts/edition.py"
