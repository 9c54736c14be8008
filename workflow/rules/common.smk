# What all rules share: the checked config, the library on the path, and digests that tell when library code changed.
import hashlib
import os
from pathlib import Path

from snakemake.utils import validate

ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
LIBRARY = ROOT / "src" / "evidence_synthesis"
DATA = Path(config.get("data", "data"))

validate(config, str(ROOT / "workflow/schemas/config.schema.yaml"))

# Jobs find the library without installing it, also on a cluster node; one BLAS thread gives the same bytes everywhere.
os.environ.update(
    PYTHONPATH=os.pathsep.join(
        filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH", "")))
    ),
    OPENBLAS_NUM_THREADS="1",
    MPLBACKEND="agg",
)


def code(*modules):
    """Digest of library modules: Snakemake does not see an edited library, but it sees a changed param."""
    files = sorted(
        path
        for name in modules
        for path in (
            [LIBRARY / f"{name}.py"]
            if (LIBRARY / f"{name}.py").exists()
            else (LIBRARY / name).rglob("*")
        )
    )
    return hashlib.sha256(
        b"\0".join(p.read_bytes() for p in files if p.is_file() and p.suffix != ".pyc")
    ).hexdigest()[:16]


def data_files():
    """Every file of the data package."""
    return sorted(
        str(p)
        for pattern in ("*.csv", "*.json", "schemas/*.json", "trials/*.csv")
        for p in DATA.glob(pattern)
    )
