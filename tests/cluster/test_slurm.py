"""The workflow through a real Slurm of one node gives the bytes of a local run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Package
from folders import contents

HERE = Path(__file__).parent
PLUGIN = Path(sys.prefix) / "slurm"  # make test-all puts the executor there
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch")


def environment() -> dict[str, str]:
    names = {k: v for k, v in os.environ.items() if not k.startswith(("SNAKEMAKE", "SLURM"))}
    return names | {"PYTHONPATH": os.pathsep.join(filter(None, (str(PLUGIN), os.environ.get("PYTHONPATH", ""))))}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster of one node on the loopback address; stopped and removed afterwards."""
    if os.geteuid() != 0 or not all(shutil.which(p) for p in PROGRAMS):
        pytest.skip("needs root and Debian's slurm-wlm and munge")
    if not (PLUGIN / "snakemake_executor_plugin_slurm").is_dir():
        pytest.skip("needs the executor plugin: make .venv/slurm/.installed")
    folder = Path("/tmp") / f"one-node-{os.getpid()}"
    folder.mkdir()
    started = subprocess.run(["bash", HERE / "one_node.sh", "start", folder], capture_output=True, text=True, check=False)
    try:
        assert started.returncode == 0, started.stderr
        yield folder
    finally:
        subprocess.run(["bash", HERE / "one_node.sh", "stop", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--configfile", str(folder / "config/config.yaml"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), cwd=folder)


def begin(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "config").mkdir()
    shutil.copy(ROOT / "config/config.yaml", folder / "config")
    Package(folder / "data")
    return folder


def test_through_slurm_as_on_this_machine(cluster: Path, tmp_path: Path) -> None:
    here, there = begin(tmp_path / "here"), begin(tmp_path / "there")
    local = snakemake(here, "--cores", "2")
    assert local.returncode == 0, local.stderr
    # without accounting: the plugin asks squeue, and no account is set
    options = ("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3")
    profile = ("--workflow-profile", str(ROOT / "profiles/slurm"))
    made = snakemake(there, *profile, *options, "--default-resources", "slurm_partition=debug", "mem_mb=400", "runtime=5")
    assert made.returncode == 0, made.stderr[-4000:]
    assert "Job" in made.stderr
    assert "submitted" in made.stderr.lower() or "slurm jobid" in made.stderr.lower()
    assert contents(there / "results") == contents(here / "results")
