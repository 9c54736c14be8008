"""Exports: what is handed on holds the numbers of the tables, and nothing in it runs."""

from __future__ import annotations

import cProfile
import io
import json
import os
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, read_csv
from docx import Document
from openpyxl import load_workbook
from PIL import Image

from evidence_synthesis.cli import main
from evidence_synthesis.exports import analyses, fhir, former, references, table
from evidence_synthesis.importers import review
from evidence_synthesis.importers.cochrane import read_cochrane
from evidence_synthesis.review.evidence import EvidenceState
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.synthesis.rows.other_reviews import BesideReviews

RESULTS = ROOT / "results"
PAIN = "family-exercise__active__pain__short__low_back"


def export(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["export", *arguments, "--results", str(RESULTS)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    return done.output


def test_data_rows_come_back_through_our_own_importer(tmp_path: Path) -> None:
    config = ("--config", str(ROOT / "config/config.yaml"))
    export("revman", "--analysis", PAIN, *config, "--out", str(tmp_path / "rows.csv"))
    names = {row["Analysis name"] for row in read_csv(tmp_path / "rows.csv")}
    assert "Exercise (all) against active treatments: pain, short term, low back pain [MD]" in names
    made = review.bring_in(read_cochrane(tmp_path / "rows.csv"))
    known = {a.measure: a.pooled for a in analyses.load(RESULTS, [PAIN])}
    for row, measure in zip(review.analysis_rows(made), known, strict=True):
        assert row["status"] == "reproduced"
        assert row["estimate"] == pytest.approx(known[measure].estimate, rel=1e-8)
        assert row["tau2"] == pytest.approx(known[measure].tau2, rel=1e-6)


def test_fhir_evidence_holds_the_numbers_and_the_certainty(tmp_path: Path) -> None:
    config = ("--config", str(ROOT / "config/config.yaml"))
    export("fhir", "--analysis", PAIN, *config, "--out", str(tmp_path / "e.json"))
    resources = [e["resource"] for e in json.loads((tmp_path / "e.json").read_text())["entry"]]
    for found, known in zip(resources, analyses.load(RESULTS, [PAIN]), strict=True):
        assert found["resourceType"] == "Evidence"
        words = "Exercise (all) against active treatments: pain, short term, low back pain"
        assert found["title"] == words
        assert "Pain, short term" in [v["description"] for v in found["variableDefinition"]]
        assert {v["variableRole"]["text"] for v in found["variableDefinition"]} == {
            *("population", "exposure", "referenceExposure", "measuredVariable"),
        }
        (statistic,) = found["statistic"]
        assert statistic["quantity"]["value"] == known.pooled.estimate
        interval = next(e for e in statistic["attributeEstimate"] if e["type"]["text"] == "Confidence interval")
        assert interval["range"]["low"]["value"] == known.pooled.ci_low
        assert (known.certainty is not None) == (known.measure == "MD")  # certainty is rated on an outcome's first measure
        if known.certainty is None:
            continue
        assert found["certainty"][0]["rating"]["coding"][0]["code"] == known.certainty.certainty.replace(" ", "-")
        assert len(found["certainty"][0]["subcomponent"]) == 5


def test_fhir_ids_are_short_and_apart(settings: Settings) -> None:
    ids = [fhir.evidence(a, settings)["id"] for a in analyses.load(RESULTS, group="family-exercise")]
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) <= 64


def test_an_unknown_analysis_says_where_ids_stand() -> None:
    assert "`evidence-synthesis list` shows them" in export("revman", "--analysis", "nothing", "--out", "x.csv", code=1)


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
    columns, rows = ["name", "estimate"], [["=1+1", "-0.5"], ["@x\x01\uffff", " 12 <&"], ["#N/A", ""]]
    sheet = load_workbook(io.BytesIO(table.workbook({"pooled [x]": (columns, rows)}))).active
    cells = [[c.value for c in line] for line in sheet.iter_rows()]
    assert cells == [["name", "estimate"], ["=1+1", -0.5], ["@x", " 12 <&"], ["#N/A", None]]
    assert sheet["A2"].data_type == sheet["A4"].data_type == "s"
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet["A1"].font.b, sheet["A2"].font.b) == ("A2", "A1:B4", True, False)
    made = table.document(columns, rows, "pooled")
    (grid,) = Document(io.BytesIO(made)).tables
    shown = [["name", "estimate"], ["=1+1", "-0.5"], ["@x", " 12 <&"], ["#N/A", ""]]
    assert [[c.text for c in r.cells] for r in grid.rows] == shown
    assert made == table.document(columns, rows, "pooled")
    (grid,) = Document(io.BytesIO(table.document(columns, rows * 400, "pooled"))).tables
    assert len(grid.rows) == 1201


