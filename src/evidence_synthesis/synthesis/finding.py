"""Find analyses by words, and those that a name which is none of them may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from evidence_synthesis.synthesis.rows.analyses import PooledResult

_NEAREST = 5
_ALIKE = 0.75  # letters that a mistyped word shares with the one that was meant


def _words(text: str) -> list[str]:
    return [w for w in re.split(r"[\W_]+", text.casefold()) if w]


def _has(row_words: Sequence[str], word: str) -> bool:
    """Whether a word begins one of an analysis's words, or looks like one."""
    return any(w.startswith(word) for w in row_words) or bool(difflib.get_close_matches(word, row_words, 1, _ALIKE))


def _of(row: PooledResult) -> list[str]:
    return list(dict.fromkeys([*_words(row.analysis_id), *_words(row.group_label), row.measure.casefold()]))


def matching(rows: Iterable[PooledResult], words: Iterable[str]) -> list[PooledResult]:
    """The analyses that have all of the words in their id, label or measure, those with most trials first."""
    wanted = [w for text in words for w in _words(text)]
    found = [row for row in rows if all(_has(_of(row), w) for w in wanted)]
    return sorted(found, key=lambda r: (-r.trials, r.analysis_id, r.measure))


def nearest_ids(rows: Iterable[PooledResult], name: str) -> list[str]:
    """Ids that a name may have meant, best first: those with most of its words, then the likest, then those of most trials."""
    wanted = _words(name)
    scored: dict[str, tuple[float, float, int]] = {}
    for row in rows:
        inside = _of(row)
        hits = len([w for w in wanted if _has(inside, w)])
        if hits:
            alike = difflib.SequenceMatcher(None, name, row.analysis_id).ratio() if len(wanted) > 1 else 0.0
            scored[row.analysis_id] = (-hits, -alike, -row.trials)
    return sorted(scored, key=lambda i: (scored[i], i))[:_NEAREST]


def not_there(rows: Iterable[PooledResult], name: str, measure: str = "") -> str:
    """What is said of a name that no analysis has: where all stand, and the ids that it may have meant."""
    near = nearest_ids(rows, name)
    perhaps = "\n  ".join(["; near are", *near]) if near else ""
    return f"no analysis {name}{f' on {measure}' if measure else ''}: `evidence-synthesis list` shows them{perhaps}"
