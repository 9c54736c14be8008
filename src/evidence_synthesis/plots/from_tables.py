"""Collect what a group's forest plots show from the published tables: one comparison and population each, or all together."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from evidence_synthesis import wording
from evidence_synthesis.plots import harvest, overview
from evidence_synthesis.plots.forest import Forest
from evidence_synthesis.plots.forest_parts import Block, DrawnTrial, Section
from evidence_synthesis.review import risk_of_bias
from evidence_synthesis.review.settings import Outcome, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.contrasts import without_numbers
from evidence_synthesis.selection.keys import AnalysisKey, QuestionKey
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty

Drawn = Mapping[Key, Sequence[DrawnTrial]]  # the trials of each analysis: by its id and measure


def not_poolable(unusable: Iterable[Cells], members: Iterable[str], outcome: str, regions: Iterable[str]) -> list[str]:
    """Trials of these treatments known without poolable numbers for an outcome (or an outcome that is not stated)."""
    found: dict[str, list[str]] = {}
    for row in without_numbers(unusable, members, outcome, regions):
        direction = row["direction"] if row["direction"] != "not stated" else row["reason"]
        found.setdefault(row["study"], []).append(direction)
    return [f"{study} ({', '.join(sorted(set(words)))})" for study, words in sorted(found.items())]


def section_of(key: AnalysisKey, measure: str, heading: str, pooled: Mapping[Key, PooledResult], trials: Drawn) -> Section | None:
    """An analysis as a section of a forest plot, with its trials in order of year; None where it has no result."""
    asked = key.analysis_id, measure
    if asked not in pooled:
        return None
    return Section(heading, sorted(trials.get(asked, ()), key=lambda t: t.order), pooled[asked])


def _blocks(
    group: str,
    outcome: Outcome,
    measure: str,
    pooled: Mapping[Key, PooledResult],
    trials: Drawn,
    settings: Settings,
) -> list[Block]:
    populations = {p.population: p.label for p in settings.populations}
    comparators = {c.comparator: c.label for c in settings.comparators}
    blocks = []
    for population in settings.figures["populations"]:
        for comparator in settings.figures["comparators"]:
            sections = [
                section_of(AnalysisKey(group, comparator, outcome.outcome, w.term, population), measure, w.label, pooled, trials)
                for w in settings.windows
            ]
            found = [s for s in sections if s is not None]
            if found:
                blocks.append(Block(f"{populations[population]}, against {comparators[comparator]}", found))
    return blocks


def forests_of(
    group: str,
    pooled_rows: Iterable[PooledResult],
    trials: Drawn,
    unusable: Sequence[Cells],
    settings: Settings,
    taxonomy: Taxonomy,
    model: str,
) -> dict[str, Forest]:
    """The forest plots of a group by outcome, each on the outcome's first measure that has a result."""
    pooled = by_key(pooled_rows)
    shown = {p.population: p for p in settings.populations}
    regions = {r for name in settings.figures["populations"] for r in (shown[name].regions or ())}
    forests = {}
    for outcome in settings.outcomes:
        for measure in outcome.measures:
            blocks = _blocks(group, outcome, measure, pooled, trials, settings)
            if not blocks:
                continue
            forests[outcome.outcome] = Forest(
                title=f"{taxonomy.label(group)}: {outcome.label.lower()}",
                measure=measure,
                unit=outcome.unit_of(measure),
                threshold=outcome.thresholds.get(measure),
                event_is_good=outcome.event_is_good,
                blocks=blocks,
                model=model,
                not_poolable=not_poolable(unusable, taxonomy.members(group), outcome.domain, regions),
                layout=settings.figures["layout"],
                extra=tuple(settings.figures.get("forest_columns", ())),
                own={c.name: c.label for c in settings.columns},
            )
            break
    return forests


def techniques(row: PooledResult, pooled: Iterable[PooledResult], trials: Drawn, taxonomy: Taxonomy) -> list[Section]:
    """The analysis of a family or class by its treatments, each with its own pooled result, and all of them at the end."""
    own = by_key(pooled)
    sections = [
        section_of(replace(row.asks, group=member), row.measure, taxonomy.label(member), own, trials)
        for member in taxonomy.members(row.group)
    ]
    return [*(s for s in sections if s is not None), Section("All of them", [], row)]


