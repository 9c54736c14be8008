"""Why a table gives no effects, in words that say what to do: groups without a comparison, baseline values, missing columns."""

from __future__ import annotations

from evidence_synthesis.importers.arms import Rows
from evidence_synthesis.importers.cells import as_number, is_missing
from evidence_synthesis.importers.headers import Header
from evidence_synthesis.importers.names import plain

_USUAL = "columns that give an effect: people and events, people with mean and SD, or an effect with interval, SE or p"
_ACCURACY = ({"tp", "fp", "fn", "tn"}, {"tp", "fp", "tn", "fn"}, {"tp", "np", "tn", "nn"})
_CORRELATIONS = ("ri", "r", "correlation", "cor", "corr", "rho", "pearson_r", "es_r")
_SHARES = ("prevalence", "proportion", "incidence", "percent", "percentage", "rate", "event_rate")
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
    if {"effect"} == {m.quantity for m in told if m.measure} and {plain(h) for h in header.names} & {"t", "z", "f"}:
        return "the standard error, interval or exact p of each effect (an effect divided by t or z is its standard error)"
    return _USUAL


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
