#!/bin/sh
# Everything that can be said about the code without running it. Goes on after a failure and says which parts failed.
set -u
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
failed=""

part() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        echo "$output"
        failed="$failed $name"
    fi
}

no_addresses_in_locks() { ! grep -n "://" requirements/*.txt; }

production_settings() {
    # Warnings of the API schema have a test of their own.
    DJANGO_SETTINGS_MODULE=kpitracker.settings.production ALLOWED_HOSTS=kpi.example.org DATA_DIR="$(mktemp -d)" \
        SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(64))') \
        python manage.py check --deploy --fail-level WARNING
}

export DJANGO_SETTINGS_MODULE=kpitracker.settings.test
part lint ruff check .
part format ruff format --check .
part types mypy
part contracts lint-imports
part templates djlint --check --lint templates
part migrations python manage.py makemigrations --check --dry-run
part settings python manage.py check --fail-level WARNING
part deployment production_settings
part locks no_addresses_in_locks

if [ -n "$failed" ]; then
    echo "Failed:$failed"
    exit 1
fi
