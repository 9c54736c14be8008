"""The central message in sentences, from the lines of its table."""

from __future__ import annotations

from collections.abc import Iterable

from evidence_synthesis import wording
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.statements import CentralLine


def told(lines: Iterable[CentralLine]) -> list[str]:
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
            change = wording.effect_with_interval(last.measure, *values)
            several = wording.count(last.change_trials, "trial")
            parts.append(f"the change from the one to the other within {several} that measured both is {change}")
        sentences.append(f"{comparison}, {outcome.replace('_', ' ')}: {'; '.join(parts)}.")
    return sentences
