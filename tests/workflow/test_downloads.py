"""Everything for print and Office: whole, the same bytes again, and only what changed is made again."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from evidence_synthesis.exports import archive, downloads
from evidence_synthesis.synthesis.rows.statements import JudgedClaim

RESULTS = ROOT / "results"


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Results of two groups, with short tables: those of everything take Office long."""
    folder = tmp_path / "results"
    for name in ("checked", "tables", "figures/yoga", "sof/yoga", "sof/class-mixed", "summaries/flow"):
        shutil.copytree(RESULTS / name, folder / name)
    for path in (folder / "tables").glob("*.csv"):
        whole = ("audit", "claims", "pooled_models", "trial_effects", "published_comparison", "row_accounting", "central_message")
        whole += ("claims_through_time", "documents_then_and_now", "review_estimates", "beside_reviews")
        if path.stem not in (*(Path(kind.FILE).stem for kind in archive.TABLES), *whole, "analysis_trials"):
            path.unlink()
        elif path.stem not in whole:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = {group: [line for line in lines[1:] if line.startswith(group)] for group in ("class-mixed__", "yoga__")}
            path.write_text("".join([lines[0], *kept["class-mixed__"], *kept["yoga__"]]), encoding="utf-8")
    return folder


def test_downloads_have_everything_for_print_and_office(few: Path, tmp_path: Path) -> None:
    entry = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    entry["figures"]["dpi"] = 60
    out, memory, said = tmp_path / "downloads", tmp_path / "memory", list[str]()
    downloads.write_downloads(few, out, memory, entry, said.append)
    assert {p.name for p in (out / "archives").glob("*.zip")} == {"summaries.zip", "class-mixed.zip", "yoga.zip"}
    assert "README.txt" in zipfile.ZipFile(out / "archives/summaries.zip").namelist()
    bundle, figure = zipfile.ZipFile(out / "archives/yoga.zip"), "inactive__pain__low_back"
    for name in (f"{figure}.svg", "numbers_drawn.csv"):
        assert bundle.read(f"figures/{name}") == (few / f"figures/yoga/{name}").read_bytes()
    for name in ("sof.docx", "sof_portrait.docx", "evidence_profile.docx", "sof.tex", "sof.html"):
        assert bundle.read(f"summary_of_findings/{name}") == (out / f"sof/yoga/{name}").read_bytes()
    for ending in ("png", "pdf"):
        assert bundle.read(f"figures/{figure}.{ending}") == (out / f"figures/yoga/{figure}.{ending}").read_bytes()
    assert bundle.read("all_comparisons/pain.pdf") == (out / "all_comparisons/yoga/pain.pdf").read_bytes()
    assert {p.suffix for p in (out / "all_comparisons").rglob("*") if p.is_file()} == {".pdf"}
    together = zipfile.ZipFile(out / "archives/summaries.zip").namelist()
    assert {"figures/flow/flow.svg", "figures/flow/flow.pdf", "figures/flow/flow.png"} <= set(together)
    assert not any("firm__" in name and "class" in name for name in bundle.namelist())
    assert {p.suffix for p in (out / "figures").rglob("*") if p.is_file()} == {".png", ".pdf"}
    tables = {p.name for p in (out / "tables").iterdir()}
    names = {p.stem for p in (few / "tables").glob("*.csv")}
    assert {"claims", "pooled_models"} <= names
    assert tables == {f"{name}.{ending}" for name in names for ending in ("xlsx", "docx")}

    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    seen = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert seen == "?? memory/\n?? results/\n"  # git passes them over, in whatever repository

    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    downloads.write_downloads(few, tmp_path / "again", tmp_path / "empty", entry, said.append)
    again = {p.relative_to(tmp_path / "again"): p.read_bytes() for p in (tmp_path / "again").rglob("*") if p.is_file()}
    assert again == {p.relative_to(out): content for p, content in before.items()}
    times = {p: p.stat().st_mtime_ns for p in (out / "archives").iterdir()}
    said.clear()
    downloads.write_downloads(few, out, memory, entry, said.append)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert {p: p.stat().st_mtime_ns for p in (out / "archives").iterdir()} == times
    assert not [line for line in said if not line.endswith("unchanged")]

    claims = JudgedClaim.of(few)
    JudgedClaim.write(few / JudgedClaim.FILE, [*claims, replace(claims[-1], claim="x")])
    (few / "figures/yoga/numbers_drawn.csv").write_text("other\n", encoding="utf-8")
    downloads.write_downloads(few, out, memory, entry, said.append)
    changed = {p for p in before if not p.exists() or p.read_bytes() != before[p]}
    names = {p.relative_to(out).as_posix() for p in changed}
    drawn = {f"summaries/claims/claims.{ending}" for ending in ("pdf", "png")}
    assert names == drawn | {"archives/yoga.zip", "archives/summaries.zip", "tables/claims.docx", "tables/claims.xlsx"}
