"""The page of one group of treatments: what it does, how firm that is, and the trials behind it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from markupsafe import Markup

from evidence_synthesis import wording
from evidence_synthesis.conclusions.footnotes import numbered, reasons
from evidence_synthesis.conclusions.summary_of_findings import (
    SofCell,
    SofTable,
    explanation,
    letter,
    running_name,
    signs,
)
from evidence_synthesis.exports.sof_documents import WORKBOOK
from evidence_synthesis.report.glance import card, headline
from evidence_synthesis.report.links import anchor, link, page_of_trial, script_json
from evidence_synthesis.report.methods_text import methods_text
from evidence_synthesis.report.networks import networks_of
from evidence_synthesis.report.shelf import Shelf
from evidence_synthesis.report.views.pages import SourceView
from evidence_synthesis.report.views.treatment import (
    FirmnessFold,
    FirmnessView,
    PlotFold,
    SofCellView,
    SofLineView,
    SofView,
    TreatmentPage,
    TrialLink,
    TrialOfGroup,
    UnpooledView,
)
from evidence_synthesis.review import risk_of_bias
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX
from evidence_synthesis.selection.keys import question_in
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.files import cell as text_of
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.figures import PublishedFigure


def cell(finding: SofCell | None, marks: Mapping[str, str], shelf: Shelf) -> SofCellView | None:
    """One cell of a summary of findings for a page; ``marks`` are the letters of notes by analysis."""
    if finding is None:
        return None
    key = (finding.analysis_id, finding.measure)
    row = shelf.rows[key]
    unit = shelf.settings.outcome(row.outcome).unit_of(row.measure)
    printed = wording.fit_to_print(row.measure, *row.effect, trials=[t.effect for t in shelf.trials.get(key, ())], unit=unit)
    lines = [printed if printed.startswith("two") else finding.lines[0].replace(finding.effect, printed), *finding.lines[1:]]
    return SofCellView(
        size=finding.size,
        lines=lines,
        certainty=f"{signs(finding.certainty)} {finding.certainty}",
        letters=marks[finding.analysis_id],
        sentence=finding.short,
        anchor=anchor(finding.analysis_id),
    )


def sof_view(table: SofTable, shelf: Shelf) -> SofView:
    """A summary of findings for a page; notes that are alike stand once, their numbers in the evidence profile."""
    first = (table.comparator, table.population) == headline(table.group, shelf)
    found = [f for line in table.lines for f in line.findings.values() if f]
    notes, places = numbered([reasons(shelf.certainty[f.analysis_id, f.measure], shelf.limits) for f in found])
    marks = {f.analysis_id: ", ".join(map(letter, sorted(at))) for f, at in zip(found, places, strict=True)}
    lines = [SofLineView(line.label, [cell(f, marks, shelf) for f in line.findings.values()]) for line in table.lines]
    return SofView(table.title, table.population_label, first, lines, [(letter(i), note) for i, note in enumerate(notes)])


def _remarks(row: PooledResult, shelf: Shelf) -> list[str]:
    """What shakes a pooled result, in words."""
    small, without, turning = shelf.small.get(row.key), shelf.without.get(row.key), shelf.turning.get(row.key)
    remarks = []
    if turning:
        holds = row.favours == "neither"
        then = "would exclude no effect" if holds else "would take in no effect"
        remarks.append(f"the interval {then} without {'any one of ' if len(turning) > 1 else ''}{', '.join(turning)}")
    if without:
        left = (without.estimate_without, without.ci_low_without, without.ci_high_without)
        if not without.trials_without:
            remarks.append("nothing is left without the rows in doubt")
        else:
            unit = shelf.settings.outcome(row.outcome).unit_of(row.measure)
            words = wording.fit_to_print(row.measure, *map(number_of, left), unit=unit)
            remarks.append(f"without the rows in doubt {words}, {wording.count(without.trials_without, 'trial')}")
    if small and small.egger_p is not None:
        remarks.append(f"Egger p {wording.p_value(small.egger_p)}, {small.filled} trials filled in")
    return remarks


def _firmness(row: PooledResult, shelf: Shelf) -> FirmnessView:
    """A pooled result and what shakes it."""
    judged, outcome = shelf.certainty[row.key], shelf.settings.outcome(row.outcome)
    unit = outcome.unit_of(row.measure)
    side, strength = wording.tone(judged.verdict, judged.certainty).split()
    return FirmnessView(
        anchor=anchor(row.analysis_id),
        **wording.asked(row, shelf.settings),
        measure=row.measure,
        effect=wording.fit_to_print(row.measure, *row.effect, unit=unit) + wording.in_unit(row.measure, unit),
        sort=text_of(row.estimate),
        i2="" if row.i2 is None else f"{row.i2:.0f}%",
        plot=shelf.plot_of(row),
        tone=f"t-{side} s{strength}",
        verdict=wording.finding(judged.verdict, judged.certainty),
        certainty=judged.certainty,
        remarks="; ".join(_remarks(row, shelf)),
        trials=[TrialLink(t.study, anchor(t.trial_id)) for t in shelf.trials.get(row.key, ())],
    )


def _folded(rows: Iterable[PooledResult], shelf: Shelf) -> list[FirmnessFold]:
    """Pooled results by population and outcome, in the order of their first ones; a page shows the folds closed."""
    found: dict[tuple[str, str], list[FirmnessView]] = {}
    for row in rows:
        found.setdefault((row.population, row.outcome), []).append(_firmness(row, shelf))
    return [
        FirmnessFold(f"{some[0].outcome[:1].upper()}{some[0].outcome[1:]}, {some[0].population}", some) for some in found.values()
    ]


def _trials(group: str, shelf: Shelf) -> list[TrialOfGroup]:
    """The trials of a group: their sources, comparisons, outcomes, risk of bias, and what the audit says."""
    members = set(shelf.taxonomy.members(group))
    views = []
    for trial_id, inside in shelf.results_of(group).items():
        findings = {f.finding: f.severity for r in inside for f in shelf.findings.get(r["row_id"], ())}
        against = {
            shelf.taxonomy[side].label for r in inside for side in (r["treatment"], r["comparator"]) if side not in members
        }
        counts = Counter(findings.values())
        views.append(
            TrialOfGroup(
                anchor=anchor(trial_id),
                page=page_of_trial(trial_id),
                study=inside[0]["study"],
                year=inside[0]["year"],
                against="; ".join(sorted(against)),
                outcomes=", ".join(sorted({r["outcome"].replace("_", " ") for r in inside})),
                rows=len(inside),
                bias=risk_of_bias.overall(inside),
                sources=source_views(inside, shelf),
                findings=", ".join(wording.count(counts[s], s) for s in ("error", "doubt") if counts[s]),
            )
        )
    return sorted(views, key=lambda v: (v.year, v.study))


def _results(group: str, shelf: Shelf) -> list[Cells]:
    """The results in which a group's treatments stand on either side."""
    return [r for rows in shelf.results_of(group).values() for r in rows]