def test_a_word_table_breaks_no_word_that_fits() -> None:
    columns = ["analysis", "n", "a long heading", "text", "longer"]
    rows = [["acupuncture__pain", "12", "0.123456789", "words " * 20, "words " * 40], ["yoga", "3", "", "", ""]]
    widths, size, paper = table._layout(columns, rows)
    assert (size, paper) == (8, (29.7, 21.0))
    assert sum(widths) == pytest.approx(26.1 / 2.54 * 1440, abs=5)
    for width, longest in zip(widths, (17, 2, 11, 5, 5), strict=True):
        assert width >= longest / table._ACROSS / 2.54 * 1440
    assert widths[4] == pytest.approx(2 * widths[3], rel=0.02)  # long texts on as many lines as each other
    assert widths[3] > max(widths[:3])
    twice, four, many = (table._layout([*columns] * n, [r * n for r in rows]) for n in (3, 5, 20))
    assert twice[1:] == (8, (42.0, 29.7))
    assert four[1:] == (8, (55.8, 39.4))
    assert many[1:] == (5, (55.8, 39.4))
    made = Document(io.BytesIO(table.document(["same_verdict"] * 15, [["1"] * 15], "t")))
    assert made.tables[0].rows[0].cells[0].text == "same verdict"
    assert made.sections[0].page_width.cm == pytest.approx(42, abs=0.01)


def test_a_word_document_shows_the_columns_that_people_read() -> None:
    columns = [*BesideReviews.columns()]
    row = dict.fromkeys(columns, "") | {"question": "Yoga?", "claimed": "at_most_worthwhile", "range": "MD 1", "in_words": "open"}
    rows = [[cells[c] for c in columns] for cells in (row, row, row | {"range": ""})]  # asked twice; no review
    headings, shown, title = table.to_read("beside_reviews", columns, rows)
    assert (title, len(headings), len(shown)) == ("Statements beside published reviews", 8, 1)
    assert shown[0][:4] == ["Yoga?", "at most worthwhile", "open", "MD 1"]
    assert table.to_read("other", ["a_b"], [["c_d"]]) == (["a_b"], [["c_d"]], "other")


def test_numbers_in_a_word_table_are_rounded_and_nothing_else() -> None:
    cells = ["0.7505787037", "-12.34567", "48213.77", "1.234567e-10", "2017", "1264", "se040", "1.5 to 2.5", ""]
    grid = Document(io.BytesIO(table.document([f"c{i}" for i in range(len(cells))], [cells], "t"))).tables[0]
    shown = ["0.7506", "-12.35", "48214", "1.235e-10", "2017", "1264", "se040", "1.5 to 2.5", ""]
    assert [c.text for c in grid.rows[1].cells] == shown


def test_part_of_a_table_can_be_chosen(tmp_path: Path) -> None:
    where = ("--where", "outcome=pain", "--where", "term=long", "--columns", "analysis_id,estimate")
    export("table", "pooled", *where, "--out", str(tmp_path / "p.xlsx"))
    known = [r for r in read_csv(RESULTS / "tables/pooled.csv") if r["outcome"] == "pain" and r["term"] == "long"]
    assert load_workbook(tmp_path / "p.xlsx").active.max_row == len(known) + 1
    assert "no row where outcome=joy" in export("table", "pooled", "--where", "outcome=joy", "--out", "x.xlsx", code=1)
    assert "has no colour" in export("table", "pooled", "--columns", "colour", "--out", "x.xlsx", code=1)


CONFIG = ("--config", str(ROOT / "config/config.yaml"))


