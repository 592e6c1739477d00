"""The OpenAPI description is complete, and docs/api.md names the same addresses."""

import re
from io import StringIO
from pathlib import Path

import yaml
from django.core.management import call_command
from django.test import Client

from tests.docs.generated import ROOT


def test_the_schema_is_valid_and_made_without_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(file), stdout=StringIO())
    schema = yaml.safe_load(file.read_text())
    assert schema["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    told = set(re.findall(r"^\| `/api/v1(\S*)` \|", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE))
    assert {path.removeprefix("/api/v1") for path in schema["paths"]} == told - {"/schema/"}
    writes = {path: set(methods) - {"get"} for path, methods in schema["paths"].items() if set(methods) - {"get"}}
    assert writes == {"/api/v1/imports/": {"post"}}


def test_the_schema_is_served_to_everybody(client: Client, db: None) -> None:
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert b"openapi: 3" in answer.content
