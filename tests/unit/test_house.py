"""The house stays in order: imports, data flow, data package, environment, settings, words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from conftest import DATA, ROOT, columns_of, read_csv
from jsonschema import Draft202012Validator

from evidence_synthesis.exports import sof_documents
from evidence_synthesis.plots import overview, panels
from evidence_synthesis.review import schema
from evidence_synthesis.review.describe import descriptor
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.storage.code import files_behind

LIBRARY = ROOT / "src/evidence_synthesis"
DATA_FLOW = """
errors storage templates stats review audit effects selection wording importers synthesis conclusions compare plots exports entry
front report cli __main__
"""
ORDER = DATA_FLOW.split()


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("evidence_synthesis"):
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {a.name for a in node.names}
    return names


def module_of(path: Path) -> str:
    relative = path.relative_to(LIBRARY)
    return relative.parts[0].removesuffix(".py")


def test_data_flows_one_way() -> None:
    for path in LIBRARY.rglob("*.py"):
        module = module_of(path)
        if path == LIBRARY / "__init__.py":  # names are fetched when they are used; test_front_door holds it
            continue
        for name in imported(path) - {module}:
            assert ORDER.index(name) < ORDER.index(module), f"{path.name} imports {name}"


def modules_behind(path: Path) -> set[str]:
    """The library's modules that a module imports, by their dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evidence_synthesis."):
            whole = str(node.module).removeprefix("evidence_synthesis.")
            below = {f"{whole}.{alias.name}" for alias in node.names}
            found |= {name for name in (whole, *below) if LIBRARY.joinpath(*name.split(".")).with_suffix(".py").exists()}
    return found


def test_imports_inside_a_folder_go_one_way() -> None:
    """Folders follow DATA_FLOW; inside them the modules can be put into an order, too."""
    graph = {
        ".".join(path.relative_to(LIBRARY).with_suffix("").parts): modules_behind(path)
        for path in LIBRARY.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert len(graph) > 100
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)  # raises CycleError


def test_a_name_of_a_class_stands_once() -> None:
    names = [
        node.name
        for path in LIBRARY.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert len(names) > 50
    assert not {name for name, times in Counter(names).items() if times > 1}


def test_all_errors_have_one_root() -> None:
    """Every class of errors comes from EvidenceError, and nothing raises Python's own for what a user did."""
    bases: dict[str, set[str]] = {}
    for path in LIBRARY.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {ast.unparse(b) for b in node.bases}
            raised = node.exc.func if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) else None
            assert not isinstance(raised, ast.Name) or raised.id not in ("ValueError", "KeyError", "LookupError", "Exception"), (
                path
            )
    python = {"Exception", "ValueError", "LookupError", "KeyError", "RuntimeError", "FileNotFoundError", "OSError"}
    errors = {name for name, of in bases.items() if of & python}
    assert len(errors) > 8
    assert {name for name in errors if "EvidenceError" not in bases[name]} == {"EvidenceError"}


def test_the_statistics_need_numpy_and_special_functions_only() -> None:
    """At import; a few functions fetch an optimiser or a rank test of SciPy when they are called."""
    for path in (LIBRARY / "stats").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            known = (
                "evidence_synthesis.stats",
                "evidence_synthesis.errors",
                "numpy",
                "scipy.special" if node in tree.body else "scipy",
            )
            for name in names:
                assert name.startswith(known) or name.split(".")[0] in sys.stdlib_module_names, f"{path.name} imports {name}"


_COUNTED = {
    "len",
    "int",
    "bool",
    "size",
    "file_size",
    "width",
    "levels",
    "trials",
    "_size",
}  # whole numbers, by the names of what gives them


def _is_whole(summed: ast.expr) -> bool:
    """Whether an expression is seen to give whole numbers: a comparison, a count, or a name from a list of counts."""
    if isinstance(summed, ast.GeneratorExp):
        return _is_whole(summed.elt)
    if isinstance(summed, ast.Call):
        called = summed.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name in _COUNTED or (name == "map" and getattr(summed.args[0], "id", "") in _COUNTED)
    if isinstance(summed, ast.Attribute):
        return summed.attr in _COUNTED
    return isinstance(summed, ast.Compare) or (isinstance(summed, ast.Name) and summed.id == "n")


