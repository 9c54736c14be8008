"""Mutated and hostile data packages: a clear list of faults or a correct result, never a crash, never a file elsewhere.

5,000 packages in ten seeded parts; each starts from the tiny review. What the check lets through is converted, selected,
pooled and audited, and must give finite numbers or a stated reason.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from conftest import ROOT, Package, read_csv, wide_columns, write_csv
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from reviews import spoilt_settings

from evidence_synthesis.audit.report import audit
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.importers import review, tabular
from evidence_synthesis.importers.cochrane import read_cochrane
from evidence_synthesis.importers.guess import guess
from evidence_synthesis.importers.shapes import rows_of
from evidence_synthesis.review.check_settings import FILE, named_data, setting_faults
from evidence_synthesis.review.describe import describe
from evidence_synthesis.review.package import DataFaults
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import check_package
from evidence_synthesis.review.yaml_file import Document
from evidence_synthesis.selection.analyses import select
from evidence_synthesis.synthesis import pooled
from evidence_synthesis.synthesis.rows.analyses import PooledResult

PARTS, EACH = 10, 500
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
HOSTILE = [
    *("=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-1+1|cmd", "\t=1", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>"),
    *(
        "../../../etc/passwd",
        "..\\..\\x",
        "/etc/passwd",
        "a/b",
        "con",
        "\x00",
        "\x07bell",
        "a\nb",
        'quo"te',
        "semi;colon",
        "com,ma",
    ),
    *(
        "\u202egnirts",
        "\ufeff",
        "\ufffe",
        "e\u0301" * 300,
        "\U0001f9ea",
        "\u0000",
        "{{ 7*7 }}",
        "{% raw %}",
        "${x}",
        "%s%n",
        "'; DROP",
    ),
    *("1e308", "-1e308", "1e-320", "inf", "nan", "0x10", "1_000", "١٢", "1,5", "3-May", "true", "None", " ", "x" * 5000),
]
NUMBERS = ["0", "1", "-1", "2", "0.0001", "99999", "1e9", "1e15", "1e-9", "1e300", "5e-324", "-0", "100", "50.5"]
TRIAL_COLUMNS = wide_columns()
CELLS = st.one_of(st.sampled_from(HOSTILE), st.sampled_from(NUMBERS), st.text(max_size=30), st.just(""))
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(["yoga", "massage_classic"]), st.integers(0, 3), st.sampled_from(TRIAL_COLUMNS), CELLS),
    min_size=1,
    max_size=4,
)
BYTES = st.tuples(
    st.sampled_from(["results/yoga.csv", "trials.csv", "risk_of_bias.csv", "treatments.csv", "sources.csv", "instruments.csv"]),
    st.integers(0, 10**6),
    st.binary(max_size=6),
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("fuzz") / "data"
    folder.mkdir()
    made = Package(folder)
    (folder.parent / "pristine").mkdir()
    for path in folder.rglob("*"):
        if path.is_file():
            target = folder.parent / "pristine" / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return made


def restore(package: Package) -> None:
    for name in ("treatments.csv", "sources.csv", "instruments.csv"):  # the others are written with each mutation
        shutil.copy(package.folder.parent / "pristine" / name, package.folder / name)


@cache
def chosen() -> Any:
    return load_settings(CONFIG)


def synthesised(checked: dict[str, list[dict[str, str]]]) -> Iterator[PooledResult]:
    """Everything from the checked tables to the pooled rows."""
    taxonomy = Taxonomy(checked["treatments"])
    results = [parse_result(row) for row in checked["trials"]]
    converted = [convert(result, chosen()) for result in results]
    selection = select(converted, chosen(), taxonomy)
    audit(checked["trials"], checked["instruments"])
    refs = {s["source_id"]: s["ref"] for s in checked["sources"]}
    if selection.analyses:
        yield from pooled.pooled_tables(selection, chosen(), taxonomy, refs, ["DL", "REML"]).pooled


def fine(package: Package) -> None:
    """Either faults, each a whole message, or finite results."""
    try:
        checked = check_package(package.folder)
    except DataFaults as found:
        told = [(f.file, f.expected) for f in found.faults]
    else:
        told = [("none", "none")]
        for row in synthesised(checked):
            values = [row.estimate, row.ci_low, row.ci_high]
            assert all(isinstance(v, float) and not math.isnan(v) for v in values), row
    assert told
    assert all(file and expected for file, expected in told)


def examples(part: int) -> Any:
    """Settings of one seeded part; packages are files, so examples are not shrunk."""

    def wrap(function: Any) -> Any:
        limited = settings(
            max_examples=EACH,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(function)
        return seed(part)(limited)

    return wrap


@pytest.mark.parametrize("part", range(PARTS))
def test_mutated_packages(part: int, package: Package) -> None:
    @examples(part)
    @given(MUTATIONS, st.one_of(st.none(), BYTES))
    def mutate(changes: list[tuple[str, int, str, str]], raw: tuple[str, int, bytes] | None) -> None:
        restore(package)
        kept = {name: [dict(r) for r in rows] for name, rows in package.trials.items()}
        for treatment, place, column, value in changes:
            rows = package.trials[treatment]
            rows[place % len(rows)][column] = value
        try:
            package.save()
        except UnicodeEncodeError:  # a lone surrogate cannot stand in a file
            return
        finally:
            package.trials = kept
        if raw is not None:
            path = package.folder / raw[0]
            content = path.read_bytes()
            at = raw[1] % len(content)
            path.write_bytes(content[:at] + raw[2] + content[at + 1 :])
        with np.errstate(all="ignore"):
            fine(package)

    mutate()


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "@x", "a\x07b", "a\nb", "\u202ex"])
def test_text_that_would_run_or_deceive_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    package = Package(tmp_path / "data")
    package.cell("b", study=text)
    with pytest.raises(DataFaults) as found:
        check_package(package.folder)
    assert any(f.file == "trials.csv" and f.column == "label" and f.row in (3, 4) for f in found.value.faults)


def test_cells_of_ten_megabytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    package = Package(tmp_path / "data")
    package.cell("b", study="x" * 10_000_000)
    with pytest.raises(DataFaults, match="at most 30000 characters"):
        check_package(package.folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"resources": [{"path": "/etc/passwd", "schema": "../x.json"}]}', "[" * 20_000])
def test_a_descriptor_is_not_followed(text: str, tmp_path: Path) -> None:
    """The files that are there are read, whatever a descriptor names, and it is written anew from them."""
    (tmp_path / "data").mkdir()
    package = Package(tmp_path / "data")
    before, path = check_package(package.folder), package.folder / "datapackage.json"
    path.write_text(text)
    assert check_package(package.folder) == before
    describe(package.folder)
    assert {r["path"] for r in json.loads(path.read_text())["resources"]} == {
        p.relative_to(package.folder).as_posix() for p in package.folder.rglob("*.csv")
    }


@pytest.mark.parametrize("name", ["../../escape", "a/b", "", "x" * 300, "c:d"])
def test_ids_that_are_no_names_of_files_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    package = Package(tmp_path / "data")
    rows = read_csv(package.folder / "treatments.csv")
    write_csv(package.folder / "treatments.csv", list(rows[0]), [*rows, {**rows[0], "treatment_id": name, "label": "x"}])
    with pytest.raises(DataFaults):
        check_package(package.folder)


@pytest.mark.parametrize("part", range(2))
def test_mutated_imports(part: int, tmp_path: Path) -> None:
    """The importers' tables, cell by cell and byte by byte."""
    header = "Analysis group,Analysis number,Study,Experimental mean,Experimental SD,Experimental N,Control mean,Control SD,"
    header += "Control N,Mean,CI start,CI end,Weight"
    lines = [header, *(f"1,1,S{i},{4 + i},2,30,5,2,31,{i - 1},{i - 2},{i},33" for i in range(3))]

    @examples(part)
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), CELLS), min_size=1, max_size=4))
    def mutate(changes: list[tuple[int, int, str]]) -> None:
        grid = [line.split(",") for line in lines]
        for row, column, value in changes:
            grid[row][column] = value
        path = tmp_path / "rows.csv"
        try:
            write_csv(path, [str(i) for i in range(13)], [{str(i): c for i, c in enumerate(r)} for r in grid])
        except UnicodeEncodeError:
            return
        path.write_text(path.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")  # without the numbers
        with np.errstate(all="ignore"):
            try:
                made = review.bring_in(read_cochrane(path))
                assert "<script>" not in review.report(made, "rows")
                list(review.study_rows(made))
                head, rows = tabular.read_any(path)
                rows_of(rows, guess(head, rows), "rows")
            except DataFaults:
                return  # told as faults; whatever else is raised fails the test

    mutate()


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system ['touch escaped']", "a: &x [*x, *x]", "[" * 2000, "\x00", "- ]"]
)
def test_yaml_that_would_run_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    package = Package(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    (package.folder / "claims.yaml").write_text(text, encoding="utf-8")
    from evidence_synthesis.review.check_claims import check_claims
    from evidence_synthesis.review.settings import names_of

    with pytest.raises(DataFaults):
        check_claims(package.folder, Taxonomy(check_package(package.folder)["treatments"]), names_of(CONFIG))
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("part", range(10))
def test_no_entry_of_the_settings_of_another_kind_ends_in_a_traceback(part: int) -> None:
    """Every entry replaced in turn by values of other kinds: a list of faults, or none."""
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    whole = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    spoilt = list(spoilt_settings(whole))
    assert len(spoilt) > 7 * 300
    for content in spoilt[part::10]:
        document = Document(FILE, content, {})
        setting_faults(document, schema)
        named_data(document)
