"""The central message as one figure, and the forest plots of the classes behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from evidence_synthesis import wording
from evidence_synthesis.plots.forest import Forest
from evidence_synthesis.plots.forest_parts import Block, DrawnTrial
from evidence_synthesis.plots.from_tables import Drawn, section_of
from evidence_synthesis.plots.message import Message
from evidence_synthesis.plots.overview import Overview, PlottedResult
from evidence_synthesis.review.schema import CONTINUOUS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX
from evidence_synthesis.selection.keys import QuestionKey
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult, by_key
from evidence_synthesis.synthesis.rows.statements import CentralLine

_ROOM = 1.85  # beside each panel, in inches
CHANGE, OPEN = "change", "open"


def _change(line: CentralLine) -> PlottedResult | None:
    """The change within trials; None where no trial measured both terms."""
    if not line.change_trials:
        return None
    effect = (number_of(line.change), number_of(line.change_low), number_of(line.change_high))
    _, low, high = effect
    side = "treatment" if high < 0 else "comparator" if low > 0 else "neither"
    return PlottedResult(effect, line.change_trials, side if line.change_trials > 1 else "neither")  # one trial settles nothing


def _result(line: CentralLine) -> PlottedResult:
    """The pooled result of a term; what is open is on no side, and has no colour."""
    effect = (number_of(line.estimate), number_of(line.ci_low), number_of(line.ci_high))
    return PlottedResult(effect, line.trials, "neither" if line.effect_in_favour == OPEN else line.favours, line.certainty)


def gather(lines: Sequence[CentralLine], settings: Settings) -> Overview:
    """The figure: a block for each comparison, a line for each outcome, the terms and the change within trials side by side.

    Outcomes on the measure of the first one; comparisons without any trial have their line, too.
    """
    choice = settings.central
    first = settings.outcome(choice["outcomes"][0])
    measure = first.measures[0]
    found: dict[str, dict[str, dict[str, PlottedResult]]] = {}
    for line in lines:
        label = wording.running(settings.outcome(line.outcome).label).capitalize()
        by_term = found.setdefault(line.comparison, {}).setdefault(label, {})
        if line.measure == measure:
            by_term[line.term] = _result(line)
            change = _change(line) if measure in CONTINUOUS else None
            if change is not None:
                by_term[CHANGE] = change
    sections = [(comparison, list(groups.items())) for comparison, groups in found.items()]
    terms = [(w.term, w.label) for w in settings.terms] + [(CHANGE, "Change from the first to the last, within trials")]
    people = next(p.label for p in settings.populations if p.population == choice["population"])
    threshold, unit = first.thresholds[measure], f" in {first.unit}" if measure == "MD" else ""
    subtitle = (
        f"{people}. {wording.MEASURES[measure]}{unit} with 95% CI; k trials; certainty (GRADE, proposed by rule). "
        f"Shaded: effects smaller than {threshold:g}."
    )
    note = "Change: of the trials that measured both terms in the same arms; to the right the effect is lost."
    title = "Short beside long: what is compared with what"
    return Overview(
        title, subtitle, terms, sections, threshold, measure, first.event_is_good, _ROOM, note, first.unit_of(measure)
    )


def message_of(figure: Overview, settings: Settings) -> Message:
    """The figure for a guideline: the terms alone, without the change within trials."""
    first = settings.outcome(settings.central["outcomes"][0])
    people = next(p.label for p in settings.populations if p.population == settings.central["population"])
    unit = f" in {first.unit}" if figure.measure == "MD" else ""
    return Message(
        title=figure.title,
        scope=f"{people}. {wording.MEASURES[figure.measure]}{unit} with 95% confidence interval.",
        terms=[(term, words.partition(" (")[0]) for term, words in figure.terms if term != CHANGE],
        sections=[
            (heading, [(label, {term: r for term, r in by_term.items() if term != CHANGE}) for label, by_term in groups])
            for heading, groups in figure.sections
        ],
        threshold=figure.threshold,
        measure=figure.measure,
        event_is_good=figure.event_is_good,
        unit=figure.unit,
    )


def _forest(
    question: QuestionKey, says: str, pooled: Mapping[Key, PooledResult], trials: Drawn, settings: Settings
) -> Forest | None:
    """The forest plot of one comparison and outcome, on the first measure that has a result; None where none has."""
    outcome = settings.outcome(question.outcome)
    for measure in outcome.measures:
        sections = [section_of(question.at(w.term), measure, w.label, pooled, trials) for w in settings.terms]
        there = [s for s in sections if s is not None]
        if there:
            return Forest(
                title=f"{says}: {outcome.label.lower()}",
                measure=measure,
                unit=outcome.unit_of(measure),
                threshold=outcome.thresholds.get(measure),
                event_is_good=outcome.event_is_good,
                blocks=[Block(says, there)],
                model=wording.model_words(settings.model),
                not_poolable=[],
                layout=settings.figures["layout"],
            )
    return None


def forests(rows: Iterable[PooledResult], trials: Iterable[AnalysisTrial], settings: Settings) -> dict[str, Forest]:
    """A forest plot of all trials behind each comparison and outcome, the terms one above the other."""
    choice, pooled = settings.central, by_key(rows)
    drawn: dict[Key, list[DrawnTrial]] = defaultdict(list)
    for trial in trials:
        drawn[trial.key].append(DrawnTrial(trial))
    found = {}
    for entry in choice["comparisons"]:
        ((level, name),) = entry["treatment"].items()
        for outcome in choice["outcomes"]:
            question = QuestionKey(LEVEL_PREFIX[level] + name, entry["comparator"], outcome, choice["population"])
            forest = _forest(question, entry["says"], pooled, drawn, settings)
            if forest is not None:
                found[question.within_population] = forest
    return found
