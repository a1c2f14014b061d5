# Every target sets up what it needs; `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   ?= demo

.PHONY: help setup demo test lint types unit audit test-containers mutants crash foreign hostile soak check-config bench percentiles lock generated clean
help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP)  ## virtual environment, locked dependencies, the stack's binaries
$(STAMP): requirements/all.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || sh requirements/venv.sh $(PYTHON) $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/all.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m simulator.erpgo.stack.supervisor.binaries
	@touch $@

demo: setup  ## the main job: one game day with five faults on the embedded stack (DEMO=smoke for another)
	$(BIN)/simulator run $(DEMO)

test: setup lint types unit  ## the whole gate: lint, types, unit, contract, property and end-to-end tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
types: setup
	$(BIN)/mypy
unit: setup
	$(BIN)/pytest

audit: setup  ## what is locked, held against the known vulnerabilities; says so when no database can be reached
	$(BIN)/python -m requirements.audit

test-containers: setup  ## the tests on real containers; starts a Docker engine where it can
	COMPOSE_PROJECT_NAME=$${COMPOSE_PROJECT_NAME:-erpgo-tests} $(BIN)/pytest tests/containers -m containers -n 0

mutants: setup  ## every mutant of stack and run, each of which must turn the verdict away from `met` (about half an hour)
	MUTANTS=all $(BIN)/pytest tests/mutants --dist load

crash: setup  ## the engine killed at every step of every fault: nothing may be left after five seconds (about half an hour)
	CRASH=all $(BIN)/pytest tests/crash --dist load

foreign: setup  ## everything on somebody else's system: its whole game day by a built wheel, every mutant, slow scrapes, fifty deaths of the engine (about 20 minutes)
	FOREIGN=all $(BIN)/pytest tests/foreign --dist loadfile --loadscope-reorder

hostile: setup  ## twenty times as much malformed input as in the gate, other input each time (about half an hour)
	HOSTILE=all $(BIN)/pytest tests/hostile --timeout 3600

soak: setup  ## looping experiments for an hour, and what grows meanwhile (SOAK=10m for less)
	$(BIN)/python -m tests.soak

check-config: setup  ## each configuration file of the containers, verified by its own program where that is here
	$(BIN)/python -m simulator.erpgo.stack.check

bench: setup  ## ratios measured side by side in one run (BENCH=short only shows that it works)
	$(BIN)/python -m tests.bench

percentiles: setup  ## how fast each class of alert is, over 20 repeats; goes on where it was stopped (about an hour)
	$(BIN)/python -m docs.percentiles $(PERCENTILES)

generated: setup  ## write what is made from source: rules, dashboards, the containers' configuration, pages of the docs
	$(BIN)/python -m simulator.erpgo.stack.prometheus.rules
	$(BIN)/python -m simulator.erpgo.stack.grafana.dashboards
	$(BIN)/python -m simulator.erpgo.stack.compose.render
	$(BIN)/python -m docs.generate

lock: setup  ## resolve pyproject.toml again into requirements/all.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --extra embedded --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/all.txt
	$(BIN)/uv pip compile -q simulator/erpgo/stack/images/erpgo/requirements.in -c requirements/all.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o simulator/erpgo/stack/images/erpgo/requirements.txt

clean:  ## remove the virtual environment
	rm -rf $(VENV)
