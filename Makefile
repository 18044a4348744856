# Everything a developer does. Paths stay relative and programs run as `python -m`, so that neither a space in the
# folder's path nor a long one matters.
PYTHON ?= python3
# Trust what the machine trusts: behind a company's proxy uv's own certificates are not enough.
export UV_SYSTEM_CERTS ?= true
# Images like to set it, and here it would have every start compile some thousand modules again: seconds each time.
unexport PYTHONDONTWRITEBYTECODE

# Where the environment is: another one beside it has another Python (.ci/run).
VENV ?= .venv
PY := $(VENV)/bin/python
# An editable install knows its folder by its full path: a moved or copied checkout installs itself anew.
CHECKOUT := $(shell pwd | cksum | cut -d ' ' -f 1)
# All that a developer needs has all that `make run` needs: where the first is installed, the second is not made.
SET_UP := $(VENV)/.installed-$(CHECKOUT)
SET_UP_TO_RUN := $(VENV)/.installed-to-run-$(CHECKOUT)
# Braintree's script for browsers and its library for Node.js, as npm has them: tests need them, and nothing else does.
FROM_NPM := $(if $(shell command -v npm),node_modules/.package-lock.json)
# Tests wait for processes and sockets for a third of their time, so there are three workers for two processors. Neighbours
# run on one worker, so that the fixtures of a file are made once. loadgroup would run one test of equal ids.
WORKERS = $(shell $(PY) -c 'import os; print((3 * os.cpu_count() + 1) // 2)')
PYTEST = -m pytest -n $(WORKERS) --dist worksteal
.PHONY: help setup run test test-api test-sandbox test-again coverage mutate model chaos chaos-mail check format migration openapi messages lint-contract clients clients-js-py lock bench clean forget-data

help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo 'Settings, as variables: PYTHON (python3), PORT (8000), SANDBOX_PORT (3000), SANDBOX_TLS_PORT (3443), SMTP_PORT (1025), MAIL_PORT (8025), DATABASE_URL (embedded PostgreSQL)'
	@echo 'Of make run for portals: PORTAL_URL (none: mails have bare tokens), CORS_ORIGINS, LOCALES, VENDOR_NAME, VENDOR_COLOR; README, "Settings"'

setup: $(SET_UP) ## Make .venv from requirements-dev.lock: all that is needed to run, test and check

$(SET_UP): requirements-dev.lock
$(SET_UP_TO_RUN): requirements-local.lock
$(SET_UP) $(SET_UP_TO_RUN): pyproject.toml sandbox/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3 …' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo 'This Python cannot make environments. Debian: apt-get install python3-venv' >&2; exit 1; }
	@# `make setup run`: when this was read, the first was yet to be made.
	@test $@ = $(SET_UP_TO_RUN) -a -e $(SET_UP) || $(PYTHON) -I src/billing_api/dev/environment.py $(VENV) $(filter %.lock,$^)
	@touch $@

run: $(or $(wildcard $(SET_UP)),$(SET_UP_TO_RUN)) ## Start everything: PostgreSQL, the Braintree sandbox, a mail server and the API with demo data; Ctrl-C stops it
	@exec $(PY) -m billing_api.dev --parent $$PPID

test: test-sandbox test-api ## Run all tests but tests/architecture, which make check runs: the sandbox's, then the API's

test-api: setup $(FROM_NPM:%=tests/%) ## Run the API's tests: PostgreSQL, a browser (tests/architecture: make check)
	@$(PY) $(PYTEST) --ignore=tests/architecture

coverage: setup $(FROM_NPM:%=tests/%) ## Run the API's tests once more, and list the lines that they miss
	@$(PY) $(PYTEST) --cov --cov-report=term-missing:skip-covered --ignore=tests/architecture

test-sandbox: setup $(FROM_NPM:%=sandbox/tests/%) ## Run the sandbox's tests: Braintree's own libraries, over sockets
	@$(PY) $(PYTEST) sandbox

test-again: setup ## Run all but the slowest tests: make test-again VENV=.venv-3.13 PYTHON=python3.13
	@$(PY) $(PYTEST) -q sandbox
	@# Schemathesis makes the requests of its slow tests when they are collected: ten seconds in each worker.
	@$(PY) $(PYTEST) -q -m 'not slow' --ignore=tests/architecture --ignore=tests/browser --ignore=tests/http/test_schemathesis.py

mutate: setup ## Break money, keys and tokens line by line and list what no test notices: make mutate only="auth/tokens"
	@$(PY) -m tests.mutation $(only)

model: setup ## Have spin try every order of the steps of paying, with crashes, pauses and losses (STORIES=1: print each fault)
	@$(PY) -m model_check $(if $(STORIES),--stories)

%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	@# Without a network the other tests still run; the last lines of the run then tell of those that did not.
	@cd $* && npm ci --loglevel=error >/dev/null && touch node_modules/.package-lock.json \
	  || echo "npm could not install what $*/package.json names: tests that need it will be skipped." >&2

check: setup ## Check format, lint, types, import contracts, architecture rules, drift of openapi/
	@$(PY) -m ruff format --check || { echo 'make format puts the code into its format.' >&2; exit 1; }
	@$(PY) -m ruff check
	@$(PY) -m mypy
	@# These read the code and start no server: without the fixtures of the other tests they take seconds.
	@$(PY) -m pytest -q --confcutdir=tests/architecture tests/architecture

