# What people download for print and Office: made on request, beside the results and never committed (docs/decisions.md).
import shutil


rule downloads:
    input:
        others=rules.all.input,
    output:
        folder=update(directory("<results>/downloads")),
    log:
        "<logs>/downloads.log",
    benchmark:
        "<logs>/benchmarks/downloads.tsv"
    conda:
        "../../environment.yml"
    params:
        config=config,
        code=code("downloads"),
    script:
        "../scripts/downloads.py"


onsuccess:
    # The report leads to them: those of former results would mislead.
    former = Path(rules.downloads.output.folder)
    if made(former) < made(rules.site.output.folder):
        shutil.rmtree(former, ignore_errors=True)
