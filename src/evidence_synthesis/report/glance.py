"""Pooled results as a reader meets them first: a finding in words, its effect, how much it stands on, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from evidence_synthesis import wording
from evidence_synthesis.conclusions.summary_of_findings import signs
from evidence_synthesis.effects import scales
from evidence_synthesis.report.links import page_of, place_of
from evidence_synthesis.report.shelf import Shelf
from evidence_synthesis.report.views.glance import AnswerLine, CardView, GlanceLine, GlanceView, ResultCell
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Window
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX
from evidence_synthesis.synthesis.rows.analyses import PooledResult

_REACH = {"MD": 30.0, "SMD": 1.5, "RD": 0.6, **dict.fromkeys(RATIOS, math.log(8))}  # from no effect to either end of the drawing
_OF_SMALLEST = 3.0  # smallest worthwhile effects from no effect to either end, for differences in a unit of their own
_WIDTH, _HEIGHT = 132, 14  # of the drawing, in pixels
Where = tuple[str, str]  # comparator and population
Cells = Sequence[ResultCell | None]


def drawn(measure: str, shown: tuple[float, float, float], trials: Sequence[float], reach: float = 0.0) -> Markup:
    """An interval with its estimate as a small drawing, the line at no effect; what the words beside it say is not repeated.

    Two trials that are told one by one are drawn as two points. Ends beyond the drawing stop at its edge.
    ``reach`` is from no effect to either end (0: as usual of the measure).
    """
    reach, middle = reach or _REACH[measure], _WIDTH / 2

    def at(value: float) -> str:
        x = scales.linear(measure, value) / reach
        return f"{middle + max(-1.0, min(1.0, x)) * (middle - 5):.0f}"

    apart = len(trials) == 2 and wording.says_nothing(measure, *shown[1:])
    points = trials if apart else shown[:1]
    line = "" if apart else f'<path d="M{at(shown[1])} 7H{at(shown[2])}"/>'
    dots = "".join(f'<circle cx="{at(value)}" cy="7" r="3.5"/>' for value in points)
    frame = f'<svg class="mini" width="{_WIDTH}" height="{_HEIGHT}" aria-hidden="true">'
    return Markup(f'{frame}<path class="none" d="M{middle:.0f} 0V{_HEIGHT}"/>{line}{dots}</svg>')


def result_cell(row: PooledResult, shelf: Shelf) -> ResultCell:
    """A pooled result that has a certainty."""
    judged, trials = shelf.certainty[row.key], [t.effect for t in shelf.trials.get(row.key, ())]
    side, strength = wording.tone(judged.verdict, judged.certainty).split()
    people = "" if row.participants is None else f", {wording.people(row.participants, row.trials_without_n)}"
    outcome = shelf.settings.outcome(row.outcome)
    own = outcome.own_unit(row.measure)
    unit = f" {own or 'points'}" if row.measure == "MD" else f" ({row.measure})"
    effect = wording.fit_to_print(row.measure, *row.effect, trials=trials, unit=own)
    return ResultCell(
        href=place_of(row.analysis_id),
        verdict=judged.verdict,
        tone=f"t-{side} s{strength}",
        words=wording.finding(judged.verdict, judged.certainty),
        effect=effect if effect.startswith("two") else effect + unit,
        bare=effect if effect.startswith("two") or row.measure == "MD" else effect + unit,
        trials=wording.count(row.trials, "trial"),
        people=people,
        certainty=judged.certainty,
        signs=signs(judged.certainty),
        picture=drawn(row.measure, row.effect, trials, _OF_SMALLEST * outcome.thresholds[row.measure] if own else 0.0),
    )


def _found(group: str, where: Where, shelf: Shelf) -> dict[tuple[str, str], PooledResult]:
    """A group's rated results by outcome and term, each on the first measure of its outcome that has one."""
    found: dict[tuple[str, str], PooledResult] = {}
    rated = (r for r in shelf.pooled.get(group, ()) if r.key in shelf.certainty and (r.comparator, r.population) == where)
    for row in rated:
        found.setdefault((row.outcome, row.term), row)
    return found