def _sources(rows: Iterable[Cells], shelf: Shelf) -> list[Cells]:
    names = {name for r in rows for name in (r["source_id"], r["read_in"]) if name}
    return sorted((shelf.sources[name] for name in names), key=lambda s: int(s["ref"]))


def source_views(rows: Iterable[Cells], shelf: Shelf) -> list[SourceView]:
    """The sources of some results and the reviews that they were read in, by reference number."""
    return [SourceView(s["ref"], s["label"], *link(s)) for s in _sources(rows, shelf)]


def _explorer(rows: Iterable[PooledResult], shelf: Shelf) -> Markup | str:
    """The trials of each pooled result as data for the page; nothing in it can close its element."""
    analyses = []
    for row in rows:
        trials = shelf.trials.get(row.key, ())
        if len(trials) < 2:
            continue
        entries = [
            {
                "study": t.study,
                "anchor": anchor(t.trial_id),
                "y": t.yi,
                "v": t.vi,
                "bias": t.risk_of_bias,
                "abstract": t.source_kind == "abstract",
                "versus": t.versus,
                "source": t.source_kind,
            }
            for t in trials
        ]
        label = "against {comparator}: {outcome}, {term}, {population}".format(**wording.asked(row, shelf.settings))
        unit = shelf.settings.outcome(row.outcome).own_unit(row.measure)
        ends = {name: end if math.isfinite(end) else None for name, end in asdict(wording.printing(row.measure, unit)).items()}
        shown = {"measure": row.measure, "unit": wording.in_unit(row.measure, unit), **ends}
        analyses.append({"label": f"{label} ({len(trials)} trials)", **shown, "trials": entries})
    return Markup(script_json(analyses)) if analyses else ""


def _headline_first(group: str, rows: Sequence[PooledResult], shelf: Shelf) -> list[PooledResult]:
    """Some pooled results, those of the comparison that the page opens with in front, the first outcomes of overviews first."""
    where, outcomes = headline(group, shelf), shelf.settings.figures["overview"]["outcomes"]
    terms = [w.term for w in shelf.settings.terms]

    def place(row: PooledResult) -> tuple[bool, int, int]:
        there = [
            names.index(name) if name in names else len(names) for names, name in ((outcomes, row.outcome), (terms, row.term))
        ]
        return (row.comparator, row.population) != where, there[0], there[1]

    return sorted(rows, key=place)


