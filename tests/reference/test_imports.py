"""Importers against published numbers: Cochrane reviews' own analyses, and metadat's data sets under metafor's names."""

from __future__ import annotations

import csv
import json
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import real_rows

from evidence_synthesis.cli import main
from evidence_synthesis.effects.formulas import Estimate
from evidence_synthesis.importers import cochrane, review, tabular
from evidence_synthesis.importers.guess import guess
from evidence_synthesis.importers.mapping import ColumnMap, mapping_of
from evidence_synthesis.importers.models import reml_weights
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.importers.shapes import rows_of
from evidence_synthesis.review.package import DataFaults

HERE = Path(__file__).parent
FIELDS = {
    **{"Experimental mean": "mean_t", "Experimental SD": "sd_t", "Experimental cases": "events_t", "Experimental N": "n_t"},
    **{"Control mean": "mean_c", "Control SD": "sd_c", "Control cases": "events_c", "Control N": "n_c"},
    **{
        "Study": "study",
        "Weight": "review_weight",
        "Mean": "review_effect",
        "CI start": "review_ci_low",
        "CI end": "review_ci_high",
    },
}
# Trials whose printed effect does not follow from the printed numbers, and why (see test_cochrane.py).
NOT_REPRODUCED = {"Cecchi 2010"}


# Read row by row; of others single rows stand in the data.
WHOLE = {f"review-{name}" for name in ("cd004871", "cd008112", "cd011225", "cd014428", "cd015083")}


def published() -> dict[tuple[str, str], list[dict[str, str]]]:
    """The rows of each analysis of the Cochrane reviews in the data, as printed there."""
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in real_rows():
        if row["review_weight"] and row["read_in"] in WHOLE:
            found[row["read_in"], row["source_location"]].append(row)
    return dict(found)


ANALYSES = published()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, review.Imported]:
    """Each review, written as the Cochrane Library writes data rows and read back."""
    folder = tmp_path_factory.mktemp("data-rows")
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for (name, place), group in ANALYSES.items():
        number = place.removeprefix("analysis ").split(",")[0]
        for row in group:
            cells = {header: row[column] for header, column in FIELDS.items()}
            first, _, second = number.partition(".")
            rows[name].append(
                {"Analysis group": first, "Analysis number": second, "Analysis name": place, "Subgroup": "", **cells}
            )
    made = {}
    for name, lines in rows.items():
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(cochrane.HEADERS.values()))
            writer.writeheader()
            writer.writerows(lines)
        made[name] = review.bring_in(cochrane.read_cochrane(folder / f"{name}.csv"))
    return made


def test_every_published_analysis_gets_the_measure_that_its_review_used(imported: dict[str, review.Imported]) -> None:
    checked = 0
    for (name, place), group in ANALYSES.items():
        number = place.removeprefix("analysis ").split(",")[0]
        found = imported[name].analyses[number]
        assert found is not None
        measures = {r["review_measure"] for r in group}
        studies = {r.study for r, same in zip(found.rows, found.same, strict=True) if same is not True}
        assert {found.measure.name} == measures, (name, place)
        assert studies <= NOT_REPRODUCED, (name, place, studies)
        checked += 1
    assert checked >= 75


def test_the_model_is_known_wherever_the_printed_weights_are_whole(imported: dict[str, review.Imported]) -> None:
    models: dict[str, int] = defaultdict(int)
    for made in imported.values():
        for found in made.analyses.values():
            assert found is not None
            weights = [r.weight for r, e in zip(found.rows, found.estimates, strict=True) if e is not None]
            if len(weights) > 1 and abs(sum(w or 0 for w in weights) - 100) < 1:
                assert found.model, found.rows[0].name
                models[found.model] += 1
    assert sum(models.values()) >= 25
    assert {"fixed, IV", "random, IV", "random, MH"} <= set(models)


def from_r(name: str, folder: Path) -> Path:
    """A data set of metadat as CSV, with metafor's column names."""
    path = folder / f"{name}.csv"
    code = f"suppressPackageStartupMessages(library(metadat)); write.csv({name}, '{path}', row.names = FALSE, na = '')"
    subprocess.run(["Rscript", "-e", code], check=True, capture_output=True)
    return path


