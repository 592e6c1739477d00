"""The values that others computed for the CRM export, from the raw file through `import_data` and `compute`.

Two editions of the file are published: ISO dates with CRLF, and m/d/yyyy with LF. Both must give the same values.
"""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.people.models import Workspace
from tests.shared import SHARED, needs_shared_data

pytestmark = needs_shared_data

MAPPINGS = Path(__file__).resolve().parent.parent / "mappings"
EDITIONS = {"iso": "CRM+Sales+Opportunities", "us": "repo_copy_lf"}

KEYS = {"opportunity_win_rate": "win_rate"}
OURS = {
    "revenue",
    "win_rate",
    "average_deal_size",
    "sales_cycle_length",
    "sales_velocity",
    "sales_growth",
    "pipeline_value",
}
IN_PERCENT = {"win_rate", "sales_growth"}
REGIONS = {"Central", "East", "West"}

# Rows of the answers that are another definition than ours, and why.
OTHER_DEFINITIONS = {
    ("sales_velocity", "total"): "multiplies the 1,589 deals now in stage Engaging with the rates of all closed deals; "
    "ours takes all four parts from the deals closed in the period",
}
# Rows of scope `variant` that are right answers to a question we also answer, and so no wrong answers to ours.
SAME_AS_OURS = {"closed deals of the whole file": "sales velocity over all closed deals: our definition for all time"}


def answers() -> list[dict[str, Any]]:
    found = []
    for row in json.loads((SHARED / "answers" / "answers.json").read_text()) if SHARED.is_dir() else []:
        key = KEYS.get(row["kpi"], row["kpi"])
        if row["dataset"] == "crm_maven" and key in OURS:
            found.append({**row, "kpi": key})
    return found


@pytest.fixture(params=EDITIONS)
def crm(request: pytest.FixtureRequest, workspace: Workspace, tmp_path: Path, settings: Any) -> Workspace:
    """The export in a workspace: teams and regions from one lookup, list prices of open deals from another."""
    settings.DATA_DIR = tmp_path / "data"
    source = SHARED / "data" / "crm_maven" / EDITIONS[request.param]
    mapping = Path(shutil.copy(MAPPINGS / f"crm_maven_{request.param}.json", tmp_path))
    for lookup in ("sales_teams.csv", "products.csv"):
        shutil.copy(source / lookup, tmp_path)
    call_command(
        "import_data",
        "deals",
        str(source / "sales_pipeline.csv"),
        workspace=workspace.slug,
        mapping=mapping,
        stdout=io.StringIO(),
    )
    return workspace


def compute(workspace: Workspace, kpi: str, **options: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("compute", kpi, workspace=workspace.slug, json=True, stdout=out, **options)
    found: list[dict[str, Any]] = json.loads(out.getvalue())
    return found


# How each scope of the answers is asked for, and under which key its rows are found.
ASKED: dict[str, list[tuple[dict[str, str], str]]] = {
    "total": [({}, "")],
    "owner": [({"by": "owner"}, "{group}")],
    "team": [({"by": "team"}, "{group}")],
    "segment": [({"by": "region"}, "{group}"), ({"by": "product"}, "{group}")],
    "quarter": [({"grain": "quarter"}, "{quarter}")],
    "month": [({"grain": "month"}, "{period}")],
    "owner_quarter": [({"grain": "quarter", "by": "owner"}, "{group} | {quarter}")],
}


def ours(workspace: Workspace, kpi: str, scope: str) -> dict[str, float | None]:
    """Every value of the KPI in this scope, under the key of the answers."""
    return {
        name.format(group=row["group"], quarter=(row["period"] or "").replace("-Q", "Q"), period=row["period"]): row[
            "value"
        ]
        for options, name in ASKED[scope]
        for row in compute(workspace, kpi, **options)
    }


@pytest.mark.django_db
def test_every_published_value_of_our_definition_comes_out_and_no_group_besides(crm: Workspace) -> None:
    wanted: dict[tuple[str, str], dict[str, float | None]] = {}
    for row in answers():
        if row["scope"] != "variant" and (row["kpi"], row["scope"]) not in OTHER_DEFINITIONS:
            key = "" if row["scope"] == "total" else row["key"]
            wanted.setdefault((row["kpi"], row["scope"]), {})[key] = row["value"]
    assert {kpi for kpi, _ in wanted} == OURS
    for (kpi, scope), expected in wanted.items():
        scale = 100 if kpi in IN_PERCENT else 1
        mine = {key: value if value is None else value * scale for key, value in ours(crm, kpi, scope).items()}
        assert mine == pytest.approx(expected, abs=6e-7), (kpi, scope)


@pytest.mark.django_db
def test_the_usual_wrong_answers_are_not_ours(crm: Workspace) -> None:
    """`variant` rows are medians, open deals in the denominator, lost deals in the mean, …"""
    wrong = [row for row in answers() if row["scope"] == "variant" and row["key"] not in SAME_AS_OURS]
    assert len(wrong) >= 9
    totals = {kpi: compute(crm, kpi)[0]["value"] for kpi in {row["kpi"] for row in wrong}}
    for row in wrong:
        scale = 100 if row["kpi"] in IN_PERCENT else 1
        assert totals[row["kpi"]] * scale != pytest.approx(row["value"], rel=1e-4), row["key"]


@pytest.mark.django_db
def test_the_velocity_of_the_whole_file_is_the_one_over_closed_deals(crm: Workspace) -> None:
    (row,) = [row for row in answers() if row["key"] in SAME_AS_OURS]
    # the published value was computed from parts rounded to six digits
    assert compute(crm, row["kpi"])[0]["value"] == pytest.approx(row["value"], rel=1e-7)
