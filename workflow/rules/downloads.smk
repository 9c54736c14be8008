# What people download for print and Office: made on request, beside the results and never committed (docs/decisions.md).
from evidence_synthesis.exports.former import remove_former


rule downloads:
    input:
        others=rules.all.input,
    output:
        folder=update(directory("<results>/downloads")),
        manifest="<results>/manifest.csv",
    log:
        "<logs>/downloads.log",
    benchmark:
        "<logs>/benchmarks/downloads.tsv"
    conda:
        "../../environment.yml"
    params:
        script="downloads",
        settings=digest_of(config),
        code=code("downloads"),
    script:
        "../scripts/job.py"


onsuccess:
    remove_former(Path(rules.downloads.output.folder).parent)
