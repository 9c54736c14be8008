"""Exports: what is handed on holds the numbers of the tables, and nothing in it runs."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, read_csv
from docx import Document
from openpyxl import load_workbook

from evidence_synthesis.cli import main
from evidence_synthesis.exports import analyses, fhir, references, table
from evidence_synthesis.importers import review
from evidence_synthesis.importers.cochrane import read_cochrane

RESULTS = ROOT / "results"
PAIN = "family-exercise__active__pain__short__low_back"


def export(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["export", *arguments, "--results", str(RESULTS)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    return done.output


def test_data_rows_come_back_through_our_own_importer(tmp_path: Path) -> None:
    export("revman", "--analysis", PAIN, "--out", str(tmp_path / "rows.csv"))
    made = review.bring_in(read_cochrane(tmp_path / "rows.csv"))
    known = {a.measure: a.pooled for a in analyses.load(RESULTS, [PAIN])}
    for row, measure in zip(review.analysis_rows(made), known, strict=True):
        assert row["status"] == "reproduced"
        assert row["estimate"] == pytest.approx(float(known[measure]["estimate"]), rel=1e-8)
        assert row["tau2"] == pytest.approx(float(known[measure]["tau2"]), rel=1e-6)


def test_fhir_evidence_holds_the_numbers_and_the_certainty(tmp_path: Path) -> None:
    config = ("--config", str(ROOT / "config/config.yaml"))
    export("fhir", "--analysis", PAIN, *config, "--out", str(tmp_path / "e.json"))
    resources = [e["resource"] for e in json.loads((tmp_path / "e.json").read_text())["entry"]]
    for found, known in zip(resources, analyses.load(RESULTS, [PAIN]), strict=True):
        assert found["resourceType"] == "Evidence"
        assert {v["variableRole"]["text"] for v in found["variableDefinition"]} == {
            *("population", "exposure", "referenceExposure", "measuredVariable"),
        }
        (statistic,) = found["statistic"]
        assert statistic["quantity"]["value"] == float(known.pooled["estimate"])
        interval = next(e for e in statistic["attributeEstimate"] if e["type"]["text"] == "Confidence interval")
        assert interval["range"]["low"]["value"] == float(known.pooled["ci_low"])
        assert (known.certainty is not None) == (known.measure == "MD")  # certainty is rated on an outcome's first measure
        if known.certainty is None:
            continue
        assert found["certainty"][0]["rating"]["coding"][0]["code"] == known.certainty["certainty"].replace(" ", "-")
        assert len(found["certainty"][0]["subcomponent"]) == 5


def test_fhir_ids_are_short_and_apart() -> None:
    ids = [fhir.evidence(a, "p", "o", "u", "c", 95)["id"] for a in analyses.load(RESULTS, group="family-exercise")]
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) <= 64


def test_an_unknown_analysis_says_where_ids_stand() -> None:
    assert "pooled.csv" in export("revman", "--analysis", "nothing", "--out", "x.csv", code=1)


SOURCE = {
    **{"source_id": "smith-2001", "ref": "1", "kind": "trial report", "label": "Smith 2001", "first_author": "Smith"},
    **{"year": "2001", "journal": "Journal of 100% {Tests} & more", "title": "", "pmid": "123", "pmcid": "", "doi": "10.1/x_y"},
    **{"registry": "", "url": "", "note": ""},
}


def test_references_for_managers() -> None:
    ris = references.ris([{**SOURCE, "title": "Line one\nER  - "}])
    assert ris.count("ER  - \n") == 1
    assert "DO  - 10.1/x_y\n" in ris
    bib = references.bibtex([SOURCE])
    assert bib.startswith("@article{smith-2001,")
    assert r"journal = {Journal of 100\% \{Tests\} \& more}" in bib
    assert "doi = {10.1/x_y}" in bib


def test_tables_for_office_programs_hold_text_as_text() -> None:
    columns, rows = ["name", "estimate"], [["=1+1", "-0.5"], ["@x\x01", "12"], ["plain", ""]]
    sheet = load_workbook(io.BytesIO(table.workbook(columns, rows, "pooled [x]"))).active
    cells = [[c.value for c in line] for line in sheet.iter_rows()]
    assert cells == [["name", "estimate"], ["=1+1", -0.5], ["@x", 12], ["plain", None]]
    assert sheet["A2"].data_type == "s"
    made = table.document(columns, rows, "pooled")
    (grid,) = Document(io.BytesIO(made)).tables
    assert [[c.text for c in r.cells] for r in grid.rows] == [["name", "estimate"], ["=1+1", "-0.5"], ["@x", "12"], ["plain", ""]]
    assert made == table.document(columns, rows, "pooled")
    with pytest.raises(ValueError, match="too many for a Word table"):
        table.document(columns, rows * 400, "pooled")


def test_part_of_a_table_can_be_chosen(tmp_path: Path) -> None:
    where = ("--where", "outcome=pain", "--where", "term=long", "--columns", "analysis_id,estimate")
    export("table", "pooled", *where, "--out", str(tmp_path / "p.xlsx"))
    known = [r for r in read_csv(RESULTS / "tables/pooled.csv") if r["outcome"] == "pain" and r["term"] == "long"]
    assert load_workbook(tmp_path / "p.xlsx").active.max_row == len(known) + 1
    assert "has no colour" in export("table", "pooled", "--columns", "colour", "--out", "x.xlsx", code=1)


def test_an_archive_of_one_treatment(tmp_path: Path) -> None:
    export("archive", "yoga", "--out", str(tmp_path / "a.zip"))
    export("archive", "yoga", "--out", str(tmp_path / "b.zip"))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    names = set(zipfile.ZipFile(tmp_path / "a.zip").namelist())
    assert {"figures/pain.svg", "figures/pain.pdf", "summary_of_findings/sof.docx", "tables/pooled.csv", "sources.ris"} <= names
    assert "there are" in export("archive", "../checked", "--out", "x.zip", code=1)