def headline(group: str, shelf: Shelf) -> Where | None:
    """The comparison that a group's page opens with: that of the overviews, else the first of the settings with a result."""
    shown = shelf.settings.figures
    first = shown["overview"]["comparator"], shown["overview"]["population"]
    others = [(c, p) for p in shown["populations"] for c in shown["comparators"]]
    wanted = shown["overview"]["outcomes"]
    return next((w for w in (first, *others) if any(o in wanted for o, _ in _found(group, w, shelf))), None)


def caption(where: Where, shelf: Shelf) -> str:
    """In whom, and against what."""
    comparator = next(c.label for c in shelf.settings.comparators if c.comparator == where[0])
    population = next(p.label for p in shelf.settings.populations if p.population == where[1])
    return f"{population}, against {comparator}"


def _over_time(said: Sequence[tuple[str, str]]) -> list[str]:
    parts = []
    for words, terms in groupby(sorted(said, key=lambda p: [w for w, _ in said].index(p[0])), key=lambda pair: pair[0]):
        parts.append(wording.at_times(words, wording.series([when for _, when in terms])))
    return parts


def over_time(said: Sequence[tuple[str, str]]) -> str:
    """Terms with what is found in each, those that say the same together: ``may help in the short term; unclear ...``."""
    return "; ".join(_over_time(said))


def in_sentence(said: Sequence[tuple[str, str]]) -> str:
    """The same within a sentence: what is found later goes on with ``but``, the same less or more surely with ``and``."""
    first, *others = _over_time(said)
    alike = len({words.removesuffix(wording.UNCERTAIN) for words, _ in said}) == 1
    return f", {'and' if alike else 'but'} ".join([first, "; ".join(others)] if others else [first])


def sureness(certainties: Sequence[str]) -> str:
    """The certainties of some findings, from the lowest to the highest: ``very low to low certainty``."""
    ranked = sorted(set(certainties), key=wording.CERTAINTIES.index, reverse=True)
    return f"{' to '.join(dict.fromkeys((ranked[0], ranked[-1])))} certainty" if ranked else ""


def _answer(label: str, terms: Sequence[Window], found: Mapping[str, PooledResult], shelf: Shelf) -> str:
    """Whether a treatment helps, and for how long, on one outcome; terms in which no trial looked are named."""
    judged = [shelf.certainty[row.key] for row in found.values()]
    verdicts = {term: (j.verdict, j.certainty) for term, j in zip(found, judged, strict=True)}
    missing = [w.says for w in terms if w.term not in verdicts]
    if len(missing) == len(terms):
        return f"{label}: no trial looked at any of these times."
    said = over_time([(wording.finding(*verdicts[w.term]), w.says) for w in terms if w.term in verdicts])
    none = f"; no trial looked {wording.series(missing, 'or')}" if missing else ""
    return f"{label}: {said} ({sureness([j.certainty for j in judged])}){none}."


def card(group: str, shelf: Shelf) -> CardView | None:
    """What a group's page opens with: all terms by the outcomes of the overviews; None where no trial has a result of them."""
    where = headline(group, shelf)
    if where is None:
        return None
    settings, found = shelf.settings, _found(group, where, shelf)
    lines = []
    for outcome in settings.figures["overview"]["outcomes"]:
        by_term = {w.term: found[outcome, w.term] for w in settings.windows if (outcome, w.term) in found}
        label = wording.running(settings.outcome(outcome).label).capitalize()
        cells = [result_cell(by_term[w.term], shelf) if w.term in by_term else None for w in settings.windows]
        plots = {shelf.plot_of(row) for row in by_term.values()} - {""}
        lines.append(AnswerLine(label, min(plots, default=""), cells, _answer(label, settings.windows, by_term, shelf)))
    return CardView(caption(where, shelf), [w.heading for w in settings.windows], lines)


def line(group: str, label: str, shelf: Shelf, *, whole: bool = False) -> GlanceLine:
    """A group at a glance: a cell for each outcome and term of the overviews, against their comparator in their people."""
    choice = shelf.settings.figures["overview"]
    found = _found(group, (choice["comparator"], choice["population"]), shelf)
    terms = [w.term for w in shelf.settings.windows if w.term in choice["terms"]]
    rows = [found.get((outcome, term)) for outcome in choice["outcomes"] for term in terms]
    return GlanceLine(label, page_of(group), [result_cell(row, shelf) if row else None for row in rows], whole=whole)


