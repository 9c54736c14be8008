"""All pages of the report, and their files: templates in, text out; nothing is read from the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import evidence_synthesis
from evidence_synthesis import wording
from evidence_synthesis.conclusions.central_words import told as central_sentences
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.conclusions.published import question
from evidence_synthesis.conclusions.summary_of_findings import explanation, sof_tables
from evidence_synthesis.exports.sof_documents import WORKBOOK
from evidence_synthesis.report.claims import claims_page
from evidence_synthesis.report.formulas import formulas
from evidence_synthesis.report.glance import answer_scope, answers, central_card, glance, lead, line
from evidence_synthesis.report.links import anchor, page_of, page_of_trial, place_of, script_json
from evidence_synthesis.report.methods_text import made_with, methods_text, references
from evidence_synthesis.report.networks import PAGE as NETWORKS
from evidence_synthesis.report.networks import networks_page
from evidence_synthesis.report.other_reviews import other_reviews_page
from evidence_synthesis.report.shelf import ReportTables, Shelf, shelve
from evidence_synthesis.report.through_time import through_time_page
from evidence_synthesis.report.treatment import shown_rows, sources_of, treatment_page
from evidence_synthesis.report.trial import trial_line, trial_page, uses
from evidence_synthesis.report.versions import state_script, versions_page
from evidence_synthesis.report.views.about import DownloadsPage, GlossaryPage, MethodsPage
from evidence_synthesis.report.views.checks import AuditPage, ComparisonView, FindingView, PublishedPage
from evidence_synthesis.report.views.overview import Counts, DocumentView, OverviewPage
from evidence_synthesis.report.views.pages import PageView
from evidence_synthesis.report.views.treatment import TreatmentPage
from evidence_synthesis.report.views.trial import TrialsPage
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.beside import beside
from evidence_synthesis.storage.files import cell
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.conclusions import PublishedComparison
from evidence_synthesis.synthesis.rows.figures import NARROW
from evidence_synthesis.synthesis.rows.results import RowAccount
from evidence_synthesis.synthesis.rows.statements import JudgedClaim
from evidence_synthesis.templates import environment
from evidence_synthesis.wording import DOUBTS, STATEMENT_WORDS

# groups of figures that show all treatments
SUMMARIES = ("central", "overview", "claims", "through_time", "other_reviews", "published", "flow", "risk_of_bias")
_STATIC = ("style.css", "report.js", "office.js", "take.js", "forest.js")

TABLES = (
    ("summary_of_findings.csv", "effect, certainty and a plain sentence for every question"),
    ("central_message.csv", "the central message: what against what, short beside long, and what is missing"),
    ("claims.csv", "the documents' statements against the data"),
    ("claims_detail.csv", "every part of every statement, with the way back to the rows"),
    ("claims_not_tested.csv", "the documents' statements that are not put to a test, and why"),
    ("document_readings.csv", "where documents speak of the same treatments: the verdicts on the statements of each"),
    ("claims_through_time.csv", "every statement and part on the trials published by the end of each year"),
    ("documents_then_and_now.csv", "every statement on the trials of its document's time and on those of today"),
    ("verdicts_moved.csv", "the trials of each year in which a verdict changed, and what each alone did"),
    ("sequential_looks.csv", "the sequential analysis of each part look by look: information, z, boundaries"),
    ("document_pairs.csv", "two documents on one family of treatments: whose reading the trials of its time bear out"),
    ("documents_apart.csv", "where the trials of two documents' times differ, and the fewest trials that explain it"),
    (
        "information_missing.csv",
        "what is still missing to decide a statement: sequential analysis, and what a further trial could change",
    ),
    ("beside_reviews.csv", "every part of the statements: our trials, and beside them what published reviews pool"),
    ("review_estimates.csv", "the published estimates on the questions of the statements"),
    ("review_overlap.csv", "pairs of published reviews and the trials that both include: all, or at least so many"),
    ("review_inclusions.csv", "published reviews and how many of their trials are pooled here, as far as they are known"),
    ("coverage.csv", "how many of the trials that reviews pool are in the data, question by question"),
    ("missing_trials.csv", "trials known by name without a result that can be pooled, by what they could change"),
    ("published_comparison.csv", "our estimates beside those of published reviews"),
    ("pooled.csv", "every analysis with its pooled result, intervals and heterogeneity"),
    ("summary.csv", "the same for reading, with the follow-up terms side by side"),
    ("pooled_models.csv", "the results under other models and intervals"),
    ("analysis_trials.csv", "the trials in each analysis, with their weights"),
    ("trial_effects.csv", "what each trial brings to its analyses (by effect_id): arms, effect, interval, risk of bias"),
    ("certainty.csv", "certainty of each analysis (GRADE), domain by domain, with the numbers behind it"),
    ("audit.csv", "values that are not believable or contradict each other, with the evidence"),
    ("without_doubtful.csv", "pooled results with and without the results in doubt"),
    ("multiverse.csv", "every question of the claims under all defensible choices"),
    ("multiverse_choices.csv", "which choice changes the verdict, and how often"),
    ("multiverse_selections.csv", "which effects each choice of results ends in"),
    ("multiverse_sets.csv", "the pooled results of those effects"),
    ("small_study_effects.csv", "tests and adjusted estimates for small-study effects, from ten trials on"),
    ("influence.csv", "each analysis without each of its trials, and trial by trial in order of year"),
    ("bayes.csv", "a Bayesian check: chances of any and of a worthwhile benefit"),
    ("subgroups.csv", "larger analyses by comparator, risk of bias, source, chronicity and region"),
    ("meta_regression.csv", "larger analyses by year of publication"),
    ("moderator_regression.csv", "larger analyses by numbers of the review's own (dose, age)"),
    ("gosh.csv", "larger analyses: all subsets of their trials"),
    ("dependent_effects.csv", "all terms of a question together: multilevel model, robust variances, long against short"),
    ("event_methods.csv", "counts of events pooled by Mantel-Haenszel and Peto"),
    ("further_intervals.csv", "other intervals of tau2, of the mean and of a new setting's effect"),
    ("networks.csv", "network meta-analyses: heterogeneity and inconsistency"),
    ("network_league.csv", "every treatment against every other one, from the networks"),
    ("network_ranking.csv", "treatments by P-score; a rank is no certainty"),
    ("network_splits.csv", "direct against indirect evidence for every compared pair"),
    ("network_heat.csv", "which design's inconsistency another design explains"),
    ("effects.csv", "the effect of every result, with the conversions behind it"),
    ("row_accounting.csv", "what became of every result that was read"),
    ("figures.csv", "the figures of each treatment with their descriptions"),
    ("summaries.csv", "the figures of all treatments together with their descriptions"),
)


def general_reason(reason: str) -> str:
    """A reason without what belongs to the single row, for counting."""
    return "excluded by a decision (corrections.csv)" if reason.startswith("excluded by a decision") else reason


def reasons(accounts: Iterable[RowAccount]) -> list[tuple[str, int]]:
    """Reasons for leaving results out, most frequent first."""
    counted = Counter(general_reason(a.reason) for a in accounts if a.status == "excluded")
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _counts(accounts: Sequence[RowAccount], pooled: Sequence[PooledResult]) -> Counts:
    status = Counter(a.status for a in accounts)
    several = sum(p.trials > 1 for p in pooled)
    return Counts(
        rows=len(accounts),
        trials=len({a.trial_id for a in accounts}),
        used=status["used"],
        merged=status["merged"] + status["split"],
        excluded=status["excluded"],
        analyses=several,
        single=len(pooled) - several,
    )


def _settings_lines(entry: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every setting in force as a path and a value."""
    words = {None: "not set", True: "yes", False: "no"}
    for name, value in entry.items():
        where = f"{path}.{name}" if path else str(name)
        if isinstance(value, Mapping):
            yield from _settings_lines(value, where)
        else:
            plain = words[value] if value is None or isinstance(value, bool) else str(value)
            yield where, ", ".join(map(str, value)) if isinstance(value, list) else plain


