# make results   build the environment and run the whole pipeline, with everything for print and Office (results/downloads/)
# make test      run the tests (fast ones); make test-all runs every suite
# make docs      build the documentation (docs/_build)
# make notebook  open the notebooks in Jupyter
.PHONY: results test test-all verify docs notebook lint lock clean environment

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= $(shell nproc 2>/dev/null || echo 2)

results: environment
	$(BIN)/python -m evidence_synthesis run --downloads --cores $(CORES)

test: environment
	$(BIN)/python -m pytest -n auto tests/unit

test-all: environment $(VENV)/slurm/.installed
	$(BIN)/python -m pytest -q -n auto tests/unit tests/reference tests/workflow tests/browser tests/faults tests/cluster

verify: environment
	$(BIN)/python -m evidence_synthesis run --verify --cores $(CORES)

docs: environment
	@rm -rf docs/_generated
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build

notebook: environment $(VENV)/jupyter/.installed
	$(VENV)/jupyter/bin/jupyter lab notebooks

# in an environment of its own, so that Jupyter changes none of what is pinned; the kernel is the project's
$(VENV)/jupyter/.installed: | environment
	$(PYTHON) -m venv $(VENV)/jupyter
	$(VENV)/jupyter/bin/python -m pip install --quiet --disable-pip-version-check 'jupyterlab>=4'
	$(BIN)/python -m ipykernel install --prefix $(VENV)/jupyter --name python3 --display-name 'Evidence synthesis'
	@touch $@

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

environment: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer (Debian: apt-get install python3)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $$($(PYTHON) --version) is here. Name another one with: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing (Debian: apt-get install python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/slurm/.installed: requirements-slurm.lock | environment
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target $(VENV)/slurm --no-deps --require-hashes -r requirements-slurm.lock
	@touch $@

lock:
	uv pip compile pyproject.toml --group dev --generate-hashes --python-version 3.11 --no-header --no-annotate -o requirements.lock
	uv pip compile --group cluster --no-deps --generate-hashes --python-version 3.11 --no-header --no-annotate -o requirements-slurm.lock

clean:
	rm -rf $(VENV) .snakemake logs
