"""What was worked out before: an analysis, or an answer, whose trials, settings and code are the same is not worked out again.

A memo is a file beside the logs, not a result: without it, or with one that cannot be read, everything is computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from evidence_synthesis.storage.files import write_text
from evidence_synthesis.storage.table_row import KeyedRow

_T = TypeVar("_T")
_R = TypeVar("_R", bound=KeyedRow)


def _words(value: object) -> str:
    """A value as text that every process writes alike: sets in order."""
    if isinstance(value, (set, frozenset)):
        return _words_of_set(frozenset(value))
    if isinstance(value, (tuple, list)):
        return f"({','.join(map(_words, value))})"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key!r}:{_words(held)}' for key, held in value.items())}}}"
    if is_dataclass(value):
        return f"{type(value).__name__}({','.join(_words(getattr(value, f.name)) for f in fields(value))})"
    return repr(value)


@lru_cache(maxsize=4096)
def _words_of_set(value: frozenset[object]) -> str:
    """The same few sets, of treatments and people, stand in thousands of questions."""
    return f"{{{','.join(sorted(map(_words, value)))}}}"


class Memo:
    """Rows and answers by the digest of everything that they depend on; ``basis`` stands for settings and code.

    An answer that was made of others keeps these, too: once it has to be made again, most of them may still stand.
    """

    def __init__(self, path: Path, basis: str) -> None:
        self.path, self.basis = path, _short(basis)
        self.used: dict[str, Any] = {}
        self.behind: dict[str, list[str]] = {}  # the answers that one was made of, by their digests
        self._asked: list[str] = []
        self._texts: dict[int, tuple[object, str]] = {}  # digests of objects, which are held so that no other takes their id
        self.known, self._known_behind = _kept_in(path)

    def answer(
        self,
        facts: object,
        objects: Iterable[Sequence[object]],
        make: Callable[[], Any],
        read: Callable[[Any], _T],
        rules: Sequence[object] = (),
    ) -> _T:
        """What ``read`` makes of the numbers and texts (JSON's types) that ``make`` gives, or gave in a former run.

        They depend on ``facts``, on sequences of ``objects``, such as results (whose ``repr`` tells all of them, without
        sets), and on ``rules`` that the basis does not fix; objects, sequences (which must not change) and rules are written
        out once however many answers they stand behind.
        """
        held = ";".join(self._digest(some, self._joined) for some in objects)
        held += ";" + ",".join(self._digest(rule, _words) for rule in rules)
        mark = _short(f"{self.basis}\0{_words(facts)}\0{held}")
        found: _T | None = None
        if mark in self.known:
            try:
                found = read(self.known[mark])
            except (ValueError, TypeError):
                found = None
        if found is None:
            outer, self._asked = self._asked, []
            self.used[mark] = make()
            if self._asked:
                self.behind[mark] = self._asked
            self._asked, found = outer, read(self.used[mark])
        else:
            self._use(mark)
        self._asked.append(mark)
        return found

    def _use(self, mark: str) -> None:
        """Keep a former answer, and those that it was made of."""
        self.used[mark] = self.known[mark]
        if mark in self._known_behind:
            self.behind[mark] = self._known_behind[mark]
            for inner in self.behind[mark]:
                if inner in self.known:
                    self._use(inner)

    def _joined(self, some: Iterable[object]) -> str:
        known = self._texts
        return ",".join([known[id(one)][1] if id(one) in known else self._digest(one) for one in some])

    def _digest(self, thing: Any, words: Callable[[Any], str] = repr) -> str:
        if id(thing) not in self._texts:
            self._texts[id(thing)] = thing, _short(words(thing))
        return self._texts[id(thing)][1]

    def rows(
        self,
        kind: type[_R],
        groups: Mapping[tuple[str, str], Sequence[_T]],
        make: Callable[[Mapping[tuple[str, str], Sequence[_T]]], Iterable[_R]],
    ) -> list[_R]:
        """The rows that ``make`` gives for groups of trials, in the order of the groups; known ones are taken over.

        ``make`` may give several rows for a group, or none; a row's ``key`` is that of its group.
        """
        marks = {key: self._mark(kind, key, trials) for key, trials in groups.items()}
        found = self._kept(kind, marks)
        missing = {key: trials for key, trials in groups.items() if key not in found}
        made: dict[tuple[str, str], list[_R]] = {key: [] for key in missing}
        for row in make(missing) if missing else ():
            made[row.key].append(row)
        for key, mark in marks.items():
            self.used[mark] = self.known[mark] if key in found else [row.cells() for row in made[key]]
        found |= made
        return [row for key in groups for row in found[key]]

    def save(self) -> None:
        """Keep what this run used for the next one."""
        write_text(self.path, json.dumps({"answers": self.used, "behind": self.behind}, ensure_ascii=False))

    def _kept(self, kind: type[_R], marks: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], list[_R]]:
        """The rows of a former run by what they are about; none at all where what was kept cannot be read."""
        known = {key: self.known[mark] for key, mark in marks.items() if mark in self.known}
        try:
            rows = iter(kind.from_cells([cells for lines in known.values() for cells in lines], str(self.path)))
            return {key: list(islice(rows, len(lines))) for key, lines in known.items()}
        except (ValueError, TypeError):
            return {}

    def _mark(self, kind: type[KeyedRow], key: tuple[str, str], trials: Sequence[object]) -> str:
        return _short(f"{self.basis}\0{kind.__name__}\0{key}\0{self._joined(trials)}")


def _kept_in(path: Path) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What a former run left: answers, and of which others each was made; nothing where that cannot be read."""
    try:
        left = json.loads(path.read_text(encoding="utf-8"))
        return dict(left["answers"]), dict(left["behind"])
    except (OSError, ValueError, TypeError, KeyError):
        return {}, {}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
