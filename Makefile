# The commands of the project; `make` alone lists them.
PYTHON := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run train test test-fast lint check bench lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# uv, in a private folder where the PATH has none.
.uv/bin/uv: requirements/uv.txt
	@echo "guichet: installing uv in .uv…"
	@python3 -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

UV_READY := $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)

# One environment; which list it holds stands in its stamp.
.venv/run.stamp: requirements/run.txt pyproject.toml bin/install $(UV_READY)
	@bash bin/install $(UV) run
.venv/dev.stamp: requirements/dev.txt pyproject.toml bin/install $(UV_READY)
	@bash bin/install $(UV) dev

setup: ## install the packages that the desk needs
	@test -e .venv/dev.stamp && test -z "$$(find requirements/dev.txt pyproject.toml bin/install -newer .venv/dev.stamp)" || $(MAKE) --silent --no-print-directory .venv/run.stamp

setup-dev: .venv/dev.stamp ## install the packages that developing and testing need

run: setup ## set everything up and serve at http://127.0.0.1:8000
	@exec .venv/bin/guichet run

train: setup ## train the model if its inputs changed
	@.venv/bin/guichet train

# Files of tests side by side, one process a core. One that dies is not started again: if two die at once, pytest-xdist
# waits without end for tests that nobody runs.
SIDE_BY_SIDE := -n logical --maxprocesses 8 --dist loadfile --max-worker-restart 0
# Where Python may write no bytecode, each process would compile all tests anew: twice as long before the first one.
test test-fast: export PYTHONDONTWRITEBYTECODE :=

# One after the other: what is missing is told before anything is installed or trained.
test: ## set everything up, system packages included, and run all tests (SHUFFLE=4711: their files in the random order of that seed)
	@bash bin/system-packages
	@$(MAKE) --silent --no-print-directory setup-dev
	@bash bin/npm-packages
	@.venv/bin/guichet train
	@$(PYTHON) -m pytest $(SIDE_BY_SIDE)

test-fast: setup-dev ## the tests that need no server (PostgreSQL, dovecot), no browser and no trained model
	@$(PYTHON) -m pytest $(SIDE_BY_SIDE) -m "not server" --ignore tests/end_to_end --ignore tests/browser

lint: setup-dev ## check formatting, lint and types
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy

check: setup ## check all data
	@.venv/bin/guichet check

# Questions of another organization, to see how the matcher does on what it was not made for.
OUTSIDE ?= ../shared/benchmarks/quebec-covid-faq.jsonl

# Some of rasa, desk, tickets, matcher, mail, idle and outside; all unless told.
PARTS ?=

bench: setup-dev ## measure speed and memory, beside a stock Rasa (PARTS=tickets: that part only)
	@.venv/bin/guichet train
	@$(PYTHON) -m tests.bench $(foreach part,$(PARTS),--only $(part)) $(OUTSIDE)

lock: ## lock the dependencies again, in requirements/
	@bash bin/lock $(UV)

clean: ## remove the environment, the model and the local database
	@rm -rf .venv .uv models/guichet.* var build *.egg-info
