"""All pages of the report, and their files: templates in, text out; nothing is read from the network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from evidence_synthesis.conclusions.central_words import told as central_sentences
from evidence_synthesis.conclusions.published import question
from evidence_synthesis.conclusions.summary_of_findings import SofTable, explanation
from evidence_synthesis.exports.sof_documents import WORKBOOK
from evidence_synthesis.report.formulas import formulas
from evidence_synthesis.report.glance import glance
from evidence_synthesis.report.links import anchor, page_of, page_of_trial, place_of, script_json
from evidence_synthesis.report.treatment import Record, Shelf, View, shelve, shown_rows, treatment_view
from evidence_synthesis.report.trial import trial_line, trial_view, uses
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX, Taxonomy
from evidence_synthesis.templates import environment
from evidence_synthesis.wording import DOUBTS, REGION_WORDS, STATEMENT_WORDS, effect_with_interval, model_words, statement_verdict

Tables = Mapping[str, Sequence[Record]]
SUMMARIES = ("central", "overview", "claims", "published", "flow", "risk_of_bias")  # groups of figures that show all treatments
_STATIC = ("style.css", "report.js", "office.js", "take.js", "forest.js")

TABLES = (
    ("summary_of_findings.csv", "effect, certainty and a plain sentence for every question"),
    ("central_message.csv", "the central message: what against what, short beside long, and what is missing"),
    ("claims.csv", "the documents' statements against the data"),
    ("claims_detail.csv", "every part of every statement, with the way back to the rows"),
    ("claims_not_tested.csv", "the documents' statements that are not put to a test, and why"),
    ("document_readings.csv", "where documents speak of the same treatments: the verdicts on the statements of each"),
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


def reasons(accounts: Iterable[Record]) -> list[tuple[str, int]]:
    """Reasons for leaving results out, most frequent first."""
    counted = Counter(general_reason(a["reason"]) for a in accounts if a["status"] == "excluded")
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _counts(accounts: Sequence[Record], pooled: Sequence[Record]) -> dict[str, int]:
    status = Counter(a["status"] for a in accounts)
    several = sum(int(p["trials"]) > 1 for p in pooled)
    return {
        "rows": len(accounts),
        "trials": len({a["trial_id"] for a in accounts}),
        "used": status["used"],
        "merged": status["merged"] + status["split"],
        "excluded": status["excluded"],
        "analyses": several,
        "single": len(pooled) - several,
    }


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


def _nearest(row: Record) -> str:
    """The limit that lies nearest to an end of what is claimed, and how far away it is: a distance, or a factor."""
    if not row["nearest"]:
        return ""
    distance = float(row["distance"])
    far = f"a factor of {math.exp(distance):.2f}" if row["measure"] in RATIOS else f"{distance:.2g}"
    return f"{row['nearest']}: {far}"


def _universes(row: Record) -> str:
    """In what share of the universes with data a part has each verdict, in words."""
    if not row["universes"]:
        return ""
    shares = {name: float(row[f"universes_{name}"]) for name in REGION_WORDS}
    return ", ".join(f"{statement_verdict(name)} {100 * share:.0f} %" for name, share in shares.items() if share > 0)


def _claims(tables: Tables, on_pages: Container[str], groups: Mapping[str, str]) -> list[View]:
    """Statements with their parts; ``on_pages`` are the analyses that pages show, ``groups`` the labels of those with a page."""
    trial_of = {r["row_id"]: (r["study"], page_of_trial(r["trial_id"])) for r in tables["checked"]}
    details: dict[str, list[View]] = {}
    about: dict[str, dict[str, str]] = {}
    for d in tables["detail"]:
        shown = ""
        if d["estimate"]:
            shown = f"{d['measure']} " + effect_with_interval(
                d["measure"], *(float(d[n]) for n in ("estimate", "ci_low", "ci_high"))
            )
        words = {"shown": shown, "universes": _universes(d), "nearest": _nearest(d), "words": statement_verdict(d["verdict"])}
        words["claimed"] = d["claimed"].replace("_", " ")
        words["place"] = place_of(d["analysis_id"]) if shown and d["analysis_id"] in on_pages else ""
        about.setdefault(d["claim"], {}).update({g: groups[g] for g in d["groups"].split(";") if g in groups})
        behind = sorted({trial_of[row_id] for row_id in d["rows"].split(";") if row_id})
        details.setdefault(d["claim"], []).append({**d, **words, "behind": behind})
    return [
        {
            **c,
            "details": details.get(c["claim"], []),
            "stated": c["stated_certainty"].replace("_", " "),
            "pages": [(label, page_of(group)) for group, label in about.get(c["claim"], {}).items()],
        }
        for c in tables["claims"]
    ]


def _published(row: Record, shelf: Shelf, on_pages: Container[str]) -> View:
    """A published estimate and ours in words, and the place of ours where a page shows it."""
    words: View = {"question": question(row, shelf.settings, shelf.taxonomy)}
    words["place"] = place_of(row["analysis_id"]) if row["analysis_id"] in on_pages else ""
    for whose in ("their", "our") if row["overlap"] else ():
        values = (float(row[f"{whose}_{part}"]) for part in ("estimate", "low", "high"))
        words[whose] = effect_with_interval(row["measure"], *values)
    return words


def _search(views: Sequence[View], claims: Iterable[Record]) -> str:
    """The search index as a script, since pages on disk may not fetch: [words, page] pairs."""
    entries: dict[str, str] = {}
    for view in views:
        page = page_of(str(view["group"]))
        entries.setdefault(str(view["label"]), page)
        for trial in view["trials"]:  # type: ignore[attr-defined]
            entries.setdefault(f"{trial['study']} (trial)", trial["page"])
    for claim in claims:
        entries.setdefault(claim["statement"], f"claims.html#{anchor(claim['claim'])}")
    return f"window.INDEX = {script_json(sorted(entries.items()))};\n"


def _squeeze(text: str) -> str:
    """A page without indentation and empty lines."""
    return "\n".join(line for line in (raw.strip() for raw in text.splitlines()) if line) + "\n"


def entry_page(title: str) -> str:
    """The page beside the results that leads to the report."""
    return environment().get_template("index.html.j2").render(title=title)


class Site:
    """The report of one review: gives the text of every file by its path in the report's folder."""

    def __init__(
        self,
        config: Mapping[str, Any],
        settings: Settings,
        taxonomy: Taxonomy,
        tables: Tables,
        sof: Mapping[str, Sequence[SofTable]],
        libraries: Sequence[tuple[str, str]],
    ) -> None:
        self.config, self.tables, self.sof, self.libraries = config, tables, sof, libraries
        self.model, self.words = settings.model, model_words(settings.model)
        self.shelf: Shelf = shelve(tables, settings, taxonomy)
        self.templates: jinja2.Environment = environment()
        groups = sorted({*sof, *(f["group"] for f in tables["figures"])}, key=taxonomy.label)
        self.views = [treatment_view(g, sof.get(g, ()), self.shelf) for g in groups]
        self.figures = {g: [f for f in tables["summaries"] if f["group"] == g] for g in SUMMARIES}

    def page(self, name: str, up: str = "", **values: Any) -> str:
        """One page from its template; ``up`` leads from the page to the report's folder."""
        shared = {"site": self.config["title"], "up": up, "workbook": WORKBOOK}
        return _squeeze(self.templates.get_template(f"site/{name}.html.j2").render(**shared, **values))

    def _classes(self) -> list[str]:
        """The groups of whole classes, first those of the overviews in their order."""
        kinds = (c.kind for c in self.shelf.taxonomy.conditions.values())
        return [
            LEVEL_PREFIX["class"] + kind for kind in dict.fromkeys((*self.shelf.settings.figures["overview"]["classes"], *kinds))
        ]

    def files(self) -> Iterator[tuple[str, str]]:
        """Every file of the report: path and text."""
        tables = self.tables
        on_pages = {r["analysis_id"] for view in self.views for r in shown_rows(str(view["group"]), self.shelf)}
        claims = _claims(tables, on_pages, {str(v["group"]): str(v["label"]) for v in self.views})
        verdicts = Counter(c["verdict"] for c in tables["claims"])
        shared: dict[str, Any] = {"figures": self.figures, "counts": _counts(tables["accounts"], tables["pooled"])}
        wholes = [v for kind in self._classes() for v in self.views if v["group"] == kind and v["sentences"]]
        seen: dict[str, Any] = {"glance": glance(self.shelf), "wholes": wholes, "listing": self.views}
        seen["verdicts"] = [(words, verdicts[v]) for v, words in STATEMENT_WORDS.items() if verdicts[v]]
        seen["central"] = central_sentences(tables["central"])
        seen["untested"] = len(tables["not_tested"])
        yield "index.html", self.page("overview", "", **seen, **shared)
        for view in self.views:
            group = str(view["group"])
            told_of = explanation(self.words, self.sof.get(group, ()))
            yield page_of(group), self.page("treatment", up="../", model=self.model, explained=told_of, **view)
        offered = [(file, what, file.removesuffix(".csv")) for file, what in TABLES]
        values: dict[str, Any] = {
            "listing": self.views,
            "documents": sorted(self.sof),
            "figures": self.figures,
            "tables": offered,
        }
        yield "downloads.html", self.page("downloads", **values)
        listed = sorted((trial_line(t, self.shelf) for t in self.shelf.results), key=lambda v: str(v["study"]).casefold())
        yield "trials.html", self.page("trials", trials=listed)
        used = uses(self.shelf)
        for trial_id in self.shelf.results:
            yield page_of_trial(trial_id), self.page("trial", up="../", **trial_view(trial_id, self.shelf, used))
        documents = list(dict.fromkeys(str(c["document"]) for c in claims))
        said: dict[str, Any] = {
            "claims": claims,
            "documents": documents,
            "readings": tables["readings"],
            "words": STATEMENT_WORDS,
            "rules_fixed": next((c["rules_fixed"] for c in tables["claims"]), ""),
            "not_tested": tables["not_tested"],
        }
        yield "claims.html", self.page("claims", **said, **shared)
        compared = [{**r, **_published(r, self.shelf, on_pages)} for r in tables["published"]]
        yield "published.html", self.page("published", rows=compared, **shared)
        yield (
            "audit.html",
            self.page("audit", rows=tables["audit"], kinds=DOUBTS, pages={t: page_of_trial(t) for t in self.shelf.results}),
        )
        lines = list(_settings_lines({k: v for k, v in self.config.items() if k not in ("data", "pathvars")}))
        left_out = reasons(tables["accounts"])
        shared["explained"] = explanation(self.words, (table for group in self.sof.values() for table in group))
        told: dict[str, Any] = {"formulas": formulas(), "lines": lines, "libraries": self.libraries, "left_out": left_out}
        yield "methods.html", self.page("methods", **told, **shared)
        yield "search.js", _search(self.views, tables["claims"])
        folder = Path(__file__).parents[1] / "templates/site"
        for name in _STATIC:
            yield name, (folder / name).read_text(encoding="utf-8")