def test_fractions_are_added_alike_by_every_python() -> None:
    """Python 3.12 and newer round ``sum`` of fractions otherwise than 3.11; ``math.fsum`` is alike in all."""
    found = 0
    for path in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
                found += 1
                assert _is_whole(node.args[0]), f"{path.name}, line {node.lineno}: take math.fsum, or count what is whole"
    assert found > 10


# Modules that a job may import without the heavy libraries.
DIET = {
    "review.schema": {"numpy", "scipy", "pandas", "matplotlib", "frictionless"},
    "review.package": {"numpy", "scipy", "pandas", "matplotlib", "frictionless"},
    "review.trials": {"numpy", "scipy", "pandas", "matplotlib", "frictionless"},
    "review.settings": {"numpy", "scipy", "pandas", "matplotlib"},
    "selection.analyses": {"scipy.stats", "scipy.optimize", "pandas", "matplotlib", "statsmodels"},
    "synthesis.pooled": {"scipy.stats", "scipy.optimize", "pandas", "matplotlib", "statsmodels"},
    "storage.table_row": {"numpy", "scipy", "pandas", "matplotlib"},
    "audit.table": {"numpy", "scipy", "pandas", "matplotlib"},
    "synthesis.rows.analyses": {"numpy", "scipy", "pandas", "matplotlib"},
    "synthesis.rows.conclusions": {"scipy", "pandas", "matplotlib", "statsmodels"},
    "stats.pooling": {"scipy.stats", "scipy.optimize", "pandas", "matplotlib", "statsmodels"},
    "plots.from_tables": {"scipy", "pandas", "matplotlib.pyplot", "statsmodels"},
    "exports.sof_documents": {"scipy", "pandas", "matplotlib", "statsmodels"},
    "report.site": {"scipy", "pandas", "matplotlib", "statsmodels"},
}


@pytest.mark.parametrize("module", DIET)
def test_import_diet(module: str) -> None:
    code = f"import sys, evidence_synthesis.{module}; print(*sys.modules)"
    path = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=path).stdout.split()
    )
    assert not DIET[module] & loaded


def test_published_tables_are_read_as_typed_rows() -> None:
    """Text cells are for what people entered; the command that hands a table on takes it as it is."""
    alias = re.compile(r"^\w+ = (?:Mapping|dict)\[str, (?:str|object)\]", re.MULTILINE)
    for path in [*LIBRARY.rglob("*.py"), *ROOT.glob("workflow/scripts/*.py")]:
        text = path.read_text(encoding="utf-8")
        if path != LIBRARY / "cli/exchange.py":
            assert not re.search(r"read_checked\([^\n]*tables/", text), path
        if path not in (
            LIBRARY / "storage/files.py",
            LIBRARY / "entry/plan.py",
        ):  # rows read, rows to be written
            assert not alias.search(text), path


def test_the_library_knows_neither_snakemake_nor_the_topic() -> None:
    for path in LIBRARY.rglob("*"):
        if path.suffix in (".py", ".j2"):
            text = path.read_text(encoding="utf-8").lower()
            if path != LIBRARY / "cli/engine.py":  # the command that runs the workflow
                assert "snakemake" not in text, path
            assert not re.search(r"back pain|low back|massage|acupuncture", text), path


def test_files_are_short() -> None:
    for path in [*ROOT.glob("src/**/*.py"), *ROOT.glob("workflow/**/*.smk"), *ROOT.glob("tests/**/*.py")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) < 600, path


def test_functions_are_short() -> None:
    for path in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno <= 75, f"{path.name}: {node.name}"


def test_the_engine_reads_columns_that_the_schema_has() -> None:
    for table, columns in (("trials", schema.TRIAL_COLUMNS), ("results", schema.RESULT_COLUMNS)):
        assert set(columns) <= set(columns_of(table))
    assert set(schema.JUDGEMENT_COLUMNS) <= set(columns_of("risk_of_bias"))


@pytest.mark.parametrize("folder", [DATA, ROOT / "examples/depression/data"], ids=["review", "example"])
def test_the_descriptor_is_as_the_files_are(folder: Path) -> None:
    assert (folder / "datapackage.json").read_text(encoding="utf-8") == descriptor(folder), "run evidence-synthesis describe"


