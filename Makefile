# KPI Tracker. `make run` serves it, `make test` tests it, `make check` checks it; `make` lists the rest.
# PYTHON names the interpreter that .venv is made with, PORT the port, DATA_DIR the folder of data (var).

export PORT ?= 8000
export DATA_DIR ?= $(CURDIR)/var
IN_ENV := .venv/bin/
TESTS ?= tests
# Tests and checks must not depend on what the caller's environment says.
CLEAN := env -u DATABASE_URL -u BROKER_URL -u DATA_DIR -u DEBUG -u DJANGO_SETTINGS_MODULE -u DEMO_MODE

.PHONY: help setup run stop test check fix bench lock chromium assets

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup: ## make .venv with all packages, and nothing else
	@scripts/venv.sh dev

run: ## serve http://127.0.0.1:8000 with a demo workspace; the first call sets everything up
	@scripts/venv.sh base
	@exec $(IN_ENV)python scripts/serve.py start

stop: ## stop what `make run` started
	@if [ -x $(IN_ENV)python ]; then exec $(IN_ENV)python scripts/serve.py stop; else echo "KPI Tracker is not running."; fi

test: setup chromium assets ## run the whole suite (TESTS=tests/goals for a part of it)
	@$(CLEAN) $(IN_ENV)python -m pytest -n auto --dist loadgroup $(TESTS)

check: setup ## format, lint, types, import contracts, migrations, templates, settings
	@$(CLEAN) scripts/check.sh

fix: setup ## mend what the formatters can mend
	@$(IN_ENV)ruff check --fix --quiet .; $(IN_ENV)ruff format .
	@$(IN_ENV)djlint --reformat --quiet templates || true

bench: setup ## measure; prints tables and writes var/bench.json
	@$(IN_ENV)python -m tests.bench

lock: ## resolve requirements/*.in into requirements/*.txt; UPGRADE=1 takes the newest versions
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)

chromium: ## the browser of the browser tests, if it is missing and we may install it
	@scripts/chromium.sh

assets: setup
	@$(CLEAN) DJANGO_SETTINGS_MODULE=kpitracker.settings.test $(IN_ENV)python manage.py build_assets
