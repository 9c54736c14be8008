# Evidence synthesis of treatments for back pain: from extracted trial data to pooled tables, forest plots and a page.
#
#   snakemake --cores 2            everything under results/
#   snakemake --cores 2 verify     rebuild into another folder and compare every byte
#   snakemake --cores 2 downloads  also what the report offers for print and Office, under results/downloads/

from snakemake.utils import min_version

min_version("9.19")


configfile: "config/config.yaml"


pathvars:
    results="results",
    logs="logs",


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/synthesis.smk"
include: "workflow/rules/conclusions.smk"
include: "workflow/rules/beyond.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


# Every file of every rule, so that one which somebody removed is made again even where nothing reads it.
rule all:
    default_target: True
    input:
        rules.check.output,
        rules.audit.output,
        rules.synthesise.output,
        rules.explore.output,
        rules.network.output,
        rules.multiverse.output,
        rules.conclude.output,
        rules.through_time.output,
        rules.figures.output,
        rules.summaries.output,
        rules.documents.output,
        rules.site.output,
        rules.changes.output,


include: "workflow/rules/downloads.smk"
