"""Why a table gives no effects, in words that say what to do: groups without a comparison, baseline values, missing columns."""

from __future__ import annotations

import re

from evidence_synthesis.importers.arms import Rows
from evidence_synthesis.importers.cells import as_number, cleaned, is_missing
from evidence_synthesis.importers.comparators import CONTROL_ARM
from evidence_synthesis.importers.headers import Header
from evidence_synthesis.importers.names import meaning_of, plain

_USUAL = "columns that give an effect: people and events, people with mean and SD, or an effect with interval, SE or p"
_ACCURACY = ({"tp", "fp", "fn", "tn"}, {"tp", "fp", "tn", "fn"}, {"tp", "np", "tn", "nn"})
_CORRELATIONS = ("ri", "r", "correlation", "cor", "corr", "rho", "pearson_r", "es_r")
_SHARES = ("prevalence", "proportion", "incidence", "percent", "percentage", "rate", "event_rate")
_EFFECT, _ERROR = (
    re.compile(r"(es|yi?|effect|d|g|z|b|te)([._]?[a-z]?\d*i?)", re.IGNORECASE),
    re.compile(r"(vi?|var|variance|se|sete|s)([._]?[a-z]?\d*i?)", re.IGNORECASE),
)
_STATISTICS = ("t", "z", "f", "tval", "t_value", "f_value", "chi2", "chi_square", "t_statistic", "statistic")
_EFFICACY = re.compile(r"\b(vaccine|protective)\b.*\b(efficacy|effectiveness)\b|^VE\b", re.IGNORECASE)
_SEVERAL = re.compile(r"(?:[A-Za-z]{2,4} )?[-+]?\d+(?:[.,]\d+)?\s*[(\[\u00b1/].*\d.*")
_ALONE = (
    "two groups to compare; each row here is one group of people ({what}). To compare, give a column for each group, or a column "
    "that names the arm of each row. To pool groups alone: evidence-synthesis pool FILE --measure {measure}"
)


def why_nothing(header: Header, rows: Rows) -> str:
    """What is expected of a table in which no columns give an effect, by what it holds."""
    names, told = set(header.plain), header.meanings
    if any(cells <= names for cells in _ACCURACY):
        return "effects of a treatment; these are tables of diagnostic accuracy, which are not pooled here"
    if any(n in names and _between_ones(header.plain[n], rows) for n in _CORRELATIONS):
        return "effects of a treatment; these are correlations: evidence-synthesis pool FILE --measure ZCOR pools them"
    by_side = [{m.quantity for m in told if m.side == side and m.quantity and not m.measure} for side in "tc"]
    sides = by_side[0] & by_side[1]
    measured = [m for m in told if m.quantity in ("mean", "median", "events") and (m.side in ("t", "c") or not sides)]
    if measured and all(m.time == "early" for m in measured):
        return f"values at the end, or changes; the table has values at the beginning only ({measured[0].header} ...)"
    alone = {m.quantity for m in told if not (m.side or m.measure or m.rest)}
    if not sides and "n" in alone and {"events", "mean"} & alone:
        what, measure = ("counts of events", "PLO") if "events" in alone else ("means", "MN")
        return _ALONE.format(what=what, measure=measure)
    if not sides and (share := next((n for n in names if plain(n).startswith(_SHARES)), None)):
        return _ALONE.format(what=f"shares in {header.plain[share]!r}", measure="PLO") + ", from counts of events and people"
    if {"mean", "n"} <= sides:
        return "a spread of each arm beside its mean: SD, variance, SE, interval or quartiles"
    if {"median", "n"} <= sides:
        return "the quartiles of each arm beside its median, its interquartile range, or smallest and largest value"
    if "events" in sides and "n" not in sides:
        return "the people of each arm beside its events (or person-time, for rates)"
    if {"mean", "sd"} <= sides or {"mean", "se"} <= sides:
        whole = next((m.header for m in told if m.quantity == "n" and not m.side), "")
        both = f"n_t: {whole}, n_c: {whole}"
        crossed = f" (of crossover trials, in which all people have both, write {both})" if "design" in header.plain else ""
        return "the people of each arm beside its mean" + (f"; {whole!r} counts both arms together{crossed}" if whole else "")
    return _of_effects(header) or _of_cells(header, rows) or _of_pairs(header, rows) or _USUAL


def _of_effects(header: Header) -> str:
    """What is said where effects have no error, or stand under names that are not known."""
    lone = next((m.header for m in header.meanings if m.quantity == "effect" and m.measure and not m.side), "")
    if lone and any(m.quantity == "sd" and not m.side for m in header.meanings):
        return f"the standard error or interval of {lone!r}: the SD of a difference is that of people, not of the effect"
    if lone:
        return (
            f"the standard error, interval, exact p, z or t of each effect in {lone!r} (an effect divided by t or z is its "
            "standard error), or the numbers of the arms behind it"
        )
    pairs = [(e, v) for e in header.names for v in header.names if (cut := _EFFECT.fullmatch(e)) and _is_error(v, cut)]
    if pairs:
        (effect, error), more = pairs[0], len(pairs) > 1
        field = "given_variance" if error.lower().startswith("v") else "given_se"
        several = "; there are several, so say one" if more else ""
        looks = f"{effect!r} and {error!r} look like an effect with its error"
        return f"known names; {looks}: write given: {effect}, {field}: {error}{several}"
    if efficacy := next((h for h in header.names if _EFFICACY.search(h)), ""):
        turned = "and its limits change places"
        return f"the ratio, not {efficacy!r}: the risk, rate or hazard ratio is 1 less the share of cases prevented, {turned}"
    if statistic := next((h for h in header.names if plain(h) in _STATISTICS), ""):
        looks = f"{statistic!r} looks like a statistic of tests, which says nothing without the effect itself"
        return f"effects with their errors; {looks}"
    return ""