def _finding_rules() -> list[tuple[str, str, str]]:
    """What results are said to show: words at low certainty, the classes that show them, and when."""
    rows = []
    for verdict, when in wording.FINDING_RULES.items():
        side, strength = wording.tone(verdict, "low").split()
        rows.append((wording.finding(verdict, "low"), f"t-{side} s{strength}", when))
    return rows


def _published(row: PublishedComparison, shelf: Shelf, on_pages: Container[str]) -> ComparisonView:
    """A published estimate and ours in words, and the place of ours where a page shows it."""
    unit = next((o.own_unit(row.measure) for o in shelf.settings.outcomes if o.outcome == row.outcome), "")

    def words(estimate: float | None, low: float | None, high: float | None) -> str:
        values = map(number_of, (estimate, low, high))
        return wording.fit_to_print(row.measure, *values, unit=unit) + wording.in_unit(row.measure, unit)

    return ComparisonView(
        review=row.review,
        question=question(row, shelf.settings, shelf.taxonomy),
        measure=row.measure,
        their=words(row.their_estimate, row.their_low, row.their_high),
        their_sort=cell(row.their_estimate),
        our=words(row.our_estimate, row.our_low, row.our_high),
        our_sort=cell(row.our_estimate),
        place=place_of(row.analysis_id) if row.analysis_id in on_pages else "",
        overlap=cell(row.overlap),
        note=row.note,
    )


