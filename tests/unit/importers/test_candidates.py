"""What searches found, as candidates: three formats from disk, duplicates by identifiers, and nothing that a run would read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import DATA, read_csv, row_of

from evidence_synthesis.cli import main
from evidence_synthesis.conclusions.other_reviews.watchlist import watchlist
from evidence_synthesis.importers.candidates import (
    KNOWN_REPORT,
    KNOWN_TRIAL,
    WAITING,
    CandidateReport,
    DraftResult,
    KnownReports,
    candidates,
)
from evidence_synthesis.importers.citations import read_reports
from evidence_synthesis.importers.found_reports import FoundReport, UnreadableCitations
from evidence_synthesis.synthesis.rows.other_reviews import Coverage

RIS = """\ufeffTY  - JOUR
AU  - Miller, Ann
AU  - Smith, Bob
TI  - Yoga for
 backs
PY  - 2021/03/04
JO  - Spine
DO  - https://doi.org/10.1000/ABC.5
AB  - Registered as NCT01234567.
UR  - https://pubmed.ncbi.nlm.nih.gov/33000001/
ER  -

TY  - JOUR
T1  - No identifiers
ER  -
"""
NBIB = """PMID- 33000001
TI  - Yoga for
      backs.
LID - S0140(21) [pii]
AID - 10.1000/abc.5 [doi]
FAU - Miller, Ann
DP  - 2021 Mar
TA  - Spine
SI  - ClinicalTrials.gov/NCT01234567

PMID- 33000002
TI  - Another one.
DP  - 2020
"""
STUDY = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT07654321", "briefTitle": "Stretching"},
        "statusModule": {"resultsFirstPostDateStruct": {"date": "2019-05-01"}},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "University"}},
    },
    "resultsSection": {
        "outcomeMeasuresModule": {
            "outcomeMeasures": [
                {
                    "title": "Pain", "timeFrame": "12 weeks", "paramType": "MEAN", "dispersionType": "Standard Deviation",
                    "unitOfMeasure": "points",
                    "groups": [{"id": "OG000", "title": "Stretching"}, {"id": "OG001", "title": "None"}],
                    "denoms": [{"counts": [{"groupId": "OG000", "value": "40"}, {"groupId": "OG001", "value": "41"}]}],
                    "classes": [{"categories": [{"measurements": [
                        {"groupId": "OG000", "value": "3.1", "spread": "1.9"},
                        {"groupId": "OG001", "value": "4.0", "spread": "2.0"},
                    ]}]}],
                }
            ]
        }
    },
}  # fmt: skip


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def known(**cells: str) -> KnownReports:
    empty = {"source_id": "s1", "pmid": "", "doi": "", "registry": ""}
    return KnownReports([empty | cells], [{"trial_id": "t1", "registry": "NCT05555555; ISRCTN12345678"}], [])


def test_a_ris_file(tmp_path: Path) -> None:
    first, second = read_reports(written(tmp_path, "a.txt", RIS))
    assert (first.first_author, first.year, first.journal, first.pmid, first.doi) == (
        "Miller", "2021", "Spine", "33000001", "10.1000/abc.5",
    )  # fmt: skip
    assert first.registry == ("NCT01234567",)
    assert (second.title, second.doi, second.pmid, second.registry) == ("No identifiers", "", "", ())


def test_the_format_of_pubmed(tmp_path: Path) -> None:
    first, second = read_reports(written(tmp_path, "a.nbib", NBIB))
    assert (first.title, first.first_author, first.year) == ("Yoga for backs", "Miller", "2021")
    assert (first.pmid, first.doi, first.registry) == ("33000001", "10.1000/abc.5", ("NCT01234567",))
    assert (second.pmid, second.doi) == ("33000002", "")


@pytest.mark.parametrize("content", [STUDY, [STUDY], {"studies": [STUDY]}], ids=["one", "list", "page"])
def test_a_registry_file_with_printed_results(tmp_path: Path, content: object) -> None:
    (report,) = read_reports(written(tmp_path, "a.json", json.dumps(content)))
    assert (report.title, report.year, report.registry) == ("Stretching", "2019", ("NCT07654321",))
    assert [(a.arm, a.people, a.value, a.spread, a.time) for a in report.arms] == [
        ("Stretching", "40", "3.1", "1.9", "12 weeks"),
        ("None", "41", "4.0", "2.0", "12 weeks"),
    ]


PLATFORM = """<?xml version="1.0" encoding="UTF-8"?>
<Trials_downloaded_from_ICTRP>
  <Trial><TrialID>ISRCTN12345678</TrialID><SecondaryIDs>NCT01234567; local 7</SecondaryIDs><Public_title>Yoga</Public_title>
    <Scientific_title>Yoga &amp; backs:
      a trial.</Scientific_title><Primary_sponsor>University (UK)</Primary_sponsor>
    <Date_registration3>20110304</Date_registration3></Trial>
  <Trial><TrialID>DRKS00001234</TrialID><Public_title>Stretching</Public_title><Date_registration>04/03/2012</Date_registration></Trial>
