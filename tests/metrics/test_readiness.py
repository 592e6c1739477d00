"""What is missing before a KPI can be computed: tables, columns nobody mapped or filled, numbers nobody gave."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from pytest_django.asserts import assertNumQueries
from pytest_django.fixtures import Settings

from apps.datasets.models import LiveBatch
from apps.metrics import readiness
from apps.metrics.catalogue import BUILT_IN
from apps.metrics.lacking import Missing
from apps.metrics.readiness import readiness_of
from apps.metrics.services import give_number
from apps.people.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path) -> Any:
    def into(table: str, text: str) -> None:
        path = tmp_path / f"{table}.csv"
        path.write_text(text)
        call_command("import_data", table, path, workspace=workspace.slug, stdout=io.StringIO())

    return into


def missing(workspace: Workspace, ref: str) -> list[Missing]:
    return readiness_of(workspace).missing(BUILT_IN.get(ref))


def test_without_rows_the_table_is_missing_and_its_columns_are_not_listed(workspace: Workspace) -> None:
    assert missing(workspace, "win_rate") == [Missing("deals")]
    assert missing(workspace, "pipeline_coverage") == [Missing("deals"), Missing("quotas")]


def test_a_column_that_was_not_mapped_is_missing(workspace: Workspace, bring: Any) -> None:
    bring("leads", "id,created_on\n1,2026-01-02\n")
    assert missing(workspace, "lead_response_time") == [Missing("leads", "first_response_at")]
    assert missing(workspace, "leads_generated") == []


def test_a_column_that_is_blank_in_every_row_is_missing_until_one_has_it(workspace: Workspace, bring: Any) -> None:
    bring("leads", "id,created_on,first_response_at\n1,2026-01-02,\n2,2026-01-03,\n")
    assert missing(workspace, "lead_response_time") == [Missing("leads", "first_response_at")]
    bring("leads", "id,created_on,first_response_at\n3,2026-01-04,2026-01-04 10:00\n")
    assert missing(workspace, "lead_response_time") == []


def test_what_was_undone_is_missing_again(workspace: Workspace, bring: Any) -> None:
    bring("deals", "id,owner,outcome,closed_on,amount\n1,Ann,won,2026-01-02,5\n")
    assert missing(workspace, "revenue:deals") == []
    LiveBatch.objects.update(live_to=F("live_from") + timedelta(days=1))
    assert missing(workspace, "revenue:deals") == [Missing("deals")]


def test_one_of_several_ways_to_an_amount_is_enough(workspace: Workspace, bring: Any) -> None:
    """The net amount of an order line, or what it can be worked out from."""
    bring("orders", "id,order,ordered_on,quantity\n1,A,2026-01-02,3\n")
    assert missing(workspace, "revenue:orders") == [Missing("orders", "net")]
    bring("orders", "id,order,ordered_on,gross\n2,B,2026-01-03,9\n")
    assert missing(workspace, "revenue:orders") == []


def test_one_of_two_ways_to_meet_a_condition_is_enough(workspace: Workspace, bring: Any) -> None:
    """A lead is converted by its date or by its status."""
    bring("leads", "id,created_on\n1,2026-01-02\n")
    assert missing(workspace, "lead_conversion_rate:leads") == [Missing("leads", "converted_on")]
    bring("leads", "id,created_on,converted_on\n2,2026-01-02,2026-01-09\n")
    assert missing(workspace, "lead_conversion_rate:leads") == []
    assert missing(workspace, "lead_qualification_rate") == [Missing("leads", "qualified_on")], "another question"


def test_that_nobody_has_left_is_no_gap(workspace: Workspace, bring: Any) -> None:
    bring("subscriptions", "id,customer,started_on,ended_on,mrr\n1,A,2026-01-02,,30\n")
    assert missing(workspace, "mrr") == []
    bring("employees", "id,name,hired_on\n1,Ann,2026-01-02\n")
    assert Missing("employees", "left_on") in missing(workspace, "employee_turnover_rate"), "it was never mapped"


def test_a_number_that_no_table_has_is_missing_until_it_is_given(workspace: Workspace, bring: Any) -> None:
    bring("customers", "id,first_paid_on,churned_on\n1,2026-01-02,\n2,2026-01-02,2026-02-01\n")
    assert missing(workspace, "market_penetration") == [Missing(number="market_size")]
    give_number(
        workspace=workspace, by=None, now=datetime(2026, 3, 1, tzinfo=UTC), name="market_size", value=Decimal(100),
        valid_from=date(2026, 1, 1), source="Census",
    )  # fmt: skip
    assert missing(workspace, "market_penetration") == []


def test_one_workspace_does_not_lend_its_rows_to_another(
    workspace: Workspace, other_workspace: Workspace, bring: Any
) -> None:
    bring("deals", "id,owner,outcome,closed_on,amount\n1,Ann,won,2026-01-02,5\n")
    assert missing(other_workspace, "revenue:deals") == [Missing("deals")]


def test_it_costs_three_queries_and_reads_the_footer_of_a_file_once(
    workspace: Workspace, bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring("deals", "id,owner,outcome,closed_on,amount\n1,Ann,won,2026-01-02,5\n")
    readiness_of(workspace)
    monkeypatch.setattr(readiness.parquet, "read_metadata", None)
    with assertNumQueries(3):
        found = readiness_of(workspace)
    assert all(found.missing(kpi) is not None for kpi in BUILT_IN.each())


@pytest.mark.parametrize("kpi", BUILT_IN.each(), ids=lambda kpi: kpi.ref)
def test_every_definition_can_say_what_it_lacks(kpi: Any) -> None:
    """With every table there and no column filled, something is missing, and only of tables it reads."""
    empty: dict[str, frozenset[str]] = {table: frozenset() for table in kpi.tables}
    found = readiness.Readiness(mapped=empty, filled=empty).missing(kpi)
    assert found
    assert {each.table for each in found if not each.number} <= set(kpi.tables)
