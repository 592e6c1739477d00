"""docs/operations.md names every variable that settings read, and none that they do not."""

import re

from tests.docs.generated import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
# Read by Django itself, by manage.py, wsgi.py and celery.py.
READ_ELSEWHERE = {"DJANGO_SETTINGS_MODULE"}


def read_by_settings() -> set[str]:
    files = sorted((ROOT / "kpitracker").rglob("*.py"))
    files = [file for file in files if file.name != "test.py"]
    return {name for file in files for name in re.findall(r'\benv\.?\w*\(\s*"([A-Z_]+)"', file.read_text())}


def test_every_environment_variable_is_documented() -> None:
    table = OPERATIONS.split("## Environment variables")[1].split("## Production")[0]
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    read = read_by_settings()
    assert {"DATABASE_URL", "BROKER_URL", "DATA_DIR", "EMAIL_URL"} <= read
    assert documented == read | READ_ELSEWHERE


def test_the_production_example_sets_what_production_asks_for() -> None:
    production = (ROOT / "kpitracker" / "settings" / "production.py").read_text()
    required = re.findall(r'env\.\w+\("([A-Z_]+)"\)', production)
    assert {"SECRET_KEY", "ALLOWED_HOSTS"} <= set(required)
    example = OPERATIONS.split("## Production")[1]
    assert [name for name in required if f"{name}=" not in example] == []
