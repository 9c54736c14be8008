"""The central message in sentences, from the lines of its table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evidence_synthesis import wording

Row = Mapping[str, str]


def told(rows: Iterable[Row]) -> list[str]:
    """The central message in sentences, one for each comparison and outcome, from the lines of its table."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row["comparison"], row["outcome"]), []).append(row)
    sentences = []
    for (comparison, outcome), lines in grouped.items():
        parts = [line["in_words"] for line in lines]
        last = lines[-1]
        if last["change_trials"]:
            values = (float(last[n]) for n in ("change", "change_low", "change_high"))
            change = wording.effect_with_interval(last["measure"], *values)
            several = wording.count(int(last["change_trials"]), "trial")
            parts.append(f"the change from the one to the other within {several} that measured both is {change}")
        sentences.append(f"{comparison}, {outcome.replace('_', ' ')}: {'; '.join(parts)}.")
    return sentences