def test_an_archive_of_one_treatment(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        export("archive", "reflexology", *CONFIG, "--out", str(tmp_path / name))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    bundle = zipfile.ZipFile(tmp_path / "a.zip")
    names = set(bundle.namelist())
    figure = "inactive__pain__low_back"
    findings = {f"summary_of_findings/{name}" for name in ("sof.docx", "sof.html", "sof.tex", "evidence_profile.docx")}
    others = {*findings, "tables/pooled.csv", "sources.ris"}
    assert {f"figures/{figure}.svg", f"figures/{figure}.pdf"} | others <= names
    assert bundle.read("figures/numbers_drawn.csv") == (RESULTS / "figures/reflexology/numbers_drawn.csv").read_bytes()
    assert bundle.read(f"figures/{figure}.pdf").startswith(b"%PDF")
    picture = Image.open(io.BytesIO(bundle.read(f"figures/{figure}.png")))
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    known = [r for r in read_csv(RESULTS / "tables/pooled.csv") if r["group"] == "reflexology"]
    sheet = load_workbook(io.BytesIO(bundle.read("tables/tables.xlsx")))["pooled"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [r["analysis_id"] for r in known]
    assert "there are" in export("archive", "../checked", *CONFIG, "--out", "x.zip", code=1)


@pytest.mark.parametrize("form", ["summary", "portrait", "profile"])
def test_a_summary_of_findings_to_hand_on_names_its_version(tmp_path: Path, form: str) -> None:
    (state,) = EvidenceState.of(RESULTS)
    named = f"version of the evidence {state.words}"
    export("sof", "yoga", *CONFIG, "--form", form, "--out", str(tmp_path / "yoga.docx"))
    assert named in re.sub(r"<[^>]+>", "", zipfile.ZipFile(tmp_path / "yoga.docx").read("word/document.xml").decode())
    assert "file must end in .docx" in export("sof", "yoga", *CONFIG, "--form", "profile", "--out", "x.tex", code=2)


def test_a_summary_of_findings_for_others_and_the_kept_one(tmp_path: Path) -> None:
    (state,) = EvidenceState.of(RESULTS)
    for ending in ("html", "tex", "xlsx"):
        export("sof", "family-massage", *CONFIG, "--out", str(tmp_path / f"s.{ending}"))
    assert load_workbook(tmp_path / "s.xlsx").sheetnames == ["family-massage"]
    own, kept = (tmp_path / "s.html").read_text("utf-8"), (RESULTS / "sof/family-massage/sof.html").read_text("utf-8")
    assert state.version in own
    assert state.version in (tmp_path / "s.tex").read_text("utf-8")
    assert "../" not in own  # it leads to no file beside it
    assert state.version not in kept  # so that a new version changes no page of it
    assert "../../report/versions.html" in kept
    assert "there are" in export("sof", "massage", *CONFIG, "--out", "x.docx", code=1)
    assert "must end in" in export("sof", "yoga", *CONFIG, "--out", "x.pdf", code=2)


@pytest.mark.parametrize(
    ("made", "report", "removed"),
    [(2, 1, False), (1, 1, False), (1, 2, True), (None, 1, True), (1, None, True), (0, 1, False)],  # 0: no downloads
)
def test_downloads_that_are_not_of_this_report_go(tmp_path: Path, made: int | None, report: int | None, removed: bool) -> None:
    for name, when in (("downloads/.gitignore", made), ("report/index.html", report)):
        if when != 0:
            (tmp_path / name).parent.mkdir()
        if when:
            (tmp_path / name).write_text("x")
            os.utime(tmp_path / name, (when, when))
    assert former.remove_former(tmp_path) is removed
    assert (tmp_path / "downloads").exists() is (made != 0 and not removed)


@pytest.mark.parametrize(
    ("rows", "widths"), [([], [4, 11]), ([["a", "x" * 10]], [4, 11]), ([["a", "-0.1234567891"], ["b" * 90, ""]], [50, 14])]
)
def test_columns_of_a_sheet_show_what_is_in_them(rows: list[list[str]], widths: list[int]) -> None:
    sheet = load_workbook(io.BytesIO(table.workbook({"t": (["a", "estimate"], rows)}))).active
    assert [sheet.column_dimensions[c].width for c in "AB"] == widths


def test_a_long_table_takes_time_in_proportion() -> None:
    def calls(rows: int) -> int:
        profile = cProfile.Profile()
        profile.runcall(table.workbook, {"t": (["a", "b"], [["1", "=x"]] * rows)})
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(2000) < 2.5 * calls(1000)
