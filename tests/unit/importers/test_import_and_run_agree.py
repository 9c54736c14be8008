"""An effect is one number: what an import pools of a row is what a run makes of the same row in a review's package."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import trial_row

from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.importers import review, tabular
from evidence_synthesis.importers.shapes import rows_of
from evidence_synthesis.importers.trial_rows import trial_rows
from evidence_synthesis.review.schema import PERSON_TIME, parse_result
from evidence_synthesis.review.settings import Settings

TABLES = {
    "means": "study,n_t,mean_t,sd_t,n_c,mean_c,sd_c\nA,40,12,2.5,41,14,2.7\n",
    "variances": "study,n_t,mean_t,var_t,n_c,mean_c,var_c\nA,40,12,6.25,41,14,7.29\n",
    "standard errors": "study,n_t,mean_t,se_t,n_c,mean_c,se_c\nA,40,12,0.4,41,14,0.5\n",
    "intervals of arms": "study,n_t,mean_t,ci_low_t,ci_high_t,n_c,mean_c,ci_low_c,ci_high_c\nA,40,12,11,13,41,14,13,15.2\n",
    "quartiles": "study,n_t,median_t,q1_t,q3_t,n_c,median_c,q1_c,q3_c\nA,40,12,9,16,41,14,10,17\n",
    "width of quartiles": "study,n_t,median_t,iqr_t,n_c,median_c,iqr_c\nA,40,12,6,41,14,7\n",
    "ranges": "study,n_t,median_t,range_t,n_c,median_c,range_c\nA,40,12,5-25,41,14,4-29\n",
    "events": "study,Drug,Placebo\nA,12/30,15/31\n",
    "no event in one arm": "study,ai,n1i,ci,n2i\nA,0,30,5,31\n",
    "person-time": "study,x1i,t1i,x2i,t2i\nA,15,100.5,30,101\n",
    "person-time of people": "study,events_t,n_t,person_years_t,events_c,n_c,person_years_c\nA,45,40,100.5,60,41,101\n",
    "means with the p of their difference": "study,n_t,mean_t,n_c,mean_c,p\nA,12,20,13,25,0.03\n",
    "means with one SD": "study,n_t,mean_t,n_c,mean_c,Pooled SD\nA,12,20,13,25,5.5\n",
    "ratio with its z": "study,OR,z\nA,0.6,-2.4\n",
    "risk difference in per cent": "study,RD (%),lower,upper\nA,-8,-14,-2\n",
    "difference with limits": "study,n_t,n_c,MD,lower,upper\nA,12,13,-5,-9,-1\n",
    "difference with p": "study,n_t,n_c,MD,p\nA,12,13,-5,0.03\n",
    "difference with its error": "study,n_t,n_c,MD,SE\nA,12,13,-5,2\n",
    "standardised difference with its variance": "study,Hedges' g,Variance\nA,-0.5,0.04\n",
    "ratio with limits": "study,HR,95% CI\nA,0.6,0.4 to 0.9\n",
    "ratio with limits of 90 per cent": "study,HR,lower 90% CI,upper 90% CI\nA,0.6,0.4,0.9\n",
    "ratio with p": "study,OR,p\nA,0.6,0.03\n",
    "logarithm with its error": "study,logHR,selogHR\nA,-0.5108,0.2\n",
    "logarithm with its variance": "study,yi,vi\nA,-0.5108,0.04\n",
    "log-rank statistics": "study,O-E,V\nA,-5.2,10.1\n",
    "the other way round": "study,treat1,treat2,TE,seTE\nA,placebo,drug,0.5,0.2\n",
}
_AS = {"generic": "MD", "generic ratio": "HR", "Peto OR": "OR"}


@pytest.mark.parametrize("kind", TABLES)
def test_import_and_run_agree(kind: str, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLES[kind], encoding="utf-8")
    table = tabular.read_table(path)
    made = review.bring_in(rows_of(table.rows, tabular.mapped(table, None, ""), path.name))
    [(number, found)] = made.analyses.items()
    assert found is not None
    [(effect, _)] = made.effects[number]
    assert effect is not None
    measure = _AS.get(found.measure.name, found.measure.name)
    about = {
        "treatment": "massage",
        "comparator": "sham",
        "outcome": "adverse_event" if found.measure.is_ratio or measure == "RD" else "pain",
    }
    asked = {"measure": measure, "scale_min": "0", "scale_max": "100", "higher_is_worse": "yes", "weeks": "12"}
    blank = dict.fromkeys((*trial_row("x"), *PERSON_TIME), "")
    [cells] = trial_rows(review.for_package(made), {number: about | asked}, "review", blank.keys())
    run = convert(parse_result(blank | cells | {"decision": "", "decision_reason": ""}), settings)
    assert measure in run.estimates, run.problems
    assert (run.estimates[measure].yi, run.estimates[measure].vi) == pytest.approx((effect.yi, effect.vi), rel=1e-6)
