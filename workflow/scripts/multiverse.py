"""Answer every question of the claims in every universe of defensible choices."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.audit.table import AuditLine, doubtful_rows
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import as_printed
from evidence_synthesis.selection.claim_questions import questions_of
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.synthesis import multiverse as many
from evidence_synthesis.synthesis import multiverse_tables as as_rows
from evidence_synthesis.synthesis.rows.multiverse import ChoiceThatMoves, PooledSet, QuestionInUniverses
from evidence_synthesis.synthesis.verdicts import Rules

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, source, out = snakemake.params.config, snakemake.input, snakemake.output
    settings, choices = load_settings(config), many.load_choices(config)
    taxonomy = Taxonomy(read_checked(Path(source.treatments)))
    checked, printed = (read_checked(Path(source[name])) for name in ("trials", "printed"))
    claims = load_claims(json.loads(Path(source.claims).read_text(encoding="utf-8")), taxonomy)
    rows: dict[str, list[Any]] = {many.CORRECTED: checked, many.PRINTED: as_printed(checked, printed)}
    converted = {name: [convert(parse_result(r), settings) for r in rows[name]] for name in choices.values}
    doubtful, rules = doubtful_rows(AuditLine.read(Path(source.audit)), checked), Rules.of(config["verdicts"])
    found = [
        many.multiverse(question, region, converted, choices, settings, taxonomy, doubtful, rules)
        for question, region in questions_of(claims, settings).values()
    ]
    some = [f for f in found if f.universes.sets]  # questions that any universe answers
    QuestionInUniverses.write(Path(out.summary), [as_rows.summary_row(f, natural) for f in found])
    ChoiceThatMoves.write(Path(out.choices), [row for f in some for row in as_rows.choice_rows(f)])
    selections = [row for f in some for row in as_rows.selection_rows(f, choices)]
    write_table(Path(out.selections), as_rows.selection_columns(choices), selections)
    PooledSet.write(Path(out.sets), [row for f in some for row in as_rows.set_rows(f, choices, natural)])
    log(f"{len(found)} questions, {sum(f.words.size for f in found)} universes")


if __name__ == "__main__":
    run(snakemake, main)
