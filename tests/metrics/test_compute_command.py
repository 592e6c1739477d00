"""`manage.py compute`: the JSON that scripts rely on, the table for people, and one sentence for every mistake."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.datasets.models import Import
from apps.metrics.queries import explain
from apps.metrics.services import choose_variant
from apps.people.models import Member, Team, Workspace

pytestmark = pytest.mark.django_db

DEALS = """id,owner,created_on,closed_on,outcome,amount,sector
D1,Rita Evans,2024-01-02,2024-01-31,won,100.50,Retail
D2,rita@acme.example,2024-01-02,2024-02-10,won,50,Retail
D3,Omar Faye,2024-01-05,2024-05-20,lost,80,
D4,Omar Faye,2024-05-05,,open,70,Health
D5,Rita Evans,2024-01-05,2024-02-01,void,999,Health
"""


@pytest.fixture
def deals(workspace: Workspace, rep: Member, other_rep: Member, tmp_path: Path, settings: Any) -> Workspace:
    settings.DATA_DIR = tmp_path / "data"
    bring_in(workspace, tmp_path / "deals.csv", DEALS)
    return workspace


def bring_in(workspace: Workspace, path: Path, text: str, table: str = "deals") -> None:
    path.write_text(text)
    call_command("import_data", table, path, workspace=workspace.slug, stdout=io.StringIO())


def run(workspace: Workspace, kpi: str, **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("compute", kpi, workspace=workspace.slug, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def rows(workspace: Workspace, kpi: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(workspace, kpi, json=True, **options)[0])
    return found


def refusal(workspace: Workspace, kpi: str, **options: Any) -> str:
    with pytest.raises(CommandError) as refused:
        run(workspace, kpi, **options)
    assert refused.value.returncode == 1
    return str(refused.value)


def test_all_time_is_one_row_without_period_and_group(deals: Workspace) -> None:
    assert rows(deals, "win_rate") == [
        {
            "period": None,
            "group": None,
            "numerator": 2,
            "denominator": 3,
            "count": 3,
            "value": pytest.approx(2 / 3),
            "reason": "",
            "variant": "deals",
        }
    ]


def test_every_period_between_the_first_and_the_last_row_is_listed(deals: Workspace) -> None:
    found = rows(deals, "win_rate", grain="month")
    assert [(row["period"], row["value"], row["reason"]) for row in found] == [
        ("2024-01", 1, ""),
        ("2024-02", 1, ""),
        ("2024-03", None, "no_denominator"),
        ("2024-04", None, "no_denominator"),
        ("2024-05", 0, ""),
    ]
    months = rows(deals, "revenue", grain="month", period="2024-Q1")
    assert [(row["period"], row["value"]) for row in months] == [("2024-01", 100.5), ("2024-02", 50), ("2024-03", 0)]


def test_months_that_the_data_covers_are_listed_to_its_end_with_nothing_in_them(deals: Workspace) -> None:
    figures = rows(deals, "revenue", grain="month")
    assert [(each["period"], each["value"]) for each in figures] == [
        ("2024-01", 100.5),
        ("2024-02", 50),
        ("2024-03", 0),
        ("2024-04", 0),
        ("2024-05", 0),
    ]


def test_only_the_days_inside_the_period_count_so_its_weeks_add_up_to_it(deals: Workspace) -> None:
    (whole,) = rows(deals, "revenue", period="2024-02-01..2024-02-10")
    weeks = rows(deals, "revenue", period="2024-02-01..2024-02-10", grain="week")
    assert [each["period"] for each in weeks] == ["2024-W05", "2024-W06"]
    assert sum(each["value"] for each in weeks) == whole["value"] == 0


def test_quarters_and_years_are_those_of_the_fiscal_calendar(deals: Workspace) -> None:
    deals.fiscal_year_start = 2
    deals.save()
    assert [(row["period"], row["value"]) for row in rows(deals, "revenue", grain="year")] == [
        ("2024", 100.5),
        ("2025", 50),
    ]


def test_a_group_that_fell_to_nothing_has_lost_all_of_it(deals: Workspace) -> None:
    """In February she is written by her e-mail, which makes her no other group; in March there is nothing."""
    found = rows(deals, "sales_growth", grain="month", period="2024-02-01..2024-03-31", by="owner")
    assert [(row["period"], row["group"], row["count"], row["reason"]) for row in found] == [
        ("2024-02", "Rita Evans", 1, ""),
        ("2024-03", "Rita Evans", 0, ""),
    ]
    assert [row["value"] for row in found] == [pytest.approx(50 / 100.5 - 1), -1]


def test_any_run_of_days_is_a_period(deals: Workspace) -> None:
    (row,) = rows(deals, "revenue", period="2024-01-31..2024-02-10")
    assert (row["period"], row["value"]) == (None, 100.5)
    assert "2024-01-31..2024-02-10" in run(deals, "revenue", period="2024-01-31..2024-02-10")[0]


def test_groups_are_the_texts_of_the_column_and_rows_without_one_are_no_total(deals: Workspace) -> None:
    by_sector = rows(deals, "win_rate", by="sector")
    assert [(row["group"], row["value"]) for row in by_sector] == [("Retail", 1), ("(none)", 0)]
    by_owner = rows(deals, "pipeline_value", by="owner")
    assert [(row["group"], row["value"]) for row in by_owner] == [("Omar Faye", 70)]


def test_by_team_finds_the_owners_team_where_none_is_written(deals: Workspace, north: Team, south: Team) -> None:
    found = rows(deals, "win_rate", by="team")
    assert [(row["group"], row["numerator"], row["denominator"]) for row in found] == [("North", 2, 2), ("South", 0, 1)]


def test_a_period_without_data_is_a_row_that_says_so(deals: Workspace) -> None:
    (row,) = rows(deals, "revenue", period="2031")
    assert (row["value"], row["reason"]) == (None, "no_data")


def test_what_was_known_earlier_can_be_computed_again(deals: Workspace) -> None:
    Import.objects.get().live_times.update(live_from="2024-06-01T12:00:00Z")
    bring_in(deals, Path(deals_folder(deals)) / "more.csv", DEALS.replace("100.50", "900"))
    Import.objects.latest("id").live_times.update(live_from="2024-06-03T23:59:00Z")
    assert [row["reason"] for row in rows(deals, "revenue", as_of="2024-05-31")] == ["no_data"]
    assert [rows(deals, "revenue", as_of=day)[0]["value"] for day in ("2024-06-01", "2024-06-02")] == [150.5, 150.5]
    assert rows(deals, "revenue", as_of="2024-06-03")[0]["value"] == 950
    deals.timezone = "Asia/Tokyo"  # where it was already the morning of the 4th
    deals.save()
    assert rows(deals, "revenue", as_of="2024-06-03")[0]["value"] == 150.5


def deals_folder(workspace: Workspace) -> Path:
    from django.conf import settings

    return Path(settings.DATA_DIR)


def test_without_json_it_is_a_table_with_the_formula_above(deals: Workspace) -> None:
    lines = run(deals, "win_rate", by="sector")[0].splitlines()
    assert lines[0] == "Win rate (deals, version 1): number of won deals ÷ number of won or lost deals"
    assert lines[1].split() == ["period", "sector", "numerator", "denominator", "count", "percent"]
    assert lines[2].split() == ["all", "Retail", "2", "2", "2", "100.00", "%"]
    assert "Nothing to divide by" in run(deals, "win_rate", period="2024-03")[0]


@pytest.mark.parametrize(
    ("kpi", "options", "sentence"),
    [
        ("winrate", {}, "There is no KPI called “winrate”. Did you mean win_rate?"),
        ("win_rate", {"by": "industry"}, "There is no column “industry” in deals. Known are: id, name,"),
        ("win_rate", {"period": "spring"}, "“spring” is not a period."),
        ("win_rate", {"grain": "decade"}, "“decade” is not a grain. Choose one of day, week, month"),
        ("win_rate", {"as_of": "yesterday"}, "“yesterday” is not a day. Write it like 2017-05-12."),
        ("win_rate", {"by": "Owner"}, "There is no column “Owner” in deals. Did you mean `owner`?"),
        ("revenue", {"variant": "surveys"}, "Revenue has no variant “surveys”; there is: orders, ledger, deals."),
    ],
)
def test_every_mistake_gets_one_sentence(deals: Workspace, kpi: str, options: dict[str, str], sentence: str) -> None:
    assert refusal(deals, kpi, **options).startswith(sentence)


def test_the_last_day_of_the_calendar_is_no_traceback(deals: Workspace) -> None:
    deals.timezone = "America/Los_Angeles"
    deals.save()
    assert refusal(deals, "win_rate", as_of="9999-12-31").startswith("“9999-12-31” is too far away.")


def test_an_unknown_workspace_is_named(deals: Workspace) -> None:
    with pytest.raises(CommandError, match=r"There is no workspace `acmi`\. Did you mean `acme`"):
        call_command("compute", "revenue", workspace="acmi")


LEDGER = """id,posted_on,account_class,amount
L1,2024-01-31,revenue,700
L2,2024-01-31,cogs,200
"""


def test_the_first_variant_whose_tables_have_rows_is_taken_and_named(deals: Workspace) -> None:
    assert [(row["value"], row["variant"]) for row in rows(deals, "revenue")] == [(150.5, "deals")]
    bring_in(deals, deals_folder(deals) / "ledger.csv", LEDGER, "ledger")
    assert [(row["value"], row["variant"]) for row in rows(deals, "revenue")] == [(700, "ledger")]
    assert [(row["value"], row["variant"]) for row in rows(deals, "revenue", variant="deals")] == [(150.5, "deals")]
    assert rows(deals, "revenue:deals") == rows(deals, "revenue", variant="deals")
    assert run(deals, "revenue")[0].startswith("Revenue (ledger, version 1): ")


def test_what_the_workspace_chose_goes_before_the_order_of_the_catalogue(deals: Workspace, admin: Member) -> None:
    bring_in(deals, deals_folder(deals) / "ledger.csv", LEDGER, "ledger")
    choose_variant(workspace=deals, by=admin, key="revenue", variant="deals")
    assert [(row["value"], row["variant"]) for row in rows(deals, "revenue")] == [(150.5, "deals")]
    assert rows(deals, "revenue", variant="ledger")[0]["value"] == 700


def test_before_any_import_the_one_row_has_no_value_and_a_note_says_what_to_bring(workspace: Workspace) -> None:
    out, err = run(workspace, "revenue", json=True, variant="deals")
    assert json.loads(out) == [
        {"period": None, "group": None, "numerator": None, "denominator": None, "count": 0, "value": None,
         "reason": "no_data", "variant": "deals"}
    ]  # fmt: skip
    assert err.strip() == "Revenue from deals cannot be computed yet: it needs deals."


def test_a_table_without_the_column_it_needs_is_told_with_the_variant_that_works(deals: Workspace) -> None:
    err = run(deals, "lead_response_time", json=True)[1]
    assert err.strip() == "Lead response time cannot be computed yet: it needs leads."
    bring_in(deals, deals_folder(deals) / "leads.csv", "id,created_on\n1,2024-01-02\n", "leads")
    err = run(deals, "lead_response_time", json=True)[1]
    assert err.strip() == "Lead response time cannot be computed yet: it needs `first_response_at` in leads."
    err = run(deals, "revenue", variant="ledger", json=True)[1]
    assert err.strip() == (
        "Revenue from ledger cannot be computed yet: it needs ledger. It can be computed with --variant deals."
    )


def test_with_all_there_is_to_bring_a_period_without_rows_is_told_as_that(deals: Workspace) -> None:
    assert run(deals, "revenue", period="2031", json=True)[1].strip() == (
        "There are no deals that count for revenue in 2031. Has the file been imported?"
    )


def test_one_workspace_never_sees_another(deals: Workspace, other_workspace: Workspace) -> None:
    assert [row["reason"] for row in rows(other_workspace, "revenue")] == ["no_data"]
    assert rows(other_workspace, "revenue", by="owner") == []
    explained = explain(
        workspace=other_workspace,
        kpi="revenue",
        scope="workspace",
        scope_id=None,
        start=date(2024, 1, 1),
        end=date(2025, 1, 1),
    )
    assert (explained.rows, explained.included, explained.figure.reason) == ([], 0, "no_data")


def test_a_person_is_one_owner_however_the_tables_write_them(deals: Workspace, rep: Member, tmp_path: Path) -> None:
    """Deals say rita@acme.example, the quota RITA EVANS: compute and the explanation know her as a goal does."""
    quotas = "owner,period_start,period_end,amount\nRITA EVANS,2024-02-01,2024-03-01,50\n"
    bring_in(deals, tmp_path / "quotas.csv", quotas, table="quotas")
    for kpi, value in (("quota_attainment", 1), ("quota_attainment_amount", 1)):
        (found,) = rows(deals, kpi, period="2024-02")
        shown = explain(
            workspace=deals, kpi=kpi, scope="workspace", scope_id=None, start=date(2024, 2, 1), end=date(2024, 3, 1)
        )
        hers = explain(
            workspace=deals, kpi=kpi, scope="person", scope_id=rep.pk, start=date(2024, 2, 1), end=date(2024, 3, 1)
        )
        assert found["value"] == shown.figure.value == hers.figure.value == value, kpi
        assert [(row["group"], row["value"]) for row in rows(deals, kpi, period="2024-02", by="owner")] == [
            ("Rita Evans", value),
        ]


def test_cohorts_that_still_have_time_are_marked_as_growing_for_people_and_unmarked_for_programs(
    deals: Workspace, tmp_path: Path
) -> None:
    """Leads of January have 90 days from 31 January, until 30 April 2024, which the data reaches; February's do not."""
    leads = "id,created_on,converted_on\n1,2024-01-10,2024-03-01\n2,2024-02-10,2024-03-01\n3,2024-04-30,\n"
    bring_in(deals, tmp_path / "leads.csv", leads, table="leads")
    asked = {"variant": "leads_within_90_days", "grain": "month", "period": "2024-01-01..2024-03-31"}
    table = run(deals, "lead_conversion_rate", **asked)[0].splitlines()
    growing = {line.split()[0]: line.rstrip().endswith("still growing") for line in table if line.startswith("2024")}
    assert growing == {"2024-01": False, "2024-02": True, "2024-03": False}, "March has no figure that could grow"
    assert "still growing" not in run(deals, "lead_conversion_rate", **asked | {"variant": "leads"})[0]
    assert [row["reason"] for row in rows(deals, "lead_conversion_rate", **asked)] == ["", "", "no_denominator"]
