"""Pages where a target is spread, percentage tables are kept, and thresholds are chosen."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from apps.goals.models import Goal, Milestone, Phasing
from apps.goals.queries import thresholds_of
from apps.people.models import Member
from apps.refresh.recompute import recompute
from tests.cast import ClientOf
from tests.pages.conftest import NOW, MakeGoal
from tests.pages.test_goal_page import chart_of

WithDeals = Callable[[], None]


@pytest.fixture
def browser(client_of: ClientOf, leader: Member) -> Client:
    return client_of(leader)


def text_of(browser: Client, address: str) -> str:
    response = browser.get(f"/w/acme/{address}")
    assert response.status_code == 200
    return response.content.decode()


def test_amounts_by_hand_are_spread_shown_and_judged(
    browser: Client, make_goal: MakeGoal, with_deals: WithDeals
) -> None:
    goal = make_goal(target=90_000)
    with_deals()
    amounts = {"part_0": "10000", "part_1": "30k", "part_2": "49000"}
    refused = browser.post(f"/w/acme/goals/{goal.pk}/phasing/", {"kind": "manual", **amounts})
    assert refused.status_code == 422
    assert "sum to USD 89,000, USD 1,000 below the target of USD 90,000" in refused.content.decode()
    taken = browser.post(f"/w/acme/goals/{goal.pk}/phasing/", {"kind": "manual", **amounts | {"part_2": "50000"}})
    assert taken.status_code == 302
    recompute(workspace=goal.workspace, now=NOW)
    page = text_of(browser, f"goals/{goal.pk}/")
    assert "By hand" in page
    assert "USD 50.0 k" in page
    expected = [row for layer in chart_of(page)["layer"] for row in layer.get("data", {}).get("values", [])]  # type: ignore[attr-defined]
    assert {"day": "2025-12-31", "value": 90_000.0} in expected


def test_a_band_is_drawn_and_told_in_place_of_a_target(
    browser: Client, make_goal: MakeGoal, with_deals: WithDeals
) -> None:
    goal = make_goal(kpi="average_deal_size", target=None, kind="keep_between", low=10_000, high="20k")
    with_deals()
    recompute(workspace=goal.workspace, now=NOW)
    page = text_of(browser, f"goals/{goal.pk}/")
    assert "to keep USD 10,000 to USD 20,000" in page
    spec = str(chart_of(page))
    assert "Not below" in spec
    assert "area" in spec
    assert "Expected by now" not in page


def test_a_plan_of_milestones_is_told_in_shares(browser: Client, make_goal: MakeGoal) -> None:
    goal = make_goal(target=None, kind="milestones")
    Milestone.objects.create(goal=goal, title="Offer", due_on=date(2025, 11, 3), done_on=date(2025, 11, 1))
    Milestone.objects.create(goal=goal, title="Contract", due_on=date(2025, 12, 3))
    recompute(workspace=goal.workspace, now=NOW)
    page = text_of(browser, f"goals/{goal.pk}/")
    assert "50 %" in page
    assert "Next: “Contract”, due Wed 3 Dec" in page


def test_tables_are_kept_changed_and_removed(browser: Client, make_goal: MakeGoal) -> None:
    shares = {f"part_{place}": "8" for place in range(11)} | {"part_11": "11"}
    refused = browser.post("/w/acme/goals/phasings/", {"name": "Trade", **shares})
    assert "sum to 99 %" in refused.content.decode()
    browser.post("/w/acme/goals/phasings/", {"name": "Trade", **shares | {"part_11": "12"}})
    table = Phasing.objects.get(name="Trade")
    goal = make_goal(target=2800)
    browser.post(f"/w/acme/goals/{goal.pk}/phasing/", {"kind": "table", "table": table.pk})
    assert Goal.objects.get(pk=goal.pk).phasing == table
    assert "1 goal" in text_of(browser, "goals/phasings/")
    assert 'value="12"' in text_of(browser, f"goals/phasings/?table={table.pk}")
    assert browser.post(f"/w/acme/goals/phasings/{table.pk}/remove/").status_code == 302
    assert "No tables yet" in text_of(browser, "goals/phasings/")


def test_thresholds_are_chosen_by_admins_and_reached_from_where_they_are_used(
    client_of: ClientOf, admin: Member, make_goal: MakeGoal, with_deals: WithDeals
) -> None:
    browser, goal = client_of(admin), make_goal()
    with_deals()
    recompute(workspace=goal.workspace, now=NOW)
    assert "Why these lines?" in text_of(browser, f"goals/{goal.pk}/")
    asked = {"on_track_from": "90 %", "at_risk_from": "95", "early_until": "10 %", "likely_from": "70 %"}
    rest = {"possible_from": "40 %", "late_change_from": "75 %"}
    refused = browser.post("/w/acme/settings/thresholds/", asked | rest)
    assert "below the 90 %" in refused.content.decode()
    assert browser.post("/w/acme/settings/thresholds/", asked | rest | {"at_risk_from": "80"}).status_code == 302
    assert thresholds_of(admin.workspace).at_risk_from == Decimal("0.8")
