# What people and CI type. `make help` lists it.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VERSIONS := 1.37 1.34
# One process for each processor; tests/conftest.py says what stays in one. `make test PROCESSES=` has one alone.
PROCESSES ?= --numprocesses logical --maxprocesses 8 --no-loadscope-reorder
SURFACE ?= rules
SECONDS ?= 600
.DEFAULT_GOAL := help
.PHONY: help validate test test-dask test-live test-kind test-remote test-soak test-spark fuzz fuzz-coverage fuzz-recorder bench lint \
	format check generate generate-kind check-generate control-plane install clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

validate: $(BIN)/.installed ## judge the bundled rules on the bundled dataset
	$(BIN)/toolkit validate

test: $(BIN)/.installed-dev ## the tests; cluster tests run where a control plane is built
	$(BIN)/pytest $(PROCESSES)

test-dask: $(BIN)/.installed-dev ## the longer tests of `toolkit run --on dask`, on clusters of this machine
	$(BIN)/pytest -rA -m dask tests/spread

test-live: $(BIN)/.installed-dev ## the long tests of `toolkit run` on an endpoint: 100,000 reviews, all scenarios
	$(BIN)/pytest -m live -rA
	$(BIN)/pytest tests/live/test_live_cluster.py -k answered
	$(BIN)/pytest -rP tests/live/test_follow.py -k "soon_after or next_to_nothing"
fuzz: $(BIN)/.installed-dev ## a million damaged lines, and rules, scenarios …; 100,000 events through both engines
	$(BIN)/pytest -m fuzz tests/properties

fuzz-coverage: $(BIN)/.installed-dev ## what follows coverage: SURFACE=rules, and others of tests/properties/surfaces.py
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python tests/properties/coverage_guided.py $(SURFACE) -max_total_time=$(SECONDS)

bench: $(BIN)/.installed-dev ## measure the engine, and write docs/performance.md
	$(BIN)/python scripts/bench.py

test-spark: $(VENV)-spark/.installed ## the docs' lines for Spark and Ray on the real ones; needs Java
	$(VENV)-spark/bin/pytest -rA -m spark tests/spread/test_other_engines.py

test-remote: $(VENV)-remote/.installed ## logs in buckets, on a server with the interface of S3
	$(VENV)-remote/bin/pytest -rA -m remote tests/storage tests/spread/test_runs_in_a_bucket.py tests/test_readme.py

test-soak: $(BIN)/.installed-dev ## 100,000 requests through the recorder, beside a server that does nothing
	$(BIN)/pytest -q -s -m soak tests/webhook/test_soak.py tests/webhook/test_slow_callers.py

fuzz-recorder: $(BIN)/.installed-dev ## the recorder under all kinds of nonsense, for longer than in the tests
	$(BIN)/pytest -q -s -m soak tests/webhook/test_fuzz.py

test-kind: $(BIN)/.installed-dev ## the tests on real kind clusters; they fail where none can be made
	VENV=$(VENV) scripts/test-kind.sh

lint: $(BIN)/.installed-dev ## format, lint, strict types, layer rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_layers.py

check: lint test ## lint and tests

format: $(BIN)/.installed-dev ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

control-plane: ## build etcd, kube-apiserver and kube-controller-manager into the cache folder
	for version in $(VERSIONS); do scripts/control-plane/build.sh $$version || exit $$?; done

generate: $(BIN)/.installed-dev control-plane ## play every scenario on a control plane and rewrite test_files/
	for version in $(VERSIONS); do $(BIN)/toolkit generate --provider local --kubernetes $$version || exit $$?; done

generate-kind: $(BIN)/.installed-dev ## what only a cluster with nodes gives: its noise, and what a kubelet does
	$(BIN)/toolkit generate --image "$${TOOLKIT_IMAGE:?name a node image of the version that control-plane pins}" --recorder toolkit
	$(BIN)/toolkit generate --provider local --kubernetes 1.34

check-generate: $(BIN)/.installed-dev control-plane ## the same into a temporary folder; any difference fails
	for version in $(VERSIONS); do $(BIN)/toolkit generate --provider local --kubernetes $$version --check || exit $$?; done

install: $(BIN)/.installed-dev ## the virtual environment with everything

clean: ## remove the virtual environment and what tools left behind
	rm -rf $(VENV) $(VENV)-remote $(VENV)-spark build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found; install one, or name it: make PYTHON=/path/to/python" >&2; exit 4; }
	$(PYTHON) -m venv $(VENV) || { echo "error: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 4; }

$(VENV)-%/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv $(VENV)-$*
	$(VENV)-$*/bin/pip install --quiet --disable-pip-version-check --editable '.[test-$*]'
	@touch $@

$(BIN)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(BIN)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(BIN)/.installed
