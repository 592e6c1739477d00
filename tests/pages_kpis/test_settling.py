"""Choosing the table of a KPI, giving the number it asks for, and what is missing, on the pages."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.datasets.models import Import
from apps.datasets.services import receive_file, run_import
from apps.goals.models import Goal
from apps.goals.services import create_goal
from apps.metrics.models import GivenNumber, KpiChoice
from apps.people.models import Member, Workspace
from apps.refresh.models import Run
from tests.cast import ClientOf
from tests.pages_kpis.conftest import TODAY
from tests.squeezed import squeezed

KPIS = "/w/acme/kpis/"
REVENUE = f"{KPIS}revenue/"
MARKET = f"{KPIS}market_penetration/"
SIZE = {"value": "12 000", "valid_from": "2026-01-01", "source": "Census 2025"}


def bring(workspace: Workspace, table: str, text: str) -> None:
    source = io.BytesIO(text.encode())
    batch = receive_file(
        workspace=workspace, table=table, source=source, file_name=f"{table}.csv", mapping=None, by=None
    )
    run_import(import_id=batch.pk, today=TODAY)


@pytest.fixture
def ledger(workspace: Workspace) -> None:
    bring(workspace, "ledger", "id,posted_on,account_class,amount\n1,2026-01-31,revenue,9000\n2,2026-01-31,cogs,4000\n")


@pytest.fixture
def goal(workspace: Workspace, leader: Member, deals: Import) -> Goal:
    return create_goal(
        workspace=workspace, by=None, today=TODAY, kpi="revenue", scope="workspace", owner=leader, target=Decimal(9000),
        starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1),
    )  # fmt: skip


def read(client: Client, path: str) -> str:
    return squeezed(client.get(path).content.decode())


def test_the_page_names_the_table_and_lists_the_others(as_rep: Client, deals: Import) -> None:
    page = read(as_rep, REVENUE)
    assert "<h1>Revenue from deals</h1>" in page
    assert "taken here" in page
    assert f'<a href="{REVENUE}?variant=ledger">Revenue from ledger</a>' in page
    assert "Needs ledger" in page
    assert "Take this" not in page, "a rep chooses no table"


def test_a_manager_takes_it_from_another_table_and_is_told_which_goals_stay(
    as_manager: Client, goal: Goal, ledger: None
) -> None:
    page = squeezed(as_manager.post(f"{REVENUE}variant/", {"variant": "deals"}, follow=True).content.decode())
    assert "<h1>Revenue from deals</h1>" in page
    page = squeezed(as_manager.post(f"{REVENUE}variant/", {"variant": "ledger"}, follow=True).content.decode())
    assert "Revenue is taken from ledger now. 1 open goal on deals stays as they are." not in page
    assert "Revenue is taken from ledger now. 1 open goal on deals stays as it is." in page
    assert "<h1>Revenue from ledger</h1>" in page
    goal.refresh_from_db()
    assert goal.variant == "deals"
    assert KpiChoice.objects.get().variant == "ledger"
    assert Event.objects.filter(action="kpi.choose_variant").latest("pk").after["variant"] == "ledger"


def test_another_variant_can_be_looked_at_without_taking_it(as_rep: Client, deals: Import, ledger: None) -> None:
    assert "<h1>Revenue from ledger</h1>" in read(as_rep, REVENUE), "the first in the order of the catalogue"
    page = read(as_rep, f"{REVENUE}?variant=deals&grain=quarter")
    assert "<h1>Revenue from deals</h1>" in page
    assert "USD 5,700" in page
    assert "variant=deals&amp;period=2026-Q1" in page
    assert '<input type="hidden" name="variant" value="deals">' in page
    assert not KpiChoice.objects.exists()


def test_a_rep_may_not_choose(as_rep: Client, deals: Import) -> None:
    assert as_rep.post(f"{REVENUE}variant/", {"variant": "ledger"}).status_code == 403
    assert not KpiChoice.objects.exists()


def test_a_variant_that_is_none_is_a_404_that_helps(as_manager: Client) -> None:
    for response in (
        as_manager.get(f"{REVENUE}?variant=surveys"), as_manager.post(f"{REVENUE}variant/", {"variant": "surveys"})
    ):  # fmt: skip
        assert response.status_code == 404
        assert "there is: orders, ledger, deals" in response.content.decode()


def test_the_catalogue_names_the_table_or_what_is_missing(as_rep: Client, deals: Import) -> None:
    page = read(as_rep, KPIS)
    assert 'The amount of the deals won in the period.<br><span class="small muted">From deals</span>' in page
    assert "Needs leads" in page


def test_a_missing_column_is_named_with_the_way_to_map_it(
    as_manager: Client, as_rep: Client, workspace: Workspace
) -> None:
    bring(workspace, "leads", "id,created_on\n1,2026-01-02\n")
    page = read(as_manager, f"{KPIS}lead_response_time/")
    assert "cannot be computed here yet" in page
    assert '<code>first_response_at</code>in leads:<a href="/w/acme/imports/new/?table=leads">map it here</a>' in page
    page = read(as_rep, f"{KPIS}lead_response_time/")
    assert "<code>first_response_at</code>in leads" in page
    assert "/imports/new/" not in page
    assert "cannot be computed here yet" not in read(as_rep, f"{KPIS}leads_generated/")


def test_a_number_is_given_on_the_page_of_the_kpi_that_asks_for_it(
    as_manager: Client, workspace: Workspace, manager: Member
) -> None:
    assert "<code>" not in read(as_manager, MARKET).split("market size, which no table has")[0].rsplit("<li>", 1)[-1]
    page = squeezed(as_manager.post(f"{MARKET}numbers/market_size/", SIZE, follow=True).content.decode())
    number = GivenNumber.objects.get()
    assert (number.value, number.valid_from, number.source, number.set_by) == (
        12_000, date(2026, 1, 1), "Census 2025", manager
    )  # fmt: skip
    assert "12,000" in page
    assert "Census 2025" in page
    assert Run.objects.filter(kind="recompute").exists()
    page = squeezed(as_manager.post(f"{MARKET}numbers/{number.pk}/withdraw/", follow=True).content.decode())
    assert "Census 2025" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"value": ""}, "Give the number."),
        ({"value": "many"}, "“many” is not a number"),
        ({"value": "-3"}, "The number must be above zero"),
        ({"source": ""}, "Say where the number comes from"),
        ({"valid_from": ""}, "Give the day from which the number holds."),
        ({"valid_from": "soon"}, "Write the day as year-month-day"),
    ],
)
def test_a_number_nobody_could_check_is_refused_at_its_field(
    as_manager: Client, changes: dict[str, str], sentence: str
) -> None:
    response = as_manager.post(f"{MARKET}numbers/market_size/", SIZE | changes)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not GivenNumber.objects.exists()


def test_a_number_of_another_workspace_does_not_exist(
    as_manager: Client, client_of: ClientOf, outsider: Member
) -> None:
    as_manager.post(f"{MARKET}numbers/market_size/", SIZE)
    number = GivenNumber.objects.get()
    theirs = client_of(outsider).post(f"/w/globex/kpis/market_penetration/numbers/{number.pk}/withdraw/")
    assert theirs.status_code == 404
    assert GivenNumber.objects.get().withdrawn_at is None


def test_a_kpi_that_asks_for_no_number_has_no_page_for_one(as_manager: Client) -> None:
    assert as_manager.get(f"{KPIS}win_rate/numbers/market_size/").status_code == 404


def test_the_sheet_tells_versions_scopes_and_needs_by_table(as_rep: Client) -> None:
    page = read(as_rep, f"{KPIS}pipeline_coverage/")
    assert "<dt>Versions</dt>" in page
    assert "First definition." in page
    assert "the whole company" in page
    assert "Deals" in page
    assert "Quotas" in page


def test_the_guide_leads_from_the_data_there_is_to_a_short_list(as_manager: Client, deals: Import) -> None:
    page = read(as_manager, f"{KPIS}choose/?for=manager")
    assert "You can set a goal on these now" in page
    assert 'href="/w/acme/goals/new/?kpi=win_rate:deals&amp;scope=team"' in page
    assert "Watch" in page
    assert page.count("Set a goal on this</a>") in range(5, 8)


def test_the_guide_starts_with_ones_own_role_and_a_rep_sets_no_goals(as_rep: Client, deals: Import) -> None:
    page = read(as_rep, f"{KPIS}choose/")
    assert '<a href="?for=rep" aria-current="page">Somebody who sells</a>' in page
    assert "Set a goal on this" not in page


def test_without_data_the_guide_says_what_to_bring(as_manager: Client) -> None:
    page = read(as_manager, f"{KPIS}choose/")
    assert "Nothing can be computed yet" in page
    assert "/w/acme/imports/new/" in page


def test_the_goal_form_takes_the_kpi_and_whose_it_is_from_the_guide(as_manager: Client, deals: Import) -> None:
    page = read(as_manager, "/w/acme/goals/new/?kpi=revenue&scope=person")
    assert '<option value="revenue:deals" selected>Revenue from deals</option>' in page
    assert 'value="revenue:ledger"' not in page, "it has no rows"
    assert 'value="person" id="id_scope_1" checked' in page


def test_more_than_seven_goals_are_warned_of_here_and_there(
    as_manager: Client, workspace: Workspace, rep: Member, manager: Member, deals: Import
) -> None:
    for month in range(1, 8):
        create_goal(
            workspace=workspace, by=None, today=TODAY, kpi="revenue", scope="person", person=rep, owner=manager,
            target=Decimal(900), starts_on=date(2026, month, 1), ends_on=date(2026, month + 1, 1),
        )  # fmt: skip
        hint = read(as_manager, f"/w/acme/goals/hint/?kpi=revenue&scope=person&person={rep.pk}&owner={manager.pk}")
        warned = "Rita Evans already has 7 goals; more than seven are seldom kept." in hint
        assert warned == (month == 7)
    assert "Mara Dietz already has 7 goals" in read(as_manager, f"{KPIS}choose/")
