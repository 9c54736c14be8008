# What all rules share: the checked config, the library on the path, and digests that tell when library code changed.
import hashlib
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
DATA = Path(config.get("data", "data"))

# In a checkout the library beside the workflow counts, installed or not; in an installed package it is there already.
SOURCE = [str(ROOT / "src")] if (ROOT / "src").is_dir() else []
sys.path[:0] = SOURCE
from evidence_synthesis.storage.code import code_behind, library_digest
from evidence_synthesis.storage.committed import committed_results
from evidence_synthesis.storage.processors import same_sums
from evidence_synthesis.review.settings import names_of
from evidence_synthesis.review.check_settings import FILE, named_data, setting_faults
from evidence_synthesis.review.yaml_file import Document, read_yaml

if config.get("as_of"):
    config["as_of"] = str(config["as_of"])  # a date or a number to YAML
SETTINGS = Document(FILE, config, {})
if workflow.is_main_process:  # jobs follow what was checked
    schema = read_yaml(ROOT / "workflow/schemas/config.schema.yaml")
    faults = setting_faults(SETTINGS, schema)
    if faults:
        raise WorkflowError("\n".join(map(str, faults)))

# Jobs find the library without installing it, also on a cluster node, and all come to the same sums.
os.environ.update(
    same_sums(),
    PYTHONPATH=os.pathsep.join(
        filter(None, (*SOURCE, os.environ.get("PYTHONPATH", "")))
    ),
)


def code(script):
    """What a rule's script is made of in the library: Snakemake sees no edit there, but a changed param."""
    return code_behind(ROOT / f"workflow/scripts/{script}.py")


def digest_of(settings):
    """What tells that settings changed; jobs have the settings themselves from the engine."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]


def data_digest():
    """What the data hold: the content decides whether to run, not the clock (files may be older than results)."""
    digest = hashlib.sha256()
    for path in map(Path, data_files()):
        digest.update(str(path.relative_to(DATA)).encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def data_files():
    """Every file of the data package."""
    return sorted(
        str(p)
        for pattern in (
            "VERSION",
            "CHANGELOG.md",
            "*.csv",
            "*.json",
            "*.yaml",
            "schemas/*.json",
            "results/*.csv",
            "trials/*.csv",
        )
        for p in DATA.glob(pattern)
    )
