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


rule all:
    default_target: True
    input:
        "<results>/index.html",
        "<results>/changes.md",
        "<results>/report",
        "<results>/figures",
        "<results>/summaries",
        "<results>/tables/effects.csv",
        "<results>/tables/summary.csv",
        "<results>/tables/bayes.csv",
        "<results>/tables/networks.csv",
        "<results>/tables/subgroups.csv",
        "<results>/tables/multiverse.csv",
        "<results>/tables/claims.csv",
        "<results>/tables/claims_through_time.csv",
        "<results>/tables/beside_reviews.csv",
        "<results>/sof",


include: "workflow/rules/downloads.smk"