format: setup ## Put the code into its format and mend what ruff can mend
	@$(PY) -m ruff check --fix --exit-zero
	@$(PY) -m ruff format

migration: setup ## Write a migration from the difference between tables and migrations: make migration m="what it does"
	@test -n "$$m" || { echo 'Say what it does: make migration m="add the table of plans"' >&2; exit 1; }
	@$(PY) -m billing_api.dev.migration "$$m"
	@$(PY) -m ruff check --quiet --fix --exit-zero migrations
	@$(PY) -m ruff format --quiet migrations

openapi: setup ## Write openapi/billing-api.v1.json
	@$(PY) -m billing_api.cli openapi

messages: setup ## Bring the catalogues of src/billing_api/locales up to date with the words in the code
	@mkdir -p build
	@$(PY) -W error -m babel.messages.frontend -q extract $(EXTRACT) -o build/messages.pot src/billing_api
	@$(PY) -W error -m babel.messages.frontend -q update $(UPDATE) -i build/messages.pot -d src/billing_api/locales
EXTRACT = -F pyproject.toml --no-default-keywords -k _ -k gettext -k ngettext:1,2 -k pgettext:1c,2 --add-location=file --sort-output
UPDATE = --no-fuzzy-matching --ignore-pot-creation-date --ignore-obsolete --no-wrap

lint-contract: openapi/tools/node_modules/.package-lock.json ## Lint the contract by Redocly's rules and Spectral's (OAS, OWASP)
	@cd openapi/tools && node_modules/.bin/redocly lint --config redocly.yaml --max-problems 1000 ../billing-api.v1.json
	@cd openapi/tools && node_modules/.bin/spectral lint --ruleset .spectral.yaml --fail-severity hint ../billing-api.v1.json

clients: setup openapi/tools/node_modules/.package-lock.json ## Generate clients with seven generators, and compile them: minutes
clients-js-py: setup openapi/tools/node_modules/.package-lock.json ## Generate clients with the three generators that need no Java
clients clients-js-py:
	@test -x .venv-clients/bin/python || $(PYTHON) -m venv .venv-clients
	@$(PY) -m uv pip sync --quiet --python .venv-clients/bin/python --require-hashes openapi/tools/requirements.txt
	@openapi/tools/clients.sh "$$PWD/.venv-clients/bin/python" $(patsubst clients-%,%,$(filter clients-%,$@))

lock: setup ## Lock the dependencies anew (UPGRADE=1: at their newest versions)
	@$(PY) -m uv pip compile $(LOCK_OPTIONS) pyproject.toml -o requirements.lock
	@# The sandbox is a folder here: its dependencies are locked, and it is installed as this project is.
	@$(PY) -m uv pip compile $(LOCK_OPTIONS) --no-emit-package braintree-sandbox pyproject.toml --extra local -c requirements.lock -o requirements-local.lock
	@$(PY) -m uv pip compile $(LOCK_OPTIONS) --no-emit-package braintree-sandbox pyproject.toml --extra dev -c requirements-local.lock -o requirements-dev.lock
	@$(PY) -m uv pip compile $(LOCK_OPTIONS) sandbox/pyproject.toml -c requirements-local.lock -o sandbox/requirements.lock
	@$(PY) -m uv pip compile $(LOCK_OPTIONS) openapi/tools/requirements.in -o openapi/tools/requirements.txt
LOCK_OPTIONS = -q $(if $(UPGRADE),--upgrade) --generate-hashes --no-emit-index-url --universal --python-version 3.11

chaos-mail: setup ## Mail a thousand scheduled statements while workers are killed, and print the counts: minutes
	@CHAOS_MAILS=1000 $(PY) -m pytest -q -s -p no:cacheprovider tests/statement_schedules/test_killed_workers.py

chaos: setup ## Kill the API, the worker, the gateway and PostgreSQL while customers pay, and compare the books: make chaos MINUTES=5 (SEED=1: the same events)
	@$(PY) -m tests.chaos --minutes $(or $(MINUTES),5) --seed $(or $(SEED),0)

bench: setup ## Measure how near the service is to the limit of asyncpg and msgspec (FULL=1: on 2 million invoices, STRICT=1: fail on a missed goal)
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@$(PY) -m uv pip install --quiet --python .venv-bench/bin/python -r benchmarks/rivals.txt \
	  || echo 'Without a network PDFs are not compared with those of ReportLab and WeasyPrint.' >&2
	@$(PY) -m benchmarks $(if $(FULL),--full) $(if $(STRICT),--strict)

clean: ## Remove .venv, caches and build output; the local data stay
	@rm -rf .venv .venv-* .clients build tests/node_modules sandbox/tests/node_modules openapi/tools/node_modules dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

forget-data: ## Remove the local database and the sandbox's state; the next run starts from the demo data
	@! test -e .local/run.lock \
	  || $(PYTHON) -c 'import fcntl; fcntl.flock(open(".local/run.lock"), fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null \
	  || { echo '`make run` uses them: stop it first.' >&2; exit 1; }
	@rm -rf .local
