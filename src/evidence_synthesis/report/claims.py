"""The page of the documents' statements: each with its parts, and the way to the results and trials behind them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence

from evidence_synthesis.report.links import page_of, page_of_trial, place_of
from evidence_synthesis.report.shelf import ReportTables
from evidence_synthesis.report.views.pages import Figures, Named
from evidence_synthesis.report.views.statements import ClaimsPage, ClaimView, StatementPartView, VerdictCount
from evidence_synthesis.review.claims_file import SECONDARY
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.synthesis.rows.statements import MIXED, JudgedClaim, JudgedPart
from evidence_synthesis.wording import (
    REGION_WORDS,
    STATEMENT_RULES,
    STATEMENT_WORDS,
    UNKNOWN_UNIT,
    count,
    effect,
    fit_to_print,
    in_unit,
    printing,
    statement_verdict,
)

_AGAINST = ("contradicted", "overtaken", "leaning_against")  # verdicts whose statements the page names before all others


def _nearest(part: JudgedPart, unit: str) -> str:
    """The limit that lies nearest to an end of what is claimed, and how far away it is: a distance, or a factor."""
    if not part.nearest or part.distance is None:
        return ""
    if part.measure in RATIOS:
        return f"{part.nearest}: a factor of {effect(part.measure, math.exp(part.distance))}"
    far = (
        f"{part.distance:.2g}" if part.distance <= printing(part.measure, unit).furthest else effect(part.measure, part.distance)
    )
    return f"{part.nearest}: {far}{in_unit(part.measure, unit)}"


def _universes(part: JudgedPart) -> str:
    """In what share of the universes with data a part has each verdict, in words."""
    shares = {verdict: part.universes_with(verdict) for verdict in REGION_WORDS}
    return ", ".join(f"{statement_verdict(verdict)} {100 * share:.0f} %" for verdict, share in shares.items() if share)


def _unit(part: JudgedPart, domain_of: Mapping[str, str], settings: Settings) -> str:
    """The unit of a part's mean difference where it is one of its own: of its analysis, else of the results behind it.

    It is not known where these are of outcomes in several units.
    """
    if part.analysis_id:
        return settings.outcome(AnalysisKey.parse(part.analysis_id).outcome).own_unit(part.measure)
    domains = {domain_of[row_id] for row_id in part.rows if row_id in domain_of}
    units = {o.own_unit(part.measure) for o in settings.outcomes if o.domain in domains and part.measure in o.measures}
    return units.pop() if len(units) == 1 else UNKNOWN_UNIT if settings.natural_units else ""


def _part(
    part: JudgedPart,
    on_pages: Container[str],
    trial_of: Mapping[str, Named],
    domain_of: Mapping[str, str],
    overlap: str,
    settings: Settings,
) -> StatementPartView:
    """A part for the page; ``overlap`` tells how far the reviews beside it rest on the same trials."""
    shown, unit = "", _unit(part, domain_of, settings)
    if part.estimate is not None and part.ci_low is not None and part.ci_high is not None:
        words = fit_to_print(part.measure, part.estimate, part.ci_low, part.ci_high, unit=unit)
        shown = f"{part.measure} {words}{in_unit(part.measure, unit)}"
    return StatementPartView(
        says=part.says,
        secondary=part.reading == SECONDARY,
        words=statement_verdict(part.verdict),
        claimed=part.claimed.replace("_", " "),
        shown=shown,
        place=place_of(part.analysis_id) if shown and part.analysis_id in on_pages else "",
        trials=part.trials,
        behind=sorted({trial_of[row_id] for row_id in part.rows}),
        certainty=part.certainty,
        reason=part.reason,
        without_doubtful=part.without_doubtful,
        beside="; ".join(filter(None, (part.beside, overlap))),
        universes=_universes(part),
        nearest=_nearest(part, unit),
    )


def _counts(claims: Sequence[JudgedClaim]) -> list[VerdictCount]:
    """How many statements have each verdict, and how many of their parts; those that none has stand there, too."""
    found = Counter(c.verdict for c in claims)
    return [
        VerdictCount(v, words, STATEMENT_RULES[v], found[v], None if v == MIXED else sum(int(getattr(c, v)) for c in claims))
        for v, words in STATEMENT_WORDS.items()
    ]


def _documents(claims: Sequence[JudgedClaim]) -> dict[str, str]:
    """The documents, each with how many of its statements have which verdict, in words."""
    found: dict[str, Counter[str]] = {}
    for c in claims:
        found.setdefault(c.document, Counter())[c.verdict] += 1
    said = {d: ", ".join(f"{n[v]} {words}" for v, words in STATEMENT_WORDS.items() if n[v]) for d, n in found.items()}
    return {d: f"{count(found[d].total(), 'statement')}: {words}" for d, words in said.items()}


def _lead(claims: Sequence[JudgedClaim]) -> str:
    """What the trials make of the statements, in a few sentences; what is not looked at and what is mixed are told apart."""
    if not claims:
        return "No statement of a document is put to a test."
    n = {verdict: sum(c.verdict == verdict for c in claims) for verdict in STATEMENT_WORDS}
    said = {verdict: number or "none" for verdict, number in n.items()}
    documents, firmer = count(len({c.document for c in claims}), "document"), sum(bool(c.firmer) for c in claims)
    sentences = [
        f"Of {count(len(claims), 'statement')} in {documents}, the trials support {said['supported']} in full and contradict "
        f"{said['contradicted']}.",
        f"They lean towards {said['leaning']}, lean against {said['leaning_against']}, and leave {said['open']} open.",
        f"{n['mixed']} {'is' if n['mixed'] == 1 else 'are'} mixed: some parts fare better than others." if n["mixed"] else "",
        f"No trial that was read here has looked at {n['not_looked_at']}." if n["not_looked_at"] else "",
        f"{_say(n['still_unproven'])} that something is unproven, and it still is." if n["still_unproven"] else "",
        f"{_say(n['overtaken'])} that something is unproven, and it has since been shown." if n["overtaken"] else "",
        f"{firmer} {'is' if firmer == 1 else 'are'} put as certain, although the trials leave us very unsure." if firmer else "",
    ]
    return " ".join(filter(None, sentences))


def _say(number: int) -> str:
    return f"{number} {'says' if number == 1 else 'say'}"


def _against(claims: Sequence[JudgedClaim]) -> list[tuple[str, list[JudgedClaim]]]:
    """The statements that trials speak against, by verdict in words."""
    found = {verdict: [c for c in claims if c.verdict == verdict] for verdict in _AGAINST}
    return [(statement_verdict(verdict), some) for verdict, some in found.items() if some]


def claims_page(
    tables: ReportTables,
    on_pages: Container[str],
    labels: Mapping[str, str],
    figures: Figures,
    settings: Settings,
    site: str,
) -> ClaimsPage:
    """The page of all statements.

    ``on_pages`` are the analyses that pages show, ``labels`` those of the groups with a page, ``site`` the report's title.
    """
    trial_of = {r["row_id"]: (r["study"], page_of_trial(r["trial_id"])) for r in tables.checked}
    domain_of = {r["row_id"]: r["outcome"] for r in tables.checked}
    overlaps = {(row.claim, row.part): row.overlap for row in tables.beside if row.reviews > 1}
    parts: dict[str, list[StatementPartView]] = {}
    about: dict[str, dict[str, None]] = {}
    for part in tables.detail:
        about.setdefault(part.claim, {}).update(dict.fromkeys(g for g in part.groups if g in labels))
        parts.setdefault(part.claim, []).append(
            _part(part, on_pages, trial_of, domain_of, overlaps.get((part.claim, part.part), ""), settings)
        )
    views = [
        ClaimView(
            row=c,
            stated=c.stated_certainty.replace("_", " "),
            parts=parts.get(c.claim, []),
            pages=[(labels[group], page_of(group)) for group in about.get(c.claim, {})],
        )
        for c in tables.claims
    ]
    return ClaimsPage(
        site=site,
        lead=_lead(tables.claims),
        counts=_counts(tables.claims),
        against=_against(tables.claims),
        rules_fixed=next((c.rules_fixed for c in tables.claims), ""),
        claims=views,
        documents=_documents(tables.claims),
        words=STATEMENT_WORDS,
        readings=tables.readings,
        not_tested=tables.not_tested,
        figures=figures,
    )
