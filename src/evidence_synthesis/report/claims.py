"""The page of the documents' statements: each with its tests, and the way to the results and trials behind them."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping

from evidence_synthesis.report.links import page_of, page_of_trial, place_of
from evidence_synthesis.report.shelf import ReportTables
from evidence_synthesis.report.views import ClaimsPage, ClaimTestView, ClaimView, Figures, Named
from evidence_synthesis.review.schema import RATIOS
from evidence_synthesis.synthesis.rows.conclusions import ClaimTest
from evidence_synthesis.wording import effect_with_interval, verdict


def _nearest(test: ClaimTest) -> str:
    """The threshold that lies nearest to another verdict, and how far away it is: a distance, or a factor."""
    if not test.nearest_flip or test.distance is None:
        return ""
    far = f"a factor of {math.exp(test.distance):.2f}" if test.measure in RATIOS else f"{test.distance:.2g}"
    return f"{test.nearest_flip}: {far}"


def _test(test: ClaimTest, on_pages: Container[str], trial_of: Mapping[str, Named]) -> ClaimTestView:
    shown = ""
    if test.estimate is not None and test.ci_low is not None and test.ci_high is not None:
        shown = f"{test.measure} " + effect_with_interval(test.measure, test.estimate, test.ci_low, test.ci_high)
    pooled = test.basis in ("pooled", "direct") and test.analysis_id in on_pages
    return ClaimTestView(
        question=test.question,
        opinion=test.opinion,
        verdict=verdict(test.verdict),
        agree=", ".join(verdict(v.strip()) for v in test.agree.split(";")),
        shown=shown,
        place=place_of(test.analysis_id) if pooled else "",
        trials=test.trials,
        behind=sorted({trial_of[row_id] for row_id in test.rows}),
        certainty=test.certainty,
        universes="" if test.same_verdict is None else f"{100 * test.same_verdict:.0f} %",
        nearest=_nearest(test),
        direct=test.direct,
        network=test.network,
        reason=test.reason,
    )


def claims_page(
    tables: ReportTables, on_pages: Container[str], labels: Mapping[str, str], figures: Figures, site: str
) -> ClaimsPage:
    """The page of all statements.

    ``on_pages`` are the analyses that pages show, ``labels`` those of the groups with a page, ``site`` the report's title.
    """
    trial_of = {r["row_id"]: (r["study"], page_of_trial(r["trial_id"])) for r in tables.checked}
    tests: dict[str, list[ClaimTestView]] = {}
    about: dict[str, dict[str, None]] = {}
    for test in tables.detail:
        about.setdefault(test.claim, {}).update(dict.fromkeys(g for g in test.groups if g in labels))
        tests.setdefault(test.claim, []).append(_test(test, on_pages, trial_of))
    statements = {c.claim: c.statement for c in tables.claims}
    views = [
        ClaimView(
            row=c,
            tests=tests.get(c.claim, []),
            earlier=statements.get(c.rules_of, ""),
            pages=[(labels[group], page_of(group)) for group in about.get(c.claim, {})],
        )
        for c in tables.claims
    ]
    return ClaimsPage(
        site=site,
        claims=views,
        documents=list(dict.fromkeys(c.document for c in tables.claims)),
        readings=tables.readings,
        not_tested=tables.not_tested,
        figures=figures,
    )
