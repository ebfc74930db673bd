# Needs Python 3.11 or newer and make; everything else is installed into .venv, at the versions in requirements*.txt.

# The system's own Python comes first, if it can make virtual environments: distributions build it with profiles and link-time
# optimisation, those who build their own (pyenv does) seldom do, and then it takes half as long again for the same work.
PYTHON ?= $(shell for python in /usr/bin/python3 python3.11 python3 python3.13 python3.12; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
NPM := $(shell command -v npm 2>/dev/null)
ARGS ?=
# Processes that run tests: one more than the cores of a small machine, for many tests wait.
WORKERS ?= 3
# What is run once more with PostgreSQL's strictest isolation, where the ledger itself is at stake.
SERIALIZABLE := tests/ledger tests/test_doors.py

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NODE := $(if $(NPM),tests/node/node_modules/.installed)
# setuptools is in the locks, so that building the project itself fetches nothing more.
INSTALL := $(PIP) install --no-deps --no-build-isolation --editable .
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-options \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --build-deps-for=editable

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test coverage mutants batches big crash failover ha hostile simulate bench bench-engines bench-full profile readme lint audit sbom lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r target what; do printf '  make %-13s %s\n' "$$target" "$$what"; done

run: .venv/run ## make a demo book unless there is one, print its login and serve it
	@$(BIN)/rpcserver demo --if-missing
	@exec $(BIN)/rpcserver serve $(ARGS)

test: .venv/dev $(NODE) ## run the tests over SQLite, then over PostgreSQL (ARGS="-k payments" for some of them)
	$(BIN)/pytest -n $(WORKERS) $(ARGS)
	$(BIN)/pytest -n $(WORKERS) --engine postgresql $(ARGS)
	$(BIN)/pytest -n $(WORKERS) --engine serializable $(SERIALIZABLE) $(ARGS)

coverage: .venv/dev ## show which lines and branches of ledger/ and identifiers/ no test reaches; fails below 90 %
	$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term-missing:skip-covered tests/identifiers tests/ledger $(ARGS)

mutants: .venv/mutants ## change the rules of money in small ways, and name each change that no test notices; takes minutes
	$(BIN)/python -m tests.mutants $(ARGS)

batches: .venv/dev $(NODE) ## run the tests with each write committed alone, then with writes waiting for company
	WRITE_BATCH=1 $(BIN)/pytest -n $(WORKERS) $(ARGS)
	WRITE_BATCH=64 WRITE_LINGER=0.005 $(BIN)/pytest -n $(WORKERS) $(ARGS)

big: .venv/dev ## run the tests that take minutes: a book of a million payments, all parameters at their limits
	$(BIN)/pytest tests/long -m big -o log_cli=true --log-cli-level=info $(ARGS)

crash: .venv/dev ## kill the server fifty times under load, look for what it told its callers, and renew the README's figures
	$(BIN)/python -m tests.crash $(ARGS)
	$(BIN)/python -m tests.readme

failover: .venv/dev ## kill the primary of two PostgreSQL servers ten times under load, look for what was told, and renew the figures
	$(BIN)/python -m tests.failover $(ARGS)
	$(BIN)/python -m tests.readme

ha: .venv/dev ## the same with three nodes under Patroni and etcd, where Debian's packages of them are installed
	$(BIN)/python -m tests.failover --patroni $(ARGS)
	$(BIN)/python -m tests.readme

hostile: .venv/dev ## send the server hostile traffic beside an honest client, 100 MB of random bytes among it, and renew the README's figures
	$(BIN)/python -m tests.hostile $(ARGS)
	$(BIN)/python -m tests.readme

bench: .venv/dev ## measure it beside other servers, in less than three minutes, and renew the README's figures
	$(BIN)/python -m tests.benchmarks $(ARGS)
	$(BIN)/python -m tests.readme

bench-engines: .venv/dev ## measure PostgreSQL beside SQLite, and renew the README's figures
	$(BIN)/python -m tests.benchmarks --engines $(ARGS)
	$(BIN)/python -m tests.readme

profile: .venv/dev ## look in which rooms of the house a call spends its time, and renew the README's figures
	$(BIN)/python -m tests.benchmarks.profile
	$(BIN)/python -m tests.readme

bench-full: .venv/dev ## measure also more connections, a million payments and two workers; takes half an hour
	$(BIN)/python -m tests.benchmarks --full $(ARGS)
	$(BIN)/python -m tests.readme

simulate: .venv/dev ## run the simulation for 20 seeds of 10,000 steps (ARGS="--seeds 3 --minutes 30" for others), and renew the README's figures
	$(BIN)/python -m tests.simulation $(ARGS)
	$(BIN)/python -m tests.readme

readme: .venv/dev ## renew the tables in the README that are made from the code
	$(BIN)/python -m tests.readme

lint: .venv/dev ## check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

audit: .venv/dev ## ask whether a locked package is known to be vulnerable; says so where the advisories cannot be had
	$(BIN)/python -m tests.audit

sbom: .venv/dev ## write what a server consists of, with hashes, into sbom.json (CycloneDX)
	$(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml --output-format JSON --output-file sbom.json requirements.txt

lock: .venv/dev ## lock the versions anew, with Python 3.11 (ARGS=--upgrade for the newest ones)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "The locks are made with the oldest Python they serve: rm -r .venv; make lock PYTHON=python3.11" >&2; exit 1; }
	$(LOCK) $(ARGS) --output-file=requirements.txt pyproject.toml
	$(LOCK) $(ARGS) --extra=postgres --constraint=requirements.txt --output-file=requirements-postgres.txt pyproject.toml
	$(LOCK) $(ARGS) --extra=dev --constraint=requirements-postgres.txt --output-file=requirements-dev.txt pyproject.toml
	$(LOCK) $(ARGS) --extra=mutants --constraint=requirements-dev.txt --output-file=requirements-mutants.txt pyproject.toml
	$(if $(NPM),cd tests/node && npm install --package-lock-only)

clean: ## remove what was installed, built or cached; books, demo.json and .env stay
	rm -rf .venv build dist sbom.json *.egg-info tests/node/node_modules .*_cache .hypothesis .coverage mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run: requirements.txt pyproject.toml | .venv/bin/python
	$(PIP) install --no-deps --require-hashes --requirement requirements.txt
	$(INSTALL)
	@touch $@

.venv/dev: requirements-dev.txt pyproject.toml | .venv/bin/python
	$(PIP) install --no-deps --require-hashes --requirement requirements-dev.txt
	$(INSTALL)
	@touch $@ .venv/run

# Its parser of Python asks for another YAML library in 3.13 alone, which a lock made with 3.11 does not hold.
.venv/mutants: requirements-mutants.txt .venv/dev
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] == (3, 13))' || \
		{ echo "mutmut is not locked for Python 3.13: rm -r .venv; make mutants PYTHON=python3.12" >&2; exit 1; }
	$(PIP) install --no-deps --require-hashes --requirement requirements-mutants.txt
	@touch $@

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer is here; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) can make no virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

tests/node/node_modules/.installed: tests/node/package-lock.json
	cd tests/node && npm ci
	@touch $@
