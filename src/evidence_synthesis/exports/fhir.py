"""Pooled analyses as FHIR R5 ``Evidence`` resources (the EBMonFHIR project's exchange format for evidence).

Structure: https://hl7.org/fhir/R5/evidence.html. Codes: HL7 terminology's statistic-type, attribute-estimate-type,
certainty-type and certainty-rating systems. Where a code system has no code, the concept is given as text.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.exports.analyses import PublishedAnalysis
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.synthesis.rows.conclusions import Certainty

_LONGEST_ID = 64
_HL7 = "http://terminology.hl7.org/CodeSystem/"
STATISTICS = {
    "MD": ("0000457", "Mean Difference"),
    "SMD": ("0000100", "Standardized Mean Difference"),
    "RR": ("C93152", "Relative Risk"),
    "OR": ("C16932", "Odds Ratio"),
    "HR": ("C93150", "Hazard Ratio"),
    "RD": ("0000424", "Risk Difference"),
}
_INTERVAL, _P = ("C53324", "Confidence interval"), ("C44185", "P-value")
_I2, _TAU2, _Q = ("0000420", "I-squared"), ("0000421", "Tau squared"), ("0000419", "Cochran's Q statistic")
DOMAINS = {
    "risk_of_bias": ("RiskOfBias", "Risk of bias"),
    "inconsistency": ("Inconsistency", "Inconsistency"),
    "indirectness": ("Indirectness", "Indirectness"),
    "imprecision": ("Imprecision", "Imprecision"),
    "publication_bias": ("PublicationBias", "Publication bias"),
}
RATINGS = {
    **{"high": ("high", "High quality"), "moderate": ("moderate", "Moderate quality"), "low": ("low", "Low quality")},
    **{"very low": ("very-low", "Very low quality"), "not serious": ("no-concern", "no serious concern")},
    **{"serious": ("serious-concern", "serious concern"), "very serious": ("very-serious-concern", "very serious concern")},
}


def _kind(measure: str) -> dict[str, Any]:
    """The measure as a concept; in words alone where the code system has no code for it."""
    known = STATISTICS.get(measure)
    return _concept("statistic-type", known) if known else {"text": wording.MEASURES[measure]}


def _concept(system: str, code: tuple[str, str]) -> dict[str, Any]:
    return {"coding": [{"system": _HL7 + system, "code": code[0], "display": code[1]}], "text": code[1]}


def _estimate(
    kind: tuple[str, str] | str,
    value: float | None = None,
    limits: tuple[float | None, float | None] | None = None,
    level: float | None = None,
) -> dict[str, Any] | None:
    """An attribute estimate with a value or a range; None when there is neither."""
    if value is None and (limits is None or None in limits):
        return None
    made: dict[str, Any] = {"type": {"text": kind} if isinstance(kind, str) else _concept("attribute-estimate-type", kind)}
    if value is not None:
        made["quantity"] = {"value": value}
    if limits is not None:
        made["range"] = {"low": {"value": limits[0]}, "high": {"value": limits[1]}}
    return made | ({"level": level} if level is not None else {})


def _statistic(analysis: PublishedAnalysis, unit: str) -> dict[str, Any]:
    row = analysis.pooled
    estimates = [
        _estimate(_INTERVAL, limits=(row.ci_low, row.ci_high), level=0.95),
        _estimate("Prediction interval", limits=(row.prediction_low, row.prediction_high), level=0.95),
        _estimate(_P, row.p),
        _estimate(_TAU2, row.tau2),
        _estimate(_I2, row.i2),
        _estimate(_Q, row.q),
    ]
    size: dict[str, Any] = {"numberOfStudies": row.trials}
    if row.participants is not None and not row.trials_without_n:
        size["numberOfParticipants"] = round(row.participants)
    quantity: dict[str, Any] = {"value": row.estimate} | ({"unit": unit} if unit and analysis.measure == "MD" else {})
    return {
        "description": wording.fit_to_print(analysis.measure, *row.effect, unit=unit),
        "statisticType": _kind(analysis.measure),
        "quantity": quantity,
        "sampleSize": size,
        "attributeEstimate": [e for e in estimates if e is not None],
    }


def _variable(role: str, text: str) -> dict[str, Any]:
    return {"description": text, "variableRole": _concept("variable-role", (role, role)), "intended": {"display": text}}


def _certainty(row: Certainty) -> dict[str, Any]:
    parts = [
        {
            "type": _concept("certainty-type", DOMAINS[domain]),
            "rating": _concept("certainty-rating", RATINGS[row.rating(domain)]),
            "description": row.why(domain),
        }
        for domain in DOMAINS
    ]
    return {
        "type": _concept("certainty-type", ("Overall", "Overall certainty")),
        "rating": _concept("certainty-rating", RATINGS[row.certainty]),
        "subcomponent": parts,
    }


def _synthesis(model: Model) -> str:
    return "fixed-effect meta-analysis" if model.estimator == "FE" else f"random-effects meta-analysis ({model.estimator}, HKSJ)"


def evidence(analysis: PublishedAnalysis, settings: Settings) -> dict[str, Any]:
    """One analysis as an Evidence resource, in the words and units of the review's settings."""
    row, outcome = analysis.pooled, settings.outcome(analysis.pooled.outcome)
    label = {c.comparator: c.label for c in settings.comparators} | {p.population: p.label for p in settings.populations}
    term = next((w.label for w in settings.windows if w.term == row.term), row.term)
    made: dict[str, Any] = {
        "resourceType": "Evidence",
        "id": _identifier(f"{analysis.analysis_id}-{analysis.measure}"),
        "identifier": [{"value": f"{analysis.analysis_id} {analysis.measure}"}],
        "status": "draft",
        "title": analysis.title(settings),
        "description": f"{wording.count(row.trials, 'trial')}. Favours: {row.favours or 'neither'}.",
        "variableDefinition": [
            _variable("population", label[row.population]),
            _variable("exposure", row.group_label),
            _variable("referenceExposure", label[row.comparator]),
            _variable("measuredVariable", f"{outcome.label}, {wording.running(term)}"),
        ],
        "synthesisType": {"text": "single trial" if row.trials == 1 else _synthesis(settings.model)},
        "statistic": [_statistic(analysis, outcome.unit)],
    }
    if row.note:
        made["note"] = [{"text": row.note}]
    if analysis.certainty is not None:
        made["certainty"] = [_certainty(analysis.certainty)]
    return made


def _identifier(name: str) -> str:
    """A name as a FHIR id: letters, digits and dashes, 64 at most; longer ones end in a digest so that they stay apart."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name)
    return plain if len(plain) <= _LONGEST_ID else plain[:51] + "-" + hashlib.sha256(name.encode()).hexdigest()[:12]


def bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Several resources as one FHIR collection."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