def _plots(group: str, shelf: Shelf) -> tuple[list[PublishedFigure], list[PlotFold]]:
    """The forest plots of the comparison that a group's page opens with, and the others by population and comparator."""
    labels = {p.population: wording.running(p.label) for p in shelf.settings.populations}
    comparators = {c.comparator: c.label for c in shelf.settings.comparators}
    found: dict[tuple[str, str], list[PublishedFigure]] = {}
    for figure in _figures(group, "forest", shelf):
        asked = question_in(group, figure.outcome)
        if asked is None:
            continue
        title = shelf.settings.outcome(asked.outcome).label
        found.setdefault((asked.comparator, asked.population), []).append(replace(figure, title=title))
    first = found.pop(headline(group, shelf) or ("", ""), [])
    return first, [PlotFold(f"Against {comparators[c]}: {labels[p]}", figures) for (c, p), figures in found.items()]


def _together(group: str, shelf: Shelf) -> list[tuple[str, str]]:
    """The outcomes of which a full run prints all comparisons of a group in one file: id and label."""
    shown = {r.outcome for r in shown_rows(group, shelf)}
    figures = any(f.kind == "forest" for f in shelf.figures.get(group, ())) and not group.startswith(LEVEL_PREFIX["class"])
    return [(o.outcome, o.label) for o in shelf.settings.outcomes if figures and o.outcome in shown]


def _figures(group: str, kind: str, shelf: Shelf) -> list[PublishedFigure]:
    start = len(shelf.taxonomy.label(group)) + len(": ")
    titled = [(f.title[start:], f) for f in shelf.figures.get(group, ()) if f.kind == kind]
    return [replace(f, title=title[:1].upper() + title[1:]) for title, f in titled]


def shown_rows(group: str, shelf: Shelf) -> list[PooledResult]:
    """The pooled results that the page of a group shows."""
    shown = shelf.settings.figures
    return [
        r
        for r in shelf.pooled.get(group, ())
        if r.key in shelf.certainty and r.population in shown["populations"] and r.comparator in shown["comparators"]
    ]


def sources_of(group: str, shelf: Shelf) -> list[Cells]:
    """The sources of a group's results and the reviews that they were read in, by reference number."""
    return _sources(_results(group, shelf), shelf)


def treatment_page(group: str, tables: Sequence[SofTable], shelf: Shelf, site: str) -> TreatmentPage:
    """Everything that the page of a group shows; ``site`` is the title of the report."""
    wanted, where = shown_rows(group, shelf), headline(group, shelf)
    members = shelf.taxonomy.members(group)
    results, trials = _results(group, shelf), _trials(group, shelf)
    subject = wording.running(running_name(group, shelf.taxonomy)) if group.startswith("class-") else shelf.taxonomy.label(group)
    plots, more_plots = _plots(group, shelf)
    unusable = [u for m in members for u in shelf.unusable.get(m, ())]
    return TreatmentPage(
        site=site,
        up="../",
        group=group,
        label=shelf.taxonomy.label(group),
        members=[(m, shelf.taxonomy.label(m)) for m in members] if members != [group] else [],
        card=card(group, shelf),
        sentences=[
            f.sentence
            for t in tables
            if (t.comparator, t.population) == where
            for line in t.lines[:2]
            for f in line.findings.values()
            if f
        ],
        lacking=f"No result that a summary shows ({', '.join(wording.running(w.label) for w in shelf.settings.terms)}).",
        explained=explanation(wording.model_words(shelf.settings.model), tables),
        methods=methods_text(subject, len(trials), len(results), shelf.settings),
        workbook=WORKBOOK,
        sof=[sof_view(t, shelf) for t in tables],
        terms=tables[0].terms if tables else (),
        figures=plots,
        more_figures=more_plots,
        together=_together(group, shelf),
        panels=_figures(group, "panels", shelf),
        firmness=[_firmness(r, shelf) for r in wanted if (r.comparator, r.population) == where],
        folded=_folded((r for r in wanted if (r.comparator, r.population) != where), shelf),
        explorer=_explorer(_headline_first(group, wanted, shelf), shelf),
        model=shelf.settings.model,
        networks=networks_of(group, shelf),
        said=shelf.said.get(group, ()),
        trials=trials,
        unusable=[UnpooledView(u["study"], u["outcome"].replace("_", " ") or "not stated", u["what_is_known"]) for u in unusable],
    )