def _search(pages: Sequence[TreatmentPage], claims: Iterable[JudgedClaim]) -> str:
    """The search index as a script, since pages on disk may not fetch: [words, page, kind], treatments first."""
    treatments = {page.label: page_of(page.group) for page in pages}
    trials = {trial.study: trial.page for page in pages for trial in page.trials}
    said = {claim.statement: f"claims.html#{anchor(claim.claim)}" for claim in claims}
    kinds = (("treatment", treatments), ("trial", trials), ("statement", said))
    entries = [(words, place, kind) for kind, found in kinds for words, place in sorted(found.items())]
    return f"window.INDEX = {script_json(entries)};\n"


def _squeeze(text: str) -> str:
    """A page without indentation and empty lines."""
    return "\n".join(line for line in (raw.strip() for raw in text.splitlines()) if line) + "\n"


def entry_page(title: str) -> str:
    """The page beside the results that leads to the report."""
    return environment().get_template("index.html.j2").render(title=title)


def render(view: PageView) -> str:
    """A page from its template."""
    return _squeeze(environment().get_template(view.TEMPLATE).render(view.values()))


class Site:
    """The report of one review: gives the text of every file by its path in the report's folder."""

    def __init__(
        self,
        config: Mapping[str, Any],
        taxonomy: Taxonomy,
        tables: ReportTables,
        libraries: Sequence[tuple[str, str]],
    ) -> None:
        settings = load_settings(config)
        self.config, self.tables, self.libraries, self.title = config, tables, libraries, str(config["title"])
        self.sof = sof_tables(tables.pooled, tables.certainty, settings, taxonomy)
        self.shelf = shelve(tables, settings, Limits.of(config["certainty"]), taxonomy)
        self.groups = sorted({*self.sof, *(f.group for f in tables.figures)}, key=taxonomy.label)
        self.figures = {
            g + form: [f for f in tables.summaries if f.group == g and f.outcome.endswith(NARROW) == bool(form)]
            for g in SUMMARIES
            for form in ("", NARROW)
        }
        self.on_pages = {r.analysis_id for group in self.groups for r in shown_rows(group, self.shelf)}

    @cached_property
    def pages(self) -> list[TreatmentPage]:
        """The pages of treatments, families and classes."""
        return [treatment_page(group, self.sof.get(group, ()), self.shelf, self.title) for group in self.groups]

    def _said(self) -> list[DocumentView]:
        """Each document with its first statement and its verdicts, in the order of the documents."""
        by_document: dict[str, list[JudgedClaim]] = {}
        for claim in self.tables.claims:
            by_document.setdefault(claim.document, []).append(claim)
        views = []
        for title, claims in by_document.items():
            views.append(DocumentView(title, claims[0], Counter(c.verdict for c in claims)))
        return views

    def _overview(self) -> OverviewPage:
        years = [source["year"] for source in self.shelf.sources.values()]  # of a trial the source may print none
        asked, scope, sure = answer_scope(self.shelf)
        return OverviewPage(
            site=self.title,
            lead=lead(self.shelf),
            answers=answers(self.shelf),
            asked=asked,
            scope=scope,
            sure=sure,
            newest=max(years, default=""),
            version=str(evidence_synthesis.__version__),
            evidence=self.tables.version.words,
            terms=[window.heading for window in self.shelf.settings.terms],
            central=list(central_card(self.shelf)),
            told=central_sentences(self.tables.central, self.shelf.settings),
            glance=glance(self.shelf),
            rules=_finding_rules(),
            verdicts=[(v, w) for v, w in STATEMENT_WORDS.items() if any(c.verdict == v for c in self.tables.claims)],
            said=self._said(),
            untested=len(self.tables.not_tested),
            listing=[line(page.group, page.label, self.shelf) for page in self.pages],
            sizes={page_of(page.group): len(page.trials) for page in self.pages},
            counts=_counts(self.tables.accounts, self.tables.pooled),
            figures=self.figures,
        )

    def _glossary(self) -> GlossaryPage:
        settings = self.shelf.settings
        least = (
            f"{o.label}: {o.thresholds[m]:g}{' ' + o.unit if m == 'MD' else f' ({m})'}"
            for o in settings.outcomes
            for m in o.measures[:1]
            if m in o.thresholds
        )
        return GlossaryPage(
            site=self.title,
            terms=[w.label for w in settings.windows],
            shades=[(certainty, wording.finding("benefit", certainty)) for certainty in wording.CERTAINTIES],
            rules=_finding_rules(),
            statements=[(words, wording.STATEMENT_RULES[v]) for v, words in STATEMENT_WORDS.items()],
            thresholds=list(least),
        )

    def _downloads(self) -> DownloadsPage:
        offered = [(file, what, file.removesuffix(".csv")) for file, what in TABLES]
        return DownloadsPage(
            site=self.title,
            listing=self.pages,
            documents=sorted(self.sof),
            figures={group: self.figures[group] for group in SUMMARIES},
            tables=offered,
            workbook=WORKBOOK,
        )

    def _published(self) -> PublishedPage:
        compared = [r for r in self.tables.published if r.overlap is not None]
        rows = [_published(r, self.shelf, self.on_pages) for r in compared]
        return PublishedPage(site=self.title, rows=rows, rest=len(self.tables.published) - len(rows), figures=self.figures)

    def _audit(self) -> AuditPage:
        shown = [f for f in self.tables.audit if f.severity != "note"]
        errors = [f for f in shown if f.severity == "error"]
        views = [
            FindingView(
                f.study, page_of_trial(f.trial_id), f.severity, DOUBTS[f.kind], f.evidence, len(f.rows), decision=f.decision
            )
            for f in shown
        ]
        waiting = sum(f.decision == "" for f in errors)
        return AuditPage(site=self.title, findings=views, errors=len(errors), waiting=waiting, doubts=len(shown) - len(errors))

    def _methods(self) -> MethodsPage:
        own = {k: v for k, v in self.config.items() if k not in ("data", "pathvars")}
        words = wording.model_words(self.shelf.settings.model)
        return MethodsPage(
            site=self.title,
            explained=explanation(words, (table for group in self.sof.values() for table in group)),
            methods=methods_text(
                f"{self.title[:1].lower()}{self.title[1:]}",
                len(self.shelf.results),
                sum(map(len, self.shelf.results.values())),
                self.shelf.settings,
            ),
            made=made_with(self.tables.version.words, self.libraries),
            formulas=formulas(),
            left_out=reasons(self.tables.accounts),
            lines=list(_settings_lines(own)),
            libraries=self.libraries,
            figures=self.figures,
        )

    def _of_groups(self) -> Iterator[tuple[str, PageView]]:
        """The pages of treatments by their paths, and those that list them."""
        yield "index.html", self._overview()
        for page in self.pages:
            yield page_of(page.group), page
        yield "downloads.html", self._downloads()

    def _of_trials(self) -> Iterator[tuple[str, PageView]]:
        trials = (trial_line(t, self.shelf) for t in self.shelf.results)
        yield "trials.html", TrialsPage(site=self.title, trials=sorted(trials, key=lambda t: t.study.casefold()))
        used = uses(self.shelf)
        for trial_id in self.shelf.results:
            yield page_of_trial(trial_id), trial_page(trial_id, self.shelf, used, self.title)

    def _of_conclusions(self) -> Iterator[tuple[str, PageView]]:
        labels = {group: self.shelf.taxonomy.label(group) for group in self.groups}
        yield "claims.html", claims_page(self.tables, self.on_pages, labels, self.figures, self.shelf.settings, self.title)
        yield "through_time.html", through_time_page(self.tables, self.figures, self.title)
        where = self.shelf.settings, self.shelf.taxonomy
        yield "other_reviews.html", other_reviews_page(self.tables, self.on_pages, *where, self.figures, self.title)
        yield "published.html", self._published()
        yield NETWORKS, networks_page(self.shelf, labels, self.title)
        yield "audit.html", self._audit()
        yield "methods.html", self._methods()
        yield "glossary.html", self._glossary()
        yield "versions.html", versions_page(self.tables, self.title)

    def views(self) -> Iterator[tuple[str, PageView]]:
        """Every page by its path, as what its template receives."""
        yield from self._of_groups()
        yield from self._of_trials()
        yield from self._of_conclusions()

    def _others(self) -> list[tuple[str, str]]:
        return [(path, render(view)) for of in (self._of_trials, self._of_conclusions) for path, view in of()]

    def files(self) -> Iterator[tuple[str, str]]:
        """Every file of the report: path and text. Pages of treatments and all others take about as long: made side by side."""
        with beside(self._others) as others:
            for path, view in self._of_groups():
                yield path, render(view)
            yield "references.ris", references(self.shelf.sources.values())
            for group in self.groups:
                yield page_of(group).replace(".html", ".ris"), references(sources_of(group, self.shelf))
            yield "search.js", _search(self.pages, self.tables.claims)
            yield "state.js", state_script(self.tables.version.words, self.libraries)
            folder = Path(__file__).parents[1] / "templates/site"
            for name in _STATIC:
                yield name, (folder / name).read_text(encoding="utf-8")
            yield from others()