def forest_of(
    row: PooledResult,
    trials: Sequence[DrawnTrial],
    settings: Settings,
    model: str,
    layout: str,
    sections: Sequence[Section] = (),
) -> Forest:
    """The forest plot of a single analysis, from its pooled row and its trials, or in ``sections`` (``techniques``)."""
    outcome = settings.outcome(row.outcome)
    labels = {w.term: w.label for w in settings.windows}
    population = next(p.label for p in settings.populations if p.population == row.population)
    comparator = next(c.label for c in settings.comparators if c.comparator == row.comparator)
    heading = f"{population}, against {comparator}"
    if sections:
        heading = f"{population}, against {comparator.partition(' (')[0]}: {labels[row.term]}"
    section = Section(labels[row.term], sorted(trials, key=lambda t: t.order), row)
    return Forest(
        title=f"{row.group_label}: {outcome.label.lower()}",
        measure=row.measure,
        unit=outcome.unit_of(row.measure),
        threshold=outcome.thresholds.get(row.measure),
        event_is_good=outcome.event_is_good,
        blocks=[Block(heading, list(sections) or [section])],
        model=model,
        not_poolable=[],
        layout=layout,
        subgroups=bool(sections),
        extra=tuple(settings.figures.get("forest_columns", ())),
        own={c.name: c.label for c in settings.columns},
    )


def forest_of_question(
    question: QuestionKey, measure: str, pooled: Iterable[PooledResult], trials: Drawn, settings: Settings, layout: str
) -> Forest | None:
    """The forest plot of one comparison and population at all terms, one below the other; None where no trial measured it."""
    rows = by_key(pooled)
    sections = [section_of(question.at(w.term), measure, w.label, rows, trials) for w in settings.windows]
    there = [s for s in sections if s is not None]
    if not there:
        return None
    first = there[0].pooled
    one = forest_of(first, [], settings, wording.model_words(settings.model), layout)
    words = "{} against {comparator}: {outcome}, {population}".format(first.group_label, **wording.asked(first, settings))
    return replace(one, title=words, blocks=[replace(one.blocks[0], sections=there)])


def questions_of(rows: Sequence[PooledResult], trials: Drawn, settings: Settings) -> dict[str, Forest]:
    """The forest plots of a group, each of one comparison, population and outcome, by the name of its question in the group.

    They are those of the overviews' comparison, and of the others those that pool two trials at some term: a lone trial's
    picture says no more than its numbers.
    """
    shown, first = settings.figures, settings.figures["overview"]
    forests: dict[str, Forest] = {}
    found: dict[QuestionKey, dict[str, list[PooledResult]]] = defaultdict(dict)
    for row in rows:
        found[row.asks.question].setdefault(row.measure, []).append(row)
    for population, outcome, comparator in itertools.product(shown["populations"], settings.outcomes, shown["comparators"]):
        question = QuestionKey(rows[0].group, comparator, outcome.outcome, population)
        measure = outcome.first_of(found.get(question, ()))
        opening = (comparator, population) == (first["comparator"], first["population"])
        if measure and (opening or max(r.trials for r in found[question][measure]) > 1):
            forest = forest_of_question(question, measure, found[question][measure], trials, settings, shown["layout"])
            forests |= {question.within_group: forest} if forest else {}
    return forests


def all_questions(
    pooled: Sequence[PooledResult], trials: Drawn, settings: Settings, taxonomy: Taxonomy
) -> dict[str, dict[str, Forest]]:
    """The forest plots of all groups, each of one comparison, population and outcome; of classes what their pages open with."""
    choice = settings.figures["overview"]
    own: dict[str, list[PooledResult]] = defaultdict(list)
    for row in pooled:
        if row.level != "class" or (row.comparator, row.population) == (choice["comparator"], choice["population"]):
            own[row.group].append(row)
    wanted = [*_figure_groups(pooled, taxonomy), *sorted({r.group for r in pooled if r.level == "class"} & own.keys())]
    found = {group: questions_of(own[group], trials, settings) for group in wanted}
    return {group: figures for group, figures in found.items() if figures}


def _figure_groups(pooled: Iterable[PooledResult], taxonomy: Taxonomy) -> list[str]:
    """Treatments, and families of which several treatments have results; all comparisons of a class are too many for a figure."""
    groups = sorted({r.group for r in pooled if r.level != "class"})
    return [g for g in groups if g in taxonomy.conditions or sum(m in groups for m in taxonomy.members(g)) > 1]


