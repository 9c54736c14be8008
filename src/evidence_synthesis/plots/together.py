"""The figures of all treatments together: the central message, overview, claims, published estimates, flow, risk of bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence_synthesis.plots import central, claims, flow, published, risk_of_bias
from evidence_synthesis.plots.from_tables import all_harvests, all_overviews
from evidence_synthesis.plots.publish import Pictures
from evidence_synthesis.review.risk_of_bias import ROB1, ROB2
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.trials_in_analyses import join

TABLES = {  # name -> where it stands in the results
    **{"pooled": "tables/pooled", "certainty": "tables/certainty", "claims": "tables/claims"},
    **{"published": "tables/published_comparison", "accounts": "tables/row_accounting", "checked": "checked/trials"},
    **{"central": "tables/central_message", "trials": "tables/analysis_trials", "brought": "tables/trial_effects"},
}


def all_summaries(
    tables: Mapping[str, Sequence[Mapping[str, str]]], settings: Settings, taxonomy: Taxonomy
) -> dict[str, Pictures]:
    """Every figure of all treatments together, by group and name; ``tables`` has those of ``TABLES``. Empty ones are left out."""
    pooled, checked = tables["pooled"], tables["checked"]
    trials = join(tables["trials"], tables["brought"])
    groups: dict[str, Pictures] = {
        "central": {
            "central": central.gather(tables["central"], settings),
            **central.forests(pooled, trials, settings),
        },
        "overview": {
            **all_overviews(pooled, settings, taxonomy),
            **all_harvests(pooled, tables["certainty"], settings, taxonomy),
        },
        "claims": {"claims": claims.gather(tables["claims"])},
        "published": {"published": published.gather(tables["published"], settings, taxonomy)},
        "flow": {"flow": flow.gather(tables["accounts"], pooled)},
        "risk_of_bias": {
            "rob2": risk_of_bias.gather(checked, ROB2, "Risk of bias of the trials (RoB 2)"),
            "rob1": risk_of_bias.gather(checked, ROB1, "Risk of bias of the trials (first Cochrane tool)"),
        },
    }
    shown = {name: {n: p for n, p in pictures.items() if p.size()} for name, pictures in groups.items()}
    return {name: pictures for name, pictures in shown.items() if pictures}
