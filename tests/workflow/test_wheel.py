"""The wheel holds everything: built, installed into an empty environment outside the checkout, and used there."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*pip, str(ROOT)], check=True)
    return next(folder.glob("evidence_synthesis-*.whl"))


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The installed command. The environment has this one's libraries, but neither the checkout nor anything that leads to it."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin/python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True)
    libraries = next((folder / "lib").glob("python*/site-packages")) / "libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return [str(folder / "bin/evidence-synthesis")]


def called(command: list[str], folder: Path, *arguments: str) -> str:
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    made = subprocess.run([*command, *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout + made.stderr


def test_the_wheel_names_what_it_holds(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    inside = {name.partition("evidence_synthesis/")[2] for name in names}
    assert {
        *("engine/Snakefile", "engine/workflow/rules/common.smk", "engine/workflow/scripts/check.py"),
        *("engine/workflow/schemas/config.schema.yaml", "engine/profiles/default/config.yaml", "py.typed"),
        *("engine/examples/depression/config/config.yaml", "templates/site/base.html.j2"),
    } <= inside
    assert not [name for name in names if "__pycache__" in name or "/results/" in name.replace("/data/results/", "/")]


def test_an_installed_wheel_runs_a_review_anywhere(command: list[str], tmp_path: Path) -> None:
    assert called(command, tmp_path, "--version").startswith("evidence-synthesis, version ")
    called(command, tmp_path, "new-review", "r", "--title", "Anything")
    review = tmp_path / "r"
    assert "no fault" in called(command, review, "check", "data")
    called(command, review, "run")
    page = (review / "results/index.html").read_text(encoding="utf-8")
    assert "Anything" in page
    pooled = (review / "results/tables/pooled.csv").read_text(encoding="utf-8").splitlines()
    name = next(line for line in pooled[1:] if "__response__" in line).split(",")[0]
    called(command, review, "plot", "forest", "--analysis", name, "--out", "forest.svg")
    assert (review / "forest.svg").read_bytes().startswith(b"<?xml") or b"<svg" in (review / "forest.svg").read_bytes()
    called(command, review, "export", "metafor", "--out", "for-r")
    assert any((review / "for-r").iterdir())
    (review / "studies.csv").write_text("study,ai,n1i,ci,n2i\nA 2001,4,20,8,20\nB 2002,3,30,9,31\n", encoding="utf-8")
    called(command, review, "import", "csv", "studies.csv", "--guess", "--out", "imported")
    assert (review / "imported/analyses.csv").exists()
    sources = {p.parent for p in Path(command[0]).parents[1].rglob("evidence_synthesis/__init__.py")}
    assert len(sources) == 1
    assert str(ROOT) not in called(command, review, "run")
