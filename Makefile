# One-word commands. `make` alone lists them; `.ci/run` calls the same ones.
PYTHON ?= python
PYTEST ?= pytest

.PHONY: help install check format types fast test coverage conformance bench docs
.DEFAULT_GOAL := help

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

install: ## install the package with everything the tests need, and the pre-commit hooks if pre-commit is there
	$(PYTHON) -m pip install -e '.[local,test]'
	@if command -v pre-commit >/dev/null; then pre-commit install; fi

check: ## lint, formatting and types
	ruff check .
	ruff format --check .
	$(MAKE) --no-print-directory types

format: ## format the code, and apply what the linter can fix
	ruff check --fix .
	ruff format .

types: ## check types
	mypy

fast: ## the tests that load no speech model
	$(PYTEST) -m 'not speech'

test: ## all tests
	$(PYTEST)

coverage: ## the branches that the tests of core/ and team/ cover there; 100 % is required
	$(PYTEST) tests/core tests/team --ignore=tests/core/test_walk.py --cov --cov-report=
	coverage report --skip-covered --fail-under=100

conformance: ## drive the newest releases of real clients through a team, and let a simulated telephone call one
	$(PYTHON) -m tests.conformance
	$(PYTHON) -m tests.conformance.telephone

bench: ## measure the gateway against a bare relay (Linux, two idle cores, ten minutes)
	$(PYTHON) -m tests.benchmarks

docs: ## write the generated tables and drawings into the pages
	$(PYTHON) -m tests.docs