def glance(shelf: Shelf) -> GlanceView:
    """The table: columns (outcome, with its terms), and a section for each class; lines without any result are left out."""
    choice, settings = shelf.settings.figures["overview"], shelf.settings
    sections = []
    for kind in choice["classes"]:
        whole = LEVEL_PREFIX["class"] + kind
        groups = (whole, *shelf.taxonomy.families(kind))
        lines = [line(g, shelf.taxonomy.label(g).removesuffix(" (all)"), shelf, whole=g == whole) for g in groups]
        if filled := [found for found in lines if any(found.cells)]:
            sections.append(filled)
    where = choice["comparator"], choice["population"]
    return GlanceView(
        outcomes=[(settings.outcome(o).label, settings.outcome(o).unit) for o in choice["outcomes"]],
        terms=[w.heading for w in settings.windows if w.term in choice["terms"]],
        sections=sections,
        caption=caption(where, shelf),
    )


def central_card(shelf: Shelf) -> Iterator[tuple[str, str, Cells]]:
    """The central message line by line: comparison, outcome, and a cell for each of the first and last terms and between."""
    for comparison, outcome, rows in _central(shelf):
        label = wording.running(shelf.settings.outcome(outcome).label).capitalize()
        yield comparison, label, [result_cell(row, shelf) if row else None for row in rows]


def _central(shelf: Shelf) -> Iterator[tuple[str, str, list[PooledResult | None]]]:
    """Every comparison and outcome of the central message with its pooled results by term."""
    settings, config = shelf.settings, shelf.settings.central
    for entry in config["comparisons"]:
        ((level, name),) = entry["treatment"].items()
        found = _found(LEVEL_PREFIX[level] + name, (entry["comparator"], config["population"]), shelf)
        for outcome in config["outcomes"]:
            yield entry["says"], outcome, [found.get((outcome, w.term)) for w in settings.terms]


def _leading(shelf: Shelf) -> list[tuple[str, list[PooledResult | None]]]:
    """The comparisons of the central message that its answer tells, on its first outcome, with their results by term."""
    config = shelf.settings.central
    leading = [e["says"] for e in config["comparisons"] if e.get("leads")] or [e["says"] for e in config["comparisons"]]
    return [(says, rows) for says, outcome, rows in _central(shelf) if outcome == config["outcomes"][0] and says in leading]


def answers(shelf: Shelf) -> list[tuple[str, Cells]]:
    """The central message's answer: each comparison that leads with a cell for each term; none where no trial looked."""
    found = _leading(shelf)
    if not any(row for _, rows in found for row in rows):
        return []
    return [(says, [result_cell(row, shelf) if row else None for row in rows]) for says, rows in found]


def answer_scope(shelf: Shelf) -> tuple[str, str, str]:
    """What the answer is an answer to, in whom and in which unit, and how sure it is."""
    settings, config = shelf.settings, shelf.settings.central
    outcome = settings.outcome(config["outcomes"][0])
    people = next(p.label for p in settings.populations if p.population == config["population"])
    rows = [row for _, found in _leading(shelf) for row in found if row]
    least = outcome.thresholds.get("MD") if any(row.measure == "MD" for row in rows) else None
    scope = f"{people}."
    if least:
        scope += f" Differences in {outcome.unit}, below zero in favour of the first; from {least:g} on they are worthwhile."
    asked = f"{wording.running(outcome.label).capitalize()}: what helps, and for how long?"
    return asked, scope, sureness([shelf.certainty[row.key].certainty for row in rows])


def lead(shelf: Shelf) -> str:
    """The central message's answer in one sentence: its first outcome, each comparison that leads, all terms; and how sure."""
    settings, parts, levels = shelf.settings, [], []
    for comparison, rows in _leading(shelf):
        judged = [shelf.certainty[row.key] if row else None for row in rows]
        levels += [j.certainty for j in judged if j]
        pairs = zip(judged, settings.terms, strict=True)
        said = [(wording.finding_said(j.verdict, j.certainty) if j else "has no trial", w.says) for j, w in pairs]
        parts.append(f"{wording.running(comparison)} {in_sentence(said)}")
    if not levels:
        return ""
    noun = settings.outcome(settings.central["outcomes"][0]).noun
    return f"On {noun}, {'; '.join(parts)} ({sureness(levels)})."