</Trials_downloaded_from_ICTRP>
"""
PLATFORM_TABLE = (
    "\ufeffTrialID,Last Refreshed on,Public title,Scientific title,Primary sponsor,"
    "Date registration,Date registration3,web address\n"
    'ISRCTN12345678,1 May 2024,Yoga,"Yoga & backs: a trial.",University (UK),04/03/2011,20110304,http://x\n'
    "DRKS00001234,1 May 2024,Stretching,,,04/03/2012,,http://y\n"
)
EU = """Summary for: 2 trials

EudraCT Number:         2008-006649-18
Sponsor Protocol Number: NCT01234567
Sponsor Name:           University (DE)
Full Title:             Manipulation in low back pain.
Start Date:             2009-11-16
Medical condition:      Low back pain

EudraCT Number: 2010-000001-02
Full Title: Another
"""


@pytest.mark.parametrize("text", [PLATFORM, PLATFORM_TABLE], ids=["xml", "table"])
def test_the_platform_of_the_who(tmp_path: Path, text: str) -> None:
    first, second = read_reports(written(tmp_path, "ictrp.txt", text))
    assert (first.title, first.first_author, first.year) == ("Yoga & backs: a trial", "University (UK)", "2011")
    assert first.registry[0] == "ISRCTN12345678"
    assert (second.title, second.year, second.registry) == ("Stretching", "2012", ("DRKS00001234",))
    assert known().state(first) == (KNOWN_TRIAL, "t1")
    assert first.arms == second.arms == ()


def test_secondary_ids_tell_that_two_entries_are_one(tmp_path: Path) -> None:
    first, _ = read_reports(written(tmp_path, "ictrp.xml", PLATFORM))
    assert first.registry == ("ISRCTN12345678", "NCT01234567")


def test_summaries_of_the_eu_register(tmp_path: Path) -> None:
    first, second = read_reports(written(tmp_path, "eu.txt", EU))
    assert (first.title, first.first_author, first.year) == ("Manipulation in low back pain", "University (DE)", "2009")
    assert first.registry == ("EUCTR2008-006649-18", "NCT01234567")
    assert (second.title, second.registry) == ("Another", ("EUCTR2010-000001-02",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<a><Trial/></a>", "<a>"),
        ("<Trials_downloaded_from_ICTRP>", "well-formed"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Trials_downloaded_from_ICTRP/>', "entities"),
    ],
)
def test_other_xml_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UnreadableCitations, match=words):
        read_reports(written(tmp_path, "a.xml", text))


@pytest.mark.parametrize("text", ["", "pain,yoga\n", "{", '{"a": 1}', '[{"protocolSection": {}}]', "[1]", "null]"])
def test_what_is_no_report_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableCitations, match=r"a\.x"):
        read_reports(written(tmp_path, "a.x", text))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_bytes(b"TY  - \xff")
    with pytest.raises(UnreadableCitations, match="UTF-8"):
        read_reports(tmp_path / "a.ris")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_records_without_an_end_and_lines_that_go_on(tmp_path: Path, encoding: str) -> None:
    text = "TY  - JOUR\r\nTI  - Acupuncture\r\nfor pain\r\nPY  - 2010\r\n\r\nTY  - JOUR\r\nAU  - 王, 小明\r\nTI  - Second\r\n"
    (tmp_path / "a.ris").write_bytes(text.encode(encoding))
    reports = read_reports(tmp_path / "a.ris")
    assert [(r.title, r.year, r.first_author) for r in reports] == [("Acupuncture for pain", "2010", ""), ("Second", "", "王")]


def test_duplicates_are_found_by_their_identifiers(tmp_path: Path) -> None:
    reports = [r for name, text in (("a.ris", RIS), ("b.nbib", NBIB)) for r in read_reports(written(tmp_path, name, text))]
    listed, _ = candidates(reports, known())
    assert [(c.candidate_id, c.found_in) for c in listed] == [
        ("pmid-33000001", ("a.ris", "b.nbib")),
        ("no-identifiers", ("a.ris",)),
        ("pmid-33000002", ("b.nbib",)),
    ]


@pytest.mark.parametrize(
    ("cells", "report", "state"),
    [
        ({"pmid": "9"}, {"pmid": "9"}, KNOWN_REPORT),
        ({"doi": "https://doi.org/10.1000/X.1"}, {"doi": "10.1000/x.1"}, KNOWN_REPORT),
        ({}, {"registry": ("ISRCTN12345678",)}, KNOWN_TRIAL),
        ({"registry": "NCT00000001"}, {"registry": ("NCT00000001",), "pmid": "8"}, KNOWN_TRIAL),
        ({"pmid": "9"}, {"pmid": "99"}, WAITING),
        ({}, {}, WAITING),
    ],
)
def test_what_is_known_already_is_said(cells: dict[str, str], report: dict, state: str) -> None:
    found = FoundReport(
        **{**dict.fromkeys(("title", "first_author", "year", "journal", "pmid", "doi"), ""), "registry": (), "found_in": "f"}
        | report
    )
    (listed,), _ = candidates([found], known(**cells))
    assert listed.state == state
    assert bool(listed.same_as) == (state != WAITING)


def test_the_command_writes_beside_the_data_and_reads_its_own_files_again(tmp_path: Path) -> None:
    out = tmp_path / "candidates"
    paths = [written(tmp_path, "a.ris", RIS), written(tmp_path, "s.json", json.dumps(STUDY))]
    for files in (paths, [written(tmp_path, "b.nbib", NBIB)]):
        done = CliRunner().invoke(main, ["candidates", *map(str, files), "--data", str(DATA), "--out", str(out)])
        assert done.exit_code == 0, done.output
    listed = CandidateReport.read(out / "candidates.csv")
    assert len(listed) == 4
    assert next(c for c in listed if c.pmid == "33000001").found_in == ("a.ris", "b.nbib")
    drafts = DraftResult.read(out / "draft_results.csv")
    assert [d.value for d in drafts] == ["3.1", "4.0"]
    before = (out / "candidates.csv").read_bytes()
    wrong = written(tmp_path, "c.txt", "nothing")
    refused = CliRunner().invoke(main, ["candidates", str(paths[0]), str(wrong), "--data", str(DATA), "--out", str(out)])
    assert refused.exit_code == 1
    assert "c.txt" in refused.output
    assert (out / "candidates.csv").read_bytes() == before


def test_the_data_package_finds_its_own_reports_again() -> None:
    """A source of the review with a PubMed id is known; nothing of the candidates' files belongs to the package."""
    sources = read_csv(DATA / "sources.csv")
    own = next(s for s in sources if s["pmid"] and s["kind"] == "trial report")
    found = FoundReport("", "", "", "", own["pmid"], "", (), "f")
    (listed,), _ = candidates(
        [found], KnownReports(sources, read_csv(DATA / "trials.csv"), read_csv(DATA / "unusable_results.csv"))
    )
    assert (listed.state, listed.same_as) == (KNOWN_REPORT, own["source_id"])
    assert not list(DATA.glob("*candidate*"))


def test_searches_to_repeat() -> None:
    log = [
        {"query": "yoga", "place": "registry", "date": "2025-01-01", "taken": "3"},
        {"query": "yoga", "place": "registry", "date": "2026-01-01", "taken": "0"},
        {"query": "pilates", "place": "registry", "date": "2025-06-01", "taken": ""},
    ]
    gaps = [row_of(Coverage, review="R", missing=n, theirs="9") for n in ("2", "7", "0")]
    found = list(watchlist(log, gaps))
    assert [(s.query, s.last, s.times, s.taken, s.missing) for s in found] == [
        ("trials of R", "", 0, 0, 7),
        ("pilates", "2025-06-01", 1, 0, 0),
        ("yoga", "2026-01-01", 2, 3, 0),
    ]


def test_the_command_lists_searches(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    Coverage.write(tmp_path / Coverage.FILE, [])
    out = tmp_path / "w.csv"
    options = ["watchlist", "--data", str(DATA), "--results", str(tmp_path)]
    shown = CliRunner().invoke(main, [*options, "--top", "2"])
    assert shown.exit_code == 0, shown.output
    assert "searches to repeat" in shown.output
    assert CliRunner().invoke(main, [*options, "--out", str(out)]).exit_code == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) > 100