def _is_error(name: str, effect: re.Match[str]) -> bool:
    cut = _ERROR.fullmatch(name)
    return cut is not None and cut[2] == effect[2]


def _of_cells(header: Header, rows: Rows) -> str:
    """What is said of cells that hold several numbers, or words alone, where the names do not tell what they are."""
    if rows and not any(_filled_number(row.get(h)) for _, row in rows for h in header.names):
        several = [h for h in header.names if any(_SEVERAL.search(cleaned(row.get(h))) for _, row in rows)]
        if not several:
            return "numbers; the cells of this table hold words alone"
    for name in header.names:
        cell = next((c for _, row in rows if _SEVERAL.fullmatch(c := cleaned(row.get(name)))), "")
        if cell:
            return (
                f"names that say what cells such as {cell!r} below {name!r} hold: call the column by it, such as "
                f"{name + ' mean (SD)'!r}, {name + ' n (%)'!r}, {name + ' median [IQR]'!r} or {'HR (95% CI)'!r}"
            )
    return ""


def _of_pairs(header: Header, rows: Rows) -> str:
    """What is said of columns of numbers whose names differ in a part alone: of two groups, perhaps."""
    numbers = [h for h in header.names if not rows or any(_filled_number(row.get(h)) for _, row in rows)]
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for i, one in enumerate(numbers):
        for two in numbers[i + 1 :]:
            if parts := _differing(one, two):
                found.setdefault(parts, []).append((one, two))
    found = {k: pairs for k, pairs in found.items() if len(pairs) > 1 and not {p[0] for p in pairs} & {p[1] for p in pairs}}
    if not found:
        return ""

    def likely(parts: tuple[str, str]) -> tuple[bool, int, int]:
        named = any(CONTROL_ARM.search(p) or meaning_of(p).side == "c" for p in parts)
        return named, len(found[parts]), -found[parts][0][0].find(parts[0])

    t, c = best = max(found, key=likely)
    pairs = found[best]
    if CONTROL_ARM.search(t) or meaning_of(t).side == "c":
        t, c, pairs = c, t, [(two, one) for one, two in pairs]
    known: dict[str, str] = {}
    for one, two in pairs:
        if (quantity := meaning_of(one).quantity) in ("mean", "sd", "se", "n", "events", "median"):
            known.setdefault(quantity, f"{quantity}_t: {one}, {quantity}_c: {two}")
    if "mean" in known or {"events", "n"} <= known.keys():
        return (
            f"two groups of known names; these look like {t!r} and {c!r}: write {', '.join(known.values())} (or turn _t and _c)"
        )
    (n_t, n_c), (m_t, m_c) = pairs[:2]
    firsts = [plain(n_t), plain(m_t)]
    whole = [bool(re.search(r"total|_n$|^n_|sum|all", n)) for n in firsts]
    events, people = ((m_t, m_c), (n_t, n_c)) if whole == [True, False] else ((n_t, n_c), (m_t, m_c))
    kind, told = ("n", "all people") if any(whole) and not all(whole) else ("none", "people without the event")
    return (
        f"columns of two groups by known names; these look like {t!r} and {c!r}, in {len(pairs)} columns each. If they count "
        f"people with the event and {told}, write events_t: {events[0]}, {kind}_t: {people[0]}, events_c: {events[1]}, "
        f"{kind}_c: {people[1]} (or turn _t and _c)"
    )


def _differing(one: str, two: str) -> tuple[str, str] | None:
    """The parts in which two names differ, where it is one part alone: a word, or the first letter."""
    a, b = (re.split(r"[\s._\-]+", name) for name in (one, two))
    if len(a) == len(b) > 1:
        apart = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
        return apart[0] if len(apart) == 1 else None
    alike = len(a) == len(b) == 1 and len(one) == len(two) > 2 and one[1:] == two[1:] and one[0] != two[0]
    return (one[0], two[0]) if alike and one[0].isalpha() else None


def _filled_number(cell: object) -> bool:
    try:
        return not is_missing(cell) and as_number(cell, True) == as_number(cell, True)
    except ValueError:
        return False


def _between_ones(column: str, rows: Rows) -> bool:
    """Whether a column holds numbers from -1 to 1, with decimals."""
    values = []
    for _, row in rows:
        if not is_missing(row.get(column)):
            try:
                values.append(as_number(row.get(column), True))
            except ValueError:
                return False
    return bool(values) and all(-1 <= v <= 1 for v in values) and any(v % 1 for v in values)
