"""A goal outlives its KPI: when a key leaves the catalogue, every page still opens and says so."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal
from apps.goals.services import set_benchmark, set_target
from apps.people.models import Member
from tests.cast import ClientOf
from tests.judged import SetStatus
from tests.pages.conftest import TODAY, MakeGoal

GONE = "This KPI is no longer in the catalogue."


@pytest.fixture
def orphan(make_goal: MakeGoal, set_status: SetStatus) -> Goal:
    goal = make_goal(title="Old hopes")
    set_status(goal, Status.ON_TRACK, value=41, target=60, expected=40, series=[["2025-11-01", 20], ["2025-11-14", 41]])
    Goal.objects.filter(pk=goal.pk).update(kpi="left_long_ago")
    return Goal.objects.get(pk=goal.pk)


def page_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_the_board_and_home_show_the_key(client_of: ClientOf, leader: Member, orphan: Goal) -> None:
    for path in ("/w/acme/goals/", "/w/acme/", "/w/acme/goals/?q=hopes", "/w/acme/goals/?kpi=left_long_ago"):
        page = page_of(client_of(leader), path)
        assert "Old hopes" in page
        assert "left_long_ago" in page


def test_the_goal_keeps_its_number_and_says_that_nothing_new_comes(
    client_of: ClientOf, leader: Member, orphan: Goal
) -> None:
    page = page_of(client_of(leader), f"/w/acme/goals/{orphan.pk}/")
    assert "41" in page
    assert "This KPI is no longer in the catalogue" in page
    assert "/kpis/left_long_ago/" not in page
    assert "Change target" not in page


@pytest.mark.parametrize("page", ["rows", "edit", "target", "benchmark", "close"])
def test_every_page_of_the_goal_opens(client_of: ClientOf, leader: Member, orphan: Goal, page: str) -> None:
    page_of(client_of(leader), f"/w/acme/goals/{orphan.pk}/{page}/")


@pytest.mark.parametrize(
    "change",
    [
        lambda goal: set_target(goal=goal, by=None, value="70", reason="more", today=TODAY),
        lambda goal: set_benchmark(
            goal=goal, by=None, kind="industry", value="5", source="x", as_of=goal.starts_on, today=TODAY
        ),
    ],
)
def test_a_new_target_or_benchmark_is_refused(orphan: Goal, change: Callable[[Goal], object]) -> None:
    with pytest.raises(GoalRefusal, match="no longer in the catalogue"):
        change(orphan)


def test_a_target_sent_anyway_comes_back_with_the_sentence(client_of: ClientOf, leader: Member, orphan: Goal) -> None:
    given = {"target": "70", "effective_from": "2025-11-14", "reason": "more"}
    response = client_of(leader).post(f"/w/acme/goals/{orphan.pk}/target/", given)
    assert response.status_code == 422
    assert "edit the goal and choose another KPI" in response.content.decode()


def test_another_kpi_can_be_chosen(client_of: ClientOf, leader: Member, orphan: Goal) -> None:
    given = {
        "kpi": "win_rate", "scope": "workspace", "owner": leader.pk, "period": "2025-Q4", "cadence": "weekly",
        "title": "New hopes",
    }  # fmt: skip
    assert client_of(leader).post(f"/w/acme/goals/{orphan.pk}/edit/", given).status_code == 302
    orphan.refresh_from_db()
    assert orphan.kpi == "win_rate"
