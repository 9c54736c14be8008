"""The paragraph of methods to paste, for a group of treatments and for the whole, and its references for a reference manager."""

from __future__ import annotations

from collections.abc import Iterable

import evidence_synthesis
from evidence_synthesis.exports.references import ris
from evidence_synthesis.review.settings import POINTS_UNIT, Settings
from evidence_synthesis.storage.files import Cells

# author, year, title, journal, DOI of what the paragraph cites
_REFERENCES = {
    "REML": (
        *("Viechtbauer", "2005", "Bias and efficiency of meta-analytic variance estimators in the random-effects model"),
        *("Journal of Educational and Behavioral Statistics", "10.3102/10769986030003261"),
    ),
    "HKSJ": (
        *("IntHout", "2014"),
        "The Hartung-Knapp-Sidik-Jonkman method for random effects meta-analysis is straightforward and considerably "
        "outperforms the standard DerSimonian-Laird method",
        *("BMC Medical Research Methodology", "10.1186/1471-2288-14-25"),
    ),
    "floor": (
        *(
            "R\u00f6ver",
            "2015",
            "Hartung-Knapp-Sidik-Jonkman approach and its modification for random-effects meta-analysis with few studies",
        ),
        *("BMC Medical Research Methodology", "10.1186/s12874-015-0091-1"),
    ),
    "prediction": (
        *("Higgins", "2009", "A re-evaluation of random-effects meta-analysis"),
        *("Journal of the Royal Statistical Society: Series A", "10.1111/j.1467-985X.2008.00552.x"),
    ),
    "certainty": (
        *("Guyatt", "2008", "GRADE: an emerging consensus on rating quality of evidence and strength of recommendations"),
        *("BMJ", "10.1136/bmj.39489.470347.AD"),
    ),
    "words": (
        *(
            "Santesso",
            "2020",
            "GRADE guidelines 26: informative statements to communicate the findings of systematic reviews of interventions",
        ),
        *("Journal of Clinical Epidemiology", "10.1016/j.jclinepi.2019.10.014"),
    ),
}


def _cited(name: str) -> str:
    author, year, *_, doi = _REFERENCES[name]
    return f"{author} {year}, doi:{doi}"


def _model(settings: Settings) -> list[str]:
    model = settings.model
    if model.estimator == "FE":
        return ["Effects were pooled with the fixed-effect model, by inverse variances, with Wald intervals."]
    tau2 = f"{model.estimator} ({_cited('REML')})" if model.estimator == "REML" else model.estimator
    floor = f", with the variance factor kept at 1 or above ({_cited('floor')})" if model.floor else ""
    return [
        f"Effects were pooled with a random-effects model; tau2 was estimated by {tau2}, and 95% intervals follow Hartung, "
        f"Knapp, Sidik and Jonkman ({_cited('HKSJ')}){floor}.",
        f"Prediction intervals use t on k - 1 degrees of freedom ({_cited('prediction')}).",
    ]


def _outcomes(settings: Settings) -> str:
    """The outcomes of the overviews with scale and smallest worthwhile effect."""
    found = []
    for name in settings.figures["overview"]["outcomes"]:
        outcome = settings.outcome(name)
        measure = outcome.measures[0]
        unit = outcome.unit if measure == "MD" else measure
        found.append(f"{outcome.label.lower()} ({outcome.thresholds[measure]:g} {unit})")
    return " and ".join(found)


def _scales(settings: Settings) -> str:
    """On which scale mean differences were pooled, and in which direction."""
    units = [o for o in settings.outcomes if o.natural]
    names = ", ".join(dict.fromkeys(o.unit for o in units if o.unit))
    own = f"Mean differences were pooled in the unit that trials print ({names})"
    if not units:
        return "Scales were brought to 0 to 100 points, so that negative differences favour the treatment"
    points = any(o.unit == POINTS_UNIT for o in settings.outcomes)
    return own + (", other scales brought to 0 to 100 points" if points else "")


def methods_text(subject: str, trials: int, results: int, settings: Settings) -> str:
    """The paragraph: what was read, on which scale, by which model, rated how; ``made_with`` names the versions.

    ``subject`` names the treatments in running text; ``trials`` and ``results`` count what was read of them.
    """
    sentences = [
        f"We read {results} results of {trials} randomised trials of {subject}.",
        f"{_scales(settings)}; of several results of a "
        "trial the one nearest to the target of its window of follow-up counts "
        f"({'; '.join(w.label[:1].lower() + w.label[1:] for w in settings.windows)}).",
        f"Smallest worthwhile effects: {_outcomes(settings)}.",
        *_model(settings),
        f"Certainty was proposed by rule after GRADE ({_cited('certainty')}), and findings are worded after its guidance "
        f"({_cited('words')}).",
    ]
    return " ".join(sentences)


def made_with(evidence: str, libraries: Iterable[tuple[str, str]]) -> str:
    """The sentence that ends the paragraph: versions of the evidence (empty: none yet), of the software and its libraries."""
    versions = {"evidence-synthesis": str(evidence_synthesis.__version__), **dict(libraries)}
    of_data = f"Version of the evidence {evidence}. " if evidence else ""
    return f"{of_data}Computed with {', '.join(f'{name} {number}' for name, number in versions.items())}."


def references(sources: Iterable[Cells] = ()) -> str:
    """What the paragraph cites, then some sources of results, as RIS."""
    names = ("source_id", "kind", "label", "first_author", "year", "journal", "title", "pmid", "pmcid", "doi", "registry", "url")
    own = []
    for name, (author, year, title, journal, doi) in _REFERENCES.items():
        values = {"source_id": f"methods-{name}", "first_author": author, "year": year, "title": title, "journal": journal}
        own.append({**dict.fromkeys(names, ""), **values, "doi": doi})
    return ris([*own, *sources])
