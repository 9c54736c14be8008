"""Summaries of findings as documents: the same findings in every format, notes that are few, tables that open again."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from statistics import median

import pytest
from conftest import DATA, ROOT, read_csv, row_of

from evidence_synthesis.conclusions.findings_table import Background, FindingsTable, difference_words, findings_table
from evidence_synthesis.conclusions.footnotes import reasons
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.conclusions.summary_of_findings import sof_tables
from evidence_synthesis.exports import office, sof_documents
from evidence_synthesis.exports.printed_tables import PANEL, decision_frame, evidence_profile, summary_table
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.analyses import by_analysis
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.synthesis.trials_in_analyses import trials_of

RESULTS = ROOT / "results"
TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
MODEL = "Random effects."
Groups = dict[str, list[FindingsTable]]


@pytest.fixture(scope="module")
def background(settings: Settings, config: dict) -> Background:
    judged = by_key(Certainty.of(RESULTS))
    return Background(
        by_key(PooledResult.of(RESULTS)),
        judged,
        by_analysis(trials_of(RESULTS), set(judged)),
        {row["row_id"]: row for row in read_checked(RESULTS / "checked/trials.csv")},
        settings,
        Limits.of(config["certainty"]),
        "2026-11-30",
    )


@pytest.fixture(scope="module")
def groups(background: Background) -> Groups:
    found = sof_tables(background.pooled.values(), background.judged.values(), background.settings, TAXONOMY)
    return {group: [findings_table(table, background) for table in tables] for group, tables in found.items()}


def text_of(content: bytes, part: str = "word/document.xml") -> str:
    xml = zipfile.ZipFile(io.BytesIO(content)).read(part).decode()
    return unescape(re.sub(r"<[^>]+>", "", xml.replace("<w:br/>", "\n")))


def digits(text: str) -> list[str]:
    return re.findall(r"\d[\d,]*\.?\d*", text)


def test_the_head_names_the_version_of_the_evidence(background: Background) -> None:
    found = sof_tables(background.pooled.values(), background.judged.values(), background.settings, TAXONOMY)
    table = next(iter(found.values()))[0]
    plain, named = (
        dict(findings_table(table, replace(background, version=words)).head)["Evidence"] for words in ("", "2026.12 (2026-12-05)")
    )
    assert named == f"{plain}; version of the evidence 2026.12 (2026-12-05)"
    assert plain.endswith("last search recorded 2026-11-30")


def test_lines_have_the_numbers_of_the_published_table(groups: Groups) -> None:
    """Signs are words here; every digit of an effect that is printed stands in summary_of_findings.csv, too."""
    published = {(r["analysis_id"], r["group"]): r for r in read_csv(RESULTS / "tables/summary_of_findings.csv")}
    lines = [(group, line) for group, tables in groups.items() for t in tables for line in t.lines]
    assert len(lines) == len(published) > 1000
    plain = 0
    for group, line in lines:
        row = published[line.analysis_id, group]
        assert (row["certainty"], int(row["trials"])) == (line.certainty, line.trials)
        if row["measure"] in ("MD", "SMD") and line.difference.startswith(row["measure"] + " "):
            assert digits(line.difference) == digits(row["effect"])
            plain += 1
        if row["measure"] == "RR":
            assert line.difference == row["absolute"]
            assert line.needed == "; ".join(f"{n} {row[n.lower()]}" for n in ("NNT", "NNH") if row[n.lower()])
    assert plain > 500


def test_every_format_prints_every_line(groups: Groups) -> None:
    tables = groups["family-massage"]
    printed = [summary_table(table, MODEL) for table in tables]
    wide, tall = sof_documents.word("t", printed), sof_documents.word("t", printed, portrait=True)
    page = unescape(re.sub(r"<[^>]+>", "", sof_documents.html("t", printed).replace("<br>", "\n")))
    tex, book = sof_documents.latex("t", printed), text_of(sof_documents.excel({"a": tables}), "xl/worksheets/sheet1.xml")
    for table in tables:
        for line in table.lines:
            for words in filter(None, (line.difference, line.relative, line.needed, line.with_comparator, line.says)):
                assert all(words in text for text in (text_of(wide), text_of(tall), page, book)), words
                assert sof_documents.tex(words) in tex
    assert sof_documents.word("t", printed) == wide


def test_documents_have_the_same_bytes_every_time(groups: Groups, other_zlib: Callable[[], None]) -> None:
    printed = [summary_table(table, MODEL) for table in groups["yoga"]]
    word, excel = sof_documents.word("t", printed), sof_documents.excel({"yoga": groups["yoga"]})
    other_zlib()
    assert sof_documents.word("t", printed) == word
    assert sof_documents.excel({"yoga": groups["yoga"]}) == excel
    assert b"1980-01-01" in zipfile.ZipFile(io.BytesIO(excel)).read("docProps/core.xml")


def test_titles_stand_in_a_document_as_they_are() -> None:
    from docx import Document

    for title in ("Yoga & <Pilates>", "TITLE", "Akupunktur – Rücken"):
        parts = [office.paragraph([office.Run("words")], 9), office.paragraph([office.Run("")], 9)]
        document = Document(io.BytesIO(office.written(title, parts, office.PORTRAIT, "Arial")))
        assert [p.text for p in document.paragraphs] == [title, "words", ""]
        assert document.core_properties.title == title
        assert (document.sections[0].page_width.cm, document.styles["Normal"].font.name) == (pytest.approx(21, abs=0.01), "Arial")


def test_word_and_excel_open_again_and_rows_are_whole(groups: Groups) -> None:
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from openpyxl import load_workbook

    tables = groups["family-massage"]
    printed = [summary_table(table, MODEL) for table in tables]
    for portrait in (False, True):
        document = Document(io.BytesIO(sof_documents.word("t", printed, portrait)))
        assert document.sections[0].orientation == (WD_ORIENT.PORTRAIT if portrait else WD_ORIENT.LANDSCAPE)
        room = document.sections[0].page_width - document.sections[0].left_margin - document.sections[0].right_margin
        for shown, table in zip(printed, document.tables, strict=True):
            assert [cell.text for cell in table.rows[0].cells] == list(shown.columns)
            assert len(table.rows) == 1 + len(shown.rows)
            marks = [row.find(f".//{qn('w:tblHeader')}") is not None for row in table._tbl.tr_lst]
            assert marks == [i == 0 for i in range(len(marks))]
            assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in table._tbl.tr_lst)
            assert sum(tc.width for tc in table._tbl.tr_lst[1].tc_lst) == pytest.approx(room, rel=0.01)
    book = load_workbook(io.BytesIO(sof_documents.excel({"family-massage": tables})))
    assert book["family-massage"].freeze_panes == "A2"
    assert book["family-massage"].max_row == 1 + sum(len(table.lines) for table in tables)


def test_notes_are_few_and_each_line_has_its_own(groups: Groups, background: Background) -> None:
    most = 0
    for table in (t for tables in groups.values() for t in tables):
        most = max(most, len(table.notes))
        assert len(set(table.notes)) == len(table.notes)
        for line in table.lines:
            judgement = next(j for (name, _), j in background.judged.items() if name == line.analysis_id)
            down = sum(r.rating != "not serious" for r in line.ratings)
            assert len(line.notes) == down or judgement.overruled
    assert 5 < most <= 8


def test_a_persons_reason_is_the_note(background: Background) -> None:
    judgement = next(iter(background.judged.values()))
    told = replace(judgement, overruled="imprecision: two large trials agree; inconsistency: one scale")
    assert reasons(told, background.limits) == ("imprecision: two large trials agree", "inconsistency: one scale")


def test_columns_without_content_collapse(groups: Groups) -> None:
    shown = [(t, summary_table(t, MODEL)) for tables in groups.values() for t in tables]
    assert len({len(printed.columns) for _, printed in shown}) > 2
    for table, printed in shown:
        assert ("Relative effect (95% CI)" in printed.columns) == any(line.relative for line in table.lines)
        assert sum(printed.shares) == pytest.approx(1)
        for column in zip(*printed.rows, strict=True):
            assert any(not cell.empty for cell in column)


def test_the_mean_with_the_comparator_is_the_median_of_final_means(groups: Groups, background: Background) -> None:
    found = 0
    for line in (line for tables in groups.values() for t in tables for line in t.lines if line.difference.startswith("MD")):
        key = line.analysis_id, "MD"
        trials, row = background.trials[key], background.pooled[key]
        finals = [t.mean_c for t in trials if t.mean_c is not None and background.rows[t.row_ids[0]]["value_kind"] == "final"]
        assert bool(line.with_comparator) == bool(finals)
        if finals and line.with_treatment:
            found += 1
            assert float(digits(line.with_comparator)[0]) == pytest.approx(median(finals), abs=0.051)
            mean = min(max(median(finals) + row.estimate, 0), 100)
            assert float(digits(line.with_treatment)[0]) == pytest.approx(mean, abs=0.051)
    assert found > 100


def test_what_is_unfit_to_print_is_said_in_words() -> None:
    wide = row_of(PooledResult, measure="MD", estimate="-4.5", ci_low="-150.1", ci_high="122.1", trials="2")
    pair = [row_of(AnalysisTrial, effect=v, ci_low="-30", ci_high="30") for v in ("8", "-17")]
    assert difference_words(wide, pair, " points") == "MD: two trials disagree: \u221217 and +8 points"
    assert difference_words(wide, pair[:1], " points") == "MD: \u22124.5 (off the scale)"
    usual = replace(wide, ci_low=-9.0, ci_high=0.5)
    assert difference_words(usual, pair, " points") == "MD 4.5 points lower (9.0 lower to 0.5 higher)"
    assert difference_words(replace(usual, measure="SMD"), pair, " SD").startswith("SMD 4.50 SD better")


def test_a_frame_says_what_data_can_say_and_leaves_the_rest_to_the_panel(groups: Groups) -> None:
    table = groups["class-passive"][0]
    frame, profile = decision_frame(table), evidence_profile(table)
    rows = {row[0].lead: row for row in frame.rows}
    assert {name for name, row in rows.items() if row[2].text not in (PANEL, "")} == {
        *("Desirable effects", "Undesirable effects", "Certainty of evidence"),
    }
    assert {row[1].text for row in frame.rows} == {PANEL}
    sides = [line.side for line in table.lines]
    assert rows["Desirable effects"][2].text.count(" certainty)") == sides.count("treatment")
    assert rows["Undesirable effects"][2].text.count(" certainty)") == sides.count("comparator")
    assert len(profile.rows) == len(table.lines)
    assert [cell.lead for cell in profile.rows[0][2:7]] == [r.rating for r in table.lines[0].ratings]


def test_only_changed_groups_are_written_again(groups: Groups, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    some = {name: groups[name] for name in ("yoga", "family-massage")}
    shelves = sof_documents.Shelves(tmp_path / "sof", tmp_path / "memory", kept=False)

    def publish(tables: Groups, model: str = MODEL) -> int:
        return sof_documents.publish(tables, shelves, model, lambda _: None)

    assert publish(some) == 2
    assert publish(some) == 0
    assert publish({"yoga": groups["yoga"]}) == 0
    assert not (tmp_path / "sof/family-massage").exists()
    assert load_workbook(tmp_path / "sof/summary_of_findings.xlsx").sheetnames == ["yoga"]
    assert publish({"yoga": groups["yoga"]}, MODEL + ".") == 1
    (tmp_path / "sof/yoga/sof_portrait.docx").unlink()
    assert publish({"yoga": groups["yoga"]}, MODEL + ".") == 1
    assert {p.name: p.read_bytes() for p in (tmp_path / "sof/yoga").iterdir()} == sof_documents.documents(
        groups["yoga"], MODEL + "."
    )


def test_one_page_of_each_group_is_kept(groups: Groups, tmp_path: Path) -> None:
    """Former Word documents and the workbook go, since they are made on request."""
    (tmp_path / "sof/yoga").mkdir(parents=True)
    for name in ("yoga/sof.docx", sof_documents.WORKBOOK):
        (tmp_path / "sof" / name).write_bytes(b"former")
    shelves = sof_documents.Shelves(tmp_path / "sof", tmp_path / "memory", kept=True)
    sof_documents.publish({"yoga": groups["yoga"]}, shelves, MODEL, lambda _: None)
    (page,) = (p for p in (tmp_path / "sof").rglob("*") if p.is_file())
    assert page.relative_to(tmp_path).as_posix() == "sof/yoga/sof.html"
    assert page.read_bytes() == sof_documents.kept_documents(groups["yoga"], MODEL)["sof.html"]