def guessed(path: Path) -> tuple[ColumnMap, list[StudyRow]]:
    header, lines = tabular.read_any(path)
    mapping = guess(header, lines)
    return mapping, rows_of(lines, mapping, path.name)


@pytest.mark.parametrize(
    ("name", "measure", "known"),
    [
        ("dat.bcg", "RR", "bcg_rr"),
        ("dat.normand1999", "MD", "normand1999_md"),
        ("dat.raudenbush1985", "generic", "raudenbush1985"),
        ("dat.hackshaw1998", "OR", "hackshaw1998"),
        ("dat.lee2004", "RR", "lee2004"),
    ],
)
def test_metafor_data_sets_are_read_by_their_column_names(name: str, measure: str, known: str, tmp_path: Path) -> None:
    mapping, rows = guessed(from_r(name, tmp_path))
    assert (mapping.shape, mapping.measure) == ("wide", measure)
    made = review.bring_in(rows)
    (pooled,) = made.pooled.values()
    expected = json.loads((HERE / "metafor.json").read_text())["pooled"][known]["REML"]
    assert pooled["estimate"] == pytest.approx(expected["estimate"], rel=1e-6)
    assert pooled["tau2"] == pytest.approx(expected["tau2"], rel=1e-6, abs=1e-9)
    assert (pooled["ci_low"], pooled["ci_high"]) == pytest.approx((expected["adhoc_low"], expected["adhoc_high"]), rel=1e-6)


ESCALC = {  # of data sets that the import reads by itself, as their documentation has it
    "dat.hart1999": ("IRR", "x1i=x1i, t1i=t1i, x2i=x2i, t2i=t2i"),
    "dat.nielweise2008": ("IRR", "x1i=x1i, t1i=t1i, x2i=x2i, t2i=t2i"),
    "dat.damico2009": ("RR", "ai=xt, n1i=nt, ci=xc, n2i=nc"),
    "dat.dorn2007": ("RR", "ai=x.a, n1i=n.a, ci=x.p, n2i=n.p"),
    "dat.viechtbauer2021": ("RR", "ai=xTi, n1i=nTi, ci=xCi, n2i=nCi"),
    "dat.colditz1994": ("RR", "ai=tpos, bi=tneg, ci=cpos, di=cneg"),
    "dat.laopaiboon2015": ("RR", "ai=ai, n1i=n1i, ci=ci, n2i=n2i"),
    "dat.gibson2002": ("MD", "m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i"),
}
REFUSED = {  # with what is said
    "dat.fine1993": "one outcome",
    "dat.lopez2019": "'treatment' names controls, too",
    "dat.cannon2006": "one outcome",
    "dat.collins1985a": "one outcome",
    "dat.kearon1998": "diagnostic accuracy",
    "dat.pritz1997": "each row here is one group",
    "dat.molloy2014": "these are correlations",
    "dat.vanhowe1999": "which of non, cir",
}


@pytest.mark.parametrize("name", ESCALC)
def test_data_sets_are_pooled_as_by_escalc(name: str, tmp_path: Path) -> None:
    measure, arguments = ESCALC[name]
    mapping, rows = guessed(from_r(name, tmp_path))
    assert mapping.measure == measure
    [pooled] = review.bring_in(rows).pooled.values()
    code = (
        "suppressPackageStartupMessages({library(metadat); library(metafor)}); "
        f"d <- escalc('{measure}', {arguments}, data={name}, drop00=TRUE); "
        "cat(format(unlist(rma(yi, vi, data=d, test='adhoc')[c('beta', 'ci.lb', 'ci.ub')]), digits=12))"
    )
    done = subprocess.run(["Rscript", "-e", code], check=True, capture_output=True, text=True)
    expected = [float(v) for v in done.stdout.split()]
    assert [pooled[n] for n in ("estimate", "ci_low", "ci_high")] == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", REFUSED)
def test_data_sets_that_are_no_comparison_are_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataFaults) as refused:
        guessed(from_r(name, tmp_path))
    assert REFUSED[name] in str(refused.value.faults[0])


