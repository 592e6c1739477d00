"""The example of docs/imports.md, done as it says."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.datasets.models import Import
from apps.metrics.queries import compute
from apps.people.models import Workspace
from tests.docs.generated import ROOT

PAGE = (ROOT / "docs" / "imports.md").read_text()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The files of the example, written out of the page."""
    settings.DATA_DIR = tmp_path / "data"
    files = re.findall(r"^`(\w+\.\w+)`\n```(?:csv|json)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in files] == ["deals.csv", "agents.csv", "deals.json"]
    for name, text in files:
        (tmp_path / name).write_text(text)
    return tmp_path


def import_data(folder: Path, *more: str) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_data", "deals", str(folder / "deals.csv"), "--workspace", "acme",
        "--mapping", str(folder / "deals.json"), "--json", *more, stdout=out,
    )  # fmt: skip
    told = json.loads(out.getvalue())
    return told[0] if isinstance(told, list) else told


def test_the_example_comes_in_as_the_page_says(folder: Path, workspace: Workspace) -> None:
    told = import_data(folder)
    counts = {name: told[name] for name in ("read", "new", "changed", "unchanged", "rejected")}
    assert counts == {"read": 5, "new": 4, "changed": 0, "unchanged": 0, "rejected": 1}
    (issue,) = [each for each in told["issues"] if each["rejects"]]
    assert issue["line"] == 6
    assert issue["value"] == "31/02/17"
    by_team = {f.group: f.figure for f in compute(workspace=workspace, kpi="revenue", by="team")}
    assert {team: str(figure.value) for team, figure in by_team.items()} == {"East": "1200.5000", "West": "800.0000"}
    by_product = {f.group: f.figure for f in compute(workspace=workspace, kpi="win_rate", by="product")}
    assert by_product["GTX Pro"].value == 1
    assert by_product["MG"].value == 0


def test_a_dry_run_that_is_not_clean_ends_with_an_error_and_stores_nothing(folder: Path, workspace: Workspace) -> None:
    with pytest.raises(CommandError):
        import_data(folder, "--dry-run")
    assert not Import.objects.exists()


def test_the_same_file_again_changes_nothing(folder: Path, workspace: Workspace) -> None:
    import_data(folder)
    again = import_data(folder)
    counts = {name: again[name] for name in ("read", "new", "changed", "unchanged", "rejected")}
    assert counts == {"read": 5, "new": 0, "changed": 0, "unchanged": 4, "rejected": 1}