def all_forests(
    pooled: Sequence[PooledResult],
    trials: Drawn,
    unusable: Sequence[Cells],
    settings: Settings,
    taxonomy: Taxonomy,
) -> dict[str, dict[str, Forest]]:
    """The forest plots of all comparisons and populations together: group, outcome, figure."""
    own: dict[str, list[PooledResult]] = defaultdict(list)
    for row in pooled:
        own[row.group].append(row)
    model = wording.model_words(settings.model)
    forests = {
        group: forests_of(group, own[group], trials, unusable, settings, taxonomy, model)
        for group in _figure_groups(pooled, taxonomy)
    }
    return {group: figures for group, figures in forests.items() if figures}


Sections = Sequence[tuple[str, Sequence[tuple[str, str]]]]


def marked(trials: Iterable[AnalysisTrial], doubtful: Container[str], checked: Iterable[Cells]) -> Drawn:
    """The trials of analyses by their keys with marks: whether they hold a doubtful row, and the domains of their risk of bias.

    ``checked`` are the rows of the data, in which the ratings stand.
    """
    rows = {r["row_id"]: r for r in checked}

    @cache
    def marks(row_ids: tuple[str, ...]) -> tuple[bool, str]:
        return any(i in doubtful for i in row_ids), risk_of_bias.in_words([rows[i] for i in row_ids])

    found: dict[Key, list[DrawnTrial]] = defaultdict(list)
    for trial in trials:
        found[trial.key].append(DrawnTrial(trial, *marks(trial.row_ids), rows[trial.row_ids[0]]))
    return found


def _families(settings: Settings, taxonomy: Taxonomy) -> Sections:
    """The families of each class that the overviews show, with their names."""
    return [
        (f"{kind.capitalize()} treatments", [(g, taxonomy.label(g).removesuffix(" (all)")) for g in taxonomy.families(kind)])
        for kind in settings.figures["overview"]["classes"]
    ]


def _treatments(settings: Settings, taxonomy: Taxonomy) -> Sections:
    """The single treatments of each class that the overviews show."""
    return [
        (f"{kind.capitalize()} treatments", [(c.treatment_id, c.label) for c in taxonomy.conditions.values() if c.kind == kind])
        for kind in settings.figures["overview"]["classes"]
    ]


def all_harvests(
    pooled: Sequence[PooledResult], judgements: Sequence[Certainty], settings: Settings, taxonomy: Taxonomy
) -> dict[str, harvest.Harvest]:
    """The maps of the evidence, one for each outcome of the overviews: single treatments by all terms."""
    choice = settings.figures["overview"]
    population = next((p.population, p.label) for p in settings.populations if p.population == choice["population"])
    comparator = next((c.comparator, c.label) for c in settings.comparators if c.comparator == choice["comparator"])
    terms = [(w.term, w.label) for w in settings.windows]
    figures = {}
    for name in choice["outcomes"]:
        outcome = (name, settings.outcome(name).label)
        sections = _treatments(settings, taxonomy)
        figures[f"harvest_{name}"] = harvest.gather(pooled, judgements, outcome, comparator, population, terms, sections)
    return {name: figure for name, figure in figures.items() if figure.sections}


def all_overviews(
    pooled: Sequence[PooledResult], judgements: Sequence[Certainty], settings: Settings, taxonomy: Taxonomy
) -> dict[str, overview.Overview]:
    """One overview for each outcome that the settings name for it: families of each class, short and long term.

    Outcomes without any result have none.
    """
    choice = settings.figures["overview"]
    populations = {p.population: p.label for p in settings.populations}
    comparators = {c.comparator: c.label for c in settings.comparators}
    terms = [(w.term, w.label) for w in settings.windows if w.term in choice["terms"]]
    sections = _families(settings, taxonomy)
    figures = {}
    for name in choice["outcomes"]:
        figures[name] = overview.gather(
            pooled,
            judgements,
            settings.outcome(name),
            choice["comparator"],
            comparators[choice["comparator"]],
            choice["population"],
            populations[choice["population"]],
            terms,
            sections,
        )
    return {name: figure for name, figure in figures.items() if figure.sections}
