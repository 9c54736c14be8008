"""Answer every question of the claims in every universe of defensible choices."""

import json
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.audit.table import AuditLine, doubtful_rows
from evidence_synthesis.effects.conversions import Converted, convert
from evidence_synthesis.effects.converted import read_converted
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import as_printed
from evidence_synthesis.selection.claim_questions import questions_of
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import multiverse as many
from evidence_synthesis.synthesis.multiverse_tables import multiverse_tables, selection_columns
from evidence_synthesis.synthesis.rows.multiverse import ChoiceThatMoves, PooledSet, QuestionInUniverses
from evidence_synthesis.synthesis.verdicts import Rules


def main(snakemake: Any, log: Log) -> None:
    config, source, out = snakemake.config, snakemake.input, snakemake.output
    settings, choices = load_settings(config), many.load_choices(config)
    treatments = read_checked(Path(source.treatments))
    taxonomy = Taxonomy(treatments)
    checked, printed = (read_checked(Path(source[name])) for name in ("trials", "printed"))
    claims = load_claims(json.loads(Path(source.claims).read_text(encoding="utf-8")), taxonomy)
    rows: dict[str, list[Any]] = {many.CORRECTED: checked, many.PRINTED: as_printed(checked, printed)}
    once = {id(row): item for row, item in zip(checked, read_converted(Path(source.trials), settings), strict=True)}

    def of(row: Any) -> Converted:  # most rows are as printed
        return once[id(row)] if id(row) in once else convert(parse_result(row), settings)

    converted = {name: list(map(of, rows[name])) for name in choices.values}
    doubtful, rules = doubtful_rows(AuditLine.read(Path(source.audit)), checked), Rules.of(config["verdicts"])
    asked = list(questions_of(claims, settings).values())
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, treatments, snakemake.params.code)))
    found = multiverse_tables(asked, converted, choices, settings, taxonomy, doubtful, rules, memo)
    memo.save()
    QuestionInUniverses.write(Path(out.summary), found.summary)
    ChoiceThatMoves.write(Path(out.choices), found.choices)
    write_table(Path(out.selections), selection_columns(choices), found.selections)
    PooledSet.write(Path(out.sets), found.sets)
    log(f"{len(asked)} questions, {sum(found.universes)} universes")
