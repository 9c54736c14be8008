"""The figures of all treatments together: the central message, overview, claims, published estimates, flow, risk of bias."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evidence_synthesis.plots import central, claims, flow, other_reviews, published, risk_of_bias, through_time
from evidence_synthesis.plots.from_tables import all_harvests, all_overviews
from evidence_synthesis.plots.narrow import NarrowReviews, NarrowStrips
from evidence_synthesis.plots.publish import Pictures
from evidence_synthesis.review.risk_of_bias import ROB1, ROB2
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.rows.analyses import Membership, PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.conclusions import Certainty, PublishedComparison
from evidence_synthesis.synthesis.rows.figures import NARROW
from evidence_synthesis.synthesis.rows.other_reviews import BesideReviews, ReviewEstimate
from evidence_synthesis.synthesis.rows.results import RowAccount
from evidence_synthesis.synthesis.rows.statements import CentralLine, JudgedClaim
from evidence_synthesis.synthesis.rows.through_time import JudgedTwice, VerdictAtYear
from evidence_synthesis.synthesis.trials_in_analyses import read_trials

FILES = {  # name -> where it stands in the results
    **{"pooled": PooledResult.FILE, "certainty": Certainty.FILE, "claims": JudgedClaim.FILE},
    **{"published": PublishedComparison.FILE, "accounts": RowAccount.FILE, "checked": "checked/trials.csv"},
    **{"central": CentralLine.FILE, "trials": Membership.FILE, "brought": TrialEffect.FILE},
    **{"years": VerdictAtYear.FILE, "twice": JudgedTwice.FILE},
    **{"estimates": ReviewEstimate.FILE, "beside": BesideReviews.FILE},
}


def all_summaries(files: Mapping[str, Path], settings: Settings, taxonomy: Taxonomy) -> dict[str, Pictures]:
    """Every figure of all treatments together, by group and name; ``files`` has those of ``FILES``. Empty ones are left out.

    Raises BrokenTable.
    """
    pooled, checked = PooledResult.read(files["pooled"]), read_checked(files["checked"])
    judged = Certainty.read(files["certainty"])
    harvests = all_harvests(pooled, judged, settings, taxonomy)
    trials = read_trials(files["trials"], files["brought"])
    message = central.gather(CentralLine.read(files["central"]), settings)
    strips = through_time.gather(VerdictAtYear.read(files["years"]), JudgedTwice.read(files["twice"]))
    among = other_reviews.gather(ReviewEstimate.read(files["estimates"]), BesideReviews.read(files["beside"]))
    groups: dict[str, Pictures] = {
        "central": {
            "central": message,
            "guideline": central.message_of(message, settings),
            **central.forests(pooled, trials, settings),
        },
        "overview": {**all_overviews(pooled, judged, settings, taxonomy), **harvests},
        "claims": {"claims": claims.gather(JudgedClaim.read(files["claims"]))},
        "through_time": {"statements": strips, f"statements{NARROW}": NarrowStrips(strips)},
        "other_reviews": {"questions": among, f"questions{NARROW}": NarrowReviews(among)},
        "published": {"published": published.gather(PublishedComparison.read(files["published"]), settings, taxonomy)},
        "flow": {"flow": flow.gather(RowAccount.read(files["accounts"]), pooled)},
        "risk_of_bias": {
            "rob2": risk_of_bias.gather(checked, ROB2, "Risk of bias of the trials (RoB 2)"),
            "rob1": risk_of_bias.gather(checked, ROB1, "Risk of bias of the trials (first Cochrane tool)"),
        },
    }
    shown = {name: {n: p for n, p in pictures.items() if p.size()} for name, pictures in groups.items()}
    return {name: pictures for name, pictures in shown.items() if pictures}