def test_a_data_set_with_one_row_for_each_arm(tmp_path: Path) -> None:
    header, lines = tabular.read_any(from_r("dat.hasselblad1998", tmp_path))
    entry = {"shape": "long", "reference": "no_contact", "measure": "OR"}
    entry["columns"] = {"study": "study", "arm": "trt", "n": "ni", "events": "xi"}
    with_reference = {row["study"] for _, row in lines if row["trt"] == "no_contact"}
    kept = [(n, row) for n, row in lines if row["study"] in with_reference]
    rows = rows_of(kept, mapping_of(entry, header, "mapping.yaml"), "hasselblad.csv")
    made = review.bring_in(rows)
    by_hand = next(r for r in rows if r.name == "self_help")
    assert by_hand.events_c == float(
        next(row["xi"] for _, row in kept if row["study"] == by_hand.study and row["trt"] == "no_contact")
    )
    assert {a.measure.name for a in made.analyses.values() if a} == {"OR"}
    assert set(made.analyses) == {"self_help", "ind_counseling", "grp_counseling"}


def test_metafor_reproduces_every_committed_analysis(tmp_path: Path) -> None:
    """The exported script pools all analyses of the committed results with metafor: six digits, every one of them."""
    root = HERE.parents[1]
    made = CliRunner().invoke(
        main,
        [
            *("export", "metafor", "--results", str(root / "results"), "--config", str(root / "config/config.yaml")),
            *("--out", str(tmp_path)),
        ],
    )
    assert made.exit_code == 0, made.output
    done = subprocess.run(["Rscript", "pool.R"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    counted = int(done.stdout.split(" analyses")[0].split()[-1])
    with (root / "results/tables/pooled.csv").open(newline="") as stream:
        assert counted == sum(1 for _ in csv.DictReader(stream))


def metafor(code: str) -> list[float]:
    """Numbers that an R script prints, one a line."""
    script = f"suppressPackageStartupMessages({{library(metafor); library(metadat)}}); {code}"
    done = subprocess.run(["Rscript", "-e", script], check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


PAIRS = [  # data set, the pair of treatments, its name here, and the columns of both arms in R
    (
        "dat.franchini2012",
        "Pramipexole vs Placebo",
        "d <- dat.franchini2012; a <- d[d$Treatment1 == 'Placebo' & d$Treatment2 == 'Pramipexole', ];"
        "e <- escalc('MD', m1i = y2, sd1i = sd2, n1i = n2, m2i = y1, sd2i = sd1, n2i = n1, data = a);",
    ),
    (
        "dat.senn2013",
        "metformin vs placebo",
        "d <- dat.senn2013; t <- d[d$treatment == 'metformin', ]; p <- d[d$treatment == 'placebo', ];"
        "a <- merge(t, p, by = 'study');"
        "e <- escalc('MD', m1i = mi.x, sd1i = sdi.x, n1i = ni.x, m2i = mi.y, sd2i = sdi.y, n2i = ni.y, data = a);",
    ),
    (
        "dat.linde2016",
        "SSRI vs Placebo",
        "d <- dat.linde2016; w <- c('SSRI', 'Placebo'); a <- d[d$treat1 %in% w & d$treat2 %in% w, ];"
        "s <- ifelse(a$treat1 == 'SSRI', 1, -1); e <- data.frame(yi = s * a$lnOR, vi = a$selnOR^2);",
    ),
]


@pytest.mark.parametrize(("name", "pair", "code"), PAIRS, ids=[p[0] for p in PAIRS])
def test_each_pair_of_a_network_table_is_pooled_as_metafor_pools_it(name: str, pair: str, code: str, tmp_path: Path) -> None:
    """One row with numbered arms, one row an arm, and contrasts (netmeta's columns)."""
    _, rows = guessed(from_r(name, tmp_path))
    made = review.bring_in(rows)
    pooled = made.pooled[pair]
    rma = "m <- rma(yi, vi, data = e, test = 'adhoc', control = list(threshold = 1e-12, maxiter = 1000));"
    expected = metafor(code + rma + "cat(m$k, m$beta, m$ci.lb, m$ci.ub, sep = '\\n')")
    assert len([r for r in rows if r.analysis == pair]) == expected[0] > 1
    assert (pooled["estimate"], pooled["ci_low"], pooled["ci_high"]) == pytest.approx(expected[1:], rel=1e-5)


# RevMan 5's export of the examples of Fleiss (1993), as the R package meta brings it along: some columns, its printed totals.
EXPORT = """Comparison Number,Outcome Number,Subgroup Number,Name,Data Type,Statistical Method,Effect Measure,Analysis Model,\
Events 1,Mean 1,SD 1,Total 1,Events 2,Mean 2,SD 2,Total 2,Effect Estimate,SE,CI Start,CI End,Weight,Year of study
1,0,0,Examples from Fleiss (1993),,,,,,,,,,,,,,,,,,
1,1,0,Aspirin for Preventing Death,DIC,MH,OR,Fixed,2128,,,14186,2286,,,13817,0.89686556,,0.8405144,0.95699471,100,
1,1,0,MRC-1,,,,,49,0,0,615,67,0,0,624,0.71971415,0.19721981,0.48897453,1.05933628,3.17649,1974
1,1,0,CDP,,,,,44,0,0,758,64,0,0,771,0.6807598,0.20289717,0.4573909,1.01321191,3.10168911,1976
1,1,0,MRC-2,,,,,102,0,0,832,126,0,0,850,0.80287019,0.14314855,0.60645288,1.06290292,5.67538044,1979
1,1,0,GASP,,,,,32,0,0,317,38,0,0,309,0.80073869,0.2544889,0.48626104,1.31859721,1.79548462,1979
1,1,0,PARIS,,,,,85,0,0,810,52,0,0,406,0.79814324,0.18761568,0.55256335,1.15286803,3.21762436,1980
1,1,0,AMIS,,,,,246,0,0,2267,219,0,0,2257,1.1327364,0.09806494,0.93466468,1.37278298,10.15349122,1980
1,1,0,ISIS-2,,,,,1570,0,0,8587,1720,0,0,8600,0.89496936,0.03880977,0.82941758,0.96570193,72.87984024,1988
1,2,0,Mental Health Treatment versus Control,CON,IV,MD,Fixed,0,,,106,0,,,126,-0.70938839,,-1.25848502,-0.16029176,100,
1,2,0,Davis,,,,,0,5,4.7,13,0,6.5,3.8,13,-1.5,1.67630546,-4.78549833,1.78549833,2.79315513,1973
1,2,0,Florell,,,,,0,4.9,1.71,30,0,6.1,2.3,50,-1.2,0.45085474,-2.08365906,-0.31634094,38.61251498,1971
1,2,0,Gruen,,,,,0,22.5,3.44,35,0,24.9,10.65,35,-2.4,1.89175731,-6.10777619,1.30777619,2.19316111,1975
1,2,0,Hart,,,,,0,12.5,1.47,20,0,12.3,1.66,20,0.2,0.49580742,-0.77176469,1.17176469,31.92826572,1975
1,2,0,Wilson,,,,,0,6.5,0.76,8,0,7.38,1.41,8,-0.88,0.56631484,-1.98995669,0.22995669,24.47290305,1977
"""


def test_revmans_export_gives_the_totals_that_revman_printed(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT, encoding="utf-8")
    table = tabular.read_table(tmp_path / "export.csv")
    assert cochrane.is_revman_export(table.header)
    made = review.bring_in(cochrane.read_revman_export(table.header, table.rows, "export.csv"))
    death, health = review.analysis_rows(made)
    assert [(a["analysis"], a["measure"], a["model"], a["reproduced"], a["studies"]) for a in (death, health)] == [
        *(("1.1", "OR", "fixed, MH", 7, 7), ("1.2", "MD", "fixed, IV", 5, 5)),
    ]
    assert (death["own_estimate"], health["own_estimate"]) == pytest.approx((0.89686556, -0.70938839), rel=1e-7)


def test_weights_by_restricted_likelihood_are_those_of_metafor() -> None:
    estimates = [Estimate(y, v) for y, v in ((-6.0, 8.8333), (-2.0, 4.939), (-15.0, 14.882), (-1.0, 1.0729), (1.0, 7.821))]
    values = ", ".join(str(e.yi) for e in estimates), ", ".join(str(e.vi) for e in estimates)
    code = "m <- rma(c({}), c({}), control = list(threshold = 1e-12, maxiter = 1000)); cat(weights(m), sep = '\\n')".format(
        *values
    )
    weights = reml_weights(estimates)
    assert list(100 * weights / weights.sum()) == pytest.approx(metafor(code), rel=1e-6)