def test_reference_numbers_are_unique_and_complete() -> None:
    refs = [int(s["ref"]) for s in read_csv(DATA / "sources.csv")]
    assert sorted(refs) == list(range(1, len(refs) + 1))


def test_every_decision_says_why() -> None:
    for entry in read_csv(DATA / "corrections.csv"):
        assert len(entry["reason"]) > 20, entry


def test_instruments_with_a_difference_name_its_source() -> None:
    for row in read_csv(DATA / "instruments.csv"):
        assert bool(row["important_difference"]) == bool(row["important_difference_source"]), row["instrument_id"]


SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))


def test_the_config_obeys_its_schema(config: dict) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(config)


def described(node: object, path: str = "") -> list[str]:
    """Paths of properties without a description or enumeration."""
    if not isinstance(node, dict):
        return []
    missing = []
    for name, child in node.get("properties", {}).items():
        if "description" not in child:
            missing.append(f"{path}/{name}")
        missing += described(child, f"{path}/{name}")
    return missing


def lists(node: object) -> Iterator[dict]:
    """Every list that a schema describes."""
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and node.get("type") == "array":
        yield node
    for child in inside:
        yield from lists(child)


def test_no_list_of_the_settings_takes_a_value_twice() -> None:
    """A choice that stands twice would count twice, in shares of universes and in tables."""
    found = list(lists(SCHEMA))
    assert len(found) > 20
    assert all(node.get("uniqueItems") for node in found)


def test_every_setting_is_described_and_typos_are_errors(config: dict) -> None:
    assert described(SCHEMA) == []
    assert list(Draft202012Validator(SCHEMA).iter_errors(config | {"selektion": {}}))


def test_windows_follow_each_other(config: dict) -> None:
    for preset in config["windows"]["presets"]:
        chosen = config | {"windows": config["windows"] | {"use": preset}}
        windows = load_settings(chosen).windows
        assert all(a.up_to <= b.after for a, b in pairwise(windows))


def test_conda_and_pip_install_the_same() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert {"pip": ["-r requirements.lock"]} in environment["dependencies"]
    assert "pip install --no-deps --no-build-isolation -e ." in (ROOT / "environment.yml").read_text()
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE)
    assert lock.count("--hash=sha256:") >= len(pins)
    wanted = re.findall(r'^  "([A-Za-z0-9-]+)', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert {w.lower() for w in wanted} <= {p.lower() for p in pins}
    assert "://" not in lock


@pytest.mark.parametrize("script", ["conclude", "documents", "figures", "synthesise"])
def test_a_rule_runs_again_when_anything_behind_its_script_changes(script: str) -> None:
    code = f"import sys, {script}; print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('evidence_synthesis.')))"
    path = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'workflow/scripts'}", "PATH": "/usr/bin:/bin"}
    loaded = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True).stdout.split()
    needed = set(map(Path, loaded))
    assert len(needed) > 8
    assert needed <= set(files_behind(ROOT / f"workflow/scripts/{script}.py"))


@pytest.mark.parametrize(("maker", "script"), [(sof_documents, "documents"), (panels, "figures"), (overview, "summaries")])
def test_what_fingerprints_depend_on_runs_the_rule_again(maker: ModuleType, script: str) -> None:
    """Otherwise a change of it leaves stored fingerprints that a fresh run does not give."""
    behind = files_behind(ROOT / f"workflow/scripts/{script}.py")
    assert {Path(str(maker.__file__)), *files_behind(Path(str(maker.__file__)))} <= set(behind)


def test_what_stands_behind_a_script_includes_late_imports_and_templates(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text("def f():\n    from evidence_synthesis.report import (\n        site,\n    )\n", encoding="utf-8")
    names = {p.relative_to(LIBRARY).as_posix() for p in files_behind(script)}
    assert {"report/site.py", "wording.py", "templates/site/overview.html.j2", "templates/site/macros.html.j2"} <= names
    assert not {"importers/review.py", "templates/changes.html.j2"} & names


def test_a_template_of_pages_does_not_stand_behind_documents() -> None:
    templates = [p.name for p in files_behind(Path(str(sof_documents.__file__))) if p.suffix == ".j2"]
    assert sorted(templates) == ["sof.html.j2", "sof.tex.j2"]
