"""What may be wrong with trials although no rule is broken: two that look like one, one that no result belongs to."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from evidence_synthesis.storage.files import Cells

Pair = tuple[str, str]
EXAMPLE_NOTE = "EXAMPLE of the skeleton, to be deleted"  # in trials that a new review begins with
_SIDES = ("t", "c")
_VALUES = ("mean", "sd", "events")  # of an arm
_EFFECT = ("effect_measure", "effect", "effect_ci_low", "effect_ci_high")
_YEARS = 1  # by which reports of one trial may differ
_DIGITS = 6  # that the values of a result must have together: short ones agree by chance


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name without accents, capitals and signs, in whatever alphabet."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return tuple(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))


def _arm(row: Cells, side: str) -> tuple[str, ...]:
    return tuple(row[f"{name}_{side}"] for name in ("n", *_VALUES))


def _numbers(row: Cells) -> tuple[object, ...] | None:
    """The numbers of a result, whichever arm is called the treatment; None where they are too few to tell trials apart."""
    arms = sorted(_arm(row, side) for side in _SIDES)
    values = [value for arm in arms for value in arm[1:]]
    effect = [row[c] for c in _EFFECT]
    if len(re.findall(r"\d", "".join((*values, *effect[1:])))) < _DIGITS or not any(arm[0] for arm in arms):
        return None
    return row["outcome"], *arms, *effect


def _shared(keys: Mapping[str, Iterable[object]]) -> dict[Pair, object]:
    """Pairs of trials that have a key in common, with the first such key."""
    owners: dict[object, dict[str, None]] = defaultdict(dict)
    for trial in sorted(keys):
        for key in keys[trial]:
            owners[key][trial] = None
    found: dict[Pair, object] = {}
    for key, trials in owners.items():
        for pair in combinations(sorted(trials), 2):
            found.setdefault(pair, key)
    return found


def _close(a: Cells, b: Cells) -> bool:
    """Whether two trials are about the same region and of nearly the same year."""
    return a["region"] == b["region"] and (not a["year"] or not b["year"] or abs(int(a["year"]) - int(b["year"])) <= _YEARS)


def likely_twins(rows: Iterable[Cells]) -> list[tuple[str, str, str]]:
    """Pairs of trial ids that may be one trial, with what speaks for it; ``rows`` are the checked results.

    Any of: one registration; one name or alias; the same numbers on one outcome; the same first author and the same people
    randomised or analysed in both arms. Without a registration, region and year (by one) must agree as well.
    """
    by_trial: dict[str, list[Cells]] = defaultdict(list)
    for row in rows:
        by_trial[row["trial_id"]].append(row)
    signs: dict[str, dict[str, set[object]]] = {name: {} for name in ("registration", "name", "numbers", "author and arms")}
    for trial, inside in by_trial.items():
        first = inside[0]
        names = [words_of(name) for name in (first["study"], *first["aliases"].split(";")) if name]
        arms = {
            tuple(sorted((row[f"{n}_t"], row[f"{n}_c"])))
            for row in inside
            for n in ("n_randomised", "n")
            if row[f"{n}_t"] and row[f"{n}_c"]
        }
        signs["registration"][trial] = {r for r in first["registry"].split(";") if r}
        signs["name"][trial] = set(names)
        signs["numbers"][trial] = {found for row in inside if (found := _numbers(row))}
        signs["author and arms"][trial] = {(name[0], *pair) for name in names for pair in arms}
    twins: dict[Pair, str] = {}
    for sign, keys in signs.items():
        for (a, b), key in _shared(keys).items():
            if sign == "registration" or _close(by_trial[a][0], by_trial[b][0]):
                twins.setdefault((a, b), f"{sign}: {_told(key)}")
    return [(a, b, why) for (a, b), why in sorted(twins.items())]


def _told(key: object) -> str:
    """A key in words."""
    if not isinstance(key, tuple):
        return str(key)
    return ", ".join(" ".join(filter(None, part)) if isinstance(part, tuple) else str(part) for part in key if part and any(part))


def named_as_trials(unusable: Iterable[Cells], rows: Iterable[Cells]) -> Iterator[str]:
    """Results without numbers that bear the name of a trial that is here, on a treatment that it tested, but not its id.

    Left so, the trial counts twice among those that are known.
    """
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    tested: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        tested[row["trial_id"]] |= {row["treatment"], row["comparator"]} - {""}
        for name in (row["study"], *row["aliases"].split(";")):
            owners[words_of(name)].add(row["trial_id"])
    found: dict[str, str] = {}
    for row in unusable:
        of = owners.get(words_of(row["study"]), set()) if not row["trial_id"] else set[str]()
        if len(of) == 1 and {row["treatment"], row["comparator"]} & tested[next(iter(of))]:
            found[row["study"]] = next(iter(of))
    for study, trial in sorted(found.items()):
        yield f"unusable_results: {study} has the name and a treatment of the trial {trial}: give it that trial_id"


def doubts(rows: Iterable[Cells], trials: Iterable[Cells], this_year: int = 9999) -> Iterator[str]:
    """Each doubt as a line: trials that may be one, those of ``trials`` (trials.csv) without a result or of a doubtful year."""
    rows, trials = list(rows), list(trials)
    known = {row["trial_id"] for row in rows}
    for a, b, why in likely_twins(rows):
        yield f"{a} and {b} may be one trial (the same {why}): give their results one trial_id, or leave them as they are"
    for trial in trials:
        if trial["trial_id"] not in known:
            yield f"{trial['trial_id']} has no result: give it one in results/, or take it out of trials.csv"
    examples = [trial for trial in trials if trial.get("population_note") == EXAMPLE_NOTE]
    if examples:
        yield f"{len(examples)} trials are the example that new-review brings: delete them with their results"
    yield from doubtful_years(trials, this_year)


def doubtful_years(trials: Iterable[Cells], this_year: int) -> Iterator[str]:
    """Trials of years to come, and those whose name tells another year than theirs."""
    for trial in trials:
        year, told = trial["year"], re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", trial["label"])
        if year and int(year) > this_year:
            yield f"{trial['trial_id']} is of the year {year}, which is to come"
        if year and told and year not in told:
            yield f"{trial['trial_id']} is of the year {year}, its name says {told[-1]} ({trial['label']})"


_VOCABULARIES = {  # columns in which the same words come again and again, by table
    "trials": ("flags", "setting", "country"),
    "risk_of_bias": ("tool", "domain", "judgement"),
}
_OFTEN = 5  # uses of a word from which one that stands once and looks like it is in doubt
_LEAST_LETTERS = 5


def likely_typos(tables: Mapping[str, Iterable[Cells]]) -> Iterator[str]:
    """Words that stand once and differ by one letter from one that stands often; not those that differ in a digit."""
    for table, columns in _VOCABULARIES.items():
        for column in columns:
            counted = Counter(w for row in tables.get(table, ()) for w in row.get(column, "").split(";") if w)
            often = [w for w, times in counted.items() if times >= _OFTEN]
            for word in (w for w, times in counted.items() if times == 1 and len(w) >= _LEAST_LETTERS):
                meant = next((w for w in often if _one_letter(word, w)), None)
                if meant is not None:
                    where = "results" if column == "flags" else table
                    yield f"{where}, column {column}: {word!r} stands once and {meant!r} {counted[meant]} times: is it the same?"


def _one_letter(a: str, b: str) -> bool:
    """Whether two words differ by one letter: another one, one more, or two that changed places."""
    if a == b or abs(len(a) - len(b)) > 1 or re.findall(r"\d+", a) != re.findall(r"\d+", b):
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest, other = a[start:], b[start:]
    return (
        rest[1:] == other or rest == other[1:] or rest[1:] == other[1:] or (rest[:2] == other[:2][::-1] and rest[2:] == other[2:])
    )
