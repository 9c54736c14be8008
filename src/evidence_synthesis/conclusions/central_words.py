"""The central message in sentences, from the lines of its table."""

from __future__ import annotations

from collections.abc import Iterable

from evidence_synthesis import wording
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.statements import CentralLine


def told(lines: Iterable[CentralLine], settings: Settings) -> list[str]:
    """The central message in sentences, one for each comparison and outcome, from the lines of its table."""
    grouped: dict[tuple[str, str], list[CentralLine]] = {}
    for line in lines:
        grouped.setdefault((line.comparison, line.outcome), []).append(line)
    sentences = []
    for (comparison, outcome), terms in grouped.items():
        parts = [line.in_words for line in terms]
        last = terms[-1]
        if last.change_trials:
            values = map(number_of, (last.change, last.change_low, last.change_high))
            unit = settings.outcome(outcome).own_unit(last.measure)
            change = wording.fit_to_print(last.measure, *values, unit=unit) + wording.in_unit(last.measure, unit)
            several = wording.count(last.change_trials, "trial")
            parts.append(f"the change from the one to the other within {several} that measured both is {change}")
        sentences.append(f"{comparison}, {outcome.replace('_', ' ')}: {'; '.join(parts)}.")
    return sentences
