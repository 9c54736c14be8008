"""The documents' statements at the end of each year, the trials that moved verdicts, and what further trials might do."""

import json
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.conclusions.claims.material import material_of
from evidence_synthesis.conclusions.through_time.dated import dated, last_year
from evidence_synthesis.conclusions.through_time.further import missing_information
from evidence_synthesis.conclusions.through_time.rows import time_tables
from evidence_synthesis.conclusions.through_time.years import through_time
from evidence_synthesis.effects.converted import read_converted
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.rows import through_time as rows


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.config, snakemake.output
    tables = {name: read_checked(Path(path)) for name, path in snakemake.input.items() if name != "claims"}
    settings, taxonomy = load_settings(config), Taxonomy(tables["treatments"])
    claims = load_claims(json.loads(Path(snakemake.input.claims).read_text(encoding="utf-8")), taxonomy)
    converted = read_converted(Path(snakemake.input.checked), settings)
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, tables["treatments"], snakemake.params.code)))
    material = material_of(converted, config, settings, taxonomy, tables["unusable"], outside=tables["outside"], memo=memo)
    known = dated(material, tables["checked"], tables["sources"], last_year(tables["searches"]))
    found, further = time_tables(through_time(claims, known), taxonomy), missing_information(claims, known)
    memo.save()
    rows.VerdictAtYear.write(Path(out.years), found.years)
    rows.JudgedTwice.write(Path(out.twice), found.twice)
    rows.VerdictMoved.write(Path(out.moved), found.moved)
    rows.DocumentsApart.write(Path(out.apart), found.apart)
    rows.DocumentPair.write(Path(out.pairs), found.pairs)
    rows.InformationMissing.write(Path(out.missing), further.missing)
    rows.SequentialLook.write(Path(out.looks), further.looks)
    log(f"{len(further.missing)} parts that trials answer, {len(further.looks)} looks")
    log(f"{len(claims.statements)} statements, {len(found.years)} verdicts, {len(found.moved)} trials in years of change")
